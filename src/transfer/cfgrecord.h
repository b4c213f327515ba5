/*
 * Records in configuration files, both ways, by their field tables: which keys there are, of
 * which type and within which limits is said there alone.
 */
#ifndef CRIER_TRANSFER_CFGRECORD_H
#define CRIER_TRANSFER_CFGRECORD_H

#include <glib.h>

#include "base/field.h"
#include "transfer/cfgtree.h"

#define CFGRECORD_FORMAT 1

/* ---- reading; errors do not name the line yet but where said ---- */

/* "spring/campaign.cfg:12: " before what `error` says. Returns FALSE. */
gboolean cfgrecord_at(const char *label, int line, GError **error);
/* "KEY: this is a list. Write WANT". Returns FALSE. */
gboolean cfgrecord_wrong_type(const char *key, const struct cfg_node *n, const char *want,
                              GError **error);
/* Names the nearest of `known` (NULL-ended), or all. Returns FALSE. */
gboolean cfgrecord_unknown(const char *key, const char *const *known, GError **error);

/* The format is named and ours, and each key of the root is one of `known`. Names file and
 * line. */
gboolean cfgrecord_check_root(const struct cfg_node *root, const char *label,
                              const char *const *known, GError **error);

/* Sets the field that `n` names. `others` (NULL-ended): keys that the caller takes itself, for
 * the message about an unknown one. */
gboolean cfgrecord_take(const struct field *table, void *record, const struct cfg_node *n,
                        const char *const *others, GError **error);
/* A text that is a slug; `*ret` is replaced. */
gboolean cfgrecord_take_name(const struct cfg_node *n, char **ret, GError **error);
/* A text of one line, at most `max_bytes`; `*ret` is replaced. */
gboolean cfgrecord_take_line(const struct cfg_node *n, gsize max_bytes, char **ret,
                             GError **error);

/* ---- writing ---- */

/* `  key = "value";` and a newline; every text can be written and comes back as it was. */
void cfgrecord_put_text(GString *out, const char *indent, const char *key, const char *value);
/* The fields of the table that are not at their default, in its order; those of `always`
 * (NULL-ended, may be NULL) in any case. */
void cfgrecord_put(GString *out, const char *indent, const struct field *table,
                   const void *record, const char *const *always);

#endif

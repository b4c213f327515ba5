/*
 * Inside the store only: writing down what can be taken back. Each call is inside the caller's
 * transaction, before or after the change as it says; while something is being undone nothing
 * is written down.
 */
#ifndef CRIER_STORE_UNDOLOG_PRIVATE_H
#define CRIER_STORE_UNDOLOG_PRIVATE_H

#include <glib.h>

#include "base/field.h"
#include "store/undolog.h"

struct undolog_note {
    const char *action, *noun, *name;
    gint64 record_id;
    const char *data;        /* JSON object; NULL: {} */
    gint64 person_id;        /* whom it names; 0: nobody */
    const char *address_key; /* the same; NULL */
};
/* `*ret_id` (may be NULL): of the row; 0 when nothing is written down now. */
gboolean undolog_note(struct db *db, const struct undolog_note *n, gint64 *ret_id,
                      GError **error);

gboolean undolog_note_delete(struct db *db, const char *noun, const char *name, gint64 bin_id,
                             gint64 person_id, const char *address_key, GError **error);
/* A record with a field table, before it is stored; nothing where nothing differs. `new_parts`:
 * those of a campaign that change with it, else NULL. */
gboolean undolog_note_change(struct db *db, const char *noun, const char *name, gint64 id,
                             const struct field *table, const void *old, const void *new,
                             const GPtrArray *new_parts, GError **error);

/* What a person became by a change, without saying it. Caller frees. */
char *undolog_person_hash(const char *address, const char *fields_json);

gboolean undolog_forget_person(struct db *db, gint64 person_id, const char *address_key,
                               GError **error);

/* undolog_apply.c: one step, inside a transaction (an import: outside). The sentence goes to
 * `*ret_said`, caller frees. */
struct undolog_step {
    gint64 id, record_id, person_id;
    char *action, *noun, *name, *data; /* owned */
};
gboolean undolog_apply(struct db *db, const struct undolog_step *s, char **ret_said,
                       GError **error);
gboolean undolog_is_batched(const struct undolog_step *s);
/* Between its transactions: for who looks. */
void undolog_tell(struct db *db, gint64 done, gint64 total);

#endif

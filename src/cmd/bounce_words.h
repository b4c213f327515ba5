/*
 * What the verbs of mail that came back share: words of the command line, and rows of what
 * changed.
 */
#ifndef CRIER_CMD_BOUNCE_WORDS_H
#define CRIER_CMD_BOUNCE_WORDS_H

#include "app/bounces.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"

#define BOUNCE_PAGE_ROWS 1000

/* A message's number. CRIER_ERROR_USAGE. */
gboolean bounce_read_id(const char *word, gint64 *ret, GError **error);
/* `--option` is one of these names; NULL when not given. CRIER_ERROR_USAGE names the nearest,
 * or all. */
gboolean bounce_read_name(const struct cmd_context *c, const char *option,
                          const char *const *known, const char **ret, GError **error);
const char *const *bounce_kind_names(void); /* NULL-ended, as are these */
const char *const *bounce_class_names(void);
const char *const *bounce_reason_names(void);
gboolean bounce_read_since(const struct cmd_context *c, gint64 *ret_us, GError **error);
gboolean bounce_read_scope(const struct cmd_context *c, struct bounces_scope *ret,
                           GError **error);

/* A job that prints a row a recipient that says another thing now, and shows progress. */
struct bounce_printing {
    struct output *out;          /* owned */
    struct progress *bar;        /* owned */
    struct providers *providers; /* owned */
    struct bounces_job job;      /* its data is this */
};
gboolean bounce_printing_begin(const struct cmd_context *c, const char *what,
                               struct bounce_printing *p, GError **error);
void bounce_printing_end(struct bounce_printing *p);
/* Sentences about what followed. */
void bounce_say_tally(const struct bounces_tally *t, gboolean is_dry_run);

#endif

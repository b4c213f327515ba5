/*
 * The command line: words and options by the table of verbs, the workspace and database a verb
 * needs, errors as people read them, exit codes. The verbs themselves are one file a noun.
 */
#ifndef CRIER_CMD_CMD_H
#define CRIER_CMD_CMD_H

#include <glib.h>
#include <stdio.h>

#include "app/verbs.h"
#include "cmd/output.h"
#include "store/db.h"
#include "store/workspace.h"

#define CMD_MAX_WORDS 10000

struct cmd_given {             /* one option as given */
    const char *name;          /* borrowed from the table, or the field's key */
    const struct field *field; /* NULL unless it sets a field of the record */
    const char *value;         /* borrowed from argv; NULL for a switch */
};

struct cmd_line {
    const struct verb *verb; /* NULL: only help or the version was asked for */
    const char *noun;        /* for help; borrowed */
    gboolean wants_help, wants_version;
    const char *workspace; /* -w, or NULL */
    const char *actor;     /* --as, or NULL */
    enum output_format format;
    char **fields;    /* owned; NULL: all */
    GPtrArray *words; /* owned; of const char *, borrowed from argv */
    GArray *given;    /* owned; of struct cmd_given */
};

/* argv[0] is the program. CRIER_ERROR_USAGE with the nearest known word. */
gboolean cmd_parse(int argc, char **argv, struct cmd_line *ret, GError **error);
void cmd_line_clear(struct cmd_line *l);

struct cmd_context {
    const struct cmd_line *line; /* borrowed */
    const struct verb *verb;     /* borrowed */
    struct workspace *ws;        /* owned by the frame; NULL unless VERB_WORKSPACE */
    struct db *db;               /* owned by the frame; NULL unless VERB_DATABASE */
};

struct cmd_handler {
    const char *noun, *verb;
    int (*run)(struct cmd_context *c); /* returns the exit code */
};
const struct cmd_handler *cmd_handlers(void); /* ends with noun NULL */
const struct cmd_handler *cmd_handler_find(const char *noun, const char *verb);

/* The whole command line. Returns the exit code. */
int cmd_main(int argc, char **argv);

/* ---- for the verbs ---- */

const char *cmd_word(const struct cmd_context *c, guint i); /* NULL past the last */
guint cmd_words(const struct cmd_context *c);
gboolean cmd_has(const struct cmd_context *c, const char *option);
const char *cmd_option(const struct cmd_context *c,
                       const char *option); /* the last; NULL: not given */
const char *cmd_option_nth(const struct cmd_context *c, const char *option, guint n);
/* A whole number of min…max; `fallback` when not given. CRIER_ERROR_USAGE. */
gboolean cmd_option_int(const struct cmd_context *c, const char *option, gint64 min, gint64 max,
                        gint64 fallback, gint64 *ret, GError **error);
/* --since: a time, or how long ago. */
gboolean cmd_read_since(const char *text, gint64 *ret_us, GError **error);
/* Every --key value that is a field of the record: field_set(); a value that cannot be one is
 * CRIER_ERROR_USAGE. `*ret_n` may be NULL. */
gboolean cmd_set_fields(const struct cmd_context *c, void *record, guint *ret_n,
                        GError **error);
/* `error` is about a value of the command line: CRIER_ERROR_INVALID becomes CRIER_ERROR_USAGE,
 * because the words are wrong and no record or file is. Returns FALSE. */
gboolean cmd_wrong_usage(GError **error);
/* Makes the name of a file absolute: the worker, which reads it later, runs in another folder.
 * "" and NULL stay. */
void cmd_make_absolute(char **path);
/* CRIER_ERROR_EXISTS: a file is at `path` (NULL, "-": standard output) and there is no --force. */
gboolean cmd_may_write(const struct cmd_context *c, const char *path, GError **error);
/* CRIER_ERROR_USAGE: `name` cannot be a new record's name. */
gboolean cmd_check_new_name(const char *name, GError **error);
gboolean cmd_wants_json(const struct cmd_context *c);

/* "crier: MESSAGE" on standard error; frees `error`. Returns its exit code. */
int cmd_fail(GError *error);
/* The same for a message of our own. */
void cmd_warn(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* A sentence about what was done, on standard error so that data stays clean. */
void cmd_say(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* A list of records, and one: an object each, that `shape` writes; `data` is the caller's. `all`
 * NULL: `error` says why. The list returns the exit code. */
typedef void cmd_shape(struct json_writer *w, const void *record, void *data);
int cmd_put_list(const struct cmd_context *c, const struct output_column *columns,
                 const GPtrArray *all, cmd_shape *shape, void *data, GError *error);
void cmd_put_record(const struct cmd_context *c, const struct output_column *columns,
                    const void *record, cmd_shape *shape, void *data);
/* One JSON text and a newline on standard output. */
void cmd_put_json(const GString *json);
/* Flushes standard output; 75 and a message when it could not be written (disk full), else
 * `code`. */
int cmd_done(int code);
gboolean cmd_can_ask(void); /* standard input and standard error are a terminal */

/* help.c */
void help_program(FILE *out);
void help_noun(FILE *out, const char *noun);
void help_verb(FILE *out, const struct verb *v);

#endif

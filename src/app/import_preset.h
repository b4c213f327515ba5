/*
 * Exports of other systems: which columns they have, what a row of them means. Part of
 * app/import.
 */
#ifndef CRIER_APP_IMPORT_PRESET_H
#define CRIER_APP_IMPORT_PRESET_H

#include <glib.h>

#include "base/json.h"

#define PRESET_MAX_COLUMNS 24

/* Which part of a set a file is. */
enum import_preset_part {
    PRESET_PEOPLE,
    PRESET_UNSUBSCRIBED,
    PRESET_CLEANED,       /* Mailchimp: bounced for good */
    PRESET_NONSUBSCRIBED, /* Mailchimp: known from a shop or the like, never agreed */
};

enum import_preset_action { PRESET_JOIN, PRESET_NEVER_MAIL, PRESET_LEAVE_OUT, PRESET_REFUSE };

struct import_preset_verdict {
    enum import_preset_action action;
    const char *reason;  /* of a suppression */
    gboolean everywhere; /* not only on the list */
    char *text;        /* owned; evidence, consent (NULL: the import's), or why it is refused */
    gint64 consent_us; /* 0: the import's */
};
void import_preset_verdict_clear(struct import_preset_verdict *v);

struct import_preset_column {
    const char *heading; /* several spellings with '|' between */
    const char *field;   /* "address", a field, or NULL: left out */
    gboolean is_required;
};

struct import_preset {
    const char *name, *title;
    const char *advice; /* N_(): how to export so that all columns are there */
    const struct import_preset_column *columns; /* ends with heading NULL */
    /* `cells` by the table of columns, "" where the file lacks one. */
    void (*judge)(enum import_preset_part part, const char *const *cells,
                  struct import_preset_verdict *ret);
    /* Fields that come of more than one cell; NULL: none. FALSE with the reason. */
    gboolean (*add_fields)(const char *const *cells, struct json *fields, char **ret_why);
    gboolean needs_unsubscribed; /* a second file */
    gboolean is_set;             /* a ZIP archive or folder; the names of files say the part */
};

/* NULL and no error for "csv"; CRIER_ERROR_USAGE for an unknown name. */
gboolean import_preset_find(const char *name, const struct import_preset **ret, GError **error);
/* The row of the table for a heading of the file, -1 none. */
int import_preset_column_of(const struct import_preset *p, const char *heading);
/* CRIER_ERROR_INVALID naming what is missing. */
gboolean import_preset_check_columns(const struct import_preset *p, const char *path,
                                     const char *const *columns, GError **error);

struct import_preset_input {
    char *path, *entry; /* owned; entry NULL: the path itself */
    char *shown;        /* owned; for messages */
    char *charset;      /* owned; as found out, NULL: not yet */
    enum import_preset_part part;
};
/* The files to read for `path`, suppressing ones first. `unsubscribed` is --unsubscribed or
 * NULL; "none" means that there is no such file. Caller unrefs. */
GPtrArray *import_preset_inputs(const struct import_preset *p, const char *path,
                                const char *unsubscribed, GError **error);

#endif

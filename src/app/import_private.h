/*
 * Inside app/import*.c only: one import that runs.
 */
#ifndef CRIER_APP_IMPORT_PRIVATE_H
#define CRIER_APP_IMPORT_PRIVATE_H

#include <glib.h>

#include "app/import.h"
#include "app/import_columns.h"
#include "app/import_rejects.h"
#include "transfer/csvfile.h"

struct import_run {
    struct db *db; /* borrowed, as o, counts and preset */
    const struct import_options *o;
    struct import_counts *counts;
    const struct import_preset *preset; /* NULL: any CSV */
    GPtrArray *inputs;                  /* of struct import_preset_input *; owned */
    char delimiter;                     /* 0: found out */
    struct rejects rejects;
    gint64 list_id;
    struct people_import *people; /* owned; NULL for suppressions */
    GPtrArray *pending;           /* of struct pending *, suppressions that wait; owned */
    GHashTable *seen;             /* keys of suppressions that came; owned */
    gboolean counts_suppressions; /* they are what the outcomes count */
    /* --- the file that is read --- */
    const struct import_preset_input *input; /* borrowed */
    struct csvfile *csv;                     /* owned */
    struct import_columns columns;
};

typedef gboolean (*import_row_taker)(struct import_run *r, const char *const *cells,
                                     gint64 line, GError **error);

gboolean import_run_open(struct import_run *r, struct db *db, const struct import_options *o,
                         struct import_counts *counts, GError **error);
/* Every file is read once to its end before anything is taken from one. */
gboolean import_run_check(struct import_run *r, GError **error);
/* All files, row by row. */
gboolean import_run_read(struct import_run *r, import_row_taker take, GError **error);
void import_run_clear(struct import_run *r);

/* `cells` NULL: a row that could not be read, whose reason names the line itself. */
void import_refuse_row(struct import_run *r, gint64 line, const char *reason,
                       const char *const *cells);

/* import_never.c. Takes reason and evidence over as copies; `list_id` 0: everywhere. */
gboolean import_never_add(struct import_run *r, const char *address, const char *key,
                          gint64 list_id, const char *reason, const char *evidence,
                          GError **error);
gboolean import_never_store(struct import_run *r, GError **error);

#endif

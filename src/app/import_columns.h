/*
 * Which column of a CSV file goes where. Part of app/import.
 */
#ifndef CRIER_APP_IMPORT_COLUMNS_H
#define CRIER_APP_IMPORT_COLUMNS_H

#include <glib.h>

#include "app/import_preset.h"

struct import_columns {
    guint n;
    int address; /* index of the column, -1 none */
    char *
        *fields; /* owned; n entries: the field's name, NULL for address and left-out columns */
    int special[PRESET_MAX_COLUMNS]; /* with a preset: where its columns are, -1 nowhere */
};

/* `columns` NULL-ended as in the file; `maps` as in struct import_options; `preset` NULL: any
 * CSV. Errors name the columns that are there. `path` is for the messages. */
gboolean import_columns_resolve(const char *path, const char *const *columns,
                                const char *const *maps, const struct import_preset *preset,
                                struct import_columns *ret, GError **error);
void import_columns_clear(struct import_columns *c);
/* The index of the column that became `field`, -1 none. */
int import_columns_find(const struct import_columns *c, const char *field);

#endif

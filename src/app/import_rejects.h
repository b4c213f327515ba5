/*
 * The file of rows that could not be used. Part of app/import.
 */
#ifndef CRIER_APP_IMPORT_REJECTS_H
#define CRIER_APP_IMPORT_REJECTS_H

#include <glib.h>
#include <stdio.h>

struct rejects {
    FILE *out; /* owned; NULL: nobody asked for it */
    const char *path;
};

/* CRIER_ERROR_USAGE when `path` (may be NULL) is the file `source` that is read. */
gboolean rejects_check(const char *path, const char *source, GError **error);
/* `path` NULL: nothing is written. */
gboolean rejects_open(struct rejects *r, const char *path, const char *const *columns,
                      GError **error);
/* `cells` may be NULL. */
void rejects_put(struct rejects *r, gint64 line_no, const char *reason,
                 const char *const *cells, guint n);
gboolean rejects_close(struct rejects *r, GError **error);
void rejects_abandon(struct rejects *r);

#endif

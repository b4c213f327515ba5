/* A campaign out of the database into a campaign folder. */
#ifndef CRIER_APP_EXPORT_H
#define CRIER_APP_EXPORT_H

#include <glib.h>

#include "store/db.h"

/*
 * Writes campaign `name` into folder `dir` (made where missing); without `overwrite` a file
 * that says something else stops it before anything is written. `left_out` (may be NULL) as
 * campaignwrite_files(). `*ret_files` (may be NULL): how many files it is.
 */
gboolean export_campaign(struct db *db, const char *name, const char *dir, gboolean overwrite,
                         GPtrArray *left_out, guint *ret_files, GError **error);

/* A draft `copy` with the content of `name`, whatever that one's state is. */
gboolean export_copy(struct db *db, const char *name, const char *copy, GError **error);

#endif

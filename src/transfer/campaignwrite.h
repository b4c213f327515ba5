/*
 * A campaign record to a campaign folder. What is written comes back the same by
 * campaignfile_read(), and writing that again gives the same bytes.
 */
#ifndef CRIER_TRANSFER_CAMPAIGNWRITE_H
#define CRIER_TRANSFER_CAMPAIGNWRITE_H

#include <glib.h>

#include "model/campaign.h"

struct campaignwrite_file {
    char *path;   /* owned; inside the folder, without "." and ".." */
    GBytes *data; /* owned */
};

/*
 * The files of the folder, campaign.cfg first; of struct campaignwrite_file *, owned by the
 * array. What cannot be written is named in `left_out` (of char *, which it frees; may be
 * NULL). CRIER_ERROR_INVALID when a file's name leads out of the folder or stands for two
 * contents.
 */
GPtrArray *campaignwrite_files(const struct campaign *c, GPtrArray *left_out, GError **error);

/* Writes them into `dir`, which is made where missing. Without `overwrite` a file that is there
 * with other bytes is CRIER_ERROR_EXISTS, and nothing is written. */
gboolean campaignwrite_folder(const GPtrArray *files, const char *dir, gboolean overwrite,
                              GError **error);

#endif

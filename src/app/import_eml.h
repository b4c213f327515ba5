/*
 * An e-mail file as a new draft: its bodies, images and attachments kept.
 */
#ifndef CRIER_APP_IMPORT_EML_H
#define CRIER_APP_IMPORT_EML_H

#include <glib.h>

#include "model/campaign.h"
#include "store/db.h"

struct eml_draft {
    struct campaign campaign; /* as it will be stored */
    GPtrArray *left_out;      /* owned; of char *: what is not kept */
};

/* By the file's name alone: "*.eml". */
gboolean import_eml_is(const char *path);

/*
 * Reads the mail, changing nothing. The draft is called `name`, or (NULL) like the file.
 * CRIER_ERROR_EXISTS when there is such a campaign: a draft from a mail never replaces one. Its
 * body, images and attachments get files, so that it can be exported and applied.
 */
struct eml_draft *import_eml_prepare(struct db *db, const char *path, const char *name,
                                     GError **error);
/* The same of a mail that was read already, without looking into a database. */
struct eml_draft *import_eml_parse(const char *data, gsize len, const char *name,
                                   GError **error);
gboolean import_eml_commit(struct db *db, struct eml_draft *d, GError **error);
void import_eml_free(struct eml_draft *d); /* NULL is fine */

#endif

/* Mailbox records in the database: where bounces and unsubscribe requests come in. */
#ifndef CRIER_STORE_MAILBOXES_H
#define CRIER_STORE_MAILBOXES_H

#include <glib.h>

#include "model/mailbox.h"
#include "store/db.h"

/* The getters initialise `ret` themselves, as those of campaigns.h. NOT_FOUND names the
 * nearest. */
gboolean mailboxes_get(struct db *db, const char *name, struct mailbox *ret, GError **error);
gboolean mailboxes_get_id(struct db *db, gint64 id, struct mailbox *ret, GError **error);
GPtrArray *mailboxes_all(struct db *db,
                         GError **error); /* of struct mailbox *, owned by the array */
/* Adds (id 0) or changes (row_version must match, else PRECONDITION); audited, own transaction.
 * The address of one that an unfinished campaign uses stays: its versions are frozen with it.
 */
gboolean mailboxes_put(struct db *db, struct mailbox *m, GError **error);
/* Whether there is one that is in use: for the worker, each second. */
gboolean mailboxes_are_used(struct db *db);
gboolean mailboxes_delete(struct db *db, const char *name,
                          GError **error); /* refused while an unfinished campaign uses it */

/* Whether it is there still, and as it was in that version. */
gboolean mailboxes_is_current(struct db *db, gint64 id, gint64 row_version);

/* What its reader knows of it: "" or a sentence. */
gboolean mailboxes_set_problem(struct db *db, gint64 id, const char *problem, GError **error);
char *mailboxes_get_problem(struct db *db, gint64 id); /* caller frees; NULL none */

#endif

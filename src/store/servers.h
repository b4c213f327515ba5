/* Server records in the database. */
#ifndef CRIER_STORE_SERVERS_H
#define CRIER_STORE_SERVERS_H

#include <glib.h>

#include "model/server.h"
#include "store/db.h"

gboolean servers_get(struct db *db, const char *name, struct server *ret,
                     GError **error); /* NOT_FOUND names the nearest */
gboolean servers_get_id(struct db *db, gint64 id, struct server *ret, GError **error);
GPtrArray *servers_all(struct db *db,
                       GError **error); /* of struct server *, owned by the array */
/* Adds (id 0) or changes (row_version must match, else PRECONDITION); audited, own transaction.
 */
gboolean servers_put(struct db *db, struct server *s, GError **error);
gboolean servers_delete(struct db *db, const char *name,
                        GError **error); /* refused while an unfinished campaign uses it */

/* What the worker knows of it: "" or a sentence ("login refused: 535 …; set the password and
 * resume"). */
gboolean servers_set_problem(struct db *db, gint64 id, const char *problem, GError **error);
char *servers_get_problem(struct db *db, gint64 id); /* caller frees; NULL none */

#endif

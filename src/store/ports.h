/* Records of the ports we listen on in the database, and what kept one from being bound. */
#ifndef CRIER_STORE_PORTS_H
#define CRIER_STORE_PORTS_H

#include <glib.h>

#include "model/port.h"
#include "store/db.h"

/* The getters initialise `ret` themselves, as those of campaigns.h. NOT_FOUND names the
 * nearest. */
gboolean ports_get(struct db *db, const char *name, struct port *ret, GError **error);
gboolean ports_get_id(struct db *db, gint64 id, struct port *ret, GError **error);
GPtrArray *ports_all(struct db *db, GError **error); /* of struct port *, owned by the array */
/* Adds (id 0) or changes (row_version must match, else PRECONDITION); audited, own transaction.
 * EXISTS: another of its role has its listen address, or one that is enabled cannot listen
 * beside it. */
gboolean ports_put(struct db *db, struct port *p, GError **error);
gboolean ports_delete(struct db *db, const char *name, GError **error);
/* Whether there is one that is in use: for the worker. */
gboolean ports_are_used(struct db *db);

/* What kept it from being bound: "" or a sentence. A change of the record clears it. */
gboolean ports_set_problem(struct db *db, gint64 id, const char *problem, GError **error);
char *ports_get_problem(struct db *db, gint64 id); /* caller frees; NULL none */

#endif

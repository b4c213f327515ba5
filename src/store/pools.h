/*
 * Pools in the database, and what a campaign's `server` means: the name of a server or of a
 * pool, which share one namespace.
 */
#ifndef CRIER_STORE_POOLS_H
#define CRIER_STORE_POOLS_H

#include <glib.h>

#include "model/pool.h"
#include "model/server.h"
#include "store/db.h"

/* The getters initialise `ret` themselves. NOT_FOUND names the nearest. */
gboolean pools_get(struct db *db, const char *name, struct pool *ret, GError **error);
gboolean pools_get_id(struct db *db, gint64 id, struct pool *ret, GError **error);
GPtrArray *pools_all(struct db *db, GError **error); /* of struct pool *, owned; by name */
/* Adds (id 0) or changes (row_version must match, else PRECONDITION); its servers must be
 * there; audited, own transaction. */
gboolean pools_put(struct db *db, struct pool *p, GError **error);
gboolean pools_delete(struct db *db, const char *name,
                      GError **error); /* refused while an unfinished campaign uses it */

/* Whether a pool has this name, of whatever kind the caller wants to make one of. */
gboolean pools_check_free_name(struct db *db, const char *name, GError **error);
/* Refused while a pool names the server. */
gboolean pools_check_unused(struct db *db, const char *server, GError **error);

/* ---- what a campaign goes by ---- */

struct pool_server { /* one of those that a name stands for */
    struct server record;
    int weight; /* of a campaign's only server 1 */
};

struct pool_servers {
    gboolean is_pool;
    GPtrArray *all;     /* owned; of struct pool_server *, owned by it; in their order */
    GPtrArray *missing; /* owned; of char *: names in the pool that are no server any more */
};
/* False: there is neither a server nor a pool `name`, as servers_get() says it, or the store
 * failed. */
gboolean pools_find(struct db *db, const char *name, struct pool_servers *ret, GError **error);
void pool_servers_clear(struct pool_servers *s);

/* One server for a single message: of a pool the first that is switched on and known to have no
 * trouble, else the first. */
gboolean pools_find_one(struct db *db, const char *name, struct server *ret, GError **error);
/* Whether `name` is this server, or a pool that has it. */
gboolean pools_lead_to(struct db *db, const char *name, const char *server);

#endif

/*
 * Words to the send role: a receiver refuses us, as mail that comes back says. The role rests
 * it as it does when it is refused itself; without one the wish waits.
 */
#ifndef CRIER_STORE_REST_WISH_H
#define CRIER_STORE_REST_WISH_H

#include <glib.h>

#include "store/db.h"

struct rest_wish {
    char *receiver, *reply; /* owned */
    gint64 campaign_id, at_us;
};
void rest_wish_free(struct rest_wish *w);
/* Inside the caller's transaction: the receiver refuses us, as what comes back says. */
gboolean rest_wish_put(struct db *db, const char *receiver, gint64 campaign_id,
                       const char *reply, gint64 at_us, GError **error);
/* Of struct rest_wish *, owned by the array. Nearly always empty: microseconds. */
GPtrArray *rest_wish_all(struct db *db, GError **error);
gboolean rest_wish_done(struct db *db, const char *receiver, GError **error);

#endif

/*
 * How many messages were given to a server, by quarters of an hour: rows written in the commit
 * of their outcomes, so that neither a restart nor a kill forgets an hourly or daily limit.
 */
#ifndef CRIER_STORE_SERVER_USE_H
#define CRIER_STORE_SERVER_USE_H

#include <glib.h>

#include "store/db.h"

gint64 server_use_slot(gint64 at_us);
/* Inside the caller's transaction. */
gboolean server_use_add(struct db *db, gint64 server_id, gint64 slot, gint64 n, GError **error);
/* From the slot of `from_us` on. */
gboolean server_use_sum(struct db *db, gint64 server_id, gint64 from_us, gint64 *ret,
                        GError **error);
/* Rows that no limit looks at any more go. */
gboolean server_use_forget(struct db *db, gint64 before_us, GError **error);

#endif

/*
 * What mail that came back teaches about deliveries: a maybe sent did go out; one that was
 * taken came back because of us and is tried again. Whether that is so decides app/evidence.c.
 */
#ifndef CRIER_STORE_DELIVERIES_LEARN_H
#define CRIER_STORE_DELIVERIES_LEARN_H

#include <glib.h>

#include "store/db.h"

/* Inside the caller's transaction. An uncertain one, decided or not, is accepted, unless its
 * person is sent it again. `*ret_moved` is false for one in another state. */
gboolean deliveries_learn_accepted(struct db *db, gint64 delivery_id, gboolean *ret_moved,
                                   GError **error);

/* Inside the caller's transaction. One that was accepted since `since_us` waits for another try
 * at `due_us`; a finished campaign is sending again. `*ret_moved` is false when nothing is to
 * be done: another state, an older one, a campaign that is cancelled or in the bin. */
gboolean deliveries_put_back(struct db *db, gint64 delivery_id, gint64 since_us, gint64 due_us,
                             gboolean *ret_moved, GError **error);

#endif

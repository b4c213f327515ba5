/*
 * People who came onto a campaign's lists after its rows had been built. Building the rows of
 * those who were there at the start is deliveries_build.c's.
 */
#ifndef CRIER_STORE_LATECOMERS_H
#define CRIER_STORE_LATECOMERS_H

#include <glib.h>

#include "store/deliveries.h"

#define LATECOMERS_BATCH 1000

/* A walk over them, in order of their numbers, by the campaign's campaign_list rows: who is on
 * its lists now, is not excluded and has no row. */
struct latecomers;
struct latecomers *latecomers_open(struct db *db, gint64 campaign_id);
void latecomers_free(struct latecomers *l); /* NULL is fine */

/* The next, at most LATECOMERS_BATCH; none: that was all. Of struct addressee *, owned by the
 * array. Between calls no read transaction is open. */
GPtrArray *latecomers_next(struct latecomers *l, GError **error);
/* Passed over so far: a person of another number got it, or is to get it, under their address
 * (who was removed and came back). */
gint64 latecomers_known(const struct latecomers *l);

/*
 * Makes rows for them, queued with the campaign's newest version, or suppressed; who has got a
 * row or left meanwhile gets none. One transaction, with counters and a step that undo knows. A
 * finished campaign is sending again when somebody is queued; of one that has not begun or is
 * cancelled: INVALID. Adds to `*ret_people` and `*ret_suppressed`.
 */
gboolean latecomers_join(struct db *db, gint64 campaign_id, const GPtrArray *people,
                         gint64 *ret_people, gint64 *ret_suppressed, GError **error);

#endif

/*
 * Who waits because of a receiver: its limits, its rest. A row of table hold is a receiver that
 * has something to be remembered over a restart; table held says who waits there, in order.
 * Those are `deferred` without a due time, and no attempt is counted. When their turn comes is
 * worker/receivers.c's to say.
 */
#ifndef CRIER_STORE_HOLDS_H
#define CRIER_STORE_HOLDS_H

#include <glib.h>

#include "store/db.h"

#define HOLD_FOR_EVER G_MAXINT64

enum hold_cause { /* numbers are stored: never renumber */
                  HOLD_NONE = 0,
                  HOLD_RATE = 1,        /* messages a second */
                  HOLD_CONNECTIONS = 2, /* messages in flight */
                  HOLD_SLOW = 3,        /* it said "slower" */
                  HOLD_OURS = 4,        /* it rests: we are blocked or misconfigured */
                  HOLD_USER = 5,        /* it rests: somebody said so */
                  HOLD_CAUSE_COUNT
};
const char *hold_cause_name(enum hold_cause c); /* "rate" … */

struct hold {
    gint64 id;
    char *receiver;        /* owned; provider or domain */
    char *label;           /* owned */
    enum hold_cause cause; /* why people wait there */
    char *reply;           /* owned; the one behind it, "" */
    gint64 since_us;       /* wall */
    gint64 until_us;       /* wall; of a rest; 0: it does not rest; HOLD_FOR_EVER */
    gint64 next_us;        /* wall; the next message may go then */
    double rate;           /* messages a second it is kept to now; 0: any number */
    double base_rate;      /* the rate it climbs back to, 0: none was known */
    gint64 slow_us;        /* wall; the last time it asked for going slower, 0: never */
    gint64 connections;    /* the limit of messages in flight, 0: none */
    gint64 n_ours;         /* our faults in a row */
    gint64 n_waiting;      /* of all campaigns, or of the one that was asked for */
};
void hold_free(struct hold *h); /* NULL is fine */

/* Those at which somebody waits or which rest or are slowed down, the most waiting first;
 * `campaign_id` 0: all campaigns, else those at which somebody of it waits. Of struct hold *,
 * owned by the array. */
GPtrArray *holds_all(struct db *db, gint64 campaign_id, GError **error);
/* Where this delivery waits; `*ret` NULL: at none. */
gboolean holds_of_delivery(struct db *db, gint64 campaign_id, gint64 delivery_id,
                           struct hold **ret, GError **error);
/* Somebody's word to the worker: the receiver may be written to again. NOT_FOUND. */
gboolean holds_wake(struct db *db, const char *receiver, GError **error);

#endif

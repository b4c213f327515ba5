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
    gint64 wake_us;        /* wall; when somebody woke it last */
    gint64 n_waiting;      /* of all campaigns, or of the one that was asked for */
};
void hold_free(struct hold *h); /* NULL is fine */

/* ---- what people see ---- */

/* Those at which somebody waits or which rest or are slowed down, the most waiting first;
 * `campaign_id` 0: all campaigns, else those at which somebody of it waits. Of struct hold *,
 * owned by the array. */
GPtrArray *holds_all(struct db *db, gint64 campaign_id, GError **error);
/* Where this delivery waits; `*ret` NULL: at none. */
gboolean holds_of_delivery(struct db *db, gint64 campaign_id, gint64 delivery_id,
                           struct hold **ret, GError **error);
/* Somebody's word to the worker: its rest is over, it is not slowed down any more, and our
 * faults are forgotten. NOT_FOUND: nothing of the kind is known of this receiver. */
gboolean holds_wake(struct db *db, const char *receiver, GError **error);

/* ---- for the send role ---- */

/* Forgets what says nothing any more, counts who waits, and returns the rest: struct hold *, by
 * their ids. */
GPtrArray *holds_load(struct db *db, gint64 now_us, GError **error);
gboolean holds_each_waiting(struct db *db,
                            void (*see)(gint64 hold_id, gint64 campaign_id, gint64 n,
                                        void *data),
                            void *data, GError **error);
/* Inside the caller's transaction. Everything but n_waiting and wake_us is written. */
gboolean holds_put(struct db *db, const struct hold *h, GError **error);
/* Inside the caller's transaction: their times go with the clock, but for "for ever". */
gboolean holds_clock_jumped(struct db *db, gint64 jump_us, GError **error);
/* When somebody last woke it (wall), 0: nobody. */
gboolean holds_woken_us(struct db *db, gint64 id, gint64 *ret, GError **error);
/* How many of a campaign wait there; 0, too, when it is cancelled or gone. */
gboolean holds_waiting(struct db *db, gint64 hold_id, gint64 campaign_id, gint64 *ret_n,
                       GError **error);

/* ---- for the store ---- */

/* Inside the caller's transaction: rows of table held, and how many wait. */
gboolean holds_add(struct db *db, gint64 hold_id, gint64 campaign_id, gint64 delivery_id,
                   GError **error);
gboolean holds_remove(struct db *db, gint64 hold_id, gint64 campaign_id, gint64 delivery_id,
                      GError **error);
gboolean holds_count(struct db *db, gint64 hold_id, gint64 campaign_id, gint64 n,
                     GError **error);
/* For the check of the database: who is put off without a time and waits nowhere. In a campaign
 * that is being cancelled nobody: who waits is forgotten before each is cancelled, batch by
 * batch. */
gboolean holds_lost(struct db *db, gint64 campaign_id, gint64 *ret_n, GError **error);
/* At most `max` rows of a campaign that is over; `*ret_n`: how many there were. */
gboolean holds_forget_some(struct db *db, gint64 campaign_id, gint64 max, gint64 *ret_n,
                           GError **error);

#endif

/*
 * Inside the send role only: who is at the other end of a recipient domain, a provider with all
 * its domains or the domain by itself, and how it is to be treated: messages in flight, rate,
 * going slower when it asks for that, rest. Whose turn it is not yet is held in the store
 * (store/holds.h), so memory does not grow with them, and is fetched when its turn comes.
 *
 * A receiver without limits, rest and faults costs nothing: its leases carry none
 * (`lease->receiver` is NULL), and without any such receiver the ledger has no gate.
 */
#ifndef CRIER_WORKER_RECEIVERS_H
#define CRIER_WORKER_RECEIVERS_H

#include <glib.h>

#include "model/provider.h"
#include "model/throttle.h"
#include "store/db.h"
#include "store/holds.h"
#include "store/ledger.h"

struct receivers;

struct receiver {
    char *name;                /* owned; the provider's, else the domain */
    const struct provider *of; /* borrowed from the table; never NULL */
    int n_in_flight;           /* leases that carry it and have no outcome */
    int n_ours; /* our faults in a row; an acceptance sets it to 0, a rest's end does not */
    enum hold_cause rest_cause; /* HOLD_NONE: it does not rest */
    gint64 rest_until_us;       /* monotonic; HOLD_FOR_EVER: until somebody wakes it */
    struct throttle throttle;
    /* receivers.c's alone: */
    struct hold row;     /* as it is to be written; its id is 0 until it is needed */
    GArray *waits;       /* who waits here, by campaigns */
    gint64 n_waiting;    /* of all of them */
    gint64 last_served;  /* campaign */
    gint64 woken_us;     /* wall; of the last word to wake it that was heeded */
    gboolean is_passed_over, is_listed, is_dirty;
    gboolean is_moved; /* its domain belongs to a provider by now: who waits goes there */
};

/* Reads what an earlier life has left. `table` is borrowed until receivers_take_table();
 * `now_us` is monotonic here and below. */
struct receivers *receivers_new(struct db *db, struct ledger *ledger,
                                const struct providers *table, gint64 now_us, GError **error);
void receivers_free(struct receivers *all); /* NULL is fine */
/* Another table: limits are taken over, what waits and rests stays. */
void receivers_take_table(struct receivers *all, const struct providers *table, gint64 now_us);

/* Of an address or a domain; made when it is not known. Valid until receivers_tick(), and for
 * as long as it rests, has faults or somebody waits for it. */
struct receiver *receivers_of(struct receivers *all, const char *address);
const char *receiver_label(const struct receiver *r); /* for people: "Gmail" */
/* Its name alone, without making it. Valid until the next call of anything here. */
const char *receivers_name_of(struct receivers *all, const char *address);

/*
 * Nothing more goes to it for that long (`for_us`, HOLD_FOR_EVER: until somebody wakes it);
 * whose turn comes is held with this cause. `reply` is kept with it, may be NULL. Leases that
 * have not begun go back (receivers_must_sweep()).
 */
void receiver_rest(struct receivers *all, struct receiver *r, enum hold_cause cause,
                   const char *reply, gint64 for_us, gint64 now_us);
void receiver_wake(struct receivers *all, struct receiver *r);
gboolean receiver_rests(const struct receiver *r);
/* A refusal whose fault is ours: counts, and tells how many there were in a row. As
 * receiver_rest(), before sender_record() of the lease that is the reason. */
int receiver_fault(struct receivers *all, struct receiver *r, const char *reply);

/* ---- for the sender ---- */

/* Of a lease, before the ledger has its outcome: only to be called when
 * receivers_wants_outcome(). `rate`: messages a second that go out at present. */
void receivers_outcome(struct receivers *all, struct lease *lease,
                       const struct ledger_outcome *o, double rate, gint64 now_us);
static inline gboolean receivers_wants_outcome(const struct lease *lease,
                                               const struct ledger_outcome *o)
{
    return lease->receiver || (o->code >= 400 && o->code < 500);
}
/* To be set before each ledger_lease(); NULL when nobody has anything to be kept to. */
const struct lease_gate *receivers_gate(struct receivers *all, gint64 now_us);
/* When somebody of that campaign who is held may go (monotonic, perhaps over), 0: nobody, or
 * not before something else happens. */
gint64 receivers_due_us(struct receivers *all, gint64 campaign_id, gint64 now_us);
/* Whether leases that have not begun are to be looked through; asking says no the next time. */
gboolean receivers_must_sweep(struct receivers *all);
gboolean receivers_must_go_back(const struct lease *lease);

/* About each second: climbs, rests that are over, forgets. */
void receivers_tick(struct receivers *all, gint64 now_us);
/* Times that are kept are those of the wall: they are written anew. */
void receivers_clock_jumped(struct receivers *all);
/* The database was changed by others: who was woken. */
void receivers_look(struct receivers *all, gint64 now_us);
/* Inside a transaction of `db`: what changed; receivers_written() tells how that ended. */
gboolean receivers_write(struct receivers *all, struct db *db, GError **error);
void receivers_written(struct receivers *all, gboolean ok);

#endif

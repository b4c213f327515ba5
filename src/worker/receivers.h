/*
 * Inside the send role only: who is at the other end of a recipient domain, a provider with all
 * its domains or the domain by itself, and how it is to be treated: messages in flight, rate,
 * going slower when it asks for that, rest. Whose turn it is not yet is held in the store
 * (store/holds.h), so memory does not grow with them, and is fetched when its turn comes.
 *
 * A receiver without limits, rest and faults costs nothing: its leases carry none
 * (`lease->receiver` is NULL).
 */
#ifndef CRIER_WORKER_RECEIVERS_H
#define CRIER_WORKER_RECEIVERS_H

#include <glib.h>

#include "model/provider.h"
#include "store/db.h"
#include "store/holds.h"
#include "store/ledger.h"

struct receivers;

struct receiver {
    char *name;                      /* owned; the provider's, else the domain */
    char *label;                     /* owned; for people: "Gmail", else the domain */
    const struct provider *provider; /* borrowed; its limits; never NULL */
    int n_in_flight; /* leases of it without an outcome, while it has anything to be kept to */
    int n_ours;      /* refusals in a row whose fault is ours; an acceptance sets it to 0 */
    enum hold_cause rest_cause; /* HOLD_NONE: it does not rest */
    gint64 rest_until_us;       /* wall; HOLD_FOR_EVER: until somebody wakes it */
};

/* Reads what an earlier life has left in table hold. `providers` is borrowed until the next
 * receivers_take_table(). */
struct receivers *receivers_new(struct db *db, const struct providers *providers,
                                gint64 now_us, GError **error);
void receivers_free(struct receivers *all); /* NULL is fine */

/* Of an address or a domain; made when it is not known. Valid until the next lease, for ever
 * while it rests or has faults. */
struct receiver *receivers_of(struct receivers *all, const char *address);

/* Nothing more goes to it until then (wall); what waits is held with this cause. `reply` is
 * kept with it, may be NULL. Leases that have not begun go back by receivers_is_open(). */
void receiver_rest(struct receivers *all, struct receiver *r, enum hold_cause cause,
                   const char *reply, gint64 until_us);
void receiver_wake(struct receivers *all, struct receiver *r);
/* A refusal whose fault is ours: counts, and tells how many there were in a row. */
int receiver_fault(struct receivers *all, struct receiver *r);
/* False: it rests. */
gboolean receiver_is_open(const struct receivers *all, const struct receiver *r);

/* ---- for the sender ---- */

/* An outcome, before the ledger has it. `reply` may be NULL. */
void receivers_outcome(struct receivers *all, struct lease *lease,
                       const struct ledger_outcome *o);
/* The gate that ledger_lease() asks; NULL when nobody has anything to be kept to. */
const struct lease_gate *receivers_gate(struct receivers *all, gint64 now_us);
/* When somebody who is held for that campaign may go (monotonic), 0: nobody is held, or not
 * before something else happens. */
gint64 receivers_wake_us(struct receivers *all, gint64 campaign_id, gint64 now_us);

#endif

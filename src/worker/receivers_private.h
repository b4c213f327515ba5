/* Inside receivers*.c only. */
#ifndef CRIER_WORKER_RECEIVERS_PRIVATE_H
#define CRIER_WORKER_RECEIVERS_PRIVATE_H

#include "worker/receivers.h"

struct receiver_wait {
    gint64 campaign_id, n;
};

struct receiver_asked { /* what a transaction did so far, to be undone when it fails */
    struct receiver *r;
    gint64 campaign_id, n; /* so many more wait; campaign_id 0: one was let go */
};

struct receivers {
    struct db *db; /* borrowed, as all but what follows below */
    struct ledger *ledger;
    const struct providers *table;
    GHashTable *by_name;   /* owned; name -> struct receiver *, owned */
    GHashTable *by_domain; /* owned; a cache: domain -> struct receiver * or &nobody */
    GHashTable *by_hold;   /* owned; id of its row -> struct receiver * */
    GPtrArray *listed;     /* owned; of struct receiver *: rest, are slow, have faults, or
                              somebody waits for them */
    GPtrArray *dirty;      /* owned; of struct receiver *: to be written */
    GArray *asked;         /* owned; of struct receiver_asked */
    struct lease_gate gate;
    gint64 next_id; /* of table hold */
    gint64 now_us;  /* monotonic, of this turn */
    gboolean is_limited;
    gboolean must_sweep;
};

struct receiver *receivers_find(struct receivers *all, const char *address, gboolean may_make);
gboolean receivers_is_special(const struct receiver *r);
void receivers_mark(struct receivers *all, struct receiver *r); /* it is to be written */
void receivers_list(struct receivers *all, struct receiver *r);

gint64 receivers_row_id(struct receivers *all, struct receiver *r); /* made when it has none */

/* ---- receivers_gate.c ---- */
void receivers_make_gate(struct receivers *all);
void receivers_wait(struct receiver *r, gint64 campaign_id, gint64 n); /* n more wait */

#endif

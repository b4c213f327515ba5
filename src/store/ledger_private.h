/*
 * Inside the store only: what ledger.c and ledger_lease.c share.
 */
#ifndef CRIER_STORE_LEDGER_PRIVATE_H
#define CRIER_STORE_LEDGER_PRIVATE_H

#include "store/ledger.h"
#include "store/settle.h"

struct node { /* a lease with its place among the outstanding */
    struct lease lease;
    struct node *previous, *next;
};

struct ledger {
    struct db *db;              /* borrowed */
    const struct workspace *ws; /* borrowed */
    char *workspace_id;         /* owned */
    struct journal *journal;    /* owned; NULL when a new one could not be made */
    struct node *first;         /* outstanding, not yet recorded */
    int n_outstanding;
    GArray *waiting;         /* struct waiting */
    gint64 waiting_since_us; /* monotonic */
    gint64 commit_us;        /* how long commits take, smoothed; 0: not known yet */
    gint64 data_version;
    gboolean is_blocked;
    gboolean is_journal_behind; /* an outcome could not be written to it */
    struct settle_tally *tally;
    GArray *records; /* struct journal_record, reused */
    const struct lease_gate *gate; /* borrowed; NULL: nobody is held */
    GArray *settles; /* struct settle, reused */
};

void ledger_node_free(struct node *n);
void ledger_node_link(struct ledger *l, struct node *n); /* among the outstanding */

/* One transaction: waiting outcomes, then `body` (may be NULL), which may run twice. False:
 * nothing was written, and ledger_is_blocked(). */
gboolean ledger_transact(struct ledger *l,
                         gboolean (*body)(struct ledger *, void *, GError **), void *data,
                         GError **error);

#endif

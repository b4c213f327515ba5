/*
 * Inside the store only: what ledger.c and ledger_lease.c share.
 */
#ifndef CRIER_STORE_LEDGER_PRIVATE_H
#define CRIER_STORE_LEDGER_PRIVATE_H

#include "store/journal.h"
#include "store/ledger.h"
#include "store/settle.h"

typedef gboolean (*ledger_body)(struct ledger *l, void *data, GError **error);
typedef void (*ledger_done)(struct ledger *l, void *data, gboolean ok);

struct node { /* a lease with its place among the outstanding; its texts lie behind it */
    struct lease lease;
    struct node *previous, *next;
    gboolean is_kept; /* has LEDGER_NODE_BYTES, and is used again */
};

/* Leases are made in one thread and end in another, which a memory allocator is slow at: those
 * of usual size go round. */
#define LEDGER_NODE_BYTES 320

struct waiting {       /* an outcome that SQLite does not have yet */
    struct node *node; /* owned */
    struct ledger_outcome outcome;
    char *enhanced, *reply; /* one piece of memory, which `texts` owns; or NULL */
    char *texts;
};

enum ledger_stage {
    LEDGER_IDLE,      /* the handle and all else are the loop's */
    LEDGER_BEGINNING, /* a transaction has the handle; others may commit */
    LEDGER_INSIDE,    /* it has begun: nobody else can */
    LEDGER_DONE,      /* its end is to be taken in */
};

struct ledger_transaction {
    ledger_body body; /* may run twice; NULL: nothing but outcomes */
    ledger_done done; /* in the loop, when it has ended; may be NULL */
    void *data;
    GArray *outcomes; /* struct waiting; put back when it failed */
    GArray *flights;
    gint64 since_us;     /* of the first of `outcomes` */
    gint64 begun_us;     /* monotonic */
    gint64 version;      /* data_version as it began */
    gboolean is_foreign; /* others have committed since the last look */
    gboolean is_seen;    /* the loop has looked at that */
    gboolean ok;
    gint64 commit_us, took_us;
    GError *error;
};

struct ledger {
    struct db *db;              /* borrowed; the ledger's alone once it goes beside */
    const struct workspace *ws; /* borrowed */
    char *workspace_id;         /* owned */
    struct journal *journal;    /* owned; NULL when a new one could not be made */
    struct node *first;         /* outstanding: not yet recorded, nor authorised */
    struct node *authorised;    /* outstanding */
    int n_outstanding;
    GArray *waiting;         /* struct waiting */
    gint64 waiting_since_us; /* monotonic */
    gint64 commit_us;        /* how long commits take, smoothed; 0: not known yet */
    gint64 settled_us;       /* monotonic: the last that succeeded */
    int max_leased;          /* as the pace is */
    gint64 data_version;
    guint64 n_changes; /* by others, that were seen */
    gboolean is_blocked;
    gboolean is_journal_behind; /* an outcome could not be written to it */
    struct settle_tally *tally;
    GArray *records; /* struct journal_record, reused */
    const struct lease_gate *gate; /* borrowed; NULL: nobody is held */
    GArray *settles; /* struct settle, reused */
    GQueue leased;   /* struct ledger_leased, owned: to be fetched */
    GPtrArray *spare; /* struct node *, owned */

    struct ledger_transaction transaction;
    gint stage;             /* atomic: enum ledger_stage */
    gboolean is_here;       /* the loop itself runs it */
    struct db *reader;      /* borrowed, the loop's; NULL: nothing goes beside */
    gint64 reader_version;  /* of it, as the transaction was given away */
    GError *failure;        /* owned; of one that went beside, to be told */
    GThread *thread;        /* NULL before the first one beside */
    int event_fd;           /* -1: nothing goes beside */
    GMutex lock;            /* of what follows */
    GCond given, finished;
    gboolean is_given, is_closing;
};

void ledger_node_free(struct node *n);
void ledger_node_end(struct ledger *l, struct node *n);  /* freed, or kept for another lease */
void ledger_node_link(struct ledger *l, struct node *n); /* among the outstanding */

void ledger_outcome_record(const struct waiting *w, struct journal_record *ret);

/* One transaction: waiting outcomes, then `body` (may be NULL), which may run twice. False:
 * nothing was written, and ledger_is_blocked(). */
gboolean ledger_transact(struct ledger *l, ledger_body body, void *data, GError **error);
/* The same in a thread; none may be running. `done` is told by ledger_take_in(), the failure by
 * ledger_look(). `body` sees of the ledger only its handle, its tally and `data`. */
void ledger_transact_beside(struct ledger *l, ledger_body body, ledger_done done, void *data);
enum ledger_stage ledger_stage(struct ledger *l);
void ledger_take_in(struct ledger *l); /* the end of one that went beside, if it has ended */
void ledger_transactions_init(struct ledger *l);
void ledger_transactions_end(struct ledger *l); /* none is running */

#endif

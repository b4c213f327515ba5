/*
 * The ledger: lease, authorise, record, recover. The only way a delivery's state changes while
 * it is sent. (doc: SENDING "The ledger", RELIABILITY I1–I5)
 *
 * Lease: rows become `leased`, durably, before a byte is spoken. Authorise: the flight journal
 * says "its last byte may leave" before the dot. Record: the outcome goes to the journal at
 * once and to SQLite with counters in one burst. Recover: at start, the two are brought
 * together.
 */
#ifndef CRIER_STORE_LEDGER_H
#define CRIER_STORE_LEDGER_H

#include <glib.h>

#include "model/delivery.h"
#include "model/reply.h"
#include "store/db.h"
#include "store/workspace.h"

#define LEDGER_MAX_LEASED 500
#define LEDGER_MAX_LEASED_FAST 1500 /* where hundreds go out in LEDGER_AHEAD_US */
#define LEDGER_AHEAD_US 30000
#define LEDGER_BURST_OUTCOMES 1000
#define LEDGER_BURST_US 50000 /* at most; less where commits are quick */
#define LEDGER_BURST_MIN_US 10000

struct ledger;

struct lease {
    gint64 delivery_id, campaign_id, person_id;
    int version;                 /* the campaign's newest when it was leased */
    int attempt;                 /* this one's number, from 1 */
    gint64 first_us;             /* wall time of the first attempt, 0: this is it */
    char *address;               /* the lease's memory */
    char *fields_json;           /* the lease's memory */
    gboolean is_authorised;      /* by ledger_authorise() */
    gboolean is_stopped;         /* suppressed, paused, cancelled since: must not go */
    enum delivery_state stop_to; /* then: what ledger_record() is to be given */
    void *user;                  /* the send loop's */
    void *receiver;              /* the send loop's, from the gate; NULL */
};

struct ledger_outcome {
    enum delivery_state
        to; /* accepted, refused, deferred, uncertain; queued: given back unsent */
    enum reply_phase phase;
    int code;
    const char *enhanced, *reply; /* borrowed; may be NULL */
    gint64 server_id;
    gint64 at_us;    /* wall */
    gint64 due_us;   /* for deferred */
    gboolean is_ours; /* a refusal whose fault is ours */
    gboolean counts; /* an attempt of that person (a 421 or a lost connection before the dot is
                        none). An authorised lease's outcome always counts. */
};

struct ledger_recovered {
    gint64 replayed;   /* outcomes that only the journal had */
    gint64 uncertain;  /* authorised without outcome, or leased at a power loss */
    gint64 requeued;   /* leased, never authorised */
    gint64 suppressed; /* by a restore: suppressions newer than the backup */
    gboolean rebooted;
};

/* Brings database and journal together. Under the worker's lock, before ledger_open(). */
gboolean ledger_recover(struct db *db, const struct workspace *w, struct ledger_recovered *ret,
                        GError **error);

/* After a restore, under the worker's lock: what the journal and the database that was set
 * aside
 * (`aside_path`, may be NULL) know beyond the backup is written into it: outcomes, so that
 * nobody is mailed twice, and suppressions. Then the journal is begun anew, so that its numbers
 * can never be taken for later ones. */
gboolean ledger_after_restore(const struct workspace *w, const char *aside_path,
                              struct ledger_recovered *ret, GError **error);
/* The first half of it. A file that cannot be read, or is of another workspace, teaches
 * nothing: then `*ret_has_learnt` is false. */
gboolean ledger_learn_from(struct db *db, const char *aside_path, struct ledger_recovered *ret,
                           gboolean *ret_has_learnt, GError **error);

/* Opens the journal for appending. `db` is borrowed and must be the process's own. */
struct ledger *ledger_open(struct db *db, const struct workspace *w, GError **error);
void ledger_close(struct ledger *l); /* commits what it can; NULL is fine */

/*
 * Who else has a word at leasing: whose receiver rests or is full waits at a hold (holds.h)
 * instead. All of it runs inside the transaction, and counts only when settled() says so.
 */
struct lease_gate {
    void *data;
    /* 0: it goes now, and `*ret_receiver` with its lease; else the id of the hold at which it
     * waits. `is_held`: it waits already, so it is nearest. */
    gint64 (*ask)(void *data, gint64 campaign_id, const char *address, gboolean is_held,
                  void **ret_receiver);
    /* The next hold at which somebody of the campaign waits who may go now, and how many may;
     * `*at` begins with 0. False: no further one. */
    gboolean (*next)(void *data, gint64 campaign_id, guint *at, gint64 *ret_hold, int *ret_max);
    gint64 (*waiting)(void *data, gint64 hold_id, gint64 campaign_id);
    void (*moved)(void *data, gint64 hold_id, gint64 campaign_id, gint64 n); /* n more wait */
    /* In every transaction of the ledger: rows of holds that changed. */
    gboolean (*write)(void *data, struct db *db, GError **error);
    void (*settled)(void *data, gboolean ok);
};
void ledger_set_gate(struct ledger *l, const struct lease_gate *gate); /* borrowed; NULL: none */
/* Each lease without an outcome. */
void ledger_each(struct ledger *l, void (*see)(struct lease *lease, void *data), void *data);

/*
 * Leases up to `max` due rows of one campaign (deferred ones whose time has come first), in one
 * commit together with waiting outcomes. Each gets the newest content version here, and keeps
 * it unless it is given back or put off: so a new version needs no walk over the rows, and
 * nobody gets a mix. Rows whose person is suppressed now become
 * `suppressed` instead. Leases are appended to `out`, each owned by the ledger until its
 * outcome was recorded; `*ret_more` (may be NULL): others may be due now. False: cannot record;
 * nothing was leased.
 */
gboolean ledger_lease(struct ledger *l, gint64 campaign_id, int max, gint64 now_us,
                      GPtrArray *out, gboolean *ret_more, GError **error);

/*
 * Beside: transactions in a thread, while the loop goes on sending. `db` of ledger_open() is the
 * ledger's alone from then on, `reader` (borrowed) the loop's. The thread begins with the first of
 * them. ledger_event_fd() is readable when one has ended; then ledger_event(). False: no more
 * files can be opened.
 */
gboolean ledger_go_beside(struct ledger *l, struct db *reader, GError **error);
int ledger_event_fd(const struct ledger *l);
void ledger_event(struct ledger *l);
/* Whether transactions go beside now; not with a gate, which is the loop's. */
gboolean ledger_can_go_beside(const struct ledger *l);
/* One is running, or its end was not taken in. There is only one at a time: all calls that need
 * its result at once wait for it. */
gboolean ledger_is_beside(struct ledger *l);
void ledger_wait(struct ledger *l);
/* What became of those that went beside. False: one failed since the last look; ledger_is_blocked()
 * until a commit succeeds. */
gboolean ledger_look(struct ledger *l, GError **error);

struct ledger_want {
    gint64 campaign_id;
    int max;
};
struct ledger_leased {
    gint64 campaign_id;
    int asked;
    gboolean ok;       /* else nothing was leased; ledger_look() says why */
    gboolean has_more; /* as `ret_more` */
    GPtrArray *leases; /* of struct lease *, the ledger's as above */
};
/* ledger_lease() for several campaigns in one commit, beside; all `max` together at most
 * ledger_room(). None may be running. What came of each is fetched later, and freed. */
void ledger_lease_beside(struct ledger *l, const struct ledger_want *wants, guint n,
                         gint64 now_us);
struct ledger_leased *ledger_next_leased(struct ledger *l); /* NULL: no further one */
void ledger_leased_free(struct ledger_leased *got);

/* The most without a recorded outcome: LEDGER_MAX_LEASED, or as many as go out in LEDGER_AHEAD_US
 * or in a few transactions where that is more, up to LEDGER_MAX_LEASED_FAST. */
int ledger_max_leased(const struct ledger *l);
/* What a transaction of `n` outcomes says about that, which took `took_us` and ended `since_us`
 * after the one before. */
int ledger_leases_at_pace(guint n, gint64 since_us, gint64 took_us);
int ledger_room(const struct ledger *l); /* how many more ledger_lease() would give */

/*
 * Looks whether anything changed (data_version, a few µs) and, when it did, tests every
 * outstanding lease that is not authorised yet: paused, cancelled, suppressed ones, and those
 * with a version that is not the newest any more, get is_stopped. The number of newly stopped ones, or -1.
 */
int ledger_recheck(struct ledger *l, GError **error);
/* How often that found that others had changed something. */
guint64 ledger_changes(const struct ledger *l);

/* May these messages' last bytes leave? Sets is_authorised or is_stopped on each. The outcomes
 * that were recorded since go to the journal in the same write, before the authorisations. False:
 * cannot record; none may go. */
gboolean ledger_authorise(struct ledger *l, struct lease **leases, int n, GError **error);

/* The outcome of one lease: to the journal with the next ledger_authorise() or
 * ledger_write_down(), to SQLite with the next commit. The lease is freed. Never fails: what cannot
 * be written stays in memory, ledger_is_blocked() is true and commits are tried again. */
void ledger_record(struct ledger *l, struct lease *lease, const struct ledger_outcome *o);
/* What was recorded goes to the journal now. To be called before each wait for events: until then
 * a death makes uncertain what has its final reply. */
void ledger_write_down(struct ledger *l);

/* How long outcomes may wait for each other when a commit takes so long: the twenty-fifth part of
 * the time is spent in commits, and never more than LEDGER_BURST_US is. */
gint64 ledger_burst_us(gint64 commit_us);
/* Commits when due (ledger_burst_us() since the first waiting outcome, or 1,000 waiting), or at
 * once with `force`. */
gboolean ledger_commit(struct ledger *l, gboolean force, gint64 now_mono_us, GError **error);
/* When the next commit is due (monotonic), -1: nothing waits, or it waits for the end of one that
 * runs beside. */
gint64 ledger_commit_due_us(struct ledger *l);
gboolean ledger_has_waiting(const struct ledger *l); /* outcomes, for the next commit */
gboolean ledger_is_blocked(const struct ledger *l);

/* The wall clock jumped: who is deferred or leased, or was already tried, goes with it, so that a
 * wait is as long as it was and nobody is given up early. Walks over all rows, in short
 * transactions. `offset_us` is the wall clock's from clock_boot_us(), as it is now: by which
 * the times are kept from then on. */
gboolean ledger_clock_jumped(struct ledger *l, gint64 jump_us, gint64 offset_us, GError **error);
/* Before anything else is done with the ledger: the same for a jump, of `least_us` or more, since
 * its last life in this boot. `*ret_jump_us`: 0 there was none; set on failure, too. */
gboolean ledger_clock_begin(struct ledger *l, gint64 offset_us, gint64 least_us,
                            gint64 *ret_jump_us, GError **error);

/* Earliest due_us of deferred rows of sending campaigns (wall), 0: none. */
gint64 ledger_next_due_us(struct db *db, GError **error);

#endif

/*
 * The ledger's transactions: waiting outcomes, what the caller adds, the counters, one commit.
 * One at a time, either here and now or beside: in a thread, with the ledger's own database
 * handle, while the loop goes on sending. What is in them is ledger.c's and ledger_lease.c's.
 *
 * Who runs beside takes what it needs along: the outcomes that wait, how many are in flight. It
 * never sees the outstanding leases, the journal or the gate; those are the loop's, and so is
 * the handle between two transactions.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "model/campaign.h"
#include "store/journal.h"
#include "store/ledger_private.h"
#include "store/sql.h"

#define LEDGER_TRANSACTIONS_AHEAD 3
#define PASS_STEPS 4000 /* of SQLite's machine: some 20 us */
#define PASS_US 10000   /* of a transaction */

struct flight {
    gint64 campaign_id, n;
};

static enum ledger_stage stage_of(struct ledger *l)
{
    return (enum ledger_stage)g_atomic_int_get(&l->stage);
}

static void set_stage(struct ledger *l, enum ledger_stage stage)
{
    g_atomic_int_set(&l->stage, (int)stage);
}

enum ledger_stage ledger_stage(struct ledger *l)
{
    return stage_of(l);
}

/* ---- what it takes along ---- */

static void waiting_clear_all(struct ledger *l, GArray *all)
{
    for (guint i = 0; i < all->len; i++) {
        struct waiting *w = &g_array_index(all, struct waiting, i);
        ledger_node_end(l, w->node);
        g_free(w->texts);
    }
    g_array_set_size(all, 0);
}

static void add_flight(GArray *flights, gint64 campaign_id, gint64 n)
{
    for (guint i = flights->len; i-- > 0;) {
        struct flight *f = &g_array_index(flights, struct flight, i);
        if (f->campaign_id == campaign_id) {
            f->n += n;
            return;
        }
    }
    struct flight f = {campaign_id, n};
    g_array_append_val(flights, f);
}

/* How many messages of each campaign are past the word; of those that had some, too. */
static void count_flights(struct ledger *l)
{
    GArray *flights = l->transaction.flights;
    g_array_set_size(flights, 0);
    for (guint i = 0; i < l->transaction.outcomes->len; i++)
        add_flight(
            flights,
            g_array_index(l->transaction.outcomes, struct waiting, i).node->lease.campaign_id,
            0);
    for (struct node *n = l->authorised; n; n = n->next)
        add_flight(flights, n->lease.campaign_id, 1);
}

static void prepare(struct ledger *l, ledger_body body, ledger_done done, void *data)
{
    struct ledger_transaction *t = &l->transaction;
    GArray *empty = t->outcomes;
    ledger_write_down(l);
    t->outcomes = l->waiting;
    l->waiting = empty;
    t->since_us = l->waiting_since_us;
    t->body = body;
    t->done = done;
    t->data = data;
    t->ok = t->is_foreign = t->is_seen = FALSE;
    count_flights(l);
    set_stage(l, LEDGER_BEGINNING);
}

/* ---- the transaction itself: the loop's, or the thread's ---- */

/* What is given back to the queue of a campaign that was cancelled meanwhile is cancelled. */
static enum delivery_state state_to_write(struct ledger *l, const struct waiting *w)
{
    gint64 state = CAMPAIGN_SENDING;
    if (w->outcome.to == DELIVERY_QUEUED || w->outcome.to == DELIVERY_DEFERRED)
        sql_int(l->db, NULL, CAMPAIGN_SENDING, &state,
                "SELECT state FROM campaign WHERE id = ?1", "i", w->node->lease.campaign_id);
    return state == CAMPAIGN_CANCELLED ? DELIVERY_CANCELLED : w->outcome.to;
}

static int by_delivery(gconstpointer a, gconstpointer b)
{
    const struct settle *x = a, *y = b;
    return x->delivery_id < y->delivery_id ? -1 : x->delivery_id > y->delivery_id;
}

/* In the order of the rows: neighbours are written together. */
static gboolean write_outcomes(struct ledger *l, GError **error)
{
    const GArray *all = l->transaction.outcomes;
    g_array_set_size(l->settles, 0);
    for (guint i = 0; i < all->len; i++) {
        const struct waiting *w = &g_array_index(all, struct waiting, i);
        const struct lease *lease = &w->node->lease;
        struct settle s = {.delivery_id = lease->delivery_id,
                           .campaign_id = lease->campaign_id,
                           .server_id = w->outcome.server_id,
                           .address = lease->address,
                           .version = lease->version,
                           .attempt = lease->attempt,
                           .counts = w->outcome.counts,
                           .from = DELIVERY_LEASED,
                           .to = state_to_write(l, w),
                           .phase = w->outcome.phase,
                           .code = w->outcome.code,
                           .at_us = w->outcome.at_us,
                           .due_us = w->outcome.due_us,
                           .enhanced = w->enhanced,
                           .reply = w->reply};
        g_array_append_val(l->settles, s);
    }
    g_array_sort(l->settles, by_delivery);
    return settle_write_all(l->db, l->tally, (const struct settle *)l->settles->data,
                            l->settles->len, error);
}

/* All outcomes and the counters. */
static gboolean flush(struct ledger *l, GError **error)
{
    const GArray *flights = l->transaction.flights;
    settle_tally_reset(l->tally);
    if (!write_outcomes(l, error))
        return FALSE;
    for (guint i = 0; i < flights->len; i++) {
        const struct flight *f = &g_array_index(flights, struct flight, i);
        settle_tally_in_flight(l->tally, f->campaign_id, f->n);
    }
    gboolean ok = settle_tally_write(l->db, l->tally, error);
    settle_tally_reset(l->tally);
    return ok;
}

static void gate_settled(struct ledger *l, gboolean ok)
{
    if (l->gate)
        l->gate->settled(l->gate->data, ok);
}

/* Last: the body may have moved people from hold to hold. */
static gboolean gate_write(struct ledger *l, GError **error)
{
    return !l->gate || l->gate->write(l->gate->data, l->db, error);
}

/* From here to the commit nobody else can change anything. */
static void note_begun(struct ledger *l)
{
    struct ledger_transaction *t = &l->transaction;
    t->version = db_data_version(l->db);
    t->is_foreign = t->version < 0 || t->version != l->data_version;
    set_stage(l, LEDGER_INSIDE);
}

/* The disk's part of it is what differs from one machine to the next. */
static gboolean commit_timed(struct ledger *l, GError **error)
{
    gint64 begun_us = clock_mono_us();
    gboolean ok = db_commit(l->db, error);
    l->transaction.commit_us = MAX(1, clock_mono_us() - begun_us);
    return ok;
}

/* On a full disk the ballast is given up and it is tried once more. */
static void run(struct ledger *l)
{
    struct ledger_transaction *t = &l->transaction;
    t->begun_us = clock_mono_us();
    for (int tries = 0;; tries++) {
        g_autoptr(GError) why = NULL;
        gboolean has_begun = db_begin(l->db, &why);
        if (has_begun && tries == 0)
            note_begun(l);
        t->ok = has_begun && flush(l, &why) && (!t->body || t->body(l, t->data, &why)) &&
                gate_write(l, &why) && commit_timed(l, &why);
        if (t->ok)
            break;
        /* A lock of another process is met when it begins, and gives no room. */
        gboolean is_full =
            has_begun && g_error_matches(why, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN);
        set_stage(l, LEDGER_BEGINNING); /* others can write again */
        if (has_begun)
            db_rollback(l->db);
        gate_settled(l, FALSE);
        if (tries > 0 || !is_full || !workspace_ballast_free(l->ws)) {
            t->error = g_steal_pointer(&why);
            break;
        }
    }
    t->took_us = clock_mono_us() - t->begun_us;
}

/* ---- what comes of it: the loop's ---- */

static void add_record(struct ledger *l, enum journal_type type, const struct lease *lease,
                       const struct waiting *w)
{
    struct journal_record r = {
        .type = type, .delivery_id = lease->delivery_id, .attempt = lease->attempt};
    if (w)
        ledger_outcome_record(w, &r);
    g_array_append_val(l->records, r);
}

/* A smaller journal: only what is in flight, and what was recorded since the transaction began,
 * is still needed. Failing is harmless as long as the old one can be appended to. */
static void rotate(struct ledger *l)
{
    g_array_set_size(l->records, 0);
    for (struct node *n = l->authorised; n; n = n->next)
        add_record(l, JOURNAL_AUTHORISED, &n->lease, NULL);
    for (guint i = 0; i < l->waiting->len; i++) {
        const struct waiting *w = &g_array_index(l->waiting, struct waiting, i);
        if (w->outcome.counts)
            add_record(l, JOURNAL_OUTCOME, &w->node->lease, w);
    }
    struct journal *fresh =
        journal_create(l->ws->journal_path, l->workspace_id, (void *)l->records->data,
                       (int)l->records->len, NULL);
    if (!fresh)
        return;
    journal_close(l->journal); /* what waits in it is in the new one, too */
    l->journal = fresh;
    l->is_journal_behind = FALSE;
}

/* Leases must last while the next are written down; and what a transaction costs whatever is in
 * it, an fsync and the counters, must be borne by many. */
int ledger_leases_at_pace(guint n, gint64 since_us, gint64 took_us)
{
    gint64 ahead_us = MAX(took_us * LEDGER_TRANSACTIONS_AHEAD, LEDGER_AHEAD_US);
    gint64 wanted = (gint64)n * ahead_us / MAX(MAX(since_us, took_us), 1);
    return (int)CLAMP(wanted, LEDGER_MAX_LEASED, LEDGER_MAX_LEASED_FAST);
}

static void follow_pace(struct ledger *l)
{
    const struct ledger_transaction *t = &l->transaction;
    gint64 now_us = clock_mono_us();
    int wanted = ledger_leases_at_pace(t->outcomes->len, now_us - l->settled_us, t->took_us);
    l->max_leased = (l->max_leased * 3 + wanted) / 4;
    l->settled_us = now_us;
}

static void settled(struct ledger *l)
{
    struct ledger_transaction *t = &l->transaction;
    follow_pace(l);
    waiting_clear_all(l, t->outcomes);
    l->commit_us = l->commit_us ? (l->commit_us * 7 + t->commit_us) / 8 : t->commit_us;
    gate_settled(l, TRUE);
    if (l->is_journal_behind || journal_size(l->journal) > JOURNAL_ROTATE_BYTES)
        rotate(l);
    l->is_blocked = l->is_journal_behind;
}

/* They wait on, in front of what was recorded since. */
static void put_back(struct ledger *l)
{
    struct ledger_transaction *t = &l->transaction;
    GArray *later = l->waiting;
    if (t->outcomes->len > 0)
        l->waiting_since_us = t->since_us;
    g_array_append_vals(t->outcomes, later->data, later->len);
    g_array_set_size(later, 0); /* its items moved */
    l->waiting = t->outcomes;
    t->outcomes = later;
    l->is_blocked = TRUE;
}

void ledger_take_in(struct ledger *l)
{
    struct ledger_transaction *t = &l->transaction;
    if (stage_of(l) != LEDGER_DONE)
        return;
    if (t->is_seen)
        l->data_version = t->version;
    if (t->ok)
        settled(l);
    else
        put_back(l);
    set_stage(l, LEDGER_IDLE);
    if (t->error) {
        g_clear_error(&l->failure);
        l->failure = g_steal_pointer(&t->error);
    }
    if (t->done)
        t->done(l, t->data, t->ok);
}

gboolean ledger_look(struct ledger *l, GError **error)
{
    ledger_take_in(l);
    if (!l->failure)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&l->failure));
    return FALSE;
}

gboolean ledger_transact(struct ledger *l, ledger_body body, void *data, GError **error)
{
    ledger_wait(l);
    prepare(l, body, NULL, data);
    l->is_here = TRUE;
    run(l);
    l->is_here = FALSE;
    gboolean ok = l->transaction.ok;
    if (!ok)
        g_propagate_error(error, g_steal_pointer(&l->transaction.error));
    set_stage(l, LEDGER_DONE);
    ledger_take_in(l);
    return ok;
}

/* ---- beside ---- */

static void wake(struct ledger *l)
{
    guint64 one = 1;
    while (write(l->event_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* A server that waits for the loop costs more than a commit that is late, as long as nobody
 * waits for that. */
static int let_pass(void *data)
{
    struct ledger *l = data;
    if (!l->is_here && clock_mono_us() - l->transaction.begun_us < PASS_US &&
        !db_is_awaited(l->db))
        (void)sched_yield();
    return 0;
}

/* Woken, it waits until the loop sleeps; and where both are on one processor, the loop does not
 * wait until it is done. */
static void come_second(struct ledger *l)
{
    const struct sched_param none = {0};
    if (sched_getscheduler(0) == SCHED_OTHER) /* else somebody has chosen */
        (void)sched_setscheduler(0, SCHED_BATCH, &none);
    sqlite3_progress_handler(db_handle(l->db), PASS_STEPS, let_pass, l);
}

static gpointer run_beside(gpointer data)
{
    struct ledger *l = data;
    come_second(l);
    g_mutex_lock(&l->lock);
    while (!l->is_closing) {
        if (!l->is_given) {
            g_cond_wait(&l->given, &l->lock);
            continue;
        }
        l->is_given = FALSE;
        g_mutex_unlock(&l->lock);
        run(l);
        g_mutex_lock(&l->lock);
        set_stage(l, LEDGER_DONE);
        g_cond_signal(&l->finished);
        wake(l);
    }
    g_mutex_unlock(&l->lock);
    return NULL;
}

gboolean ledger_go_beside(struct ledger *l, struct db *reader, GError **error)
{
    l->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->event_fd < 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, "eventfd: %s", g_strerror(errno));
        return FALSE;
    }
    l->reader = reader;
    return TRUE;
}

int ledger_event_fd(const struct ledger *l)
{
    return l->event_fd;
}

void ledger_event(struct ledger *l)
{
    guint64 count;
    if (read(l->event_fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
        g_error("eventfd: %s", g_strerror(errno));
    ledger_take_in(l);
}

gboolean ledger_can_go_beside(const struct ledger *l)
{
    return l->reader != NULL && !l->gate;
}

gboolean ledger_is_beside(struct ledger *l)
{
    return stage_of(l) != LEDGER_IDLE;
}

void ledger_transact_beside(struct ledger *l, ledger_body body, ledger_done done, void *data)
{
    g_assert(ledger_can_go_beside(l) && stage_of(l) == LEDGER_IDLE);
    l->reader_version = db_data_version(l->reader);
    /* What others changed since the last look is not seen yet, and begins may take long. Asked
     * after the reader, so that a change between the two is not missed either. */
    if (db_data_version(l->db) != l->data_version)
        l->reader_version = -1;
    prepare(l, body, done, data);
    /* Not before the first of them: what the role gives up, it gives up without a thread. */
    if (!l->thread)
        l->thread = g_thread_new("ledger", run_beside, l);
    g_mutex_lock(&l->lock);
    l->is_given = TRUE;
    g_cond_signal(&l->given);
    g_mutex_unlock(&l->lock);
}

void ledger_wait(struct ledger *l)
{
    if (stage_of(l) == LEDGER_IDLE || l->is_here) /* the gate asks from within */
        return;
    g_mutex_lock(&l->lock);
    while (stage_of(l) != LEDGER_DONE)
        g_cond_wait(&l->finished, &l->lock);
    g_mutex_unlock(&l->lock);
    ledger_take_in(l);
}

void ledger_transactions_init(struct ledger *l)
{
    l->waiting = g_array_new(FALSE, FALSE, sizeof(struct waiting));
    l->transaction.outcomes = g_array_new(FALSE, FALSE, sizeof(struct waiting));
    l->transaction.flights = g_array_new(FALSE, FALSE, sizeof(struct flight));
    l->records = g_array_new(FALSE, FALSE, sizeof(struct journal_record));
    l->settles = g_array_new(FALSE, FALSE, sizeof(struct settle));
    l->event_fd = -1;
    g_mutex_init(&l->lock);
    g_cond_init(&l->given);
    g_cond_init(&l->finished);
}

void ledger_transactions_end(struct ledger *l)
{
    if (l->thread) {
        g_mutex_lock(&l->lock);
        l->is_closing = TRUE;
        g_cond_signal(&l->given);
        g_mutex_unlock(&l->lock);
        g_thread_join(l->thread);
    }
    if (l->event_fd >= 0)
        close(l->event_fd);
    waiting_clear_all(l, l->waiting);
    g_array_unref(l->waiting);
    g_array_unref(l->transaction.outcomes);
    g_array_unref(l->transaction.flights);
    g_array_unref(l->records);
    g_array_unref(l->settles);
    g_clear_error(&l->failure);
    sqlite3_progress_handler(db_handle(l->db), 0, NULL, NULL);
    g_mutex_clear(&l->lock);
    g_cond_clear(&l->given);
    g_cond_clear(&l->finished);
}

/*
 * The ledger while a campaign is sent: authorise, record, commit. Who is next is
 * ledger_lease.c's, recovery after a death ledger_recover.c's; the rows and counters themselves
 * are written by settle.c.
 *
 * Order is everything here. A row is `leased` on disk before its address is spoken; the journal
 * has "authorised" before the dot leaves; an outcome is in the journal before it is forgotten
 * here.
 *
 * The outcomes of a turn of the loop and the authorisations that follow from them are one write,
 * the outcomes first. Who dies before that write leaves as uncertain those whose reply had just
 * been read: they are among the messages that were in flight when the turn began, since nothing
 * more was authorised since (I3). No outcome waits for its write while the role waits for events.
 */
#include "config.h"

#include "store/ledger.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "model/campaign.h"
#include "store/journal.h"
#include "store/ledger_private.h"
#include "store/settle.h"
#include "store/sql.h"

#define BURST_COMMITS 25 /* as long as so many commits take */

struct waiting {       /* an outcome that SQLite does not have yet */
    struct node *node; /* owned */
    struct ledger_outcome outcome;
    char *enhanced, *reply; /* one piece of memory, which `texts` owns; or NULL */
    char *texts;
};

void ledger_node_free(struct node *n)
{
    g_free(n); /* and its texts */
}

static void waiting_clear(void *p)
{
    struct waiting *w = p;
    ledger_node_free(w->node);
    g_free(w->texts);
}

static void waiting_keep_texts(struct waiting *w, const struct ledger_outcome *o)
{
    gsize enhanced_size = o->enhanced ? strlen(o->enhanced) + 1 : 0;
    gsize reply_size = o->reply ? strlen(o->reply) + 1 : 0;
    w->texts = g_malloc(enhanced_size + reply_size); /* NULL: neither */
    if (o->enhanced)
        w->enhanced = memcpy(w->texts, o->enhanced, enhanced_size);
    if (o->reply)
        w->reply = memcpy(w->texts + enhanced_size, o->reply, reply_size);
}

void ledger_node_link(struct ledger *l, struct node *n)
{
    n->previous = NULL;
    n->next = l->first;
    if (l->first)
        l->first->previous = n;
    l->first = n;
    l->n_outstanding++;
}

static void node_unlink(struct ledger *l, struct node *n)
{
    if (n->previous)
        n->previous->next = n->next;
    else
        l->first = n->next;
    if (n->next)
        n->next->previous = n->previous;
    l->n_outstanding--;
}

struct ledger *ledger_open(struct db *db, const struct workspace *w, GError **error)
{
    g_autofree char *id = ledger_workspace_id(db, error);
    if (!id)
        return NULL;
    struct journal *j = journal_create(w->journal_path, id, NULL, 0, error);
    if (!j)
        return NULL;
    struct ledger *l = g_new0(struct ledger, 1);
    l->db = db;
    l->ws = w;
    l->workspace_id = g_steal_pointer(&id);
    l->journal = j;
    l->waiting = g_array_new(FALSE, FALSE, sizeof(struct waiting));
    g_array_set_clear_func(l->waiting, waiting_clear);
    l->data_version = -1;
    l->tally = settle_tally_new();
    l->records = g_array_new(FALSE, FALSE, sizeof(struct journal_record));
    l->settles = g_array_new(FALSE, FALSE, sizeof(struct settle));
    return l;
}

void ledger_close(struct ledger *l)
{
    if (!l)
        return;
    ledger_commit(l, TRUE, 0, NULL);
    while (l->first) {
        struct node *n = l->first;
        node_unlink(l, n);
        ledger_node_free(n);
    }
    journal_close(l->journal);
    g_array_unref(l->waiting);
    g_array_unref(l->records);
    g_array_unref(l->settles);
    settle_tally_free(l->tally);
    g_free(l->workspace_id);
    g_free(l);
}

void ledger_set_gate(struct ledger *l, const struct lease_gate *gate)
{
    l->gate = gate;
}

void ledger_each(struct ledger *l, void (*see)(struct lease *lease, void *data), void *data)
{
    for (struct node *n = l->first; n; n = n->next)
        see(&n->lease, data);
}

int ledger_room(const struct ledger *l)
{
    return LEDGER_MAX_LEASED - l->n_outstanding;
}

gboolean ledger_is_blocked(const struct ledger *l)
{
    return l->is_blocked;
}

/* ---- writing outcomes ---- */

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
static gboolean write_waiting(struct ledger *l, GError **error)
{
    g_array_set_size(l->settles, 0);
    for (guint i = 0; i < l->waiting->len; i++) {
        const struct waiting *w = &g_array_index(l->waiting, struct waiting, i);
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

static void tally_flights(struct ledger *l)
{
    gint64 last = -1; /* neighbours mostly are of one campaign */
    for (guint i = 0; i < l->waiting->len; i++) {
        gint64 id = g_array_index(l->waiting, struct waiting, i).node->lease.campaign_id;
        if (id != last)
            settle_tally_in_flight(l->tally, id, 0);
        last = id;
    }
    for (struct node *n = l->first; n; n = n->next) {
        if (n->lease.campaign_id != last)
            settle_tally_in_flight(l->tally, n->lease.campaign_id, 0);
        last = n->lease.campaign_id;
    }
    g_autoptr(GHashTable) flights = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (struct node *n = l->first; n; n = n->next)
        if (n->lease.is_authorised) {
            gsize so_far =
                GPOINTER_TO_SIZE(g_hash_table_lookup(flights, &n->lease.campaign_id));
            g_hash_table_insert(flights, &n->lease.campaign_id, GSIZE_TO_POINTER(so_far + 1));
            settle_tally_in_flight(l->tally, n->lease.campaign_id, (gint64)so_far + 1);
        }
}

/* Inside a transaction: all waiting outcomes and the counters. They stay in memory until the
 * commit has succeeded. */
static gboolean flush(struct ledger *l, GError **error)
{
    settle_tally_reset(l->tally);
    if (!write_waiting(l, error))
        return FALSE;
    tally_flights(l);
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

/* A smaller journal: only what is in flight is still needed, outcomes that it lacked are in
 * SQLite by now. Failing is harmless as long as the old one can be appended to. */
static void rotate(struct ledger *l)
{
    g_array_set_size(l->records, 0);
    for (struct node *n = l->first; n; n = n->next)
        if (n->lease.is_authorised) {
            struct journal_record r = {.type = JOURNAL_AUTHORISED,
                                       .delivery_id = n->lease.delivery_id,
                                       .attempt = n->lease.attempt};
            g_array_append_val(l->records, r);
        }
    struct journal *fresh =
        journal_create(l->ws->journal_path, l->workspace_id, (void *)l->records->data,
                       (int)l->records->len, NULL);
    if (!fresh)
        return;
    journal_close(l->journal); /* nothing waits in it: the outcomes were written or are behind */
    l->journal = fresh;
    l->is_journal_behind = FALSE;
}

static void settled(struct ledger *l)
{
    g_array_set_size(l->waiting, 0);
    l->is_blocked = FALSE;
    if (l->is_journal_behind || journal_size(l->journal) > JOURNAL_ROTATE_BYTES)
        rotate(l);
    l->is_blocked = l->is_journal_behind;
}

gint64 ledger_burst_us(gint64 commit_us)
{
    gint64 most_us = LEDGER_BURST_US / BURST_COMMITS; /* also keeps the product small */
    if (commit_us <= 0 || commit_us >= most_us)
        return LEDGER_BURST_US;
    return MAX(commit_us * BURST_COMMITS, LEDGER_BURST_MIN_US);
}

/* The disk's part of it is what differs from one machine to the next. */
static gboolean commit_timed(struct ledger *l, GError **error)
{
    gint64 begun_us = clock_mono_us();
    if (!db_commit(l->db, error))
        return FALSE;
    gint64 took_us = MAX(1, clock_mono_us() - begun_us);
    l->commit_us = l->commit_us ? (l->commit_us * 7 + took_us) / 8 : took_us;
    return TRUE;
}

/* On a full disk the ballast is given up and it is tried once more. */
gboolean ledger_transact(struct ledger *l,
                         gboolean (*body)(struct ledger *, void *, GError **), void *data,
                         GError **error)
{
    ledger_write_down(l);
    for (int tries = 0;; tries++) {
        g_autoptr(GError) why = NULL;
        gboolean has_begun = db_begin(l->db, &why);
        if (has_begun && flush(l, &why) && (!body || body(l, data, &why)) &&
            gate_write(l, &why) && commit_timed(l, &why)) {
            gate_settled(l, TRUE);
            settled(l);
            return TRUE;
        }
        /* A lock of another process is met when it begins, and gives no room. */
        gboolean is_full =
            has_begun && g_error_matches(why, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN);
        if (has_begun)
            db_rollback(l->db);
        gate_settled(l, FALSE);
        if (tries == 0 && is_full && workspace_ballast_free(l->ws))
            continue;
        l->is_blocked = TRUE;
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
}

gboolean ledger_commit(struct ledger *l, gboolean force, gint64 now_mono_us, GError **error)
{
    if (l->waiting->len == 0 && !l->is_blocked)
        return TRUE;
    if (!force && now_mono_us < ledger_commit_due_us(l))
        return TRUE;
    return ledger_transact(l, NULL, NULL, error);
}

gint64 ledger_commit_due_us(const struct ledger *l)
{
    if (l->waiting->len == 0)
        return -1;
    if (l->waiting->len >= LEDGER_BURST_OUTCOMES)
        return 0;
    return l->waiting_since_us + ledger_burst_us(l->commit_us);
}

void ledger_record(struct ledger *l, struct lease *lease, const struct ledger_outcome *o)
{
    struct node *n = (struct node *)lease;
    struct waiting w = {.node = n, .outcome = *o};
    waiting_keep_texts(&w, o);
    /* The journal knows an authorised delivery by its attempt: it must not come again with the
     * same number. */
    w.outcome.counts = o->counts || lease->is_authorised;
    node_unlink(l, n);
    if (l->waiting->len == 0)
        l->waiting_since_us = clock_mono_us();
    g_array_append_val(l->waiting, w);
    if (!w.outcome.counts)
        return;
    struct journal_record r = {.type = JOURNAL_OUTCOME,
                               .delivery_id = lease->delivery_id,
                               .attempt = lease->attempt,
                               .state = (int)o->to,
                               .phase = (int)o->phase,
                               .code = o->code,
                               .at_us = o->at_us,
                               .due_us = o->due_us,
                               .server_id = o->server_id,
                               .enhanced = w.enhanced,
                               .reply = w.reply};
    journal_put(l->journal, &r);
}

void ledger_write_down(struct ledger *l)
{
    if (!journal_write(l->journal, NULL))
        l->is_journal_behind = l->is_blocked = TRUE;
}

/* ---- authorising ---- */

static gboolean recheck_one(struct ledger *l, struct lease *lease, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        l->db,
        "SELECT c.state, p.id IS NULL OR " SETTLE_SQL_IS_SUPPRESSED(
            "p.address_key", "c.id",
            "p.id") ", c.content_version FROM campaign c LEFT JOIN person p ON p.id = ?2"
                    " WHERE c.id = ?1",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "ii", lease->campaign_id, lease->person_id);
    int step = sql_step(l->db, s, error);
    if (step < 0)
        return FALSE;
    enum campaign_state state =
        step > 0 ? (enum campaign_state)sql_int64(s, 0) : CAMPAIGN_CANCELLED;
    gboolean is_suppressed = step > 0 && sql_int64(s, 1);
    /* Paused, changed and resumed so fast that nobody saw the pause. */
    gboolean is_outdated = step > 0 && sql_int64(s, 2) > lease->version;
    sqlite3_reset(s);
    lease->is_stopped = is_suppressed || is_outdated || state != CAMPAIGN_SENDING;
    lease->stop_to = is_suppressed                 ? DELIVERY_SUPPRESSED
                     : state == CAMPAIGN_CANCELLED ? DELIVERY_CANCELLED
                                                   : DELIVERY_QUEUED;
    return TRUE;
}

int ledger_recheck(struct ledger *l, GError **error)
{
    gint64 version = db_data_version(l->db);
    if (version == l->data_version && version >= 0)
        return 0;
    int stopped = 0;
    for (struct node *n = l->first; n; n = n->next) {
        if (n->lease.is_authorised || n->lease.is_stopped)
            continue;
        if (!recheck_one(l, &n->lease, error))
            return -1;
        stopped += n->lease.is_stopped;
    }
    l->data_version = version;
    return stopped;
}

gboolean ledger_authorise(struct ledger *l, struct lease **leases, int n, GError **error)
{
    if (l->is_blocked) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                    _("outcomes cannot be recorded at present"));
        return FALSE;
    }
    if (ledger_recheck(l, error) < 0) {
        l->is_blocked = TRUE; /* or the next message would come as far and be cut off, too */
        return FALSE;
    }
    for (int i = 0; i < n; i++) {
        struct journal_record r = {.type = JOURNAL_AUTHORISED,
                                   .delivery_id = leases[i]->delivery_id,
                                   .attempt = leases[i]->attempt};
        if (!leases[i]->is_stopped)
            journal_put(l->journal, &r);
    }
    if (!journal_write(l->journal, error)) {
        l->is_blocked = l->is_journal_behind = TRUE;
        return FALSE;
    }
    for (int i = 0; i < n; i++)
        leases[i]->is_authorised = !leases[i]->is_stopped;
    return TRUE;
}

gint64 ledger_next_due_us(struct db *db, GError **error)
{
    gint64 due = -1;
    sql_int(db, error, 0, &due,
            "SELECT min((SELECT min(d.due_us) FROM delivery d WHERE d.campaign_id = c.id"
            " AND d.state = 4)) FROM campaign c WHERE c.state = 3",
            "");
    return due;
}

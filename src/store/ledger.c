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

#ifdef __SANITIZE_ADDRESS__ /* who uses a lease after its end is found */
#define SPARE_MAX 0
#else
#define SPARE_MAX LEDGER_MAX_LEASED_FAST
#endif

void ledger_node_free(struct node *n)
{
    g_free(n); /* and its texts */
}

void ledger_node_end(struct ledger *l, struct node *n)
{
    if (n->is_kept && (int)l->spare->len < SPARE_MAX)
        g_ptr_array_add(l->spare, n);
    else
        ledger_node_free(n);
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

static struct node **list_of(struct ledger *l, const struct node *n)
{
    return n->lease.is_authorised ? &l->authorised : &l->first;
}

void ledger_node_link(struct ledger *l, struct node *n)
{
    struct node **first = list_of(l, n);
    n->previous = NULL;
    n->next = *first;
    if (*first)
        (*first)->previous = n;
    *first = n;
    l->n_outstanding++;
}

static void node_unlink(struct ledger *l, struct node *n)
{
    if (n->previous)
        n->previous->next = n->next;
    else
        *list_of(l, n) = n->next;
    if (n->next)
        n->next->previous = n->previous;
    l->n_outstanding--;
}

static void free_all(struct node *first)
{
    while (first) {
        struct node *n = first;
        first = n->next;
        ledger_node_free(n);
    }
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
    l->data_version = -1;
    l->max_leased = LEDGER_MAX_LEASED;
    l->tally = settle_tally_new();
    l->spare = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_node_free);
    g_queue_init(&l->leased);
    ledger_transactions_init(l);
    return l;
}

void ledger_close(struct ledger *l)
{
    if (!l)
        return;
    ledger_wait(l);
    ledger_commit(l, TRUE, 0, NULL);
    ledger_transactions_end(l);
    g_queue_clear_full(&l->leased, (GDestroyNotify)ledger_leased_free);
    free_all(l->first);
    free_all(l->authorised);
    g_ptr_array_unref(l->spare);
    journal_close(l->journal);
    settle_tally_free(l->tally);
    g_free(l->workspace_id);
    g_free(l);
}

void ledger_set_gate(struct ledger *l, const struct lease_gate *gate)
{
    if (gate != l->gate)
        ledger_wait(l);
    l->gate = gate;
}

void ledger_each(struct ledger *l, void (*see)(struct lease *lease, void *data), void *data)
{
    ledger_wait(l); /* none is to be missed that is being leased */
    for (struct node *n = l->authorised; n; n = n->next)
        see(&n->lease, data);
    for (struct node *n = l->first; n; n = n->next)
        see(&n->lease, data);
}

int ledger_room(const struct ledger *l)
{
    return l->max_leased - l->n_outstanding;
}

int ledger_max_leased(const struct ledger *l)
{
    return l->max_leased;
}

gboolean ledger_is_blocked(const struct ledger *l)
{
    return l->is_blocked;
}

/* ---- committing ---- */

gint64 ledger_burst_us(gint64 commit_us)
{
    gint64 most_us = LEDGER_BURST_US / BURST_COMMITS; /* also keeps the product small */
    if (commit_us <= 0 || commit_us >= most_us)
        return LEDGER_BURST_US;
    return MAX(commit_us * BURST_COMMITS, LEDGER_BURST_MIN_US);
}

gboolean ledger_commit(struct ledger *l, gboolean force, gint64 now_mono_us, GError **error)
{
    if (force)
        ledger_wait(l);
    if (l->waiting->len == 0 && !l->is_blocked)
        return TRUE;
    if (!force && (ledger_is_beside(l) || now_mono_us < ledger_commit_due_us(l)))
        return TRUE;
    if (force || l->is_blocked || !ledger_can_go_beside(l))
        return ledger_transact(l, NULL, NULL, error);
    ledger_transact_beside(l, NULL, NULL, NULL);
    return TRUE;
}

gboolean ledger_has_waiting(const struct ledger *l)
{
    return l->waiting->len > 0;
}

gint64 ledger_commit_due_us(struct ledger *l)
{
    /* The end of one that runs beside is an event. */
    if (l->waiting->len == 0 || ledger_is_beside(l))
        return -1;
    if (l->waiting->len >= LEDGER_BURST_OUTCOMES)
        return 0;
    return l->waiting_since_us + ledger_burst_us(l->commit_us);
}

void ledger_outcome_record(const struct waiting *w, struct journal_record *ret)
{
    *ret = (struct journal_record){.type = JOURNAL_OUTCOME,
                                   .delivery_id = w->node->lease.delivery_id,
                                   .attempt = w->node->lease.attempt,
                                   .state = (int)w->outcome.to,
                                   .phase = (int)w->outcome.phase,
                                   .code = w->outcome.code,
                                   .at_us = w->outcome.at_us,
                                   .due_us = w->outcome.due_us,
                                   .server_id = w->outcome.server_id,
                                   .enhanced = w->enhanced,
                                   .reply = w->reply};
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
    struct journal_record r;
    ledger_outcome_record(&w, &r);
    journal_put(l->journal, &r);
}

void ledger_write_down(struct ledger *l)
{
    if (!journal_write(l->journal, NULL))
        l->is_journal_behind = l->is_blocked = TRUE;
}

/* ---- authorising ---- */

static gboolean recheck_one(struct db *db, struct lease *lease, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT c.state, p.id IS NULL OR " SETTLE_SQL_IS_SUPPRESSED(
            "p.address_key", "c.id",
            "p.id") ", c.content_version FROM campaign c LEFT JOIN person p ON p.id = ?2"
                    " WHERE c.id = ?1",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "ii", lease->campaign_id, lease->person_id);
    int step = sql_step(db, s, error);
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

static int recheck_each(struct ledger *l, struct db *db, GError **error)
{
    int stopped = 0;
    for (struct node *n = l->first; n; n = n->next) {
        if (n->lease.is_stopped)
            continue;
        if (!recheck_one(db, &n->lease, error))
            return -1;
        stopped += n->lease.is_stopped;
    }
    return stopped;
}

/* A row that is left unread keeps the database's locks for all of them: taking and giving them
 * back for each lease would cost several times what the looking does. */
static int recheck_all(struct ledger *l, struct db *db, GError **error)
{
    sqlite3_stmt *open = sql_prepare(db, "SELECT 1 FROM campaign", error);
    if (!open || sql_step(db, open, error) < 0)
        return -1;
    int stopped = recheck_each(l, db, error);
    sqlite3_reset(open);
    if (stopped >= 0)
        l->n_changes++;
    return stopped;
}

/* While `version` of `db` is the `*known` one, nobody has changed anything. */
static int recheck_since(struct ledger *l, struct db *db, gint64 *known, GError **error)
{
    gint64 version = db_data_version(db);
    if (version == *known && version >= 0)
        return 0;
    int stopped = recheck_all(l, db, error);
    if (stopped >= 0)
        *known = version;
    return stopped;
}

/* Our own commits are no changes. The ledger's handle does not see them, but belongs to the
 * transaction that runs beside: until that one has begun the loop's handle sees others alone,
 * and from then on nobody else can commit. What was leased in it meanwhile is as new as it. */
int ledger_recheck(struct ledger *l, GError **error)
{
    struct ledger_transaction *t = &l->transaction;
    ledger_take_in(l);
    switch (ledger_stage(l)) {
    case LEDGER_BEGINNING:
        return recheck_since(l, l->reader, &l->reader_version, error);
    case LEDGER_INSIDE:
        if (!t->is_foreign || t->is_seen)
            return 0;
        t->is_seen = TRUE;
        return recheck_all(l, l->reader, error);
    case LEDGER_DONE: /* since a moment ago */
        return ledger_recheck(l, error);
    case LEDGER_IDLE:
    default:
        return recheck_since(l, l->db, &l->data_version, error);
    }
}

guint64 ledger_changes(const struct ledger *l)
{
    return l->n_changes;
}

static void set_authorised(struct ledger *l, struct node *n, gboolean is_authorised)
{
    if (n->lease.is_authorised == is_authorised)
        return;
    node_unlink(l, n);
    n->lease.is_authorised = is_authorised;
    ledger_node_link(l, n);
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
        set_authorised(l, (struct node *)leases[i], !leases[i]->is_stopped);
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

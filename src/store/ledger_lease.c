/*
 * Leasing: who is next. Those who were held and may go now, deferred rows whose time has come,
 * then the queue in the order of ids, which the campaign's cursor walks along once. Whose
 * receiver must not be written to now is held instead (the gate says so): it is touched once
 * for that and once more when its turn comes.
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/campaign.h"
#include "store/holds.h"
#include "store/ledger_private.h"
#include "store/sql.h"

/* Between a campaign's first rows and its late joiners may lie millions of another's: they are
 * stepped over in transactions that nobody waits for. */
#define LEASE_SPAN G_GINT64_CONSTANT(100000)
#define GATED_ROWS 500      /* looked at a statement when somebody may be held */
#define GATED_ROWS_MAX 2000 /* a transaction, so that others can write */

struct hold_move {
    gint64 delivery_id, from, to; /* holds; 0: none */
};

struct lease_request {
    gint64 campaign_id, now_us;
    int version; /* the newest: who gets it now gets this one */
    int max;
    GPtrArray *made;   /* struct node *, owned until the commit */
    GPtrArray *spare;  /* struct node *, owned: to be used first */
    gboolean has_more; /* a batch was full: there may be others */
    GArray *suppressed; /* ids, of one batch */
    GArray *moves;      /* struct hold_move, of one batch */
    int n_rows;         /* of one batch */
    gboolean has_older; /* somebody in the batch was to get an older version */
};

#define LEASE_FIELDS                                                                           \
    "d.id, d.person_id, d.version, d.attempts, d.first_us, d.address, p.fields, "              \
    "p.id IS NULL OR " SETTLE_SQL_IS_SUPPRESSED("p.address_key", "?1", "p.id")
#define LEASE_COLUMNS                                                                          \
    "SELECT " LEASE_FIELDS " FROM delivery d LEFT JOIN person p ON p.id = d.person_id WHERE "

/* The text of a column, put at `*at`, which moves on behind it. */
static char *keep_text(sqlite3_stmt *s, int column, gsize len, char **at)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    char *kept = *at;
    if (!text)
        return NULL;
    memcpy(kept, text, len + 1);
    *at += len + 1;
    return kept;
}

/* Of that size: one that was used before, or a new one. */
static struct node *node_new(struct lease_request *q, gsize bytes)
{
    gboolean is_kept = bytes <= LEDGER_NODE_BYTES;
    struct node *n = is_kept && q->spare->len > 0
                         ? g_ptr_array_steal_index_fast(q->spare, q->spare->len - 1)
                         : g_malloc(is_kept ? LEDGER_NODE_BYTES : bytes);
    memset(n, 0, sizeof *n);
    n->is_kept = is_kept;
    return n;
}

/* The texts lie behind the node: one piece of memory a message instead of three. */
static struct node *node_from_row(sqlite3_stmt *s, struct lease_request *q)
{
    gsize address_len = (gsize)sqlite3_column_bytes(s, 5);
    gsize fields_len = (gsize)sqlite3_column_bytes(s, 6);
    struct node *n = node_new(q, sizeof *n + address_len + 1 + fields_len + 1);
    char *at = (char *)(n + 1);
    n->lease.delivery_id = sql_int64(s, 0);
    n->lease.campaign_id = q->campaign_id;
    n->lease.person_id = sql_int64(s, 1);
    n->lease.version = (int)sql_int64(s, 2);
    if (n->lease.version < q->version) {
        n->lease.version = q->version;
        q->has_older = TRUE;
    }
    n->lease.attempt = (int)sql_int64(s, 3) + 1;
    n->lease.first_us = sql_int64(s, 4);
    n->lease.address = keep_text(s, 5, address_len, &at);
    n->lease.fields_json = keep_text(s, 6, fields_len, &at);
    return n;
}

/* It waits at `at` by now, 0: at none. */
static void take_row(struct ledger *l, struct lease_request *q, sqlite3_stmt *s, gint64 at)
{
    const struct lease_gate *gate = l->gate;
    gint64 id = sql_int64(s, 0), wait_at = 0;
    void *receiver = NULL;
    if (sql_int64(s, 7)) {
        g_array_append_val(q->suppressed, id);
    } else {
        if (gate)
            wait_at = gate->ask(gate->data, q->campaign_id, sql_peek(s, 5), at != 0, &receiver);
        if (wait_at == 0) {
            struct node *n = node_from_row(s, q);
            n->lease.receiver = receiver;
            g_ptr_array_add(q->made, n);
        }
    }
    if (wait_at != at) {
        struct hold_move m = {.delivery_id = id, .from = at, .to = wait_at};
        g_array_append_val(q->moves, m);
    }
}

/* Steps through a SELECT of LEASE_FIELDS until enough are made. */
static gboolean take_rows(struct ledger *l, struct lease_request *q, sqlite3_stmt *s,
                          gint64 *ret_last, GError **error)
{
    int step = 0;
    q->n_rows = 0;
    q->has_older = FALSE;
    g_array_set_size(q->suppressed, 0);
    g_array_set_size(q->moves, 0);
    while ((int)q->made->len < q->max && (step = sql_step(l->db, s, error)) > 0) {
        *ret_last = sql_int64(s, 0);
        q->n_rows++;
        take_row(l, q, s, 0);
    }
    if (step > 0 || (int)q->made->len == q->max)
        sqlite3_reset(s);
    return step >= 0;
}

static gboolean suppress_rows(struct ledger *l, struct lease_request *q,
                              enum delivery_state from, GError **error)
{
    for (guint i = 0; i < q->suppressed->len; i++)
        if (!sql_do(l->db, error,
                    "UPDATE delivery SET state = 6, due_us = NULL WHERE id = ?1 AND state = ?2",
                    "ii", g_array_index(q->suppressed, gint64, i), (gint64)from))
            return FALSE;
    settle_tally_move(l->tally, q->campaign_id, from, DELIVERY_SUPPRESSED, q->suppressed->len);
    return TRUE;
}

/* ---- holds ---- */

static gboolean count_waiting(struct ledger *l, const struct lease_request *q, gint64 hold_id,
                              gint64 n, GError **error)
{
    if (n == 0)
        return TRUE;
    l->gate->moved(l->gate->data, hold_id, q->campaign_id, n);
    return holds_count(l->db, hold_id, q->campaign_id, n, error);
}

/* Neighbours mostly wait at the same one. */
static gboolean count_moves(struct ledger *l, const struct lease_request *q, GError **error)
{
    g_autoptr(GHashTable) n_at =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < q->moves->len; i++) {
        const struct hold_move *m = &g_array_index(q->moves, struct hold_move, i);
        const gint64 at[2] = {m->from, m->to};
        for (int k = 0; k < 2; k++) {
            gint64 n = (gint64)(gssize)g_hash_table_lookup(n_at, &at[k]) + (k ? 1 : -1);
            if (at[k])
                g_hash_table_insert(n_at, g_memdup2(&at[k], sizeof at[k]), (gpointer)(gssize)n);
        }
    }
    GHashTableIter i;
    gpointer key, value;
    g_hash_table_iter_init(&i, n_at);
    while (g_hash_table_iter_next(&i, &key, &value))
        if (!count_waiting(l, q, *(const gint64 *)key, (gint64)(gssize)value, error))
            return FALSE;
    return TRUE;
}

/* Those of a batch who wait from now on, elsewhere or no longer. */
static gboolean move_holds(struct ledger *l, struct lease_request *q, enum delivery_state from,
                           GError **error)
{
    gint64 n_new = 0;
    for (guint i = 0; i < q->moves->len; i++) {
        const struct hold_move *m = &g_array_index(q->moves, struct hold_move, i);
        if (m->from &&
            !holds_remove(l->db, m->from, q->campaign_id, m->delivery_id, error))
            return FALSE;
        if (m->to && (!holds_add(l->db, m->to, q->campaign_id, m->delivery_id, error) ||
                      !sql_do(l->db, error,
                              "UPDATE delivery SET state = 4, due_us = NULL WHERE id = ?1", "i",
                              m->delivery_id)))
            return FALSE;
        n_new += m->to && !m->from;
    }
    settle_tally_move(l->tally, q->campaign_id, from, DELIVERY_DEFERRED, n_new);
    return q->moves->len == 0 || count_moves(l, q, error);
}

/* One by one: they do not lie in a row. */
static gboolean lease_made(struct ledger *l, struct lease_request *q, guint from, GError **error)
{
    for (guint i = from; i < q->made->len; i++) {
        const struct node *n = q->made->pdata[i];
        if (!sql_do(l->db, error,
                    "UPDATE delivery SET state = 1, due_us = NULL, version = ?2 WHERE id = ?1",
                    "ii", n->lease.delivery_id, (gint64)n->lease.version))
            return FALSE;
    }
    settle_tally_move(l->tally, q->campaign_id, DELIVERY_DEFERRED, DELIVERY_LEASED,
                      q->made->len - from);
    return TRUE;
}

static gboolean take_held(struct ledger *l, struct lease_request *q, sqlite3_stmt *s, gint64 at,
                          GError **error)
{
    int step;
    q->n_rows = 0;
    q->has_older = FALSE;
    g_array_set_size(q->suppressed, 0);
    g_array_set_size(q->moves, 0);
    while ((step = sql_step(l->db, s, error)) > 0) {
        q->n_rows++;
        if (sql_int64(s, 8)) { /* cancelled, or of a person who was erased, since */
            struct hold_move m = {.delivery_id = sql_int64(s, 9), .from = at};
            g_array_append_val(q->moves, m);
        } else {
            take_row(l, q, s, at);
        }
    }
    return step == 0;
}

/* At most `max` of those who wait at one hold. */
static gboolean lease_from_hold(struct ledger *l, struct lease_request *q, gint64 at, int max,
                                GError **error)
{
    guint before = q->made->len;
    sqlite3_stmt *s = sql_prepare(
        l->db,
        "SELECT " LEASE_FIELDS ", d.state IS NOT 4 OR d.due_us IS NOT NULL, h.delivery_id"
        " FROM held h LEFT JOIN delivery d ON d.id = h.delivery_id LEFT JOIN person p ON p.id ="
        " d.person_id WHERE h.hold_id = ?2 AND h.campaign_id = ?1 ORDER BY h.delivery_id"
        " LIMIT ?3",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "iii", q->campaign_id, at, (gint64)max);
    if (!take_held(l, q, s, at, error) || !suppress_rows(l, q, DELIVERY_DEFERRED, error) ||
        !move_holds(l, q, DELIVERY_DEFERRED, error) || !lease_made(l, q, before, error))
        return FALSE;
    gint64 stay = q->n_rows - (gint64)q->moves->len;
    if (q->n_rows == max)
        return TRUE;
    /* That were all: who was counted and is not there was cancelled with a whole campaign. */
    return count_waiting(l, q, at,
                         stay - l->gate->waiting(l->gate->data, at, q->campaign_id), error);
}

static gboolean lease_held(struct ledger *l, struct lease_request *q, GError **error)
{
    gint64 hold_id = 0;
    int most = 0;
    guint at = 0;
    while (l->gate && (int)q->made->len < q->max &&
           l->gate->next(l->gate->data, q->campaign_id, &at, &hold_id, &most))
        if (!lease_from_hold(l, q, hold_id, MIN(most, q->max - (int)q->made->len), error))
            return FALSE;
    return TRUE;
}

/* ---- whose time has come ---- */

static gboolean lease_deferred(struct ledger *l, struct lease_request *q, GError **error)
{
    guint before = q->made->len;
    gint64 room = l->gate ? GATED_ROWS : q->max - (gint64)before, last = 0;
    q->has_more = (int)before >= q->max;
    if (q->has_more)
        return TRUE;
    sqlite3_stmt *s = sql_prepare(
        l->db,
        LEASE_COLUMNS
        "d.campaign_id = ?1 AND d.state = 4 AND d.due_us <= ?2 ORDER BY d.due_us LIMIT ?3",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "iii", q->campaign_id, q->now_us, room);
    if (!take_rows(l, q, s, &last, error) || !suppress_rows(l, q, DELIVERY_DEFERRED, error) ||
        !move_holds(l, q, DELIVERY_DEFERRED, error) || !lease_made(l, q, before, error))
        return FALSE;
    q->has_more = q->has_more || q->n_rows >= room || (int)q->made->len >= q->max;
    return TRUE;
}

/* ---- the queue ---- */

static gboolean lease_range(struct ledger *l, struct lease_request *q, gint64 after, gint64 last,
                            guint taken, GError **error)
{
    /* Mostly they have the version already, and what is not named costs nothing. */
    gboolean ok =
        taken == 0 ? TRUE
        : q->has_older
            ? sql_do(l->db, error,
                     "UPDATE delivery SET state = 1, version = max(version, ?4) WHERE id > ?1"
                     " AND id <= ?2 AND +campaign_id = ?3 AND +state = 0",
                     "iiii", after, last, q->campaign_id, (gint64)q->version)
            : sql_do(l->db, error,
                     "UPDATE delivery SET state = 1 WHERE id > ?1 AND id <= ?2"
                     " AND +campaign_id = ?3 AND +state = 0",
                     "iii", after, last, q->campaign_id);
    if (!ok)
        return FALSE;
    if (taken > 0 && sqlite3_changes(db_handle(l->db)) != (int)taken) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("the ledger leased other rows than it read"));
        return FALSE;
    }
    settle_tally_move(l->tally, q->campaign_id, DELIVERY_QUEUED, DELIVERY_LEASED, taken);
    return TRUE;
}

/* One batch behind the cursor, which is moved on. */
static gboolean lease_batch(struct ledger *l, struct lease_request *q, gint64 *cursor,
                            gint64 last_id, GError **error)
{
    guint before = q->made->len;
    gint64 room = l->gate ? GATED_ROWS : q->max - (gint64)before, last = *cursor;
    gint64 end = MIN(last_id, *cursor + LEASE_SPAN);
    /* The '+' keep the planner on the range of ids: by the campaign's index it would walk all
     * rows. */
    sqlite3_stmt *s = sql_prepare(
        l->db,
        LEASE_COLUMNS "d.id > ?2 AND d.id <= ?3 AND +d.campaign_id = ?1 AND +d.state = 0"
                      " ORDER BY d.id LIMIT ?4",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "iiii", q->campaign_id, *cursor, end, room);
    /* Who is held or suppressed is no longer queued when the range is leased. */
    if (!take_rows(l, q, s, &last, error) || !suppress_rows(l, q, DELIVERY_QUEUED, error) ||
        !move_holds(l, q, DELIVERY_QUEUED, error) ||
        !lease_range(l, q, *cursor, last, q->made->len - before, error))
        return FALSE;
    gboolean is_last = q->n_rows < room && (int)q->made->len < q->max;
    *cursor = is_last ? end : last;
    return TRUE;
}

static gboolean lease_queued(struct ledger *l, struct lease_request *q, GError **error)
{
    gint64 cursor = 0, last_id = 0;
    if (!sql_int(l->db, error, 0, &cursor,
                 "SELECT cursor FROM campaign_counter WHERE campaign_id = ?1", "i",
                 q->campaign_id) ||
        !sql_int(l->db, error, 0, &last_id,
                 "SELECT last_id FROM campaign_counter WHERE campaign_id = ?1", "i",
                 q->campaign_id))
        return FALSE;
    gboolean goes_on = (int)q->made->len < q->max;
    for (int looked = 0; goes_on && cursor < last_id;) {
        if (!lease_batch(l, q, &cursor, last_id, error))
            return FALSE;
        settle_tally_cursor_forward(l->tally, q->campaign_id, cursor);
        looked += q->n_rows;
        goes_on = l->gate && q->n_rows > 0 && looked < GATED_ROWS_MAX &&
                  (int)q->made->len < q->max;
    }
    q->has_more = q->has_more || cursor < last_id;
    return TRUE;
}

/* For one campaign; the tally is not written. */
static gboolean lease_one(struct ledger *l, struct lease_request *q, GError **error)
{
    g_ptr_array_set_size(q->made, 0); /* a second try begins anew */
    q->has_more = FALSE;
    gint64 version = -1;
    if (!sql_int(l->db, error, -1, &version,
                 "SELECT content_version FROM campaign WHERE id = ?1 AND state = ?2", "ii",
                 q->campaign_id, (gint64)CAMPAIGN_SENDING))
        return FALSE;
    if (version < 0)
        return TRUE;
    q->version = (int)version;
    return lease_held(l, q, error) && lease_deferred(l, q, error) && lease_queued(l, q, error);
}

static gboolean lease_body(struct ledger *l, void *data, GError **error)
{
    GPtrArray *all = data; /* of struct lease_request * */
    for (guint i = 0; i < all->len; i++)
        if (!lease_one(l, all->pdata[i], error))
            return FALSE;
    return settle_tally_write(l->db, l->tally, error);
}

/* At most `max`, without a look at them: they are cold. */
static GPtrArray *spare_take(struct ledger *l, guint max)
{
    GPtrArray *taken = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_node_free);
    while (taken->len < max && l->spare->len > 0)
        g_ptr_array_add(taken, g_ptr_array_steal_index_fast(l->spare, l->spare->len - 1));
    return taken;
}

static struct lease_request *request_new(struct ledger *l, gint64 campaign_id, int max,
                                         gint64 now_us)
{
    struct lease_request *q = g_new0(struct lease_request, 1);
    q->campaign_id = campaign_id;
    q->max = max;
    q->now_us = now_us;
    q->has_more = TRUE;
    q->made = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_node_free);
    q->suppressed = g_array_new(FALSE, FALSE, sizeof(gint64));
    q->moves = g_array_new(FALSE, FALSE, sizeof(struct hold_move));
    q->spare = spare_take(l, (guint)max);
    return q;
}

static void request_free(gpointer data)
{
    struct lease_request *q = data;
    g_ptr_array_unref(q->made);
    g_array_unref(q->suppressed);
    g_array_unref(q->moves);
    g_ptr_array_unref(q->spare);
    g_free(q);
}

/* They are committed: from now on they are outstanding. */
static void take_made(struct ledger *l, struct lease_request *q, GPtrArray *out)
{
    g_ptr_array_set_free_func(q->made, NULL);
    while (q->spare->len > 0)
        ledger_node_end(l, g_ptr_array_steal_index_fast(q->spare, q->spare->len - 1));
    for (guint i = 0; i < q->made->len; i++) {
        ledger_node_link(l, q->made->pdata[i]);
        g_ptr_array_add(out, q->made->pdata[i]);
    }
}

gboolean ledger_lease(struct ledger *l, gint64 campaign_id, int max, gint64 now_us,
                      GPtrArray *out, gboolean *ret_more, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(request_free);
    ledger_wait(l);
    max = MIN(max, ledger_room(l));
    if (ret_more)
        *ret_more = TRUE;
    if (max <= 0)
        return TRUE;
    struct lease_request *q = request_new(l, campaign_id, max, now_us);
    g_ptr_array_add(all, q);
    if (!ledger_transact(l, lease_body, all, error))
        return FALSE;
    if (ret_more)
        *ret_more = q->has_more;
    take_made(l, q, out);
    return TRUE;
}

/* ---- beside ---- */

static void leased(struct ledger *l, void *data, gboolean ok)
{
    g_autoptr(GPtrArray) all = data;
    for (guint i = 0; i < all->len; i++) {
        struct lease_request *q = all->pdata[i];
        struct ledger_leased *got = g_new0(struct ledger_leased, 1);
        got->campaign_id = q->campaign_id;
        got->asked = q->max;
        got->has_more = q->has_more;
        got->ok = ok;
        got->leases = g_ptr_array_new();
        if (ok)
            take_made(l, q, got->leases);
        g_queue_push_tail(&l->leased, got);
    }
}

void ledger_lease_beside(struct ledger *l, const struct ledger_want *wants, guint n,
                         gint64 now_us)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(request_free);
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(all, request_new(l, wants[i].campaign_id, wants[i].max, now_us));
    ledger_transact_beside(l, lease_body, leased, all);
}

struct ledger_leased *ledger_next_leased(struct ledger *l)
{
    ledger_take_in(l);
    return g_queue_pop_head(&l->leased);
}

void ledger_leased_free(struct ledger_leased *got)
{
    g_ptr_array_unref(got->leases);
    g_free(got);
}

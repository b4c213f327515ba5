/*
 * Leasing: who is next. Deferred rows whose time has come, then the queue in the order of ids,
 * which the campaign's cursor walks along once.
 */
#include "config.h"

#include "base/error.h"
#include "base/i18n.h"
#include "model/campaign.h"
#include "store/ledger_private.h"
#include "store/sql.h"

struct lease_request {
    gint64 campaign_id, now_us;
    int version; /* the newest: who gets it now gets this one */
    int max;
    GPtrArray *out;    /* borrowed; leases go here after the commit */
    GPtrArray *made;   /* struct node *, owned until then */
    gboolean has_more; /* a batch was full: there may be others */
};

/* Between a campaign's first rows and its late joiners may lie millions of another's: they are
 * stepped over in transactions that nobody waits for. */
#define LEASE_SPAN G_GINT64_CONSTANT(100000)

#define LEASE_COLUMNS                                                                          \
    "SELECT d.id, d.person_id, d.version, d.attempts, d.first_us, d.address, p.fields, "       \
    "p.id IS NULL OR " SETTLE_SQL_IS_SUPPRESSED(                                               \
        "p.address_key", "?1",                                                                 \
        "p.id") " FROM delivery d LEFT JOIN person p ON p.id = d.person_id WHERE "

static struct node *node_from_row(sqlite3_stmt *s, const struct lease_request *q)
{
    struct node *n = g_new0(struct node, 1);
    n->lease.delivery_id = sql_int64(s, 0);
    n->lease.campaign_id = q->campaign_id;
    n->lease.person_id = sql_int64(s, 1);
    n->lease.version = MAX(q->version, (int)sql_int64(s, 2));
    n->lease.attempt = (int)sql_int64(s, 3) + 1;
    n->lease.first_us = sql_int64(s, 4);
    n->lease.address = sql_text(s, 5);
    n->lease.fields_json = sql_text(s, 6);
    return n;
}

/* Steps through a SELECT of LEASE_COLUMNS; suppressed people's ids go to `suppressed`. */
static gboolean take_rows(struct ledger *l, struct lease_request *q, sqlite3_stmt *s,
                          GArray *suppressed, gint64 *ret_last, GError **error)
{
    int step;
    while ((step = sql_step(l->db, s, error)) > 0) {
        gint64 id = sql_int64(s, 0);
        *ret_last = id;
        if (sql_int64(s, 7))
            g_array_append_val(suppressed, id);
        else
            g_ptr_array_add(q->made, node_from_row(s, q));
    }
    return step == 0;
}

static gboolean suppress_rows(struct ledger *l, gint64 campaign_id, const GArray *ids,
                              enum delivery_state from, GError **error)
{
    for (guint i = 0; i < ids->len; i++)
        if (!sql_do(l->db, error,
                    "UPDATE delivery SET state = 6, due_us = NULL WHERE id = ?1 AND state = ?2",
                    "ii", g_array_index(ids, gint64, i), (gint64)from))
            return FALSE;
    settle_tally_move(l->tally, campaign_id, from, DELIVERY_SUPPRESSED, ids->len);
    return TRUE;
}

static gboolean lease_deferred(struct ledger *l, struct lease_request *q, GError **error)
{
    g_autoptr(GArray) suppressed = g_array_new(FALSE, FALSE, sizeof(gint64));
    sqlite3_stmt *s = sql_prepare(
        l->db,
        LEASE_COLUMNS
        "d.campaign_id = ?1 AND d.state = 4 AND d.due_us <= ?2 ORDER BY d.due_us LIMIT ?3",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "iii", q->campaign_id, q->now_us, (gint64)q->max);
    gint64 last = 0;
    if (!take_rows(l, q, s, suppressed, &last, error) ||
        !suppress_rows(l, q->campaign_id, suppressed, DELIVERY_DEFERRED, error))
        return FALSE;
    for (guint i = 0; i < q->made->len; i++) {
        const struct node *n = q->made->pdata[i];
        if (!sql_do(l->db, error,
                    "UPDATE delivery SET state = 1, due_us = NULL, version = ?2 WHERE id = ?1",
                    "ii", n->lease.delivery_id, (gint64)n->lease.version))
            return FALSE;
    }
    settle_tally_move(l->tally, q->campaign_id, DELIVERY_DEFERRED, DELIVERY_LEASED,
                      q->made->len);
    q->has_more = (int)(q->made->len + suppressed->len) >= q->max;
    return TRUE;
}

static gboolean lease_queued(struct ledger *l, struct lease_request *q, GError **error)
{
    gint64 room = q->max - (gint64)q->made->len;
    guint before = q->made->len;
    gint64 cursor = 0, last_id = 0, last = 0, end;
    g_autoptr(GArray) suppressed = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (room <= 0)
        return TRUE;
    if (!sql_int(l->db, error, 0, &cursor,
                 "SELECT cursor FROM campaign_counter WHERE campaign_id = ?1", "i",
                 q->campaign_id) ||
        !sql_int(l->db, error, 0, &last_id,
                 "SELECT last_id FROM campaign_counter WHERE campaign_id = ?1", "i",
                 q->campaign_id))
        return FALSE;
    if (cursor >= last_id)
        return TRUE;
    end = MIN(last_id, cursor + LEASE_SPAN);
    /* The '+' keep the planner on the range of ids: by the campaign's index it would walk all
     * rows. */
    sqlite3_stmt *s = sql_prepare(
        l->db,
        LEASE_COLUMNS "d.id > ?2 AND d.id <= ?3 AND +d.campaign_id = ?1 AND +d.state = 0"
                      " ORDER BY d.id LIMIT ?4",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "iiii", q->campaign_id, cursor, end, room);
    if (!take_rows(l, q, s, suppressed, &last, error) ||
        !suppress_rows(l, q->campaign_id, suppressed, DELIVERY_QUEUED, error))
        return FALSE;
    guint taken = q->made->len - before;
    if (taken > 0 && !sql_do(l->db, error,
                             "UPDATE delivery SET state = 1, version = max(version, ?4)"
                             " WHERE id > ?1 AND id <= ?2"
                             " AND +campaign_id = ?3 AND +state = 0",
                             "iiii", cursor, last, q->campaign_id, (gint64)q->version))
        return FALSE;
    if (taken > 0 && sqlite3_changes(db_handle(l->db)) != (int)taken) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("the ledger leased other rows than it read"));
        return FALSE;
    }
    settle_tally_move(l->tally, q->campaign_id, DELIVERY_QUEUED, DELIVERY_LEASED, taken);
    gboolean is_last = taken + suppressed->len < (guint)room;
    settle_tally_cursor_forward(l->tally, q->campaign_id, is_last ? end : last);
    q->has_more = q->has_more || !is_last || end < last_id;
    return TRUE;
}

static gboolean lease_body(struct ledger *l, void *data, GError **error)
{
    struct lease_request *q = data;
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
    return lease_deferred(l, q, error) && lease_queued(l, q, error) &&
           settle_tally_write(l->db, l->tally, error);
}

gboolean ledger_lease(struct ledger *l, gint64 campaign_id, int max, gint64 now_us,
                      GPtrArray *out, gboolean *ret_more, GError **error)
{
    g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_node_free);
    struct lease_request q = {.campaign_id = campaign_id,
                              .now_us = now_us,
                              .out = out,
                              .made = made,
                              .max = MIN(max, ledger_room(l))};
    if (ret_more)
        *ret_more = TRUE;
    if (q.max <= 0)
        return TRUE;
    if (!ledger_transact(l, lease_body, &q, error))
        return FALSE;
    if (ret_more)
        *ret_more = q.has_more;
    g_ptr_array_set_free_func(made, NULL);
    for (guint i = 0; i < made->len; i++) {
        ledger_node_link(l, made->pdata[i]);
        g_ptr_array_add(out, made->pdata[i]);
    }
    return TRUE;
}

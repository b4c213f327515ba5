/*
 * The newest attempts of each campaign. An event is only a reference into the ledger, so that
 * it costs the sender next to nothing and an erased person is erased here, too.
 */
#include "config.h"

#include "store/events.h"

#include "store/bin_private.h"
#include "store/sql.h"

/* ---- writing ---- */

struct reference {
    gint64 campaign_id, delivery_id, at_us;
    int attempt;
    gboolean is_accepted;
};

struct newest_few { /* of one kind, in this commit */
    const struct reference *all[EVENTS_COMMIT_MAX];
    int n, max, oldest; /* the latter only when there are `max` */
};

struct events {
    GArray *added;      /* struct reference */
    GHashTable *counts; /* gint64 campaign id -> struct ring */
    GPtrArray *kept;    /* const struct reference *, reused */
    gint64 newest;      /* the last id given away; 0: not asked for yet */
};

struct ring { /* of a campaign, as long as this process writes to it */
    gint64 campaign_id;
    struct newest_few newest_of[2]; /* others, accepted */
    int n_unpruned;                 /* since older ones were removed */
    gint64 newest;
    gboolean is_new;    /* `newest` is of this commit */
    gint64 accepted_us; /* when `n_accepted` was right */
    double n_accepted;  /* how many more may be kept */
};

struct events *events_new(void)
{
    struct events *e = g_new0(struct events, 1);
    e->added = g_array_new(FALSE, FALSE, sizeof(struct reference));
    e->counts = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    e->kept = g_ptr_array_new();
    return e;
}

void events_free(struct events *e)
{
    if (!e)
        return;
    g_array_unref(e->added);
    g_hash_table_unref(e->counts);
    g_ptr_array_unref(e->kept);
    g_free(e);
}

void events_reset(struct events *e)
{
    g_array_set_size(e->added, 0);
}

void events_add(struct events *e, gint64 campaign_id, gint64 delivery_id, int attempt,
                enum delivery_state state, gint64 at_us)
{
    struct reference r = {.campaign_id = campaign_id,
                          .delivery_id = delivery_id,
                          .at_us = at_us,
                          .attempt = attempt,
                          .is_accepted = state == DELIVERY_ACCEPTED};
    g_array_append_val(e->added, r);
}

static struct ring *ring_of(struct events *e, gint64 campaign_id)
{
    struct ring *r = g_hash_table_lookup(e->counts, &campaign_id);
    if (!r) {
        r = g_new0(struct ring, 1);
        r->campaign_id = campaign_id;
        r->n_accepted = EVENTS_COMMIT_MAX;
        g_hash_table_insert(e->counts, &r->campaign_id, r);
    }
    return r;
}

static void find_oldest(struct newest_few *n)
{
    n->oldest = 0;
    for (int i = 1; i < n->n; i++)
        if (n->all[i]->at_us < n->all[n->oldest]->at_us)
            n->oldest = i;
}

static void offer(struct newest_few *n, const struct reference *r)
{
    if (n->n < n->max)
        n->all[n->n++] = r;
    else if (r->at_us > n->all[n->oldest]->at_us)
        n->all[n->oldest] = r;
    else
        return;
    if (n->n == n->max)
        find_oldest(n);
}

static int by_time(gconstpointer a, gconstpointer b)
{
    const struct reference *x = *(const struct reference *const *)a;
    const struct reference *y = *(const struct reference *const *)b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return x < y ? -1 : x > y; /* as they were added */
}

/* How many of each kind there may be in a commit that ends with attempts of `now_us`. */
static void allow(struct ring *ring, gint64 now_us)
{
    double since = CLAMP((double)(now_us - ring->accepted_us) / EVENTS_SPAN_US, 0, 1);
    ring->n_accepted = MIN(ring->n_accepted + since * EVENTS_COMMIT_MAX, EVENTS_COMMIT_MAX);
    ring->accepted_us = now_us;
    ring->newest_of[0].max = EVENTS_COMMIT_MAX;
    ring->newest_of[1].max = MAX((int)ring->n_accepted, EVENTS_COMMIT_MIN);
}

/* In a fast campaign nobody can read more than the newest of a commit; those that were not
 * accepted are not hidden by the others. They come in the order of the rows, which is nearly
 * that of time: from the end on, few are newer than those that were met before. */
static void keep_newest(struct events *e)
{
    struct ring *ring = NULL;
    GHashTableIter i;
    gpointer p;
    for (guint k = e->added->len; k-- > 0;) {
        const struct reference *r = &g_array_index(e->added, struct reference, k);
        if (!ring || ring->campaign_id != r->campaign_id)
            ring = ring_of(e, r->campaign_id);
        if (ring->newest_of[0].n + ring->newest_of[1].n == 0)
            allow(ring, r->at_us);
        offer(&ring->newest_of[r->is_accepted], r);
    }
    g_ptr_array_set_size(e->kept, 0);
    g_hash_table_iter_init(&i, e->counts);
    while (g_hash_table_iter_next(&i, NULL, &p)) {
        ring = p;
        for (int kind = 0; kind < 2; kind++)
            for (int k = 0; k < ring->newest_of[kind].n; k++)
                g_ptr_array_add(e->kept, (gpointer)ring->newest_of[kind].all[k]);
        ring->n_accepted = MAX(ring->n_accepted - ring->newest_of[1].n, 0);
        ring->newest_of[0].n = ring->newest_of[1].n = 0;
        ring->is_new = FALSE;
    }
    g_ptr_array_sort(e->kept, by_time);
}

static gboolean insert(struct db *db, struct events *e, const struct reference *r,
                       GError **error)
{
    struct ring *ring = ring_of(e, r->campaign_id);
    ring->newest = ++e->newest;
    ring->is_new = TRUE;
    ring->n_unpruned++;
    return sql_do(db, error,
                  "INSERT INTO event (campaign_id, id, delivery_id, attempt)"
                  " VALUES (?1, ?2, ?3, ?4)",
                  "iiii", r->campaign_id, e->newest, r->delivery_id, (gint64)r->attempt);
}

static gboolean finish_ring(struct db *db, struct ring *r, GError **error)
{
    if (!r->is_new)
        return TRUE;
    r->is_new = FALSE;
    if (!sql_do(db, error, "UPDATE campaign_counter SET event_id = ?2 WHERE campaign_id = ?1",
                "ii", r->campaign_id, r->newest))
        return FALSE;
    if (r->n_unpruned < EVENTS_PRUNE_EVERY)
        return TRUE;
    r->n_unpruned = 0;
    return sql_do(db, error,
                  "DELETE FROM event WHERE campaign_id = ?1 AND id <= (SELECT id FROM event"
                  " WHERE campaign_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                  "ii", r->campaign_id, (gint64)EVENTS_KEPT);
}

gboolean events_write(struct db *db, struct events *e, GError **error)
{
    if (e->added->len == 0)
        return TRUE;
    /* Only the holder of the worker's lock adds events: nobody else moves on meanwhile. */
    if (e->newest == 0 && !sql_int(db, error, 0, &e->newest,
                                   "SELECT ifnull(max(event_id), 0) FROM campaign_counter", ""))
        return FALSE;
    keep_newest(e);
    for (guint i = 0; i < e->kept->len; i++)
        if (!insert(db, e, e->kept->pdata[i], error))
            return FALSE;
    GHashTableIter i;
    gpointer ring;
    g_hash_table_iter_init(&i, e->counts);
    while (g_hash_table_iter_next(&i, NULL, &ring))
        if (!finish_ring(db, ring, error))
            return FALSE;
    return TRUE;
}

/* ---- reading ---- */

static void event_free(gpointer p)
{
    struct event *e = p;
    g_free(e->campaign);
    g_free(e->address);
    g_free(e->server);
    g_free(e->enhanced);
    g_free(e->reply);
    g_free(e);
}

static struct event *read_event(sqlite3_stmt *s)
{
    struct event *e = g_new0(struct event, 1);
    e->campaign_id = sql_int64(s, 0);
    e->id = sql_int64(s, 1);
    e->delivery_id = sql_int64(s, 2);
    e->attempt = (int)sql_int64(s, 3);
    e->at_us = sql_int64(s, 4);
    e->state = (enum delivery_state)sql_int64(s, 5);
    e->code = (int)sql_int64(s, 6);
    e->version = (int)sql_int64(s, 7);
    e->campaign = g_strdup(sql_peek(s, 8));
    e->address = g_strdup(sql_peek(s, 9));
    e->server = sql_text(s, 10);
    e->enhanced = g_strdup(sql_peek(s, 11));
    e->reply = g_strdup(sql_peek(s, 12));
    return e;
}

/* Those of one campaign between two ids, both excluded; appended to `out`. */
static gboolean add_page(struct db *db, gint64 campaign_id, gint64 before_id, gint64 after_id,
                         int max, GPtrArray *out, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT e.campaign_id, e.id, e.delivery_id, e.attempt, a.at_us, a.state, a.code,"
        " ifnull(a.version, d.version), (SELECT name FROM campaign WHERE id = e.campaign_id), "
        "d.address,"
        " (SELECT " BIN_SHOWN(
            "name") " FROM server WHERE id = a.server_id), a.enhanced, a.reply"
                    " FROM event e JOIN attempt a ON a.delivery_id = e.delivery_id AND a.n = "
                    "e.attempt"
                    " JOIN delivery d ON d.id = e.delivery_id"
                    " WHERE e.campaign_id = ?1 AND e.id < ?2 AND e.id > ?3 ORDER BY e.id DESC "
                    "LIMIT ?4",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "iiii", campaign_id, before_id, after_id, (gint64)max);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_ptr_array_add(out, read_event(s));
    return step == 0;
}

struct newest { /* of a campaign */
    gint64 campaign_id, event_id;
};

/* Of all campaigns, the one with the newest event first. */
static GArray *newest_of_all(struct db *db, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT campaign_id, event_id FROM campaign_counter"
                                  " WHERE event_id > 0 ORDER BY event_id DESC",
                                  error);
    if (!s)
        return NULL;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct newest));
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct newest n = {sql_int64(s, 0), sql_int64(s, 1)};
        g_array_append_val(all, n);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

static int compare_newest_first(gconstpointer a, gconstpointer b)
{
    const struct event *x = *(struct event *const *)a, *y = *(struct event *const *)b;
    return x->id < y->id ? 1 : x->id > y->id ? -1 : 0;
}

/* The rings are merged: one whose newest is older than all that were found has nothing more to
 * add, nor has any behind it. */
static gboolean merge_all(struct db *db, gint64 before_id, int max, GPtrArray *out,
                          GError **error)
{
    g_autoptr(GArray) rings = newest_of_all(db, error);
    if (!rings)
        return FALSE;
    for (guint i = 0; i < rings->len; i++) {
        const struct newest *n = &g_array_index(rings, struct newest, i);
        gboolean is_full = (int)out->len == max;
        gint64 oldest = is_full ? ((const struct event *)out->pdata[out->len - 1])->id : 0;
        if (is_full && n->event_id < oldest)
            break;
        if (!add_page(db, n->campaign_id, before_id, oldest, max, out, error))
            return FALSE;
        g_ptr_array_sort(out, compare_newest_first);
        if ((int)out->len > max)
            g_ptr_array_set_size(out, max);
    }
    return TRUE;
}

GPtrArray *events_page(struct db *db, gint64 campaign_id, gint64 before_id, int max,
                       GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(event_free);
    gint64 before = before_id > 0 ? before_id : G_MAXINT64;
    max = CLAMP(max, 0, EVENTS_PAGE_MAX);
    gboolean ok = campaign_id > 0 ? add_page(db, campaign_id, before, 0, max, all, error)
                                  : merge_all(db, before, max, all, error);
    return ok ? g_steal_pointer(&all) : NULL;
}

gint64 events_newest(struct db *db, gint64 campaign_id)
{
    gint64 id = 0;
    sql_int(db, NULL, 0, &id,
            "SELECT max(event_id) FROM campaign_counter WHERE ?1 IN (0, campaign_id)", "i",
            campaign_id);
    return id;
}

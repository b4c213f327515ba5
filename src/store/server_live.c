/*
 * Rows in which the send role says what it does with each server. Not the server's record, and
 * nothing that a decision of the worker rests on.
 */
#include "config.h"

#include "store/server_live.h"

#include <string.h>

#include "base/clock.h"
#include "store/holds.h"
#include "store/pools.h"
#include "store/sql.h"

gboolean server_live_beat(struct db *db, const struct server_live *l, gint64 now_us,
                          GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO server_live (server_id, at_us, connections, in_flight, waiting,"
                  " rate, rest_until_us, code, reply, reply_us, limit_kind, limit_n,"
                  " limit_until_us)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
                  " ON CONFLICT (server_id) DO UPDATE SET at_us = ?2, connections = ?3,"
                  " in_flight = ?4, waiting = ?5, rate = ?6, rest_until_us = ?7,"
                  " limit_kind = ?11, limit_n = ?12, limit_until_us = ?13,"
                  /* A worker that has heard nothing yet leaves what the one before heard. */
                  " code = CASE WHEN ?10 > 0 THEN ?8 ELSE code END,"
                  " reply = CASE WHEN ?10 > 0 THEN ?9 ELSE reply END,"
                  " reply_us = max(reply_us, ?10)",
                  "iiiiidiisiiii", l->server_id, now_us, (gint64)l->connections,
                  (gint64)l->in_flight, (gint64)l->waiting, l->rate_per_s, l->rest_until_us,
                  (gint64)l->code, l->reply ? l->reply : "", l->reply_us,
                  (gint64)l->limit_kind, l->limit_n, l->limit_until_us);
}

gboolean server_live_gone(struct db *db, GError **error)
{
    return sql_do(db, error,
                  "UPDATE server_live SET connections = 0, in_flight = 0, waiting = 0,"
                  " rate = 0, rest_until_us = 0, limit_kind = 0, at_us = 0",
                  "");
}

static void server_live_free(gpointer p)
{
    struct server_live *l = p;
    g_free(l->name);
    g_free(l->reply);
    g_free(l->problem);
    g_free(l->refused_by);
    doctor_verdict_free(l->doctor);
    g_free(l);
}

static struct server_live *read_row(sqlite3_stmt *s, gint64 now_us)
{
    struct server_live *l = g_new0(struct server_live, 1);
    l->server_id = sql_int64(s, 0);
    l->name = sql_text(s, 1);
    l->is_enabled = sql_int64(s, 2) != 0;
    l->problem = sql_text(s, 3);
    l->problem_us = l->problem ? sql_int64(s, 4) : 0;
    l->at_us = sql_int64(s, 5);
    l->is_live = l->at_us > 0 && ABS(now_us - l->at_us) <= SERVER_LIVE_SILENT_US;
    if (l->is_live) {
        l->connections = (int)sql_int64(s, 6);
        l->in_flight = (int)sql_int64(s, 7);
        l->waiting = (int)sql_int64(s, 8);
        l->rate_per_s = sqlite3_column_double(s, 9);
        l->rest_until_us = sql_int64(s, 10);
        l->limit_kind = (int)sql_int64(s, 14);
        l->limit_n = sql_int64(s, 15);
        l->limit_until_us = sql_int64(s, 16);
    }
    l->code = (int)sql_int64(s, 11);
    l->reply = g_strdup(sql_peek(s, 12));
    l->reply_us = sql_int64(s, 13);
    return l;
}

static struct server_live *find(GPtrArray *all, const char *name)
{
    for (guint i = 0; i < all->len; i++) {
        struct server_live *l = all->pdata[i];
        if (g_strcmp0(l->name, name) == 0)
            return l;
    }
    return NULL;
}

struct queue { /* of one campaign */
    gint64 queued, deferred;
};

static void add_queue(struct server_live *l, const struct queue *q, int weight, int total)
{
    l->campaigns++;
    l->queued += q->queued * weight / total;
    l->deferred += q->deferred * weight / total;
}

/* Its people are not shared out before they are leased: each server is said to have the part
 * that its weight promises. */
static void add_pool_queue(GPtrArray *all, const struct pool *p, const struct queue *q)
{
    int total = 0;
    g_autoptr(GPtrArray) members = pool_parse(p->servers, NULL);
    for (guint i = 0; members && i < members->len; i++)
        total += ((const struct pool_member *)members->pdata[i])->weight;
    for (guint i = 0; members && i < members->len; i++) {
        const struct pool_member *m = members->pdata[i];
        struct server_live *l = find(all, m->server);
        if (l)
            add_queue(l, q, m->weight, MAX(total, 1));
    }
}

static const struct pool *find_pool(const GPtrArray *pools, const char *name)
{
    for (guint i = 0; i < pools->len; i++) {
        const struct pool *p = pools->pdata[i];
        if (g_strcmp0(p->name, name) == 0)
            return p;
    }
    return NULL;
}

/* What the campaigns that are being sent still have for each. */
static gboolean add_queues(struct db *db, GPtrArray *all, GError **error)
{
    g_autoptr(GPtrArray) pools = pools_all(db, error);
    if (!pools)
        return FALSE;
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT c.server, k.queued + k.leased, k.deferred FROM campaign c"
                    " INDEXED BY campaign_brief JOIN campaign_counter k ON k.campaign_id = c.id"
                    " WHERE c.state = 3 AND c.deleted_us IS NULL",
                    error);
    if (!s)
        return FALSE;
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct queue q = {.queued = sql_int64(s, 1), .deferred = sql_int64(s, 2)};
        struct server_live *l = find(all, sql_peek(s, 0));
        const struct pool *p = l ? NULL : find_pool(pools, sql_peek(s, 0));
        if (l)
            add_queue(l, &q, 1, 1);
        else if (p)
            add_pool_queue(all, p, &q);
    }
    return step == 0;
}

/* ---- who refuses its mail ---- */

#define REFUSED_BY_MAX_BYTES 400

static void add_refused_by(struct server_live *l, const char *label, const char *reply)
{
    g_autofree char *one =
        *reply ? g_strdup_printf("%s (%s)", label, reply) : g_strdup(label);
    g_autofree char *before = l->refused_by;
    if (before && (strstr(before, one) || strlen(before) > REFUSED_BY_MAX_BYTES))
        l->refused_by = g_steal_pointer(&before);
    else
        l->refused_by = before ? g_strconcat(before, ", ", one, NULL) : g_strdup(one);
}

static void add_refusal(GPtrArray *all, GPtrArray *pools, const char *server, gint64 server_id,
                        const char *label, const char *reply)
{
    const struct pool *p = server ? find_pool(pools, server) : NULL;
    g_autoptr(GPtrArray) members = p ? pool_parse(p->servers, NULL) : NULL;
    for (guint i = 0; i < all->len; i++) {
        struct server_live *l = all->pdata[i];
        gboolean is_its = l->server_id == server_id || g_strcmp0(l->name, server) == 0;
        for (guint k = 0; members && k < members->len && !is_its; k++)
            is_its = strcmp(((const struct pool_member *)members->pdata[k])->server,
                            l->name) == 0;
        if (is_its)
            add_refused_by(l, label, reply);
    }
}

/* By the servers of the campaigns that wait for the receiver, and by the one whose mail came
 * back from it last. */
static gboolean add_refusals(struct db *db, GPtrArray *all, GError **error)
{
    g_autoptr(GPtrArray) pools = pools_all(db, error);
    sqlite3_stmt *s =
        pools ? sql_prepare(
                    db,
                    "SELECT h.label, h.reply, c.server, ifnull((SELECT a.server_id FROM said x"
                    " JOIN attempt a ON a.delivery_id = x.delivery_id WHERE x.provider ="
                    " h.receiver AND x.fault = 'us' ORDER BY x.id DESC LIMIT 1), 0) FROM hold h"
                    " LEFT JOIN hold_waiting w ON w.hold_id = h.id AND w.n > 0 LEFT JOIN"
                    " campaign c ON c.id = w.campaign_id WHERE h.cause = ?1 AND (h.until_us > ?2"
                    " OR w.n > 0) ORDER BY h.label",
                    error)
              : NULL;
    if (!s)
        return FALSE;
    sql_bind(s, "ii", (gint64)HOLD_OURS, clock_wall_us());
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        add_refusal(all, pools, sql_peek(s, 2), sql_int64(s, 3), sql_peek(s, 0),
                    sql_peek(s, 1));
    return step == 0;
}

char *server_live_refused_by(struct db *db, gint64 server_id)
{
    g_autoptr(GPtrArray) all = servers_live(db, clock_wall_us(), NULL);
    for (guint i = 0; all && i < all->len; i++) {
        struct server_live *l = all->pdata[i];
        if (l->server_id == server_id)
            return g_steal_pointer(&l->refused_by);
    }
    return NULL;
}

static void add_verdicts(struct db *db, GPtrArray *all)
{
    for (guint i = 0; i < all->len; i++) {
        struct server_live *l = all->pdata[i];
        if (l->problem || l->refused_by)
            l->doctor = doctor_verdicts_since(db, "server", l->server_id, l->problem_us,
                                              l->problem == NULL);
    }
}

const char *server_live_trouble(const struct server_live *l)
{
    return l->problem && l->doctor ? l->doctor->text : l->problem;
}

GPtrArray *servers_live(struct db *db, gint64 now_us, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT s.id, s.name, s.enabled, nullif(s.problem, ''), s.problem_us, l.at_us,"
        " l.connections, l.in_flight, l.waiting, l.rate, l.rest_until_us, l.code, l.reply,"
        " l.reply_us, l.limit_kind, l.limit_n, l.limit_until_us FROM server s LEFT JOIN server_live l ON l.server_id = s.id"
        " WHERE s.deleted_us IS NULL ORDER BY s.name",
        error);
    if (!s)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(server_live_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_ptr_array_add(all, read_row(s, now_us));
    if (step != 0 || !add_queues(db, all, error) || !add_refusals(db, all, error))
        return NULL;
    add_verdicts(db, all);
    return g_steal_pointer(&all);
}

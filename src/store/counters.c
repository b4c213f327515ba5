/*
 * Reading the sums and buckets that are kept for the screens. Keeping them is settle.c's.
 */
#include "config.h"

#include "store/counters.h"

#include "store/sql.h"

/* ---- minutes ---- */

gboolean counters_minutes(struct db *db, gint64 campaign_id, gint64 from_minute, int n,
                          struct minute_count *out, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT minute, accepted, refused, deferrals, uncertain"
                                  " FROM minute_counter WHERE campaign_id = ?1 AND minute >= ?2"
                                  " AND minute < ?2 + ?3",
                                  error);
    if (!s)
        return FALSE;
    for (int i = 0; i < n; i++)
        out[i] = (struct minute_count){.minute = from_minute + i};
    sql_bind(s, "iii", campaign_id, from_minute, (gint64)n);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct minute_count *m = &out[sql_int64(s, 0) - from_minute];
        m->accepted = sql_int64(s, 1);
        m->refused = sql_int64(s, 2);
        m->deferrals = sql_int64(s, 3);
        m->uncertain = sql_int64(s, 4);
    }
    return step == 0;
}

gboolean counters_span(struct db *db, gint64 campaign_id, struct minute_span *ret,
                       GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT ifnull(min(minute), 0), ifnull(max(minute), 0), count(*),"
                                  " ifnull(sum(accepted + refused + uncertain), 0),"
                                  " ifnull(max(accepted + refused + uncertain), 0)"
                                  " FROM minute_counter WHERE campaign_id = ?1"
                                  " AND accepted + refused + uncertain > 0",
                                  error);
    if (!s)
        return FALSE;
    sql_bind(s, "i", campaign_id);
    if (sql_step(db, s, error) <= 0)
        return FALSE;
    *ret = (struct minute_span){sql_int64(s, 0), sql_int64(s, 1), sql_int64(s, 2),
                                sql_int64(s, 3), sql_int64(s, 4)};
    sqlite3_reset(s);
    return TRUE;
}

static gboolean count_never_mail(struct db *db, const char *reason, gint64 since_us,
                                 gint64 *ret, GError **error)
{
    /* The condition of the index again, or it would not be used. */
    return sql_int(db, error, 0, ret,
                   "SELECT count(*) FROM (SELECT 1 FROM suppression"
                   " WHERE reason IN ('unsubscribed', 'bounced', 'complained')"
                   " AND reason = ?1 AND created_us >= ?2 LIMIT ?3)",
                   "sii", reason, since_us, (gint64)COUNTERS_SUMS_MAX);
}

gboolean counters_since(struct db *db, gint64 since_us, struct counters_sums *ret,
                        GError **error)
{
    struct counters_sums sums = {0};
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT ifnull(sum(accepted), 0), ifnull(sum(refused), 0),"
                                  " ifnull(sum(deferrals), 0), ifnull(sum(uncertain), 0)"
                                  " FROM minute_counter WHERE campaign_id = 0 AND minute >= ?1",
                                  error);
    if (!s)
        return FALSE;
    sql_bind(s, "i", since_us / COUNTERS_MINUTE_US);
    if (sql_step(db, s, error) <= 0)
        return FALSE;
    sums.accepted = sql_int64(s, 0);
    sums.refused = sql_int64(s, 1);
    sums.deferrals = sql_int64(s, 2);
    sums.uncertain = sql_int64(s, 3);
    sqlite3_reset(s);
    sums.sent = sums.accepted + sums.refused + sums.uncertain;
    if (!count_never_mail(db, "unsubscribed", since_us, &sums.unsubscribed, error) ||
        !count_never_mail(db, "bounced", since_us, &sums.bounced, error) ||
        !count_never_mail(db, "complained", since_us, &sums.complained, error))
        return FALSE;
    *ret = sums;
    return TRUE;
}

/* ---- replies and domains of a campaign ---- */

static void reply_count_free(gpointer data)
{
    struct reply_count *r = data;
    g_free(r->enhanced);
    g_free(r->reply);
    g_free(r);
}

GPtrArray *counters_replies(struct db *db, gint64 campaign_id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT code, enhanced, reply, n, state FROM reply_counter"
                                  " WHERE campaign_id = ?1 ORDER BY n DESC, code, enhanced,"
                                  " state LIMIT ?2",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "ii", campaign_id, (gint64)max);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(reply_count_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct reply_count *r = g_new0(struct reply_count, 1);
        r->code = (int)sql_int64(s, 0);
        r->enhanced = sql_text(s, 1);
        r->reply = sql_text(s, 2);
        r->count = sql_int64(s, 3);
        r->state = (int)sql_int64(s, 4);
        g_ptr_array_add(all, r);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

GPtrArray *counters_domains(struct db *db, gint64 campaign_id, int max,
                            struct domain_others *ret_others, GError **error)
{
    struct campaign_counts counts;
    gint64 domains = 0;
    g_autoptr(GPtrArray) top = campaigns_domains(db, campaign_id, max, error);
    if (!top || !campaigns_counts(db, campaign_id, &counts, error) ||
        !sql_int(db, error, 0, &domains,
                 "SELECT count(*) FROM (SELECT 1 FROM domain_counter WHERE campaign_id = ?1"
                 " LIMIT ?2)",
                 "ii", campaign_id, (gint64)top->len + COUNTERS_OTHERS_MAX))
        return NULL;
    struct domain_others others = {
        (int)(domains - (gint64)top->len), counts.total, counts.state[DELIVERY_ACCEPTED],
        counts.state[DELIVERY_REFUSED], counts.state[DELIVERY_UNCERTAIN]};
    for (guint i = 0; i < top->len; i++) {
        const struct domain_count *d = top->pdata[i];
        others.total -= d->total;
        others.accepted -= d->accepted;
        others.refused -= d->refused;
        others.uncertain -= d->uncertain;
    }
    *ret_others = others;
    return g_steal_pointer(&top);
}

gboolean counters_uncertain(struct db *db, gint64 *ret_n, GError **error)
{
    return sql_int(db, error, 0, ret_n, "SELECT sum(uncertain) FROM campaign_counter", "");
}

gint64 counters_next_due_us(struct db *db, gint64 campaign_id)
{
    gint64 due_us = 0;
    sql_int(db, NULL, 0, &due_us,
            "SELECT due_us FROM delivery WHERE campaign_id = ?1 AND state = 4 AND due_us > 0 ORDER BY due_us"
            " LIMIT 1",
            "i", campaign_id);
    return due_us;
}

/* ---- campaigns ---- */

static void brief_free(gpointer p)
{
    struct campaign_brief *b = p;
    g_free(b->name);
    g_free(b->title);
    g_free(b->subject);
    g_free(b->server);
    g_free(b->held_reason);
    g_free(b);
}

/* All of them stand in the index campaign_brief. */
#define BRIEF_COLUMNS                                                                          \
    "SELECT c.id, c.state, c.name, c.title, c.subject, c.server, c.held_reason,"               \
    " c.row_version, c.content_version, c.created_us, c.started_us, c.finished_us,"            \
    " c.schedule_us, c.schedule_min, c.schedule_max, c.is_edited"
#define COUNT_COLUMNS                                                                          \
    ", k.total, k.queued, k.leased, k.accepted, k.refused, k.deferred, k.uncertain,"           \
    " k.suppressed, k.cancelled, k.in_flight, k.undecided, k.bounced_hard, k.bounced_soft,"    \
    " k.complained, k.unsubscribed"
#define FIRST_COUNT 16

static void read_counts(sqlite3_stmt *s, struct campaign_counts *ret)
{
    int column = FIRST_COUNT;
    ret->total = sql_int64(s, column++);
    for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
        ret->state[i] = sql_int64(s, column++);
    ret->in_flight = sql_int64(s, column++);
    ret->undecided = sql_int64(s, column++);
    ret->bounced_hard = sql_int64(s, column++);
    ret->bounced_soft = sql_int64(s, column++);
    ret->complained = sql_int64(s, column++);
    ret->unsubscribed = sql_int64(s, column);
}

static struct campaign_brief *read_brief(sqlite3_stmt *s)
{
    struct campaign_brief *b = g_new0(struct campaign_brief, 1);
    b->id = sql_int64(s, 0);
    b->state = (enum campaign_state)sql_int64(s, 1);
    b->name = g_strdup(sql_peek(s, 2));
    b->title = g_strdup(sql_peek(s, 3));
    b->subject = g_strdup(sql_peek(s, 4));
    b->server = g_strdup(sql_peek(s, 5));
    b->held_reason = sql_text(s, 6);
    b->row_version = sql_int64(s, 7);
    b->content_version = sql_int64(s, 8);
    b->created_us = sql_int64(s, 9);
    b->started_us = sql_int64(s, 10);
    b->finished_us = sql_int64(s, 11);
    b->schedule_us = sql_int64(s, 12);
    b->schedule_min = sql_int64(s, 13);
    b->schedule_max = sql_int64(s, 14);
    b->is_edited = sql_int64(s, 15) != 0;
    read_counts(s, &b->counts);
    return b;
}

static GPtrArray *read_briefs(struct db *db, sqlite3_stmt *s, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(brief_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_ptr_array_add(all, read_brief(s));
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

GPtrArray *counters_campaigns(struct db *db, unsigned states, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  BRIEF_COLUMNS COUNT_COLUMNS
                                  " FROM campaign c INDEXED BY campaign_brief"
                                  " LEFT JOIN campaign_counter k ON k.campaign_id = c.id"
                                  " WHERE (?1 >> c.state) & 1 AND c.deleted_us IS NULL"
                                  " ORDER BY c.id",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "i", (gint64)states);
    return read_briefs(db, s, error);
}

GPtrArray *counters_ended(struct db *db, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        BRIEF_COLUMNS COUNT_COLUMNS
        " FROM (SELECT * FROM (" BRIEF_COLUMNS
        " FROM campaign c INDEXED BY campaign_brief WHERE c.state IN (6, 7)"
        " AND c.deleted_us IS NULL) c ORDER BY c.finished_us DESC LIMIT ?1) c"
        " LEFT JOIN campaign_counter k ON k.campaign_id = c.id ORDER BY c.finished_us DESC",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "i", (gint64)max);
    return read_briefs(db, s, error);
}

gboolean counters_states(struct db *db, gint64 ret_n[CAMPAIGN_STATE_COUNT], GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT state, count(*) FROM campaign INDEXED BY campaign_brief"
                    " WHERE deleted_us IS NULL GROUP BY state",
                    error);
    if (!s)
        return FALSE;
    for (int i = 0; i < CAMPAIGN_STATE_COUNT; i++)
        ret_n[i] = 0;
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        if (sql_int64(s, 0) >= 0 && sql_int64(s, 0) < CAMPAIGN_STATE_COUNT)
            ret_n[sql_int64(s, 0)] = sql_int64(s, 1);
    return step == 0;
}

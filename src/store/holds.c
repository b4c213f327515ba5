/*
 * Rows about receivers and who waits for them. A waiting delivery is one row here and one of
 * table delivery, moved in one transaction by ledger_lease.c; one that was cancelled meanwhile
 * leaves its row behind, which is dropped when it is met.
 */
#include "config.h"

#include "store/holds.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/sql.h"

static const char *const cause_names[HOLD_CAUSE_COUNT] = {
    [HOLD_NONE] = "none", [HOLD_RATE] = "rate", [HOLD_CONNECTIONS] = "connections",
    [HOLD_SLOW] = "slow", [HOLD_OURS] = "ours", [HOLD_USER] = "user"};

const char *hold_cause_name(enum hold_cause c)
{
    return (unsigned)c < HOLD_CAUSE_COUNT ? cause_names[c] : "?";
}

void hold_free(struct hold *h)
{
    if (!h)
        return;
    g_free(h->receiver);
    g_free(h->label);
    g_free(h->reply);
    g_free(h);
}

static void free_item(gpointer h)
{
    hold_free(h);
}

#define HOLD_COLUMNS                                                                           \
    "SELECT h.id, h.receiver, h.label, h.cause, h.reply, h.since_us, h.until_us, h.next_us,"   \
    " h.rate, h.base_rate, h.slow_us, h.connections, h.n_ours, h.wake_us,"

#define HOLDS_SQL_IS_HELD                                                                      \
    "EXISTS (SELECT 1 FROM hold_waiting w CROSS JOIN held x ON x.hold_id = w.hold_id"          \
    " AND x.campaign_id = w.campaign_id AND x.delivery_id = d.id"                              \
    " WHERE w.campaign_id = d.campaign_id)"

static struct hold *read_row(sqlite3_stmt *s)
{
    struct hold *h = g_new0(struct hold, 1);
    h->id = sql_int64(s, 0);
    h->receiver = sql_text(s, 1);
    h->label = sql_text(s, 2);
    h->cause = (enum hold_cause)CLAMP(sql_int64(s, 3), 0, HOLD_CAUSE_COUNT - 1);
    h->reply = sql_text(s, 4);
    h->since_us = sql_int64(s, 5);
    h->until_us = sql_int64(s, 6);
    h->next_us = sql_int64(s, 7);
    h->rate = sqlite3_column_double(s, 8);
    h->base_rate = sqlite3_column_double(s, 9);
    h->slow_us = sql_int64(s, 10);
    h->connections = sql_int64(s, 11);
    h->n_ours = sql_int64(s, 12);
    h->wake_us = sql_int64(s, 13);
    h->n_waiting = sql_int64(s, 14);
    return h;
}

static GPtrArray *read_rows(struct db *db, sqlite3_stmt *s, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_item);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_ptr_array_add(all, read_row(s));
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

/* ---- what people see ---- */

GPtrArray *holds_all(struct db *db, gint64 campaign_id, GError **error)
{
    sqlite3_stmt *s =
        campaign_id > 0
            ? sql_prepare(db,
                          HOLD_COLUMNS " w.n FROM hold_waiting w JOIN hold h ON h.id = w.hold_id"
                                       " WHERE w.campaign_id = ?1 AND w.n > 0"
                                       " ORDER BY w.n DESC, h.receiver",
                          error)
            : sql_prepare(db,
                          HOLD_COLUMNS
                          " ifnull(w.n, 0) AS waiting FROM hold h LEFT JOIN (SELECT hold_id,"
                          " sum(n) AS n FROM hold_waiting GROUP BY hold_id) w ON w.hold_id ="
                          " h.id WHERE waiting > 0 OR h.until_us > ?2 OR h.base_rate > 0"
                          " ORDER BY waiting DESC, h.receiver",
                          error);
    if (!s)
        return NULL;
    sql_bind(s, campaign_id > 0 ? "i" : "ii", campaign_id, clock_wall_us());
    return read_rows(db, s, error);
}

gboolean holds_of_delivery(struct db *db, gint64 campaign_id, gint64 delivery_id,
                           struct hold **ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        HOLD_COLUMNS " w.n FROM hold_waiting w JOIN hold h ON h.id = w.hold_id"
                     " WHERE w.campaign_id = ?1 AND EXISTS (SELECT 1 FROM held x"
                     " WHERE x.hold_id = w.hold_id AND x.campaign_id = ?1"
                     " AND x.delivery_id = ?2)",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "ii", campaign_id, delivery_id);
    g_autoptr(GPtrArray) all = read_rows(db, s, error);
    if (!all)
        return FALSE;
    *ret = all->len > 0 ? g_ptr_array_steal_index(all, 0) : NULL;
    return TRUE;
}

gboolean holds_wake(struct db *db, const char *receiver, GError **error)
{
    gboolean own = FALSE;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = sql_do(db, error,
                         "UPDATE hold SET until_us = 0, base_rate = 0, slow_us = 0, n_ours = 0,"
                         " next_us = 0, wake_us = max(wake_us + 1, ?2) WHERE receiver = ?1",
                         "si", receiver, clock_wall_us());
    if (ok && sql_changes(db) == 0) {
        g_autofree char *safe = text_safe(receiver, -1, 80);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("nobody waits for %s, and it does not rest. crier provider list shows who "
                      "does"),
                    safe);
        ok = FALSE;
    }
    ok = ok && audit_write(db, "wake", "provider", receiver, "", error);
    return sql_leave(db, own, ok, error);
}

/* ---- for the send role ---- */

/* Who is put off without a time and waits nowhere is looked for only when the numbers differ: it
 * takes a second for a million. */
static gboolean find_lost(struct db *db, gint64 now_us, GError **error)
{
    gint64 differ = 0;
    return sql_int(db, error, 0, &differ,
                   "SELECT (SELECT count(*) FROM campaign c JOIN delivery d ON"
                   " d.campaign_id = c.id AND d.state = 4 AND d.due_us IS NULL"
                   " WHERE c.state IN (3, 4, 5)) <> (SELECT total(w.n) FROM hold_waiting w"
                   " JOIN campaign c ON c.id = w.campaign_id WHERE c.state IN (3, 4, 5))",
                   "") &&
           (!differ ||
            sql_do(db, error,
                   "UPDATE delivery SET due_us = ?1 WHERE id IN (SELECT d.id FROM campaign c"
                   " JOIN delivery d ON d.campaign_id = c.id AND d.state = 4"
                   " AND d.due_us IS NULL WHERE c.state IN (3, 4, 5) AND NOT " HOLDS_SQL_IS_HELD
                   ")",
                   "i", now_us));
}

/* Nobody is fetched who is not counted, or who is put off without a time and waits nowhere: at
 * each start both are made sure of. */
static gboolean mend(struct db *db, gint64 now_us, GError **error)
{
    return sql_do(db, error, "DELETE FROM held WHERE hold_id NOT IN (SELECT id FROM hold)",
                  "") &&
           sql_do(db, error, "DELETE FROM hold_waiting", "") &&
           sql_do(db, error,
                  "INSERT INTO hold_waiting (campaign_id, hold_id, n) SELECT campaign_id,"
                  " hold_id, count(*) FROM held GROUP BY hold_id, campaign_id",
                  "") &&
           find_lost(db, now_us, error) &&
           sql_do(db, error,
                  "DELETE FROM hold WHERE until_us <= ?1 AND next_us <= ?1 AND base_rate <= 0"
                  " AND n_ours = 0 AND id NOT IN (SELECT hold_id FROM hold_waiting)",
                  "i", now_us);
}

GPtrArray *holds_load(struct db *db, gint64 now_us, GError **error)
{
    gboolean own = FALSE;
    if (!sql_enter(db, &own, error) || !sql_leave(db, own, mend(db, now_us, error), error))
        return NULL;
    sqlite3_stmt *s = sql_prepare(db, HOLD_COLUMNS " 0 FROM hold h ORDER BY h.id", error);
    return s ? read_rows(db, s, error) : NULL;
}

gboolean holds_lost(struct db *db, gint64 campaign_id, gint64 *ret_n, GError **error)
{
    return sql_int(db, error, 0, ret_n,
                   "SELECT count(*) FROM campaign c JOIN delivery d ON d.campaign_id = c.id"
                   " AND d.state = 4 AND d.due_us IS NULL WHERE c.id = ?1"
                   " AND c.state IN (3, 4, 5) AND NOT " HOLDS_SQL_IS_HELD,
                   "i", campaign_id);
}

gboolean holds_each_waiting(struct db *db,
                            void (*see)(gint64 hold_id, gint64 campaign_id, gint64 n,
                                        void *data),
                            void *data, GError **error)
{
    int step;
    sqlite3_stmt *s =
        sql_prepare(db, "SELECT hold_id, campaign_id, n FROM hold_waiting", error);
    if (!s)
        return FALSE;
    while ((step = sql_step(db, s, error)) > 0)
        see(sql_int64(s, 0), sql_int64(s, 1), sql_int64(s, 2), data);
    return step == 0;
}

/* The role forgets receivers that nobody waits for, and gives one that it meets again another
 * number. */
static gboolean drop_forgotten(struct db *db, const struct hold *h, GError **error)
{
    return sql_do(db, error, "DELETE FROM hold WHERE receiver = ?1 AND id <> ?2", "si",
                  h->receiver, h->id);
}

gboolean holds_put(struct db *db, const struct hold *h, GError **error)
{
    return drop_forgotten(db, h, error) &&
           sql_do(db, error,
                  "INSERT INTO hold (id, receiver, label, cause, reply, since_us, until_us,"
                  " next_us, rate, base_rate, slow_us, connections, n_ours) VALUES (?1, ?2, ?3,"
                  " ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (id) DO UPDATE SET"
                  " label = ?3, cause = ?4, reply = ?5, since_us = ?6, until_us = ?7,"
                  " next_us = ?8, rate = ?9, base_rate = ?10, slow_us = ?11,"
                  " connections = ?12, n_ours = ?13",
                  "issisiiiddiii", h->id, h->receiver, h->label, (gint64)h->cause,
                  h->reply ? h->reply : "", h->since_us, h->until_us, h->next_us, h->rate,
                  h->base_rate, h->slow_us, h->connections, h->n_ours);
}

gboolean holds_clock_jumped(struct db *db, gint64 jump_us, GError **error)
{
#define MOVED(t) t " = CASE WHEN " t " > 0 AND " t " < ?2 THEN " t " + ?1 ELSE " t " END"
    return sql_do(db, error,
                  "UPDATE hold SET " MOVED("until_us") ", " MOVED("next_us") ", " MOVED("slow_us"),
                  "ii", jump_us, (gint64)HOLD_FOR_EVER);
}

gboolean holds_woken_us(struct db *db, gint64 id, gint64 *ret, GError **error)
{
    return sql_int(db, error, 0, ret, "SELECT wake_us FROM hold WHERE id = ?1", "i", id);
}

gboolean holds_waiting(struct db *db, gint64 hold_id, gint64 campaign_id, gint64 *ret_n,
                       GError **error)
{
    return sql_int(db, error, 0, ret_n,
                   "SELECT n FROM hold_waiting WHERE campaign_id = ?1 AND hold_id = ?2", "ii",
                   campaign_id, hold_id);
}

/* ---- for the store ---- */

gboolean holds_add(struct db *db, gint64 hold_id, gint64 campaign_id, gint64 delivery_id,
                   GError **error)
{
    return sql_do(db, error,
                  "INSERT OR IGNORE INTO held (hold_id, campaign_id, delivery_id)"
                  " VALUES (?1, ?2, ?3)",
                  "iii", hold_id, campaign_id, delivery_id);
}

gboolean holds_remove(struct db *db, gint64 hold_id, gint64 campaign_id, gint64 delivery_id,
                      GError **error)
{
    return sql_do(db, error,
                  "DELETE FROM held WHERE hold_id = ?1 AND campaign_id = ?2 AND"
                  " delivery_id = ?3",
                  "iii", hold_id, campaign_id, delivery_id);
}

gboolean holds_count(struct db *db, gint64 hold_id, gint64 campaign_id, gint64 n,
                     GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO hold_waiting (campaign_id, hold_id, n) VALUES (?1, ?2,"
                  " max(0, ?3)) ON CONFLICT DO UPDATE SET n = max(0, n + ?3)",
                  "iii", campaign_id, hold_id, n);
}

gboolean holds_forget_some(struct db *db, gint64 campaign_id, gint64 max, gint64 *ret_n,
                           GError **error)
{
    *ret_n = 0;
    if (!sql_do(db, error,
                "DELETE FROM held WHERE (hold_id, campaign_id, delivery_id) IN (SELECT"
                " x.hold_id, x.campaign_id, x.delivery_id FROM hold_waiting w CROSS JOIN held x"
                " ON x.hold_id = w.hold_id AND x.campaign_id = w.campaign_id"
                " WHERE w.campaign_id = ?1 LIMIT ?2)",
                "ii", campaign_id, max))
        return FALSE;
    *ret_n = sql_changes(db);
    return *ret_n > 0 || sql_do(db, error, "DELETE FROM hold_waiting WHERE campaign_id = ?1",
                                "i", campaign_id);
}

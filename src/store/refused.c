/*
 * Rows of table refusal.
 */
#include "config.h"

#include "store/refused.h"

#include "model/campaign.h"
#include "store/sql.h"

static void refused_free(gpointer p)
{
    struct refused *r = p;
    g_free(r->enhanced);
    g_free(r->reply);
    g_free(r);
}

static gboolean is_true(struct db *db, gboolean *ret, const char *sql, gint64 value,
                        GError **error)
{
    gint64 n = 0;
    if (!sql_int(db, error, 0, &n, sql, "i", value))
        return FALSE;
    *ret = n != 0;
    return TRUE;
}

gboolean refused_any(struct db *db, gboolean *ret, GError **error)
{
    return is_true(db, ret, "SELECT EXISTS (SELECT 1 FROM refusal WHERE id > ?1)", 0, error);
}

gboolean refused_must_wait(struct db *db, gboolean *ret, GError **error)
{
    return is_true(db, ret, "SELECT EXISTS (SELECT 1 FROM campaign WHERE state = ?1)",
                   CAMPAIGN_PREPARING, error);
}

static GPtrArray *first(struct db *db, int max, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT r.id, r.delivery_id, r.n, ifnull(a.at_us, 0), ifnull(a.code, 0),"
                    " ifnull(a.enhanced, ''), ifnull(a.reply, '') FROM refusal r"
                    " LEFT JOIN attempt a ON a.delivery_id = r.delivery_id AND a.n = r.n"
                    " ORDER BY r.id LIMIT ?1",
                    error);
    if (!s)
        return NULL;
    sql_bind(s, "i", (gint64)max);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(refused_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct refused *r = g_new0(struct refused, 1);
        *r = (struct refused){sql_int64(s, 0), sql_int64(s, 1),      sql_int64(s, 2),
                              sql_int64(s, 3), (int)sql_int64(s, 4), sql_text(s, 5),
                              sql_text(s, 6)};
        g_ptr_array_add(all, r);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

GPtrArray *refused_take(struct db *db, int max, GError **error)
{
    g_autoptr(GPtrArray) all = first(db, max, error);
    if (!all || all->len == 0)
        return g_steal_pointer(&all);
    const struct refused *last = all->pdata[all->len - 1];
    if (!sql_do(db, error, "DELETE FROM refusal WHERE id <= ?1", "i", last->id))
        return NULL;
    return g_steal_pointer(&all);
}

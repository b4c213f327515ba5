/*
 * Rows of table refusal.
 */
#include "config.h"

#include "store/refused.h"

#include "store/sql.h"

static void refused_free(gpointer p)
{
    struct refused *r = p;
    g_free(r->enhanced);
    g_free(r->reply);
    g_free(r);
}

GPtrArray *refused_some(struct db *db, int max, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT r.delivery_id, r.n, ifnull(a.at_us, 0), ifnull(a.code, 0),"
                    " ifnull(a.enhanced, ''), ifnull(a.reply, '') FROM refusal r"
                    " LEFT JOIN attempt a ON a.delivery_id = r.delivery_id AND a.n = r.n"
                    " LIMIT ?1",
                    error);
    if (!s)
        return NULL;
    sql_bind(s, "i", (gint64)max);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(refused_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct refused *r = g_new0(struct refused, 1);
        *r = (struct refused){sql_int64(s, 0),      sql_int64(s, 1), sql_int64(s, 2),
                              (int)sql_int64(s, 3), sql_text(s, 4),  sql_text(s, 5)};
        g_ptr_array_add(all, r);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

gboolean refused_done(struct db *db, const struct refused *r, gboolean *ret_was_there,
                      GError **error)
{
    if (!sql_do(db, error, "DELETE FROM refusal WHERE delivery_id = ?1 AND n = ?2", "ii",
                r->delivery_id, r->n))
        return FALSE;
    *ret_was_there = sql_changes(db) > 0;
    return TRUE;
}

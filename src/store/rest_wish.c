/*
 * Rows of table rest_wish. Heeding them is worker/receivers.c's.
 */
#include "config.h"

#include "store/rest_wish.h"

#include "store/sql.h"

void rest_wish_free(struct rest_wish *w)
{
    if (!w)
        return;
    g_free(w->receiver);
    g_free(w->reply);
    g_free(w);
}

static void free_item(gpointer w)
{
    rest_wish_free(w);
}

gboolean rest_wish_put(struct db *db, const char *receiver, gint64 campaign_id,
                       const char *reply, gint64 at_us, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO rest_wish (receiver, campaign_id, reply, at_us)"
                  " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET campaign_id = ?2,"
                  " reply = ?3, at_us = ?4",
                  "sisi", receiver, campaign_id, reply, at_us);
}

GPtrArray *rest_wish_all(struct db *db, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT receiver, reply, campaign_id, at_us FROM rest_wish ORDER BY at_us", error);
    if (!s)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_item);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct rest_wish *w = g_new0(struct rest_wish, 1);
        w->receiver = sql_text(s, 0);
        w->reply = sql_text(s, 1);
        w->campaign_id = sql_int64(s, 2);
        w->at_us = sql_int64(s, 3);
        g_ptr_array_add(all, w);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

gboolean rest_wish_done(struct db *db, const char *receiver, GError **error)
{
    return sql_do(db, error, "DELETE FROM rest_wish WHERE receiver = ?1", "s", receiver);
}

/*
 * Table provider_limit. What a provider is, is not known here.
 */
#include "config.h"

#include "store/provider_limits.h"

#include "base/clock.h"
#include "store/sql.h"

void provider_limit_free(struct provider_limit *p)
{
    if (!p)
        return;
    g_free(p->name);
    g_free(p);
}

static void free_item(gpointer p)
{
    provider_limit_free(p);
}

GPtrArray *provider_limits_all(struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_item);
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT name, ifnull(connections, -1), ifnull(per_second, -1)"
                                  " FROM provider_limit ORDER BY name",
                                  error);
    int step = s ? 1 : -1;
    while (step > 0 && (step = sql_step(db, s, error)) > 0) {
        struct provider_limit *p = g_new0(struct provider_limit, 1);
        p->name = sql_text(s, 0);
        p->connections = sql_int64(s, 1);
        p->per_second = sqlite3_column_double(s, 2);
        g_ptr_array_add(all, p);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

static gboolean put(struct db *db, const struct provider_limit *p, GError **error)
{
    if (p->connections < 0 && p->per_second < 0)
        return sql_do(db, error, "DELETE FROM provider_limit WHERE name = ?1", "s", p->name);
    return sql_do(
        db, error,
        "INSERT INTO provider_limit (name, connections, per_second, actor, changed_us)"
        " VALUES (?1, nullif(?2, -1), nullif(?3, -1.0), ?4, ?5) ON CONFLICT (name) DO"
        " UPDATE SET connections = nullif(?2, -1), per_second = nullif(?3, -1.0),"
        " actor = ?4, changed_us = ?5",
        "sidsi", p->name, p->connections, p->per_second, db_actor(db), clock_wall_us());
}

gboolean provider_limits_set(struct db *db, const struct provider_limit *p, GError **error)
{
    gboolean own = FALSE;
    char rate[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *detail =
        g_strdup_printf("connections=%" G_GINT64_FORMAT " per_second=%s", p->connections,
                        g_ascii_formatd(rate, sizeof rate, "%g", p->per_second));
    if (!sql_enter(db, &own, error))
        return FALSE;
    return sql_leave(
        db, own,
        put(db, p, error) && audit_write(db, "set", "provider", p->name, detail, error), error);
}

gint64 provider_limits_revision(struct db *db)
{
    gint64 n = -1;
    sql_int(db, NULL, 0, &n,
            "SELECT count(*) * 1000003 + total(changed_us % 1000000007) FROM provider_limit",
            "");
    return n;
}

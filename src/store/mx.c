/*
 * Table mx. Not a resolver's cache: how long an answer may be used is ours to say, as it only
 * decides which limits a domain shares.
 */
#include "config.h"

#include "store/mx.h"

#include "store/sql.h"

/* Largest domains of each campaign; what is beyond is one person here and one there. */
#define DOMAINS_A_CAMPAIGN 2000

char *mx_hosts(struct db *db, const char *domain, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, "SELECT hosts FROM mx WHERE domain = ?1", error);
    if (!s)
        return NULL;
    sql_bind(s, "s", domain);
    int step = sql_step(db, s, error);
    char *hosts = step < 0 ? NULL : g_strdup(step > 0 ? sql_peek(s, 0) : "");
    sqlite3_reset(s);
    return hosts;
}

gboolean mx_put(struct db *db, const char *domain, const char *hosts, enum mx_status status,
                gint64 now_us, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO mx (domain, hosts, status, looked_us) VALUES (?1, ?2, ?3, ?4)"
                  " ON CONFLICT (domain) DO UPDATE SET"
                  " hosts = CASE WHEN ?3 = 3 THEN hosts ELSE ?2 END, status = ?3,"
                  " looked_us = ?4",
                  "ssii", domain, hosts, (gint64)status, now_us);
}

/* Names that no resolver is to be asked for (RFC 6761), and address literals. */
#define IS_PUBLIC(d)                                                                           \
    d " LIKE '%.%' AND " d " NOT LIKE '[%' AND " d " NOT LIKE '%.test' AND " d                 \
      " NOT LIKE '%.example' AND " d " NOT LIKE '%.invalid' AND " d                            \
      " NOT LIKE '%.localhost' AND " d " NOT LIKE '%.local' AND " d                            \
      " NOT IN ('example.org', 'example.com', 'example.net') AND " d                           \
      " NOT LIKE '%.example.org' AND " d " NOT LIKE '%.example.com' AND " d                    \
      " NOT LIKE '%.example.net'"

GPtrArray *mx_due(struct db *db, gint64 now_us, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT DISTINCT d.domain FROM campaign c INDEXED BY campaign_brief JOIN"
        " domain_counter d ON d.campaign_id = c.id AND d.domain IN (SELECT x.domain FROM"
        " domain_counter x WHERE x.campaign_id = c.id ORDER BY x.total DESC LIMIT ?4)"
        " LEFT JOIN mx m ON m.domain = d.domain WHERE c.state = 3 AND " IS_PUBLIC(
            "d.domain") " AND (m.domain IS NULL OR m.looked_us < ?1 OR (m.status = 3 AND "
                        "m.looked_us < ?2))"
                        " LIMIT ?3",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "iiii", now_us - MX_KEPT_US, now_us - MX_FAILED_US, (gint64)max,
             (gint64)DOMAINS_A_CAMPAIGN);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_ptr_array_add(all, sql_text(s, 0));
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

gboolean mx_is_due(struct db *db, gint64 now_us)
{
    g_autoptr(GPtrArray) one = mx_due(db, now_us, 1, NULL);
    return one && one->len > 0;
}

/*
 * Questions about table said by campaign. Who writes it is said.c.
 */
#include "config.h"

#include "store/bounced.h"

#include <string.h>

#include "store/said_private.h"
#include "store/sql.h"

/* The condition of index said_counted, or it would not be used. */
#define COUNTED " campaign_id = ?1 AND effects & 15"

static void group_free(gpointer p)
{
    struct bounced_group *g = p;
    g_free(g->class);
    g_free(g->reason);
    g_free(g->status);
    g_free(g);
}

GPtrArray *bounced_groups(struct db *db, gint64 campaign_id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT class, reason, status, count(*) FROM said WHERE" COUNTED
                                  " AND effects & 3 GROUP BY class, reason, status"
                                  " ORDER BY 4 DESC, 1, 2, 3 LIMIT ?2",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "ii", campaign_id, (gint64)max);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(group_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct bounced_group *g = g_new0(struct bounced_group, 1);
        g->class = g_strdup(sql_peek(s, 0));
        g->reason = g_strdup(sql_peek(s, 1));
        g->status = g_strdup(sql_peek(s, 2));
        g->n = sql_int64(s, 3);
        g_ptr_array_add(all, g);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

GHashTable *bounced_domains(struct db *db, gint64 campaign_id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT address_key FROM said INDEXED BY said_counted WHERE" COUNTED
                                  " AND effects & 3",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "i", campaign_id);
    g_autoptr(GHashTable) all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        const char *at = strrchr(sql_peek(s, 0), '@');
        const char *domain = at ? at + 1 : ""; /* erased since */
        gint64 *n = g_hash_table_lookup(all, domain);
        if (!n) {
            n = g_new0(gint64, 1);
            g_hash_table_insert(all, g_strdup(domain), n);
        }
        (*n)++;
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

GPtrArray *bounced_page(struct db *db, gint64 campaign_id, const struct bounced_who *who,
                        gint64 after_id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        SAID_COLUMNS " INDEXED BY said_counted WHERE" COUNTED " AND effects & ?2 AND class = ifnull(?3, class)"
                     " AND reason = ifnull(?4, reason) AND status = ifnull(?5, status)"
                     " AND id > ?6 ORDER BY id LIMIT ?7",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "iisssii", campaign_id, (gint64)who->effects, who->class, who->reason,
             who->status, after_id, (gint64)max);
    return said_read_rows(db, s, error);
}

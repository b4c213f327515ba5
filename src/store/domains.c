/*
 * A walk over the people of lists. It reads all of them: not for a screen.
 */
#include "config.h"

#include "store/domains.h"

#include "store/sql.h"

gboolean domains_of_lists(struct db *db, char **lists,
                          void (*see)(const char *domain, gint64 n, void *data), void *data,
                          GError **error)
{
    /* Names of lists are slugs: no comma is in one. */
    g_autofree char *joined = lists ? g_strjoinv(",", lists) : g_strdup("");
    g_autofree char *names = g_strdup_printf(",%s,", joined);
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT p.domain, count(*) FROM person p WHERE p.id IN (SELECT m.person_id FROM list l"
        " JOIN membership m ON m.list_id = l.id WHERE instr(?1, ',' || l.name || ',') > 0)"
        " GROUP BY p.domain",
        error);
    int step = s ? 1 : -1;
    if (s)
        sql_bind(s, "s", names);
    while (step > 0 && (step = sql_step(db, s, error)) > 0)
        see(sql_peek(s, 0), sql_int64(s, 1), data);
    return step == 0;
}

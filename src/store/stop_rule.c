/*
 * Looks at the counters that the ledger keeps; microseconds, each second. Who holds the campaign
 * is the send role.
 */
#include "config.h"

#include "store/stop_rule.h"

#include <inttypes.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/sql.h"

gboolean stop_rule_is_due(gint64 done, gint64 failed, gint64 percent)
{
    return percent > 0 && done >= STOP_RULE_AFTER && failed * 100 > percent * done;
}

char *stop_rule_look(struct db *db, gint64 campaign_id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT n.accepted + n.refused - c.stop_done,"
                                  " n.refused - c.stop_failed, c.max_failed"
                                  " FROM campaign c JOIN campaign_counter n"
                                  " ON n.campaign_id = c.id WHERE c.id = ?",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "i", campaign_id);
    if (sql_step(db, s, error) <= 0)
        return NULL;
    gint64 done = sql_int64(s, 0), failed = sql_int64(s, 1), percent = sql_int64(s, 2);
    sqlite3_reset(s);
    if (!stop_rule_is_due(done, failed, percent))
        return NULL;
    g_autofree char *failed_text = text_grouped(failed);
    g_autofree char *done_text = text_grouped(done);
    return g_strdup_printf(_("stop rule: %s of %s were refused, more than %" PRId64
                             " %%. The report shows the replies"),
                           failed_text, done_text, percent);
}

gboolean stop_rule_forgive(struct db *db, gint64 campaign_id, GError **error)
{
    return sql_do(db, error,
                  "UPDATE campaign SET stop_done = coalesce((SELECT accepted + refused FROM"
                  " campaign_counter WHERE campaign_id = ?1), 0), stop_failed ="
                  " coalesce((SELECT refused FROM campaign_counter WHERE campaign_id = ?1), 0)"
                  " WHERE id = ?1",
                  "i", campaign_id);
}

/*
 * A walk over those whom a campaign goes to. It reads all of them: not for a screen.
 */
#include "config.h"

#include "store/domains.h"

#include "store/deliveries_private.h"

gboolean domains_of_campaign(struct db *db, gint64 campaign_id,
                             void (*see)(const char *domain, gint64 n, void *data), void *data,
                             GError **error)
{
#define DOMAINS "SELECT p.domain, count(*)"
#define TO_BE_MAILED                                                                           \
    " AND NOT " SETTLE_SQL_IS_SUPPRESSED("p.address_key", "?1", "p.id") " GROUP BY p.domain"
    gboolean is_one = FALSE;
    if (!deliveries_has_one_list(db, campaign_id, &is_one, error))
        return FALSE;
    sqlite3_stmt *s = is_one ? sql_prepare(db, DOMAINS WHO_ONE_LIST TO_BE_MAILED, error)
                             : sql_prepare(db, DOMAINS WHO_MANY_LISTS TO_BE_MAILED, error);
    int step = s ? 1 : -1;
    if (s)
        sql_bind(s, "iii", campaign_id, (gint64)0, G_MAXINT64);
    while (step > 0 && (step = sql_step(db, s, error)) > 0)
        see(sql_peek(s, 0), sql_int64(s, 1), data);
    return step == 0;
}

/*
 * Inside the store only: whom a campaign goes to, in SQL, and what building its rows, taking
 * late joiners and undoing share.
 */
#ifndef CRIER_STORE_DELIVERIES_PRIVATE_H
#define CRIER_STORE_DELIVERIES_PRIVATE_H

#include <glib.h>

#include "store/deliveries.h"
#include "store/settle.h"
#include "store/sql.h"

#define NOT_EXCLUDED(campaign, person)                                                         \
    " AND NOT EXISTS (SELECT 1 FROM campaign_list x JOIN membership xm ON xm.list_id = "       \
    "x.list_id"                                                                                \
    " AND xm.person_id = " person " WHERE x.campaign_id = " campaign " AND x.is_excluded = 1)"

/* Of a correction: who got the version (accepted, or maybe sent). What stands in brackets is
 * asked for once, not for each person. */
#define ONLY_ID "(SELECT only_id FROM campaign WHERE id = ?1)"
#define ONLY_VERSION "(SELECT only_version FROM campaign WHERE id = ?1)"
#define ONLY_WHO_GOT_IT(person)                                                                \
    " AND (" ONLY_ID " IS NULL OR EXISTS (SELECT 1 FROM delivery od"                           \
    " WHERE od.campaign_id = " ONLY_ID " AND od.person_id = " person                           \
    " AND od.state IN (2, 5) AND (od.version = " ONLY_VERSION " OR (" ONLY_VERSION " = 0"      \
    " AND od.version < (SELECT content_version FROM campaign WHERE id = " ONLY_ID ")))))"

/* Members of one list come straight from its key order; of several by a walk over all people,
 * so that no batch sorts what the one before has sorted already. */
#define WHO_ONE_LIST                                                                           \
    " FROM membership m JOIN person p ON p.id = m.person_id WHERE m.list_id ="                 \
    " (SELECT list_id FROM campaign_list WHERE campaign_id = ?1 AND is_excluded = 0)"          \
    " AND m.person_id > ?2 AND m.person_id <= ?3" NOT_EXCLUDED("?1", "p.id")                   \
        ONLY_WHO_GOT_IT("p.id")
#define WHO_MANY_LISTS                                                                         \
    " FROM person p WHERE p.id > ?2 AND p.id <= ?3 AND EXISTS (SELECT 1 FROM campaign_list cl" \
    " JOIN membership m ON m.list_id = cl.list_id AND m.person_id = p.id"                      \
    " WHERE cl.campaign_id = ?1 AND cl.is_excluded = 0)" NOT_EXCLUDED("?1", "p.id")            \
        ONLY_WHO_GOT_IT("p.id")

/* Columns of a struct addressee. */
#define WHO                                                                                    \
    "SELECT p.id, p.address, p.fields, CASE WHEN " SETTLE_SQL_IS_SUPPRESSED(                   \
        "p.address_key", "?1",                                                                 \
        "p.id") " THEN (SELECT r.reason FROM suppression r WHERE r.address_key = "             \
                "p.address_key"                                                                \
                " AND (r.list_id = 0 OR r.list_id IN (SELECT list_id FROM campaign_list"       \
                " WHERE campaign_id = ?1 AND is_excluded = 0)) ORDER BY r.list_id LIMIT 1) "   \
                "END"

struct addressee *addressee_new(sqlite3_stmt *s); /* from a row of WHO */
void addressee_free(gpointer data);

gboolean deliveries_has_one_list(struct db *db, gint64 campaign_id, gboolean *ret,
                                 GError **error);
/* Counts the campaign's new rows behind `after_id` into its counters: `ret_n[0]` queued ones
 * are added, `ret_n[1]` suppressed ones. Inside the caller's transaction. */
gboolean deliveries_count_new(struct db *db, struct settle_tally *t, gint64 campaign_id,
                              gint64 after_id, gint64 ret_n[2], GError **error);
/* A finished campaign is sending again, since somebody is queued in it; out of a cancelled one
 * nothing goes. In the transaction of the rows. */
gboolean deliveries_reopen(struct db *db, gint64 campaign_id, GError **error);

#endif

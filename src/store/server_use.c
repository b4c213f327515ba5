/*
 * The rows that limits are counted by. What they allow is model/quota.c's.
 */
#include "config.h"

#include "store/server_use.h"

#include "model/quota.h"
#include "store/sql.h"

gint64 server_use_slot(gint64 at_us)
{
    return at_us / QUOTA_SLOT_US;
}

gboolean server_use_add(struct db *db, gint64 server_id, gint64 slot, gint64 n, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO server_use (server_id, slot, n) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT DO UPDATE SET n = n + ?3",
                  "iii", server_id, slot, n);
}

gboolean server_use_sum(struct db *db, gint64 server_id, gint64 from_us, gint64 *ret,
                        GError **error)
{
    return sql_int(db, error, 0, ret,
                   "SELECT ifnull(sum(n), 0) FROM server_use WHERE server_id = ?1"
                   " AND slot >= ?2",
                   "ii", server_id, server_use_slot(from_us));
}

gboolean server_use_forget(struct db *db, gint64 before_us, GError **error)
{
    return sql_do(db, error, "DELETE FROM server_use WHERE slot < ?1", "i",
                  server_use_slot(before_us));
}

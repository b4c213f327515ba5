/*
 * Maybe sent, and something came back of it before it was called that. What comes back of one
 * that is called that already is evidence_follow.c's.
 */
#include "config.h"

#include "app/evidence_private.h"
#include "store/counters.h"
#include "store/deliveries_learn.h"

#define BATCH 200

static gboolean settle(struct db *db, GPtrArray *rows, GError **error)
{
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < rows->len; i++) {
        struct said *s = rows->pdata[i];
        gboolean has_moved = FALSE;
        ok = deliveries_learn_accepted(db, s->delivery_id, &has_moved, error);
        if (ok && has_moved) {
            s->effects |= SAID_RESOLVED;
            ok = said_set_effects(db, s, error);
        }
    }
    return ok;
}

/* Looked for outside of the transaction, as there is nearly always none. */
static gboolean settle_some(struct db *db, guint *ret_n, GError **error)
{
    g_autoptr(GPtrArray) rows = said_of_uncertain(db, BATCH, error);
    if (!rows)
        return FALSE;
    *ret_n = rows->len;
    if (rows->len == 0)
        return TRUE;
    if (!db_begin(db, error))
        return FALSE;
    if (settle(db, rows, error) && db_commit(db, error))
        return TRUE;
    db_rollback(db);
    return FALSE;
}

gboolean evidence_settle_late(struct db *db, gint64 *seen, GError **error)
{
    gint64 uncertain = 0;
    guint n = BATCH;
    if (!counters_uncertain(db, &uncertain, error))
        return FALSE;
    if (uncertain == *seen)
        return TRUE;
    while (uncertain > 0 && n == BATCH) {
        if (!settle_some(db, &n, error))
            return FALSE;
        uncertain -= n;
        db_give_way(db);
    }
    *seen = uncertain;
    return TRUE;
}

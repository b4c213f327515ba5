/*
 * What a message said is taken back, with all that followed. Where another message says the
 * same of the same person or delivery, what followed goes over to that one, and stays.
 */
#include "config.h"

#include "store/said.h"

#include <string.h>

#include "model/bounce.h"
#include "store/said_private.h"
#include "store/sql.h"
#include "store/storm.h"

/* ---- counters ---- */

/* A row of another message about this delivery that means `effect`; 0: none. */
static gboolean find_counted(struct db *db, const struct said *s, enum said_effect effect,
                             gint64 *ret_id, GError **error)
{
    return sql_int(db, error, 0, ret_id,
                   "SELECT id FROM said WHERE delivery_id = ?1 AND inbound_id <> ?2 AND"
                   " CASE ?3 WHEN 1 THEN kind = 'bounce' AND class = 'hard' AND fault <> 'us'"
                   " WHEN 2 THEN kind = 'bounce' AND NOT effects & 64"
                   " AND (class = 'soft' OR fault = 'us')"
                   " WHEN 4 THEN kind = 'complaint' ELSE kind = 'unsubscribe' END"
                   " ORDER BY id LIMIT 1",
                   "iii", s->delivery_id, s->inbound_id, (gint64)effect);
}

static gboolean add_effect(struct db *db, gint64 id, enum said_effect effect, GError **error)
{
    return sql_do(db, error, "UPDATE said SET effects = effects | ?2 WHERE id = ?1", "ii", id,
                  (gint64)effect);
}

/* The hard one stood in for a soft one. */
static gboolean count_soft_again(struct db *db, const struct said *s, GError **error)
{
    gint64 id = 0;
    if (!find_counted(db, s, SAID_SOFT, &id, error))
        return FALSE;
    return id == 0 || (add_effect(db, id, SAID_SOFT, error) &&
                       said_add_to_counter(db, s->campaign_id, SAID_SOFT, 1, error));
}

static gboolean uncount_one(struct db *db, const struct said *s, enum said_effect effect,
                            GError **error)
{
    gint64 id = 0;
    if (!(s->effects & (int)effect))
        return TRUE;
    if (!find_counted(db, s, effect, &id, error))
        return FALSE;
    if (id > 0)
        return add_effect(db, id, effect, error);
    if (!said_add_to_counter(db, s->campaign_id, effect, -1, error))
        return FALSE;
    return effect != SAID_HARD ||
           (storm_count(db, s->provider, s->campaign_id, said_domain(s), -1, error) &&
            count_soft_again(db, s, error));
}

static gboolean uncount(struct db *db, const struct said *s, GError **error)
{
    static const enum said_effect counted[] = {SAID_HARD, SAID_SOFT, SAID_COMPLAINED,
                                               SAID_UNSUBSCRIBED};
    for (gsize i = 0; i < G_N_ELEMENTS(counted); i++)
        if (!uncount_one(db, s, counted[i], error))
            return FALSE;
    return TRUE;
}

/* ---- those who are never mailed ---- */

struct entry {
    gint64 id, list_id;
    char *key, *reason; /* owned */
};

static void free_entry(gpointer p)
{
    struct entry *e = p;
    g_free(e->key);
    g_free(e->reason);
    g_free(e);
}

static GPtrArray *entries_of(struct db *db, gint64 said_id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT p.id, p.list_id, p.address_key, p.reason FROM said_suppression l"
        " JOIN suppression p ON p.id = l.suppression_id WHERE l.said_id = ?1 ORDER BY p.id",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "i", said_id);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_entry);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct entry *e = g_new0(struct entry, 1);
        *e = (struct entry){sql_int64(s, 0), sql_int64(s, 1), sql_text(s, 2), sql_text(s, 3)};
        g_ptr_array_add(all, e);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

/* Another message by which this entry stands for `reason`; 0: none. A dismissed storm's say
 * nothing against an address, and those of one that waits do not yet. */
static gboolean find_reason(struct db *db, const struct said *s, const struct entry *e,
                            const char *reason, gint64 *ret_id, GError **error)
{
    return sql_int(
        db, error, 0, ret_id,
        "SELECT o.id FROM said o WHERE o.inbound_id <> ?1 AND (o.address_key = ?2 OR"
        " (?5 <> 'bounced' AND ?3 > 0 AND o.delivery_id IN (SELECT id FROM delivery"
        " WHERE person_id = ?3))) AND CASE ?5 WHEN 'complained' THEN o.kind = 'complaint'"
        " WHEN 'unsubscribed' THEN o.kind = 'unsubscribe' AND (?4 = 0 OR EXISTS (SELECT 1 FROM"
        " campaign_list c WHERE c.campaign_id = o.campaign_id AND c.list_id = ?4))"
        " WHEN 'bounced' THEN ?4 = 0 AND o.kind = 'bounce' AND o.class = 'hard'"
        " AND o.fault <> 'us' AND NOT o.effects & 32 AND NOT EXISTS (SELECT 1 FROM storm t"
        " WHERE t.provider = o.provider AND t.campaign_id = o.campaign_id AND t.state = 2)"
        " ELSE 0 END ORDER BY o.id LIMIT 1",
        "isiis", s->inbound_id, e->key, s->person_id, e->list_id, reason);
}

static gboolean hand_over(struct db *db, const struct entry *e, gint64 said_id,
                          const char *reason, GError **error)
{
    return sql_do(db, error,
                  "UPDATE said_suppression SET said_id = ?2 WHERE suppression_id = ?1", "ii",
                  e->id, said_id) &&
           sql_do(db, error, "UPDATE suppression SET reason = ?2 WHERE id = ?1", "is", e->id,
                  reason) &&
           add_effect(db, said_id, SAID_SUPPRESSED, error);
}

static gboolean remove_entry(struct db *db, const struct said *s, const struct entry *e,
                             GError **error)
{
    static const char *const reasons[] = {"complained", "unsubscribed", "bounced"};
    g_autofree char *number = g_strdup_printf("#%" G_GINT64_FORMAT, s->inbound_id);
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++) {
        gint64 id = 0;
        if (!find_reason(db, s, e, reasons[i], &id, error))
            return FALSE;
        if (id > 0)
            return hand_over(db, e, id, reasons[i], error);
    }
    return sql_do(db, error, "DELETE FROM suppression WHERE id = ?1", "i", e->id) &&
           audit_write(db, "unsuppress", "message", number, s->reason, error);
}

static gboolean unsuppress(struct db *db, const struct said *s, GError **error)
{
    g_autoptr(GPtrArray) all = entries_of(db, s->id, error);
    if (!all)
        return FALSE;
    for (guint i = 0; i < all->len; i++)
        if (!remove_entry(db, s, all->pdata[i], error))
            return FALSE;
    return sql_do(db, error, "DELETE FROM said_suppression WHERE said_id = ?1", "i", s->id);
}

gboolean said_take_back(struct db *db, gint64 inbound_id, GError **error)
{
    g_autoptr(GPtrArray) all = said_of_message(db, inbound_id, error);
    if (!all)
        return FALSE;
    for (guint i = 0; i < all->len; i++)
        if (!uncount(db, all->pdata[i], error) || !unsuppress(db, all->pdata[i], error))
            return FALSE;
    /* That somebody was put back among those who wait stays known: it is bounded. */
    return sql_do(db, error, "DELETE FROM said WHERE inbound_id = ?1 AND NOT effects & 64", "i",
                  inbound_id) &&
           sql_do(db, error,
                  "UPDATE said SET effects = effects & 64, kind = 'other', class = 'none',"
                  " reason = 'unknown', fault = 'nobody' WHERE inbound_id = ?1",
                  "i", inbound_id);
}

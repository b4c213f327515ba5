/*
 * Rows of table said, and the counters that go with them. What a row means is decided
 * elsewhere.
 */
#include "config.h"

#include "store/said.h"

#include <string.h>

#include "base/i18n.h"
#include "store/inbound.h"
#include "store/reread.h"
#include "store/said_private.h"
#include "store/sql.h"

static const char *const by_names[SAID_BY_COUNT] = {
    [SAID_BY_NOTHING] = "nothing",
    [SAID_BY_TOKEN] = "token",
    [SAID_BY_ADDRESS] = "address",
    [SAID_BY_HAND] = "hand",
    [SAID_BY_REPLY] = "reply",
};

const char *said_by_name(enum said_by b)
{
    return (unsigned)b < SAID_BY_COUNT ? by_names[b] : "?";
}

void said_clear(struct said *s)
{
    char **texts[] = {&s->address, &s->address_key, &s->provider, &s->kind, &s->class,
                      &s->reason,  &s->fault,       &s->status,   &s->text};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(*texts[i]);
    *s = (struct said){0};
}

static void free_row(gpointer p)
{
    said_clear(p);
    g_free(p);
}

GPtrArray *said_read_rows(struct db *db, sqlite3_stmt *s, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_row);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct said *r = g_new0(struct said, 1);
        r->id = sql_int64(s, 0);
        r->inbound_id = sql_int64(s, 1);
        r->at_us = sql_int64(s, 2);
        r->delivery_id = sql_int64(s, 3);
        r->campaign_id = sql_int64(s, 4);
        r->person_id = sql_int64(s, 5);
        r->address = sql_text(s, 6);
        r->address_key = sql_text(s, 7);
        r->provider = sql_text(s, 8);
        r->kind = sql_text(s, 9);
        r->class = sql_text(s, 10);
        r->reason = sql_text(s, 11);
        r->fault = sql_text(s, 12);
        r->status = sql_text(s, 13);
        r->text = sql_text(s, 14);
        r->found_by = (enum said_by)CLAMP(sql_int64(s, 15), 0, SAID_BY_COUNT - 1);
        r->effects = (int)sql_int64(s, 16);
        g_ptr_array_add(all, r);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

const char *said_domain(const struct said *s)
{
    const char *at = strrchr(s->address, '@');
    return at ? at + 1 : "";
}

/* ---- writing ---- */

static char *bounded(const char *text)
{
    gsize len = text ? strnlen(text, SAID_TEXT_MAX_BYTES) : 0;
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", (gssize)len);
    len = MIN(strlen(valid), SAID_TEXT_MAX_BYTES);
    while (len > 0 && ((guchar)valid[len] & 0xc0) == 0x80)
        len--;
    return g_strndup(valid, len);
}

static const char *text_or(const char *text)
{
    return text ? text : "";
}

gboolean said_add(struct db *db, struct said *s, GError **error)
{
    g_autofree char *text = bounded(s->text);
    if (!sql_do(db, error,
                "INSERT INTO said (inbound_id, at_us, delivery_id, campaign_id, person_id,"
                " address, address_key, provider, kind, class, reason, fault, status, text,"
                " found_by, effects) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
                " ?13, ?14, ?15, ?16)",
                "iiiiisssssssssii", s->inbound_id, s->at_us, s->delivery_id, s->campaign_id,
                s->person_id, text_or(s->address), text_or(s->address_key),
                text_or(s->provider), text_or(s->kind), text_or(s->class), text_or(s->reason),
                text_or(s->fault), text_or(s->status), text, (gint64)s->found_by,
                (gint64)s->effects))
        return FALSE;
    s->id = sqlite3_last_insert_rowid(db_handle(db));
    return TRUE;
}

gboolean said_set_effects(struct db *db, const struct said *s, GError **error)
{
    return sql_do(db, error, "UPDATE said SET effects = ?2 WHERE id = ?1", "ii", s->id,
                  (gint64)s->effects);
}

/* ---- counters ---- */

gboolean said_add_to_counter(struct db *db, gint64 campaign_id, enum said_effect effect,
                             gint64 n, GError **error)
{
    return sql_do(db, error,
                  "UPDATE campaign_counter SET"
                  " bounced_hard = max(0, bounced_hard + (?2 = 1) * ?3),"
                  " bounced_soft = max(0, bounced_soft + (?2 = 2) * ?3),"
                  " complained = max(0, complained + (?2 = 4) * ?3),"
                  " unsubscribed = max(0, unsubscribed + (?2 = 8) * ?3) WHERE campaign_id = ?1",
                  "iii", campaign_id, (gint64)effect, n);
}

static gboolean effects_of_delivery(struct db *db, gint64 delivery_id, gint64 bits, gint64 *ret,
                                    GError **error)
{
    return sql_int(db, error, 0, ret,
                   "SELECT count(*) FROM said WHERE delivery_id = ?1 AND effects & ?2", "ii",
                   delivery_id, bits);
}

/* What was soft at first is hard now. */
static gboolean uncount_soft(struct db *db, const struct said *s, GError **error)
{
    return sql_do(db, error,
                  "UPDATE said SET effects = effects & ~2 WHERE delivery_id = ?1"
                  " AND effects & 2",
                  "i", s->delivery_id) &&
           (sql_changes(db) == 0 ||
            said_add_to_counter(db, s->campaign_id, SAID_SOFT, -1, error));
}

gboolean said_count(struct db *db, struct said *s, enum said_effect effect, GError **error)
{
    gint64 n = 0;
    gint64 bits = effect == SAID_SOFT ? SAID_SOFT | SAID_HARD : effect;
    if (s->delivery_id == 0)
        return TRUE;
    if (!effects_of_delivery(db, s->delivery_id, bits, &n, error))
        return FALSE;
    if (n > 0)
        return TRUE;
    s->effects |= (int)effect;
    return (effect != SAID_HARD || uncount_soft(db, s, error)) &&
           said_add_to_counter(db, s->campaign_id, effect, 1, error) &&
           said_set_effects(db, s, error);
}

gboolean said_link_suppression(struct db *db, const struct said *s, const char *address_key,
                               gint64 list_id, GError **error)
{
    return sql_do(db, error,
                  "INSERT OR IGNORE INTO said_suppression (suppression_id, said_id)"
                  " SELECT id, ?1 FROM suppression WHERE address_key = ?2 AND list_id = ?3",
                  "isi", s->id, address_key, list_id);
}

gboolean said_heal(struct db *db, const char *address_key, gint64 at_us, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO healed (address_key, at_us) VALUES (?1, ?2)"
                  " ON CONFLICT DO UPDATE SET at_us = max(at_us, ?2)",
                  "si", address_key, at_us);
}

/* ---- erasing ---- */

gboolean said_erase(struct db *db, const char *address_key, gint64 person_id,
                    const char *put_instead, GError **error)
{
    g_autoptr(GPtrArray) all = NULL;
    sqlite3_stmt *s = sql_prepare(
        db,
        SAID_COLUMNS " WHERE address_key = ?1 OR delivery_id IN (SELECT id FROM delivery"
                     " WHERE person_id = ?2)",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "si", address_key, person_id);
    all = said_read_rows(db, s, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct said *r = all->pdata[i];
        if (!inbound_forget_text(db, r->inbound_id, error) ||
            !sql_do(db, error,
                    "UPDATE said SET address = ?2, address_key = '', text = '' WHERE id = ?1",
                    "is", r->id, put_instead))
            return FALSE;
    }
    return all && reread_forget(db, address_key, person_id, error) &&
           sql_do(db, error, "DELETE FROM healed WHERE address_key = ?1", "s", address_key);
}

/* ---- asked ---- */

GPtrArray *said_of_message(struct db *db, gint64 inbound_id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, SAID_COLUMNS " WHERE inbound_id = ?1 ORDER BY id", error);
    if (!s)
        return NULL;
    sql_bind(s, "i", inbound_id);
    return said_read_rows(db, s, error);
}

GPtrArray *said_of_delivery(struct db *db, gint64 delivery_id, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, SAID_COLUMNS " WHERE delivery_id = ?1 ORDER BY id DESC", error);
    if (!s)
        return NULL;
    sql_bind(s, "i", delivery_id);
    return said_read_rows(db, s, error);
}

GPtrArray *said_of_uncertain(struct db *db, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        SAID_COLUMNS " WHERE id IN (SELECT max(s.id) FROM campaign_counter k"
                     " CROSS JOIN said s ON s.campaign_id = k.campaign_id AND s.inbound_id > 0"
                     " CROSS JOIN delivery d ON d.id = s.delivery_id AND d.state = 5"
                     " WHERE k.uncertain > 0 AND (SELECT count(*) FROM attempt a"
                     " WHERE a.delivery_id = d.id AND a.state IN (2, 5)) = 1"
                     " GROUP BY s.delivery_id LIMIT ?1)",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "i", (gint64)max);
    return said_read_rows(db, s, error);
}

GPtrArray *said_of_address(struct db *db, const char *address_key, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db, SAID_COLUMNS " WHERE address_key = ?1 ORDER BY at_us DESC, id DESC LIMIT ?2",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "si", address_key, (gint64)max);
    return said_read_rows(db, s, error);
}

GPtrArray *said_of_person(struct db *db, const char *address_key, gint64 person_id, int max,
                          GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        SAID_COLUMNS " WHERE id IN (SELECT id FROM said WHERE address_key = ?1 UNION"
                     " SELECT s.id FROM delivery d JOIN said s ON s.delivery_id = d.id"
                     " WHERE d.person_id = ?2 AND ?2 <> 0)"
                     " ORDER BY at_us DESC, id DESC LIMIT ?3",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "sii", address_key, person_id, (gint64)max);
    return said_read_rows(db, s, error);
}

GPtrArray *said_page(struct db *db, gint64 campaign_id, gint64 before_id, int max,
                     GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  SAID_COLUMNS " WHERE id < ?2 AND (?1 = 0 OR campaign_id = ?1)"
                                               " ORDER BY id DESC LIMIT ?3",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "iii", campaign_id, before_id > 0 ? before_id : G_MAXINT64, (gint64)max);
    return said_read_rows(db, s, error);
}

/* Bounces of the last days come after the message they are about, which is why a delivery
 * without one says nothing before it has settled. */
static gboolean arrived_us(struct db *db, const char *address_key, gint64 person_id,
                           gint64 settled_us, gint64 *ret, GError **error)
{
    gint64 healed = 0;
    if (!sql_int(db, error, 0, &healed, "SELECT at_us FROM healed WHERE address_key = ?1", "s",
                 address_key) ||
        !sql_int(db, error, 0, ret,
                 "SELECT ifnull(max(a.at_us), 0) FROM delivery d JOIN attempt a"
                 " ON a.delivery_id = d.id AND a.state = 2 WHERE d.person_id = ?1"
                 " AND d.state = 2 AND a.at_us < ?2 AND ?1 <> 0"
                 " AND NOT EXISTS (SELECT 1 FROM said s WHERE s.delivery_id = d.id"
                 " AND s.kind = 'bounce')",
                 "ii", person_id, settled_us))
        return FALSE;
    *ret = MAX(*ret, healed);
    return TRUE;
}

gboolean said_soft_row(struct db *db, const char *address_key, gint64 person_id,
                       gint64 since_us, gint64 until_us, gint64 settled_us, gint64 *ret_n,
                       GError **error)
{
    gint64 arrived = 0;
    return arrived_us(db, address_key, person_id, settled_us, &arrived, error) &&
           sql_int(db, error, 0, ret_n,
                   "SELECT count(DISTINCT delivery_id) FROM said WHERE address_key = ?1"
                   " AND at_us >= ?2 AND at_us > ?3 AND at_us <= ?4 AND effects & 256",
                   "siii", address_key, since_us, arrived, until_us);
}

gboolean said_next_soft(struct db *db, const char *address_key, gint64 after_us, gint64 until_us,
                        gint64 *ret_us, GError **error)
{
    return sql_int(db, error, 0, ret_us,
                   "SELECT ifnull(min(at_us), 0) FROM said WHERE address_key = ?1"
                   " AND at_us > ?2 AND at_us <= ?3 AND effects & 256",
                   "sii", address_key, after_us, until_us);
}

gboolean said_times_returned(struct db *db, gint64 delivery_id, gint64 *ret_n, GError **error)
{
    return effects_of_delivery(db, delivery_id, SAID_RETURNED, ret_n, error);
}

gboolean said_find_delivery(struct db *db, const char *address_key, gint64 since_us,
                            gint64 until_us, gint64 *ret_id, GError **error)
{
    return sql_int(db, error, 0, ret_id,
                   "SELECT d.id FROM person p JOIN delivery d ON d.person_id = p.id"
                   " WHERE p.address_key = ?1 AND d.state IN (2, 5) AND EXISTS (SELECT 1"
                   " FROM attempt a WHERE a.delivery_id = d.id AND a.at_us >= ?2"
                   " AND a.at_us <= ?3 AND a.state IN (2, 5)) ORDER BY d.id DESC LIMIT 1",
                   "sii", address_key, since_us, until_us);
}

gboolean said_ours_row(struct db *db, const char *provider, gint64 since_us, gint64 *ret_n,
                       GError **error)
{
    return sql_int(db, error, 0, ret_n,
                   "SELECT count(*) FROM said WHERE provider = ?1 AND fault = 'us'"
                   " AND at_us >= ?2 AND kind = 'bounce'",
                   "si", provider, since_us);
}

/*
 * Finding and taking late joiners. Reading goes in slices of numbers, so that a walk over ten
 * million people holds no read transaction for longer than a moment; writing in batches.
 */
#include "config.h"

#include "store/latecomers.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "store/deliveries_private.h"
#include "store/undolog_private.h"

#define SLICE G_GINT64_CONSTANT(100000) /* numbers of people, or of rows, that one read spans */

struct latecomers {
    struct db *db; /* borrowed */
    gint64 campaign_id;
    gint64 after;          /* the last person looked at */
    GHashTable *addresses; /* keys that rows of other people go to; NULL: not looked for yet */
    gint64 known;
};

struct latecomers *latecomers_open(struct db *db, gint64 campaign_id)
{
    struct latecomers *l = g_new0(struct latecomers, 1);
    l->db = db;
    l->campaign_id = campaign_id;
    return l;
}

void latecomers_free(struct latecomers *l)
{
    if (!l)
        return;
    g_clear_pointer(&l->addresses, g_hash_table_unref);
    g_free(l);
}

gint64 latecomers_known(const struct latecomers *l)
{
    return l->known;
}

/* ---- who got it under another number ---- */

static void add_key(GHashTable *keys, const char *address)
{
    struct mailaddr a;
    if (!mailaddr_parse(address, &a, NULL)) /* an erased person's: no address any more */
        return;
    g_hash_table_add(keys, mailaddr_key(&a));
    mailaddr_clear(&a);
}

/* Rows whose person is gone, or has another address by now. Suppressed and cancelled ones went
 * to nobody. */
static gboolean read_keys(struct latecomers *l, gint64 from, gint64 to, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        l->db,
        "SELECT d.address FROM delivery d LEFT JOIN person p ON p.id = d.person_id"
        " WHERE d.id > ?2 AND d.id <= ?3 AND +d.campaign_id = ?1 AND d.state NOT IN (6, 7)"
        " AND (p.id IS NULL OR p.address <> d.address)",
        error);
    if (!s)
        return FALSE;
    sql_bind(s, "iii", l->campaign_id, from, to);
    int step;
    while ((step = sql_step(l->db, s, error)) > 0)
        add_key(l->addresses, sql_peek(s, 0));
    return step == 0;
}

static gboolean find_keys(struct latecomers *l, GError **error)
{
    gint64 first = 0, last = 0;
    if (l->addresses)
        return TRUE;
    l->addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!sql_int(l->db, error, 0, &first,
                 "SELECT first_id FROM campaign_counter WHERE campaign_id = ?1", "i",
                 l->campaign_id) ||
        !sql_int(l->db, error, 0, &last,
                 "SELECT last_id FROM campaign_counter WHERE campaign_id = ?1", "i",
                 l->campaign_id))
        return FALSE;
    for (; first < last; first += SLICE)
        if (!read_keys(l, first, MIN(first + SLICE, last), error))
            return FALSE;
    return TRUE;
}

static gboolean leave_out_known(struct latecomers *l, GPtrArray *page, GError **error)
{
    if (page->len > 0 && !find_keys(l, error))
        return FALSE;
    for (guint i = page->len; i > 0; i--) {
        const struct addressee *a = page->pdata[i - 1];
        struct mailaddr address;
        if (!mailaddr_parse(a->address, &address, NULL))
            continue;
        g_autofree char *key = mailaddr_key(&address);
        mailaddr_clear(&address);
        if (!g_hash_table_contains(l->addresses, key))
            continue;
        l->known++;
        g_ptr_array_remove_index(page, i - 1);
    }
    return TRUE;
}

/* ---- looking ---- */

#define HAS_NO_ROW                                                                             \
    " AND NOT EXISTS (SELECT 1 FROM delivery h WHERE h.campaign_id = ?1"                       \
    " AND h.person_id = p.id)"

static gboolean read_slice(struct latecomers *l, GPtrArray *page, gint64 end, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(l->db, WHO WHO_MANY_LISTS HAS_NO_ROW " ORDER BY p.id LIMIT ?4", error);
    if (!s)
        return FALSE;
    sql_bind(s, "iiii", l->campaign_id, l->after, end, (gint64)LATECOMERS_BATCH - page->len);
    int step;
    while ((step = sql_step(l->db, s, error)) > 0) {
        struct addressee *a = addressee_new(s);
        l->after = a->person_id;
        g_ptr_array_add(page, a);
    }
    if (page->len < LATECOMERS_BATCH)
        l->after = end;
    return step == 0;
}

GPtrArray *latecomers_next(struct latecomers *l, GError **error)
{
    gint64 last = 0;
    if (!sql_int(l->db, error, 0, &last, "SELECT ifnull(max(id), 0) FROM person", ""))
        return NULL;
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func(addressee_free);
    while (page->len < LATECOMERS_BATCH && l->after < last)
        if (!read_slice(l, page, MIN(l->after + SLICE, last), error) ||
            !leave_out_known(l, page, error))
            return NULL;
    return g_steal_pointer(&page);
}

/* ---- taking ---- */

struct join {
    gint64 campaign_id, before_id, last_id;
    gint64 n[2]; /* queued, suppressed */
};

static gboolean check_begun(const struct campaign *c, GError **error)
{
    if (c->started_us > 0 && c->state != CAMPAIGN_CANCELLED)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("campaign '%s' is %s, so nobody joins it"), c->name,
                campaign_state_word(c->state));
    return FALSE;
}

static gboolean insert_one(struct db *db, const struct campaign *c, gint64 person_id,
                           GError **error)
{
#define INSERT_LATE                                                                            \
    "INSERT INTO delivery (campaign_id, person_id, version, state, address)"                   \
    " SELECT ?1, p.id, ?4, CASE WHEN " SETTLE_SQL_IS_SUPPRESSED(                               \
        "p.address_key", "?1", "p.id") " THEN 6 ELSE 0 END, p.address"
    return sql_do(db, error, INSERT_LATE WHO_MANY_LISTS HAS_NO_ROW, "iiii", c->id,
                  person_id - 1, person_id, c->content_version);
}

/* A queue that was at its end goes on behind the rows of other campaigns: nothing of this one
 * is among them. */
static gboolean count_in(struct db *db, struct join *j, GError **error)
{
    struct settle_tally *t = settle_tally_new();
    gboolean ok = deliveries_count_new(db, t, j->campaign_id, j->before_id, j->n, error);
    settle_tally_free(t);
    return ok &&
           sql_int(db, error, 0, &j->last_id, "SELECT ifnull(max(id), 0) FROM delivery", "") &&
           sql_do(db, error,
                  "UPDATE campaign_counter SET last_id = ?3,"
                  " cursor = CASE WHEN cursor >= last_id THEN ?2 ELSE cursor END"
                  " WHERE campaign_id = ?1",
                  "iii", j->campaign_id, j->before_id, j->last_id);
}

static gboolean note_join(struct db *db, const struct campaign *c, const struct join *j,
                          GError **error)
{
    g_autofree char *detail = g_strdup_printf("%" PRId64 " late joiners", j->n[0] + j->n[1]);
    g_autofree char *data =
        g_strdup_printf("{\"detail\":\"%s\",\"after\":%" PRId64 ",\"last\":%" PRId64
                        ",\"n\":%" PRId64 "}",
                        detail, j->before_id, j->last_id, j->n[0] + j->n[1]);
    const struct undolog_note note = {.action = "join",
                                      .noun = "campaign",
                                      .name = c->name,
                                      .record_id = c->id,
                                      .data = data};
    return undolog_note(db, &note, NULL, error) &&
           audit_write(db, "join", "campaign", c->name, detail, error);
}

static gboolean join_all(struct db *db, const struct campaign *c, struct join *j,
                         const GPtrArray *people, GError **error)
{
    if (!check_begun(c, error) ||
        !sql_int(db, error, 0, &j->before_id, "SELECT ifnull(max(id), 0) FROM delivery", ""))
        return FALSE;
    for (guint i = 0; i < people->len; i++) {
        const struct addressee *a = people->pdata[i];
        if (!insert_one(db, c, a->person_id, error))
            return FALSE;
    }
    if (!count_in(db, j, error))
        return FALSE;
    if (j->n[0] + j->n[1] == 0)
        return TRUE;
    return (j->n[0] == 0 || deliveries_reopen(db, c->id, error)) && note_join(db, c, j, error);
}

gboolean latecomers_join(struct db *db, gint64 campaign_id, const GPtrArray *people,
                         gint64 *ret_people, gint64 *ret_suppressed, GError **error)
{
    struct campaign c = {0};
    struct join j = {.campaign_id = campaign_id};
    if (!db_begin(db, error))
        return FALSE;
    gboolean ok =
        campaigns_get_id(db, campaign_id, &c, error) && join_all(db, &c, &j, people, error);
    campaign_clear(&c);
    if (!sql_leave(db, TRUE, ok, error))
        return FALSE;
    *ret_people += j.n[0];
    *ret_suppressed += j.n[1];
    return TRUE;
}

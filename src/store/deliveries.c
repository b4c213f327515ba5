/*
 * Reading delivery rows and their attempts. Pages by id, so that no statement stays open behind
 * a call. Writing is deliveries_build.c's and the ledger's.
 */
#include "config.h"

#include "store/deliveries.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/i18n.h"
#include "store/bin_private.h"
#include "store/sql.h"

static void delivery_clear(struct delivery *d)
{
    g_free(d->address);
    g_free(d->server);
    g_free(d->enhanced);
    g_free(d->reply);
}

static void delivery_free(gpointer p)
{
    delivery_clear(p);
    g_free(p);
}

void person_delivery_clear(struct person_delivery *d)
{
    g_free(d->campaign);
    delivery_clear(&d->d);
}

static void person_delivery_free(gpointer p)
{
    person_delivery_clear(p);
    g_free(p);
}

static void attempt_free(gpointer p)
{
    struct attempt *a = p;
    g_free(a->server);
    g_free(a->enhanced);
    g_free(a->reply);
    g_free(a);
}

#define DELIVERY_COLUMNS                                                                       \
    "d.id, d.person_id, d.address, d.state, d.attempts, CASE WHEN d.state IN (0, 4) THEN"      \
    " max(d.version, (SELECT content_version FROM campaign WHERE id = d.campaign_id))"         \
    " ELSE d.version END, d.decided,"                                                          \
    " ifnull(d.due_us, 0), " BIN_SHOWN("v.name") ", ifnull(a.at_us, 0), ifnull(a.code, 0), a.enhanced, a.reply"
#define DELIVERY_JOINS                                                                         \
    " LEFT JOIN attempt a ON a.delivery_id = d.id AND a.n = d.attempts"                        \
    " LEFT JOIN server v ON v.id = a.server_id"

static void read_delivery(sqlite3_stmt *s, struct delivery *d)
{
    d->id = sql_int64(s, 0);
    d->person_id = sql_int64(s, 1);
    d->address = sql_text(s, 2);
    d->state = (enum delivery_state)sql_int64(s, 3);
    d->attempts = (int)sql_int64(s, 4);
    d->version = (int)sql_int64(s, 5);
    d->decided = sql_int64(s, 6) != 0;
    d->due_us = sql_int64(s, 7);
    d->server = sql_text(s, 8);
    d->at_us = sql_int64(s, 9);
    d->code = (int)sql_int64(s, 10);
    d->enhanced = sql_text(s, 11);
    d->reply = sql_text(s, 12);
}

static GPtrArray *read_page(struct db *db, sqlite3_stmt *s, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(delivery_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct delivery *d = g_new0(struct delivery, 1);
        read_delivery(s, d);
        g_ptr_array_add(rows, d);
    }
    return step == 0 ? g_steal_pointer(&rows) : NULL;
}

#define OF_CAMPAIGN                                                                            \
    " WHERE d.id > (SELECT first_id FROM campaign_counter WHERE campaign_id = ?1)"             \
    " AND d.id <= (SELECT last_id FROM campaign_counter WHERE campaign_id = ?1)"               \
    " AND +d.campaign_id = ?1 AND (?3 < 0 OR d.state = ?3)"

GPtrArray *deliveries_page(struct db *db, gint64 campaign_id, int state, gint64 after_id,
                           int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT " DELIVERY_COLUMNS
                                  " FROM delivery d" DELIVERY_JOINS OF_CAMPAIGN
                                  " AND d.id > ?2 ORDER BY d.id LIMIT ?4",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "iiii", campaign_id, after_id, (gint64)state, (gint64)max);
    return read_page(db, s, error);
}

GPtrArray *deliveries_page_before(struct db *db, gint64 campaign_id, int state,
                                  gint64 before_id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT " DELIVERY_COLUMNS
                                  " FROM delivery d" DELIVERY_JOINS OF_CAMPAIGN
                                  " AND d.id < ?2 ORDER BY d.id DESC LIMIT ?4",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "iiii", campaign_id, before_id, (gint64)state, (gint64)max);
    return read_page(db, s, error);
}

/* By the index of said over deliveries: what it costs is what came back of this campaign. */
#define SAID_OF_CAMPAIGN                                                                       \
    "SELECT " DELIVERY_COLUMNS " FROM (SELECT DISTINCT delivery_id FROM said"                  \
    " WHERE delivery_id > (SELECT first_id FROM campaign_counter WHERE campaign_id = ?1)"      \
    " AND delivery_id <= (SELECT last_id FROM campaign_counter WHERE campaign_id = ?1)"        \
    " AND +campaign_id = ?1 AND effects & ?3"

GPtrArray *deliveries_said_page(struct db *db, gint64 campaign_id, int effect, gint64 after_id,
                                int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        SAID_OF_CAMPAIGN " AND delivery_id > ?2 ORDER BY delivery_id LIMIT ?4) x"
                         " JOIN delivery d ON d.id = x.delivery_id" DELIVERY_JOINS
                         " ORDER BY d.id",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "iiii", campaign_id, after_id, (gint64)effect, (gint64)max);
    return read_page(db, s, error);
}

GPtrArray *deliveries_said_page_before(struct db *db, gint64 campaign_id, int effect,
                                       gint64 before_id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        SAID_OF_CAMPAIGN " AND delivery_id < ?2 ORDER BY delivery_id DESC LIMIT ?4) x"
                         " JOIN delivery d ON d.id = x.delivery_id" DELIVERY_JOINS
                         " ORDER BY d.id DESC",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "iiii", campaign_id, before_id, (gint64)effect, (gint64)max);
    return read_page(db, s, error);
}

/* The text behind the last '@', in whatever case. */
#define AT_DOMAIN                                                                              \
    "substr(d.address, -length(?4) - 1) = '@' || ?4 COLLATE NOCASE"
#define GOT_REPLY                                                                              \
    "EXISTS (SELECT 1 FROM attempt x WHERE x.delivery_id = d.id AND x.code = ?5"               \
    " AND ifnull(x.enhanced, '') = ifnull(?6, ifnull(x.enhanced, '')))"

GPtrArray *deliveries_find(struct db *db, gint64 campaign_id, const struct deliveries_wanted *w,
                           gint64 *after_id, gboolean *ret_more, GError **error)
{
    gint64 first = 0, last = 0;
    if (!sql_int(db, error, 0, &first,
                 "SELECT first_id FROM campaign_counter WHERE campaign_id = ?1", "i",
                 campaign_id) ||
        !sql_int(db, error, 0, &last,
                 "SELECT last_id FROM campaign_counter WHERE campaign_id = ?1", "i",
                 campaign_id))
        return NULL;
    gint64 after = MAX(*after_id, first), end = MIN(after + DELIVERIES_FIND_SLICE, last);
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT " DELIVERY_COLUMNS " FROM delivery d" DELIVERY_JOINS
                                  " WHERE d.id > ?2 AND d.id <= ?7 AND +d.campaign_id = ?1"
                                  " AND (?3 < 0 OR d.state = ?3)"
                                  " AND (?8 = 0 OR EXISTS (SELECT 1 FROM said x WHERE"
                                  " x.delivery_id = d.id AND x.effects & ?8))"
                                  " AND (?4 IS NULL OR " AT_DOMAIN ")"
                                  " AND (?5 < 0 OR " GOT_REPLY ") ORDER BY d.id",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "iiisisii", campaign_id, after, (gint64)w->state, w->domain, (gint64)w->code,
             w->enhanced, end, (gint64)w->effects);
    GPtrArray *page = read_page(db, s, error);
    if (page) {
        *after_id = end;
        *ret_more = end < last;
    }
    return page;
}

GPtrArray *deliveries_of_person(struct db *db, gint64 person_id, int max, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT " DELIVERY_COLUMNS ", " BIN_SHOWN("c.name") " FROM delivery d JOIN campaign c"
                    " ON c.id = d.campaign_id" DELIVERY_JOINS
                    " WHERE d.person_id = ?1 ORDER BY d.id DESC LIMIT ?2",
                    error);
    if (!s)
        return NULL;
    sql_bind(s, "ii", person_id, (gint64)max);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(person_delivery_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct person_delivery *d = g_new0(struct person_delivery, 1);
        read_delivery(s, &d->d);
        d->campaign = sql_text(s, 13);
        g_ptr_array_add(rows, d);
    }
    return step == 0 ? g_steal_pointer(&rows) : NULL;
}

GArray *deliveries_of_address(struct db *db, const char *address_key, gint64 person_id,
                              GError **error)
{
    /* Keys are in lower case; the address is as it was written. */
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT id FROM delivery WHERE person_id = ?1"
                    " UNION SELECT id FROM delivery WHERE address = ?2 COLLATE NOCASE"
                    " ORDER BY 1",
                    error);
    if (!s)
        return NULL;
    sql_bind(s, "is", person_id, address_key);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        gint64 id = sql_int64(s, 0);
        g_array_append_val(ids, id);
    }
    return step == 0 ? g_steal_pointer(&ids) : NULL;
}

gboolean deliveries_get(struct db *db, gint64 id, struct person_delivery *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT " DELIVERY_COLUMNS ", " BIN_SHOWN("c.name") " FROM delivery d JOIN campaign c"
                    " ON c.id = d.campaign_id" DELIVERY_JOINS " WHERE d.id = ?1",
                    error);
    if (!s)
        return FALSE;
    sql_bind(s, "i", id);
    int step = sql_step(db, s, error);
    if (step > 0) {
        read_delivery(s, &ret->d);
        ret->campaign = sql_text(s, 13);
        sqlite3_reset(s);
    } else if (step == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("delivery %" PRId64 " is not there any more"), id);
    }
    return step > 0;
}

GPtrArray *deliveries_attempts(struct db *db, gint64 delivery_id, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT a.n, a.at_us, " BIN_SHOWN("v.name") ", a.enhanced, a.reply, a.code, a.phase,"
                    " a.state, ifnull(a.version, d.version) FROM attempt a JOIN delivery d ON d.id = a.delivery_id"
                    " LEFT JOIN server v ON v.id = a.server_id"
                    " WHERE a.delivery_id = ?1 ORDER BY a.n",
                    error);
    if (!s)
        return NULL;
    sql_bind(s, "i", delivery_id);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(attempt_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct attempt *a = g_new0(struct attempt, 1);
        a->n = (int)sql_int64(s, 0);
        a->at_us = sql_int64(s, 1);
        a->server = sql_text(s, 2);
        a->enhanced = sql_text(s, 3);
        a->reply = sql_text(s, 4);
        a->code = (int)sql_int64(s, 5);
        a->phase = (int)sql_int64(s, 6);
        a->state = (int)sql_int64(s, 7);
        a->version = (int)sql_int64(s, 8);
        g_ptr_array_add(rows, a);
    }
    return step == 0 ? g_steal_pointer(&rows) : NULL;
}

/* ---- origins ---- */

static void delivery_list_free(gpointer p)
{
    struct delivery_list *l = p;
    g_free(l->name);
    g_free(l);
}

void delivery_origin_clear(struct delivery_origin *o)
{
    g_free(o->campaign);
    g_free(o->address);
    g_free(o->person_address);
    g_clear_pointer(&o->lists, g_ptr_array_unref);
    *o = (struct delivery_origin){0};
}

static GPtrArray *lists_of(struct db *db, gint64 campaign_id, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT l.id, " BIN_SHOWN("l.name") " FROM campaign_list c"
                    " JOIN list l ON l.id = c.list_id"
                    " WHERE c.campaign_id = ? AND c.is_excluded = 0 ORDER BY l.name",
                    error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", campaign_id);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(delivery_list_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct delivery_list *l = g_new0(struct delivery_list, 1);
        l->id = sql_int64(s, 0);
        l->name = sql_text(s, 1);
        g_ptr_array_add(all, l);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

gboolean deliveries_origin(struct db *db, gint64 delivery_id, struct delivery_origin *ret,
                           GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT d.campaign_id, d.person_id, " BIN_SHOWN("c.name") ", d.address, p.address"
                    " FROM delivery d JOIN campaign c ON c.id = d.campaign_id"
                    " LEFT JOIN person p ON p.id = d.person_id WHERE d.id = ?",
                    error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", delivery_id);
    int rc = sql_step(db, s, error);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("delivery %" PRId64 " is not there any more: its campaign was deleted"),
                    delivery_id);
    if (rc <= 0)
        return FALSE;
    struct delivery_origin o = {sql_int64(s, 0), sql_int64(s, 1), sql_text(s, 2),
                                sql_text(s, 3),  sql_text(s, 4),  NULL};
    sqlite3_reset(s);
    o.lists = lists_of(db, o.campaign_id, error);
    if (o.lists == NULL) {
        delivery_origin_clear(&o);
        return FALSE;
    }
    *ret = o;
    return TRUE;
}

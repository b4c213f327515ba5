/*
 * What belongs to a campaign that began: its frozen content versions and its counters. The
 * counters themselves are moved by settle.c; here they are read, and counted again.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "store/campaigns.h"
#include "store/parts.h"
#include "store/sql.h"

/* ---- versions ---- */

void content_clear(struct content *c)
{
    g_free(c->from);
    g_free(c->reply_to);
    g_free(c->subject);
    g_free(c->html);
    g_free(c->text);
    g_free(c->list_id);
    g_free(c->list_title);
    g_free(c->campaign_name);
    g_free(c->title);
    g_free(c->bounce);
    g_clear_pointer(&c->parts, g_ptr_array_unref);
    memset(c, 0, sizeof *c);
}

/* The list's title, its name where it has none; NULL when there is no such list. */
static char *title_of_list(struct db *db, const char *name)
{
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT coalesce(nullif(title, ''), name) FROM list WHERE name = ?", NULL);
    if (s == NULL)
        return NULL;
    sql_bind(s, "s", name);
    char *title = sql_step(db, s, NULL) > 0 ? sql_text(s, 0) : NULL;
    sqlite3_reset(s);
    return title;
}

static char *address_of_mailbox(struct db *db, const char *name)
{
    sqlite3_stmt *s =
        sql_prepare(db, "SELECT address FROM mailbox WHERE name = ? AND enabled", NULL);
    if (s == NULL)
        return NULL;
    sql_bind(s, "s", name);
    char *address = sql_step(db, s, NULL) > 0 ? sql_text(s, 0) : NULL;
    sqlite3_reset(s);
    return address;
}

/* RFC 2919: made of the first list's name and From's domain unless the user gave one. */
static char *list_id_of(const struct campaign *c)
{
    if (c->list_id != NULL && *c->list_id != '\0')
        return g_strdup(c->list_id);
    g_autofree char *from_name = NULL;
    struct mailaddr from = {0};
    if (c->lists == NULL || c->lists[0] == NULL || c->from == NULL ||
        !mailbox_parse(c->from, &from_name, &from, NULL))
        return NULL;
    char *id = g_strdup_printf("%s.%s", c->lists[0], from.domain);
    mailaddr_clear(&from);
    return id;
}

static void take_content(struct db *db, const struct campaign *c, struct content *ret)
{
    ret->campaign_id = c->id;
    ret->from = g_strdup(c->from != NULL ? c->from : "");
    ret->reply_to = g_strdup(c->reply_to);
    ret->subject = g_strdup(c->subject != NULL ? c->subject : "");
    ret->html = g_strdup(c->html);
    ret->text = g_strdup(c->text);
    ret->title = g_strdup(c->title);
    ret->list_id = list_id_of(c);
    if (c->lists != NULL && c->lists[0] != NULL)
        ret->list_title = title_of_list(db, c->lists[0]);
    if (c->mailbox != NULL && *c->mailbox != '\0')
        ret->bounce = address_of_mailbox(db, c->mailbox);
    ret->parts = c->parts != NULL ? g_ptr_array_ref(c->parts) : parts_get(db, c->id, 0, NULL);
}

static char *hash_of(const struct content *c)
{
    const char *const parts[] = {c->from,  c->reply_to, c->subject,    c->html,  c->text,
                                 c->title, c->list_id,  c->list_title, c->bounce};
    g_autoptr(GString) all = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        g_string_append_printf(all, "%" G_GSIZE_FORMAT ":%s\n",
                               parts[i] != NULL ? strlen(parts[i]) : 0,
                               parts[i] != NULL ? parts[i] : "");
    for (guint i = 0; c->parts != NULL && i < c->parts->len; i++) {
        const struct part *p = c->parts->pdata[i];
        g_autofree char *hash =
            crypto_sha256_hex(g_bytes_get_data(p->data, NULL), g_bytes_get_size(p->data));
        g_string_append_printf(all, "%d %s %s %s %s\n", (int)p->kind, p->name, p->type,
                               p->content_id != NULL ? p->content_id : "", hash);
    }
    return crypto_sha256_hex(all->str, all->len);
}

static gboolean insert_version(struct db *db, const struct content *c, const char *hash,
                               gint64 version, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO content (campaign_id, version, hash, frozen_us, actor, \"from\","
                  " reply_to, subject, html, text, list_id, list_title, title, bounce)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  "iisissssssssss", c->campaign_id, version, hash, clock_wall_us(),
                  db_actor(db), c->from, c->reply_to, c->subject, c->html, c->text, c->list_id,
                  c->list_title, c->title, c->bounce) &&
           parts_freeze(db, c->campaign_id, (int)version, error) &&
           sql_do(db, error,
                  "UPDATE campaign SET content_version = ?, row_version = row_version + 1"
                  " WHERE id = ?",
                  "ii", version, c->campaign_id);
}

/* Who has the first version has told their mailbox program about the list by this name. */
static gboolean keep_list_id(struct db *db, const struct campaign *c, gint64 newest,
                             struct content *now, GError **error)
{
    if (c->started_us == 0 || newest == 0)
        return TRUE;
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT list_id FROM content WHERE campaign_id = ? AND version = ?", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "ii", c->id, newest);
    int rc = sql_step(db, s, error);
    if (rc > 0) {
        g_free(now->list_id);
        now->list_id = sql_text(s, 0);
    }
    sqlite3_reset(s);
    return rc >= 0;
}

gboolean campaigns_freeze(struct db *db, const struct campaign *c, int *ret_version,
                          GError **error)
{
    gint64 newest, is_same = 0;
    if (!sql_int(db, error, 0, &newest,
                 "SELECT max(version) FROM content WHERE campaign_id = ?", "i", c->id))
        return FALSE;
    struct content now = {0};
    take_content(db, c, &now);
    gboolean ok = keep_list_id(db, c, newest, &now, error);
    g_autofree char *hash = hash_of(&now);
    ok = ok && sql_int(db, error, 0, &is_same,
                       "SELECT 1 FROM content WHERE campaign_id = ? AND version = ?"
                       " AND hash = ?",
                       "iis", c->id, newest, hash);
    if (ok && is_same == 0) {
        g_autofree char *detail = g_strdup_printf("version %d", (int)++newest);
        ok = insert_version(db, &now, hash, newest, error) &&
             audit_write(db, "freeze", "campaign", c->name, detail, error);
    }
    content_clear(&now);
    ok = ok && sql_do(db, error, "UPDATE campaign SET is_edited = 0 WHERE id = ?", "i", c->id);
    if (ok)
        *ret_version = (int)newest;
    return ok;
}

gboolean content_get(struct db *db, gint64 campaign_id, int version, struct content *ret,
                     GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT v.\"from\", v.reply_to, v.subject, v.html, v.text, v.list_id, v.list_title,"
        " c.name, v.title, v.bounce FROM content v JOIN campaign c ON c.id = v.campaign_id"
        " WHERE v.campaign_id = ? AND v.version = ?",
        error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "ii", campaign_id, (gint64)version);
    int rc = sql_step(db, s, error);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("campaign %d has no content version %d"), (int)campaign_id, version);
    if (rc <= 0)
        return FALSE;
    *ret = (struct content){
        .campaign_id = campaign_id,
        .version = version,
        .from = sql_text(s, 0),
        .reply_to = sql_text(s, 1),
        .subject = sql_text(s, 2),
        .html = sql_text(s, 3),
        .text = sql_text(s, 4),
        .list_id = sql_text(s, 5),
        .list_title = sql_text(s, 6),
        .campaign_name = sql_text(s, 7),
        .title = sql_text(s, 8),
        .bounce = sql_text(s, 9),
    };
    sqlite3_reset(s);
    ret->parts = parts_get(db, campaign_id, version, error);
    if (ret->parts == NULL) {
        content_clear(ret);
        return FALSE;
    }
    return TRUE;
}

/* ---- counters ---- */

gboolean campaigns_counts(struct db *db, gint64 id, struct campaign_counts *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT total, in_flight, undecided, queued, leased, accepted,"
                    " refused, deferred, uncertain, suppressed, cancelled, bounced_hard,"
                    " bounced_soft, complained, unsubscribed"
                    " FROM campaign_counter WHERE campaign_id = ?",
                    error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = sql_step(db, s, error);
    if (rc < 0)
        return FALSE;
    memset(ret, 0, sizeof *ret);
    if (rc > 0) {
        ret->total = sql_int64(s, 0);
        ret->in_flight = sql_int64(s, 1);
        ret->undecided = sql_int64(s, 2);
        for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
            ret->state[i] = sql_int64(s, 3 + i);
        ret->bounced_hard = sql_int64(s, 3 + DELIVERY_STATE_COUNT);
        ret->bounced_soft = sql_int64(s, 4 + DELIVERY_STATE_COUNT);
        ret->complained = sql_int64(s, 5 + DELIVERY_STATE_COUNT);
        ret->unsubscribed = sql_int64(s, 6 + DELIVERY_STATE_COUNT);
        sqlite3_reset(s);
    }
    return TRUE;
}

/* Row by row through the range of ids that the campaign has: a tenth of what sums cost, or an
 * index. */
static gboolean recount_range(struct db *db, gint64 id, struct campaign_counts *ret,
                              GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT d.state, d.decided FROM campaign_counter k JOIN delivery d"
        " ON d.id > k.first_id AND d.id <= k.last_id AND +d.campaign_id = k.campaign_id"
        " WHERE k.campaign_id = ?1",
        error);
    int step;
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    while ((step = sql_step(db, s, error)) > 0) {
        gint64 state = sql_int64(s, 0);
        ret->total++;
        ret->undecided += state == DELIVERY_UNCERTAIN && sql_int64(s, 1) == 0;
        if (state >= 0 && state < DELIVERY_STATE_COUNT)
            ret->state[state]++;
    }
    return step == 0;
}

/* One row of sums: GROUP BY state would sort all rows, in memory. */
static gboolean recount_all(struct db *db, gint64 id, struct campaign_counts *ret,
                            GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT count(*), total(state = 5 AND decided = 0), total(state = 0), total(state = 1),"
        " total(state = 2), total(state = 3), total(state = 4), total(state = 5),"
        " total(state = 6), total(state = 7) FROM delivery WHERE campaign_id = ?",
        error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    if (sql_step(db, s, error) <= 0)
        return FALSE;
    memset(ret, 0, sizeof *ret);
    ret->total = sql_int64(s, 0);
    ret->undecided = sql_int64(s, 1);
    for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
        ret->state[i] = sql_int64(s, 2 + i);
    sqlite3_reset(s);
    return TRUE;
}

gboolean campaigns_recount(struct db *db, gint64 id, struct campaign_counts *ret,
                           GError **error)
{
    struct campaign_counts counts = {0};
    gint64 total = 0;
    if (!recount_range(db, id, &counts, error) ||
        !sql_int(db, error, 0, &total, "SELECT count(*) FROM delivery WHERE campaign_id = ?1",
                 "i", id))
        return FALSE;
    /* A row that is somewhere else, or one that came between the two: looked for everywhere. */
    if (counts.total != total)
        return recount_all(db, id, ret, error);
    *ret = counts;
    return TRUE;
}

static void domain_count_free(gpointer data)
{
    struct domain_count *d = data;
    g_free(d->domain);
    g_free(d);
}

GPtrArray *campaigns_domains(struct db *db, gint64 id, int max, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT domain, total, accepted, refused, uncertain, deferrals"
                    " FROM domain_counter WHERE campaign_id = ?"
                    " ORDER BY total DESC, domain LIMIT ?",
                    error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", id, (gint64)max);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(domain_count_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct domain_count *d = g_new0(struct domain_count, 1);
        d->domain = sql_text(s, 0);
        d->total = sql_int64(s, 1);
        d->accepted = sql_int64(s, 2);
        d->refused = sql_int64(s, 3);
        d->uncertain = sql_int64(s, 4);
        d->deferrals = sql_int64(s, 5);
        g_ptr_array_add(all, d);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

/*
 * After a backup was put in place: what the database that was set aside knows beyond it.
 * Without this, whoever was mailed since the backup would be mailed again, and whoever asked
 * never to be mailed since then would be forgotten.
 */
#include "config.h"

#include "store/ledger.h"

#include <string.h>

#include "store/deliveries.h"
#include "store/parts.h"
#include "store/settle.h"
#include "store/sql.h"

struct learning {
    struct db *db;    /* the restored one */
    struct db *aside; /* the one before, read only */
    struct settle_tally *tally;
    struct ledger_recovered *found;
};

/* ---- what was written since ---- */

/* Versions of content that the backup lacks: whoever got one of them must be known to have got
 * it, and who is left gets the newest. Only of campaigns that are the same in both. */
#define NEW_VERSIONS                                                                           \
    "SELECT version, hash, frozen_us, actor, \"from\", reply_to, subject, html, text, "        \
    "list_id,"                                                                                 \
    " list_title, title, bounce FROM content WHERE campaign_id = ?1 AND version > ?2"          \
    " AND EXISTS (SELECT 1 FROM content WHERE campaign_id = ?1 AND version = ?2"               \
    " AND hash = ?3) ORDER BY version"

static gboolean copy_version(struct learning *l, gint64 campaign_id, sqlite3_stmt *s,
                             GError **error)
{
    gint64 version = sql_int64(s, 0);
    g_autofree char *reply_to = sql_text(s, 5), *html = sql_text(s, 7), *text = sql_text(s, 8),
                    *list_id = sql_text(s, 9), *list_title = sql_text(s, 10),
                    *title = sql_text(s, 11), *bounce = sql_text(s, 12);
    g_autoptr(GPtrArray) parts = parts_get(l->aside, campaign_id, (int)version, error);
    return parts != NULL &&
           sql_do(l->db, error,
                  "INSERT INTO content (campaign_id, version, hash, frozen_us, actor, \"from\","
                  " reply_to, subject, html, text, list_id, list_title, title, bounce)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  "iisissssssssss", campaign_id, version, sql_peek(s, 1), sql_int64(s, 2),
                  sql_peek(s, 3), sql_peek(s, 4), reply_to, sql_peek(s, 6), html, text, list_id,
                  list_title, title, bounce) &&
           parts_add(l->db, campaign_id, (int)version, parts, error) &&
           sql_do(l->db, error,
                  "UPDATE campaign SET content_version = ?, row_version = row_version + 1"
                  " WHERE id = ?",
                  "ii", version, campaign_id);
}

static gboolean learn_versions_of(struct learning *l, gint64 campaign_id, gint64 newest,
                                  const char *hash, GError **error)
{
    sqlite3_stmt *s = sql_prepare(l->aside, NEW_VERSIONS, error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "iis", campaign_id, newest, hash);
    int rc = 0;
    gboolean ok = TRUE;
    while (ok && (rc = sql_step(l->aside, s, error)) > 0)
        ok = copy_version(l, campaign_id, s, error);
    sqlite3_reset(s);
    return ok && rc == 0;
}

static gboolean learn_versions(struct learning *l, GError **error)
{
    gint64 after = 0;
    if (!db_begin(l->db, error))
        return FALSE;
    for (;;) {
        sqlite3_stmt *s = sql_prepare(l->db,
                                      "SELECT c.id, v.version, v.hash FROM campaign c"
                                      " JOIN content v ON v.campaign_id = c.id AND v.version ="
                                      " (SELECT max(version) FROM content WHERE campaign_id ="
                                      " c.id) WHERE c.id > ? ORDER BY c.id LIMIT 1",
                                      error);
        if (s == NULL)
            break;
        sql_bind(s, "i", after);
        int rc = sql_step(l->db, s, error);
        if (rc == 0 && db_commit(l->db, error))
            return TRUE;
        if (rc <= 0)
            break;
        gint64 newest = sql_int64(s, 1);
        g_autofree char *hash = sql_text(s, 2);
        after = sql_int64(s, 0);
        sqlite3_reset(s);
        if (!learn_versions_of(l, after, newest, hash, error))
            break;
    }
    db_rollback(l->db);
    return FALSE;
}

/* ---- what was sent since ---- */

struct open_row { /* a delivery of the restored database that is still to be sent */
    gint64 id, campaign_id, person_id;
    enum delivery_state state;
    int attempts;
    char *address; /* owned */
};

static void open_row_clear(void *p)
{
    g_free(((struct open_row *)p)->address);
}

static GArray *open_rows(struct db *db, gint64 after, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT id, campaign_id, person_id, state, attempts, address"
                    " FROM delivery WHERE id > ?1 AND state IN (0, 1, 4) ORDER BY id"
                    " LIMIT ?2",
                    error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", after, (gint64)DELIVERIES_BATCH);
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct open_row));
    g_array_set_clear_func(rows, open_row_clear);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct open_row r = {sql_int64(s, 0),      sql_int64(s, 1),
                             sql_int64(s, 2),      (enum delivery_state)sql_int64(s, 3),
                             (int)sql_int64(s, 4), sql_text(s, 5)};
        g_array_append_val(rows, r);
    }
    return rc == 0 ? g_steal_pointer(&rows) : NULL;
}

/* The same delivery in the database set aside, with its last attempt; NULL: it knows no more.
 */
static sqlite3_stmt *later_row(struct learning *l, const struct open_row *r, GError **error)
{
    sqlite3_stmt *s = sql_prepare(l->aside,
                                  "SELECT d.state, d.attempts, d.due_us, a.at_us, a.server_id, "
                                  "a.phase, a.code, a.enhanced,"
                                  " a.reply, d.version FROM delivery d LEFT JOIN attempt a ON "
                                  "a.delivery_id = d.id AND a.n = d.attempts"
                                  " WHERE d.id = ?1 AND d.campaign_id = ?2 AND d.person_id = ?3"
                                  " AND (d.attempts > ?4 OR d.state = 1)",
                                  error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "iiii", r->id, r->campaign_id, r->person_id, (gint64)r->attempts);
    return sql_step(l->aside, s, error) > 0 ? s : NULL;
}

static gboolean learn_row(struct learning *l, const struct open_row *r, GError **error)
{
    GError *why = NULL;
    sqlite3_stmt *s = later_row(l, r, &why);
    if (s == NULL) {
        if (why != NULL)
            g_propagate_error(error, why);
        return why == NULL;
    }
    g_autofree char *enhanced = sql_text(s, 7), *reply = sql_text(s, 8);
    struct settle v = {.delivery_id = r->id,
                       .campaign_id = r->campaign_id,
                       .address = r->address,
                       .from = r->state,
                       .to = (enum delivery_state)sql_int64(s, 0),
                       .attempt = (int)sql_int64(s, 1),
                       .counts = TRUE,
                       .due_us = sql_int64(s, 2),
                       .at_us = sql_int64(s, 3),
                       .server_id = sql_int64(s, 4),
                       .phase = (int)sql_int64(s, 5),
                       .code = (int)sql_int64(s, 6),
                       .enhanced = enhanced,
                       .reply = reply};
    gint64 version = sql_int64(s, 9);
    sqlite3_reset(s);
    if (v.to == DELIVERY_LEASED) { /* when it was set aside: the journal is asked next */
        v.attempt = MAX(v.attempt, r->attempts) + 1;
        v.counts = FALSE;
    }
    if (v.from == v.to || !delivery_may_move(v.from, v.to) || v.to == DELIVERY_CANCELLED ||
        v.to == DELIVERY_SUPPRESSED || v.to == DELIVERY_QUEUED)
        return TRUE;
    /* The version that they got; one that is known here. */
    if (!sql_do(
            l->db, error,
            "UPDATE delivery SET version = max(version, min(?2, (SELECT content_version FROM"
            " campaign WHERE id = campaign_id))) WHERE id = ?1",
            "ii", r->id, version))
        return FALSE;
    l->found->uncertain += v.to == DELIVERY_UNCERTAIN;
    l->found->replayed += v.counts && v.to != DELIVERY_UNCERTAIN;
    return settle_write(l->db, l->tally, &v, error);
}

static gboolean learn_batch(struct learning *l, const GArray *rows, GError **error)
{
    if (!db_begin(l->db, error))
        return FALSE;
    settle_tally_reset(l->tally);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < rows->len; i++)
        ok = learn_row(l, &g_array_index(rows, struct open_row, i), error);
    if (ok && settle_tally_write(l->db, l->tally, error) && db_commit(l->db, error))
        return TRUE;
    db_rollback(l->db);
    return FALSE;
}

static gboolean learn_deliveries(struct learning *l, GError **error)
{
    gint64 after = 0;
    for (;;) {
        g_autoptr(GArray) rows = open_rows(l->db, after, error);
        if (rows == NULL || !learn_batch(l, rows, error))
            return FALSE;
        if (rows->len < DELIVERIES_BATCH)
            return TRUE;
        after = g_array_index(rows, struct open_row, rows->len - 1).id;
    }
}

/* ---- who must not be mailed since ---- */

static gboolean learn_suppressions(struct learning *l, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(l->aside,
                    "SELECT address_key, list_id, address, reason, evidence, actor,"
                    " created_us FROM suppression ORDER BY id",
                    error);
    if (s == NULL || !db_begin(l->db, error))
        return FALSE;
    gboolean ok = TRUE;
    int rc = 0;
    while (ok && (rc = sql_step(l->aside, s, error)) > 0) {
        ok = sql_do(l->db, error,
                    "INSERT INTO suppression (address_key, list_id, address, reason, evidence,"
                    " actor, created_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                    " ON CONFLICT DO NOTHING",
                    "sissssi", sql_peek(s, 0), sql_int64(s, 1), sql_peek(s, 2), sql_peek(s, 3),
                    sql_peek(s, 4), sql_peek(s, 5), sql_int64(s, 6));
        l->found->suppressed += ok ? sqlite3_changes(db_handle(l->db)) : 0;
    }
    sqlite3_reset(s);
    if (ok && rc == 0 && db_commit(l->db, error))
        return TRUE;
    db_rollback(l->db);
    return FALSE;
}

/* ---- both ---- */

static gboolean is_same_lineage(struct db *a, struct db *b)
{
    g_autofree char *x = ledger_workspace_id(a, NULL);
    g_autofree char *y = ledger_workspace_id(b, NULL);
    return x != NULL && g_strcmp0(x, y) == 0;
}

gboolean ledger_learn_from(struct db *db, const char *aside_path, struct ledger_recovered *ret,
                           gboolean *ret_has_learnt, GError **error)
{
    *ret_has_learnt = FALSE;
    /* A file that cannot be read is why people restore: then there is nothing to learn. */
    struct db *aside = db_open(aside_path, DB_USE_READ, NULL);
    if (aside == NULL)
        return TRUE;
    struct learning l = {db, aside, settle_tally_new(), ret};
    *ret_has_learnt = is_same_lineage(db, aside);
    gboolean ok = !*ret_has_learnt ||
                  (learn_suppressions(&l, error) && learn_versions(&l, error) &&
                   learn_deliveries(&l, error) &&
                   sql_do(db, error, "UPDATE campaign_counter SET in_flight = 0", ""));
    settle_tally_free(l.tally);
    db_close(aside);
    return ok;
}

/*
 * After a death: database and flight journal are brought together, so that nobody is lost and
 * nobody is mailed twice. Runs under the worker's lock, before anything new is leased.
 */
#include "config.h"

#include "store/ledger.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "model/campaign.h"
#include "store/journal.h"
#include "store/settle.h"
#include "store/sql.h"

char *ledger_workspace_id(struct db *db, GError **error)
{
    guint8 key[32];
    if (!db_hmac_key(db, key, error))
        return NULL;
    char *hex = crypto_sha256_hex(key, sizeof key);
    hex[32] = '\0';
    return hex;
}

struct flight { /* what the journal knows of one delivery's newest attempt */
    gint64 delivery_id;
    int attempt;
    gboolean has_outcome;
    struct journal_record outcome;
    char *enhanced, *reply; /* owned */
};

static void flight_free(gpointer p)
{
    struct flight *f = p;
    g_free(f->enhanced);
    g_free(f->reply);
    g_free(f);
}

static void collect(const struct journal_record *r, void *data)
{
    GHashTable *flights = data;
    struct flight *f = g_hash_table_lookup(flights, &r->delivery_id);
    if (f && r->attempt < f->attempt)
        return;
    if (!f) {
        f = g_new0(struct flight, 1);
        f->delivery_id = r->delivery_id;
        g_hash_table_insert(flights, &f->delivery_id, f);
    }
    f->attempt = r->attempt;
    f->has_outcome = r->type == JOURNAL_OUTCOME;
    if (!f->has_outcome)
        return;
    g_free(f->enhanced);
    g_free(f->reply);
    f->outcome = *r;
    f->enhanced = g_strdup(r->enhanced);
    f->reply = g_strdup(r->reply);
}

struct row { /* a delivery that needs a decision */
    gint64 id, campaign_id;
    enum delivery_state state;
    enum campaign_state campaign_state;
    int attempts;
    char *address; /* owned */
};

static void row_clear(void *p)
{
    g_free(((struct row *)p)->address);
}

/* Leased rows of all campaigns. A scan on purpose: at a start it also proves that none is
 * hidden. */
static gboolean leased_rows(struct db *db, GArray *ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT d.id, d.campaign_id, d.state, d.attempts, d.address, c.state FROM campaign c"
        " JOIN campaign_counter k ON k.campaign_id = c.id"
        " JOIN delivery d ON d.campaign_id = c.id AND d.state = 1 WHERE k.leased > 0",
        error);
    if (!s)
        return FALSE;
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct row r = {sql_int64(s, 0),
                        sql_int64(s, 1),
                        (enum delivery_state)sql_int64(s, 2),
                        (enum campaign_state)sql_int64(s, 5),
                        (int)sql_int64(s, 3),
                        sql_text(s, 4)};
        g_array_append_val(ret, r);
    }
    return step == 0;
}

/* Rows that the journal knows more of than an older copy of the database does. */
static gboolean older_rows(struct db *db, GHashTable *flights, GArray *ret, GError **error)
{
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, flights);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct flight *f = value;
        sqlite3_stmt *s =
            sql_prepare(db,
                        "SELECT d.id, d.campaign_id, d.state, d.attempts, d.address, c.state"
                        " FROM delivery d JOIN campaign c ON c.id = d.campaign_id"
                        " WHERE d.id = ?1 AND d.state IN (0, 4) AND d.attempts < ?2",
                        error);
        if (!s)
            return FALSE;
        sql_bind(s, "ii", f->delivery_id, (gint64)f->attempt);
        int step = sql_step(db, s, error);
        if (step < 0)
            return FALSE;
        if (step > 0) {
            struct row r = {sql_int64(s, 0),
                            sql_int64(s, 1),
                            (enum delivery_state)sql_int64(s, 2),
                            (enum campaign_state)sql_int64(s, 5),
                            (int)sql_int64(s, 3),
                            sql_text(s, 4)};
            g_array_append_val(ret, r);
            sqlite3_reset(s);
        }
    }
    return TRUE;
}

/* What becomes of a row whose outcome nobody knows. */
static enum delivery_state fate(const struct row *r, const struct flight *f,
                                gboolean is_trusted)
{
    gboolean was_authorised = f && f->attempt > r->attempts;
    if (was_authorised || (r->state == DELIVERY_LEASED && !is_trusted))
        return DELIVERY_UNCERTAIN;
    return r->campaign_state == CAMPAIGN_CANCELLED ? DELIVERY_CANCELLED : DELIVERY_QUEUED;
}

static gboolean settle_row(struct db *db, struct settle_tally *t, const struct row *r,
                           const struct flight *f, gboolean is_trusted, gint64 now_us,
                           struct ledger_recovered *ret, GError **error)
{
    struct settle s = {.delivery_id = r->id,
                       .campaign_id = r->campaign_id,
                       .address = r->address,
                       .attempt = r->attempts + 1,
                       .from = r->state,
                       .at_us = now_us,
                       .phase = REPLY_DOT};
    if (f && f->has_outcome && f->attempt > r->attempts) {
        s.attempt = f->attempt;
        s.to = (enum delivery_state)f->outcome.state;
        s.counts = TRUE;
        s.server_id = f->outcome.server_id;
        s.phase = f->outcome.phase;
        s.code = f->outcome.code;
        s.at_us = f->outcome.at_us;
        s.due_us = f->outcome.due_us;
        s.enhanced = f->enhanced;
        s.reply = f->reply;
        ret->replayed++;
    } else {
        s.to = fate(r, f, is_trusted);
        s.counts = s.to == DELIVERY_UNCERTAIN;
        s.reply =
            s.counts ? _("the sending process ended before the server's final reply") : NULL;
        if (f && f->attempt > r->attempts)
            s.attempt = f->attempt;
        ret->uncertain += s.to == DELIVERY_UNCERTAIN;
        ret->requeued += s.to != DELIVERY_UNCERTAIN;
    }
    if (s.from == s.to)
        return TRUE;
    return settle_write(db, t, &s, error);
}

static gboolean settle_rows(struct db *db, const GArray *rows, GHashTable *flights,
                            gboolean is_trusted, struct ledger_recovered *ret, GError **error)
{
    struct settle_tally *t = settle_tally_new();
    gint64 now_us = clock_wall_us();
    gboolean ok = db_begin(db, error);
    if (!ok) {
        settle_tally_free(t);
        return FALSE;
    }
    for (guint i = 0; ok && i < rows->len; i++) {
        const struct row *r = &g_array_index(rows, struct row, i);
        settle_tally_in_flight(t, r->campaign_id, 0);
        ok = settle_row(db, t, r, g_hash_table_lookup(flights, &r->id), is_trusted, now_us, ret,
                        error);
    }
    ok = ok && settle_tally_write(db, t, error);
    if (ok && ret->replayed + ret->uncertain + ret->requeued > 0) {
        g_autofree char *detail = g_strdup_printf("%" PRId64 " replayed, %" PRId64
                                                  " uncertain, %" PRId64 " requeued%s",
                                                  ret->replayed, ret->uncertain, ret->requeued,
                                                  ret->rebooted ? ", after a reboot" : "");
        ok = audit_write(db, "recover", "ledger", "", detail, error);
    }
    ok = ok && db_commit(db, error);
    if (!ok)
        db_rollback(db);
    settle_tally_free(t);
    return ok;
}

static gboolean recover(struct db *db, const struct workspace *w, gboolean is_restored,
                        struct ledger_recovered *ret, GError **error)
{
    struct ledger_recovered found = {0};
    g_autofree char *id = ledger_workspace_id(db, error);
    if (!id)
        return FALSE;
    g_autoptr(GHashTable) flights =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, flight_free);
    struct journal_facts facts;
    if (!journal_read(w->journal_path, id, &facts, collect, flights, error))
        return FALSE;
    if (!facts.is_missing && !facts.is_same_workspace)
        g_hash_table_remove_all(flights); /* another database's numbers mean nothing here */
    /* Only a whole journal of this boot proves that what it does not name never left; and a
     * later worker than the backup's has begun it anew. */
    gboolean is_trusted = !is_restored && !facts.is_missing && !facts.is_damaged &&
                          facts.is_same_boot && facts.is_same_workspace;
    found.rebooted = !facts.is_missing && !facts.is_same_boot;
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    g_array_set_clear_func(rows, row_clear);
    if (!leased_rows(db, rows, error) || !older_rows(db, flights, rows, error))
        return FALSE;
    if (rows->len > 0 && !settle_rows(db, rows, flights, is_trusted, &found, error))
        return FALSE;
    *ret = found;
    return TRUE;
}

gboolean ledger_recover(struct db *db, const struct workspace *w, struct ledger_recovered *ret,
                        GError **error)
{
    return recover(db, w, FALSE, ret, error);
}

gboolean ledger_after_restore(const struct workspace *w, const char *aside_path,
                              struct ledger_recovered *ret, GError **error)
{
    struct db *db = db_open(w->db_path, DB_USE_WORKER, error);
    if (!db)
        return FALSE;
    struct ledger_recovered learnt = {0}, recovered = {0};
    struct ledger *l = NULL;
    gboolean has_learnt = FALSE;
    /* Beside the database that it belongs to the journal proves what it always does. */
    if ((!aside_path || ledger_learn_from(db, aside_path, &learnt, &has_learnt, error)) &&
        recover(db, w, !has_learnt, &recovered, error))
        l = ledger_open(db, w, error);
    ledger_close(l);
    db_close(db);
    if (!l)
        return FALSE;
    recovered.replayed += learnt.replayed;
    recovered.uncertain += learnt.uncertain;
    recovered.suppressed = learnt.suppressed;
    *ret = recovered;
    return TRUE;
}

/*
 * What a person decides about deliveries that are over: the maybe sent are sent again or left,
 * the refused are sent again. One message's way through the states is the ledger's.
 */
#include "config.h"

#include "store/deliveries.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/i18n.h"
#include "store/adding.h"
#include "store/deliveries_private.h"
#include "store/undolog_private.h"

struct resolve {
    gint64 campaign_id, after;
    gboolean resend;
    const char *address_key;
    gint64 n;
    GString *rows; /* borrowed; what the batch changed, for its undo */
};

/* ---- what undo needs ---- */

static void remember(GString *rows, const struct delivery *d)
{
    g_string_append_printf(rows, "%s[%" PRId64 ",%d,%d]", rows->len > 0 ? "," : "", d->id,
                           d->attempts, d->decided);
}

/* A step of what was decided at one go, and a line of the audit. In the transaction of the
 * rows. */
static gboolean note(struct db *db, gint64 campaign_id, const char *action, gint64 n,
                     const char *what, const GString *rows, GError **error)
{
    struct campaign c = {0};
    if (!campaigns_get_id(db, campaign_id, &c, error))
        return FALSE;
    g_autofree char *detail = g_strdup_printf("%" PRId64 " %s", n, what);
    g_autofree char *data =
        g_strdup_printf("{\"detail\":\"%s\",\"rows\":[%s]}", detail, rows->str);
    const struct undolog_note step = {.action = action,
                                      .noun = "campaign",
                                      .name = c.name,
                                      .record_id = campaign_id,
                                      .data = data};
    gboolean ok = undolog_note(db, &step, NULL, error) &&
                  audit_write(db, "resolve", "campaign", c.name, detail, error);
    campaign_clear(&c);
    return ok;
}

/* ---- the maybe sent ---- */

/* The row was read before the transaction: another process may have decided it since, and
 * mailed it. */
static gboolean resolve_row(struct db *db, struct settle_tally *t, struct resolve *q,
                            const struct delivery *d, GError **error)
{
    gboolean ok = q->resend ? sql_do(db, error,
                                     "UPDATE delivery SET state = 0, decided = 0"
                                     " WHERE id = ?1 AND state = 5 AND decided = ?2",
                                     "ii", d->id, (gint64)d->decided)
                            : sql_do(db, error,
                                     "UPDATE delivery SET decided = 1"
                                     " WHERE id = ?1 AND state = 5 AND decided = ?2",
                                     "ii", d->id, (gint64)d->decided);
    if (!ok || sqlite3_changes(db_handle(db)) == 0)
        return ok;
    q->n++;
    remember(q->rows, d);
    settle_tally_undecided(t, q->campaign_id, d->decided ? 0 : -1);
    if (!q->resend)
        return TRUE;
    settle_tally_move(t, q->campaign_id, DELIVERY_UNCERTAIN, DELIVERY_QUEUED, 1);
    settle_tally_cursor_back(t, q->campaign_id, d->id);
    settle_tally_resent_in_domain(t, q->campaign_id, d->address, DELIVERY_UNCERTAIN);
    return TRUE;
}

/* In the same transaction as its rows: the worker finishes a campaign in which nobody is left,
 * and people who are queued in a finished one would never be mailed. */
gboolean deliveries_reopen(struct db *db, gint64 campaign_id, GError **error)
{
    struct campaign c = {0};
    gboolean ok = campaigns_get_id(db, campaign_id, &c, error);
    if (ok && c.state == CAMPAIGN_FINISHED)
        ok = campaigns_move(db, c.id, CAMPAIGN_SENDING, NULL, error);
    else if (ok && c.state == CAMPAIGN_CANCELLED)
        ok = campaign_check_move(c.name, c.state, CAMPAIGN_SENDING, error);
    campaign_clear(&c);
    return ok;
}

static gboolean note_resolve(struct db *db, const struct resolve *q, gint64 n, GError **error)
{
    if (n == 0)
        return TRUE;
    return q->resend ? deliveries_reopen(db, q->campaign_id, error) &&
                           note(db, q->campaign_id, "resend-maybe", n, "maybe sent go out again",
                                q->rows, error)
                     : note(db, q->campaign_id, "leave-maybe", n, "maybe sent are left",
                            q->rows, error);
}

static gboolean resolve_batch(struct db *db, struct settle_tally *t, struct resolve *q,
                              GPtrArray *rows, GError **error)
{
    gint64 before = q->n;
    g_autoptr(GString) changed = g_string_new(NULL);
    q->rows = changed;
    for (guint i = 0; i < rows->len; i++) {
        const struct delivery *d = rows->pdata[i];
        q->after = d->id;
        if (d->decided && !q->address_key)
            continue;
        if (!resolve_row(db, t, q, d, error))
            return FALSE;
    }
    return note_resolve(db, q, q->n - before, error) && settle_tally_write(db, t, error);
}

gboolean deliveries_find_uncertain(struct db *db, gint64 campaign_id, const char *address_key,
                                   gint64 *ret_id, GError **error)
{
    gint64 id = 0;
    if (!sql_int(db, error, 0, &id,
                 "SELECT d.id FROM person p JOIN delivery d ON d.campaign_id = ?1"
                 " AND d.person_id = p.id WHERE p.address_key = ?2 AND d.state = 5",
                 "is", campaign_id, address_key))
        return FALSE;
    *ret_id = id;
    if (id == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("%s is not among the uncertain ones of this campaign"), address_key);
    return id != 0;
}

/* The one row of a person, as a page of its own. */
static GPtrArray *row_of(struct db *db, const struct resolve *q, GError **error)
{
    gint64 id = 0;
    return deliveries_find_uncertain(db, q->campaign_id, q->address_key, &id, error)
               ? deliveries_page(db, q->campaign_id, DELIVERY_UNCERTAIN, id - 1, 1, error)
               : NULL;
}

static gboolean resolve_all(struct db *db, gint64 campaign_id, gboolean resend,
                            const char *address_key, gint64 *ret_n, GError **error)
{
    struct resolve q = {
        .campaign_id = campaign_id, .resend = resend, .address_key = address_key};
    for (gboolean more = TRUE; more;) {
        g_autoptr(GPtrArray) rows = address_key
                                        ? row_of(db, &q, error)
                                        : deliveries_page(db, campaign_id, DELIVERY_UNCERTAIN,
                                                          q.after, DELIVERIES_BATCH, error);
        if (!rows || !db_begin(db, error))
            return FALSE;
        struct settle_tally *t = settle_tally_new();
        gboolean ok = resolve_batch(db, t, &q, rows, error) && db_commit(db, error);
        settle_tally_free(t);
        if (!ok) {
            db_rollback(db);
            return FALSE;
        }
        more = !address_key && rows->len == DELIVERIES_BATCH;
    }
    *ret_n = q.n;
    return TRUE;
}

gboolean deliveries_resolve(struct db *db, gint64 campaign_id, gboolean resend,
                            const char *address_key, gint64 *ret_n, GError **error)
{
    int adding = adding_begin(db, campaign_id, error);
    gboolean ok =
        adding >= 0 && resolve_all(db, campaign_id, resend, address_key, ret_n, error);
    adding_end(adding);
    return ok;
}

/* ---- the refused ---- */

/* The age at which it is given up counts from the new first try. */
static gboolean resend_row(struct db *db, struct settle_tally *t, gint64 campaign_id,
                           const struct delivery *d, gint64 *n, GString *rows,
                           GError **error)
{
    if (!sql_do(db, error,
                "UPDATE delivery SET state = 0, first_us = NULL, due_us = NULL"
                " WHERE id = ?1 AND state = 3",
                "i", d->id))
        return FALSE;
    if (sqlite3_changes(db_handle(db)) == 0)
        return TRUE;
    (*n)++;
    remember(rows, d);
    settle_tally_move(t, campaign_id, DELIVERY_REFUSED, DELIVERY_QUEUED, 1);
    settle_tally_cursor_back(t, campaign_id, d->id);
    settle_tally_resent_in_domain(t, campaign_id, d->address, DELIVERY_REFUSED);
    return TRUE;
}

static gboolean resend_batch(struct db *db, gint64 campaign_id, const GPtrArray *rows,
                             gint64 *n, GError **error)
{
    gint64 before = *n;
    gboolean ok = TRUE;
    g_autoptr(GString) changed = g_string_new(NULL);
    struct settle_tally *t = settle_tally_new();
    for (guint i = 0; ok && i < rows->len; i++)
        ok = resend_row(db, t, campaign_id, rows->pdata[i], n, changed, error);
    ok = ok && settle_tally_write(db, t, error) &&
         (*n == before || (deliveries_reopen(db, campaign_id, error) &&
                           note(db, campaign_id, "resend-refused", *n - before,
                                "refused go out again", changed, error)));
    settle_tally_free(t);
    return ok;
}

static gboolean resend_all(struct db *db, gint64 campaign_id, gint64 *ret_n, GError **error)
{
    gint64 n = 0, after = 0;
    for (guint got = DELIVERIES_BATCH; got == DELIVERIES_BATCH;) {
        g_autoptr(GPtrArray) rows = deliveries_page(db, campaign_id, DELIVERY_REFUSED, after,
                                                    DELIVERIES_BATCH, error);
        if (!rows || !db_begin(db, error) ||
            !sql_leave(db, TRUE, resend_batch(db, campaign_id, rows, &n, error), error))
            return FALSE;
        got = rows->len;
        if (got > 0)
            after = ((const struct delivery *)rows->pdata[got - 1])->id;
    }
    *ret_n = n;
    return TRUE;
}

gboolean deliveries_resend_refused(struct db *db, gint64 campaign_id, gint64 *ret_n,
                                   GError **error)
{
    int adding = adding_begin(db, campaign_id, error);
    gboolean ok = adding >= 0 && resend_all(db, campaign_id, ret_n, error);
    adding_end(adding);
    return ok;
}

/*
 * Taking back what was decided about deliveries: late joiners, the refused and the maybe sent
 * that were to go out again. Only as far as nothing was sent: a row that the worker has taken
 * since stays as it is. Which steps there are is undolog_apply.c's.
 */
#include "config.h"

#include "store/deliveries_undo.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "store/deliveries_private.h"
#include "store/holds.h"

/* ---- late joiners ---- */

static gboolean count_unsent(struct db *db, struct settle_tally *t, gint64 campaign_id,
                             gint64 after, gint64 last, gint64 *ret_n, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT address, state FROM delivery WHERE id > ?2 AND id <= ?3"
                    " AND +campaign_id = ?1 AND +state IN (0, 6) AND attempts = 0",
                    error);
    if (!s)
        return FALSE;
    sql_bind(s, "iii", campaign_id, after, last);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        settle_tally_gone(t, campaign_id, sql_peek(s, 0),
                          (enum delivery_state)sql_int64(s, 1));
        (*ret_n)++;
    }
    return step == 0;
}

/* ---- late joiners who wait for a receiver ---- */

/* Tried was none of them, so they may go; `range` is a campaign's rows behind `after`. */
struct range {
    gint64 campaign_id, after, last;
};

static gboolean count_held(struct db *db, struct settle_tally *t, gint64 hold_id,
                           const struct range *r, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT d.address FROM held x JOIN delivery d ON d.id = x.delivery_id"
                    " WHERE x.hold_id = ?1 AND x.campaign_id = ?2 AND x.delivery_id > ?3"
                    " AND x.delivery_id <= ?4 AND d.state = 4 AND d.attempts = 0",
                    error);
    if (!s)
        return FALSE;
    sql_bind(s, "iiii", hold_id, r->campaign_id, r->after, r->last);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        settle_tally_gone(t, r->campaign_id, sql_peek(s, 0), DELIVERY_DEFERRED);
    return step == 0;
}

static gboolean drop_at_hold(struct db *db, struct settle_tally *t, gint64 hold_id,
                             const struct range *r, gint64 *ret_n, GError **error)
{
    if (!count_held(db, t, hold_id, r, error) ||
        !sql_do(db, error,
                "DELETE FROM delivery WHERE id IN (SELECT delivery_id FROM held"
                " WHERE hold_id = ?1 AND campaign_id = ?2 AND delivery_id > ?3"
                " AND delivery_id <= ?4) AND state = 4 AND attempts = 0",
                "iiii", hold_id, r->campaign_id, r->after, r->last))
        return FALSE;
    gint64 n = sql_changes(db);
    *ret_n += n;
    return sql_do(db, error,
                  "DELETE FROM held WHERE hold_id = ?1 AND campaign_id = ?2 AND delivery_id > ?3"
                  " AND delivery_id <= ?4"
                  " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id = delivery_id)",
                  "iiii", hold_id, r->campaign_id, r->after, r->last) &&
           holds_count(db, hold_id, r->campaign_id, -n, error);
}

static gboolean drop_held(struct db *db, struct settle_tally *t, const struct range *r,
                          gint64 *ret_n, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT hold_id FROM hold_waiting WHERE campaign_id = ?1 ORDER BY hold_id", error);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!s)
        return FALSE;
    sql_bind(s, "i", r->campaign_id);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        gint64 id = sql_int64(s, 0);
        g_array_append_val(ids, id);
    }
    gboolean ok = step == 0;
    for (guint i = 0; ok && i < ids->len; i++)
        ok = drop_at_hold(db, t, g_array_index(ids, gint64, i), r, ret_n, error);
    return ok;
}

static gboolean fail_too_late(const struct undolog_step *s, GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                _("campaign %s: it was tried for all of them already, so nothing is taken back"),
                s->name);
    return FALSE;
}

gboolean deliveries_unjoin(struct db *db, const struct undolog_step *s, const struct json *data,
                           char **ret_said, GError **error)
{
    gint64 after = json_member_int(data, "after", 0), last = json_member_int(data, "last", 0);
    const struct range r = {s->record_id, after, last};
    gint64 n = 0, joined = json_member_int(data, "n", 0);
    struct settle_tally *t = settle_tally_new();
    gboolean ok = count_unsent(db, t, s->record_id, after, last, &n, error) &&
                  drop_held(db, t, &r, &n, error) && (n > 0 || fail_too_late(s, error)) &&
                  sql_do(db, error,
                         "DELETE FROM delivery WHERE id > ?2 AND id <= ?3"
                         " AND +campaign_id = ?1 AND +state IN (0, 6) AND attempts = 0",
                         "iii", s->record_id, after, last) &&
                  settle_tally_write(db, t, error);
    settle_tally_free(t);
    if (ok)
        *ret_said = g_strdup_printf(
            n < joined ? _("campaign %s: %" PRId64 " of %" PRId64
                           " late joiners are out of it again; for the others it was on its way")
                       : _("campaign %s: %" PRId64 " of %" PRId64
                           " late joiners are out of it again"),
            s->name, n, joined);
    return ok;
}

/* ---- what was to go out again ---- */

struct unsend {
    struct db *db; /* borrowed, as t */
    struct settle_tally *t;
    const struct undolog_step *step;
    enum delivery_state to;
    gint64 n;
};

static char *address_of(struct db *db, gint64 id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, "SELECT address FROM delivery WHERE id = ?1", error);
    if (!s)
        return NULL;
    sql_bind(s, "i", id);
    int step = sql_step(db, s, error);
    char *address = step > 0 ? sql_text(s, 0) : step == 0 ? g_strdup("") : NULL;
    sqlite3_reset(s);
    return address;
}

static gboolean unsend_row(struct unsend *u, gint64 id, gint64 attempts, gint64 decided,
                           GError **error)
{
    gint64 campaign_id = u->step->record_id;
    if (!sql_do(u->db, error,
                "UPDATE delivery SET state = ?2, decided = ?3 WHERE id = ?1 AND state = 0"
                " AND attempts = ?4",
                "iiii", id, (gint64)u->to, decided, attempts))
        return FALSE;
    if (sql_changes(u->db) == 0)
        return TRUE;
    g_autofree char *address = address_of(u->db, id, error);
    if (!address)
        return FALSE;
    u->n++;
    settle_tally_move(u->t, campaign_id, DELIVERY_QUEUED, u->to, 1);
    settle_tally_unsent_in_domain(u->t, campaign_id, address, u->to);
    if (u->to == DELIVERY_UNCERTAIN && !decided)
        settle_tally_undecided(u->t, campaign_id, 1);
    return TRUE;
}

static gboolean ask_again(struct unsend *u, gint64 id, gint64 decided, GError **error)
{
    if (!sql_do(u->db, error,
                "UPDATE delivery SET decided = ?2 WHERE id = ?1 AND state = 5 AND decided = 1",
                "ii", id, decided))
        return FALSE;
    if (sql_changes(u->db) == 0)
        return TRUE;
    u->n++;
    settle_tally_undecided(u->t, u->step->record_id, decided ? 0 : 1);
    return TRUE;
}

static gboolean each_row(struct unsend *u, const struct json *rows, gboolean was_sent,
                         GError **error)
{
    for (gsize i = 0; i < json_size(rows); i++) {
        const struct json *row = json_at(rows, i);
        gint64 id = json_get_int(json_at(row, 0)), attempts = json_get_int(json_at(row, 1));
        gint64 decided = json_get_int(json_at(row, 2));
        if (was_sent ? !unsend_row(u, id, attempts, decided, error)
                     : !ask_again(u, id, decided, error))
            return FALSE;
    }
    return u->n > 0 || fail_too_late(u->step, error);
}

static gboolean take_back(struct db *db, const struct undolog_step *s, const struct json *data,
                          enum delivery_state to, gboolean was_sent, const char *words,
                          char **ret_said, GError **error)
{
    const struct json *rows = json_member(data, "rows");
    struct unsend u = {.db = db, .t = settle_tally_new(), .step = s, .to = to};
    gboolean ok =
        each_row(&u, rows, was_sent, error) && settle_tally_write(db, u.t, error);
    settle_tally_free(u.t);
    if (!ok)
        return FALSE;
    g_autofree char *of =
        g_strdup_printf(_("%" PRId64 " of %" PRId64), u.n, (gint64)json_size(rows));
    *ret_said = g_strdup_printf(_("campaign %s: %s: %s"), s->name, words, of);
    return TRUE;
}

gboolean deliveries_unresend(struct db *db, const struct undolog_step *s,
                             const struct json *data, char **ret_said, GError **error)
{
    return take_back(db, s, data, DELIVERY_REFUSED, TRUE, _("refused as before"), ret_said,
                     error);
}

gboolean deliveries_unresend_maybe(struct db *db, const struct undolog_step *s,
                                   const struct json *data, char **ret_said, GError **error)
{
    return take_back(db, s, data, DELIVERY_UNCERTAIN, TRUE, _("maybe sent as before"), ret_said,
                     error);
}

gboolean deliveries_unleave(struct db *db, const struct undolog_step *s,
                            const struct json *data, char **ret_said, GError **error)
{
    return take_back(db, s, data, DELIVERY_UNCERTAIN, FALSE, _("to be decided as before"),
                     ret_said, error);
}

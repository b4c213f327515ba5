/*
 * Building a campaign's delivery rows in short transactions, and cancelling many at once. What
 * a person decides about rows is deliveries_decide.c's, reading them deliveries.c's.
 */
#include "config.h"

#include "store/deliveries.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/deliveries_private.h"
#include "store/holds.h"
#include "store/settle.h"
#include "store/sql.h"

/* ---- who ---- */

static gboolean set_list(struct db *db, gint64 campaign_id, const char *name,
                         gboolean is_excluded, GError **error)
{
    gint64 list_id = 0;
    if (!sql_int(db, error, 0, &list_id, "SELECT id FROM list WHERE name = ?1", "s", name))
        return FALSE;
    if (list_id == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("there is no list '%s'. `crier list list` shows the lists there are"),
                    name);
        return FALSE;
    }
    return sql_do(db, error,
                  "INSERT OR REPLACE INTO campaign_list (campaign_id, list_id, is_excluded)"
                  " VALUES (?1, ?2, ?3)",
                  "iii", campaign_id, list_id, (gint64)is_excluded);
}

/* The name of a correction's campaign may be another's by the time it goes out. */
static gboolean set_only(struct db *db, const struct campaign *c, GError **error)
{
    gint64 id = 0;
    const char *name = c->only_campaign;
    if (name && *name && strcmp(name, c->name) == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign '%s': only_campaign names itself. Name the campaign that it "
                      "corrects"),
                    c->name);
        return FALSE;
    }
    if (name && *name &&
        !sql_int(db, error, 0, &id, "SELECT id FROM campaign WHERE name = ?1", "s", name))
        return FALSE;
    if (name && *name && id == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("only_campaign: there is no campaign '%s'. `crier campaign list` shows "
                      "those there are"),
                    name);
        return FALSE;
    }
    return sql_do(db, error, "UPDATE campaign SET only_id = nullif(?2, 0) WHERE id = ?1", "ii",
                  c->id, id);
}

gboolean deliveries_set_lists(struct db *db, const struct campaign *c, GError **error)
{
    if (!set_only(db, c, error))
        return FALSE;
    if (!sql_do(db, error, "DELETE FROM campaign_list WHERE campaign_id = ?1", "i", c->id))
        return FALSE;
    for (char **name = c->lists; name && *name; name++)
        if (!set_list(db, c->id, *name, FALSE, error))
            return FALSE;
    /* A list on both sides is excluded: leaving somebody out is the safer reading. */
    for (char **name = c->exclude; name && *name; name++)
        if (!set_list(db, c->id, *name, TRUE, error))
            return FALSE;
    return TRUE;
}

gboolean deliveries_has_one_list(struct db *db, gint64 campaign_id, gboolean *ret,
                                 GError **error)
{
    gint64 n = 0;
    if (!sql_int(
            db, error, 0, &n,
            "SELECT count(*) FROM campaign_list WHERE campaign_id = ?1 AND is_excluded = 0",
            "i", campaign_id))
        return FALSE;
    *ret = n == 1;
    return TRUE;
}

gboolean deliveries_forecast(struct db *db, gint64 campaign_id, gint64 *ret_total,
                             gint64 *ret_suppressed, GError **error)
{
    gboolean is_one = FALSE;
    if (!deliveries_has_one_list(db, campaign_id, &is_one, error))
        return FALSE;
#define FORECAST                                                                               \
    "SELECT count(*), ifnull(sum(" SETTLE_SQL_IS_SUPPRESSED("p.address_key", "?1",             \
                                                            "p.id") "), 0)"
    sqlite3_stmt *s = is_one ? sql_prepare(db, FORECAST WHO_ONE_LIST, error)
                             : sql_prepare(db, FORECAST WHO_MANY_LISTS, error);
    if (!s)
        return FALSE;
    sql_bind(s, "iii", campaign_id, (gint64)0, G_MAXINT64);
    if (sql_step(db, s, error) <= 0)
        return FALSE;
    *ret_total = sql_int64(s, 0);
    *ret_suppressed = sql_int64(s, 1);
    sqlite3_reset(s);
    return TRUE;
}

/* ---- looking at everybody ---- */

void addressee_free(gpointer data)
{
    struct addressee *a = data;
    g_free(a->address);
    g_free(a->fields_json);
    g_free(a->suppressed);
    g_free(a);
}

struct addressee *addressee_new(sqlite3_stmt *s)
{
    struct addressee *a = g_new0(struct addressee, 1);
    a->person_id = sql_int64(s, 0);
    a->address = sql_text(s, 1);
    a->fields_json = sql_text(s, 2);
    a->suppressed = sql_text(s, 3);
    return a;
}

static sqlite3_stmt *prepare_who(struct db *db, gint64 campaign_id, GError **error)
{
    gboolean is_one = FALSE;
    if (!deliveries_has_one_list(db, campaign_id, &is_one, error))
        return NULL;
    return is_one ? sql_prepare(db, WHO WHO_ONE_LIST " ORDER BY m.person_id LIMIT ?4", error)
                  : sql_prepare(db, WHO WHO_MANY_LISTS " ORDER BY p.id LIMIT ?4", error);
}

GPtrArray *deliveries_who(struct db *db, gint64 campaign_id, gint64 after_id, int max,
                          GError **error)
{
    sqlite3_stmt *s = prepare_who(db, campaign_id, error);
    if (!s)
        return NULL;
    sql_bind(s, "iiii", campaign_id, after_id, G_MAXINT64, (gint64)max);
    g_autoptr(GPtrArray) page = g_ptr_array_new_full((guint)max, addressee_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_ptr_array_add(page, addressee_new(s));
    return step == 0 ? g_steal_pointer(&page) : NULL;
}

/* Queued ones from the cursor on, so that those who have it are not walked through. */
GPtrArray *deliveries_left(struct db *db, gint64 campaign_id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT * FROM (SELECT p.id, p.address, p.fields FROM campaign_counter k"
        " JOIN delivery d ON d.id > k.cursor AND d.id <= k.last_id"
        " JOIN person p ON p.id = d.person_id WHERE k.campaign_id = ?1"
        " AND +d.campaign_id = ?1 AND +d.state = 0 ORDER BY d.id LIMIT ?2)"
        " UNION ALL SELECT * FROM (SELECT p.id, p.address, p.fields FROM delivery d"
        " JOIN person p ON p.id = d.person_id WHERE d.campaign_id = ?1 AND d.state = 4"
        " ORDER BY d.due_us LIMIT ?2) LIMIT ?2",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "ii", campaign_id, (gint64)max);
    g_autoptr(GPtrArray) some = g_ptr_array_new_with_free_func(addressee_free);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct addressee *a = g_new0(struct addressee, 1);
        a->person_id = sql_int64(s, 0);
        a->address = sql_text(s, 1);
        a->fields_json = sql_text(s, 2);
        g_ptr_array_add(some, a);
    }
    return step == 0 ? g_steal_pointer(&some) : NULL;
}

gboolean deliveries_overlap(struct db *db, gint64 campaign_id, gint64 *ret_memberships,
                            gint64 *ret_people, GError **error)
{
    gboolean is_one = FALSE;
    if (!deliveries_has_one_list(db, campaign_id, &is_one, error) ||
        !sql_int(
            db, error, 0, ret_memberships,
            "SELECT count(*) FROM campaign_list cl JOIN membership m ON m.list_id = cl.list_id"
            " WHERE cl.campaign_id = ?1 AND cl.is_excluded = 0" ONLY_WHO_GOT_IT("m.person_id"),
            "i", campaign_id))
        return FALSE;
    *ret_people = *ret_memberships;
    return is_one || sql_int(db, error, 0, ret_people,
                             "SELECT count(*) FROM person p WHERE EXISTS (SELECT 1 FROM"
                             " campaign_list cl JOIN membership m ON m.list_id = cl.list_id"
                             " AND m.person_id = p.id WHERE cl.campaign_id = ?1"
                             " AND cl.is_excluded = 0)" ONLY_WHO_GOT_IT("p.id"),
                             "i", campaign_id);
}

/* ---- building ---- */

/* The last person of the next batch, read outside any write transaction. */
static gboolean batch_end(struct db *db, gint64 campaign_id, gboolean is_one, gint64 after,
                          gint64 *ret_end, gint64 *ret_n, GError **error)
{
    sqlite3_stmt *s =
        is_one
            ? sql_prepare(
                  db,
                  "SELECT ifnull(max(id), 0), count(*) FROM (SELECT p.id AS id" WHO_ONE_LIST
                  " ORDER BY m.person_id LIMIT ?4)",
                  error)
            : sql_prepare(
                  db,
                  "SELECT ifnull(max(id), 0), count(*) FROM (SELECT p.id AS id" WHO_MANY_LISTS
                  " ORDER BY p.id LIMIT ?4)",
                  error);
    if (!s)
        return FALSE;
    sql_bind(s, "iiii", campaign_id, after, G_MAXINT64, (gint64)DELIVERIES_BATCH);
    if (sql_step(db, s, error) <= 0)
        return FALSE;
    *ret_end = sql_int64(s, 0);
    *ret_n = sql_int64(s, 1);
    sqlite3_reset(s);
    return TRUE;
}

gboolean deliveries_count_new(struct db *db, struct settle_tally *t, gint64 campaign_id,
                              gint64 after_id, gint64 ret_n[2], GError **error)
{
    /* By id: with the campaign's index each batch would walk over all those before it. */
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT address, state FROM delivery WHERE id > ?1 AND +campaign_id = ?2", error);
    if (!s)
        return FALSE;
    sql_bind(s, "ii", after_id, campaign_id);
    int step;
    gint64 *n = ret_n;
    while ((step = sql_step(db, s, error)) > 0) {
        n[sql_int64(s, 1) == DELIVERY_SUPPRESSED]++;
        settle_tally_new_in_domain(t, campaign_id, sql_peek(s, 0));
    }
    settle_tally_move(t, campaign_id, DELIVERY_STATE_COUNT, DELIVERY_QUEUED, n[0]);
    settle_tally_move(t, campaign_id, DELIVERY_STATE_COUNT, DELIVERY_SUPPRESSED, n[1]);
    return step == 0 && settle_tally_write(db, t, error);
}

static gboolean insert_batch(struct db *db, gint64 campaign_id, int version, gboolean is_one,
                             gint64 after, gint64 end, gint64 *ret_built, GError **error)
{
#define INSERT                                                                                 \
    "INSERT INTO delivery (campaign_id, person_id, version, state, address)"                   \
    " SELECT ?1, p.id, ?4, CASE WHEN " SETTLE_SQL_IS_SUPPRESSED(                               \
        "p.address_key", "?1", "p.id") " THEN 6 ELSE 0 END, p.address"
    gint64 max_id = 0;
    if (!sql_int(db, error, 0, &max_id, "SELECT ifnull(max(id), 0) FROM delivery", ""))
        return FALSE;
    gboolean ok = is_one ? sql_do(db, error, INSERT WHO_ONE_LIST " ORDER BY m.person_id",
                                  "iiii", campaign_id, after, end, (gint64)version)
                         : sql_do(db, error, INSERT WHO_MANY_LISTS " ORDER BY p.id", "iiii",
                                  campaign_id, after, end, (gint64)version);
    if (!ok)
        return FALSE;
    gint64 n[2] = {0, 0};
    struct settle_tally *t = settle_tally_new();
    ok = deliveries_count_new(db, t, campaign_id, max_id, n, error);
    settle_tally_free(t);
    *ret_built = n[0] + n[1];
    return ok && sql_do(db, error,
                        "UPDATE campaign_counter SET"
                        " first_id = CASE WHEN last_id = 0 THEN ?2 ELSE first_id END,"
                        " cursor = CASE WHEN last_id = 0 THEN ?2 ELSE cursor END,"
                        " last_id = (SELECT max(id) FROM delivery) WHERE campaign_id = ?1",
                        "ii", campaign_id, max_id);
}

static gboolean check_preparing(struct db *db, gint64 campaign_id, GError **error)
{
    gint64 state = -1;
    if (!sql_int(db, error, -1, &state, "SELECT state FROM campaign WHERE id = ?1", "i",
                 campaign_id))
        return FALSE;
    if (state == CAMPAIGN_PREPARING)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                _("the campaign is not being prepared any more: it is %s"),
                state < 0 ? _("gone") : campaign_state_word((enum campaign_state)state));
    return FALSE;
}

/* What a batch does inside its transaction. */
struct batch {
    gint64 campaign_id, after, end, built;
    int version;
    gboolean is_one;
};

/* The batch was chosen before the transaction began. */
static gboolean check_alone(struct db *db, const struct batch *b, GError **error)
{
    gint64 last = 0;
    if (!sql_int(db, error, 0, &last,
                 "SELECT ifnull(max(person_id), 0) FROM delivery WHERE campaign_id = ?1", "i",
                 b->campaign_id))
        return FALSE;
    if (last == b->after)
        return TRUE;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
        _("the campaign is being started by another process at this moment. `crier status`"
          " shows what comes of it"));
    return FALSE;
}

static gboolean build_body(struct db *db, struct batch *b, GError **error)
{
    return check_preparing(db, b->campaign_id, error) && check_alone(db, b, error) &&
           sql_do(db, error,
                  "INSERT OR IGNORE INTO campaign_counter (campaign_id, total, queued, leased,"
                  " accepted, refused, deferred, uncertain, suppressed, cancelled)"
                  " VALUES (?1, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
                  "i", b->campaign_id) &&
           insert_batch(db, b->campaign_id, b->version, b->is_one, b->after, b->end, &b->built,
                        error);
}

gboolean deliveries_build(struct db *db, gint64 campaign_id, int version, gboolean *ret_more,
                          gint64 *ret_built, GError **error)
{
    struct batch b = {.campaign_id = campaign_id, .version = version};
    gint64 n = 0;
    if (!deliveries_has_one_list(db, campaign_id, &b.is_one, error) ||
        !sql_int(db, error, 0, &b.after,
                 "SELECT ifnull(max(person_id), 0) FROM delivery WHERE campaign_id = ?1", "i",
                 campaign_id) ||
        !batch_end(db, campaign_id, b.is_one, b.after, &b.end, &n, error))
        return FALSE;
    if (!db_begin(db, error))
        return FALSE;
    if (!build_body(db, &b, error) || !db_commit(db, error)) {
        db_rollback(db);
        return FALSE;
    }
    *ret_more = n == DELIVERIES_BATCH;
    *ret_built = b.built;
    return TRUE;
}

gboolean deliveries_unbuild(struct db *db, gint64 campaign_id, gboolean *ret_more,
                            GError **error)
{
    if (!db_begin(db, error))
        return FALSE;
    /* Two starts at once: the slower one must not take away what the faster one has published.
     */
    gboolean ok = check_preparing(db, campaign_id, error) &&
                  sql_do(db, error,
                         "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery"
                         " WHERE campaign_id = ?1 LIMIT ?2)",
                         "ii", campaign_id, (gint64)DELIVERIES_BATCH);
    gboolean is_last = ok && sqlite3_changes(db_handle(db)) < DELIVERIES_BATCH;
    if (is_last)
        ok = sql_do(db, error, "DELETE FROM campaign_counter WHERE campaign_id = ?1", "i",
                    campaign_id) &&
             sql_do(db, error, "DELETE FROM domain_counter WHERE campaign_id = ?1", "i",
                    campaign_id);
    if (!ok || !db_commit(db, error)) {
        db_rollback(db);
        return FALSE;
    }
    *ret_more = !is_last;
    return TRUE;
}

static gboolean publish_body(struct db *db, gint64 campaign_id, gint64 expect_people,
                             struct campaign_counts *counts, GError **error)
{
    if (!check_preparing(db, campaign_id, error) ||
        !campaigns_counts(db, campaign_id, counts, error))
        return FALSE;
    gint64 people = counts->total - counts->state[DELIVERY_SUPPRESSED];
    if (expect_people >= 0 && people != expect_people) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    ngettext("it would go to %" PRId64 " person, not to %" PRId64
                             ": the lists changed meanwhile. Look at them and start again",
                             "it would go to %" PRId64 " people, not to %" PRId64
                             ": the lists changed meanwhile. Look at them and start again",
                             (gulong)people),
                    people, expect_people);
        return FALSE;
    }
    return campaigns_move(db, campaign_id, CAMPAIGN_SENDING, NULL, error);
}

gboolean deliveries_publish(struct db *db, gint64 campaign_id, gint64 expect_people,
                            struct campaign_counts *ret_counts, GError **error)
{
    struct campaign_counts counts;
    if (!db_begin(db, error))
        return FALSE;
    if (!publish_body(db, campaign_id, expect_people, &counts, error) ||
        !db_commit(db, error)) {
        db_rollback(db);
        return FALSE;
    }
    if (ret_counts)
        *ret_counts = counts;
    return TRUE;
}

/* ---- many at once ---- */

static gboolean cancel_queued(struct db *db, struct settle_tally *t, gint64 campaign_id,
                              int *ret_n, GError **error)
{
    gint64 end = 0;
    if (!sql_int(db, error, 0, &end,
                 "SELECT ifnull(max(id), 0) FROM (SELECT d.id FROM campaign_counter k JOIN "
                 "delivery d"
                 " ON d.id > k.cursor AND d.id <= k.last_id WHERE k.campaign_id = ?1"
                 " AND d.campaign_id = +k.campaign_id AND +d.state = 0 ORDER BY d.id LIMIT ?2)",
                 "ii", campaign_id, (gint64)DELIVERIES_BATCH))
        return FALSE;
    *ret_n = 0;
    if (end == 0)
        return TRUE;
    if (!sql_do(db, error,
                "UPDATE delivery SET state = 7 WHERE id > (SELECT cursor FROM campaign_counter"
                " WHERE campaign_id = ?1) AND id <= ?2 AND +campaign_id = ?1 AND +state = 0",
                "ii", campaign_id, end))
        return FALSE;
    *ret_n = sqlite3_changes(db_handle(db));
    settle_tally_move(t, campaign_id, DELIVERY_QUEUED, DELIVERY_CANCELLED, *ret_n);
    settle_tally_cursor_forward(t, campaign_id, end);
    return TRUE;
}

static gboolean cancel_deferred(struct db *db, struct settle_tally *t, gint64 campaign_id,
                                int *ret_n, GError **error)
{
    if (!sql_do(
            db, error,
            "UPDATE delivery SET state = 7, due_us = NULL WHERE id IN (SELECT id FROM delivery"
            " WHERE campaign_id = ?1 AND state = 4 LIMIT ?2)",
            "ii", campaign_id, (gint64)DELIVERIES_BATCH))
        return FALSE;
    *ret_n = sqlite3_changes(db_handle(db));
    settle_tally_move(t, campaign_id, DELIVERY_DEFERRED, DELIVERY_CANCELLED, *ret_n);
    return TRUE;
}

gboolean deliveries_cancel_some(struct db *db, gint64 campaign_id, gboolean *ret_more,
                                GError **error)
{
    int n_queued = 0, n_deferred = 0;
    gint64 n_held = 0;
    if (!db_begin(db, error))
        return FALSE;
    struct settle_tally *t = settle_tally_new();
    gboolean ok = cancel_queued(db, t, campaign_id, &n_queued, error) &&
                  cancel_deferred(db, t, campaign_id, &n_deferred, error) &&
                  holds_forget_some(db, campaign_id, DELIVERIES_BATCH, &n_held, error) &&
                  settle_tally_write(db, t, error) && db_commit(db, error);
    settle_tally_free(t);
    if (!ok) {
        db_rollback(db);
        return FALSE;
    }
    *ret_more = n_queued > 0 || n_deferred > 0 || n_held > 0;
    return TRUE;
}

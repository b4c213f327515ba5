/*
 * Hard bounces by provider and campaign, and what a person said when there were far too many.
 */
#include "config.h"

#include "store/storm.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/bin_private.h"
#include "store/said_private.h"
#include "store/sql.h"

#define CAMPAIGNS_BEFORE 20 /* that the usual rate is taken from */

void storm_free(struct storm *s)
{
    if (!s)
        return;
    g_free(s->provider);
    g_free(s->campaign);
    g_free(s);
}

static void free_item(gpointer s)
{
    storm_free(s);
}

/* ---- rates ---- */

gboolean storm_count(struct db *db, const char *provider, gint64 campaign_id,
                     const char *domain, int n, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO bounce_rate (provider, campaign_id, domain, hard)"
                  " VALUES (?1, ?2, ?3, max(0, ?4)) ON CONFLICT DO UPDATE SET"
                  " hard = max(0, hard + ?4)",
                  "sisi", provider, campaign_id, domain, (gint64)n);
}

/* Who bounces at a domain was taken before, by our server; or refused at once. */
static gboolean shares_of_this(struct db *db, const char *provider, gint64 campaign_id,
                               struct storm_shares *ret, GError **error)
{
    return sql_int(db, error, 0, &ret->hard,
                   "SELECT ifnull(sum(hard), 0) FROM bounce_rate WHERE provider = ?1"
                   " AND campaign_id = ?2",
                   "si", provider, campaign_id) &&
           sql_int(db, error, 0, &ret->taken,
                   "SELECT ifnull(sum(c.accepted + c.refused), 0)"
                   " FROM bounce_rate b JOIN domain_counter c ON c.campaign_id = b.campaign_id AND c.domain = b.domain"
                   " WHERE b.provider = ?1 AND b.campaign_id = ?2",
                   "si", provider, campaign_id);
}

#define BEFORE                                                                                 \
    "(SELECT c.id FROM campaign c WHERE c.id <> ?2 AND c.started_us IS NOT NULL"               \
    " AND NOT EXISTS (SELECT 1 FROM storm s WHERE s.provider = ?1 AND s.campaign_id = c.id)"   \
    " ORDER BY c.id DESC LIMIT ?3)"

gboolean storm_shares(struct db *db, const char *provider, gint64 campaign_id,
                      struct storm_shares *ret, GError **error)
{
    struct storm_shares found = {0};
    if (!shares_of_this(db, provider, campaign_id, &found, error) ||
        !sql_int(db, error, 0, &found.usual_hard,
                 "SELECT ifnull(sum(hard), 0) FROM bounce_rate WHERE provider = ?1"
                 " AND campaign_id IN " BEFORE,
                 "sii", provider, campaign_id, (gint64)CAMPAIGNS_BEFORE) ||
        !sql_int(db, error, 0, &found.usual_taken,
                 "SELECT ifnull(sum(k.accepted + k.refused), 0) FROM " BEFORE
                 " b CROSS JOIN (SELECT DISTINCT domain FROM bounce_rate WHERE provider = ?1) d"
                 " JOIN domain_counter k ON k.campaign_id = b.id AND k.domain = d.domain",
                 "sii", provider, campaign_id, (gint64)CAMPAIGNS_BEFORE))
        return FALSE;
    *ret = found;
    return TRUE;
}

/* ---- states ---- */

gboolean storm_state(struct db *db, const char *provider, gint64 campaign_id,
                     enum storm_state *ret, GError **error)
{
    gint64 state = STORM_NONE;
    if (!sql_int(db, error, STORM_NONE, &state,
                 "SELECT state FROM storm WHERE provider = ?1 AND campaign_id = ?2", "si",
                 provider, campaign_id))
        return FALSE;
    *ret = (enum storm_state)CLAMP(state, STORM_NONE, STORM_DISMISSED);
    return TRUE;
}

gboolean storm_begin(struct db *db, const struct storm *s, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO storm (provider, campaign_id, state, since_us, hard, taken,"
                  " usual) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
                  "siiiiid", s->provider, s->campaign_id, (gint64)s->state, s->since_us,
                  s->hard, s->taken, s->usual);
}

gboolean storm_decide(struct db *db, const char *provider, gint64 campaign_id,
                      enum storm_state state, GError **error)
{
    if (!sql_do(db, error,
                "UPDATE storm SET state = ?3, decided_us = ?4 WHERE provider = ?1"
                " AND campaign_id = ?2 AND state = 0",
                "siii", provider, campaign_id, (gint64)state, clock_wall_us()))
        return FALSE;
    if (sql_changes(db) > 0)
        return audit_write(db, state == STORM_CONFIRMED ? "confirm storm" : "dismiss storm",
                           "provider", provider, "", error);
    g_autofree char *shown = text_safe(provider, -1, 80);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                _("no bounces of %s wait for a decision"), shown);
    return FALSE;
}

GPtrArray *storm_waiting(struct db *db, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT t.provider, " BIN_SHOWN(
            "c.name") ", t.campaign_id, t.state, t.since_us, t.hard,"
                      " t.taken, t.usual, (SELECT count(*) FROM said s WHERE s.provider = "
                      "t.provider"
                      " AND s.campaign_id = t.campaign_id AND s.effects & 32) FROM storm t "
                      "JOIN campaign c"
                      " ON c.id = t.campaign_id WHERE t.state = 0 ORDER BY t.since_us",
        error);
    if (!s)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_item);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct storm *t = g_new0(struct storm, 1);
        t->provider = sql_text(s, 0);
        t->campaign = sql_text(s, 1);
        t->campaign_id = sql_int64(s, 2);
        t->state = (enum storm_state)sql_int64(s, 3);
        t->since_us = sql_int64(s, 4);
        t->hard = sql_int64(s, 5);
        t->taken = sql_int64(s, 6);
        t->usual = sqlite3_column_double(s, 7);
        t->n_waiting = sql_int64(s, 8);
        g_ptr_array_add(all, t);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

GPtrArray *storm_rows(struct db *db, const char *provider, gint64 campaign_id, int max,
                      GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  SAID_COLUMNS " WHERE provider = ?1 AND campaign_id = ?2"
                                               " AND effects & 32 ORDER BY id LIMIT ?3",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "sii", provider, campaign_id, (gint64)max);
    return said_read_rows(db, s, error);
}

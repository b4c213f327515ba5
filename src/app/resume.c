/*
 * From paused or held to sending, with the next content version when there is one. No delivery
 * is touched: each gets the newest version when it is leased (ledger_lease()), so this costs
 * the same for ten people as for a million.
 */
#include "config.h"

#include "app/resume.h"

#include <inttypes.h>

#include "app/letter.h"
#include "app/start.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/deliveries.h"
#include "store/pools.h"
#include "store/servers.h"
#include "store/stop_rule.h"

/* ---- what must be right ---- */

static gboolean check_state(const struct campaign *c, GError **error)
{
    if (c->state == CAMPAIGN_PAUSED || c->state == CAMPAIGN_HELD)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                c->state == CAMPAIGN_DRAFT
                    ? _("campaign '%s': it is a %s. `crier campaign start` sends it")
                    : _("campaign '%s': it is %s, and only a paused or held one can be "
                        "resumed"),
                c->name, campaign_state_word(c->state));
    return FALSE;
}

static gboolean try_on(const struct letter *letter, const guint8 key[32], const char *date,
                       const struct addressee *a, GString *out, GError **error)
{
    const struct letter_person who = {
        .address = a->address, .fields_json = a->fields_json, .date = date};
    g_string_truncate(out, 0);
    if (letter_write(letter, key, &who, out, error))
        return TRUE;
    g_autofree char *shown = text_safe(a->address, -1, 320);
    g_prefix_error(error, _("it cannot be made for %s: "), shown);
    return FALSE;
}

/* The first of those who are left: a field that nobody has shows on the first one. */
static gboolean try_on_some(struct db *db, const struct campaign *c,
                            const struct letter *letter, GError **error)
{
    guint8 key[32];
    g_autoptr(GPtrArray) some = deliveries_left(db, c->id, RESUME_TRIED, error);
    if (!some || !db_hmac_key(db, key, error))
        return FALSE;
    g_autofree char *date = clock_format_rfc5322(clock_wall_us());
    g_autoptr(GString) out = g_string_new(NULL);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < some->len; i++)
        ok = try_on(letter, key, date, some->pdata[i], out, error);
    explicit_bzero(key, sizeof key);
    return ok;
}

static gboolean check_edited(struct db *db, const struct campaign *c, GError **error)
{
    struct letter *letter = NULL;
    gboolean ok = start_check_server(db, c, error) && campaign_check_ready(c, error) &&
                  (letter = letter_draft(db, c, error)) != NULL &&
                  try_on_some(db, c, letter, error);
    letter_free(letter);
    if (!ok)
        g_prefix_error(error, _("campaign '%s' was changed and stays %s: "), c->name,
                       campaign_state_word(c->state));
    return ok;
}

/* ---- going on ---- */

struct going {
    const struct campaign *campaign; /* as it was looked at */
    const struct campaign *full;     /* its content as it goes out; NULL: not changed */
    enum campaign_state to;
};

/* Held before its rows were all there: sending now would find few or none, and finish. */
static enum campaign_state next_state(const struct campaign *c)
{
    return c->started_us        ? CAMPAIGN_SENDING
           : c->schedule_us > 0 ? CAMPAIGN_SCHEDULED
                                : CAMPAIGN_PREPARING;
}

static gboolean check_same(struct db *db, const struct campaign *c, GError **error)
{
    struct campaign now = {0};
    if (!campaigns_get_id(db, c->id, &now, error))
        return FALSE;
    gboolean is_same = now.row_version == c->row_version;
    campaign_clear(&now);
    if (!is_same)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("campaign '%s' was changed by somebody else meanwhile. Look at it again, "
                      "then resume it"),
                    c->name);
    return is_same;
}

static gboolean forgive_servers(struct db *db, const char *name, GError **error)
{
    struct pool_servers servers = {0};
    gboolean ok = pools_find(db, name, &servers, error);
    for (guint i = 0; ok && i < servers.all->len; i++) {
        const struct pool_server *s = servers.all->pdata[i];
        ok = servers_set_problem(db, s->record.id, "", error);
    }
    pool_servers_clear(&servers);
    return ok;
}

static gboolean settle_time(struct db *db, const struct going *g, GError **error)
{
    const struct campaign *c = g->campaign;
    gint64 now_us = clock_wall_us();
    /* A time that has gone by: whoever resumes it wants it to begin now. */
    return g->to != CAMPAIGN_SCHEDULED || c->schedule_us >= now_us ||
           campaigns_schedule(db, c->id, now_us, c->schedule_min, c->schedule_max, error);
}

/* Inside the transaction. */
static gboolean go_on(struct db *db, const struct going *g, struct resumed *r, GError **error)
{
    const struct campaign *c = g->campaign;
    struct campaign_counts n;
    r->version = (int)c->content_version;
    if (!check_same(db, c, error) || !forgive_servers(db, c->server, error) ||
        (g->full && !campaigns_freeze(db, g->full, &r->version, error)) ||
        !settle_time(db, g, error) || !campaigns_move(db, c->id, g->to, NULL, error) ||
        !stop_rule_forgive(db, c->id, error) || !campaigns_counts(db, c->id, &n, error))
        return FALSE;
    r->is_new_version = r->version > c->content_version;
    r->left = n.state[DELIVERY_QUEUED] + n.state[DELIVERY_DEFERRED];
    return TRUE;
}

static gboolean resume(struct db *db, const struct going *g, struct resumed *r, GError **error)
{
    if (!db_begin(db, error))
        return FALSE;
    if (go_on(db, g, r, error) && db_commit(db, error))
        return TRUE;
    db_rollback(db);
    return FALSE;
}

static gboolean expand_and_resume(struct db *db, const struct campaign *c, struct resumed *r,
                                  GError **error)
{
    struct campaign full;
    struct going g = {.campaign = c, .to = next_state(c)};
    /* What has not begun freezes its content when it does. */
    if (!c->is_edited || g.to == CAMPAIGN_PREPARING)
        return resume(db, &g, r, error);
    if (!check_edited(db, c, error) || !letter_expand(db, c, &full, error))
        return FALSE;
    g.full = &full;
    gboolean ok = resume(db, &g, r, error);
    letter_expanded_clear(&full);
    return ok;
}

static gboolean say_not_begun(const struct campaign *c, GError **error)
{
    if (next_state(c) != CAMPAIGN_PREPARING)
        return TRUE;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_FAILED,
        _("campaign '%s' was held before it had begun. `crier campaign start %s` begins it"),
        c->name, c->name);
    return FALSE;
}

gboolean resume_campaign(struct db *db, const char *name, struct resumed *ret, GError **error)
{
    struct campaign c = {0};
    struct resumed done = {0};
    gboolean ok = campaigns_get(db, name, &c, error) && check_state(&c, error) &&
                  expand_and_resume(db, &c, &done, error) && say_not_begun(&c, error);
    campaign_clear(&c);
    if (ok && ret)
        *ret = done;
    return ok;
}

/*
 * What may hold a campaign up: a row a cause, in the order in which they are told. A row looks
 * whether it holds and says which limit it is, how long it lasts, and the reply behind it. A new
 * limit is a row with its function; what a person has to act on comes from status_problems.c.
 */
#include "config.h"

#include <inttypes.h>

#include "app/explain_private.h"
#include "app/members.h"
#include "app/pace_words.h"
#include "app/refusals.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/when.h"
#include "store/counters.h"
#include "store/holds.h"
#include "store/pools.h"

#define REPLIES_LOOKED_AT 50
#define HOLDS_TOLD 10 /* those at which the most wait */
#define REPLY_BYTES 200
#define REFUSALS_TOLD 20

static const struct campaign *campaign_of(const struct explain_scene *e)
{
    return &e->campaign->campaign;
}

static gint64 count_of(const struct explain_scene *e, enum delivery_state state)
{
    return e->campaign->counts.state[state];
}

static gint64 left_of(const struct explain_scene *e)
{
    return count_of(e, DELIVERY_QUEUED) + count_of(e, DELIVERY_LEASED);
}

static char *local_time(gint64 wall_us)
{
    return clock_format_local(wall_us, clock_wall_us());
}

/* The servers that it may go out by, each by itself. */
static void each_server(const struct explain_scene *e, const char *cause, GPtrArray *to,
                        void (*tell)(const struct status_server *x, const char *cause,
                                     const struct explain_scene *e, GPtrArray *to))
{
    for (guint i = 0; i < e->status->servers->len; i++) {
        const struct status_server *x = g_ptr_array_index(e->status->servers, i);
        if (pools_lead_to(e->db, campaign_of(e)->server, x->server.name))
            tell(x, cause, e, to);
    }
}

static char *show_verb(const struct status_server *x)
{
    return g_strdup_printf("server show %s", x->server.name);
}

/* ---- what somebody has to act on ---- */

static gboolean is_of(const struct status_problem *p, const struct campaign *c)
{
    if (g_str_equal(p->kind, "server"))
        return g_strcmp0(p->name, c->server) == 0;
    return !p->name || g_strcmp0(p->name, c->name) == 0 || g_str_equal(p->screen, "log");
}

static void tell_problems(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    for (guint i = 0; i < e->status->problems->len; i++) {
        const struct status_problem *p = g_ptr_array_index(e->status->problems, i);
        if (is_of(p, campaign_of(e)))
            explain_add(to, p->cause ? p->cause : cause,
                        p->is_over_by_itself ? EXPLAIN_GOES : EXPLAIN_STOPPED,
                        g_strdup_printf(_("%s. %s"), p->what, p->next), g_strdup(p->verb));
    }
}

/* ---- a pool ---- */

static void tell_absent(const struct member *m, GPtrArray *to)
{
    if (m->why_not)
        explain_add(to, m->cause, EXPLAIN_GOES,
                    g_strdup_printf(_("server %s: %s"), m->server, m->why_not),
                    g_strdup_printf(m->needs_person ? "server test %s" : "server show %s",
                                    m->server));
}

/* Which of its servers it goes by, and why not another: what one of them lacks stops nothing
 * while the others go on. */
static void tell_pool(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    const char *name = campaign_of(e)->server;
    struct members *m = members_load(e->db, name, e->status->live, clock_wall_us(), NULL);
    if (m && m->is_pool) {
        g_autofree char *goes = members_words(m);
        explain_add(to, cause, EXPLAIN_GOES,
                    goes ? g_strdup_printf(_("pool %s: it %s"), name, goes)
                         : g_strdup_printf(_("pool %s: none of its servers may send now"), name),
                    g_strdup_printf("pool show %s", name));
        for (guint i = 0; i < m->all->len; i++)
            tell_absent(m->all->pdata[i], to);
    }
    members_free(m);
}

/* Receivers that refuse us, whatever they are asked. */
static void tell_refusals(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    g_autoptr(GPtrArray) all = refusals_load(e->db, e->ws, campaign_of(e)->id, NULL);
    for (guint i = 0; all && i < MIN(all->len, REFUSALS_TOLD); i++) {
        const struct refusal *x = all->pdata[i];
        explain_add(to, cause, EXPLAIN_STOPPED, g_strdup_printf(_("%s. %s"), x->what, x->next),
                    g_strdup(x->verb));
    }
}

/* ---- by its state ---- */

static void tell_draft(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    explain_add(to, cause, EXPLAIN_STOPPED,
                g_strdup(_("it is a draft: it goes to nobody before it is started")),
                g_strdup_printf("campaign start %s", campaign_of(e)->name));
}

static void tell_scheduled(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    g_autofree char *when = when_format(campaign_of(e)->schedule_us);
    explain_add(to, cause, EXPLAIN_GOES, g_strdup_printf(_("it begins at %s"), when), NULL);
    if (!e->status->is_worker_running)
        explain_add(to, "no-worker", EXPLAIN_STOPPED,
                    g_strdup(_("no worker runs, so it would not begin then")),
                    g_strdup("worker"));
}

static void tell_paused(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    explain_add(to, cause, EXPLAIN_STOPPED, g_strdup(_("it is paused: nothing more goes out")),
                g_strdup_printf("campaign resume %s", campaign_of(e)->name));
}

static char *ended_at(const struct explain_scene *e)
{
    gint64 at_us = campaign_of(e)->finished_us;
    return at_us > 0 ? local_time(at_us) : g_strdup("?");
}

static void tell_finished(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    g_autofree char *ended = ended_at(e);
    explain_add(to, cause, EXPLAIN_DONE, g_strdup_printf(_("it was finished at %s"), ended),
                NULL);
}

static void tell_cancelled(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    g_autofree char *ended = ended_at(e);
    explain_add(to, cause, EXPLAIN_DONE,
                g_strdup_printf(_("it was cancelled at %s: nobody else gets it"), ended), NULL);
}

/* ---- limits of the campaign ---- */

static void tell_setting(const struct explain_scene *e, const char *cause, GPtrArray *to,
                         char *(*words)(const struct campaign *c, gint64 n), gint64 n)
{
    struct campaign c = {0};
    if (!campaigns_get(e->db, campaign_of(e)->name, &c, NULL))
        return;
    char *text = words(&c, n);
    if (text)
        explain_add(to, cause, EXPLAIN_GOES, text, NULL);
    campaign_clear(&c);
}

static void tell_hours(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    tell_setting(e, cause, to, pace_words_hours, clock_wall_us());
}

static void tell_spread(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    tell_setting(e, cause, to, pace_words_spread, e->campaign->counts.total);
}

/* ---- limits of its servers ---- */

static void quota_of(const struct status_server *x, const char *cause,
                     const struct explain_scene *e, GPtrArray *to)
{
    g_autofree char *limit = x->live ? pace_words_limit(x->live) : NULL;
    /* Of a pool's that is told with the others of it. */
    if (limit && g_strcmp0(x->server.name, campaign_of(e)->server) == 0)
        explain_add(to, cause, EXPLAIN_GOES,
                    g_strdup_printf(_("server %s: %s"), x->server.name, limit), show_verb(x));
}

static void tell_quota(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    each_server(e, cause, to, quota_of);
}

/* Nothing but its pace holds them: it rests for nothing and has room in its other limits. */
static gboolean is_at_work(const struct status_server *x)
{
    const struct server_live *l = x->live;
    return l && l->is_live && l->rest_until_us == 0 && !x->problem && l->limit_kind == 0;
}

static void pace_of(const struct status_server *x, const char *cause,
                    const struct explain_scene *e, GPtrArray *to)
{
    if (!is_at_work(x) || x->server.per_second <= 0 || left_of(e) == 0)
        return;
    g_autofree char *n = text_grouped(x->server.per_second);
    g_autofree char *left = text_grouped(left_of(e));
    g_autofree char *span = clock_format_span(
        (left_of(e) + x->server.per_second - 1) / x->server.per_second);
    explain_add(to, cause, EXPLAIN_GOES,
                g_strdup_printf(_("server %s: limit of %s a second: the %s who wait take %s"),
                                x->server.name, n, left, span),
                show_verb(x));
}

static void tell_pace(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    each_server(e, cause, to, pace_of);
}

/* "; its last reply: 250 2.0.0 Ok", or nothing. */
static char *last_reply(const struct server_live *l)
{
    g_autofree char *safe = text_safe(l->reply, -1, REPLY_BYTES);
    return l->code > 0 ? g_strdup_printf(_("; its last reply: %d %s"), l->code, safe)
                       : g_strdup("");
}

static void connections_of(const struct status_server *x, const char *cause,
                           const struct explain_scene *e, GPtrArray *to)
{
    const struct server_live *l = x->live;
    if (!is_at_work(x) || l->connections < x->server.connections || l->waiting == 0 ||
        l->in_flight < l->connections)
        return;
    g_autofree char *reply = last_reply(l);
    g_autofree char *waiting = text_grouped(left_of(e));
    explain_add(to, cause, EXPLAIN_GOES,
                g_strdup_printf(ngettext("server %s: its limit of %" PRId64
                                         " connection is in use, %s people wait for it%s",
                                         "server %s: its limit of %" PRId64
                                         " connections is in use, %s people wait for one%s",
                                         (gulong)x->server.connections),
                                x->server.name, x->server.connections, waiting, reply),
                show_verb(x));
}

static void tell_connections(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    each_server(e, cause, to, connections_of);
}

/* Between the first SYN and the end of the login; a server may take minutes to greet. */
static void connecting_of(const struct status_server *x, const char *cause,
                          const struct explain_scene *e, GPtrArray *to)
{
    const struct server_live *l = x->live;
    if (!is_at_work(x) || l->connections > 0 || l->waiting == 0)
        return;
    g_autofree char *host = text_safe(x->server.host, -1, REPLY_BYTES);
    explain_add(to, cause, EXPLAIN_GOES,
                g_strdup_printf(_("server %s: no connection is up yet, %s is given up to 5 min "
                                  "to greet"),
                                x->server.name, host),
                g_strdup_printf("server test %s", x->server.name));
}

static void tell_connecting(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    each_server(e, cause, to, connecting_of);
}

/* ---- limits of receivers ---- */

static void tell_receivers(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    g_autoptr(GPtrArray) holds = holds_all(e->db, campaign_of(e)->id, NULL);
    for (guint i = 0; holds && i < holds->len && i < HOLDS_TOLD; i++) {
        const struct hold *h = holds->pdata[i];
        if (refusal_is(h))
            continue; /* told by itself */
        explain_add(to, cause,
                    h->until_us == HOLD_FOR_EVER ? EXPLAIN_STOPPED : EXPLAIN_GOES,
                    pace_words_hold(h), g_strdup_printf("provider show %s", h->receiver));
    }
}

static gint64 n_held(const struct explain_scene *e)
{
    gint64 n = 0;
    g_autoptr(GPtrArray) holds = holds_all(e->db, campaign_of(e)->id, NULL);
    for (guint i = 0; holds && i < holds->len; i++)
        n += ((const struct hold *)holds->pdata[i])->n_waiting;
    return n;
}

/* ---- those who wait ---- */

static void tell_queue(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    gint64 left = left_of(e);
    double rate = e->campaign->rate_per_s;
    if (left == 0)
        return;
    g_autofree char *span = rate > 0 ? clock_format_span((gint64)((double)left / rate)) : NULL;
    char *text =
        span ? g_strdup_printf(ngettext("%" PRId64 " person waits for a turn: at this pace %s",
                                        "%" PRId64 " people wait for their turn: at this pace %s",
                                        (gulong)left),
                               left, span)
             : g_strdup_printf(ngettext("%" PRId64 " person waits for a turn",
                                        "%" PRId64 " people wait for their turn", (gulong)left),
                               left);
    explain_add(to, cause, EXPLAIN_GOES, text, NULL);
}

/* What most of those who were put off were told: "; mostly: 451 4.7.1 come again". */
static char *usual_reply(const struct explain_scene *e)
{
    g_autoptr(GPtrArray) all =
        counters_replies(e->db, campaign_of(e)->id, REPLIES_LOOKED_AT, NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct reply_count *r = all->pdata[i];
        if (r->state != DELIVERY_DEFERRED || r->code == 0)
            continue;
        g_autofree char *safe = text_safe(r->reply, -1, REPLY_BYTES);
        return g_strdup_printf(_("; mostly: %d %s%s%s"), r->code, r->enhanced,
                               *r->enhanced ? " " : "", safe);
    }
    return g_strdup("");
}

static void tell_deferred(const struct explain_scene *e, const char *cause, GPtrArray *to)
{
    gint64 n = count_of(e, DELIVERY_DEFERRED) - n_held(e);
    gint64 due_us = n > 0 ? counters_next_due_us(e->db, campaign_of(e)->id) : 0;
    if (due_us == 0)
        return;
    g_autofree char *again = local_time(due_us), *reply = usual_reply(e);
    explain_add(
        to, cause, EXPLAIN_GOES,
        g_strdup_printf(
            ngettext("%" PRId64 " person was put off by the server; the next try is at %s%s",
                     "%" PRId64 " people were put off by the server; the next try is at %s%s",
                     (gulong)n),
            n, again, reply),
        NULL);
}

/* ---- all of them ---- */

#define ALWAYS ((1u << CAMPAIGN_STATE_COUNT) - 1)
#define WHILE(state) (1u << (state))

static const struct {
    const char *cause; /* as programs read it */
    unsigned states;
    void (*tell)(const struct explain_scene *e, const char *cause, GPtrArray *to);
} causes[] = {
    {"problem", ALWAYS, tell_problems},
    {"ours", WHILE(CAMPAIGN_SENDING), tell_refusals},
    {"draft", WHILE(CAMPAIGN_DRAFT), tell_draft},
    {"schedule", WHILE(CAMPAIGN_SCHEDULED), tell_scheduled},
    {"pause", WHILE(CAMPAIGN_PAUSED), tell_paused},
    {"finished", WHILE(CAMPAIGN_FINISHED), tell_finished},
    {"cancelled", WHILE(CAMPAIGN_CANCELLED), tell_cancelled},
    {"pool", WHILE(CAMPAIGN_SENDING), tell_pool},
    {"hours", WHILE(CAMPAIGN_SENDING), tell_hours},
    {"spread", WHILE(CAMPAIGN_SENDING), tell_spread},
    {"quota", WHILE(CAMPAIGN_SENDING), tell_quota},
    {"per-second", WHILE(CAMPAIGN_SENDING), tell_pace},
    {"connections", WHILE(CAMPAIGN_SENDING), tell_connections},
    {"connecting", WHILE(CAMPAIGN_SENDING), tell_connecting},
    {"receiver", WHILE(CAMPAIGN_SENDING), tell_receivers},
    {"queue", WHILE(CAMPAIGN_SENDING), tell_queue},
    {"deferred", WHILE(CAMPAIGN_SENDING), tell_deferred},
};

void explain_causes(const struct explain_scene *scene, GPtrArray *to)
{
    for (gsize i = 0; i < G_N_ELEMENTS(causes); i++)
        if (causes[i].states & WHILE(campaign_of(scene)->state))
            causes[i].tell(scene, causes[i].cause, to);
    if (to->len == 0)
        explain_add(to, "queue", EXPLAIN_GOES,
                    g_strdup(_("its last messages are on their way")), NULL);
}

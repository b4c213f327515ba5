/*
 * Gathers what goes on. It only reads: counters, role rows, the lock. Not for one person's
 * delivery.
 */
#include "config.h"

#include "app/status.h"

#include "app/mailbox_now.h"
#include "app/members.h"
#include "app/pace_words.h"
#include "app/provider_view.h"
#include "app/shapes.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "model/hardening.h"
#include "store/audit.h"
#include "store/holds.h"
#include "store/pools.h"
#include "store/servers.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)

static void campaign_free(gpointer p)
{
    struct status_campaign *c = p;
    campaign_clear(&c->campaign);
    g_free(c);
}

static void server_free(gpointer p)
{
    struct status_server *s = p;
    server_clear(&s->server);
    g_free(s->problem);
    g_free(s);
}

static void pool_free(gpointer p)
{
    struct status_pool *x = p;
    pool_clear(&x->pool);
    members_free(x->members);
    g_free(x);
}

void status_free(struct status *s)
{
    if (!s)
        return;
    g_ptr_array_unref(s->next);
    g_ptr_array_unref(s->ended);
    g_ptr_array_unref(s->campaigns);
    g_ptr_array_unref(s->servers);
    g_ptr_array_unref(s->pools);
    g_clear_pointer(&s->mailboxes, g_ptr_array_unref);
    g_clear_pointer(&s->ports, g_ptr_array_unref);
    g_clear_pointer(&s->live, g_ptr_array_unref);
    g_ptr_array_unref(s->problems);
    g_ptr_array_unref(s->notes);
    g_clear_pointer(&s->holds, g_ptr_array_unref);
    g_free(s);
}

/* ---- campaigns ---- */

static struct status_campaign *from_brief(const struct campaign_brief *b)
{
    struct status_campaign *x = g_new0(struct status_campaign, 1);
    struct campaign *c = &x->campaign;
    campaign_init(c);
    c->id = b->id;
    g_free(c->name);
    c->name = g_strdup(b->name);
    g_free(c->title);
    c->title = g_strdup(b->title);
    g_free(c->subject);
    c->subject = g_strdup(b->subject);
    g_free(c->server);
    c->server = g_strdup(b->server);
    c->held_reason = g_strdup(b->held_reason);
    c->state = b->state;
    c->row_version = b->row_version;
    c->content_version = b->content_version;
    c->is_edited = b->is_edited;
    c->created_us = b->created_us;
    c->started_us = b->started_us;
    c->finished_us = b->finished_us;
    c->schedule_us = b->schedule_us;
    c->schedule_min = b->schedule_min;
    c->schedule_max = b->schedule_max;
    x->counts = b->counts;
    x->expected = b->state == CAMPAIGN_SCHEDULED ? (b->schedule_min + b->schedule_max) / 2 : 0;
    x->eta_s = -1;
    return x;
}

/* `briefs` NULL: an error is set. */
static gboolean add_briefs(struct status *s, const GPtrArray *briefs)
{
    for (guint i = 0; briefs && i < briefs->len; i++)
        g_ptr_array_add(s->campaigns, from_brief(g_ptr_array_index(briefs, i)));
    return briefs != NULL;
}

static gboolean add_only(struct status *s, struct db *db, const char *name, GError **error)
{
    struct campaign c;
    if (!campaigns_get(db, name, &c, error))
        return FALSE;
    g_autoptr(GPtrArray) same = counters_campaigns(db, COUNTERS_STATE(c.state), error);
    for (guint i = 0; same && i < same->len; i++) {
        const struct campaign_brief *b = g_ptr_array_index(same, i);
        if (b->id == c.id)
            g_ptr_array_add(s->campaigns, from_brief(b));
    }
    campaign_clear(&c);
    return same != NULL;
}

static gboolean load_every(struct status *s, struct db *db, const char *only, GError **error)
{
    if (only)
        return add_only(s, db, only, error);
    g_autoptr(GPtrArray) briefs = counters_campaigns(db, COUNTERS_ALL_STATES, error);
    return add_briefs(s, briefs);
}

static gboolean load_lively(struct status *s, struct db *db, GError **error)
{
    unsigned states = COUNTERS_STATE(CAMPAIGN_PREPARING) | COUNTERS_STATE(CAMPAIGN_SCHEDULED) |
                      COUNTERS_STATE(CAMPAIGN_SENDING) | COUNTERS_STATE(CAMPAIGN_PAUSED) |
                      COUNTERS_STATE(CAMPAIGN_HELD);
    g_autoptr(GPtrArray) lively = counters_campaigns(db, states, error);
    g_autoptr(GPtrArray) ended = lively ? counters_ended(db, STATUS_ENDED_MAX, error) : NULL;
    return add_briefs(s, lively) && add_briefs(s, ended);
}

static int compare_schedules(gconstpointer a, gconstpointer b)
{
    const struct status_campaign *x = *(struct status_campaign *const *)a,
                                 *y = *(struct status_campaign *const *)b;
    gint64 later = x->campaign.schedule_us - y->campaign.schedule_us;
    return later > 0 ? 1 : later < 0 ? -1 : 0;
}

static int compare_ends(gconstpointer a, gconstpointer b)
{
    const struct status_campaign *x = *(struct status_campaign *const *)a,
                                 *y = *(struct status_campaign *const *)b;
    gint64 later = x->campaign.finished_us - y->campaign.finished_us;
    return later > 0 ? -1 : later < 0 ? 1 : 0;
}

static void sort_out(struct status *s)
{
    for (guint i = 0; i < s->campaigns->len; i++) {
        struct status_campaign *x = g_ptr_array_index(s->campaigns, i);
        enum campaign_state state = x->campaign.state;
        if (state == CAMPAIGN_SCHEDULED)
            g_ptr_array_add(s->next, x);
        else if (state == CAMPAIGN_FINISHED || state == CAMPAIGN_CANCELLED)
            g_ptr_array_add(s->ended, x);
    }
    g_ptr_array_sort(s->next, compare_schedules);
    g_ptr_array_sort(s->ended, compare_ends);
    if (s->ended->len > STATUS_ENDED_MAX)
        g_ptr_array_set_size(s->ended, STATUS_ENDED_MAX);
}

/* ---- the rest ---- */

static const struct server_live *live_of(const struct status *s, gint64 server_id)
{
    for (guint i = 0; i < s->live->len; i++) {
        const struct server_live *l = g_ptr_array_index(s->live, i);
        if (l->server_id == server_id)
            return l;
    }
    return NULL;
}

static gboolean load_servers(struct status *s, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = servers_all(db, error);
    s->live = all ? servers_live(db, clock_wall_us(), error) : NULL;
    if (!s->live)
        return FALSE;
    for (guint i = 0; i < all->len; i++) {
        const struct server *from = g_ptr_array_index(all, i);
        struct status_server *copy = g_new0(struct status_server, 1);
        server_init(&copy->server);
        field_copy_all(server_fields(), &copy->server, from);
        copy->server.id = from->id;
        copy->server.name = g_strdup(from->name);
        copy->live = live_of(s, from->id);
        copy->problem = copy->live ? g_strdup(copy->live->problem) : NULL;
        g_ptr_array_add(s->servers, copy);
    }
    return TRUE;
}

static gboolean load_pools(struct status *s, struct db *db, gint64 now_us, GError **error)
{
    g_autoptr(GPtrArray) all = pools_all(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        struct pool *p = all->pdata[i];
        struct status_pool *x = g_new0(struct status_pool, 1);
        x->members = members_load(db, p->name, s->live, now_us, NULL);
        x->pool = *p;
        *p = (struct pool){0};
        g_ptr_array_add(s->pools, x);
    }
    return all != NULL;
}

static gint64 midnight_us(gint64 now_us)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(now_us / CLOCK_SECOND_US);
    gint64 since_s = g_date_time_get_hour(now) * 3600 + g_date_time_get_minute(now) * 60 +
                     g_date_time_get_second(now);
    return now_us - since_s * CLOCK_SECOND_US;
}

static gboolean load_sums(struct status *s, struct db *db, gint64 now_us, GError **error)
{
    return counters_states(db, s->n_in_state, error) &&
           counters_since(db, now_us - HOUR_US, &s->last_hour, error) &&
           counters_since(db, midnight_us(now_us), &s->today, error);
}

static gboolean load_roles(struct status *s, struct db *db, gint64 now_us, GError **error)
{
    g_autoptr(GPtrArray) roles = role_all(db, error);
    if (roles)
        status_find_roles(s, roles, now_us);
    return roles != NULL;
}

static gint64 left_of(const struct status_campaign *c)
{
    return c->counts.state[DELIVERY_QUEUED] + c->counts.state[DELIVERY_LEASED];
}

void status_share_rate(GPtrArray *campaigns, double rate_per_s)
{
    gint64 all = 0;
    for (guint i = 0; i < campaigns->len; i++) {
        const struct status_campaign *c = g_ptr_array_index(campaigns, i);
        if (c->campaign.state == CAMPAIGN_SENDING)
            all += left_of(c);
    }
    for (guint i = 0; i < campaigns->len; i++) {
        struct status_campaign *c = g_ptr_array_index(campaigns, i);
        c->rate_per_s = 0;
        c->eta_s = -1;
        if (c->campaign.state != CAMPAIGN_SENDING || all < 1 || rate_per_s <= 0)
            continue;
        c->rate_per_s = rate_per_s * (double)left_of(c) / (double)all;
        /* Those who wait for another try have their own time: no rate says when. */
        if (c->counts.state[DELIVERY_DEFERRED] == 0 && c->rate_per_s > 0)
            c->eta_s = (gint64)((double)left_of(c) / c->rate_per_s);
    }
}

static struct status *status_new(const struct workspace *ws)
{
    struct status *s = g_new0(struct status, 1);
    s->campaigns = g_ptr_array_new_with_free_func(campaign_free);
    s->next = g_ptr_array_new();
    s->ended = g_ptr_array_new();
    s->servers = g_ptr_array_new_with_free_func(server_free);
    s->pools = g_ptr_array_new_with_free_func(pool_free);
    s->problems = g_ptr_array_new_with_free_func(status_problem_free);
    s->notes = g_ptr_array_new_with_free_func(status_problem_free);
    s->hardened = -1;
    s->is_worker_running = workspace_worker_is_running(ws, &s->worker_pid, &s->worker_since_us);
    s->service = service_state(ws, s->is_worker_running ? s->worker_pid : 0);
    return s;
}

/* With its campaigns; takes `s`. */
static struct status *complete(struct status *s, struct db *db, const struct workspace *ws,
                               GError **error)
{
    gint64 now_us = clock_wall_us();
    s->holds = holds_all(db, 0, error);
    s->mailboxes = s->holds ? mailboxes_now(db, error) : NULL;
    s->ports = s->mailboxes ? status_load_ports(db, error) : NULL;
    if (!s->ports || !load_servers(s, db, error) ||
        !load_pools(s, db, now_us, error) || !load_roles(s, db, now_us, error) ||
        !load_sums(s, db, now_us, error)) {
        status_free(s);
        return NULL;
    }
    status_share_rate(s->campaigns, s->rate_per_s);
    sort_out(s);
    status_find_problems(s, db, ws);
    return s;
}

struct status *status_load(struct db *db, const struct workspace *ws, const char *only,
                           GError **error)
{
    struct status *s = status_new(ws);
    if (load_every(s, db, only, error))
        return complete(s, db, ws, error);
    status_free(s);
    return NULL;
}

struct status *status_home(struct db *db, const struct workspace *ws, GError **error)
{
    struct status *s = status_new(ws);
    if (load_lively(s, db, error))
        return complete(s, db, ws, error);
    status_free(s);
    return NULL;
}

/* ---- JSON ---- */

void status_campaign_json(struct json_writer *w, const struct status_campaign *c)
{
    /* Counted once the tracking role is there; the keys stand. */
    static const char *const not_counted[] = {"opened", "clicked"};
    json_begin_object(w);
    json_kv_string(w, "name", c->campaign.name);
    json_kv_string(w, "title", c->campaign.title);
    json_kv_string(w, "state", campaign_state_name(c->campaign.state));
    json_kv_string(w, "held_reason", c->campaign.held_reason);
    shape_counts(w, &c->counts);
    for (gsize i = 0; i < G_N_ELEMENTS(not_counted); i++)
        json_kv_int(w, not_counted[i], 0);
    json_key(w, "rate_per_s");
    json_put_real(w, c->rate_per_s);
    json_key(w, "eta_s");
    if (c->eta_s >= 0)
        json_put_int(w, c->eta_s);
    else
        json_put_null(w);
    shape_time(w, "scheduled",
               c->campaign.state == CAMPAIGN_SCHEDULED ? c->campaign.schedule_us : 0);
    json_kv_int(w, "expected", c->expected);
    shape_time(w, "started", c->campaign.started_us);
    shape_time(w, "finished", c->campaign.finished_us);
    json_end_object(w);
}

/* An array of the words whose bits are in `set`; null where it is not known. */
static void hardening_json(struct json_writer *w, const char *key, gboolean is_known, int set)
{
    json_key(w, key);
    if (!is_known) {
        json_put_null(w);
        return;
    }
    json_begin_array(w);
    for (int i = 0; i < HARDENING_COUNT; i++)
        if (set & (1 << i))
            json_put_string(w, hardening_name(i));
    json_end_array(w);
}

static void worker_json(struct json_writer *w, const struct status *s)
{
    json_key(w, "worker");
    json_begin_object(w);
    json_kv_bool(w, "running", s->is_worker_running);
    json_key(w, "pid");
    if (s->is_worker_running && s->worker_pid > 0)
        json_put_int(w, s->worker_pid);
    else
        json_put_null(w);
    shape_time(w, "since", s->is_worker_running ? s->worker_since_us : 0);
    json_kv_string(w, "service", service_state_name(s->service));
    json_kv_bool(w, "survives_reboot", service_survives(s->service));
    hardening_json(w, "hardened", s->hardened >= 0, s->hardened);
    hardening_json(w, "hardened_missing", s->hardened >= 0, ~s->hardened);
    json_kv_bool(w, "inbox", s->is_inbox_running);
    hardening_json(w, "inbox_hardened", s->is_inbox_running, s->inbox_hardened);
    json_end_object(w);
}

static void problems_json(struct json_writer *w, const char *key, const GPtrArray *problems)
{
    json_key(w, key);
    json_begin_array(w);
    for (guint i = 0; i < problems->len; i++) {
        const struct status_problem *p = g_ptr_array_index(problems, i);
        json_begin_object(w);
        json_kv_string(w, "kind", p->kind);
        json_kv_string(w, "name", p->name);
        json_kv_string(w, "text", p->text);
        json_kv_string(w, "what", p->what);
        json_kv_string(w, "next", p->next);
        json_kv_string(w, "verb", p->verb);
        json_kv_string(w, "screen", p->screen);
        shape_time(w, "since", p->since_us);
        json_end_object(w);
    }
    json_end_array(w);
}

static void live_json(struct json_writer *w, const struct server_live *l)
{
    json_key(w, "live");
    json_begin_object(w);
    json_kv_bool(w, "in_use", l->is_live);
    json_kv_int(w, "connections", l->connections);
    json_kv_int(w, "in_flight", l->in_flight);
    json_kv_int(w, "waiting", l->waiting);
    json_key(w, "rate_per_s");
    json_put_real(w, l->rate_per_s);
    json_kv_int(w, "campaigns", l->campaigns);
    json_kv_int(w, "queued", l->queued);
    json_kv_int(w, "deferred", l->deferred);
    shape_time(w, "rests_until", l->rest_until_us);
    g_autofree char *limit = pace_words_limit(l);
    json_kv_string(w, "limit", limit);
    shape_time(w, "limited_until", limit ? l->limit_until_us : 0);
    json_kv_int(w, "code", l->code);
    json_kv_string(w, "reply", l->reply);
    shape_time(w, "replied", l->reply_us);
    shape_time(w, "problem_since", l->problem_us);
    json_end_object(w);
}

static void doctor_json(struct json_writer *w, const struct doctor_verdict *v)
{
    json_key(w, "doctor");
    json_begin_object(w);
    shape_time(w, "begun", v->begun_us);
    json_kv_string(w, "result", v->result);
    json_kv_string(w, "verdict", v->text);
    json_kv_string(w, "code", v->code);
    json_kv_string(w, "who", v->who);
    json_kv_string(w, "next", v->next);
    json_end_object(w);
}

static void servers_json(struct json_writer *w, const struct status *s)
{
    json_key(w, "servers");
    json_begin_array(w);
    for (guint i = 0; i < s->servers->len; i++) {
        const struct status_server *x = g_ptr_array_index(s->servers, i);
        json_begin_object(w);
        shape_server_members(w, &x->server, x->problem);
        json_kv_string(w, "refused_by", x->live ? x->live->refused_by : NULL);
        if (x->live)
            live_json(w, x->live);
        if (x->live && x->live->doctor)
            doctor_json(w, x->live->doctor);
        json_end_object(w);
    }
    json_end_array(w);
}

static void sums_json(struct json_writer *w, const char *key, const struct counters_sums *sums)
{
    json_key(w, key);
    json_begin_object(w);
    json_kv_int(w, "sent", sums->sent);
    json_kv_int(w, "accepted", sums->accepted);
    json_kv_int(w, "refused", sums->refused);
    json_kv_int(w, "deferrals", sums->deferrals);
    json_kv_int(w, "uncertain", sums->uncertain);
    json_kv_int(w, "unsubscribed", sums->unsubscribed);
    json_kv_int(w, "bounced", sums->bounced);
    json_kv_int(w, "complained", sums->complained);
    json_end_object(w);
}

void status_json(struct json_writer *w, const struct status *s)
{
    json_begin_object(w);
    json_kv_int(w, "format", 1);
    worker_json(w, s);
    json_key(w, "campaigns");
    json_begin_array(w);
    for (guint i = 0; i < s->campaigns->len; i++)
        status_campaign_json(w, g_ptr_array_index(s->campaigns, i));
    json_end_array(w);
    servers_json(w, s);
    json_key(w, "pools");
    json_begin_array(w);
    for (guint i = 0; i < s->pools->len; i++) {
        const struct status_pool *x = g_ptr_array_index(s->pools, i);
        members_json(w, &x->pool, x->members);
    }
    json_end_array(w);
    status_mailboxes_json(w, s);
    status_ports_json(w, s);
    problems_json(w, "problems", s->problems);
    problems_json(w, "notes", s->notes);
    json_key(w, "receivers");
    json_begin_array(w);
    for (guint i = 0; i < s->holds->len; i++)
        provider_view_hold_json(w, s->holds->pdata[i]);
    json_end_array(w);
    sums_json(w, "last_hour", &s->last_hour);
    sums_json(w, "today", &s->today);
    json_end_object(w);
}

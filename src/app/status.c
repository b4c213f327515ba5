/*
 * Gathers what goes on. It only reads: counters, role rows, the lock. Not for one person's
 * delivery.
 */
#include "config.h"

#include "app/status.h"

#include <inttypes.h>
#include <string.h>

#include "app/shapes.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "store/audit.h"
#include "store/servers.h"

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

static void problem_free(gpointer p)
{
    struct status_problem *x = p;
    g_free(x->name);
    g_free(x->text);
    g_free(x);
}

void status_free(struct status *s)
{
    if (!s)
        return;
    g_ptr_array_unref(s->campaigns);
    g_ptr_array_unref(s->servers);
    g_ptr_array_unref(s->problems);
    g_free(s);
}

static void add_problem(struct status *s, const char *kind, const char *name, char *take_text)
{
    struct status_problem *p = g_new0(struct status_problem, 1);
    p->kind = kind;
    p->name = g_strdup(name);
    p->text = take_text;
    g_ptr_array_add(s->problems, p);
}

/* The array's own record is copied by its table, so that it can be freed with the array. */
static struct status_campaign *copy_campaign(const struct campaign *c)
{
    struct status_campaign *copy = g_new0(struct status_campaign, 1);
    campaign_init(&copy->campaign);
    field_copy_all(campaign_fields(), &copy->campaign, c);
    copy->campaign.id = c->id;
    copy->campaign.name = g_strdup(c->name);
    copy->campaign.held_reason = g_strdup(c->held_reason);
    copy->campaign.state = c->state;
    copy->campaign.row_version = c->row_version;
    copy->campaign.content_version = c->content_version;
    copy->campaign.created_us = c->created_us;
    copy->campaign.started_us = c->started_us;
    copy->campaign.finished_us = c->finished_us;
    copy->campaign.schedule_us = c->schedule_us;
    copy->eta_s = -1;
    return copy;
}

static gboolean add_campaign(struct status *s, struct db *db, const struct campaign *c,
                             GError **error)
{
    struct status_campaign *copy = copy_campaign(c);
    g_ptr_array_add(s->campaigns, copy);
    return campaigns_counts(db, c->id, &copy->counts, error);
}

static gboolean load_campaigns(struct status *s, struct db *db, const char *only,
                               GError **error)
{
    if (only) {
        struct campaign c;
        if (!campaigns_get(db, only, &c, error))
            return FALSE;
        gboolean ok = add_campaign(s, db, &c, error);
        campaign_clear(&c);
        return ok;
    }
    g_autoptr(GPtrArray) all = campaigns_all(db, error);
    if (!all)
        return FALSE;
    for (guint i = 0; i < all->len; i++)
        if (!add_campaign(s, db, g_ptr_array_index(all, i), error))
            return FALSE;
    return TRUE;
}

static gboolean load_servers(struct status *s, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = servers_all(db, error);
    if (!all)
        return FALSE;
    for (guint i = 0; i < all->len; i++) {
        const struct server *from = g_ptr_array_index(all, i);
        struct status_server *copy = g_new0(struct status_server, 1);
        server_init(&copy->server);
        field_copy_all(server_fields(), &copy->server, from);
        copy->server.id = from->id;
        copy->server.name = g_strdup(from->name);
        copy->problem = servers_get_problem(db, from->id);
        if (copy->problem && !*copy->problem)
            g_clear_pointer(&copy->problem, g_free);
        if (copy->problem)
            add_problem(s, "server", copy->server.name, g_strdup(copy->problem));
        g_ptr_array_add(s->servers, copy);
    }
    return TRUE;
}

static gboolean load_roles(struct status *s, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) roles = role_all(db, error);
    if (!roles)
        return FALSE;
    gint64 now = clock_wall_us();
    for (guint i = 0; s->is_worker_running && i < roles->len; i++) {
        const struct role_row *r = g_ptr_array_index(roles, i);
        gint64 silent_s = (now - r->beat_us) / CLOCK_SECOND_US;
        if (g_strcmp0(r->boot_id, clock_boot_id()) != 0)
            continue; /* left by a worker of another boot */
        if (silent_s > STATUS_STUCK_S)
            add_problem(s, "worker", r->role,
                        g_strdup_printf(_("the role %s (process %" PRId64
                                          ") has been silent for %" PRId64 " s"),
                                        r->role, r->pid, silent_s));
        else if (silent_s > STATUS_SILENT_S)
            add_problem(s, "worker", r->role,
                        g_strdup_printf(_("the worker has not been able to write for %" PRId64
                                          " s: is the disk full, or does another program hold"
                                          " the database? Nothing new is sent meanwhile"),
                                        silent_s));
        else if (strcmp(r->role, "send") == 0)
            s->rate_per_s = r->rate;
        if (r->note && *r->note)
            add_problem(s, "worker", r->role, g_strdup(r->note));
    }
    return TRUE;
}

/* Why a campaign that is being sent stands still although nothing is wrong with it. */
static void find_missing_server(struct status *s, const struct campaign *c)
{
    const struct server *server = NULL;
    for (guint i = 0; i < s->servers->len && !server; i++) {
        const struct status_server *x = g_ptr_array_index(s->servers, i);
        if (g_strcmp0(x->server.name, c->server) == 0)
            server = &x->server;
    }
    if (!server)
        add_problem(
            s, "campaign", c->name,
            g_strdup_printf(_("%s waits: its server %s is not there any more. Add it with"
                              " crier server add %s"),
                            c->name, c->server, c->server));
    else if (!server->enabled)
        add_problem(
            s, "campaign", c->name,
            g_strdup_printf(_("%s waits: its server %s is switched off. crier server set %s"
                              " --enabled yes switches it on"),
                            c->name, c->server, c->server));
}

static void find_problems(struct status *s)
{
    for (guint i = 0; i < s->campaigns->len; i++) {
        const struct status_campaign *c = g_ptr_array_index(s->campaigns, i);
        const char *name = c->campaign.name;
        enum campaign_state state = c->campaign.state;
        if (state == CAMPAIGN_HELD)
            add_problem(
                s, "campaign", name,
                g_strdup_printf(_("%s is held: %s. crier campaign resume %s lets it go on"),
                                name, c->campaign.held_reason, name));
        if (state == CAMPAIGN_SENDING && !s->is_worker_running)
            add_problem(
                s, "worker", name,
                g_strdup_printf(_("%s is to be sent and no worker runs: start crier worker"),
                                name));
        if (state == CAMPAIGN_SENDING)
            find_missing_server(s, &c->campaign);
        if (state == CAMPAIGN_PREPARING)
            add_problem(
                s, "campaign", name,
                g_strdup_printf(_("%s is being prepared. If that start was cut short, crier"
                                  " campaign start %s takes it up"),
                                name, name));
        if (c->counts.undecided > 0)
            add_problem(s, "campaign", name,
                        g_strdup_printf(_("%s was maybe sent to %" PRId64
                                          " people: decide with crier campaign resolve %s"),
                                        name, c->counts.undecided, name));
    }
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

struct status *status_load(struct db *db, const struct workspace *ws, const char *only,
                           GError **error)
{
    struct status *s = g_new0(struct status, 1);
    s->campaigns = g_ptr_array_new_with_free_func(campaign_free);
    s->servers = g_ptr_array_new_with_free_func(server_free);
    s->problems = g_ptr_array_new_with_free_func(problem_free);
    s->is_worker_running = workspace_worker_is_running(ws, &s->worker_pid, &s->worker_since_us);
    if (!load_campaigns(s, db, only, error) || !load_servers(s, db, error) ||
        !load_roles(s, db, error)) {
        status_free(s);
        return NULL;
    }
    status_share_rate(s->campaigns, s->rate_per_s);
    find_problems(s);
    return s;
}

/* ---- JSON ---- */

void status_campaign_json(struct json_writer *w, const struct status_campaign *c)
{
    /* Counted once their mailbox and tracking roles are there; the keys stand. */
    static const char *const not_counted[] = {"bounced_hard", "bounced_soft", "complained",
                                              "unsubscribed", "opened",       "clicked"};
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
    shape_time(w, "started", c->campaign.started_us);
    shape_time(w, "finished", c->campaign.finished_us);
    json_end_object(w);
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
    json_end_object(w);
}

static void problems_json(struct json_writer *w, const struct status *s)
{
    json_key(w, "problems");
    json_begin_array(w);
    for (guint i = 0; i < s->problems->len; i++) {
        const struct status_problem *p = g_ptr_array_index(s->problems, i);
        json_begin_object(w);
        json_kv_string(w, "kind", p->kind);
        json_kv_string(w, "name", p->name);
        json_kv_string(w, "text", p->text);
        json_end_object(w);
    }
    json_end_array(w);
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
    json_key(w, "servers");
    json_begin_array(w);
    for (guint i = 0; i < s->servers->len; i++) {
        const struct status_server *x = g_ptr_array_index(s->servers, i);
        shape_server(w, &x->server, x->problem);
    }
    json_end_array(w);
    /* No mailboxes or listening ports are kept yet: the keys stand for scripts. */
    json_key(w, "mailboxes");
    json_begin_array(w);
    json_end_array(w);
    json_key(w, "ports");
    json_begin_array(w);
    json_end_array(w);
    problems_json(w, s);
    json_end_object(w);
}

/*
 * What a person may have to act on, each with what to do about it. Gathering what goes on is
 * status.c's.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "app/members.h"
#include "app/provider_table.h"
#include "app/refusals.h"
#include "app/status.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "model/hardening.h"
#include "store/audit.h"
#include "store/hooks.h"
#include "store/storm.h"
#include "transfer/faultfile.h"

#define REFUSALS_SHOWN 5 /* each by itself */

void status_problem_free(gpointer p)
{
    struct status_problem *x = p;
    g_free(x->name);
    g_free(x->text);
    g_free(x->what);
    g_free(x->next);
    g_free(x->verb);
    g_free(x);
}

struct status_problem *status_add_problem(GPtrArray *to, const char *kind, const char *screen,
                                          const char *name, char *take_what, char *take_next,
                                          char *take_verb)
{
    struct status_problem *p = g_new0(struct status_problem, 1);
    p->kind = kind;
    p->screen = screen;
    p->name = g_strdup(name);
    p->what = take_what;
    p->next = take_next;
    p->verb = take_verb;
    p->text = take_verb
                  ? g_strdup_printf(_("%s. %s: crier %s"), take_what, take_next, take_verb)
                  : g_strdup_printf(_("%s. %s"), take_what, take_next);
    g_ptr_array_add(to, p);
    return p;
}

/* ---- the worker ---- */

static void check_silence(struct status *s, const struct role_row *r, gint64 silent_s)
{
    if (silent_s > STATUS_STUCK_S)
        status_add_problem(s->problems, "worker", "log", r->role,
                           g_strdup_printf(_("the role %s (process %" PRId64
                                             ") has been silent for %" PRId64 " s"),
                                           r->role, r->pid, silent_s),
                           g_strdup(_("End the worker and start it again")),
                           g_strdup("worker stop"))
            ->cause = "stuck-worker";
    else
        status_add_problem(
            s->problems, "worker", "log", r->role,
            g_strdup_printf(_("the worker has not been able to write for %" PRId64 " s"),
                            silent_s),
            g_strdup(
                _("Is the disk full, or does another program hold the database? Nothing new"
                  " is sent meanwhile")),
            NULL)
            ->cause = "cannot-write";
}

/* What a role says of itself: the send role that it cannot record, the supervisor that the clock
 * jumped or that the role is not there. */
static void check_note(struct status *s, const struct role_row *r, gboolean is_sender)
{
    struct status_problem *p = status_add_problem(
        s->problems, "worker", "log", r->role, g_strdup(r->note),
        g_strdup(is_sender ? _("Nothing new is sent until that is over; then it goes on by itself")
                           : _("It goes on by itself; `crier log` says more")),
        NULL);
    p->cause = is_sender ? "cannot-write" : "worker";
    p->is_over_by_itself = !is_sender;
}

static void check_role(struct status *s, const struct role_row *r, gint64 now_us)
{
    gint64 silent_s = (now_us - r->beat_us) / CLOCK_SECOND_US;
    gboolean is_sender = strcmp(r->role, "send") == 0;
    if (silent_s > STATUS_SILENT_S)
        check_silence(s, r, silent_s);
    else if (is_sender)
        s->rate_per_s = r->rate;
    if (is_sender)
        s->hardened = r->hardened;
    if (strcmp(r->role, "inbox") == 0) {
        s->is_inbox_running = TRUE;
        s->inbox_hardened = r->hardened;
    }
    if (r->note && *r->note)
        check_note(s, r, is_sender);
}

void status_find_roles(struct status *s, const GPtrArray *roles, gint64 now_us)
{
    for (guint i = 0; s->is_worker_running && i < roles->len; i++) {
        const struct role_row *r = g_ptr_array_index(roles, i);
        /* Others were left by a worker of another boot. */
        if (g_strcmp0(r->boot_id, clock_boot_id()) == 0)
            check_role(s, r, now_us);
    }
}

/* ---- servers ---- */

/* When it goes on by itself, or what to do. Caller frees. */
static char *server_next(const struct server_live *l)
{
    gboolean is_resting = l && l->rest_until_us > 0;
    g_autofree char *again =
        is_resting ? clock_format_local(l->rest_until_us, clock_wall_us()) : NULL;
    const char *found = l && l->doctor ? l->doctor->next : NULL;
    if (found && is_resting)
        return g_strdup_printf(_("%s It is tried again by itself at %s"), found, again);
    if (found)
        return g_strdup(found);
    return is_resting ? g_strdup_printf(_("It is tried again by itself at %s"), again)
                      : g_strdup(_("Mend it, then test the server: it goes on by itself"));
}

/* In the doctor's words where he was there since it began. */
static void find_server_problem(struct status *s, const struct status_server *x)
{
    const struct server_live *l = x->live;
    gboolean is_resting = l && l->rest_until_us > 0, is_found = l && l->doctor;
    if (!x->problem)
        return;
    /* The sentence itself names the host, which several servers may have. */
    g_autofree char *what = g_strdup_printf(_("server %s: %s"), x->server.name,
                                            is_found ? l->doctor->text : x->problem);
    struct status_problem *p = status_add_problem(
        s->problems, "server", is_found ? "doctor" : "servers", x->server.name, g_strdup(what),
        server_next(l),
        is_found     ? g_strdup_printf("doctor %s", x->server.name)
        : is_resting ? NULL
                     : g_strdup_printf("server test %s", x->server.name));
    p->cause = is_resting ? "server-rests" : "server-needs-person";
    p->is_over_by_itself = is_resting;
    p->since_us = l ? l->problem_us : 0;
    if (is_found)
        return;
    g_free(p->text);
    p->text = g_steal_pointer(&what);
}

/* ---- campaigns ---- */

static const struct server *find_server(const struct status *s, const char *name)
{
    for (guint i = 0; i < s->servers->len; i++) {
        const struct status_server *x = g_ptr_array_index(s->servers, i);
        if (g_strcmp0(x->server.name, name) == 0)
            return &x->server;
    }
    return NULL;
}

static void find_pool_problem(struct status *s, const struct campaign *c,
                              const struct members *m)
{
    for (guint i = 0; i < m->all->len; i++)
        if (!((const struct member *)m->all->pdata[i])->needs_person)
            return; /* sends, or will by itself */
    status_add_problem(s->problems, "campaign", "servers", c->name,
                       g_strdup_printf(_("%s waits: none of the servers of its pool %s may send"),
                                       c->name, c->server),
                       g_strdup(_("See what each of them lacks")),
                       g_strdup_printf("pool show %s", c->server))
        ->cause = "pool-stands";
}

/* Why a campaign that is being sent stands still although nothing is wrong with it. */
static void find_missing_server(struct status *s, struct db *db, const struct campaign *c)
{
    const struct server *server = find_server(s, c->server);
    struct members *m =
        server ? NULL : members_load(db, c->server, s->live, clock_wall_us(), NULL);
    if (m)
        find_pool_problem(s, c, m);
    else if (!server)
        status_add_problem(s->problems, "campaign", "servers", c->name,
                           g_strdup_printf(_("%s waits: its server %s is not there any more"),
                                           c->name, c->server),
                           g_strdup(_("Add it again")),
                           g_strdup_printf("server add %s", c->server))
            ->cause = "server-missing";
    else if (!server->enabled)
        status_add_problem(
            s->problems, "campaign", "servers", c->name,
            g_strdup_printf(_("%s waits: its server %s is switched off"), c->name, c->server),
            g_strdup(_("Switch it on")),
            g_strdup_printf("server set %s --enabled yes", c->server))
            ->cause = "server-off";
    members_free(m);
}

static void find_of_sending(struct status *s, struct db *db, const struct campaign *c)
{
    if (!s->is_worker_running)
        status_add_problem(s->problems, "worker", "home", c->name,
                           g_strdup_printf(_("%s is to be sent and no worker runs"), c->name),
                           g_strdup(_("Start the worker")), g_strdup("worker"))
            ->cause = "no-worker";
    find_missing_server(s, db, c);
}

static void find_held(struct status *s, const struct campaign *c)
{
    gboolean is_copy = g_strcmp0(c->held_reason, "copied database") == 0;
    status_add_problem(
        s->problems, "campaign", "campaigns", c->name,
        g_strdup_printf(_("%s is held: %s"), c->name, c->held_reason),
        g_strdup(is_copy ? _("When it is sure that no other copy sends it, let it go on")
                         : _("When that is settled, let it go on")),
        g_strdup_printf("campaign resume %s", c->name))
        ->cause = is_copy ? "copied-database" : "held";
}

static void find_of_campaign(struct status *s, struct db *db, const struct status_campaign *x)
{
    const struct campaign *c = &x->campaign;
    if (c->state == CAMPAIGN_HELD)
        find_held(s, c);
    if (c->state == CAMPAIGN_SENDING)
        find_of_sending(s, db, c);
    if (c->state == CAMPAIGN_PREPARING)
        status_add_problem(s->problems, "campaign", "campaigns", c->name,
                           g_strdup_printf(_("%s is being prepared"), c->name),
                           g_strdup(_("If that start was cut short, take it up")),
                           g_strdup_printf("campaign start %s", c->name))
            ->cause = "preparing";
    if (x->counts.undecided > 0)
        status_add_problem(s->problems, "campaign", "campaigns", c->name,
                           g_strdup_printf(ngettext("%s was maybe sent to %" PRId64 " person",
                                                    "%s was maybe sent to %" PRId64 " people",
                                                    (gulong)x->counts.undecided),
                                           c->name, x->counts.undecided),
                           g_strdup(_("Decide whether they get it again")),
                           g_strdup_printf("campaign resolve %s", c->name))
            ->cause = "uncertain";
}

/* ---- notes ---- */

/* Something is sent, now or later, and nothing would start the worker again. */
static void note_service(struct status *s)
{
    gint64 n = s->n_in_state[CAMPAIGN_SENDING] + s->n_in_state[CAMPAIGN_SCHEDULED] +
               s->n_in_state[CAMPAIGN_PREPARING];
    if (n == 0 || service_survives(s->service))
        return;
    status_add_problem(s->notes, "worker", "home", NULL,
                       g_strdup(s->service == SERVICE_LOGGED_IN
                                    ? _("sending stops when you log out")
                                    : _("sending stops when this machine starts anew")),
                       g_strdup(_("Let the worker start with the machine")),
                       g_strdup("worker install"));
}

/* Sending works all the same; only a fault in a library would reach further. */
static void note_hardening(struct status *s)
{
    int missing = s->hardened < 0 ? 0 : HARDENING_ALL & ~s->hardened;
    if (missing == 0)
        return;
    g_autofree char *words = hardening_words(missing);
    gboolean is_off = (s->hardened & HARDENING_OFF) != 0;
    status_add_problem(
        s->notes, "worker", "log", "send",
        is_off ? g_strdup(_("the hardening of the send role is switched off"))
               : g_strdup_printf(_("the send role runs without this hardening: %s"), words),
        is_off ? g_strdup(_("Start the worker without CRIER_HARDEN=off"))
               : g_strdup(_("A newer Linux kernel has all of it; sending works without")),
        NULL);
}

/* Whoever was to be told does not know. */
static void find_hook(struct status *s, struct db *db)
{
    struct hook *h = hooks_given_up(db);
    if (!h)
        return;
    struct status_problem *p = status_add_problem(
        s->problems, "worker", "log", h->campaign,
        g_strdup_printf(_("%s (%s): nobody could be told. %s"), h->campaign, h->event,
                        h->result),
        g_strdup(_("Look at the settings hook_command and hook_mail, then run it again")),
        g_strdup_printf("hook run %" PRId64, h->id));
    p->since_us = h->done_us;
    hook_free(h);
}

/* ---- receivers that refuse us ---- */

/* What the doctor found of a server whose mail is refused; NULL: nothing. */
static const struct server_live *find_examined(const struct status *s)
{
    for (guint i = 0; i < s->live->len; i++) {
        const struct server_live *l = s->live->pdata[i];
        if (l->refused_by && l->doctor)
            return l;
    }
    return NULL;
}

static void add_refusal(struct status *s, const struct refusal *x)
{
    const struct server_live *l = find_examined(s);
    struct status_problem *p = status_add_problem(
        s->problems, "receiver", "home", x->receiver, g_strdup(x->what),
        l ? g_strdup_printf(_("%s. The doctor found of %s: %s"), x->next, l->name,
                            l->doctor->text)
          : g_strdup(x->next),
        g_strdup(x->verb));
    p->cause = "ours";
    p->since_us = x->since_us;
}

static void find_refusals(struct status *s, struct db *db, const struct workspace *ws)
{
    g_autoptr(GPtrArray) all = refusals_load(db, ws, 0, NULL);
    for (guint i = 0; all && i < MIN(all->len, REFUSALS_SHOWN); i++)
        add_refusal(s, all->pdata[i]);
    if (!all || all->len <= REFUSALS_SHOWN)
        return;
    guint n = all->len - REFUSALS_SHOWN;
    status_add_problem(s->problems, "receiver", "home", "other receivers",
                       g_strdup_printf(ngettext("%u more receiver refuses us",
                                                "%u more receivers refuse us", n),
                                       n),
                       g_strdup(_("All of them, with what they said")),
                       g_strdup("provider list"))
        ->cause = "ours";
}

/* ---- far more bounces than usual ---- */

static void find_storms(struct status *s, struct db *db)
{
    g_autoptr(GPtrArray) all = storm_waiting(db, NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct storm *x = all->pdata[i];
        status_add_problem(
            s->problems, "receiver", "home", x->provider,
            g_strdup_printf(ngettext("%s sends back far more of %s than usual: %" PRId64
                                     " address waits for your word",
                                     "%s sends back far more of %s than usual: %" PRId64
                                     " addresses wait for your word",
                                     (gulong)x->n_waiting),
                            x->provider, x->campaign, x->n_waiting),
            g_strdup(_("Say whether these addresses are dead (--never), or the receiver is out of"
                       " order (--again)")),
            g_strdup_printf("suppress storm %s", x->provider))
            ->since_us = x->since_us;
    }
}

/* The shipped one is used alone: nothing stands still for it. */
static void note_fault_table(struct status *s, const struct workspace *ws)
{
    g_autoptr(GError) error = NULL;
    struct faults *own = faultfile_read_own(ws->dir, &error);
    faults_free(own);
    if (!error)
        return;
    status_add_problem(s->notes, "worker", "log", NULL, g_strdup(error->message),
                       g_strdup(_("Mend that line; until then the shipped table is used alone")),
                       g_strdup("fault list"));
}

static gboolean is_told(const GPtrArray *problems, const char *what)
{
    for (guint i = 0; i < problems->len; i++)
        if (g_strcmp0(((const struct status_problem *)problems->pdata[i])->what, what) == 0)
            return TRUE;
    return FALSE;
}

/* A worker that started with it says so itself. One that runs keeps its table, and who just
 * wrote the file would otherwise find the mistake in the log only. */
static void find_provider_table(struct status *s, const struct workspace *ws)
{
    g_autoptr(GError) error = NULL;
    if (provider_table_check(ws, &error) || is_told(s->problems, error->message))
        return;
    status_add_problem(s->problems, "worker", "log", NULL, g_strdup(error->message),
                       g_strdup(_("Mend that line. Until then the limits of before hold, and a "
                                  "worker that starts sends nothing")),
                       g_strdup("provider list"))
        ->cause = "providers-file";
}

void status_find_problems(struct status *s, struct db *db, const struct workspace *ws)
{
    for (guint i = 0; i < s->servers->len; i++)
        find_server_problem(s, g_ptr_array_index(s->servers, i));
    status_find_mailboxes(s);
    status_find_ports(s);
    for (guint i = 0; i < s->campaigns->len; i++)
        find_of_campaign(s, db, g_ptr_array_index(s->campaigns, i));
    find_refusals(s, db, ws);
    find_storms(s, db);
    status_find_unknown(s, db);
    find_provider_table(s, ws);
    find_hook(s, db);
    note_fault_table(s, ws);
    note_service(s);
    note_hardening(s);
}

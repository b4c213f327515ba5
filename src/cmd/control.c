/*
 * crier campaign start, pause, resume, cancel, wait; crier pause --all. What they do
 * is app/start.c's and app/control.c's; here are the words, the confirmation and the progress.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/control.h"
#include "app/resume.h"
#include "app/schedule.h"
#include "app/start.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cmd/decide.h"
#include "cmd/progress.h"
#include "cmd/schedule.h"

#define WORKER_UP_MS 5000
#define LOOK_MS 100

/* ---- the number of people ---- */

static gboolean parse_range(const char *text, struct start_request *q, GError **error)
{
    char *end = NULL;
    q->people_min = g_ascii_strtoll(text, &end, 10);
    if (end != text && g_str_has_prefix(end, "..")) {
        const char *second = end + 2;
        q->people_max = g_ascii_strtoll(second, &end, 10);
        if (end != second && *end == '\0' && q->people_min >= 1 &&
            q->people_max >= q->people_min)
            return TRUE;
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--people '%s' is not MIN..MAX. For example: --people 3800..3900"), text);
    return FALSE;
}

static gboolean ask_number(const struct cmd_context *c, struct start_request *q, GError **error)
{
    struct start_forecast f;
    if (!start_look(c->db, q->name, &f, error))
        return FALSE;
    if (!cmd_can_ask()) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("how many people? Campaign '%s' would go to %" PRId64
                      ": repeat with --yes %" PRId64),
                    q->name, f.people, f.people);
        return FALSE;
    }
    char line[64];
    fprintf(stderr,
            _("Campaign '%s' goes to %" PRId64 " people (%" PRId64
              " of the lists are never to be mailed).\nType the number of people to send it: "),
            q->name, f.people, f.suppressed);
    if (!fgets(line, sizeof line, stdin) || *g_strstrip(line) == '\0') {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("nothing was typed, nothing was sent"));
        return FALSE;
    }
    q->people_min = q->people_max = g_ascii_strtoll(line, NULL, 10);
    return TRUE;
}

/* What was checked names the number too. start_campaign() compares again. */
static gboolean by_revision(const struct cmd_context *c, struct start_request *q,
                            const char *revision, GError **error)
{
    struct start_forecast f;
    if (!start_look(c->db, q->name, &f, error) ||
        !start_check_revision(q->name, revision, &f, error))
        return FALSE;
    q->revision = revision;
    q->people_min = q->people_max = f.people;
    return TRUE;
}

static gboolean read_number(const struct cmd_context *c, struct start_request *q,
                            GError **error)
{
    const char *range = cmd_option(c, "people"), *revision = cmd_option(c, "revision");
    if (!!cmd_option(c, "yes") + !!range + !!revision > 1) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("--yes, --people and --revision say the same thing twice: give one of them"));
        return FALSE;
    }
    if (revision)
        return by_revision(c, q, revision, error);
    if (range)
        return parse_range(range, q, error);
    if (!cmd_option(c, "yes"))
        return ask_number(c, q, error);
    if (!cmd_option_int(c, "yes", 1, G_MAXINT64, 0, &q->people_min, error))
        return FALSE;
    q->people_max = q->people_min;
    return TRUE;
}

/* ---- the worker in the background ---- */

static gboolean worker_start(const struct workspace *ws, GError **error)
{
    if (!control_start_worker(ws, error))
        return FALSE;
    for (int waited = 0; waited < WORKER_UP_MS; waited += LOOK_MS / 5) {
        if (workspace_worker_is_running(ws, NULL, NULL))
            return TRUE;
        poll(NULL, 0, LOOK_MS / 5);
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("it did not come up within 5 s; the reason is in %s"), ws->log_path);
    return FALSE;
}

gboolean decide_ensure_worker(const struct cmd_context *c)
{
    g_autoptr(GError) error = NULL;
    if (worker_start(c->ws, &error))
        return TRUE;
    cmd_warn(_("the worker could not be started: %s. Nothing is lost: `crier worker` sends it"),
             error->message);
    return FALSE;
}

/* ---- wait ---- */

struct waiting {
    const char *name;
    enum campaign_state until;
    gint64 deadline_us; /* monotonic, 0: none */
    struct progress *progress;
    gboolean has_warned;
};

static volatile sig_atomic_t was_interrupted;

static void on_interrupt(int signum)
{
    was_interrupted = 1;
}

static void show_counts(struct waiting *w, const struct campaign_counts *n)
{
    gint64 open =
        n->state[DELIVERY_QUEUED] + n->state[DELIVERY_LEASED] + n->state[DELIVERY_DEFERRED];
    progress_set(w->progress, n->total - open, n->total);
}

/* Something that makes waiting pointless, or a word about why it may be long. */
static gboolean check_hopeless(const struct cmd_context *c, const struct campaign *campaign,
                               struct waiting *w, GError **error)
{
    gboolean is_over = campaign->state == CAMPAIGN_FINISHED ||
                       campaign->state == CAMPAIGN_CANCELLED ||
                       campaign->state == CAMPAIGN_HELD;
    if (is_over) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("campaign '%s' is %s%s%s: it will not become %s by itself"), w->name,
                    campaign_state_word(campaign->state), campaign->held_reason ? ", " : "",
                    campaign->held_reason ? campaign->held_reason : "",
                    campaign_state_word(w->until));
        return FALSE;
    }
    if (!w->has_warned && campaign->state == CAMPAIGN_SENDING &&
        !workspace_worker_is_running(c->ws, NULL, NULL)) {
        w->has_warned = TRUE;
        cmd_warn(_("no worker runs, so nothing is sent. `crier worker` starts one"));
    }
    return TRUE;
}

/* 1: reached, 0: not yet, -1: error. */
static int look(const struct cmd_context *c, struct waiting *w, GError **error)
{
    struct campaign campaign = {0};
    struct campaign_counts n;
    int result = -1;
    if (campaigns_get(c->db, w->name, &campaign, error)) {
        if (campaign.state == w->until)
            result = 1;
        else if (check_hopeless(c, &campaign, w, error))
            result = 0;
        if (result == 0 && campaigns_counts(c->db, campaign.id, &n, NULL))
            show_counts(w, &n);
    }
    campaign_clear(&campaign);
    return result;
}

static int wait_for(const struct cmd_context *c, struct waiting *w)
{
    GError *error = NULL;
    int got;
    gint64 version = -1;
    w->progress = progress_new(w->name);
    was_interrupted = 0;
    signal(SIGINT, on_interrupt);
    while ((got = look(c, w, &error)) == 0 && !was_interrupted) {
        if (w->deadline_us && clock_mono_us() > w->deadline_us) {
            g_set_error(&error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                        _("campaign '%s' is not %s yet. Wait again, or look at `crier status`"),
                        w->name, campaign_state_word(w->until));
            break;
        }
        version = db_data_version(c->db);
        for (int i = 0; i < 5 && version == db_data_version(c->db) && !was_interrupted; i++)
            poll(NULL, 0, LOOK_MS);
    }
    signal(SIGINT, SIG_DFL);
    progress_free(w->progress);
    if (was_interrupted && !error) {
        cmd_say(_("Not waiting any more; the campaign goes on."));
        return 130;
    }
    return error ? cmd_fail(error) : 0;
}

int cmd_campaign_wait(struct cmd_context *c)
{
    GError *error = NULL;
    struct waiting w = {.name = cmd_word(c, 0), .until = CAMPAIGN_FINISHED};
    const char *state = cmd_option(c, "for"), *timeout = cmd_option(c, "timeout");
    gint64 seconds = 0;
    if (state && !campaign_state_parse(state, &w.until)) {
        g_set_error(
            &error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("--for '%s' is no state: draft, preparing, scheduled, sending, paused, held,"
              " finished or cancelled"),
            state);
        return cmd_fail(error);
    }
    if (timeout && !clock_parse_span(timeout, &seconds, &error)) {
        g_prefix_error(&error, "--timeout: ");
        cmd_wrong_usage(&error);
        return cmd_fail(error);
    }
    if (timeout)
        w.deadline_us = clock_mono_us() + seconds * CLOCK_SECOND_US;
    return wait_for(c, &w);
}

/* ---- start ---- */

static void say_started(const struct cmd_context *c, const struct campaign_counts *n,
                        gboolean has_worker)
{
    gint64 n_people = n->total - n->state[DELIVERY_SUPPRESSED];
    g_autofree char *people = text_grouped(n_people);
    if (n->state[DELIVERY_SUPPRESSED] > 0)
        cmd_say(ngettext(
                    "Campaign '%s' goes to %s person; %" PRId64 " more are never to be mailed.",
                    "Campaign '%s' goes to %s people; %" PRId64 " more are never to be mailed.",
                    (gulong)n_people),
                cmd_word(c, 0), people, n->state[DELIVERY_SUPPRESSED]);
    else
        cmd_say(ngettext("Campaign '%s' goes to %s person.", "Campaign '%s' goes to %s people.",
                         (unsigned long)n_people),
                cmd_word(c, 0), people);
    if (has_worker)
        cmd_say(_("The worker sends it; you may log off. `crier status %s` shows how it goes."),
                cmd_word(c, 0));
    else
        cmd_say(_("No worker was started: `crier worker` sends it."));
}

int cmd_campaign_start(struct cmd_context *c)
{
    GError *error = NULL;
    struct campaign_counts n;
    struct start_request q = {.name = cmd_word(c, 0), .progress = progress_show};
    if (cmd_has(c, "due")) {
        gboolean has_begun = schedule_begin(c->db, q.name, clock_wall_us(), &error);
        return has_begun ? 0 : cmd_fail(error);
    }
    if (!read_number(c, &q, &error))
        return cmd_fail(error);
    if (schedule_is_wanted(c)) {
        int code = schedule_run(c, &q, decide_ensure_worker);
        if (code != 0 || !cmd_has(c, "wait"))
            return code;
        struct waiting later = {.name = q.name, .until = CAMPAIGN_FINISHED};
        return wait_for(c, &later);
    }
    struct progress *p = progress_new(_("preparing"));
    q.data = p;
    gboolean ok = start_campaign(c->db, &q, &n, &error);
    progress_free(p);
    if (!ok)
        return cmd_fail(error);
    gboolean has_worker = FALSE;
    if (cmd_has(c, "no-worker"))
        control_nudge(c->ws);
    else if (!(has_worker = decide_ensure_worker(c)))
        return 1;
    say_started(c, &n, has_worker || workspace_worker_is_running(c->ws, NULL, NULL));
    if (!cmd_has(c, "wait"))
        return 0;
    struct waiting w = {.name = q.name, .until = CAMPAIGN_FINISHED};
    return wait_for(c, &w);
}

/* ---- pause, resume, cancel ---- */

int cmd_campaign_pause(struct cmd_context *c)
{
    GError *error = NULL;
    if (!control_pause(c->db, cmd_word(c, 0), &error))
        return cmd_fail(error);
    control_nudge(c->ws);
    cmd_say(_("Campaign '%s' is paused. `crier campaign resume %s` goes on."), cmd_word(c, 0),
            cmd_word(c, 0));
    return 0;
}

int cmd_pause(struct cmd_context *c)
{
    GError *error = NULL;
    int n = 0;
    if (!cmd_has(c, "all")) {
        g_set_error(
            &error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("--all is missing. One campaign is paused by `crier campaign pause NAME`"));
        return cmd_fail(error);
    }
    if (!control_pause_all(c->db, &n, &error))
        return cmd_fail(error);
    control_nudge(c->ws);
    cmd_say(ngettext("%d campaign is paused.", "%d campaigns are paused.", (unsigned long)n),
            n);
    return 0;
}

int cmd_campaign_resume(struct cmd_context *c)
{
    GError *error = NULL;
    struct resumed done;
    if (!resume_campaign(c->db, cmd_word(c, 0), &done, &error))
        return cmd_fail(error);
    if (!decide_ensure_worker(c))
        return 1;
    g_autofree char *left = text_grouped(done.left);
    if (done.is_new_version)
        cmd_say(ngettext("Campaign '%s' goes on: the %s person who has not got it yet gets "
                         "version %d.",
                         "Campaign '%s' goes on: the %s people who have not got it yet get "
                         "version %d.",
                         (gulong)done.left),
                cmd_word(c, 0), left, done.version);
    else
        cmd_say(_("Campaign '%s' goes on."), cmd_word(c, 0));
    return 0;
}

int cmd_campaign_cancel(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 n = 0;
    if (!control_cancel(c->db, cmd_word(c, 0), &n, &error))
        return cmd_fail(error);
    control_nudge(c->ws);
    g_autofree char *people = text_grouped(n);
    cmd_say(ngettext("Campaign '%s' is cancelled for good: %s person will not get it.",
                     "Campaign '%s' is cancelled for good: %s people will not get it.",
                     (gulong)n),
            cmd_word(c, 0), people);
    return 0;
}

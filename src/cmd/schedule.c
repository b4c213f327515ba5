/*
 * crier campaign start --at and --countdown, crier campaign unschedule. When a campaign begins
 * is app/schedule.c's.
 */
#include "config.h"

#include "cmd/schedule.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "app/schedule.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/when.h"
#include "cmd/handlers.h"

#define MAX_COUNTDOWN_S 86400
#define LOOK_MS 100

static volatile sig_atomic_t was_interrupted;

static void on_interrupt(int signum)
{
    was_interrupted = 1;
}

gboolean schedule_is_wanted(const struct cmd_context *c)
{
    return cmd_has(c, "at") || cmd_has(c, "countdown");
}

/* Shows the seconds on a terminal; FALSE: called off by ^C. */
static gboolean count_down(gint64 until_us)
{
    was_interrupted = 0;
    signal(SIGINT, on_interrupt);
    for (gint64 left; (left = until_us - clock_wall_us()) > 0 && !was_interrupted;) {
        fputs("\r", stderr);
        fprintf(stderr, _("It begins in %" PRId64 " s. ^C calls it off.  "),
                (left + CLOCK_SECOND_US - 1) / CLOCK_SECOND_US);
        poll(NULL, 0, LOOK_MS);
    }
    signal(SIGINT, SIG_DFL);
    fprintf(stderr, "\r\033[K");
    return !was_interrupted;
}

static int watch_countdown(struct cmd_context *c, gint64 at_us)
{
    GError *error = NULL;
    if (count_down(at_us))
        return 0;
    if (!schedule_cancel(c->db, cmd_word(c, 0), &error))
        return cmd_fail(error);
    cmd_say(_("Called off. Campaign '%s' is a draft again; nothing was sent."), cmd_word(c, 0));
    return 130;
}

static gboolean read_time(const struct cmd_context *c, gint64 *ret_us, GError **error)
{
    gint64 seconds = 0, now_us = clock_wall_us();
    if (cmd_has(c, "at") && cmd_has(c, "countdown")) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--at and --countdown exclude each other: give one of them"));
        return FALSE;
    }
    if (cmd_has(c, "at")) {
        if (when_parse(cmd_option(c, "at"), now_us, ret_us, error))
            return TRUE;
        g_prefix_error(error, "--at ");
        return cmd_wrong_usage(error);
    }
    if (!cmd_option_int(c, "countdown", 1, MAX_COUNTDOWN_S, 0, &seconds, error))
        return FALSE;
    *ret_us = now_us + seconds * CLOCK_SECOND_US;
    return TRUE;
}

int schedule_run(struct cmd_context *c, const struct start_request *q,
                 gboolean (*ensure_worker)(const struct cmd_context *c))
{
    GError *error = NULL;
    gint64 at_us = 0;
    if (!read_time(c, &at_us, &error) ||
        !schedule_campaign(c->db, q, at_us, cmd_has(c, "countdown"), &error))
        return cmd_fail(error);
    if (!cmd_has(c, "no-worker") && !ensure_worker(c))
        return 1;
    g_autofree char *when = when_format(at_us);
    g_autofree char *span = clock_format_span((at_us - clock_wall_us()) / CLOCK_SECOND_US);
    cmd_say(
        _("Campaign '%s' begins at %s, in %s. `crier campaign unschedule %s` takes that back."),
        q->name, when, span, q->name);
    if (cmd_has(c, "countdown") && isatty(STDERR_FILENO))
        return watch_countdown(c, at_us);
    return 0;
}

int cmd_campaign_unschedule(struct cmd_context *c)
{
    GError *error = NULL;
    if (!schedule_cancel(c->db, cmd_word(c, 0), &error))
        return cmd_fail(error);
    cmd_say(_("Campaign '%s' is a draft again."), cmd_word(c, 0));
    return 0;
}

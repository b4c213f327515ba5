/*
 * crier worker, crier worker stop. The worker itself is worker/supervisor.c.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/process.h"
#include "cmd/service.h"
#include "model/hardening.h"
#include "worker/trial.h"
#include "worker/worker.h"

#define STOP_WAIT_S 75
#define LOOK_MS 50
#define TURN_LOOK_MS 1000

/* For a service manager, which waits for a word of us meanwhile. */
static void wait_for_turn(const struct cmd_context *c)
{
    gboolean has_said = FALSE;
    while (workspace_worker_is_running(c->ws, NULL, NULL)) {
        process_notify(has_said ? "WATCHDOG=1"
                                : "READY=1\nSTATUS=another worker holds the workspace; this one "
                                  "takes over when that ends");
        has_said = TRUE;
        poll(NULL, 0, TURN_LOOK_MS);
    }
}

/* For the doctor: {"held": words, "names": why not or null, "connect": likewise}. */
static int try_way(struct cmd_context *c, const char *role, const char *to)
{
    GError *error = NULL;
    struct hostport at = {0};
    struct trial t = {0};
    struct db *db = hostport_parse(to, HOSTPORT_PEER, &at, &error)
                        ? db_open(c->ws->db_path, DB_USE_READ, &error)
                        : NULL;
    gboolean is_tried =
        db && trial_run(c->ws, db, role ? role : "send", &at, cmd_option(c, "name"), &t, &error);
    if (is_tried) {
        g_autofree char *held = hardening_words(t.held);
        struct json_writer *w = json_writer_new_file(stdout, FALSE);
        json_begin_object(w);
        json_kv_string(w, "held", held);
        json_kv_string(w, "names", t.names);
        json_kv_string(w, "connect", t.connect);
        json_end_object(w);
        json_writer_free(w);
    }
    trial_clear(&t);
    db_close(db);
    hostport_clear(&at);
    return is_tried ? 0 : cmd_fail(error);
}

int cmd_worker(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 link_fd = -1;
    if (!cmd_option_int(c, "link", 3, 1 << 20, -1, &link_fd, &error))
        return cmd_fail(error);
    struct worker_options o = {.is_once = cmd_has(c, "once"),
                               .is_background = cmd_has(c, "background"),
                               .link_fd = (int)link_fd};
    const char *role = cmd_option(c, "role");
    if (role && g_strcmp0(role, "send") != 0 && g_strcmp0(role, "inbox") != 0) {
        g_set_error(&error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--role %s: there are the roles send and inbox. `crier worker` runs all"),
                    role);
        return cmd_fail(error);
    }
    if (cmd_has(c, "try"))
        return try_way(c, role, cmd_option(c, "try"));
    /* By the worker itself, with a line to it; by hand it is a worker that runs only that. */
    if (link_fd >= 0)
        o.role = role;
    else
        o.only = role;
    if (cmd_has(c, "wait"))
        wait_for_turn(c);
    int code = worker_run(c->ws, &o, &error);
    return error ? cmd_fail(error) : code;
}

int cmd_worker_stop(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 pid = 0;
    service_stop_unit(c->ws); /* or the one that waits there would take over */
    if (!workspace_worker_is_running(c->ws, &pid, NULL)) {
        cmd_say(_("No worker runs."));
        return 0;
    }
    if (pid <= 1 || kill((pid_t)pid, SIGTERM) < 0) {
        g_set_error(&error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("cannot stop the worker, pid %d: %s"), (int)pid, g_strerror(errno));
        return cmd_fail(error);
    }
    gint64 deadline = clock_mono_us() + STOP_WAIT_S * CLOCK_SECOND_US;
    while (workspace_worker_is_running(c->ws, NULL, NULL)) {
        if (clock_mono_us() > deadline) {
            g_set_error(
                &error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                _("the worker, pid %d, still waits for final replies. Look again later"),
                (int)pid);
            return cmd_fail(error);
        }
        poll(NULL, 0, LOOK_MS);
    }
    cmd_say(_("The worker has ended. What was not sent waits for the next one."));
    return 0;
}

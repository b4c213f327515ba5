/*
 * The supervisor: lock, roles and their restart, secrets, checkpoints, heartbeat. It never
 * speaks to a mail server and never moves a delivery: that is the role's.
 */
#include "config.h"

#include "worker/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/evidence.h"
#include "app/provider_table.h"
#include "app/schedule.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"
#include "model/retry.h"
#include "store/audit.h"
#include "store/bin.h"
#include "store/db.h"
#include "store/hooks.h"
#include "store/mailboxes.h"
#include "store/mx.h"
#include "worker/errands.h"
#include "worker/link.h"
#include "worker/secrets.h"

#define BEAT_US CLOCK_SECOND_US
#define STOP_PATIENCE_US                                                                       \
    (90 * CLOCK_SECOND_US) /* the role itself gives up waiting after 60 s */
#define MX_LOOK_US (10 * CLOCK_SECOND_US)
#define MX_WAIT_US (10 * CLOCK_SECOND_US) /* of --once, for the answers */
#define REFUSALS_US (CLOCK_SECOND_US / 4) /* of each beat at most, and a transaction more */
#define BIN_LOOK_US (3600 * CLOCK_SECOND_US)
#define JUMP_SHOWN_US (600 * CLOCK_SECOND_US)
#define HOOK_REST_US (5 * CLOCK_SECOND_US) /* after one that could not even begin */
#define HEALTHY_US                                                                             \
    (60 * CLOCK_SECOND_US) /* a role that lived this long starts its count anew */
#define ONCE_MOST_RESTARTS 3 /* in a row; --once has to end, and these take seven seconds */

enum role_id { ROLE_SEND, ROLE_INBOX, ROLE_COUNT };

struct role {
    struct supervisor *v; /* borrowed */
    const char *name;
    enum secrets_kind secrets; /* what it may ask for */
    pid_t pid;                 /* 0: not running */
    int link_fd;               /* our end, -1: none */
    struct loop_watch *watch;
    gint64 started_us, restart_us; /* monotonic; restart_us 0: not planned */
    int deaths;
    gboolean is_done; /* of --once: it is through */
};

struct supervisor {
    const struct workspace *ws;
    const struct worker_options *options;
    struct db *db;
    struct loop *loop;
    struct secrets *secrets;
    int lock_fd;
    gint64 since_us;
    gboolean is_ending;
    int interrupts;
    gint64 kill_us; /* monotonic; when a role that does not end is killed, 0: not ending */
    int exit_code;
    gint64 clock_offset_us; /* wall less monotonic */
    gint64 jump_us;         /* monotonic; when the wall clock jumped last, 0: never */
    struct role roles[ROLE_COUNT];
    gint64 bin_look_us; /* monotonic; when the bin is looked into next */
    pid_t hook;         /* a child that tells somebody what happened; 0: none */
    gint64 hook_us;     /* monotonic; not before that */
    gboolean is_leaving; /* --once is through, but for what is to be told */
    pid_t looker;        /* a child that looks up MX hosts; 0: none */
    gint64 look_us;      /* monotonic; not before that */
    gboolean looks_first; /* --once: what it finds out decides who may go how fast */
    gint64 wait_us;       /* monotonic; --once waits for it until then, 0: not */
    struct errands *errands;
    pid_t beginner;     /* a child that builds a scheduled campaign's rows; 0: none */
};

static void role_end_link(struct role *r)
{
    if (r->watch)
        loop_watch_remove(r->watch);
    r->watch = NULL;
    if (r->link_fd >= 0)
        close(r->link_fd);
    r->link_fd = -1;
}

static void on_link(int fd, unsigned events, void *data)
{
    struct role *r = data;
    gint64 id = 0;
    gboolean fresh = FALSE;
    int got = link_next_request(fd, &id, &fresh);
    if (got > 0)
        secrets_answer(r->v->secrets, r->secrets, fd, id, fresh);
    else if (got == 0)
        role_end_link(r); /* it ends; SIGCHLD tells how */
}

static gboolean is_wanted(struct supervisor *v, const struct role *r)
{
    const char *only = v->options->only;
    if (only && strcmp(only, r->name) != 0)
        return FALSE;
    return r != &v->roles[ROLE_INBOX] || mailboxes_are_used(v->db);
}

static gboolean is_any_running(const struct supervisor *v)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (v->roles[i].pid > 0)
            return TRUE;
    return FALSE;
}

static gboolean is_any_to_come(struct supervisor *v)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (!v->roles[i].is_done && (v->roles[i].pid > 0 || is_wanted(v, &v->roles[i])))
            return TRUE;
    return FALSE;
}

static void signal_roles(struct supervisor *v, int signum)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (v->roles[i].pid > 0)
            kill(v->roles[i].pid, signum);
}

static gboolean role_start(struct supervisor *v, struct role *r, GError **error)
{
    int fds[2];
    if (!link_pair(fds, error))
        return FALSE;
    g_autofree char *fd_text = g_strdup_printf("%d", fds[1]);
    const char *argv[] = {
        process_self(), "-w",     v->ws->dir,
        "worker",       "--role", r->name,
        "--link",       fd_text,  v->options->is_background ? "--background" : NULL,
        NULL,           NULL};
    gsize n = v->options->is_background ? 9 : 8;
    if (v->options->is_once)
        argv[n] = "--once";
    int keep[] = {v->lock_fd, fds[1], -1};
    r->pid = process_spawn(argv, keep, error);
    close(fds[1]);
    if (r->pid < 0) {
        r->pid = 0;
        close(fds[0]);
        return FALSE;
    }
    r->link_fd = fds[0];
    r->watch = loop_watch_add(v->loop, fds[0], LOOP_IN, on_link, r);
    r->started_us = clock_mono_us();
    r->restart_us = 0;
    log_info("role %s started, pid %d", r->name, (int)r->pid);
    return TRUE;
}

/* --once: it is not started again. A mailbox that cannot be read says so in its record; it is no
 * matter of what was sent. */
static void role_ends_once(struct role *r, int code)
{
    struct supervisor *v = r->v;
    r->is_done = TRUE;
    if (r == &v->roles[ROLE_SEND] || v->options->only)
        v->exit_code = code;
}

static void begin_role(struct supervisor *v, struct role *r)
{
    g_autoptr(GError) error = NULL;
    gint64 now = clock_mono_us();
    gboolean waits_for_hosts =
        r == &v->roles[ROLE_SEND] && v->looker > 0 && now < v->wait_us;
    if (v->is_ending || v->is_leaving || r->is_done || r->pid > 0 || r->restart_us > now ||
        waits_for_hosts || !is_wanted(v, r) || role_start(v, r, &error))
        return;
    log_error("%s", error->message);
    if (v->options->is_once && r->deaths >= ONCE_MOST_RESTARTS)
        role_ends_once(r, error_exit_code(error));
    else
        r->restart_us = now + retry_restart_s(r->deaths++) * CLOCK_SECOND_US;
}

static void begin_roles(struct supervisor *v)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        begin_role(v, &v->roles[i]);
}

/* Our own signal met the role before it could hear any, so before it had begun. */
static gboolean was_too_early(int status)
{
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGINT ||
                                   WTERMSIG(status) == SIGUSR1);
}

/* What runs somebody else's program or talks to a server is a child's; one at a time. */
static void run_hooks(struct supervisor *v)
{
    g_autoptr(GError) error = NULL;
    if (v->hook > 0 || clock_mono_us() < v->hook_us || !hooks_is_due(v->db, clock_wall_us()))
        return;
    const char *argv[] = {process_self(),
                          "-w",
                          v->ws->dir,
                          "hook",
                          "run",
                          "--due",
                          "--as",
                          "worker",
                          v->options->is_background ? "--background" : NULL,
                          NULL};
    v->hook = process_spawn(argv, NULL, &error);
    if (v->hook < 0) {
        v->hook = 0;
        v->hook_us = clock_mono_us() + HOOK_REST_US;
        log_error("%s", error->message);
    }
}

/* What the role wrote down of refused people. It waits where it was when this fails. */
static void judge_refusals(struct supervisor *v)
{
    g_autoptr(GError) error = NULL;
    gboolean ok = v->is_leaving
                      ? evidence_refusals(v->db, &error)
                      : evidence_refusals_some(v->db, clock_mono_us() + REFUSALS_US, &error);
    if (ok)
        return;
    if (g_error_matches(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN) && !v->is_leaving)
        log_debug("refusals: %s", error->message);
    else
        log_warning("refusals are judged later: %s", error->message);
}

/* Before --once ends: cron starts the next one tomorrow. */
static void leave(struct supervisor *v)
{
    if (!v->is_leaving) {
        v->is_leaving = TRUE;
        judge_refusals(v);
    }
    run_hooks(v);
    errands_look_last(v->errands);
    if (v->hook == 0 && !errands_is_any_running(v->errands))
        loop_quit(v->loop);
}

static void on_hook_end(struct supervisor *v, int status)
{
    v->hook = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        v->hook_us = clock_mono_us() + HOOK_REST_US;
    if (v->is_leaving)
        leave(v);
}

/* --once: whoever started it, often cron, must hear of a role that cannot begin. What may be over
 * a moment later, a locked database or somebody's kill, is given a few tries. */
static gboolean is_given_up(const struct role *r, int status)
{
    gboolean may_pass = !WIFEXITED(status) || WEXITSTATUS(status) == ERROR_EXIT_TRY_AGAIN;
    return !may_pass || r->deaths >= ONCE_MOST_RESTARTS;
}

static gboolean is_through(const struct supervisor *v, const struct role *r, int status)
{
    gboolean has_ended = WIFEXITED(status);
    if (!v->options->is_once || was_too_early(status) ||
        (has_ended && WEXITSTATUS(status) == WORKER_EXIT_ANEW))
        return FALSE;
    return (has_ended && (WEXITSTATUS(status) == 0 || r == &v->roles[ROLE_INBOX])) ||
           is_given_up(r, status);
}

/* The last one that is through ends the worker. Why it failed the role has said itself. */
static void role_is_through(struct role *r, int status)
{
    struct supervisor *v = r->v;
    role_ends_once(r, WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    if (WIFSIGNALED(status))
        log_error("role %s was killed by signal %d, again and again; --once gives up. Start it"
                  " again later",
                  r->name, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0 && r == &v->roles[ROLE_SEND])
        log_error("role %s ended with code %d; --once gives up", r->name, WEXITSTATUS(status));
    if (!is_any_to_come(v))
        leave(v);
}

static void role_restart_later(struct role *r, int status)
{
    gint64 wait_s = retry_restart_s(r->deaths++);
    r->restart_us = clock_mono_us() + wait_s * CLOCK_SECOND_US;
    if (WIFSIGNALED(status))
        log_warning("role %s was killed by signal %d; it is started again in %" PRId64 " s",
                    r->name, WTERMSIG(status), wait_s);
    else
        log_warning("role %s ended with code %d; it is started again in %" PRId64 " s", r->name,
                    WEXITSTATUS(status), wait_s);
}

static void role_plan(struct supervisor *v, struct role *r, int status)
{
    gboolean wants_anew = WIFEXITED(status) && WEXITSTATUS(status) == WORKER_EXIT_ANEW;
    gboolean was_clean = (WIFEXITED(status) && WEXITSTATUS(status) == 0) || wants_anew ||
                         (v->is_ending && was_too_early(status));
    if (clock_mono_us() - r->started_us > HEALTHY_US)
        r->deaths = 0;
    if (v->is_ending) {
        v->exit_code = was_clean ? v->exit_code : 1;
        if (!is_any_running(v))
            loop_quit(v->loop);
    } else if (is_through(v, r, status)) {
        role_is_through(r, status);
    } else if (was_too_early(status) || wants_anew) {
        r->restart_us = clock_mono_us();
    } else if (was_clean && r == &v->roles[ROLE_INBOX]) {
        r->restart_us = 0; /* the last mailbox was switched off */
    } else {
        role_restart_later(r, status);
    }
}

static void on_role_end(struct supervisor *v, pid_t pid, int status)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        struct role *r = &v->roles[i];
        if (pid != r->pid)
            continue;
        r->pid = 0;
        role_end_link(r);
        role_plan(v, r, status);
        return;
    }
}

static void on_child(int signum, void *data)
{
    struct supervisor *v = data;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == v->beginner) {
            v->beginner = 0;
            signal_roles(v, SIGUSR1);
        }
        if (pid == v->looker) {
            v->looker = 0;
            if (v->looks_first)
                begin_roles(v);
        }
        if (pid == v->hook)
            on_hook_end(v, status);
        if (errands_ended(v->errands, pid, status) && v->is_leaving)
            leave(v);
        on_role_end(v, pid, status);
    }
}

static void end(struct supervisor *v, int signum)
{
    v->is_ending = TRUE;
    if (v->kill_us == 0)
        v->kill_us = clock_mono_us() + STOP_PATIENCE_US;
    signal_roles(v, signum);
    if (!is_any_running(v))
        loop_quit(v->loop);
}

static void on_signal(int signum, void *data)
{
    struct supervisor *v = data;
    if (signum == SIGUSR1) {
        signal_roles(v, SIGUSR1);
        return;
    }
    /* SIGTERM and the first SIGINT drain, the second SIGINT stops now. */
    if (signum == SIGINT && v->interrupts++ > 0)
        end(v, SIGINT);
    else
        end(v, SIGTERM);
}

/* Invariant I10: intervals are monotonic, but schedules and records are not: a jump is told. */
static void look_at_clock(struct supervisor *v)
{
    gint64 mono = clock_mono_us();
    gint64 offset = clock_wall_us() - mono, jump = offset - v->clock_offset_us;
    v->clock_offset_us = offset;
    if (ABS(jump) < WORKER_CLOCK_JUMP_US)
        return;
    v->jump_us = mono;
    log_warning("the clock jumped by %+" PRId64 " s: times in records before and after do not"
                " compare",
                jump / CLOCK_SECOND_US);
}

static const char *note_of(struct supervisor *v)
{
    static const char *const missing[ROLE_COUNT] = {
        [ROLE_SEND] = N_("the send role is not running"),
        [ROLE_INBOX] = N_("the inbox role is not running, so mailboxes are not read"),
    };
    for (int i = 0; i < ROLE_COUNT; i++)
        if (v->roles[i].pid == 0 && !v->roles[i].is_done && is_wanted(v, &v->roles[i]))
            return _(missing[i]);
    if (v->jump_us && clock_mono_us() - v->jump_us < JUMP_SHOWN_US)
        return _("the clock of this machine jumped; the log says when");
    return "";
}

static void beat(struct supervisor *v)
{
    struct role_row row = {.role = (char *)"supervisor",
                           .pid = getpid(),
                           .since_us = v->since_us,
                           .beat_us = clock_wall_us(),
                           .boot_id = (char *)clock_boot_id(),
                           .note = (char *)note_of(v)};
    g_autoptr(GError) error = NULL;
    look_at_clock(v);
    if (!role_beat(v->db, &row, &error))
        log_debug("heartbeat: %s", error->message);
    db_checkpoint(v->db);
    process_notify("WATCHDOG=1");
}

/* Building a million rows takes seconds: a child does it, the heart goes on. */
static void begin_scheduled(struct supervisor *v)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = v->beginner ? NULL : schedule_due(v->db, clock_wall_us(), &error);
    if (!name)
        return;
    log_notice("campaign %s: its time has come", name);
    const char *argv[] = {process_self(), "-w",    v->ws->dir, "campaign", "start",
                          name,           "--due", "--as",     "worker",   NULL};
    v->beginner = process_spawn(argv, NULL, &error);
    if (v->beginner < 0) {
        v->beginner = 0;
        log_error("%s", error->message);
    }
}

/* What the bin has kept long enough; deleting a large campaign takes a while, too. */
static void empty_bin(struct supervisor *v)
{
    g_autoptr(GError) error = NULL;
    gint64 now = clock_mono_us();
    if (now < v->bin_look_us)
        return;
    v->bin_look_us = now + BIN_LOOK_US;
    if (!bin_has_expired(v->db, clock_wall_us()))
        return;
    const char *argv[] = {process_self(), "-w",   v->ws->dir, "bin", "empty",
                          "--expired",    "--as", "worker",   NULL};
    if (process_spawn(argv, NULL, &error) < 0)
        log_error("%s", error->message);
}

/* Which hosts take the mail of the domains that are written to. Sending does not wait for it, but
 * that of --once, which is over before there would be an answer. */
static void look_up_hosts(struct supervisor *v)
{
    g_autoptr(GError) error = NULL;
    gint64 now = clock_mono_us();
    if ((v->options->is_once && !v->looks_first) || v->looker > 0 || now < v->look_us)
        return;
    v->look_us = v->looks_first ? G_MAXINT64 : now + MX_LOOK_US;
    if (!mx_is_due(v->db, clock_wall_us()))
        return;
    const char *argv[] = {process_self(), "-w",   v->ws->dir, "provider", "look",
                          "--as",         "worker", "--background", NULL};
    v->looker = process_spawn(argv, NULL, &error);
    if (v->looker < 0) {
        v->looker = 0;
        log_error("%s", error->message);
        return;
    }
    v->wait_us = v->looks_first ? now + MX_WAIT_US : 0;
}

static void on_beat(void *data)
{
    struct supervisor *v = data;
    gint64 now = clock_mono_us();
    judge_refusals(v);
    if (!v->is_ending) {
        begin_scheduled(v);
        empty_bin(v);
        run_hooks(v);
        look_up_hosts(v);
        errands_look(v->errands);
    }
    /* What it had in flight becomes uncertain at the next start: nothing is lost by it. */
    if (v->is_ending && is_any_running(v) && now > v->kill_us) {
        log_error("a role does not end: it is killed");
        signal_roles(v, SIGKILL);
    }
    begin_roles(v);
    if (v->options->is_once && !v->is_ending && !v->is_leaving && !is_any_to_come(v))
        leave(v); /* there is nothing that it could do */
    beat(v); /* last: it tells whether the roles run */
    loop_timer_add(v->loop, now + BEAT_US, on_beat, v);
}

/* A table with a mistake in it lets nothing go, and nobody mends it while --once waits. */
static gboolean look_at_table(struct supervisor *v, GError **error)
{
    struct providers *table = provider_table_read(v->ws, v->db, error);
    gboolean is_good = table != NULL;
    v->looks_first = is_good && providers_are_limited(table);
    providers_free(table);
    return is_good;
}

static gboolean begin(struct supervisor *v, GError **error)
{
    v->lock_fd = workspace_lock_worker(v->ws, error);
    if (v->lock_fd < 0)
        return FALSE;
    v->db = db_open(v->ws->db_path, DB_USE_WORKER, error);
    gboolean sends = !v->options->only || strcmp(v->options->only, "send") == 0;
    if (!v->db || (v->options->is_once && sends && !look_at_table(v, error)))
        return FALSE;
    v->secrets = secrets_new(v->db);
    v->errands = errands_new(v->ws, v->db, v->options->is_background);
    db_set_actor(v->db, "worker");
    int held = db_claim_identity(v->db, error);
    if (held < 0)
        return FALSE;
    if (held > 0)
        log_warning(
            "this database was copied or restored: %d campaigns are held. Look at them, then"
            " `crier campaign resume NAME`",
            held);
    /* --once ends when nothing is due: what is due begins before the role looks. */
    char *name;
    while (v->options->is_once && sends && (name = schedule_due(v->db, clock_wall_us(), NULL))) {
        g_autoptr(GError) why = NULL;
        if (!schedule_begin(v->db, name, clock_wall_us(), &why))
            log_error("campaign %s: %s", name, why->message);
        gboolean must_wait = error_exit_code(why) == ERROR_EXIT_TRY_AGAIN;
        g_free(name);
        if (must_wait)
            break;
    }
    if (!workspace_ballast_make(v->ws))
        log_warning("no room for the ballast file %s: the disk is nearly full",
                    v->ws->ballast_path);
    return TRUE;
}

static void finish(struct supervisor *v)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        role_end_link(&v->roles[i]);
    if (v->looker > 0)
        kill(v->looker, SIGTERM); /* nobody is left whom its answers help */
    errands_free(v->errands);
    if (v->db)
        role_gone(v->db, "supervisor", NULL);
    secrets_free(v->secrets);
    db_close(v->db);
    loop_free(v->loop);
    if (v->lock_fd >= 0)
        close(v->lock_fd);
}

int worker_run(const struct workspace *w, const struct worker_options *o, GError **error)
{
    if (!log_open(o->is_background ? w->log_path : NULL, o->role ? o->role : "worker", error))
        return error_exit_code(*error);
    process_harden();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (o->role)
        return strcmp(o->role, "inbox") == 0 ? inbox_run(w, o, error) : sender_run(w, o, error);
    struct supervisor v = {.ws = w,
                           .options = o,
                           .lock_fd = -1,
                           .loop = loop_new(),
                           .since_us = clock_wall_us(),
                           .clock_offset_us = clock_wall_us() - clock_mono_us(),
                           .roles = {[ROLE_SEND] = {.name = "send",
                                                    .secrets = SECRETS_OF_SERVERS},
                                     [ROLE_INBOX] = {.name = "inbox",
                                                     .secrets = SECRETS_OF_MAILBOXES}}};
    for (int i = 0; i < ROLE_COUNT; i++) {
        v.roles[i].v = &v;
        v.roles[i].link_fd = -1;
    }
    /* Before the lock names us to others: a nudge or an order that came earlier would end us.
     */
    loop_signal_add(v.loop, SIGCHLD, on_child, &v);
    loop_signal_add(v.loop, SIGTERM, on_signal, &v);
    loop_signal_add(v.loop, SIGINT, on_signal, &v);
    loop_signal_add(v.loop, SIGUSR1, on_signal, &v);
    if (!begin(&v, error)) {
        finish(&v);
        return error_exit_code(*error);
    }
    log_notice("worker started, workspace %s", w->dir);
    on_beat(&v);
    process_notify("READY=1\nSTATUS=sending what is due");
    loop_run(v.loop);
    process_notify("STOPPING=1");
    log_notice("worker ended");
    finish(&v);
    return v.exit_code;
}

/*
 * The terminal UI's life: opening, the loop, signals, what is looked at once a second, the end.
 * Not for what is on the screens.
 */
#include "config.h"

#include "tui/ui.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/keys.h"
#include "tui/theme.h"
#include "tui/look.h"
#include "tui/start_up.h"
#include "tui/ui_private.h"

#define TICK_US CLOCK_SECOND_US
#define DRAFT_US (5 * CLOCK_SECOND_US)
#define DB_PATIENCE_MS 200 /* a key never waits longer for another's lock */

struct db *ui_db(struct ui *ui)
{
    return ui->db;
}

const struct workspace *ui_workspace(struct ui *ui)
{
    return ui->ws;
}

struct loop *ui_loop(struct ui *ui)
{
    return ui->loop;
}

gboolean ui_is_accessible(struct ui *ui)
{
    return ui->options.is_accessible;
}

void ui_set_look(struct ui *ui, const struct term_options *o, gboolean is_accessible)
{
    ui->options.term = *o;
    ui->options.is_accessible = is_accessible;
    term_set_look(o);
    ui_redraw(ui);
}

const struct status *ui_status(struct ui *ui)
{
    return ui->status;
}

void ui_busy(struct ui *ui, int by)
{
    ui->n_busy += by;
}

gboolean ui_is_stepped(struct ui *ui)
{
    return ui->is_test;
}

void ui_redraw(struct ui *ui)
{
    ui->is_dirty = TRUE;
}

/* A test holds the clock in a file. */
gint64 ui_now_us(struct ui *ui)
{
    const char *path = ui->is_test ? g_getenv("CRIER_TEST_CLOCK") : NULL;
    g_autofree char *text = NULL;
    gint64 now_us;
    if (path && g_file_get_contents(path, &text, NULL, NULL) &&
        clock_parse_utc(g_strstrip(text), &now_us, NULL))
        return now_us;
    return clock_wall_us();
}

/* ---- once a second ---- */

void ui_load_status(struct ui *ui)
{
    g_autoptr(GError) error = NULL;
    struct status *s = status_home(ui->db, ui->ws, &error);
    if (s) {
        status_free(ui->status);
        ui->status = s;
        ui_watch_worker(ui);
    } else {
        ui_fail(ui, g_steal_pointer(&error));
    }
}

/* Somebody restored a backup or removed the file: what is open is not what is there. */
static void look_at_file(struct ui *ui)
{
    struct stat now;
    g_autoptr(GError) error = NULL;
    if (stat(ui->ws->db_path, &now) != 0) {
        ui_fail_text(ui, _("The database is not there any more. q quits; it was %s"),
                     ui->ws->db_path);
        return;
    }
    if (ui->db_file.st_ino == now.st_ino && ui->db_file.st_dev == now.st_dev)
        return;
    struct db *fresh = db_open(ui->ws->db_path, DB_USE_VERB, &error);
    if (!fresh) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    db_set_actor(fresh, db_actor(ui->db));
    db_set_timeout(fresh, DB_PATIENCE_MS);
    db_close(ui->db);
    ui->db = fresh;
    ui->db_file = now;
    ui->data_version = -1;
    ui_say(ui, "%s", _("The database was replaced: this is the new one."));
}

static gboolean does_need_frame(struct ui *ui)
{
    gint64 minute = ui_now_us(ui) / (60 * CLOCK_SECOND_US);
    gboolean is_new = minute != ui->shown_minute;
    ui->shown_minute = minute;
    return is_new;
}

static void save_draft(struct view *v)
{
    if (v->ops->save_draft)
        v->ops->save_draft(v);
}

static void tick(struct ui *ui)
{
    gint64 now_us = clock_mono_us();
    look_at_file(ui);
    gint64 version = db_data_version(ui->db);
    gboolean was_running = ui->status->is_worker_running;
    if (version != ui->data_version) {
        ui->data_version = version;
        if (ui_is_accessible(ui)) {
            ui_load_status(ui);
        } else {
            gboolean was_dirty = ui->is_dirty;
            ui_reload(ui);
            ui->is_dirty = was_dirty;
            ui->is_live_dirty = TRUE;
        }
    } else if (was_running != workspace_worker_is_running(ui->ws, NULL, NULL)) {
        ui_reload(ui);
    }
    struct view *v = ui_front(ui);
    if (v && v->ops->tick && !ui_is_accessible(ui) && v->ops->tick(v))
        ui->is_live_dirty = TRUE;
    if (ui->is_test || now_us - ui->saved_us >= DRAFT_US) {
        ui->saved_us = now_us;
        ui_each_view(ui, save_draft);
    }
    ui_message_expire(ui, now_us);
    if (does_need_frame(ui) && !ui_is_accessible(ui))
        ui->is_live_dirty = TRUE;
}

static void on_tick(void *data)
{
    struct ui *ui = data;
    ui->tick_timer = loop_timer_add(ui->loop, clock_mono_us() + TICK_US, on_tick, ui);
    tick(ui);
}

/* ---- events ---- */

static void on_input(int fd, unsigned events, void *data)
{
    ui_take_input(data);
}

static void resized(struct ui *ui)
{
    if (term_resize()) {
        ui->owes_mark = TRUE;
        ui_redraw(ui);
    }
}

static void on_signal(int signum, void *data)
{
    struct ui *ui = data;
    switch (signum) {
    case SIGWINCH:
        resized(ui);
        break;
    case SIGCONT: /* somebody stopped us from outside: the terminal may be anybody's meanwhile */
        term_leave();
        term_enter(NULL);
        ui->owes_mark = TRUE;
        ui_redraw(ui);
        break;
    case SIGTSTP:
        ui_suspend(ui);
        break;
    case SIGUSR1:
        if (ui->is_test) {
            ui->owes_mark = TRUE;
            tick(ui);
        }
        break;
    case SIGHUP:
        term_abandon();
        ui->exit_code = 129;
        ui->is_ending = TRUE;
        break;
    default: /* SIGTERM, SIGINT */
        ui->exit_code = 128 + signum;
        ui->is_ending = TRUE;
        break;
    }
}

static void watch(struct ui *ui)
{
    static const int signals[] = {SIGWINCH, SIGCONT, SIGTSTP, SIGUSR1,
                                  SIGHUP,   SIGTERM, SIGINT};
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        loop_signal_add(ui->loop, signals[i], on_signal, ui);
    signal(SIGPIPE, SIG_IGN);
    ui->input_watch = loop_watch_add(ui->loop, term_fd(), LOOP_IN, on_input, ui);
    if (!ui->is_test)
        ui->tick_timer = loop_timer_add(ui->loop, clock_mono_us() + TICK_US, on_tick, ui);
}

/* ---- opening ---- */

/* A mistake in such a file costs what the person wanted in it, never the screens. */
static void load_own(struct ui *ui, const char *file,
                     gboolean (*load)(const char *path, GError **error))
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(g_get_user_config_dir(), "crier", file, NULL);
    if (!load(path, &error))
        ui_fail(ui, g_steal_pointer(&error));
}

static gboolean open_all(struct ui *ui, GError **error)
{
    if (!(ui->ws = workspace_open(ui->options.workspace, error)) ||
        !(ui->db = db_open(ui->ws->db_path, DB_USE_VERB, error)))
        return FALSE;
    if (ui->options.actor)
        db_set_actor(ui->db, ui->options.actor);
    db_set_timeout(ui->db, DB_PATIENCE_MS);
    (void)stat(ui->ws->db_path, &ui->db_file);
    if (!(ui->status = status_home(ui->db, ui->ws, error)))
        return FALSE;
    load_own(ui, "theme.cfg", theme_load);
    load_own(ui, "keys.cfg", keys_load);
    return term_open(&ui->options.term, error);
}

static int sending(const struct ui *ui)
{
    int n = 0;
    for (guint i = 0; i < ui->status->campaigns->len; i++) {
        const struct status_campaign *c = ui->status->campaigns->pdata[i];
        n += c->campaign.state == CAMPAIGN_SENDING;
    }
    return n;
}

static void say_goodbye(struct ui *ui)
{
    int n = sending(ui);
    if (ui->exit_code != 0 || n == 0)
        return;
    if (ui->status->is_worker_running)
        printf(ngettext("%d campaign goes on being sent (worker %" PRId64
                        "). crier shows it again.\n",
                        "%d campaigns go on being sent (worker %" PRId64
                        "). crier shows them again.\n",
                        (gulong)n),
               n, ui->status->worker_pid);
    else
        printf(ngettext("%d campaign waits for a worker: crier worker\n",
                        "%d campaigns wait for a worker: crier worker\n", (gulong)n),
               n);
}

static void run(struct ui *ui)
{
    ui->data_version = db_data_version(ui->db);
    does_need_frame(ui);
    ui->owes_mark = TRUE;
    ui_watch_worker(ui);
    ui_go(ui, 1);
    start_up(ui);
    while (!ui->is_ending) {
        ui_look_at_waiting(ui);
        ui_show(ui);
        ui_mark_if_idle(ui);
        loop_run_once(ui->loop, ui_patience_us(ui));
        ui_free_closed(ui);
    }
    ui_each_view(ui, save_draft);
}

static void end(struct ui *ui)
{
    task_drop_all(ui);
    ui_unwatch_worker(ui);
    ui_close_all(ui);
    ui_message_clear(ui);
    term_close();
    if (ui->status && term_is_open() == FALSE && ui->exit_code == 0)
        say_goodbye(ui);
    loop_free(ui->loop);
    status_free(ui->status);
    db_close(ui->db);
    workspace_free(ui->ws);
    g_array_unref(ui->waiting);
    g_ptr_array_unref(ui->closed);
    action_forget_keys();
    theme_forget();
    g_free(ui);
}

int ui_main(const struct ui_options *o)
{
    struct ui *ui = g_new0(struct ui, 1);
    g_autoptr(GError) error = NULL;
    ui->options = *o;
    look_complete(&ui->options);
    ui->screen = 1;
    ui->is_test = g_getenv("CRIER_TEST") != NULL;
    ui->sync_path = ui->is_test ? g_getenv("CRIER_TEST_SYNC") : NULL;
    ui->waiting = g_array_new(FALSE, FALSE, sizeof(struct ui_waiting));
    ui->closed = g_ptr_array_new();
    ui->loop = loop_new();
    ui->worker_fd = -1;
    if (open_all(ui, &error)) {
        watch(ui);
        run(ui);
    } else {
        fprintf(stderr, "crier: %s\n", error->message);
        ui->exit_code = error_exit_code(error);
    }
    int code = ui->exit_code;
    end(ui);
    return code;
}

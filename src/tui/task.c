/*
 * Children with pipes in the UI's loop. Standard output is gathered, lines of standard error are
 * events (see CRIER_PROGRESS). A child whose owner has closed is told to end and reaped here.
 */
#include "config.h"

#include "tui/task.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/process.h"
#include "base/text.h"
#include "tui/ui_private.h"

#define READ_BYTES 65536
#define LINE_MAX_BYTES 65536
#define KILL_S 3

struct task {
    struct ui *ui;
    struct task_calls calls;
    void *data;
    gboolean is_dropped, was_stopped, has_ended;
    pid_t pid;
    int fds[3], pid_fd;
    struct loop_watch *watches[4]; /* in, out, err, pidfd */
    struct loop_timer *killer;
    char *input; /* owned */
    gsize input_at;
    GString *out, *line, *error;
    int status;
};

static GPtrArray *tasks; /* of struct task *, those that run */

static void close_end(struct task *t, int i)
{
    loop_watch_remove(t->watches[i]);
    t->watches[i] = NULL;
    if (t->fds[i] >= 0)
        close(t->fds[i]);
    t->fds[i] = -1;
}

static void task_free(struct task *t)
{
    for (int i = 0; i < 3; i++)
        close_end(t, i);
    loop_watch_remove(t->watches[3]);
    loop_timer_remove(t->killer);
    if (t->pid_fd >= 0)
        close(t->pid_fd);
    if (t->input)
        process_wipe(t->input);
    g_string_free(t->out, TRUE);
    g_string_free(t->line, TRUE);
    g_string_free(t->error, TRUE);
    g_free(t);
}

static int exit_code(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void finish_if_over(struct task *t)
{
    if (!t->has_ended || t->fds[1] >= 0 || t->fds[2] >= 0)
        return;
    struct ui *ui = t->ui;
    g_autofree char *error = text_safe(t->error->str, -1, 0);
    struct task_result r = {.exit_code = exit_code(t->status),
                            .out = t->out->str,
                            .out_len = t->out->len,
                            .error = error,
                            .was_stopped = t->was_stopped};
    g_ptr_array_remove(tasks, t);
    ui->n_tasks--;
    ui->owes_mark = TRUE;
    if (!t->is_dropped && t->calls.done)
        t->calls.done(&r, t->data);
    task_free(t);
    ui_redraw(ui);
}

/* ---- lines of standard error ---- */

static void take_line(struct task *t, char *line)
{
    char *space = strchr(line, ' ');
    const char *rest = space ? space + 1 : "";
    if (space)
        *space = '\0';
    if (strcmp(line, "progress") == 0) {
        char *end = NULL;
        gint64 done = g_ascii_strtoll(rest, &end, 10);
        gint64 total = g_ascii_strtoll(end, NULL, 10);
        if (t->calls.progress && !t->is_dropped)
            t->calls.progress(done, total, t->data);
    } else if (strcmp(line, "said") == 0 || strcmp(line, "line") == 0 ||
               strcmp(line, "doing") == 0 || strcmp(line, "error") == 0) {
        if (strcmp(line, "error") == 0)
            g_string_assign(t->error, rest);
        if (t->calls.line && !t->is_dropped)
            t->calls.line(line, rest, t->data);
    } else {
        /* Not in our form: what a library or the shell had to say. */
        if (space)
            *space = ' ';
        const char *text = g_str_has_prefix(line, "crier: ") ? line + 7 : line;
        if (*text)
            g_string_assign(t->error, text);
        if (t->calls.line && !t->is_dropped)
            t->calls.line("error", text, t->data);
    }
    ui_redraw(t->ui);
}

static void take_lines(struct task *t, const char *bytes, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        if (bytes[i] != '\n' && bytes[i] != '\0') {
            if (t->line->len < LINE_MAX_BYTES)
                g_string_append_c(t->line, bytes[i]);
            continue;
        }
        take_line(t, t->line->str);
        g_string_truncate(t->line, 0);
    }
}

/* ---- descriptors ---- */

static void on_readable(int fd, unsigned events, void *data)
{
    struct task *t = data;
    int i = fd == t->fds[1] ? 1 : 2;
    g_autofree char *bytes = g_malloc(READ_BYTES);
    gssize n = read(fd, bytes, READ_BYTES);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        close_end(t, i);
        if (i == 2 && t->line->len > 0) {
            take_line(t, t->line->str);
            g_string_truncate(t->line, 0);
        }
        finish_if_over(t);
    } else if (i == 2) {
        take_lines(t, bytes, (gsize)n);
    } else if (t->out->len < TASK_OUTPUT_MAX) {
        g_string_append_len(t->out, bytes, MIN(n, (gssize)(TASK_OUTPUT_MAX - t->out->len)));
    }
}

static void on_writable(int fd, unsigned events, void *data)
{
    struct task *t = data;
    gsize left = t->input ? strlen(t->input) - t->input_at : 0;
    gssize n = left > 0 ? write(fd, t->input + t->input_at, left) : 0;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0)
        t->input_at += (gsize)n;
    if (n <= 0 || (gsize)n == left)
        close_end(t, 0);
}

static void on_exit_event(int fd, unsigned events, void *data)
{
    struct task *t = data;
    if (waitpid(t->pid, &t->status, WNOHANG) == 0)
        return;
    t->has_ended = TRUE;
    loop_watch_remove(t->watches[3]);
    t->watches[3] = NULL;
    close_end(t, 0);
    finish_if_over(t);
}

/* ---- starting and stopping ---- */

static char **full_argv(struct ui *ui, const char *const *args)
{
    GPtrArray *argv = g_ptr_array_new();
    g_ptr_array_add(argv, g_strdup(process_self()));
    g_ptr_array_add(argv, g_strdup("-w"));
    g_ptr_array_add(argv, g_strdup(ui->ws->dir));
    if (ui->options.actor) {
        g_ptr_array_add(argv, g_strdup("--as"));
        g_ptr_array_add(argv, g_strdup(ui->options.actor));
    }
    for (; *args; args++)
        g_ptr_array_add(argv, g_strdup(*args));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

static void watch(struct task *t)
{
    struct loop *l = t->ui->loop;
    t->watches[0] = loop_watch_add(l, t->fds[0], LOOP_OUT, on_writable, t);
    t->watches[1] = loop_watch_add(l, t->fds[1], LOOP_IN, on_readable, t);
    t->watches[2] = loop_watch_add(l, t->fds[2], LOOP_IN, on_readable, t);
    t->pid_fd = (int)syscall(SYS_pidfd_open, t->pid, 0);
    if (t->pid_fd >= 0)
        t->watches[3] = loop_watch_add(l, t->pid_fd, LOOP_IN, on_exit_event, t);
}

struct task *task_start(struct ui *ui, const char *const *args, const char *input,
                        const struct task_calls *calls, void *data, GError **error)
{
    g_auto(GStrv) argv = full_argv(ui, args);
    int fds[3];
    if (!tasks)
        tasks = g_ptr_array_new();
    if (ui->n_tasks >= TASK_MAX) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                    _("%d things run already. Wait until one has ended"), TASK_MAX);
        return NULL;
    }
    g_setenv("CRIER_PROGRESS", "1", TRUE);
    pid_t pid = process_spawn_piped((const char *const *)argv, fds, error);
    if (pid < 0)
        return NULL;
    struct task *t = g_new0(struct task, 1);
    t->ui = ui;
    t->calls = *calls;
    t->data = data;
    t->pid = pid;
    t->input = g_strdup(input);
    t->out = g_string_new(NULL);
    t->line = g_string_new(NULL);
    t->error = g_string_new(NULL);
    for (int i = 0; i < 3; i++) {
        t->fds[i] = fds[i];
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
    watch(t);
    g_ptr_array_add(tasks, t);
    ui->n_tasks++;
    ui_redraw(ui);
    return t;
}

static void kill_now(void *data)
{
    struct task *t = data;
    t->killer = NULL;
    kill(-t->pid, SIGKILL);
}

void task_stop(struct task *t)
{
    if (t->was_stopped)
        return;
    t->was_stopped = TRUE;
    kill(t->pid, SIGTERM);
    t->killer = loop_timer_add(t->ui->loop, clock_mono_us() + KILL_S * CLOCK_SECOND_US,
                               kill_now, t);
}

void task_drop(struct task *t)
{
    if (!t)
        return;
    t->is_dropped = TRUE;
    task_stop(t);
}

void task_drop_all(struct ui *ui)
{
    for (guint i = tasks ? tasks->len : 0; i-- > 0;) {
        struct task *t = tasks->pdata[i];
        kill(t->pid, SIGTERM);
        task_free(t);
    }
    g_clear_pointer(&tasks, g_ptr_array_unref);
    ui->n_tasks = 0;
}

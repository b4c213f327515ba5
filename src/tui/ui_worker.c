/*
 * Watching the worker: a descriptor of its process tells at once when it ends; that it lives is
 * seen by its heartbeat, which the status reads.
 */
#include "config.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tui/ui_private.h"

void ui_unwatch_worker(struct ui *ui)
{
    loop_watch_remove(ui->worker_watch);
    ui->worker_watch = NULL;
    if (ui->worker_fd >= 0)
        close(ui->worker_fd);
    ui->worker_fd = -1;
    ui->worker_pid = 0;
}

static void on_end(int fd, unsigned events, void *data)
{
    struct ui *ui = data;
    ui_unwatch_worker(ui);
    ui_load_status(ui);
    gint64 n = ui->status->n_in_state[CAMPAIGN_SENDING];
    if (n > 0 && !ui->status->is_worker_running)
        ui_fail_text(ui,
                     ngettext("The worker has ended, and %d campaign waits for one. Home, Enter "
                              "on the problem starts one.",
                              "The worker has ended, and %d campaigns wait for one. Home, Enter "
                              "on the problem starts one.",
                              (gulong)n),
                     (int)n);
    ui_reload(ui);
}

void ui_watch_worker(struct ui *ui)
{
    gint64 pid = ui->status->is_worker_running ? ui->status->worker_pid : 0;
    if (pid == ui->worker_pid)
        return;
    ui_unwatch_worker(ui);
    if (pid <= 1)
        return;
    ui->worker_fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    if (ui->worker_fd < 0)
        return; /* an old kernel, or it ended just now: the heartbeat will tell */
    ui->worker_pid = pid;
    ui->worker_watch = loop_watch_add(ui->loop, ui->worker_fd, LOOP_IN, on_end, ui);
}

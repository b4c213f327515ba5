/*
 * crier worker install and remove: puts the unit or the crontab line of app/service.c in place
 * by running systemctl, loginctl and crontab. A worker that runs is left alone.
 */
#include "config.h"

#include "cmd/service.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/control.h"
#include "app/service.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/process.h"
#include "cmd/handlers.h"

#define COMMAND_TIMEOUT_S 20
#define STOP_TIMEOUT_S 120
#define CRONTAB_MAX_BYTES (1024 * 1024)
#define OUTPUT_MAX_BYTES 4096

/* ---- other programs ---- */

static gboolean run(const char *const *argv, int timeout_s, GError **error)
{
    g_autofree char *out = process_filter(argv, "", 0, OUTPUT_MAX_BYTES, timeout_s, error);
    return out != NULL;
}

/* After `su` or under cron the variable is missing by which systemctl finds the user's manager.
 */
static void set_runtime_dir(void)
{
    g_autofree char *dir = g_strdup_printf("/run/user/%u", (unsigned)getuid());
    if (!g_getenv("XDG_RUNTIME_DIR") && g_file_test(dir, G_FILE_TEST_IS_DIR))
        g_setenv("XDG_RUNTIME_DIR", dir, FALSE);
}

static gboolean systemctl(const char *verb, const char *unit, int timeout_s, GError **error)
{
    const char *argv[] = {"systemctl", "--user", verb, unit, NULL};
    return run(argv, timeout_s, error);
}

static gboolean has_user_systemd(void)
{
    set_runtime_dir();
    return systemctl("show-environment", NULL, COMMAND_TIMEOUT_S, NULL);
}

/* ---- systemd ---- */

static gboolean write_unit(const struct workspace *ws, GError **error)
{
    g_autofree char *path = service_unit_path(ws);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *text = service_unit_text(ws, process_self(), error);
    if (!text)
        return FALSE;
    if (g_mkdir_with_parents(folder, 0700) != 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be made: %s"),
                    folder, g_strerror(errno));
        return FALSE;
    }
    return file_write_atomic(path, text, strlen(text), 0600, error);
}

/* By default that of who asks; others need a right for it. */
static gboolean enable_linger(void)
{
    static const char *const argv[] = {"loginctl", "enable-linger", NULL};
    g_autoptr(GError) why = NULL;
    if (run(argv, COMMAND_TIMEOUT_S, &why))
        return TRUE;
    cmd_warn(_("the worker ends when you log out for the last time: %s. Ask an administrator "
               "for: loginctl enable-linger %s"),
             why->message, g_get_user_name());
    return FALSE;
}

static gboolean install_unit(struct cmd_context *c, GError **error)
{
    g_autofree char *unit = service_unit_name(c->ws);
    gboolean was_running = workspace_worker_is_running(c->ws, NULL, NULL);
    if (!write_unit(c->ws, error) ||
        !systemctl("daemon-reload", NULL, COMMAND_TIMEOUT_S, error) ||
        !systemctl("enable", unit, COMMAND_TIMEOUT_S, error))
        return FALSE;
    gboolean lingers = enable_linger();
    if (!service_note(c->ws, lingers ? SERVICE_SYSTEMD : SERVICE_LOGGED_IN, error) ||
        !systemctl("start", unit, COMMAND_TIMEOUT_S, error))
        return FALSE;
    cmd_say(lingers ? _("The worker starts with this machine: systemd unit %s.")
                    : _("The worker starts when you log in: systemd unit %s."),
            unit);
    if (was_running)
        cmd_say(_("The worker that runs goes on; the unit takes over when it ends."));
    return TRUE;
}

static gboolean remove_unit(struct cmd_context *c, GError **error)
{
    g_autofree char *unit = service_unit_name(c->ws);
    g_autofree char *path = service_unit_path(c->ws);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    if (!systemctl("disable", unit, COMMAND_TIMEOUT_S, error))
        return FALSE;
    if (unlink(path) != 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be removed: %s"),
                    path, g_strerror(errno));
        return FALSE;
    }
    return systemctl("daemon-reload", NULL, COMMAND_TIMEOUT_S, error);
}

void service_stop_unit(const struct workspace *ws)
{
    g_autofree char *unit = service_unit_name(ws);
    g_autofree char *path = service_unit_path(ws);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return;
    set_runtime_dir();
    systemctl("stop", unit, STOP_TIMEOUT_S, NULL);
}

/* ---- crontab ---- */

/* "" when there is none yet. A crontab that cannot be read whole is not written over. */
static char *read_crontab(GError **error)
{
    static const char *const argv[] = {"crontab", "-l", NULL};
    g_autoptr(GError) why = NULL;
    g_autofree char *text =
        process_filter(argv, "", 0, CRONTAB_MAX_BYTES, COMMAND_TIMEOUT_S, &why);
    if (!text && (strstr(why->message, "no crontab for") || strstr(why->message, "can't open")))
        return g_strdup("");
    if (!text)
        g_propagate_error(error, g_steal_pointer(&why));
    else if (strlen(text) == CRONTAB_MAX_BYTES)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("your crontab is longer than this program reads: put the line of crier "
                      "worker install --show into it yourself"));
    else
        return g_steal_pointer(&text);
    return NULL;
}

static gboolean write_crontab(const char *text, GError **error)
{
    static const char *const argv[] = {"crontab", "-", NULL};
    g_autofree char *out =
        process_filter(argv, text, strlen(text), OUTPUT_MAX_BYTES, COMMAND_TIMEOUT_S, error);
    return out != NULL;
}

/* The crontab with our block, which is at its end, or without. */
static gboolean change_crontab(const struct workspace *ws, const char *block, GError **error)
{
    g_autofree char *before = read_crontab(error);
    if (!before)
        return FALSE;
    g_autofree char *rest = service_cron_without(ws, before);
    gboolean is_open = *rest && !g_str_has_suffix(rest, "\n");
    g_autofree char *after = g_strconcat(rest, is_open && *block ? "\n" : "", block, NULL);
    return strcmp(before, after) == 0 || write_crontab(after, error);
}

static gboolean install_cron(struct cmd_context *c, GError **error)
{
    g_autofree char *block = service_cron_block(c->ws, process_self(), error);
    gboolean was_running = workspace_worker_is_running(c->ws, NULL, NULL);
    if (!block || !change_crontab(c->ws, block, error) ||
        !service_note(c->ws, SERVICE_CRONTAB, error))
        return FALSE;
    cmd_say(_("The worker starts with this machine: an @reboot line in your crontab."));
    if (was_running) {
        cmd_say(_("The worker that runs goes on."));
        return TRUE;
    }
    return control_start_worker(c->ws, error);
}

/* ---- the verbs ---- */

static int show(struct cmd_context *c)
{
    GError *error = NULL;
    g_autofree char *path = service_unit_path(c->ws);
    g_autofree char *unit = service_unit_text(c->ws, process_self(), &error);
    g_autofree char *block = unit ? service_cron_block(c->ws, process_self(), &error) : NULL;
    if (!block)
        return cmd_fail(error);
    printf(_("With systemd, in %s:\n"), path);
    printf("\n%s\n", unit);
    printf(_("Without systemd, in your crontab:\n"));
    printf("\n%s", block);
    return 0;
}

int cmd_worker_install(struct cmd_context *c)
{
    GError *error = NULL;
    if (cmd_has(c, "show"))
        return show(c);
    if (has_user_systemd())
        return install_unit(c, &error) ? 0 : cmd_fail(error);
    if (install_cron(c, &error))
        return 0;
    g_prefix_error(&error,
                   _("neither systemd nor cron of yours can be reached, so nothing starts "
                     "the worker after a reboot. Run crier worker from what starts your "
                     "programs, or ask an administrator to. What was tried last: "));
    return cmd_fail(error);
}

int cmd_worker_remove(struct cmd_context *c)
{
    GError *error = NULL;
    g_autofree char *path = service_unit_path(c->ws);
    enum service_state before = service_state(c->ws, 0);
    gboolean has_unit = g_file_test(path, G_FILE_TEST_EXISTS);
    if (before == SERVICE_NONE && !has_unit) {
        cmd_say(_("Nothing was installed for this workspace."));
        return 0;
    }
    set_runtime_dir();
    if (!remove_unit(c, &error) ||
        (before == SERVICE_CRONTAB && !change_crontab(c->ws, "", &error)) ||
        !service_note(c->ws, SERVICE_NONE, &error))
        return cmd_fail(error);
    cmd_say(_("The worker does not start with this machine any more."));
    if (workspace_worker_is_running(c->ws, NULL, NULL))
        cmd_say(_("The worker that runs goes on. crier worker stop ends it."));
    return 0;
}

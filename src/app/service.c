/*
 * The unit and the crontab line that start a worker, and what files tell of them. Nothing is
 * run here.
 */
#include "config.h"

#include "app/service.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"

#define NOTE_MAX_BYTES 256
#define ENVIRONMENT_MAX_BYTES 65536
#define HASH_CHARS 8

static const char *const state_names[SERVICE_STATE_COUNT] = {
    [SERVICE_NONE] = "none",       [SERVICE_LOGGED_IN] = "logged-in",
    [SERVICE_SYSTEMD] = "systemd", [SERVICE_CRONTAB] = "crontab",
    [SERVICE_SYSTEM] = "system",
};

const char *service_state_name(enum service_state s)
{
    return state_names[s];
}

gboolean service_survives(enum service_state s)
{
    return s != SERVICE_NONE && s != SERVICE_LOGGED_IN;
}

/* ---- texts ---- */

char *service_unit_name(const struct workspace *ws)
{
    g_autofree char *hash = crypto_sha256_hex(ws->dir, strlen(ws->dir));
    return g_strdup_printf("crier-worker-%.*s.service", HASH_CHARS, hash);
}

static char *units_folder(void)
{
    return g_build_filename(g_get_user_config_dir(), "systemd", "user", NULL);
}

char *service_unit_path(const struct workspace *ws)
{
    g_autofree char *folder = units_folder();
    g_autofree char *name = service_unit_name(ws);
    return g_build_filename(folder, name, NULL);
}

static gboolean check_path(const char *path, GError **error)
{
    for (const char *p = path; *p; p++)
        if ((guchar)*p < ' ' || *p == 127) {
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                        _("a path with control characters cannot be started by the system: "
                          "move the workspace"));
            return FALSE;
        }
    return TRUE;
}

/* systemd.service(5), "Command lines": quoted, and '%' and '$' doubled. */
static void append_for_unit(GString *to, const char *path)
{
    g_string_append_c(to, '"');
    for (const char *p = path; *p; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_c(to, '\\');
        if (*p == '%' || *p == '$')
            g_string_append_c(to, *p);
        g_string_append_c(to, *p);
    }
    g_string_append_c(to, '"');
}

char *service_unit_text(const struct workspace *ws, const char *program, GError **error)
{
    const char *data_dir = g_getenv("CRIER_DATADIR");
    if (!check_path(ws->dir, error) || !check_path(program, error) ||
        (data_dir && !check_path(data_dir, error)))
        return NULL;
    g_autoptr(GString) unit = g_string_new("# made by crier worker install\n"
                                           "[Unit]\n"
                                           "Description=crier: sends the campaigns of ");
    for (const char *p = ws->dir; *p; p++)
        g_string_append(unit, *p == '%' ? "%%" : (char[]){*p, '\0'});
    g_string_append(unit, "\nStartLimitIntervalSec=0\n\n"
                          "[Service]\nType=notify\nNotifyAccess=main\nExecStart=");
    append_for_unit(unit, program);
    g_string_append(unit, " -w ");
    append_for_unit(unit, ws->dir);
    /* It waits while another worker holds the workspace; it finishes what is in flight when it
     * is told to end. */
    g_string_append(unit, " worker --background --wait\n"
                          "Restart=on-failure\nRestartSec=10\nRestartPreventExitStatus=2\n"
                          "WatchdogSec=60\nKillMode=mixed\nTimeoutStopSec=90\n");
    if (data_dir) {
        g_string_append(unit, "Environment=CRIER_DATADIR=");
        append_for_unit(unit, data_dir);
        g_string_append_c(unit, '\n');
    }
    g_string_append(unit, "\n[Install]\nWantedBy=default.target\n");
    return g_string_free(g_steal_pointer(&unit), FALSE);
}

/* A word for the shell that cron runs the line in; '%' would end the line (crontab(5)). */
static void append_for_cron(GString *to, const char *path)
{
    g_autofree char *quoted = g_shell_quote(path);
    for (const char *p = quoted; *p; p++) {
        if (*p == '%')
            g_string_append(to, "'\\%'");
        else
            g_string_append_c(to, *p);
    }
}

static char *cron_mark(const struct workspace *ws, const char *which)
{
    return g_strdup_printf("# crier worker, %s: %s", which, ws->dir);
}

char *service_cron_block(const struct workspace *ws, const char *program, GError **error)
{
    if (!check_path(ws->dir, error) || !check_path(program, error))
        return NULL;
    g_autofree char *begin = cron_mark(ws, "begin"), *end = cron_mark(ws, "end");
    g_autoptr(GString) block = g_string_new(begin);
    g_string_append(block, "\n@reboot ");
    append_for_cron(block, program);
    g_string_append(block, " -w ");
    append_for_cron(block, ws->dir);
    g_string_append_printf(block, " worker --background\n%s\n", end);
    return g_string_free(g_steal_pointer(&block), FALSE);
}

char *service_cron_without(const struct workspace *ws, const char *crontab)
{
    g_autofree char *begin = cron_mark(ws, "begin"), *end = cron_mark(ws, "end");
    g_auto(GStrv) lines = g_strsplit(crontab, "\n", -1);
    g_autoptr(GString) rest = g_string_new(NULL);
    gboolean is_ours = FALSE;
    for (char **line = lines; *line; line++) {
        gboolean is_last = line[1] == NULL; /* behind the last newline */
        is_ours = is_ours || strcmp(*line, begin) == 0;
        if (!is_ours)
            g_string_append_printf(rest, "%s%s", *line, is_last ? "" : "\n");
        if (strcmp(*line, end) == 0)
            is_ours = FALSE;
    }
    return g_string_free(g_steal_pointer(&rest), FALSE);
}

/* ---- state ---- */

static char *note_path(const struct workspace *ws)
{
    return g_build_filename(ws->dir, "service", NULL);
}

gboolean service_note(const struct workspace *ws, enum service_state s, GError **error)
{
    g_autofree char *path = note_path(ws);
    g_autofree char *text = g_strdup_printf("%s\n", state_names[s]);
    if (s != SERVICE_NONE)
        return file_write_atomic(path, text, strlen(text), 0600, error);
    if (unlink(path) == 0 || errno == ENOENT)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be removed: %s"), path,
                g_strerror(errno));
    return FALSE;
}

static enum service_state noted(const struct workspace *ws)
{
    g_autofree char *path = note_path(ws);
    g_autofree char *text = file_read(path, NOTE_MAX_BYTES, NULL, NULL);
    if (!text)
        return SERVICE_NONE;
    g_strchomp(text);
    for (int s = 0; s < SERVICE_STATE_COUNT; s++)
        if (strcmp(text, state_names[s]) == 0)
            return (enum service_state)s;
    return SERVICE_NONE;
}

/* Enabled: linked from the target that a login (or lingering) starts. */
static gboolean is_enabled(const struct workspace *ws)
{
    g_autofree char *folder = units_folder();
    g_autofree char *name = service_unit_name(ws);
    g_autofree char *link = g_build_filename(folder, "default.target.wants", name, NULL);
    return g_file_test(link, G_FILE_TEST_EXISTS);
}

static gboolean lingers(void)
{
    g_autofree char *path =
        g_build_filename("/var/lib/systemd/linger", g_get_user_name(), NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* systemd says to the process that it executes itself which that is (systemd.exec(5)); it means
 * nothing to those that inherit it. */
static gboolean is_of_systemd(gint64 pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/environ", pid);
    g_autofree char *mark = g_strdup_printf("SYSTEMD_EXEC_PID=%" G_GINT64_FORMAT, pid);
    gsize len = 0;
    g_autofree char *environment = NULL;
    if (!g_file_get_contents(path, &environment, &len, NULL) || len > ENVIRONMENT_MAX_BYTES)
        return FALSE;
    for (const char *p = environment; p < environment + len; p += strlen(p) + 1)
        if (strcmp(p, mark) == 0)
            return TRUE;
    return FALSE;
}

enum service_state service_state(const struct workspace *ws, gint64 worker_pid)
{
    enum service_state note = noted(ws);
    if (is_enabled(ws))
        return note == SERVICE_SYSTEMD || lingers() ? SERVICE_SYSTEMD : SERVICE_LOGGED_IN;
    if (note == SERVICE_CRONTAB)
        return note;
    return worker_pid > 1 && is_of_systemd(worker_pid) ? SERVICE_SYSTEM : SERVICE_NONE;
}

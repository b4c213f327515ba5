/*
 * What happens outside of the screens: the shell behind ^Z, the person's editor, the clipboard,
 * the worker.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/control.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/ui_private.h"

#define EDIT_MAX_BYTES (4 * 1024 * 1024)
#define USUAL_EDITOR "vi"

static void save_draft(struct view *v)
{
    if (v->ops->save_draft)
        v->ops->save_draft(v);
}

/* ---- ^Z ---- */

/* The signal that woke us says what is known here: the loop would take the terminal and draw all
 * once more for it. */
static void forget_continue(void)
{
    const struct timespec at_once = {0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCONT);
    while (sigtimedwait(&set, NULL, &at_once) > 0)
        ;
}

void ui_suspend(struct ui *ui)
{
    ui_each_view(ui, save_draft);
    term_leave();
    kill(0, SIGSTOP); /* the whole job, as the shell expects */
    forget_continue();
    ui->owes_mark = TRUE;
    g_autoptr(GError) error = NULL;
    if (!term_enter(&error))
        ui_fail(ui, g_steal_pointer(&error));
    ui_reload(ui);
}

/* ---- the editor ---- */

/* In the child: signals as a program finds them at its start. */
static void reset_signals(gpointer data)
{
    struct sigaction normal = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int n = 1; n < NSIG; n++)
        (void)sigaction(n, &normal, NULL);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static const char *editor(void)
{
    const char *name = g_getenv("VISUAL");
    if (!name || !*name)
        name = g_getenv("EDITOR");
    return name && *name ? name : USUAL_EDITOR;
}

/* What the keys of the terminal do to us while the editor has it: ^C and ^\ are the editor's, ^Z
 * stops it and us alike. Unblocked, too: what is blocked waits for us even when it is ignored.
 * Not curses' own handler for ^Z: it would take the screen from the editor when fg comes. */
static const struct {
    int signum;
    void (*handler)(int signum);
} meanwhile[] = {{SIGINT, SIG_IGN}, {SIGQUIT, SIG_IGN}, {SIGTSTP, SIG_DFL}};

static int wait_for_editor(GPid pid)
{
    struct sigaction was[G_N_ELEMENTS(meanwhile)];
    sigset_t set, before;
    int status = 0;
    sigemptyset(&set);
    for (gsize i = 0; i < G_N_ELEMENTS(meanwhile); i++) {
        const struct sigaction action = {.sa_handler = meanwhile[i].handler};
        sigaction(meanwhile[i].signum, &action, &was[i]);
        sigaddset(&set, meanwhile[i].signum);
    }
    sigprocmask(SIG_UNBLOCK, &set, &before);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    sigprocmask(SIG_SETMASK, &before, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(meanwhile); i++)
        sigaction(meanwhile[i].signum, &was[i], NULL);
    return status;
}

/* Runs it and says how it ended. */
static gboolean run_editor(const char *path, GError **error)
{
    char *argv[] = {(char *)"sh", (char *)"-c", NULL, (char *)"sh", (char *)path, NULL};
    g_autofree char *line = g_strdup_printf("%s \"$1\"", editor());
    GPid pid;
    argv[2] = line;
    if (!g_spawn_async(NULL, argv, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                           G_SPAWN_CHILD_INHERITS_STDIN,
                       reset_signals, NULL, &pid, error))
        return FALSE;
    int status = wait_for_editor(pid);
    g_autofree char *name = text_safe(editor(), -1, 60);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("the editor %s is not there: set EDITOR to one that is"), name);
    else if (WIFSIGNALED(status))
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("the editor %s was killed by signal %d"), name, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("the editor %s ended with exit code %d"), name, WEXITSTATUS(status));
    else
        return TRUE;
    return FALSE;
}

/* A private file with the text; NULL on failure. Caller frees. */
static char *write_private(struct ui *ui, const char *suffix, const char *text, GError **error)
{
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");
    const char *folder =
        runtime && g_file_test(runtime, G_FILE_TEST_IS_DIR) ? runtime : ui->ws->dir;
    g_autofree char *name = g_strdup_printf("crier-edit-XXXXXX%s", suffix);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot write %s: %s"), path,
                    error_why(errno));
        return NULL;
    }
    gboolean is_written = file_write_all(fd, text, strlen(text), error);
    close(fd);
    if (!is_written) {
        g_prefix_error(error, "%s: ", path);
        unlink(path);
        return NULL;
    }
    return g_steal_pointer(&path);
}

static char *read_back(const char *path, GError **error)
{
    struct stat st;
    g_autofree char *text = NULL;
    gsize len = 0;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > EDIT_MAX_BYTES) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("what the editor left is no file, or larger than %d MiB"),
                    EDIT_MAX_BYTES / 1024 / 1024);
        return NULL;
    }
    if (!g_file_get_contents(path, &text, &len, error) ||
        !text_check_utf8(_("what the editor left"), text, len, EDIT_MAX_BYTES, error))
        return NULL;
    return g_steal_pointer(&text);
}

gboolean ui_edit(struct ui *ui, const char *suffix, char **text, gboolean *ret_changed,
                 GError **error)
{
    g_autoptr(GError) back = NULL;
    g_autofree char *path = write_private(ui, suffix, *text ? *text : "", error);
    if (!path)
        return FALSE;
    ui_each_view(ui, save_draft);
    term_leave();
    gboolean ran = run_editor(path, error);
    forget_continue();
    if (!term_enter(&back))
        ui_fail(ui, g_steal_pointer(&back));
    ui_reload(ui);
    g_autofree char *left = ran ? read_back(path, error) : NULL;
    if (!left) {
        /* What was typed there may be all there is of it: it stays. */
        g_prefix_error(error, _("the text is as it was (the editor's file: %s): "), path);
        return FALSE;
    }
    unlink(path);
    *ret_changed = g_strcmp0(left, *text ? *text : "") != 0;
    if (*ret_changed) {
        g_free(*text);
        *text = g_steal_pointer(&left);
    }
    return TRUE;
}

/* ---- the clipboard ---- */

void ui_copy(struct ui *ui, const char *text)
{
    g_autofree char *path = g_build_filename(ui->ws->dir, "copied.txt", NULL);
    g_autoptr(GError) error = NULL;
    gboolean was_sent = term_copy(text);
    if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
        ui_fail(ui, g_steal_pointer(&error));
    else if (was_sent)
        ui_say(ui, _("Copied. If your terminal does not take it, it is in %s"), path);
    else
        ui_say(ui, _("It is too long for the terminal's clipboard: it is in %s"), path);
}

/* ---- the worker ---- */

gboolean ui_start_worker(struct ui *ui, GError **error)
{
    gboolean was_running = ui->status->is_worker_running;
    if (!control_start_worker(ui->ws, error))
        return FALSE;
    if (!was_running)
        ui_say(ui, "%s", _("A worker was started. It goes on when you leave."));
    return TRUE;
}

void ui_nudge(struct ui *ui)
{
    control_nudge(ui->ws);
}

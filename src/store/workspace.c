/*
 * The folder that holds everything of one workspace: finding it, refusing unsafe ones, the
 * worker's lock, the ballast for a full disk. Opens no database.
 */
#include "config.h"

#include "store/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"

#define BALLAST_BYTES (4 * 1024 * 1024)
#define LOCK_TEXT_MAX 512
/* A look at the lock (workspace_worker_is_running) takes it for microseconds, and a winner
 * needs a moment to write its name: so long a loser goes on trying. */
#define LOCK_PATIENCE_US 500000
#define LOCK_POLL_US 5000
#define LOCK_TRIES 4

/* ---- the folder ---- */

static char *owner_name(uid_t uid)
{
    struct passwd *pw = getpwuid(uid);
    return pw != NULL ? g_strdup(pw->pw_name) : g_strdup_printf("uid %u", (unsigned)uid);
}

static gboolean check_owner(const char *dir, const char *shown, GError **error)
{
    struct stat st;
    if (stat(dir, &st) != 0 || st.st_uid == geteuid())
        return TRUE;
    g_autofree char *owner = owner_name(st.st_uid);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("workspace %s: it belongs to %s, and files that you make in it would be lost "
                  "to them. Work as %s, or name a workspace of your own (-w DIR)"),
                shown, owner, owner);
    return FALSE;
}

static gboolean check_local(const char *dir, const char *shown, GError **error)
{
    const char *name = NULL;
    if (!file_is_on_network(dir, &name))
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("workspace %s: it lies on a network file system (%s), where locks and the "
                  "write-ahead log are not safe. Choose a folder on a local disk (-w DIR)"),
                shown, name != NULL ? name : "?");
    return FALSE;
}

static char *choose_dir(const char *dir)
{
    if (dir == NULL)
        dir = g_getenv("CRIER_WORKSPACE");
    if (dir != NULL && *dir != '\0')
        return g_canonicalize_filename(dir, NULL);
    return g_build_filename(g_get_user_data_dir(), "crier", NULL);
}

gboolean workspace_is_there(const char *dir)
{
    g_autofree char *path = choose_dir(dir), *db = g_build_filename(path, "crier.db", NULL);
    return g_file_test(db, G_FILE_TEST_EXISTS);
}

struct workspace *workspace_open(const char *dir, GError **error)
{
    g_autofree char *path = choose_dir(dir);
    g_autofree char *shown = text_safe(path, -1, 0);
    /* Whose it is first: that reason says more than its mode. */
    if (!check_owner(path, shown, error))
        return NULL;
    if (!file_make_private_dir(path, error)) {
        g_prefix_error(error, _("workspace: "));
        return NULL;
    }
    if (!check_local(path, shown, error))
        return NULL;
    struct workspace *w = g_new0(struct workspace, 1);
    w->db_path = g_build_filename(path, "crier.db", NULL);
    w->log_path = g_build_filename(path, "crier.log", NULL);
    w->journal_path = g_build_filename(path, "flight.journal", NULL);
    w->lock_path = g_build_filename(path, "worker.lock", NULL);
    w->ballast_path = g_build_filename(path, "ballast", NULL);
    w->dir = g_steal_pointer(&path);
    return w;
}

void workspace_free(struct workspace *w)
{
    if (w == NULL)
        return;
    g_free(w->dir);
    g_free(w->db_path);
    g_free(w->log_path);
    g_free(w->journal_path);
    g_free(w->lock_path);
    g_free(w->ballast_path);
    g_free(w);
}

/* ---- the worker's lock ---- */

struct holder {
    gint64 pid;     /* 0: the text does not say */
    char since[32]; /* RFC 3339 */
    char host[256];
};

/* "pid 1234 since 2026-11-21T18:08:00Z on host" */
static void read_holder(int fd, struct holder *ret)
{
    char text[LOCK_TEXT_MAX];
    memset(ret, 0, sizeof *ret);
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    /* Without its newline it is still being written. */
    if (n <= 0 || text[n - 1] != '\n')
        return;
    text[n] = '\0';
    long long pid = 0;
    if (sscanf(text, "pid %lld since %31s on %255s", &pid, ret->since, ret->host) == 3 &&
        pid > 0)
        ret->pid = pid;
}

static gboolean write_holder(int fd, GError **error)
{
    char host[256] = "?";
    gethostname(host, sizeof host - 1);
    g_autofree char *since = clock_format_utc(clock_wall_us());
    g_autofree char *text =
        g_strdup_printf("pid %ld since %s on %s\n", (long)getpid(), since, host);
    /* In one write: a reader sees all of it or what was there. */
    if (pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text) &&
        ftruncate(fd, (off_t)strlen(text)) == 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                _("worker.lock: it cannot be written: %s. Free some space and try again"),
                g_strerror(errno));
    return FALSE;
}

static gboolean is_alive(gint64 pid)
{
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static void fail_held(const struct workspace *w, const struct holder *h, GError **error)
{
    g_autofree char *shown = text_safe(w->dir, -1, 0);
    g_autofree char *host = text_safe(h->host, -1, 0);
    g_autofree char *since = text_safe(h->since, -1, 0);
    if (h->pid == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_WORKER,
                    _("workspace %s: a worker is just starting in it. Only one can run"),
                    shown);
    else if (is_alive(h->pid))
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_WORKER,
                    _("workspace %s: a worker runs in it already: pid %d since %s on %s. Only "
                      "one can run"),
                    shown, (int)h->pid, since, host);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_WORKER,
                    _("workspace %s: its worker (pid %d since %s on %s) has ended, but a role "
                      "of it is still finishing. Try again in a moment"),
                    shown, (int)h->pid, since, host);
}

static gboolean try_lock(const struct workspace *w, int fd, GError **error)
{
    gint64 deadline = clock_mono_us() + LOCK_PATIENCE_US;
    for (int tries = 1;; tries++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return TRUE;
        struct holder h;
        read_holder(fd, &h);
        gboolean is_named = tries >= LOCK_TRIES && is_alive(h.pid);
        if (is_named || clock_mono_us() > deadline) {
            fail_held(w, &h, error);
            return FALSE;
        }
        g_usleep(LOCK_POLL_US);
    }
}

int workspace_lock_worker(const struct workspace *w, GError **error)
{
    int fd = open(w->lock_path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (fd < 0) {
        g_autofree char *shown = text_safe(w->lock_path, -1, 0);
        g_set_error(error, CRIER_ERROR,
                    errno == ENOSPC ? CRIER_ERROR_TRY_AGAIN : CRIER_ERROR_FAILED,
                    _("%s: it cannot be opened: %s"), shown, error_why(errno));
        return -1;
    }
    if (try_lock(w, fd, error) && write_holder(fd, error))
        return fd;
    close(fd);
    return -1;
}

gboolean workspace_worker_is_running(const struct workspace *w, gint64 *ret_pid,
                                     gint64 *ret_since_us)
{
    int fd = open(w->lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return FALSE;
    gboolean is_held = flock(fd, LOCK_SH | LOCK_NB) != 0;
    if (is_held) {
        struct holder h;
        gint64 since_us = 0;
        read_holder(fd, &h);
        if (h.pid != 0)
            clock_parse_utc(h.since, &since_us, NULL);
        if (ret_pid != NULL)
            *ret_pid = h.pid;
        if (ret_since_us != NULL)
            *ret_since_us = since_us;
    }
    close(fd);
    return is_held;
}

/* ---- the ballast ---- */

gboolean workspace_ballast_make(const struct workspace *w)
{
    int fd = open(w->ballast_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return FALSE;
    struct stat st;
    gboolean ok = fstat(fd, &st) == 0 && st.st_size >= BALLAST_BYTES &&
                  st.st_blocks * (gint64)512 >= BALLAST_BYTES;
    if (!ok)
        ok = posix_fallocate(fd, 0, BALLAST_BYTES) == 0;
    /* Half a ballast would take the last bytes and give none back. */
    if (!ok && ftruncate(fd, 0) != 0)
        g_debug("ballast: %s", g_strerror(errno));
    close(fd);
    return ok;
}

gboolean workspace_ballast_free(const struct workspace *w)
{
    return truncate(w->ballast_path, 0) == 0;
}

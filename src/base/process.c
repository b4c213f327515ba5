/*
 * Children by fork and exec of argv arrays; never a shell. Between fork and exec only calls
 * that are safe in a signal handler are made, because another thread may have held any lock.
 * Not for restarting, supervising or talking to a child: that is the worker's.
 *
 * A child tells its pid, and why exec failed, through a pipe that exec closes: the end of file
 * without a failure means that the new program runs.
 */
#include "config.h"

#include "base/process_private.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"

#define NAME_MAX_CHARS 200
#define DELETED_MARK " (deleted)"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

struct report {
    pid_t pid;
    int failure; /* errno of what failed; 0: about to exec */
};

const char *process_self(void)
{
    static gsize once;
    static char *self;

    if (g_once_init_enter(&once)) {
        self = g_file_read_link("/proc/self/exe", NULL);
        if (self == NULL)
            self = g_strdup("/proc/self/exe");
        /* Replaced while it runs, by an upgrade: the name now has the new program. */
        if (g_str_has_suffix(self, DELETED_MARK))
            self[strlen(self) - strlen(DELETED_MARK)] = '\0';
        g_once_init_leave(&once, 1);
    }
    return self;
}

void process_harden(void)
{
    struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check traces the process, which this forbids */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* --- in the child */

static void child_report(int fd, int failure)
{
    struct report report = {.pid = getpid(), .failure = failure};

    while (write(fd, &report, sizeof report) < 0 && errno == EINTR)
        ;
}

static void child_reset_signals(void)
{
    struct sigaction normal = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int signum = 1; signum < NSIG; signum++)
        (void)sigaction(signum, &normal, NULL); /* fails for SIGKILL, SIGSTOP and libc's own */
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Everything above 2 shall close at exec, but for `keep`. */
static void child_mark_descriptors(const int *keep)
{
    if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
        struct rlimit limit;
        int end = 1024;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < G_MAXINT)
            end = (int)limit.rlim_cur;
        for (int fd = 3; fd < end; fd++)
            (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    for (; keep != NULL && *keep >= 0; keep++)
        (void)fcntl(*keep, F_SETFD, 0);
}

static void child_become(const struct process_plan *plan, int report_fd)
{
    for (int fd = 0; fd < 3; fd++)
        if (plan->stdio[fd] >= 0 && dup2(plan->stdio[fd], fd) < 0)
            return;
    if (plan->is_daemon) {
        umask(077);
        if (chdir("/") < 0)
            return;
    }
    child_mark_descriptors(plan->keep);
    child_reset_signals();
    child_report(report_fd, 0);
    execv(plan->path, plan->argv);
}

static void G_GNUC_NORETURN child_main(const struct process_plan *plan, int report_fd)
{
    if (plan->is_leader)
        (void)setsid();
    if (plan->is_daemon) {
        /* The second fork gives a process that init reaps, not our caller, and that, being no
         * session leader, can never get a controlling terminal. */
        pid_t pid = fork();

        if (pid < 0)
            child_report(report_fd, errno);
        if (pid != 0)
            _exit(0);
    }
    child_become(plan, report_fd);
    child_report(report_fd, errno);
    _exit(127);
}

/* --- in the parent */

void process_set_error(GError **error, const char *what, int number)
{
    g_autofree char *name = text_safe(what, -1, NAME_MAX_CHARS);

    g_set_error(error, CRIER_ERROR,
                number == ENOENT ? CRIER_ERROR_NOT_FOUND : CRIER_ERROR_FAILED,
                _("cannot start %s: %s"), name, g_strerror(number));
}

/* A descriptor that will not be in the way of 0, 1 and 2, wherever ours are closed. */
int process_above_stdio(int fd)
{
    int high, saved;

    if (fd < 0 || fd > 2)
        return fd;
    high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    saved = errno;
    close(fd);
    errno = saved;
    return high;
}

gboolean process_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return FALSE;
    ends[0] = process_above_stdio(ends[0]);
    ends[1] = process_above_stdio(ends[1]);
    return ends[0] >= 0 && ends[1] >= 0;
}

/* Reads the reports until exec or _exit() closes the pipe; the last one counts. */
static struct report read_reports(int fd)
{
    struct report last = {.pid = -1, .failure = ECHILD}, report;

    for (;;) {
        gssize got = read(fd, &report, sizeof report);

        if (got == (gssize)sizeof report)
            last = report;
        else if (got >= 0 || errno != EINTR)
            return last;
    }
}

int process_wait_for(pid_t pid)
{
    int status = -1;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1; /* ECHILD: SIGCHLD is ignored and the kernel reaped it */
    return status;
}

/* Signals are blocked across fork(), so that none of our handlers runs in the child. */
static pid_t fork_quietly(const struct process_plan *plan, int report_fd)
{
    sigset_t all, before;
    pid_t pid;
    int saved;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = fork();
    if (pid == 0)
        child_main(plan, report_fd);
    saved = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return pid;
}

pid_t process_start(const struct process_plan *plan, GError **error)
{
    int ends[2];
    struct report report;
    pid_t pid;

    if (!process_pipe(ends)) {
        process_set_error(error, plan->argv[0], errno);
        return -1;
    }
    pid = fork_quietly(plan, ends[1]);
    if (pid < 0)
        process_set_error(error, plan->argv[0], errno);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -1;
    }
    report = read_reports(ends[0]);
    close(ends[0]);
    if (plan->is_daemon || report.failure != 0)
        (void)process_wait_for(pid);
    if (report.failure != 0) {
        process_set_error(error, plan->argv[0], report.failure);
        return -1;
    }
    return report.pid;
}

/* The program's full name, looked up before the cwd changes. Caller frees. */
char *process_find_program(const char *name, GError **error)
{
    g_autofree char *found = g_find_program_in_path(name);

    if (found == NULL) {
        g_autofree char *safe = text_safe(name, -1, NAME_MAX_CHARS);

        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("cannot start %s: there is no such program"), safe);
        return NULL;
    }
    return g_canonicalize_filename(found, NULL);
}

static int open_log(const char *path, GError **error)
{
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
    int fd = process_above_stdio(open(path != NULL ? path : "/dev/null", flags, 0600));

    if (fd < 0) {
        g_autofree char *name = text_safe(path, -1, NAME_MAX_CHARS);

        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot open the log %s: %s"),
                    name, g_strerror(errno));
    }
    return fd;
}

pid_t process_spawn_detached(const char *const *argv, const char *log_path, const int *keep,
                             GError **error)
{
    g_autofree char *path = process_find_program(argv[0], error);
    struct process_plan plan = {
        .path = path,
        .argv = (char *const *)argv,
        .keep = keep,
        .is_daemon = TRUE,
        .is_leader = TRUE,
    };
    pid_t pid = -1;
    int log_fd, null_fd;

    if (path == NULL)
        return -1;
    log_fd = open_log(log_path, error);
    if (log_fd < 0)
        return -1;
    null_fd = process_above_stdio(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (null_fd < 0) {
        process_set_error(error, argv[0], errno);
    } else {
        plan.stdio[0] = null_fd;
        plan.stdio[1] = plan.stdio[2] = log_fd;
        pid = process_start(&plan, error);
        close(null_fd);
    }
    close(log_fd);
    return pid;
}

pid_t process_spawn(const char *const *argv, const int *keep, GError **error)
{
    g_autofree char *path = process_find_program(argv[0], error);
    struct process_plan plan = {
        .path = path,
        .argv = (char *const *)argv,
        .stdio = {-1, -1, -1},
        .keep = keep,
    };

    return path != NULL ? process_start(&plan, error) : -1;
}

void process_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void close_ends(int ends[3][2], int which)
{
    for (int i = 0; i < 3; i++)
        process_close(ends[i][which]);
}

pid_t process_spawn_piped(const char *const *argv, int ret_fds[3], GError **error)
{
    g_autofree char *path = process_find_program(argv[0], error);
    int ends[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}}; /* read, write */
    struct process_plan plan = {.path = path, .argv = (char *const *)argv, .is_leader = TRUE};
    pid_t pid = -1;

    if (path == NULL)
        return -1;
    if (process_pipe(ends[0]) && process_pipe(ends[1]) && process_pipe(ends[2])) {
        plan.stdio[0] = ends[0][0];
        plan.stdio[1] = ends[1][1];
        plan.stdio[2] = ends[2][1];
        pid = process_start(&plan, error);
    } else {
        process_set_error(error, argv[0], errno);
    }
    if (pid < 0) {
        close_ends(ends, 0);
        close_ends(ends, 1);
        return -1;
    }
    close(ends[0][0]);
    close(ends[1][1]);
    close(ends[2][1]);
    ret_fds[0] = ends[0][1];
    ret_fds[1] = ends[1][0];
    ret_fds[2] = ends[2][0];
    return pid;
}

void process_wipe(char *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

char *process_login_name(void)
{
    char buffer[4096];
    struct passwd row, *found = NULL;

    if (getpwuid_r(getuid(), &row, buffer, sizeof buffer, &found) == 0 && found != NULL &&
        found->pw_name[0] != '\0')
        return g_strdup(found->pw_name);
    return g_strdup_printf("uid %u", (unsigned)getuid());
}

void process_notify(const char *state)
{
    const char *path = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    gsize len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof address.sun_path || (*path != '/' && *path != '@'))
        return;
    memcpy(address.sun_path, path, len);
    if (*path == '@')
        address.sun_path[0] = '\0'; /* an abstract name */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t size = (socklen_t)(G_STRUCT_OFFSET(struct sockaddr_un, sun_path) + len);
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                          (const struct sockaddr *)&address, size);
    (void)sent; /* a manager that does not listen loses nothing of ours */
    close(fd);
}

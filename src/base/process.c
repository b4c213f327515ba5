/*
 * Children by fork and exec of argv arrays; never a shell. Between fork and exec only calls
 * that are safe in a signal handler are made, because another thread may have held any lock.
 * Not for restarting, supervising or talking to a child: that is the worker's.
 *
 * A child tells its pid, and why exec failed, through a pipe that exec closes: the end of file
 * without a failure means that the new program runs.
 */
#include "config.h"

#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"

#define LOOK_MS 250 /* how often it is looked whether we are to end meanwhile */
#define LINE_MAX_BYTES 4096
#define STDERR_MAX_BYTES 1024
#define NAME_MAX_CHARS 200
#define DELETED_MARK " (deleted)"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* What the child has to become. All of it is made ready before the fork. */
struct plan {
    const char *path;
    char *const *argv;
    int stdio[3];       /* to become 0, 1, 2; -1: inherited */
    const int *keep;    /* ended by -1; may be NULL */
    gboolean is_daemon; /* forked twice, cwd / and umask 077 */
    gboolean is_leader; /* of a session of its own */
};

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

static void child_become(const struct plan *plan, int report_fd)
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

static void G_GNUC_NORETURN child_main(const struct plan *plan, int report_fd)
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

static void set_error(GError **error, const char *what, int number)
{
    g_autofree char *name = text_safe(what, -1, NAME_MAX_CHARS);

    g_set_error(error, CRIER_ERROR,
                number == ENOENT ? CRIER_ERROR_NOT_FOUND : CRIER_ERROR_FAILED,
                _("cannot start %s: %s"), name, g_strerror(number));
}

/* A descriptor that will not be in the way of 0, 1 and 2, wherever ours are closed. */
static int above_stdio(int fd)
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

static gboolean make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return FALSE;
    ends[0] = above_stdio(ends[0]);
    ends[1] = above_stdio(ends[1]);
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

static int wait_for(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1; /* ECHILD: SIGCHLD is ignored and the kernel reaped it */
    return status;
}

/* Signals are blocked across fork(), so that none of our handlers runs in the child. */
static pid_t fork_quietly(const struct plan *plan, int report_fd)
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

static pid_t start(const struct plan *plan, GError **error)
{
    int ends[2];
    struct report report;
    pid_t pid;

    if (!make_pipe(ends)) {
        set_error(error, plan->argv[0], errno);
        return -1;
    }
    pid = fork_quietly(plan, ends[1]);
    if (pid < 0)
        set_error(error, plan->argv[0], errno);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -1;
    }
    report = read_reports(ends[0]);
    close(ends[0]);
    if (plan->is_daemon || report.failure != 0)
        (void)wait_for(pid);
    if (report.failure != 0) {
        set_error(error, plan->argv[0], report.failure);
        return -1;
    }
    return report.pid;
}

/* The program's full name, looked up before the cwd changes. Caller frees. */
static char *find_program(const char *name, GError **error)
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
    int fd = above_stdio(open(path != NULL ? path : "/dev/null", flags, 0600));

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
    g_autofree char *path = find_program(argv[0], error);
    struct plan plan = {
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
    null_fd = above_stdio(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (null_fd < 0) {
        set_error(error, argv[0], errno);
    } else {
        plan.stdio[0] = null_fd;
        plan.stdio[1] = plan.stdio[2] = log_fd;
        pid = start(&plan, error);
        close(null_fd);
    }
    close(log_fd);
    return pid;
}

pid_t process_spawn(const char *const *argv, const int *keep, GError **error)
{
    g_autofree char *path = find_program(argv[0], error);
    struct plan plan = {
        .path = path,
        .argv = (char *const *)argv,
        .stdio = {-1, -1, -1},
        .keep = keep,
    };

    return path != NULL ? start(&plan, error) : -1;
}

static void close_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void close_ends(int ends[3][2], int which)
{
    for (int i = 0; i < 3; i++)
        close_open(ends[i][which]);
}

pid_t process_spawn_piped(const char *const *argv, int ret_fds[3], GError **error)
{
    g_autofree char *path = find_program(argv[0], error);
    int ends[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}}; /* read, write */
    struct plan plan = {.path = path, .argv = (char *const *)argv, .is_leader = TRUE};
    pid_t pid = -1;

    if (path == NULL)
        return -1;
    if (make_pipe(ends[0]) && make_pipe(ends[1]) && make_pipe(ends[2])) {
        plan.stdio[0] = ends[0][0];
        plan.stdio[1] = ends[1][1];
        plan.stdio[2] = ends[2][1];
        pid = start(&plan, error);
    } else {
        set_error(error, argv[0], errno);
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

/* --- the first line of a command's output */

/* The beginning of a stream; what does not fit is read and dropped. */
struct capture {
    int fd; /* -1 after the end of file */
    char *bytes;
    gsize len, max;
};

struct command {
    pid_t pid;
    int pid_fd; /* -1 where the kernel has none: then the ends of file say that it is over */
    int in_fd;  /* its standard input; -1: nothing */
    const char *last_words; /* what it says on its standard error when it is of no more use */
    struct capture out, err;
};

/* FALSE at the end of file, and when nothing more is there now. */
static gboolean capture_some(struct capture *c)
{
    char dropped[512];
    gboolean is_full = c->len == c->max;
    gssize got;
    if (c->fd < 0)
        return FALSE;
    got = read(c->fd, is_full ? dropped : c->bytes + c->len,
               is_full ? sizeof dropped : c->max - c->len);
    explicit_bzero(dropped, sizeof dropped);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return errno == EINTR;
    if (got <= 0) {
        close(c->fd);
        c->fd = -1;
        return FALSE;
    }
    if (!is_full)
        c->len += (gsize)got;
    return TRUE;
}

/* A loop's signals wait blocked until it turns again: whoever is told to end does not wait for
 * a command that hangs. */
static gboolean is_told_to_end(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

static gboolean has_said_last_words(const struct command *c)
{
    return c->last_words && strstr(c->err.bytes, c->last_words);
}

/* True when the command has ended before `deadline_us`, its output being read meanwhile. */
static gboolean command_wait(struct command *c, gint64 deadline_us)
{
    for (;;) {
        struct pollfd wanted[3] = {
            {.fd = c->out.fd, .events = POLLIN},
            {.fd = c->err.fd, .events = POLLIN},
            {.fd = c->pid_fd, .events = POLLIN},
        };
        gint64 left_us = deadline_us - clock_mono_us();

        if (c->pid_fd < 0 && c->out.fd < 0 && c->err.fd < 0)
            return TRUE;
        if (left_us <= 0 || is_told_to_end())
            return FALSE;
        if (poll(wanted, 3, (int)MIN((left_us + 999) / 1000, LOOK_MS)) < 0)
            continue; /* EINTR */
        if (wanted[0].revents != 0)
            (void)capture_some(&c->out);
        if (wanted[1].revents != 0)
            (void)capture_some(&c->err);
        if (has_said_last_words(c))
            return FALSE;
        if (wanted[2].revents != 0) {
            /* Over. A daemon that it left behind may hold the pipes open for ever, so only
             * what is in them now is read; at most what a pipe can hold. */
            for (int i = 0; i < 256 && capture_some(&c->out); i++)
                ;
            for (int i = 0; i < 256 && capture_some(&c->err); i++)
                ;
            return TRUE;
        }
    }
}

static gboolean command_start(struct command *c, char **argv, GError **error)
{
    g_autofree char *path = find_program(argv[0], error);
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    struct plan plan = {.path = path, .argv = argv, .is_leader = TRUE};
    int null_fd;

    if (path == NULL)
        return FALSE;
    null_fd = above_stdio(c->in_fd >= 0 ? fcntl(c->in_fd, F_DUPFD_CLOEXEC, 3)
                                        : open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (null_fd < 0 || !make_pipe(out) || !make_pipe(err)) {
        set_error(error, argv[0], errno);
    } else {
        plan.stdio[0] = null_fd;
        plan.stdio[1] = out[1];
        plan.stdio[2] = err[1];
        (void)fcntl(out[0], F_SETFL, O_NONBLOCK);
        (void)fcntl(err[0], F_SETFL, O_NONBLOCK);
        c->pid = start(&plan, error);
    }
    close_open(null_fd);
    close_open(out[1]);
    close_open(err[1]);
    c->out.fd = out[0];
    c->err.fd = err[0];
    if (c->pid > 0)
        c->pid_fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    return c->pid > 0;
}

static void command_clear(struct command *c)
{
    close_open(c->out.fd);
    close_open(c->err.fd);
    close_open(c->pid_fd);
    explicit_bzero(c->out.bytes, c->out.max);
    g_free(c->out.bytes);
    g_free(c->err.bytes);
}

static gboolean check_status(const struct command *c, const char *name, int status,
                             GError **error)
{
    g_autofree char *words = NULL;
    g_autofree char *said = NULL;

    if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TRUE;
    words = text_safe(g_strchomp(c->err.bytes), -1, NAME_MAX_CHARS);
    said = words[0] != '\0' ? g_strdup(words) : g_strdup(_("it said nothing"));
    if (status >= 0 && WIFEXITED(status))
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("the command %s failed with exit code %d: %s"), name, WEXITSTATUS(status),
                    said);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("the command %s was ended by signal %d: %s"), name,
                    status >= 0 ? WTERMSIG(status) : 0, said);
    return FALSE;
}

static char *take_line(const struct command *c, const char *name, GError **error)
{
    gsize len = strcspn(c->out.bytes, "\n");
    const char *why = NULL;

    if (len == c->out.max)
        why = _("it printed a line that is too long (at most 4095 bytes)");
    else if (len < c->out.len && c->out.bytes[len] == '\0')
        why = _("it printed a NUL byte");
    else if (len > 0 && c->out.bytes[len - 1] == '\r')
        len--;
    if (why == NULL && len == 0)
        why = _("it printed nothing, or an empty first line");
    if (why != NULL) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("the command %s: %s"), name,
                    why);
        return NULL;
    }
    return g_strndup(c->out.bytes, len);
}

static char *take_output(const struct command *c, const char *name, GError **error)
{
    const char *why = c->out.len == c->out.max                 ? _("it printed too much")
                      : memchr(c->out.bytes, '\0', c->out.len) ? _("it printed a NUL byte")
                      : c->out.len == 0                        ? _("it printed nothing")
                                                               : NULL;
    if (why == NULL)
        return g_strndup(c->out.bytes, c->out.len);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("the command %s: %s"), name, why);
    return NULL;
}

static char *take_beginning(const struct command *c, const char *name, GError **error)
{
    return g_strndup(c->out.bytes, c->out.len);
}

/* Runs `argv` to its end; the name is shown without arguments, which may hold a secret. */
static char *run_command(char **argv, int in_fd, const char *last_words, gsize max,
                         char *(*take)(const struct command *c, const char *name,
                                       GError **error),
                         int timeout_s, GError **error)
{
    g_autofree char *name = text_safe(argv[0], -1, NAME_MAX_CHARS);
    struct command c = {
        .pid = -1,
        .pid_fd = -1,
        .in_fd = in_fd,
        .last_words = last_words,
        .out = {.bytes = g_malloc0(max + 1), .max = max},
        .err = {.bytes = g_malloc0(STDERR_MAX_BYTES + 1), .max = STDERR_MAX_BYTES},
    };
    char *taken = NULL;

    c.out.fd = c.err.fd = -1;
    if (command_start(&c, argv, error)) {
        gboolean is_over =
            command_wait(&c, clock_mono_us() + MAX(timeout_s, 1) * CLOCK_SECOND_US);
        int status;

        gboolean is_late = !is_over && !has_said_last_words(&c);

        if (!is_over) /* the session it leads; not reaped yet, so it is its */
            (void)kill(-c.pid, SIGKILL);
        status = wait_for(c.pid);
        if (is_late && is_told_to_end())
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                        _("the command %s was stopped, because the worker ends"), name);
        else if (is_late)
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                        _("the command %s did not end within %d s and was stopped"), name,
                        MAX(timeout_s, 1));
        else if (check_status(&c, name, status, error))
            taken = take(&c, name, error);
    }
    command_clear(&c);
    return taken;
}

static char **split_command(const char *command, GError **error)
{
    char **argv = NULL;
    g_autoptr(GError) trouble = NULL;

    if (g_shell_parse_argv(command, NULL, &argv, &trouble))
        return argv;
    /* GLib's own text quotes the command, which may hold a secret. */
    gboolean is_empty = g_error_matches(trouble, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING);

    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                        is_empty ? _("the command is empty")
                                 : _("the command has a quotation mark that is not closed"));
    return NULL;
}

char *process_first_line(const char *command, int timeout_s, GError **error)
{
    g_auto(GStrv) argv = split_command(command, error);

    return argv ? run_command(argv, -1, NULL, LINE_MAX_BYTES, take_line, timeout_s, error)
                : NULL;
}

char *process_output(const char *command, int timeout_s, GError **error)
{
    g_auto(GStrv) argv = split_command(command, error);

    return argv ? run_command(argv, -1, NULL, PROCESS_OUTPUT_MAX, take_output, timeout_s, error)
                : NULL;
}

char *process_filter(const char *const *argv, const char *input, gsize len, gsize max,
                     int timeout_s, GError **error)
{
    return process_filter_until(argv, input, len, max, timeout_s, NULL, error);
}

char *process_filter_until(const char *const *argv, const char *input, gsize len, gsize max,
                           int timeout_s, const char *last_words, GError **error)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    char *output = NULL;

    if (fd >= 0 && file_write_all(fd, input, len, error) && lseek(fd, 0, SEEK_SET) == 0)
        output =
            run_command((char **)argv, fd, last_words, max, take_beginning, timeout_s, error);
    else if (error != NULL && *error == NULL)
        set_error(error, argv[0], errno);
    close_open(fd);
    return output;
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

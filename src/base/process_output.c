/*
 * Commands that are run to their end for what they print. Who starts children that live on, or
 * talks to them, is process.c.
 */
#include "config.h"

#include "base/process_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
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
    g_autofree char *path = process_find_program(argv[0], error);
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    struct process_plan plan = {.path = path, .argv = argv, .is_leader = TRUE};
    int null_fd;

    if (path == NULL)
        return FALSE;
    null_fd = process_above_stdio(c->in_fd >= 0 ? fcntl(c->in_fd, F_DUPFD_CLOEXEC, 3)
                                                : open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (null_fd < 0 || !process_pipe(out) || !process_pipe(err)) {
        process_set_error(error, argv[0], errno);
    } else {
        plan.stdio[0] = null_fd;
        plan.stdio[1] = out[1];
        plan.stdio[2] = err[1];
        (void)fcntl(out[0], F_SETFL, O_NONBLOCK);
        (void)fcntl(err[0], F_SETFL, O_NONBLOCK);
        c->pid = process_start(&plan, error);
    }
    process_close(null_fd);
    process_close(out[1]);
    process_close(err[1]);
    c->out.fd = out[0];
    c->err.fd = err[0];
    if (c->pid > 0)
        c->pid_fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    return c->pid > 0;
}

static void command_clear(struct command *c)
{
    process_close(c->out.fd);
    process_close(c->err.fd);
    process_close(c->pid_fd);
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
        gboolean is_late = !is_over && !has_said_last_words(&c);
        int status;

        if (!is_over) /* the session it leads; not reaped yet, so it is its */
            (void)kill(-c.pid, SIGKILL);
        status = process_wait_for(c.pid);
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
        process_set_error(error, argv[0], errno);
    process_close(fd);
    return output;
}

/*
 * Children: what they inherit and what not, how failures are told, that none is left to reap.
 * A child reports through a pipe it was told to keep; its end of file says that it has ended.
 */
#include "config.h"

#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/unit/patience.h"

/* Everything up to the end of file, within the deadline. Takes the descriptor. */
static char *read_all(int fd)
{
    GString *text = g_string_new(NULL);
    char buffer[512];
    gssize got;

    for (;;) {
        struct pollfd wanted = {.fd = fd, .events = POLLIN};

        g_assert_cmpint(poll(&wanted, 1, PATIENCE_MS), ==, 1);
        got = read(fd, buffer, sizeof buffer);
        if (got <= 0)
            break;
        g_string_append_len(text, buffer, got);
    }
    close(fd);
    return g_string_free(text, FALSE);
}

static void make_pipe(int ends[2])
{
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
}

static void assert_no_children(void)
{
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
}

/* Runs a script whose descriptor 9 is a pipe to us, and returns what it wrote there. */
static char *script_says(const char *script, const char *log_path, gboolean is_detached,
                         pid_t *ret_pid)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    int keep[] = {9, -1};
    int ends[2];
    g_autoptr(GError) error = NULL;

    make_pipe(ends);
    g_assert_cmpint(dup3(ends[1], 9, O_CLOEXEC), ==, 9);
    *ret_pid = is_detached ? process_spawn_detached(argv, log_path, keep, &error)
                           : process_spawn(argv, keep, &error);
    g_assert_no_error(error);
    g_assert_cmpint(*ret_pid, >, 0);
    close(ends[1]);
    close(9);
    return read_all(ends[0]);
}

static void test_spawn(void)
{
    pid_t pid;
    g_autofree char *said = script_says("echo $$ $PPID >&9; exit 3", NULL, FALSE, &pid);
    g_autofree char *want = g_strdup_printf("%d %d\n", (int)pid, (int)getpid());
    int status = 0;

    g_assert_cmpstr(said, ==, want);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 3);
    assert_no_children();
}

static void test_spawn_detached(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-process-XXXXXX", NULL);
    g_autofree char *log_path = g_build_filename(dir, "log", NULL);
    g_autofree char *said = NULL, *log = NULL, *want_pid = NULL;
    g_auto(GStrv) lines = NULL;
    struct stat info;
    pid_t pid;

    g_assert_true(g_file_set_contents(log_path, "before\n", -1, NULL));
    said = script_says("echo out; echo err >&2; echo $$ >&9; pwd >&9; umask >&9;"
                       "readlink /proc/$$/fd/0 >&9; cut -d' ' -f6 /proc/$$/stat >&9;"
                       "cut -d' ' -f7 /proc/$$/stat >&9",
                       log_path, TRUE, &pid);
    assert_no_children();
    lines = g_strsplit(said, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 7);
    want_pid = g_strdup_printf("%d", (int)pid);
    g_assert_cmpstr(lines[0], ==, want_pid);
    g_assert_cmpstr(lines[1], ==, "/");
    g_assert_cmpstr(lines[2], ==, "0077");
    g_assert_cmpstr(lines[3], ==, "/dev/null");
    g_assert_cmpint((int)g_ascii_strtoll(lines[4], NULL, 10), !=, (int)getsid(0));
    g_assert_cmpint((int)g_ascii_strtoll(lines[4], NULL, 10), !=, (int)pid);
    g_assert_cmpstr(lines[5], ==, "0"); /* no terminal */
    g_assert_true(g_file_get_contents(log_path, &log, NULL, NULL));
    g_assert_cmpstr(log, ==, "before\nout\nerr\n");
    unlink(log_path);
    g_free(script_says("echo new", log_path, TRUE, &pid));
    g_assert_cmpint(stat(log_path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
    unlink(log_path);
    rmdir(dir);
}

static void test_descriptors(void)
{
    /* Neither is marked close-on-exec; a child gets them only when told to. */
    int leaky = fcntl(0, F_DUPFD, 20), high = fcntl(0, F_DUPFD, 200);
    g_autofree char *script = g_strdup_printf(
        "for n in %d %d; do test -e /proc/$$/fd/$n && echo open $n >&9; done; echo end >&9",
        leaky, high);
    pid_t pid;

    for (int is_detached = 0; is_detached < 2; is_detached++) {
        g_autofree char *said = script_says(script, NULL, is_detached, &pid);

        g_assert_cmpstr(said, ==, "end\n");
        if (!is_detached)
            waitpid(pid, NULL, 0);
    }
    close(leaky);
    close(high);
}

/* Ours stay as they were, too. */
static void test_signals(void)
{
    /* Real-time signals 32 and 33 are the C library's own: nobody can set them through it. */
    const guint64 ours = ~(G_GUINT64_CONSTANT(3) << 31);
    const char *script = "sed -n 's/^Sig\\(Blk\\|Ign\\):.//p' /proc/self/status >&9";
    sigset_t blocked, before, after;
    void (*old_pipe)(int) = signal(SIGPIPE, SIG_IGN);
    pid_t pid;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    for (int is_detached = 0; is_detached < 2; is_detached++) {
        g_autofree char *said = script_says(script, NULL, is_detached, &pid);
        g_auto(GStrv) lines = g_strsplit(said, "\n", -1);

        g_assert_cmpuint(g_strv_length(lines), ==, 3);
        g_assert_cmphex(g_ascii_strtoull(lines[0], NULL, 16) & ours, ==, 0); /* blocked */
        g_assert_cmphex(g_ascii_strtoull(lines[1], NULL, 16) & ours, ==, 0); /* ignored */
        if (!is_detached)
            waitpid(pid, NULL, 0);
    }
    sigprocmask(SIG_SETMASK, &before, &after);
    g_assert_true(sigismember(&after, SIGTERM));
    g_assert_true(signal(SIGPIPE, old_pipe) == SIG_IGN);
}

static void test_without_stdio(void)
{
    if (g_test_subprocess()) {
        pid_t pid;
        g_autofree char *said = NULL;

        close(0);
        close(1);
        close(2);
        said = script_says("f=/proc/$$/fd; a=$(readlink $f/0 $f/1 $f/2); echo \"$a\" >&9", NULL,
                           TRUE, &pid);
        _exit(strcmp(said, "/dev/null\n/dev/null\n/dev/null\n") == 0 ? 0 : 1);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

static void test_exec_failures(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-process-XXXXXX", NULL);
    g_autofree char *junk = g_build_filename(dir, "junk", NULL);
    struct {
        const char *name;
        int code;
    } rows[] = {
        {"/does/not/exist", CRIER_ERROR_NOT_FOUND},
        {"no-such-program-anywhere", CRIER_ERROR_NOT_FOUND},
        {dir, CRIER_ERROR_NOT_FOUND},
        {junk, CRIER_ERROR_FAILED},
    };

    g_assert_true(g_file_set_contents(junk, "\x01\x02 no program\n", -1, NULL));
    g_assert_cmpint(chmod(junk, 0700), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *argv[] = {rows[i].name, NULL};
        g_autoptr(GError) plain = NULL;
        g_autoptr(GError) detached = NULL;

        g_assert_cmpint(process_spawn(argv, NULL, &plain), ==, -1);
        g_assert_error(plain, CRIER_ERROR, rows[i].code);
        g_assert_cmpint(process_spawn_detached(argv, NULL, NULL, &detached), ==, -1);
        g_assert_error(detached, CRIER_ERROR, rows[i].code);
        assert_no_children();
    }
    unlink(junk);
    rmdir(dir);
}

static void test_log_failure(void)
{
    const char *argv[] = {"true", NULL};
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(process_spawn_detached(argv, "/does/not/exist/log", NULL, &error), ==, -1);
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, "/does/not/exist/log"));
}

static void test_first_line(void)
{
    static const struct {
        const char *command, *line;
    } rows[] = {
        {"printf 'pass word\\nmore\\n'", "pass word"},
        {"printf 'no newline'", "no newline"},
        {"printf 'dos\\r\\n'", "dos"},
        {"echo $HOME ; id", "$HOME ; id"},                    /* no shell looks at it */
        {"sh -c 'yes | head -c 1000000'", "y"},               /* more than a pipe holds */
        {"sh -c 'yes | head -c 1000000 >&2; echo ok'", "ok"}, /* the same, on the other pipe */
        {"sh -c 'exec 2>&-; echo ok'", "ok"},
        {"sh -c 'printf ok; exec >&-; exec sleep 0'", "ok"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        char *line = process_first_line(rows[i].command, 30, &error);

        g_assert_no_error(error);
        g_assert_cmpstr(line, ==, rows[i].line);
        process_wipe(line);
    }
    assert_no_children();
}

static void test_first_line_longest(void)
{
    char *line = process_first_line("printf %04095d 1", 30, NULL);

    g_assert_nonnull(line);
    g_assert_cmpuint(strlen(line), ==, 4095);
    process_wipe(line);
    process_wipe(NULL);
}

static void test_first_line_refuses(void)
{
    static const struct {
        const char *command;
        int code;
        const char *word; /* in the message */
    } rows[] = {
        {"", CRIER_ERROR_INVALID, "empty"},
        {"echo 'open", CRIER_ERROR_INVALID, "not closed"},
        {"no-such-program-anywhere", CRIER_ERROR_NOT_FOUND, "no-such-program-anywhere"},
        {"true", CRIER_ERROR_INVALID, "nothing"},
        {"cat", CRIER_ERROR_INVALID, "nothing"}, /* its standard input is empty */
        {"printf '\\nsecond'", CRIER_ERROR_INVALID, "nothing"},
        {"printf 'a\\0b\\n'", CRIER_ERROR_INVALID, "NUL"},
        {"printf %04096d 1", CRIER_ERROR_INVALID, "too long"},
        {"sh -c 'echo line; echo the reason >&2; exit 3'", CRIER_ERROR_FAILED, "3: the reason"},
        {"false", CRIER_ERROR_FAILED, "said nothing"},
        {"sh -c 'kill -9 $$'", CRIER_ERROR_FAILED, "signal 9"},
        {"sh -c 'printf \"\\033[31m\" >&2; exit 1'", CRIER_ERROR_FAILED, "\\x1b[31m"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        g_test_message("command: %s", rows[i].command);
        g_assert_null(process_first_line(rows[i].command, 30, &error));
        g_assert_error(error, CRIER_ERROR, rows[i].code);
        g_test_message("message: %s", error->message);
        g_assert_nonnull(strstr(error->message, rows[i].word));
    }
    assert_no_children();
}

/* The arguments of a command may hold a secret. */
static void test_output(void)
{
    g_autoptr(GError) error = NULL;
    char *text = process_output("printf 'a\\n\\nb\\n'", 30, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, "a\n\nb\n");
    process_wipe(text);
    text = process_output("printf %016383d 1", 30, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(text), ==, PROCESS_OUTPUT_MAX - 1);
    process_wipe(text);
}

static void test_output_refuses(void)
{
    static const struct {
        const char *command, *word;
    } rows[] = {
        {"printf %016384d 1", "too much"}, {"printf 'a\\0b\\n'", "NUL"},
        {"true", "printed nothing"},       {"false", "said nothing"},
        {"echo 'open", "not closed"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(process_output(rows[i].command, 30, &error));
        g_assert_nonnull(error);
        if (strstr(error->message, rows[i].word) == NULL)
            g_error("'%s' is not in: %s", rows[i].word, error->message);
    }
    assert_no_children();
}

static void test_first_line_hides_arguments(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(process_first_line("sh -c 'exit 1' hunter2", 30, &error));
    g_assert_null(strstr(error->message, "hunter2"));
}

/* The whole family of a command that takes too long is ended: the reader of a FIFO that a
 * grandchild holds open meets the end of file. */
static void test_first_line_timeout(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-process-XXXXXX", NULL);
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_autofree char *command =
        g_strdup_printf("sh -c 'echo begun > %s; sleep 1000 > %s & wait'", fifo, fifo);
    g_autoptr(GError) error = NULL;
    int fd, hold;
    g_autofree char *said = NULL;

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    hold = open(fifo, O_WRONLY | O_CLOEXEC);
    g_assert_null(process_first_line(command, 2, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, "2 s"));
    assert_no_children();
    close(hold);
    said = read_all(fd);
    g_assert_cmpstr(said, ==, "begun\n");
    unlink(fifo);
    rmdir(dir);
}

/* A supervisor that is told to end while a password command hangs. */
static void test_first_line_told_to_end(void)
{
    g_autoptr(GError) error = NULL;
    sigset_t term, before;
    int number = 0;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    g_assert_cmpint(sigprocmask(SIG_BLOCK, &term, &before), ==, 0);
    g_assert_cmpint(kill(getpid(), SIGTERM), ==, 0);
    g_assert_null(process_first_line("sleep 1000", 900, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN);
    assert_no_children();
    /* Still there for the loop. */
    g_assert_cmpint(sigwait(&term, &number), ==, 0);
    g_assert_cmpint(number, ==, SIGTERM);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* A daemon left behind holds both pipes; the command is over all the same. */
static void test_first_line_daemon(void)
{
    g_autoptr(GError) error = NULL;
    char *line = process_first_line("sh -c 'sleep 1000 & echo $!'", 30, &error);

    g_assert_no_error(error);
    g_assert_cmpint(kill((pid_t)g_ascii_strtoll(line, NULL, 10), SIGKILL), ==, 0);
    process_wipe(line);
}

static void test_filter(void)
{
    static const struct {
        const char *argv[4];
        const char *input;
        gsize max;
        const char *output;
    } rows[] = {
        {{"cat", NULL}, "a\nb\n", 100, "a\nb\n"},
        {{"cat", NULL}, "", 100, ""},
        {{"cat", NULL}, "abcdef", 3, "abc"},
        {{"sh", "-c", "exit 3", NULL}, "x", 100, NULL},
        {{"/nowhere/filter", NULL}, "x", 100, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *output = process_filter(
            rows[i].argv, rows[i].input, strlen(rows[i].input), rows[i].max, 20, &error);
        g_assert_cmpstr(output, ==, rows[i].output);
        g_assert_cmpint(output == NULL, ==, error != NULL);
    }
    /* More than a pipe holds, both ways. */
    g_autofree char *large = g_strnfill(1000000, 'x');
    const char *cat[] = {"cat", NULL};
    g_autofree char *back = process_filter(cat, large, 1000000, 1000000, 60, NULL);
    g_assert_cmpstr(back, ==, large);
}

/* One that would never end by itself is ended by what it says, and that is the error. */
static void test_filter_until(void)
{
    const char *says[] = {"sh", "-c", "echo taken; echo 'I am down' >&2; exec cat <\"$0\"",
                          NULL, NULL};
    const char *other[] = {"sh", "-c", "echo taken; echo 'I am up' >&2", NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_dir_make_tmp("crier-XXXXXX", NULL);
    g_autofree char *fifo = g_build_filename(dir, "never", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    says[3] = fifo; /* nobody writes there: opening it waits for ever */
    g_autofree char *none = process_filter_until(says, "", 0, 100, 200, "am down", &error);
    g_assert_null(none);
    g_assert_nonnull(strstr(error->message, "I am down"));
    g_autofree char *whole = process_filter_until(other, "", 0, 100, 60, "am down", NULL);
    g_assert_cmpstr(whole, ==, "taken\n");
    g_assert_cmpint(unlink(fifo), ==, 0);
    g_assert_cmpint(rmdir(dir), ==, 0);
}

static void test_self(void)
{
    g_assert_true(g_path_is_absolute(process_self()));
    g_assert_true(g_file_test(process_self(), G_FILE_TEST_IS_EXECUTABLE));
    g_assert_nonnull(strstr(process_self(), "test_process"));
}

static void test_harden(void)
{
    if (g_test_subprocess()) {
        struct rlimit limit;

        process_harden();
        g_assert_cmpint(getrlimit(RLIMIT_CORE, &limit), ==, 0);
        g_assert_cmpuint(limit.rlim_max, ==, 0);
#ifndef __SANITIZE_ADDRESS__
        g_assert_cmpint(prctl(PR_GET_DUMPABLE), ==, 0);
#endif
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

static void test_login_name(void)
{
    g_autofree char *name = process_login_name();

    if (getuid() == 0)
        g_assert_cmpstr(name, ==, "root");
    g_assert_cmpuint(strlen(name), >, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/process/spawn/plain", test_spawn);
    g_test_add_func("/process/spawn/detached", test_spawn_detached);
    g_test_add_func("/process/spawn/descriptors", test_descriptors);
    g_test_add_func("/process/spawn/signals", test_signals);
    g_test_add_func("/process/spawn/without-stdio", test_without_stdio);
    g_test_add_func("/process/spawn/exec-failures", test_exec_failures);
    g_test_add_func("/process/spawn/log-failure", test_log_failure);
    g_test_add_func("/process/first-line/lines", test_first_line);
    g_test_add_func("/process/first-line/longest", test_first_line_longest);
    g_test_add_func("/process/first-line/refuses", test_first_line_refuses);
    g_test_add_func("/process/output/all", test_output);
    g_test_add_func("/process/output/refuses", test_output_refuses);
    g_test_add_func("/process/first-line/hides-arguments", test_first_line_hides_arguments);
    g_test_add_func("/process/first-line/timeout", test_first_line_timeout);
    g_test_add_func("/process/first-line/told-to-end", test_first_line_told_to_end);
    g_test_add_func("/process/first-line/daemon", test_first_line_daemon);
    g_test_add_func("/process/filter", test_filter);
    g_test_add_func("/process/filter-until", test_filter_until);
    g_test_add_func("/process/self", test_self);
    g_test_add_func("/process/harden", test_harden);
    g_test_add_func("/process/login-name", test_login_name);
    return g_test_run();
}

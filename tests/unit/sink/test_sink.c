/*
 * The whole verb in a child of its own: it says where it listens, serves, prints totals.
 */
#include "config.h"

#include "sink/sink.h"
#include "tests/unit/patience.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
    pid_t pid;
    FILE *out; /* its standard output */
};

/* `args` ends with NULL. Standard error goes along so that a fault's words can be read. */
static struct child start(const char *const *args)
{
    struct child c;
    int fds[2], argc = 0;
    g_assert_cmpint(pipe(fds), ==, 0);
    while (args[argc])
        argc++;
    fflush(stdout);
    c.pid = fork();
    g_assert_cmpint(c.pid, >=, 0);
    if (c.pid == 0) {
        char **argv = g_strdupv((char **)args);
        dup2(fds[1], 1);
        dup2(fds[1], 2);
        close(fds[0]);
        close(fds[1]);
        int code = sink_main(argc, argv);
        g_strfreev(argv);
        fflush(stdout);
        _exit(code);
    }
    close(fds[1]);
    c.out = fdopen(fds[0], "r");
    return c;
}

/* One line, within the deadline. */
static char *read_line(struct child *c)
{
    char line[4096];
    struct pollfd p = {.fd = fileno(c->out), .events = POLLIN};
    g_assert_cmpint(poll(&p, 1, PATIENCE_MS), ==, 1);
    g_assert_nonnull(fgets(line, sizeof line, c->out));
    return g_strdup(line);
}

static int finish(struct child *c)
{
    int status = 0;
    fclose(c->out);
    g_assert_cmpint(waitpid(c->pid, &status, 0), ==, c->pid);
    g_assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int connect_to(int port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((guint16)port)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&addr, sizeof addr), ==, 0);
    return fd;
}

static void test_serves(void)
{
    static const char mail[] = "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n"
                               "Subject: hi\r\n\r\nho\r\n.\r\nQUIT\r\n";
    const char *args[] = {"sink", "--port", "0", "--json", NULL};
    struct child c = start(args);
    g_autofree char *first = read_line(&c);
    g_autoptr(GString) got = g_string_new(NULL);
    char buf[4096];
    ssize_t n;
    int port = 0;
    g_assert_cmpint(sscanf(first, "listening on 127.0.0.1:%d\n", &port), ==, 1);
    int fd = connect_to(port);
    g_assert_cmpint(write(fd, mail, strlen(mail)), ==, (ssize_t)strlen(mail));
    while ((n = read(fd, buf, sizeof buf)) > 0)
        g_string_append_len(got, buf, n);
    close(fd);
    g_assert_nonnull(strstr(got->str, "Ok: 1\r\n221 "));
    kill(c.pid, SIGTERM);
    g_autofree char *totals = read_line(&c);
    g_assert_nonnull(strstr(totals, "\"messages\":1,"));
    g_assert_nonnull(strstr(totals, "\"accepted\":1,"));
    g_assert_cmpint(finish(&c), ==, 0);
}

static void test_wrong_usage(void)
{
    static const struct {
        const char *args[5];
        const char *words;
        int code;
    } rows[] = {
        {{"sink", NULL}, "--port is missing", 2},
        {{"sink", "--port", "65536", NULL}, "--port is missing or not in", 2},
        {{"sink", "--port", "x", NULL}, "crier: ", 2},
        {{"sink", "--port=0", "more", NULL}, "takes options only", 2},
        {{"sink", "--port=0", "--bind=nowhere", NULL}, "no IP address", 2},
        {{"sink", "--port=0", "--max-size=0", NULL}, "--max-size is too small", 2},
        {{"sink", "--port=0", "--count-only", "--maildir=/x", NULL}, "exclude each other", 2},
        {{"sink", "--port=0", "--script=/does/not/exist", NULL}, "/does/not/exist", 1},
        {{"sink", "--port=0", "--log=/", NULL}, "cannot open the log /", 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct child c = start(rows[i].args);
        g_autofree char *line = read_line(&c);
        if (!strstr(line, rows[i].words))
            g_error("expected \"%s\", got \"%s\"", rows[i].words, line);
        g_assert_cmpint(finish(&c), ==, rows[i].code);
    }
}

static void test_help_shows_script(void)
{
    const char *args[] = {"sink", "--help", NULL};
    struct child c = start(args);
    char text[16384];
    text[fread(text, 1, sizeof text - 1, c.out)] = '\0';
    g_assert_nonnull(strstr(text, "--maildir"));
    g_assert_nonnull(strstr(text, "drop-before-dot"));
    g_assert_nonnull(strstr(text, "Example:"));
    g_assert_cmpint(finish(&c), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sink/serves", test_serves);
    g_test_add_func("/sink/wrong-usage", test_wrong_usage);
    g_test_add_func("/sink/help", test_help_shows_script);
    return g_test_run();
}

/*
 * The live half of a stream over a socket pair: order of callbacks, freeing from within, ends.
 */
#include "config.h"

#include "net/stream.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "tests/unit/patience.h"

enum free_when { FREE_NEVER, FREE_IN_UP, FREE_IN_READY };

struct pair {
    struct loop *loop;
    struct stream *stream;
    int peer;
    enum free_when free_when;
    GString *log;
    gssize last;
};

static void drop(struct pair *p)
{
    stream_free(p->stream);
    p->stream = NULL;
}

static void on_up(struct stream *s, void *data)
{
    struct pair *p = data;
    g_string_append(p->log, "up;");
    if (p->free_when == FREE_IN_UP)
        drop(p);
}

static void on_ready(struct stream *s, unsigned events, void *data)
{
    struct pair *p = data;
    char buffer[64] = "";
    g_autoptr(GError) error = NULL;
    if (events & LOOP_OUT) {
        g_string_append(p->log, "out;");
        stream_want(s, LOOP_IN);
    }
    if (!(events & (LOOP_IN | LOOP_HUP)))
        return;
    p->last = stream_recv(s, buffer, sizeof buffer - 1, &error);
    if (p->last > 0)
        g_string_append_printf(p->log, "in %s;", buffer);
    else if (p->last < 0)
        g_string_append_printf(p->log, "end %d;", (int)p->last);
    g_assert_true((p->last == -1) == (error != NULL));
    if (p->free_when == FREE_IN_READY || p->last < 0)
        drop(p);
}

static void pair_init(struct pair *p, const char *capabilities)
{
    static const struct stream_handler handler = {.up = on_up, .ready = on_ready};
    int fds[2];
    memset(p, 0, sizeof *p);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    p->loop = loop_new();
    p->log = g_string_new(NULL);
    p->peer = fds[1];
    p->stream = stream_new_fd(p->loop, fds[0], capabilities, &handler, p);
}

static void pair_clear(struct pair *p)
{
    stream_free(p->stream);
    close(p->peer);
    loop_free(p->loop);
    g_string_free(p->log, TRUE);
}

static void run_until(struct pair *p, const char *log)
{
    gint64 begun_us = clock_mono_us();
    while (p->log->len < strlen(log)) {
        loop_run_once(p->loop, 1000);
        g_assert_cmpint(clock_mono_us() - begun_us, <, PATIENCE_US);
    }
    g_assert_cmpstr(p->log->str, ==, log);
}

static void test_up_comes_first(void)
{
    struct pair p;
    pair_init(&p, "host\nPIPELINING");
    g_assert_cmpint(write(p.peer, "early", 5), ==, 5);
    run_until(&p, "up;in early;");
    g_assert_cmpstr(stream_capabilities(p.stream), ==, "host\nPIPELINING");
    g_assert_cmpstr(stream_peer(p.stream), ==, "");
    pair_clear(&p);
}

static void test_end_of_file(void)
{
    struct pair p;
    pair_init(&p, NULL);
    g_assert_cmpint(write(p.peer, "last", 4), ==, 4);
    shutdown(p.peer, SHUT_RDWR);
    run_until(&p, "up;in last;end -2;");
    pair_clear(&p);
}

static void test_freed_in_up(void)
{
    struct pair p;
    pair_init(&p, NULL);
    p.free_when = FREE_IN_UP;
    g_assert_cmpint(write(p.peer, "x", 1), ==, 1);
    run_until(&p, "up;");
    g_assert_null(p.stream);
    g_assert_cmpint(loop_run_once(p.loop, 0), ==, 0);
    pair_clear(&p);
}

static void test_freed_in_ready(void)
{
    struct pair p;
    pair_init(&p, NULL);
    p.free_when = FREE_IN_READY;
    g_assert_cmpint(write(p.peer, "x", 1), ==, 1);
    run_until(&p, "up;in x;");
    g_assert_null(p.stream);
    g_assert_cmpint(loop_run_once(p.loop, 0), ==, 0);
    pair_clear(&p);
}

static void test_freed_before_up(void)
{
    struct pair p;
    pair_init(&p, NULL);
    drop(&p);
    g_assert_cmpint(loop_run_once(p.loop, 0), ==, 0);
    g_assert_cmpstr(p.log->str, ==, "");
    pair_clear(&p);
}

static void test_full_then_writable(void)
{
    struct pair p;
    char junk[65536];
    char taken[65536];
    memset(junk, 'x', sizeof junk);
    pair_init(&p, NULL);
    run_until(&p, "up;");
    gssize n;
    while ((n = stream_send(p.stream, junk, sizeof junk, NULL)) > 0)
        ;
    g_assert_cmpint(n, ==, 0); /* would block */
    stream_want(p.stream, LOOP_IN | LOOP_OUT);
    g_assert_cmpint(loop_run_once(p.loop, 0), ==, 0);
    while (recv(p.peer, taken, sizeof taken, MSG_DONTWAIT) > 0)
        ;
    run_until(&p, "up;out;");
    pair_clear(&p);
}

static void test_send_to_nobody(void)
{
    struct pair p;
    g_autoptr(GError) error = NULL;
    pair_init(&p, NULL);
    run_until(&p, "up;");
    shutdown(p.peer, SHUT_RDWR);
    g_assert_cmpint(stream_send(p.stream, "x", 1, &error), ==, -1);
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
    pair_clear(&p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream-core/up-comes-first", test_up_comes_first);
    g_test_add_func("/stream-core/end-of-file", test_end_of_file);
    g_test_add_func("/stream-core/freed-in-up", test_freed_in_up);
    g_test_add_func("/stream-core/freed-in-ready", test_freed_in_ready);
    g_test_add_func("/stream-core/freed-before-up", test_freed_before_up);
    g_test_add_func("/stream-core/full-then-writable", test_full_then_writable);
    g_test_add_func("/stream-core/send-to-nobody", test_send_to_nobody);
    return g_test_run();
}

/* Lines over a plain socket: whole ones, halves, silence and ends. */
#include "config.h"

#include "net/talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define PATIENCE_US (20 * (gint64)CLOCK_SECOND_US)

static int listener;
static guint16 port;

static void listen_here(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(listener, (struct sockaddr *)&a, len), ==, 0);
    g_assert_cmpint(listen(listener, 5), ==, 0);
    g_assert_cmpint(getsockname(listener, (struct sockaddr *)&a, &len), ==, 0);
    port = ntohs(a.sin_port);
}

static gint64 soon(void)
{
    return clock_mono_us() + PATIENCE_US;
}

static struct talk *begin(int *ret_peer)
{
    GError *error = NULL;
    struct talk *t = talk_open("127.0.0.1", port, soon(), &error);
    g_assert_no_error(error);
    *ret_peer = accept(listener, NULL, NULL);
    g_assert_cmpint(*ret_peer, >=, 0);
    return t;
}

static void put(int peer, const char *data, gsize len)
{
    g_assert_cmpint(send(peer, data, len, 0), ==, (gssize)len);
}

static void test_lines(void)
{
    int peer;
    struct talk *t = begin(&peer);
    g_autoptr(GString) line = g_string_new("before");
    put(peer, "220-a\r\n220 b\nhal", 16);
    g_assert_cmpint(talk_hear(t, soon(), line), ==, TALK_LINE);
    g_assert_cmpstr(line->str, ==, "220-a");
    g_assert_cmpint(talk_hear(t, soon(), line), ==, TALK_LINE);
    g_assert_cmpstr(line->str, ==, "220 b");
    g_assert_cmpint(talk_hear(t, clock_mono_us(), line), ==, TALK_SILENT);
    g_assert_cmpstr(line->str, ==, "");
    put(peer, "f", 1);
    close(peer);
    g_assert_cmpint(talk_hear(t, soon(), line), ==, TALK_CLOSED);
    g_assert_cmpstr(line->str, ==, "half");
    g_assert_cmpint(talk_hear(t, soon(), line), ==, TALK_CLOSED);
    g_assert_cmpuint(line->len, ==, 0);
    talk_free(t);
}

static void test_endless(void)
{
    int peer;
    struct talk *t = begin(&peer);
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *much = g_strnfill(3 * TALK_MAX_LINE, 'x');
    put(peer, much, strlen(much));
    g_assert_cmpint(talk_hear(t, soon(), line), ==, TALK_ENDLESS);
    g_assert_cmpuint(line->len, ==, TALK_MAX_LINE);
    close(peer);
    talk_free(t);
}

static void test_octets(void)
{
    int peer;
    struct talk *t = begin(&peer);
    g_autoptr(GString) line = g_string_new(NULL);
    put(peer, "a\0b", 3);
    g_assert_cmpint(talk_hear(t, soon(), line), ==, TALK_ENDLESS);
    g_assert_cmpuint(line->len, ==, 3);
    close(peer);
    talk_free(t);
}

static void test_reset(void)
{
    int peer;
    const struct linger at_once = {.l_onoff = 1};
    struct talk *t = begin(&peer);
    g_autoptr(GString) line = g_string_new(NULL);
    g_assert_cmpint(setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), ==, 0);
    close(peer);
    g_assert_cmpint(talk_hear(t, soon(), line), ==, TALK_LOST);
    g_assert_false(talk_say(t, "EHLO x", soon()));
    talk_free(t);
}

#define RESETS 500

static gpointer break_off(gpointer data)
{
    const struct linger at_once = {.l_onoff = 1};
    for (int i = 0; i < RESETS; i++) {
        int peer = accept(listener, NULL, NULL);
        if (peer >= 0) {
            setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            close(peer);
        }
    }
    return data;
}

/* Some of them are broken off before we have seen that there is a connection. */
static void test_reset_at_once(void)
{
    GThread *breaker = g_thread_new("breaker", break_off, NULL);
    g_autoptr(GString) line = g_string_new(NULL);
    for (int i = 0; i < RESETS; i++) {
        GError *error = NULL;
        struct talk *t = talk_open("127.0.0.1", port, soon(), &error);
        g_assert_no_error(error);
        g_assert_cmpint(talk_hear(t, soon(), line), ==, TALK_LOST);
        talk_free(t);
    }
    g_thread_join(breaker);
}

static void test_says(void)
{
    int peer;
    char heard[32] = "";
    struct talk *t = begin(&peer);
    g_assert_true(talk_say(t, "EHLO x", soon()));
    g_assert_cmpint(recv(peer, heard, sizeof heard - 1, 0), ==, 8);
    g_assert_cmpstr(heard, ==, "EHLO x\r\n");
    close(peer);
    talk_free(t);
}

static void test_nobody(void)
{
    GError *error = NULL;
    close(listener);
    g_assert_null(talk_open("127.0.0.1", port, soon(), &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    listen_here();
    g_test_add_func("/talk/lines", test_lines);
    g_test_add_func("/talk/endless", test_endless);
    g_test_add_func("/talk/octets", test_octets);
    g_test_add_func("/talk/reset", test_reset);
    g_test_add_func("/talk/reset-at-once", test_reset_at_once);
    g_test_add_func("/talk/says", test_says);
    g_test_add_func("/talk/nobody", test_nobody);
    return g_test_run();
}

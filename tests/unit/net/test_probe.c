/* Connection attempts at once and how each ended, on the loopback; traces of them; the first
 * message of TLS; the kernel's counts. Routers are for the system tests. */
#include "config.h"

#include "net/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/counters.h"
#include "net/pathinfo.h"
#include "net/tlshello.h"
#include "net/trace.h"

static int listen_on(int family, guint16 *ret_port)
{
    struct sockaddr_storage at = {.ss_family = (sa_family_t)family};
    socklen_t len = sizeof at;
    int fd = socket(family, SOCK_STREAM, 0);
    if (family == AF_INET)
        ((struct sockaddr_in *)&at)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        ((struct sockaddr_in6 *)&at)->sin6_addr = in6addr_loopback;
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0)
        return -1;
    g_assert_cmpint(listen(fd, 8), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&at, &len), ==, 0);
    *ret_port = ntohs(family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port
                                        : ((struct sockaddr_in6 *)&at)->sin6_port);
    return fd;
}

/* Waits for all of them. */
static void wait_all(struct probes *p, const int *numbers, int n)
{
    gint64 end_us = clock_mono_us() + 20 * CLOCK_SECOND_US;
    for (int i = 0; i < n; i++)
        while (probes_answer(p, numbers[i])->end == PROBE_WAITING && clock_mono_us() < end_us)
            probes_turn(p, end_us);
}

static void test_ends(int family, const char *address)
{
    guint16 port, closed;
    int fd = listen_on(family, &port), other = listen_on(family, &closed);
    if (fd < 0 || other < 0) {
        g_test_skip("no loopback of that family");
        return;
    }
    close(other);
    struct probes *p = probes_new();
    const struct probe_wish wishes[] = {
        {.address = address, .port = port, .deadline_ms = 10000, .keeps = TRUE},
        {.address = address, .port = port, .deadline_ms = 10000, .ttl = 1},
        {.address = address, .port = closed, .deadline_ms = 10000},
        {.address = address, .port = closed, .deadline_ms = 10000, .how = PROBE_UDP},
    };
    static const enum probe_end ends[] = {PROBE_OPEN, PROBE_OPEN, PROBE_REFUSED, PROBE_ICMP};
    int numbers[G_N_ELEMENTS(wishes)];
    for (gsize i = 0; i < G_N_ELEMENTS(wishes); i++)
        g_assert_cmpint(numbers[i] = probes_add(p, &wishes[i]), ==, (int)i);
    wait_all(p, numbers, G_N_ELEMENTS(wishes));
    for (gsize i = 0; i < G_N_ELEMENTS(wishes); i++)
        g_assert_cmpstr(probe_end_name(probes_answer(p, (int)i)->end), ==,
                        probe_end_name(ends[i]));
    const struct probe_answer *udp = probes_answer(p, 3);
    g_assert_cmpstr(udp->from, ==, address);
    g_assert_true(udp->is_own && udp->is_target);
    g_assert_cmpstr(probes_answer(p, 0)->source, ==, address);
    int kept = probes_take_fd(p, 0);
    g_assert_cmpint(kept, >=, 0);
    g_assert_cmpint(probes_take_fd(p, 0), ==, -1);
    g_assert_cmpint(probes_take_fd(p, 1), ==, -1);
    struct pathinfo info;
    g_assert_true(pathinfo_read(kept, &info));
    g_assert_cmpint(info.mss, >, 0);
    g_assert_cmpint(info.mtu, >, info.mss);
    g_assert_cmpuint(info.unacked, ==, 0);
    close(kept);
    close(fd);
    probes_free(p);
}

static void test_ends4(void)
{
    test_ends(AF_INET, "127.0.0.1");
}

static void test_ends6(void)
{
    test_ends(AF_INET6, "::1");
}

/* An address that no route leads to, wherever this runs: it fails at once, by this machine. */
static void test_local(void)
{
    struct probes *p = probes_new();
    struct probe_wish wish = {.address = "255.255.255.255", .port = 25, .deadline_ms = 10000};
    int n = probes_add(p, &wish);
    g_assert_cmpint(n, ==, 0);
    g_assert_cmpint(probes_answer(p, n)->end, ==, PROBE_LOCAL);
    g_assert_true(probes_answer(p, n)->is_at_once);
    g_assert_cmpint(probes_answer(p, n)->error, !=, 0);
    wish.address = "mail.example.org";
    g_assert_cmpint(probes_add(p, &wish), ==, -1);
    probes_free(p);
}

/* A full queue of a listener that takes nothing swallows what comes. */
static void test_deadline(void)
{
    guint16 port;
    int fd = listen_on(AF_INET, &port);
    g_assert_cmpint(listen(fd, 0), ==, 0);
    struct probes *p = probes_new();
    struct probe_wish wish = {.address = "127.0.0.1", .port = port, .deadline_ms = 300};
    int numbers[6];
    gboolean is_silent = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        numbers[i] = probes_add(p, &wish);
    wait_all(p, numbers, G_N_ELEMENTS(numbers));
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        is_silent = is_silent || probes_answer(p, numbers[i])->end == PROBE_SILENT;
    g_assert_true(is_silent);
    close(fd);
    probes_free(p);
}

static void run_trace(struct trace *t, const char *address)
{
    struct probes *p = probes_new();
    gint64 end_us = clock_mono_us() + 20 * CLOCK_SECOND_US;
    for (trace_step(t, p, address); !t->is_over && clock_mono_us() < end_us;
         trace_step(t, p, address))
        probes_turn(p, MIN(trace_due(t), end_us));
    g_assert_true(t->is_over);
    probes_free(p);
}

static void test_trace(void)
{
    guint16 port;
    int fd = listen_on(AF_INET, &port);
    struct trace t = {.port = port, .window = 3, .silence_ms = 5000, .settle_ms = 5000};
    run_trace(&t, "127.0.0.1");
    g_assert_cmpint(t.reached, ==, 1);
    g_assert_cmpint(t.routers, ==, 0);
    g_assert_cmpint(t.asked, <=, 3);
    g_assert_cmpint(trace_end(&t)->end, ==, PROBE_OPEN);
    g_assert_null(trace_router(&t, 1));
    g_assert_null(trace_router(&t, 99));
    close(fd);
    struct trace udp = {
        .how = PROBE_UDP, .port = 33434, .window = 2, .silence_ms = 5000, .settle_ms = 5000};
    run_trace(&udp, "127.0.0.1");
    g_assert_cmpint(udp.reached, ==, 1);
    g_assert_true(trace_end(&udp)->is_target);
}

static guint number_at(const GByteArray *a, guint at, guint octets)
{
    guint n = 0;
    for (guint i = 0; i < octets; i++)
        n = n << 8 | a->data[at + i];
    return n;
}

static void test_hello(void)
{
    static const struct {
        const char *name;
        gsize size;
    } cases[] = {{"mail.example.org", 1848}, {NULL, TLSHELLO_MIN}, {"a.example", TLSHELLO_MAX}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) hello = tlshello_new(cases[i].name, cases[i].size);
        g_assert_cmpuint(hello->len, ==, cases[i].size);
        g_assert_cmpuint(hello->data[0], ==, 22);
        g_assert_cmpuint(number_at(hello, 3, 2), ==, hello->len - 5);
        g_assert_cmpuint(number_at(hello, 6, 3), ==, hello->len - 9);
        /* The extensions fill the rest, each with its length. */
        guint at = 9 + 2 + 32 + 1;
        at += 2 + number_at(hello, at, 2);
        at += 1 + hello->data[at];
        guint end = at + 2 + number_at(hello, at, 2);
        g_assert_cmpuint(end, ==, hello->len);
        for (at += 2; at < end; at += 4 + number_at(hello, at + 2, 2))
            if (number_at(hello, at, 2) == 0)
                g_assert_cmpmem(hello->data + at + 9, number_at(hello, at + 7, 2),
                                cases[i].name, strlen(cases[i].name));
        g_assert_cmpuint(at, ==, end);
    }
}

static void test_counters(void)
{
    static const char text[] = "TcpExt: A B TCPRetransFail\nTcpExt: 1 2 77\n"
                               "IpExt: A C\nIpExt: 5 6\nTcpExt: D\n";
    g_assert_cmpint(counters_find(text, "TcpExt", "TCPRetransFail"), ==, 77);
    g_assert_cmpint(counters_find(text, "IpExt", "A"), ==, 5);
    g_assert_cmpint(counters_find(text, "TcpExt", "C"), ==, -1);
    g_assert_cmpint(counters_find("TcpExt: A B\nTcpExt: 1\n", "TcpExt", "B"), ==, -1);
    g_assert_cmpint(counters_find("", "TcpExt", "A"), ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/probe/ends/ipv4", test_ends4);
    g_test_add_func("/probe/ends/ipv6", test_ends6);
    g_test_add_func("/probe/ends/local", test_local);
    g_test_add_func("/probe/ends/deadline", test_deadline);
    g_test_add_func("/trace/loopback", test_trace);
    g_test_add_func("/tlshello/lengths", test_hello);
    g_test_add_func("/counters/find", test_counters);
    return g_test_run();
}

/*
 * What listens: the kernel's two ways of telling it, and which addresses get in each other's
 * way.
 */
#include "config.h"

#include "net/sockdiag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "net/binding.h"

static struct listener listener_of(const char *text)
{
    struct binding b;
    GError *error = NULL;
    gboolean ok = binding_parse(text, &b, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return (struct listener){.at = b.at, .takes_both = b.takes_both};
}

static void test_clashes(void)
{
    static const struct {
        const char *held, *wanted;
        gboolean clashes;
    } cases[] = {
        {"0.0.0.0:81", "0.0.0.0:81", TRUE},
        {"0.0.0.0:81", "0.0.0.0:82", FALSE},
        {"0.0.0.0:81", "127.0.0.1:81", TRUE},
        {"127.0.0.1:81", "0.0.0.0:81", TRUE},
        {"127.0.0.1:81", "127.0.0.2:81", FALSE},
        {"127.0.0.1:81", "127.0.0.1:81", TRUE},
        {"*:81", "0.0.0.0:81", TRUE},
        {"*:81", "127.0.0.1:81", TRUE},
        {"0.0.0.0:81", "*:81", TRUE},
        {"127.0.0.1:81", "*:81", TRUE},
        {"[::]:81", "0.0.0.0:81", FALSE},
        {"[::]:81", "127.0.0.1:81", FALSE},
        {"0.0.0.0:81", "[::]:81", FALSE},
        {"[::]:81", "[::1]:81", TRUE},
        {"[::1]:81", "*:81", TRUE},
        {"[::1]:81", "[::]:81", TRUE},
        {"[::1]:81", "127.0.0.1:81", FALSE},
        {"[::1]:81", "[2001:db8::1]:81", FALSE},
        {"[::ffff:127.0.0.1]:81", "127.0.0.1:81", TRUE},
        {"[::ffff:127.0.0.1]:81", "127.0.0.2:81", FALSE},
        {"[::ffff:0.0.0.0]:81", "127.0.0.1:81", TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct listener held = listener_of(cases[i].held);
        struct listener wanted = listener_of(cases[i].wanted);
        g_test_message("%s beside %s", cases[i].wanted, cases[i].held);
        g_assert_cmpint(listener_clashes(&held, &wanted.at, wanted.takes_both), ==,
                        cases[i].clashes);
    }
}

/* The table above, asked of the kernel itself; port 0 lets it choose one. */
static int listen_on(const char *text, guint16 port)
{
    struct listener l = listener_of(text);
    int on = 1, only = !l.takes_both;
    int fd = socket(l.at.is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&in.sin_addr, l.at.bytes, 4);
    memcpy(&in6.sin6_addr, l.at.bytes, 16);
    if (l.at.is_ipv6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    int done = l.at.is_ipv6 ? bind(fd, (struct sockaddr *)&in6, sizeof in6)
                            : bind(fd, (struct sockaddr *)&in, sizeof in);
    if (done == 0 && listen(fd, 1) == 0)
        return fd;
    close(fd);
    return -1;
}

static guint16 port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&a, &len), ==, 0);
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

/* What bind(2) says of `wanted` while `held` listens on a port that the kernel chose; -1: this
 * machine cannot have one of them. */
static int try_beside(const char *held, const char *wanted, gboolean *ret_clashes)
{
    int fd = listen_on(held, 0);
    if (fd < 0)
        return -1;
    struct listener h = listener_of(held), w = listener_of(wanted);
    struct binding b = {.at = w.at, .takes_both = w.takes_both};
    h.at.port = b.at.port = port_of(fd);
    int why = binding_try(&b, FALSE);
    *ret_clashes = binding_clashes(&b, &h);
    close(fd);
    return why == EAFNOSUPPORT || why == EADDRNOTAVAIL ? -1 : why;
}

static void test_clashes_as_the_kernel_has_it(void)
{
    static const char *const texts[] = {"*:1",         "0.0.0.0:1", "127.0.0.1:1",
                                        "127.0.0.2:1", "[::]:1",    "[::1]:1"};
    int n_tried = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(texts) * G_N_ELEMENTS(texts); i++) {
        const char *held = texts[i / G_N_ELEMENTS(texts)];
        const char *wanted = texts[i % G_N_ELEMENTS(texts)];
        gboolean clashes = FALSE;
        int why = try_beside(held, wanted, &clashes);
        /* Some other program's connection may have that port on the other address. */
        for (int again = 0; again < 10 && why == EADDRINUSE && !clashes; again++)
            why = try_beside(held, wanted, &clashes);
        g_test_message("%s beside %s", wanted, held);
        if (why >= 0)
            g_assert_cmpint(why, ==, clashes ? EADDRINUSE : 0);
        n_tried += why >= 0;
    }
    g_assert_cmpint(n_tried, >=, 9);
}

static const struct listener *find(const GArray *all, guint16 port)
{
    for (guint i = 0; all && i < all->len; i++)
        if (g_array_index(all, struct listener, i).at.port == port)
            return &g_array_index(all, struct listener, i);
    return NULL;
}

static void test_listeners(void)
{
    static const char *const texts[] = {"127.0.0.1:1", "0.0.0.0:1", "[::1]:1", "[::]:1", "*:1"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        int fd = listen_on(texts[i], 0);
        if (fd < 0)
            continue;
        guint16 port = port_of(fd);
        struct listener own = listener_of(texts[i]);
        own.at.port = port;
        GError *error = NULL;
        g_autoptr(GArray) by_netlink = sockdiag_listeners(&error);
        g_assert_no_error(error);
        g_autoptr(GArray) by_proc = sockdiag_from_proc("/proc/net", &error);
        g_assert_no_error(error);
        const struct listener *a = find(by_netlink, port), *b = find(by_proc, port);
        g_assert_true(a && b);
        g_assert_true(socket_address_equal(&a->at, &own.at));
        g_assert_true(socket_address_equal(&b->at, &own.at));
        g_assert_cmpint(a->takes_both, ==, own.takes_both);
        g_assert_cmpuint(a->inode, ==, b->inode);
        g_assert_cmpuint(a->uid, ==, geteuid());
        g_assert_cmpuint(b->uid, ==, geteuid());
        close(fd);
    }
}

static void test_no_proc(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(sockdiag_from_proc("/nonexistent", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
}

/* Lines of another kernel, a broken one, and states that do not listen. */
static void test_proc_text(void)
{
    static const char text[] =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        "timeout"
        " inode\n"
        "   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33     "
        "   0"
        " 28 1 0000000000000000 100 0 0 10 0\n"
        "   1: 00000000:07E9 00000000:0000 01 00000000:00000000 00:00000000 00000000     0     "
        "   0"
        " 29 1 0000000000000000 100 0 0 10 0\n"
        "   2: 0000:07EA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0"
        " 30 1\n"
        "rubbish\n";
    g_autofree char *folder = g_dir_make_tmp("crier-sockdiag-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "tcp", NULL);
    GError *error = NULL;
    g_assert_true(file_write_atomic(path, text, strlen(text), 0600, &error));
    g_autoptr(GArray) all = sockdiag_from_proc(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(all->len, ==, 1);
    const struct listener *l = &g_array_index(all, struct listener, 0);
    g_assert_cmpuint(l->at.port, ==, 2024);
    g_assert_cmpuint(l->uid, ==, 33);
    g_assert_cmpuint(l->inode, ==, 28);
    g_assert_true(socket_address_is_any(&l->at));
    unlink(path);
    rmdir(folder);
}

/* A connection is found by its port, a listener is not among them. */
static void test_others(void)
{
    int fd = listen_on("127.0.0.1:1", 0);
    guint16 port = port_of(fd);
    g_autoptr(GArray) none = sockdiag_others_on(port);
    if (!none) {
        g_test_skip("this kernel, or a sandbox, has no sock_diag");
        close(fd);
        return;
    }
    g_assert_cmpuint(none->len, ==, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(out, (struct sockaddr *)&to, sizeof to), ==, 0);
    int in = accept(fd, NULL, NULL);
    g_autoptr(GArray) ours = sockdiag_others_on(port);
    g_autoptr(GArray) theirs = sockdiag_others_on(port_of(out));
    g_assert_cmpuint(ours->len, ==, 1);
    g_assert_cmpuint(theirs->len, ==, 1);
    g_assert_cmpuint(g_array_index(theirs, struct listener, 0).at.port, ==, port_of(out));
    close(in);
    close(out);
    close(fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sockdiag/clashes/table", test_clashes);
    g_test_add_func("/sockdiag/clashes/as-the-kernel-has-it",
                    test_clashes_as_the_kernel_has_it);
    g_test_add_func("/sockdiag/listeners/by-netlink-and-proc", test_listeners);
    g_test_add_func("/sockdiag/proc/missing", test_no_proc);
    g_test_add_func("/sockdiag/proc/text", test_proc_text);
    g_test_add_func("/sockdiag/others/connections", test_others);
    return g_test_run();
}

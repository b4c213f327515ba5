/* The kernel's answers about what every machine has, and reading addresses. What a network
 * in trouble looks like is in tests/system/test_doctor_machine.py. */
#include "config.h"

#include "net/netlink.h"

#include <errno.h>
#include <string.h>

static struct netlink *opened(void)
{
    GError *error = NULL;
    struct netlink *n = netlink_open(&error);
    g_assert_no_error(error);
    return n;
}

static void test_loopback_link(void)
{
    GError *error = NULL;
    struct netlink *n = opened();
    g_autoptr(GArray) links = netlink_links(n, &error);
    g_assert_no_error(error);
    int index = (int)if_nametoindex("lo");
    const struct netlink_link *lo = netlink_link_of(links, index);
    g_assert_nonnull(lo);
    g_assert_cmpstr(lo->name, ==, "lo");
    g_assert_true(lo->is_loopback);
    g_assert_false(lo->has_neighbours);
    g_assert_cmpint(lo->mtu, >, 1280);
    g_assert_null(netlink_link_of(links, -7));
    netlink_close(n);
}

static void test_own_address(void)
{
    GError *error = NULL;
    gboolean is_there = FALSE;
    struct netlink *n = opened();
    g_autoptr(GArray) addresses = netlink_addresses(n, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < addresses->len; i++) {
        const struct netlink_address *a = &g_array_index(addresses, struct netlink_address, i);
        char text[NETLINK_TEXT];
        g_assert_cmpint(a->prefix, >=, 0);
        g_assert_cmpint(a->prefix, <=, a->ip.family == AF_INET ? 32 : 128);
        if (strcmp(netlink_ip_text(&a->ip, text), "127.0.0.1") == 0) {
            is_there = TRUE;
            g_assert_cmpint(a->prefix, ==, 8);
        }
    }
    g_assert_true(is_there);
    netlink_close(n);
}

/* Several questions in a row, also dumps, come over one socket. */
static void test_way_to_self(void)
{
    GError *error = NULL;
    struct netlink *n = opened();
    struct netlink_ip to = {0};
    for (int i = 0; i < 3; i++) {
        struct netlink_route route = {0};
        struct netlink_neighbour who = {.seen = NETLINK_SEEN_REACHABLE};
        g_assert_true(netlink_ip_parse("127.0.0.1", &to));
        g_assert_true(netlink_way_to(n, &to, &route, &error));
        g_assert_no_error(error);
        g_assert_cmpint(route.way, ==, NETLINK_WAY_SELF);
        g_assert_cmpstr(route.device, ==, "lo");
        g_assert_cmpint(route.source.family, ==, AF_INET);
        g_assert_true(netlink_neighbour_of(n, route.index, &to, &who, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(netlink_seen_name(who.seen), ==, "NONE");
        g_assert_cmpstr(who.mac, ==, "");
    }
    netlink_close(n);
}

static void test_broadcast(void)
{
    GError *error = NULL;
    struct netlink *n = opened();
    struct netlink_ip to;
    struct netlink_route route = {0};
    g_assert_true(netlink_ip_parse("255.255.255.255", &to));
    g_assert_true(netlink_way_to(n, &to, &route, &error));
    g_assert_no_error(error);
    g_assert_true(route.way == NETLINK_WAY_BROADCAST || route.error == ENETUNREACH);
    netlink_close(n);
}

static void test_text(void)
{
    struct netlink_ip ip, same;
    char buf[NETLINK_TEXT];
    g_assert_true(netlink_ip_parse("10.0.1.2", &ip));
    g_assert_cmpint(ip.family, ==, AF_INET);
    g_assert_cmpstr(netlink_ip_text(&ip, buf), ==, "10.0.1.2");
    g_assert_true(netlink_ip_parse("fe80:0::1%eth0", &ip));
    g_assert_cmpstr(netlink_ip_text(&ip, buf), ==, "fe80::1");
    g_assert_true(netlink_ip_parse("fe80::1", &same));
    g_assert_true(netlink_ip_equal(&ip, &same));
    g_assert_false(netlink_ip_parse("mail.example.org", &same));
    g_assert_true(netlink_ip_equal(&ip, &same));
    same = (struct netlink_ip){0};
    g_assert_cmpstr(netlink_ip_text(&same, buf), ==, "");
}

static void test_within(void)
{
    static const struct {
        const char *ip, *net;
        int prefix;
        gboolean is_within;
    } rows[] = {
        {"10.0.1.2", "10.0.1.9", 24, TRUE},
        {"10.0.2.2", "10.0.1.9", 24, FALSE},
        {"10.0.2.2", "10.0.1.9", 22, TRUE},
        {"10.0.1.2", "10.0.1.2", 32, TRUE},
        {"10.0.1.3", "10.0.1.2", 32, FALSE},
        {"10.0.1.3", "10.0.1.2", 31, TRUE},
        {"10.0.1.3", "192.0.2.1", 0, TRUE},
        {"10.0.1.3", "192.0.2.1", -1, FALSE},
        {"10.0.1.3", "10.0.1.3", 33, FALSE},
        {"10.0.1.3", "::1", 0, FALSE},
        {"2001:db8::1", "2001:db8::", 64, TRUE},
        {"2001:db8:0:1::1", "2001:db8::", 64, FALSE},
        {"2001:db8:0:1::1", "2001:db8::", 63, TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct netlink_ip ip, net;
        g_assert_true(netlink_ip_parse(rows[i].ip, &ip));
        g_assert_true(netlink_ip_parse(rows[i].net, &net));
        g_assert_cmpint(netlink_ip_within(&ip, &net, rows[i].prefix), ==, rows[i].is_within);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/netlink/links/loopback", test_loopback_link);
    g_test_add_func("/netlink/addresses/loopback", test_own_address);
    g_test_add_func("/netlink/way/to-ourselves-again-and-again", test_way_to_self);
    g_test_add_func("/netlink/way/broadcast-is-no-way", test_broadcast);
    g_test_add_func("/netlink/ip/text", test_text);
    g_test_add_func("/netlink/ip/within-a-network", test_within);
    return g_test_run();
}

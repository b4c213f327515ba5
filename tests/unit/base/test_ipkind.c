/* Kinds of addresses: each network's first and last address, and its neighbours outside. */
#include "config.h"

#include "base/ipkind.h"

static const struct {
    const char *address;
    enum ipkind kind;
    const char *source;
} rows[] = {
    {"9.255.255.255", IPKIND_PUBLIC, NULL},
    {"10.0.0.0", IPKIND_PRIVATE, "RFC 1918"},
    {"10.255.255.255", IPKIND_PRIVATE, "RFC 1918"},
    {"11.0.0.0", IPKIND_PUBLIC, NULL},
    {"100.63.255.255", IPKIND_PUBLIC, NULL},
    {"100.64.0.0", IPKIND_CARRIER, "RFC 6598"},
    {"100.127.255.255", IPKIND_CARRIER, "RFC 6598"},
    {"100.128.0.0", IPKIND_PUBLIC, NULL},
    {"127.0.0.1", IPKIND_LOOPBACK, "RFC 1122"},
    {"127.255.255.255", IPKIND_LOOPBACK, "RFC 1122"},
    {"169.253.255.255", IPKIND_PUBLIC, NULL},
    {"169.254.7.7", IPKIND_LINK_LOCAL, "RFC 3927"},
    {"172.15.255.255", IPKIND_PUBLIC, NULL},
    {"172.16.0.0", IPKIND_PRIVATE, "RFC 1918"},
    {"172.31.255.255", IPKIND_PRIVATE, "RFC 1918"},
    {"172.32.0.0", IPKIND_PUBLIC, NULL},
    {"192.0.0.2", IPKIND_CARRIER, "RFC 7335"},
    {"192.0.0.8", IPKIND_RESERVED, "RFC 6890"},
    {"192.0.0.9", IPKIND_PUBLIC, NULL},
    {"192.0.1.0", IPKIND_PUBLIC, NULL},
    {"192.0.2.7", IPKIND_EXAMPLE, "RFC 5737"},
    {"192.88.99.1", IPKIND_TRANSITION, "RFC 7526"},
    {"192.168.0.1", IPKIND_PRIVATE, "RFC 1918"},
    {"192.169.0.0", IPKIND_PUBLIC, NULL},
    {"198.17.255.255", IPKIND_PUBLIC, NULL},
    {"198.19.255.255", IPKIND_EXAMPLE, "RFC 2544"},
    {"198.51.100.9", IPKIND_EXAMPLE, "RFC 5737"},
    {"203.0.113.9", IPKIND_EXAMPLE, "RFC 5737"},
    {"224.0.0.1", IPKIND_MULTICAST, "RFC 5771"},
    {"239.255.255.255", IPKIND_MULTICAST, "RFC 5771"},
    {"240.0.0.1", IPKIND_RESERVED, "RFC 1112"},
    {"255.255.255.255", IPKIND_MULTICAST, "RFC 919"},
    {"0.0.0.0", IPKIND_UNSPECIFIED, "RFC 1122"},
    {"0.0.0.1", IPKIND_RESERVED, "RFC 791"},
    {"::", IPKIND_UNSPECIFIED, "RFC 4291"},
    {"::1", IPKIND_LOOPBACK, "RFC 4291"},
    {"::2", IPKIND_RESERVED, "RFC 4291"},
    {"::ffff:10.0.0.1", IPKIND_PRIVATE, "RFC 1918"},
    {"::ffff:8.8.8.8", IPKIND_PUBLIC, NULL},
    {"64:ff9b::1.2.3.4", IPKIND_TRANSITION, "RFC 6052"},
    {"100::1", IPKIND_RESERVED, "RFC 6666"},
    {"2001:0:1::1", IPKIND_TRANSITION, "RFC 4380"},
    {"2001:2:0:1::1", IPKIND_EXAMPLE, "RFC 5180"},
    {"2001:db8::1", IPKIND_EXAMPLE, "RFC 3849"},
    {"2001:db9::1", IPKIND_PUBLIC, NULL},
    {"2002:a00:1::", IPKIND_TRANSITION, "RFC 3056"},
    {"2a00:1450::1", IPKIND_PUBLIC, NULL},
    {"3fff:fff::1", IPKIND_EXAMPLE, "RFC 9637"},
    {"4000::1", IPKIND_RESERVED, "RFC 4291"},
    {"fbff::1", IPKIND_RESERVED, "RFC 4291"},
    {"fc00::1", IPKIND_PRIVATE, "RFC 4193"},
    {"fdff:ffff::1", IPKIND_PRIVATE, "RFC 4193"},
    {"fe80::1%eth0", IPKIND_LINK_LOCAL, "RFC 4291"},
    {"febf::1", IPKIND_LINK_LOCAL, "RFC 4291"},
    {"fec0::1", IPKIND_PRIVATE, "RFC 3879"},
    {"ff02::1", IPKIND_MULTICAST, "RFC 4291"},
};

static void test_rows(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        enum ipkind kind = IPKIND_COUNT;
        const char *source = "none";
        g_test_message("%s", rows[i].address);
        g_assert_true(ipkind_of(rows[i].address, &kind, &source));
        g_assert_cmpstr(ipkind_name(kind), ==, ipkind_name(rows[i].kind));
        g_assert_cmpstr(source, ==, rows[i].source);
    }
}

static void test_no_address(void)
{
    static const char *const bad[] = {
        "", "mail.example.org", "10.0.0", "10.0.0.1%eth0", "10.0.0.256", "::g", "[::1]"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        enum ipkind kind = IPKIND_COUNT;
        g_assert_false(ipkind_of(bad[i], &kind, NULL));
        g_assert_cmpint(kind, ==, IPKIND_COUNT);
    }
}

static void test_sentence(void)
{
    static const struct {
        const char *address, *sentence;
    } said[] = {
        {"10.0.1.2", "10.0.1.2 is private (RFC 1918): a router translates it"},
        {"8.8.8.8", "8.8.8.8 is a public address"},
        {"100.64.1.1", "100.64.1.1 is behind the address translation of a provider (RFC 6598): "
                       "nobody outside can open a connection to it"},
        {"fd00::2", "fd00::2 is private (RFC 4193): a router translates it"},
        {"mail", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(said); i++) {
        g_autofree char *sentence = ipkind_sentence(said[i].address);
        g_assert_cmpstr(sentence, ==, said[i].sentence);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *sentence = ipkind_sentence(rows[i].address);
        g_assert_true(g_str_has_prefix(sentence, rows[i].address));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ipkind/of/each-network-and-its-edges", test_rows);
    g_test_add_func("/ipkind/of/what-is-no-address", test_no_address);
    g_test_add_func("/ipkind/sentence", test_sentence);
    return g_test_run();
}

/* The judgements on this machine's network: pictures of the kernel's tables in, findings out.
 */
#include "config.h"

#include "doctor/local_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* ---- a picture ---- */

static struct doctor_finding *finding(void)
{
    struct doctor_finding *f = g_new0(struct doctor_finding, 1);
    f->evidence = g_ptr_array_new_with_free_func(g_free);
    f->transcript = g_ptr_array_new_with_free_func(g_free);
    return f;
}

static void finding_end(struct doctor_finding *f)
{
    g_free(f->text);
    g_free(f->next);
    g_ptr_array_unref(f->evidence);
    g_ptr_array_unref(f->transcript);
    g_free(f);
}

static struct local_picture picture(void)
{
    struct netlink_link lo = {
        .index = 1, .name = "lo", .is_up = TRUE, .has_carrier = TRUE, .is_loopback = TRUE};
    struct local_picture p = {.links = g_array_new(FALSE, TRUE, sizeof(struct netlink_link)),
                              .addresses =
                                  g_array_new(FALSE, TRUE, sizeof(struct netlink_address))};
    g_array_append_val(p.links, lo);
    return p;
}

/* "eth0": U up, C carrier. */
static void add_link(struct local_picture *p, int index, const char *name, const char *kind,
                     const char *flags)
{
    struct netlink_link link = {.index = index,
                                .is_up = strchr(flags, 'U') != NULL,
                                .has_carrier = strchr(flags, 'C') != NULL,
                                .has_neighbours = TRUE,
                                .mtu = 1500};
    g_strlcpy(link.name, name, sizeof link.name);
    g_strlcpy(link.kind, kind, sizeof link.kind);
    g_array_append_val(p->links, link);
}

/* D duplicate, T tentative, L of link scope. */
static void add_address(struct local_picture *p, int index, const char *text, int prefix,
                        const char *flags)
{
    struct netlink_address a = {.index = index,
                                .prefix = prefix,
                                .is_duplicate = strchr(flags, 'D') != NULL,
                                .is_tentative = strchr(flags, 'T') != NULL,
                                .is_link_scope = strchr(flags, 'L') != NULL};
    g_assert_true(netlink_ip_parse(text, &a.ip));
    g_array_append_val(p->addresses, a);
}

/* ---- machine ---- */

struct machine_row {
    const char *name, *kind, *flags, *address, *address_flags;
    int prefix;
    enum doctor_result result;
    const char *code, *text;
};

static const struct machine_row machines[] = {
    {"eth0", "", "UC", "10.0.1.2", "", 24, DOCTOR_OK, NULL, "up, with an address: eth0"},
    {"eth0", "", "UC", "2001:db8::2", "", 64, DOCTOR_OK, NULL, "up, with an address: eth0"},
    {"br0", "bridge", "UC", "10.0.1.2", "", 24, DOCTOR_OK, NULL, "up, with an address: br0"},
    {NULL, NULL, NULL, NULL, NULL, 0, DOCTOR_FAIL, "no-interface",
     "this machine has no network interface but its own loopback"},
    {"eth0", "", "", NULL, NULL, 0, DOCTOR_FAIL, "down",
     "no interface is up: eth0 is switched off"},
    {"eth0", "", "", "10.0.1.2", "", 24, DOCTOR_FAIL, "down",
     "no interface is up: eth0 is switched off"},
    {"eth0", "", "U", "10.0.1.2", "", 24, DOCTOR_FAIL, "no-carrier",
     "eth0 has no carrier: the cable is unplugged, the switch's port is off, or the radio is "
     "not "
     "joined"},
    {"eth0", "", "UC", "169.254.9.9", "", 16, DOCTOR_FAIL, "no-lease",
     "eth0 has only an address of 169.254.0.0/16, which it gave to itself: no DHCP lease came"},
    {"eth0", "", "UC", "fe80::1", "L", 64, DOCTOR_FAIL, "no-address",
     "eth0 is up, but has no address: no DHCP lease came, or none was set"},
    {"eth0", "", "UC", "2001:db8::2", "T", 64, DOCTOR_FAIL, "no-address",
     "eth0 is up, but has no address: no DHCP lease came, or none was set"},
};

static void test_machine(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(machines); i++) {
        const struct machine_row *row = &machines[i];
        struct local_picture p = picture();
        struct doctor_finding *f = finding();
        if (row->name)
            add_link(&p, 2, row->name, row->kind, row->flags);
        if (row->address)
            add_address(&p, 2, row->address, row->prefix, row->address_flags);
        local_judge_machine(&p, f);
        g_assert_cmpstr(f->text, ==, row->text);
        g_assert_cmpint(f->result, ==, row->result);
        g_assert_cmpstr(f->code, ==, row->code);
        g_assert_cmpint(f->next != NULL, ==, row->result == DOCTOR_FAIL);
        finding_end(f);
        local_picture_clear(&p);
    }
}

/* What is told of several is the one nearest to working, and a real one. */
static void test_machine_nearest(void)
{
    struct local_picture p = picture();
    const char *code = NULL;
    add_link(&p, 2, "eth0", "", "");
    add_link(&p, 3, "eth1", "", "U");
    add_link(&p, 4, "docker0", "bridge", "UC");
    g_autofree char *why = local_why_offline(&p, &code);
    g_assert_cmpstr(code, ==, "no-carrier");
    g_assert_true(g_str_has_prefix(why, "eth1 "));
    /* Containers' bridge alone: nothing else leads anywhere. */
    add_address(&p, 4, "172.17.0.1", 16, "");
    g_autofree char *still = local_why_offline(&p, NULL);
    g_assert_cmpstr(still, ==, why);
    local_picture_clear(&p);
}

static void test_machine_duplicate(void)
{
    struct local_picture p = picture();
    struct doctor_finding *f = finding();
    add_link(&p, 2, "eth0", "", "UC");
    add_address(&p, 2, "10.0.1.2", 24, "");
    add_address(&p, 2, "2001:db8::2", 64, "D");
    local_judge_machine(&p, f);
    g_assert_cmpint(f->result, ==, DOCTOR_WARN);
    g_assert_cmpstr(f->text, ==,
                    "another machine has the address 2001:db8::2, too: eth0 does not use it");
    finding_end(f);
    local_picture_clear(&p);
}

/* ---- own address ---- */

static void test_addresses(void)
{
    static const struct {
        const char *first, *second;
        gboolean is_peer_public;
        enum doctor_result result;
        const char *text;
    } rows[] = {
        {"10.0.1.2", NULL, TRUE, DOCTOR_OK,
         "10.0.1.2 is private (RFC 1918): a router translates it"},
        {"192.168.3.4", "2a00:1450::2", TRUE, DOCTOR_OK,
         "192.168.3.4 is private (RFC 1918): a router translates it; 2a00:1450::2 is a public "
         "address"},
        {"100.64.0.9", NULL, TRUE, DOCTOR_OK,
         "100.64.0.9 is behind the address translation of a provider (RFC 6598): nobody "
         "outside "
         "can open a connection to it"},
        {"198.51.100.7", NULL, TRUE, DOCTOR_WARN,
         "198.51.100.7 is meant for examples and tests (RFC 5737): nobody outside can answer "
         "to "
         "it"},
        {"198.51.100.7", NULL, FALSE, DOCTOR_OK,
         "198.51.100.7 is meant for examples and tests (RFC 5737): nobody outside can answer "
         "to "
         "it"},
        {NULL, NULL, TRUE, DOCTOR_SKIP, "no address of this machine leads to others"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) sources = g_ptr_array_new();
        struct doctor_finding *f = finding();
        if (rows[i].first)
            g_ptr_array_add(sources, (char *)rows[i].first);
        if (rows[i].second)
            g_ptr_array_add(sources, (char *)rows[i].second);
        local_judge_addresses(sources, rows[i].is_peer_public, f);
        g_assert_cmpstr(f->text, ==, rows[i].text);
        g_assert_cmpint(f->result, ==, rows[i].result);
        finding_end(f);
    }
}

/* ---- route ---- */

static struct local_picture usual(void)
{
    struct local_picture p = picture();
    add_link(&p, 2, "eth0", "", "UC");
    add_address(&p, 2, "10.0.1.2", 24, "");
    add_address(&p, 2, "fe80::2", 64, "L");
    return p;
}

static struct netlink_route route_of(enum netlink_way way, int error, const char *gateway)
{
    struct netlink_route r = {.way = way, .error = error, .prefix = -1};
    if (way != NETLINK_WAY_NONE) {
        r.index = 2;
        g_strlcpy(r.device, "eth0", sizeof r.device);
        g_assert_true(netlink_ip_parse("10.0.1.2", &r.source));
    }
    if (gateway)
        g_assert_true(netlink_ip_parse(gateway, &r.gateway));
    return r;
}

static void test_route(void)
{
    static const struct {
        enum netlink_way way;
        int error;
        const char *gateway;
        enum doctor_result result;
        const char *code, *text;
    } rows[] = {
        {NETLINK_WAY_SELF, 0, NULL, DOCTOR_OK, NULL,
         "10.9.9.9 is this machine itself: no packet leaves it"},
        {NETLINK_WAY_LINK, 0, NULL, DOCTOR_OK, NULL,
         "10.9.9.9 is in the local network, no router: from 10.0.1.2 on eth0"},
        {NETLINK_WAY_GATEWAY, 0, "10.0.1.1", DOCTOR_OK, NULL,
         "to 10.9.9.9 through 10.0.1.1 from 10.0.1.2 on eth0"},
        {NETLINK_WAY_BROADCAST, 0, NULL, DOCTOR_FAIL, "broadcast",
         "10.9.9.9 is the address of a whole network or group, not of a machine"},
        {NETLINK_WAY_NONE, ENETUNREACH, NULL, DOCTOR_FAIL, "no-route",
         "no default route: nothing here leads to 10.9.9.9"},
        {NETLINK_WAY_NONE, EACCES, NULL, DOCTOR_FAIL, "prohibited",
         "a prohibit route or rule of this machine forbids packets to 10.9.9.9"},
        {NETLINK_WAY_NONE, EHOSTUNREACH, NULL, DOCTOR_FAIL, "unreachable",
         "a route of this machine says that 10.9.9.9 is unreachable"},
        {NETLINK_WAY_NONE, EINVAL, NULL, DOCTOR_FAIL, "blackhole",
         "a blackhole route of this machine swallows packets to 10.9.9.9"},
        {NETLINK_WAY_NONE, EAFNOSUPPORT, NULL, DOCTOR_FAIL, "no-ipv6",
         "10.9.9.9 is an IPv6 address, and this machine has no IPv6"},
    };
    struct local_picture p = usual();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct doctor_finding *f = finding();
        struct netlink_route r = route_of(rows[i].way, rows[i].error, rows[i].gateway);
        local_judge_route("10.9.9.9", &r, &p, f);
        g_assert_cmpstr(f->text, ==, rows[i].text);
        g_assert_cmpint(f->result, ==, rows[i].result);
        g_assert_cmpstr(f->code, ==, rows[i].code);
        finding_end(f);
    }
    local_picture_clear(&p);
}

static void test_route_without_carrier(void)
{
    struct local_picture p = picture();
    struct doctor_finding *f = finding();
    struct netlink_route r = route_of(NETLINK_WAY_GATEWAY, 0, "10.0.1.1");
    add_link(&p, 2, "eth0", "", "U");
    add_address(&p, 2, "10.0.1.2", 24, "");
    local_judge_route("10.9.9.9", &r, &p, f);
    g_assert_cmpstr(f->code, ==, "no-carrier");
    finding_end(f);
    f = finding();
    r = route_of(NETLINK_WAY_NONE, ENETUNREACH, NULL);
    local_judge_route("10.9.9.9", &r, &p, f);
    g_assert_cmpstr(f->code, ==, "no-route");
    g_assert_nonnull(strstr(f->text, "; eth0 has no carrier"));
    finding_end(f);
    local_picture_clear(&p);
}

/* ---- neighbour ---- */

static void test_neighbour(void)
{
    static const struct {
        const char *gateway;
        enum netlink_seen seen;
        gboolean is_answered;
        enum doctor_result result;
        const char *code, *text;
    } rows[] = {
        {"10.0.1.1", NETLINK_SEEN_REACHABLE, FALSE, DOCTOR_OK, NULL,
         "router 10.0.1.1 is 0a:a4:95:01:02:03, REACHABLE"},
        {"10.0.1.1", NETLINK_SEEN_STALE, TRUE, DOCTOR_OK, NULL,
         "router 10.0.1.1 is 0a:a4:95:01:02:03, STALE"},
        {"10.0.1.1", NETLINK_SEEN_PERMANENT, FALSE, DOCTOR_OK, NULL,
         "10.0.1.1 is 0a:a4:95:01:02:03 by an entry that was written by hand (PERMANENT): "
         "nobody "
         "checks it"},
        {"10.0.1.1", NETLINK_SEEN_FAILED, FALSE, DOCTOR_FAIL, "router-silent",
         "the router 10.0.1.1 does not answer ARP on eth0: cable, VLAN or wrong gateway"},
        {"10.0.1.1", NETLINK_SEEN_INCOMPLETE, FALSE, DOCTOR_FAIL, "router-silent",
         "the router 10.0.1.1 does not answer ARP on eth0: cable, VLAN or wrong gateway"},
        {"fe80::1", NETLINK_SEEN_FAILED, FALSE, DOCTOR_FAIL, "router-silent",
         "the router fe80::1 does not answer NDP on eth0: cable, VLAN or wrong gateway"},
        {"10.0.2.1", NETLINK_SEEN_FAILED, FALSE, DOCTOR_FAIL, "netmask",
         "the router 10.0.2.1 does not answer ARP on eth0, and lies in none of its networks "
         "(10.0.1.2/24): the gateway or the netmask is wrong"},
        {"10.0.1.1", NETLINK_SEEN_NONE, FALSE, DOCTOR_SKIP, NULL,
         "10.0.1.1 was not looked for: this machine lets no packet to it out"},
        {NULL, NETLINK_SEEN_REACHABLE, FALSE, DOCTOR_OK, NULL,
         "10.0.1.7 is 0a:a4:95:01:02:03, REACHABLE"},
        {NULL, NETLINK_SEEN_FAILED, FALSE, DOCTOR_FAIL, "host-silent",
         "10.0.1.7 does not answer ARP on eth0, where 10.0.1.2/24 takes it for local: it is "
         "switched off, or the netmask is wrong"},
    };
    struct local_picture p = usual();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct doctor_finding *f = finding();
        struct netlink_route r = route_of(
            rows[i].gateway ? NETLINK_WAY_GATEWAY : NETLINK_WAY_LINK, 0, rows[i].gateway);
        struct local_neighbour n = {.address = rows[i].gateway ? "10.9.9.9" : "10.0.1.7",
                                    .route = &r,
                                    .who = {.seen = rows[i].seen, .mac = "0a:a4:95:01:02:03"},
                                    .is_answered = rows[i].is_answered};
        local_judge_neighbour(&n, &p, f);
        g_assert_cmpstr(f->text, ==, rows[i].text);
        g_assert_cmpint(f->result, ==, rows[i].result);
        g_assert_cmpstr(f->code, ==, rows[i].code);
        finding_end(f);
    }
    local_picture_clear(&p);
}

/* However a ping ends, it is no reason why mail would not go out. */
static void test_ping(void)
{
    static const struct {
        struct ping ping;
        enum doctor_result result;
        const char *text;
    } rows[] = {
        {{.is_allowed = TRUE, .n_sent = 1, .is_answered = TRUE, .took_us = 140},
         DOCTOR_OK,
         "10.9.9.9 answers a ping after 0.14 ms"},
        {{.is_allowed = TRUE, .n_sent = 3},
         DOCTOR_SKIP,
         "10.9.9.9 does not answer a ping, and no ping answer proves nothing: many drop it"},
        {{.problem = EACCES},
         DOCTOR_SKIP,
         "a ping is not allowed here (net.ipv4.ping_group_range): Permission denied; nothing "
         "depends on it"},
        {{.is_allowed = TRUE, .n_sent = 1, .problem = EHOSTUNREACH},
         DOCTOR_SKIP,
         "no ping could be sent to 10.9.9.9: No route to host; that proves nothing, as many "
         "refuse it"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct doctor_finding *f = finding();
        local_judge_ping("10.9.9.9", &rows[i].ping, f);
        g_assert_cmpstr(f->text, ==, rows[i].text);
        g_assert_cmpint(f->result, ==, rows[i].result);
        finding_end(f);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/doctor/machine/one-interface", test_machine);
    g_test_add_func("/doctor/machine/nearest-to-working", test_machine_nearest);
    g_test_add_func("/doctor/machine/duplicate-address", test_machine_duplicate);
    g_test_add_func("/doctor/own-address/kinds", test_addresses);
    g_test_add_func("/doctor/route/every-way", test_route);
    g_test_add_func("/doctor/route/no-carrier", test_route_without_carrier);
    g_test_add_func("/doctor/neighbour/every-state", test_neighbour);
    g_test_add_func("/doctor/ping/never-fails", test_ping);
    return g_test_run();
}

/*
 * Check 5: which way a packet to the host takes, as the kernel's tables say. The first address
 * of the host that has a way is the one that later checks speak to. No packet is sent.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "doctor/choose.h"
#include "doctor/local_private.h"

char *local_networks(const struct local_picture *p, int index, const struct netlink_ip *ip,
                     gboolean holding)
{
    GString *text = g_string_new(NULL);
    int narrowest = -1;
    for (guint i = 0; i < p->addresses->len; i++) {
        const struct netlink_address *a =
            &g_array_index(p->addresses, struct netlink_address, i);
        char own[NETLINK_TEXT];
        if (a->index != index || a->ip.family != ip->family ||
            (holding ? a->prefix <= narrowest || !netlink_ip_within(ip, &a->ip, a->prefix)
                     : a->is_link_scope))
            continue;
        if (holding)
            g_string_truncate(text, 0);
        narrowest = a->prefix;
        g_string_append_printf(text, "%s%s/%d", text->len > 0 ? ", " : "",
                               netlink_ip_text(&a->ip, own), a->prefix);
    }
    return g_string_free(text, FALSE);
}

/* ---- the judgement ---- */

static void say_no_route(const char *address, const struct netlink_route *route,
                         const struct local_picture *p, struct doctor_finding *f)
{
    g_autofree char *offline = local_why_offline(p, NULL);
    switch (route->error) {
    case EACCES:
        doctor_say(f, DOCTOR_FAIL, DOCTOR_ADMIN, "prohibited",
                   g_strdup_printf(_("a prohibit route or rule of this machine forbids packets "
                                     "to %s"),
                                   address),
                   g_strdup(_("Take it out of the routing table: `ip route` and `ip rule` show "
                              "it.")));
        break;
    case EHOSTUNREACH:
        doctor_say(
            f, DOCTOR_FAIL, DOCTOR_ADMIN, "unreachable",
            g_strdup_printf(_("a route of this machine says that %s is unreachable"), address),
            g_strdup(_("Take the unreachable route out of the routing table.")));
        break;
    case EINVAL:
        doctor_say(f, DOCTOR_FAIL, DOCTOR_ADMIN, "blackhole",
                   g_strdup_printf(_("a blackhole route of this machine swallows packets to "
                                     "%s"),
                                   address),
                   g_strdup(_("Take the blackhole route out of the routing table.")));
        break;
    case EAFNOSUPPORT:
        doctor_say(
            f, DOCTOR_FAIL, DOCTOR_ADMIN, "no-ipv6",
            g_strdup_printf(_("%s is an IPv6 address, and this machine has no IPv6"), address),
            g_strdup(_("Name a host that has an IPv4 address, or switch IPv6 on.")));
        break;
    default:
        doctor_say(
            f, DOCTOR_FAIL, DOCTOR_ADMIN, "no-route",
            offline ? g_strdup_printf(_("no default route: nothing here leads to %s; "
                                        "%s"),
                                      address, offline)
                    : g_strdup_printf(_("no default route: nothing here leads to %s"), address),
            g_strdup(_("Set the default gateway of this machine, or ask its DHCP server "
                       "again.")));
    }
}

static void say_way(const char *address, const struct netlink_route *route,
                    struct doctor_finding *f)
{
    char source[NETLINK_TEXT], gateway[NETLINK_TEXT];
    netlink_ip_text(&route->source, source);
    netlink_ip_text(&route->gateway, gateway);
    switch (route->way) {
    case NETLINK_WAY_SELF:
        doctor_ok(
            f, g_strdup_printf(_("%s is this machine itself: no packet leaves it"), address));
        break;
    case NETLINK_WAY_LINK:
        doctor_ok(f, g_strdup_printf(_("%s is in the local network, no router: from %s on %s"),
                                     address, source, route->device));
        break;
    case NETLINK_WAY_GATEWAY:
        doctor_ok(f, g_strdup_printf(_("to %s through %s from %s on %s"), address, gateway,
                                     source, route->device));
        break;
    default:
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "broadcast",
                   g_strdup_printf(_("%s is the address of a whole network or group, not of a "
                                     "machine"),
                                   address),
                   g_strdup(_("Correct the server's address.")));
    }
}

static void note_route(const char *address, const struct netlink_route *route,
                       const struct local_picture *p, struct doctor_finding *f)
{
    const struct netlink_ip *via = &route->gateway;
    char gateway[NETLINK_TEXT];
    g_autofree char *networks = local_networks(p, route->index, via, FALSE);
    g_autofree char *holding = local_networks(p, route->index, via, TRUE);
    if (route->way == NETLINK_WAY_NONE)
        doctor_evidence(f, "%s: %s", address, g_strerror(route->error));
    if (route->prefix >= 0)
        doctor_evidence(f, _("%s: matched a route of %d bits"), address, route->prefix);
    if (route->mtu > 0)
        doctor_evidence(f, _("%s: the route has an MTU of its own, %d"), address, route->mtu);
    if (route->way == NETLINK_WAY_GATEWAY && *networks && !*holding)
        doctor_evidence(f, _("%s: the gateway %s lies in none of the networks of %s: %s"),
                        address, netlink_ip_text(via, gateway), route->device, networks);
}

void local_judge_route(const char *address, const struct netlink_route *route,
                       const struct local_picture *p, struct doctor_finding *f)
{
    const struct netlink_link *link = netlink_link_of(p->links, route->index);
    note_route(address, route, p, f);
    if (route->way == NETLINK_WAY_NONE)
        say_no_route(address, route, p, f);
    else if (link && !link->is_loopback && route->way != NETLINK_WAY_SELF && link->is_up &&
             !link->has_carrier)
        doctor_say(
            f, DOCTOR_FAIL, DOCTOR_ADMIN, "no-carrier",
            g_strdup_printf(_("the way to %s is by %s, which has no carrier: the cable is "
                              "unplugged, or the switch's port is off"),
                            address, route->device),
            g_strdup(_("Plug the cable in, or switch the port on.")));
    else
        say_way(address, route, f);
}

/* ---- the check ---- */

static void take_facts(struct doctor_facts *facts, const char *address,
                       const struct netlink_route *route)
{
    char text[NETLINK_TEXT];
    facts->address = address;
    facts->is_ipv6 = strchr(address, ':') != NULL;
    facts->is_loopback = route->way == NETLINK_WAY_SELF;
    doctor_fact(&facts->source,
                route->source.family ? netlink_ip_text(&route->source, text) : NULL);
    doctor_fact(&facts->device, *route->device ? route->device : NULL);
    doctor_fact(&facts->gateway,
                route->gateway.family ? netlink_ip_text(&route->gateway, text) : NULL);
}

/* An address of the host, and the way there. */
struct candidate {
    const char *address; /* borrowed from the facts */
    struct netlink_route route;
};

/* Those with a way; without any the first address alone. FALSE: the kernel does not say. */
static gboolean find_ways(struct netlink *n, const GPtrArray *addresses,
                          const struct local_picture *p, GArray *ret, struct doctor_finding *f,
                          GError **error)
{
    struct candidate first = {0};
    for (guint i = 0; i < addresses->len; i++) {
        struct netlink_ip ip;
        struct candidate c = {.address = addresses->pdata[i]};
        if (!netlink_ip_parse(c.address, &ip))
            continue;
        if (!netlink_way_to(n, &ip, &c.route, error))
            return FALSE;
        if (c.route.way != NETLINK_WAY_NONE)
            g_array_append_val(ret, c);
        else if (!first.address)
            first = c;
        else
            note_route(c.address, &c.route, p, f);
    }
    if (ret->len == 0 && first.address)
        g_array_append_val(ret, first);
    else if (first.address)
        note_route(first.address, &first.route, p, f);
    return TRUE;
}

/* That connections fall back at once after a refusal hurts nobody; silence delays each of them.
 */
static gboolean say_broken(const struct doctor *d, const char *address, const char *first,
                           const struct probe_answer *answer, struct doctor_finding *f)
{
    g_autofree char *how = choose_words(answer);
    doctor_evidence(f, _("%s: %s, so %s is spoken to"), first, how, address);
    if (answer->end == PROBE_REFUSED)
        return FALSE;
    doctor_say(f, DOCTOR_WARN, DOCTOR_NETWORK, "one-address",
               g_strdup_printf(_("%s is reached at %s only: at %s, which comes first, no "
                                 "connection to port %u comes up (%s)"),
                               d->subject->host, address, first, d->subject->port, how),
               g_strdup(_("Mend the way to the other address, or have it taken out of the DNS: "
                          "each connection waits for it.")));
    return TRUE;
}

static void choose(struct doctor *d, const GArray *ways, const struct local_picture *p,
                   struct doctor_finding *f)
{
    struct probe_answer answer;
    gint64 begun = clock_mono_us();
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    for (guint i = 0; i < ways->len; i++)
        g_ptr_array_add(addresses, (char *)g_array_index(ways, struct candidate, i).address);
    guint chosen = choose_address(addresses, d->subject->port, &answer);
    const struct candidate *c = &g_array_index(ways, struct candidate, chosen);
    take_facts(&d->facts, c->address, &c->route);
    d->facts.was_silent =
        chosen == 0 && clock_mono_us() - begun >= CHOOSE_WAIT_MS * (gint64)1000;
    if (chosen == 0 || !say_broken(d, c->address, addresses->pdata[0], &answer, f))
        local_judge_route(c->address, &c->route, p, f);
}

void doctor_check_route(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) ways = g_array_new(FALSE, FALSE, sizeof(struct candidate));
    struct local_picture p = {0};
    const GPtrArray *addresses = d->facts.addresses;
    if (!addresses || addresses->len == 0) {
        doctor_pass(f, g_strdup(_("no address of the host is known")));
        return;
    }
    struct netlink *n = local_picture_take(&p, &error) ? netlink_open(&error) : NULL;
    if (n && find_ways(n, addresses, &p, ways, f, &error) && ways->len > 0)
        choose(d, ways, &p, f);
    else
        doctor_pass(f, g_strdup(error ? error->message : _("the way is not known")));
    netlink_close(n);
    local_picture_clear(&p);
}

/*
 * Checks 6 and 7: whether the first machine on the way is there, by what the kernel learned of
 * it, and whether the host answers an echo. That one proves something only when it does.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/i18n.h"
#include "doctor/local_private.h"

/* ---- neighbour ---- */

/* How neighbours are found: ARP, or with IPv6 neighbour discovery. */
static const char *protocol_of(int family)
{
    return family == AF_INET ? "ARP" : "NDP";
}

static void say_router_silent(const struct local_neighbour *n, const struct local_picture *p,
                              const char *who, struct doctor_finding *f)
{
    const struct netlink_ip *gateway = &n->route->gateway;
    g_autofree char *networks = local_networks(p, n->route->index, gateway, FALSE);
    g_autofree char *holding = local_networks(p, n->route->index, gateway, TRUE);
    if (*networks && !*holding)
        doctor_say(f, DOCTOR_FAIL, DOCTOR_ADMIN, "netmask",
                   g_strdup_printf(_("the router %s does not answer %s on %s, and lies in none "
                                     "of its networks (%s): the gateway or the netmask is "
                                     "wrong"),
                                   who, protocol_of(gateway->family), n->route->device,
                                   networks),
                   g_strdup(_("Correct address, netmask or gateway of this machine.")));
    else
        doctor_say(
            f, DOCTOR_FAIL, DOCTOR_NETWORK, "router-silent",
            g_strdup_printf(_("the router %s does not answer %s on %s: cable, VLAN or "
                              "wrong gateway"),
                            who, protocol_of(gateway->family), n->route->device),
            g_strdup(_("Check that the router is on, that the cable and the VLAN are the "
                       "right ones, and that this is its address.")));
}

static void say_host_silent(const struct local_neighbour *n, const struct local_picture *p,
                            const struct netlink_ip *ip, struct doctor_finding *f)
{
    g_autofree char *networks = local_networks(p, n->route->index, ip, TRUE);
    doctor_say(
        f, DOCTOR_FAIL, DOCTOR_SERVER, "host-silent",
        g_strdup_printf(_("%s does not answer %s on %s, where %s takes it for local: it "
                          "is switched off, or the netmask is wrong"),
                        n->address, protocol_of(ip->family), n->route->device,
                        *networks ? networks : n->route->device),
        g_strdup(_("Check that the server is on; when it is not in this network, correct "
                   "the netmask of this machine.")));
}

/* `is_router`: it is the gateway. */
static void say_seen(const struct local_neighbour *n, const char *who, gboolean is_router,
                     struct doctor_finding *f)
{
    const char *seen = netlink_seen_name(n->who.seen);
    if (n->who.seen == NETLINK_SEEN_PERMANENT && !n->is_answered)
        doctor_ok(f, g_strdup_printf(_("%s is %s by an entry that was written by hand (%s): "
                                       "nobody checks it"),
                                     who, n->who.mac, seen));
    else if (is_router)
        doctor_ok(f, g_strdup_printf(_("router %s is %s, %s"), who, n->who.mac, seen));
    else
        doctor_ok(f, g_strdup_printf(_("%s is %s, %s"), who, n->who.mac, seen));
}

void local_judge_neighbour(const struct local_neighbour *n, const struct local_picture *p,
                           struct doctor_finding *f)
{
    char gateway[NETLINK_TEXT];
    struct netlink_ip ip = n->route->gateway;
    gboolean is_router = ip.family != 0;
    const char *who = is_router ? netlink_ip_text(&ip, gateway) : n->address;
    if (!is_router)
        netlink_ip_parse(n->address, &ip);
    doctor_evidence(f, "%s on %s: %s %s%s", who, n->route->device,
                    *n->who.mac ? n->who.mac : "-", netlink_seen_name(n->who.seen),
                    n->is_answered ? ", ICMP came back" : "");
    switch (n->who.seen) {
    case NETLINK_SEEN_FAILED:
    case NETLINK_SEEN_INCOMPLETE:
        if (is_router)
            say_router_silent(n, p, who, f);
        else
            say_host_silent(n, p, &ip, f);
        break;
    case NETLINK_SEEN_NONE:
        doctor_pass(f,
                    g_strdup_printf(_("%s was not looked for: this machine lets no packet to "
                                      "it out"),
                                    who));
        break;
    default:
        say_seen(n, who, is_router, f);
    }
}

static void look_for(struct doctor *d, struct netlink *n, struct doctor_finding *f)
{
    g_autoptr(GError) error = NULL;
    struct netlink_route route = {0};
    struct netlink_ip to;
    struct local_picture p = {0};
    struct local_neighbour seen = {.address = d->facts.address, .route = &route};
    if (!netlink_ip_parse(d->facts.address, &to) || !netlink_way_to(n, &to, &route, &error) ||
        !local_picture_take(&p, &error)) {
        doctor_pass(f, g_strdup(error ? error->message : _("the way is not known")));
        return;
    }
    const struct netlink_link *link = netlink_link_of(p.links, route.index);
    const struct netlink_ip *who = route.gateway.family ? &route.gateway : &to;
    if (route.way != NETLINK_WAY_LINK && route.way != NETLINK_WAY_GATEWAY)
        doctor_pass(f, g_strdup_printf(_("%s is this machine itself: nobody is in between"),
                                       d->facts.address));
    else if (!link || !link->has_neighbours)
        doctor_pass(f, g_strdup_printf(_("%s leads to one machine only: nobody is looked for"),
                                       route.device));
    else if (!ping_neighbour(n, &to, route.index, who, &seen.who, &seen.is_answered, &error))
        doctor_pass(f, g_strdup(error->message));
    else
        local_judge_neighbour(&seen, &p, f);
    local_picture_clear(&p);
}

void doctor_check_neighbour(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GError) error = NULL;
    struct netlink *n = d->facts.address ? netlink_open(&error) : NULL;
    if (n)
        look_for(d, n, f);
    else
        doctor_pass(f, g_strdup(error ? error->message : _("no address of the host is known")));
    netlink_close(n);
}

/* ---- ping ---- */

void local_judge_ping(const char *address, const struct ping *ping, struct doctor_finding *f)
{
    if (ping->is_answered)
        doctor_ok(f, g_strdup_printf(_("%s answers a ping after %.2f ms"), address,
                                     (double)ping->took_us / 1000));
    else if (!ping->is_allowed)
        doctor_pass(f, g_strdup_printf(_("a ping is not allowed here (net.ipv4."
                                         "ping_group_range): %s; nothing depends on it"),
                                       g_strerror(ping->problem)));
    else if (ping->problem != 0)
        doctor_pass(f, g_strdup_printf(_("no ping could be sent to %s: %s; that proves "
                                         "nothing, as many refuse it"),
                                       address, g_strerror(ping->problem)));
    else
        doctor_pass(f, g_strdup_printf(_("%s does not answer a ping, and no ping answer proves "
                                         "nothing: many drop it"),
                                       address));
}

void doctor_check_ping(struct doctor *d, struct doctor_finding *f)
{
    struct netlink_ip to;
    if (!d->facts.address || !netlink_ip_parse(d->facts.address, &to)) {
        doctor_pass(f, g_strdup(_("no address of the host is known")));
        return;
    }
    struct ping ping = ping_echo(&to);
    doctor_evidence(f, "%d sent, %s", ping.n_sent,
                    ping.is_answered    ? "answered"
                    : ping.problem != 0 ? g_strerror(ping.problem)
                                        : "no answer");
    local_judge_ping(d->facts.address, &ping, f);
}

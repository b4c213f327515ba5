/*
 * Check 2: is this machine on a network at all? Only the kernel is asked. Which way a packet
 * takes is for the check of the route.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "base/ipkind.h"
#include "base/text.h"
#include "doctor/local_private.h"
#include "net/names.h"

#define MAX_NAMED 4
#define NAMES_WAIT_US (2 * CLOCK_SECOND_US) /* without a network there is no name server */

gboolean local_picture_take(struct local_picture *ret, GError **error)
{
    struct netlink *n = netlink_open(error);
    struct local_picture p = {0};
    if (!n)
        return FALSE;
    p.links = netlink_links(n, error);
    p.addresses = p.links ? netlink_addresses(n, error) : NULL;
    netlink_close(n);
    if (!p.addresses) {
        local_picture_clear(&p);
        return FALSE;
    }
    *ret = p;
    return TRUE;
}

void local_picture_clear(struct local_picture *p)
{
    g_clear_pointer(&p->links, g_array_unref);
    g_clear_pointer(&p->addresses, g_array_unref);
}

/* ---- what is of use ---- */

static enum ipkind kind_of(const struct netlink_ip *ip)
{
    char text[NETLINK_TEXT];
    enum ipkind kind = IPKIND_RESERVED;
    ipkind_of(netlink_ip_text(ip, text), &kind, NULL);
    return kind;
}

gboolean local_is_usable_address(const struct netlink_address *a)
{
    enum ipkind kind = kind_of(&a->ip);
    return !a->is_duplicate && !a->is_tentative && kind != IPKIND_LINK_LOCAL &&
           kind != IPKIND_LOOPBACK;
}

/* How many of the link's addresses are of use (`is_usable`), or would be but for their kind. */
static int count_addresses(const struct local_picture *p, int index, gboolean is_usable)
{
    int n = 0;
    for (guint i = 0; i < p->addresses->len; i++) {
        const struct netlink_address *a =
            &g_array_index(p->addresses, struct netlink_address, i);
        if (a->index != index)
            continue;
        n += is_usable ? local_is_usable_address(a)
                       : a->ip.family == AF_INET && kind_of(&a->ip) == IPKIND_LINK_LOCAL;
    }
    return n;
}

gboolean local_is_usable(const struct local_picture *p, const struct netlink_link *link)
{
    return link->is_up && link->has_carrier && !link->is_loopback &&
           count_addresses(p, link->index, TRUE) > 0;
}

/* ---- why none is ---- */

/* What is wrong with a link, the nearest to working first. */
enum fault { NO_LEASE, NO_ADDRESS, NO_CARRIER, SWITCHED_OFF, FAULT_COUNT };

static enum fault fault_of(const struct local_picture *p, const struct netlink_link *link)
{
    if (!link->is_up)
        return SWITCHED_OFF;
    if (!link->has_carrier)
        return NO_CARRIER;
    return count_addresses(p, link->index, FALSE) > 0 ? NO_LEASE : NO_ADDRESS;
}

/* 0: a device, or what stands for one; 1: what the machine made for itself, as bridges of
 * containers and tunnels. */
static int rank_of(const struct netlink_link *link)
{
    static const char *const real[] = {"", "bond", "vlan", "veth", "team", "macvlan", "ipvlan"};
    for (gsize i = 0; i < G_N_ELEMENTS(real); i++)
        if (strcmp(link->kind, real[i]) == 0)
            return 0;
    return 1;
}

static const struct netlink_link *find_nearest(const struct local_picture *p)
{
    const struct netlink_link *best = NULL;
    int best_score = 0;
    for (guint i = 0; i < p->links->len; i++) {
        const struct netlink_link *link = &g_array_index(p->links, struct netlink_link, i);
        int score = rank_of(link) * FAULT_COUNT + (int)fault_of(p, link);
        if (link->is_loopback || (best && score >= best_score))
            continue;
        best = link;
        best_score = score;
    }
    return best;
}

static char *say_fault(const struct local_picture *p, const struct netlink_link *link,
                       const char **ret_code)
{
    static const char *const codes[FAULT_COUNT] = {[NO_LEASE] = "no-lease",
                                                   [NO_ADDRESS] = "no-address",
                                                   [NO_CARRIER] = "no-carrier",
                                                   [SWITCHED_OFF] = "down"};
    enum fault fault = fault_of(p, link);
    g_autofree char *name = text_safe(link->name, -1, 0);
    *ret_code = codes[fault];
    switch (fault) {
    case NO_LEASE:
        return g_strdup_printf(_("%s has only an address of 169.254.0.0/16, which it gave to "
                                 "itself: no DHCP lease came"),
                               name);
    case NO_ADDRESS:
        return g_strdup_printf(_("%s is up, but has no address: no DHCP lease came, or none "
                                 "was set"),
                               name);
    case NO_CARRIER:
        return g_strdup_printf(_("%s has no carrier: the cable is unplugged, the switch's port "
                                 "is off, or the radio is not joined"),
                               name);
    default:
        return g_strdup_printf(_("no interface is up: %s is switched off"), name);
    }
}

/* What to do about a fault, by its code; the last row: any other. */
static const struct {
    const char *code, *next;
} remedies[] = {
    {"no-lease", N_("Look at the DHCP server and the wire to it, or set an address by hand.")},
    {"no-address", N_("Let this machine ask a DHCP server, or set its address.")},
    {"no-carrier", N_("Plug the cable in, switch the port on, or join the wireless network.")},
    {"down", N_("Switch the interface on.")},
    {NULL, N_("Give this machine a network interface.")},
};

static const char *remedy_of(const char *code)
{
    gsize i = 0;
    while (remedies[i].code && strcmp(remedies[i].code, code) != 0)
        i++;
    return _(remedies[i].next);
}

static gboolean has_usable(const struct local_picture *p, int rank)
{
    for (guint i = 0; i < p->links->len; i++) {
        const struct netlink_link *link = &g_array_index(p->links, struct netlink_link, i);
        if (rank_of(link) <= rank && local_is_usable(p, link))
            return TRUE;
    }
    return FALSE;
}

char *local_why_offline(const struct local_picture *p, const char **ret_code)
{
    const char *code = NULL;
    const struct netlink_link *link = find_nearest(p);
    char *why = NULL;
    if (has_usable(p, 0))
        return NULL;
    if (!link) {
        code = "no-interface";
        why = g_strdup(_("this machine has no network interface but its own loopback"));
    } else {
        why = say_fault(p, link, &code);
    }
    if (ret_code)
        *ret_code = code;
    return why;
}

/* ---- the judgement ---- */

static void note_links(const struct local_picture *p, struct doctor_finding *f)
{
    for (guint i = 0; i < p->links->len; i++) {
        const struct netlink_link *link = &g_array_index(p->links, struct netlink_link, i);
        g_autoptr(GString) line = g_string_new(NULL);
        g_string_printf(line, "%s: %s, MTU %d", link->name,
                        !link->is_up         ? "down"
                        : !link->has_carrier ? "up, no carrier"
                                             : "up",
                        link->mtu);
        for (guint j = 0; j < p->addresses->len; j++) {
            const struct netlink_address *a =
                &g_array_index(p->addresses, struct netlink_address, j);
            char text[NETLINK_TEXT];
            if (a->index != link->index)
                continue;
            g_string_append_printf(line, ", %s/%d%s%s%s", netlink_ip_text(&a->ip, text),
                                   a->prefix, a->is_duplicate ? " (duplicate)" : "",
                                   a->is_tentative ? " (tentative)" : "",
                                   a->is_deprecated ? " (deprecated)" : "");
        }
        doctor_evidence(f, "%s", line->str);
    }
}

/* Another machine has it: the kernel found that out by itself. NULL: none. */
static const struct netlink_address *find_duplicate(const struct local_picture *p)
{
    for (guint i = 0; i < p->addresses->len; i++) {
        const struct netlink_address *a =
            &g_array_index(p->addresses, struct netlink_address, i);
        if (a->is_duplicate)
            return a;
    }
    return NULL;
}

static char *name_usable(const struct local_picture *p)
{
    GString *names = g_string_new(NULL);
    int n = 0;
    for (guint i = 0; i < p->links->len; i++) {
        const struct netlink_link *link = &g_array_index(p->links, struct netlink_link, i);
        if (!local_is_usable(p, link) || n++ >= MAX_NAMED)
            continue;
        g_autofree char *name = text_safe(link->name, -1, 0);
        g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
    }
    if (n > MAX_NAMED)
        g_string_append(names, ", …");
    return g_string_free(names, FALSE);
}

void local_judge_machine(const struct local_picture *p, struct doctor_finding *f)
{
    const char *code = NULL;
    note_links(p, f);
    /* Bridges and tunnels of its own may lead out, too: the route tells. */
    g_autofree char *why = has_usable(p, 1) ? NULL : local_why_offline(p, &code);
    if (why) {
        doctor_say(f, DOCTOR_FAIL, DOCTOR_ADMIN, code, g_steal_pointer(&why),
                   g_strdup(remedy_of(code)));
        return;
    }
    const struct netlink_address *twice = find_duplicate(p);
    if (twice) {
        const struct netlink_link *link = netlink_link_of(p->links, twice->index);
        char text[NETLINK_TEXT];
        doctor_say(f, DOCTOR_WARN, DOCTOR_ADMIN, "duplicate",
                   g_strdup_printf(_("another machine has the address %s, too: %s does not use "
                                     "it"),
                                   netlink_ip_text(&twice->ip, text), link ? link->name : "?"),
                   g_strdup(_("Give one of the two another address.")));
        return;
    }
    g_autofree char *names = name_usable(p);
    doctor_ok(f, g_strdup_printf(_("up, with an address: %s"), names));
}

static gboolean is_this_machine(const char *host)
{
    struct names_answer *a = names_wait(names_ask(host), clock_mono_us() + NAMES_WAIT_US);
    gboolean is_ours = a->addresses->len > 0;
    for (guint i = 0; i < a->addresses->len; i++) {
        enum ipkind kind = IPKIND_PUBLIC;
        is_ours = ipkind_of(a->addresses->pdata[i], &kind, NULL) && is_ours &&
                  kind == IPKIND_LOOPBACK;
    }
    names_answer_free(a);
    return is_ours;
}

/* A peer on this machine needs no wire. Its name is looked up only where there is none. */
static gboolean is_wire_needed(const struct doctor *d)
{
    const char *host = d->subject->host;
    enum ipkind kind = IPKIND_PUBLIC;
    if (!host)
        return TRUE;
    if (hostport_is_loopback(host))
        return FALSE;
    if (ipkind_of(host, &kind, NULL))
        return kind != IPKIND_LINK_LOCAL && kind != IPKIND_LOOPBACK;
    return !is_this_machine(host);
}

void doctor_check_machine(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GError) error = NULL;
    struct local_picture p = {0};
    if (!local_picture_take(&p, &error)) {
        doctor_pass(f, g_strdup(error->message));
        return;
    }
    if (has_usable(&p, 1) || is_wire_needed(d)) {
        local_judge_machine(&p, f);
    } else {
        note_links(&p, f);
        doctor_ok(f, g_strdup_printf(_("no network is needed: %s is this machine, or on its "
                                       "own wire"),
                                     d->subject->host));
    }
    local_picture_clear(&p);
}

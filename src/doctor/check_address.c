/*
 * Check 3: what kind of address packets leave with: public, private, a carrier's. That mail
 * comes through is not at stake; who can reach this machine is.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <string.h>
#include <sys/socket.h>

#include "base/i18n.h"
#include "base/ipkind.h"
#include "doctor/local_private.h"

/* Where "anywhere" is: addresses that nobody has, so what is found is the default route. No
 * packet leaves for them. */
static const char *const anywhere[] = {"192.0.2.1", "2001:db8::1"};

static gboolean is_public(const char *address)
{
    enum ipkind kind = IPKIND_RESERVED;
    return address && ipkind_of(address, &kind, NULL) && kind == IPKIND_PUBLIC;
}

void local_judge_addresses(const GPtrArray *sources, gboolean is_peer_public,
                           struct doctor_finding *f)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *nobodys = NULL;
    for (guint i = 0; i < sources->len; i++) {
        enum ipkind kind = IPKIND_PUBLIC;
        g_autofree char *sentence = ipkind_sentence(sources->pdata[i]);
        ipkind_of(sources->pdata[i], &kind, NULL);
        if (kind == IPKIND_EXAMPLE || kind == IPKIND_RESERVED || kind == IPKIND_MULTICAST)
            nobodys = sources->pdata[i];
        g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "", sentence);
    }
    if (text->len == 0)
        doctor_pass(f, g_strdup(_("no address of this machine leads to others")));
    else if (nobodys && is_peer_public)
        doctor_say(f, DOCTOR_WARN, DOCTOR_ADMIN, "address-kind", ipkind_sentence(nobodys),
                   g_strdup(_("Give this machine an address of its network, or make sure that "
                              "a router translates this one.")));
    else
        doctor_ok(f, g_strdup(text->str));
}

static gboolean has_text(const GPtrArray *texts, const char *text)
{
    for (guint i = 0; i < texts->len; i++)
        if (strcmp(texts->pdata[i], text) == 0)
            return TRUE;
    return FALSE;
}

static void add_text(GPtrArray *texts, const struct netlink_ip *ip)
{
    char text[NETLINK_TEXT];
    netlink_ip_text(ip, text);
    if (*text && !has_text(texts, text))
        g_ptr_array_add(texts, g_strdup(text));
}

/* What packets to `to` leave with. */
static void add_source(GPtrArray *sources, const char *to)
{
    struct netlink_ip ip;
    struct netlink_route route = {0};
    struct netlink *n = netlink_open(NULL);
    if (n && netlink_ip_parse(to, &ip) && netlink_way_to(n, &ip, &route, NULL) &&
        (route.way == NETLINK_WAY_LINK || route.way == NETLINK_WAY_GATEWAY))
        add_text(sources, &route.source);
    netlink_close(n);
}

/* Where no route says which: all that could be. */
static void add_usable(GPtrArray *sources, const struct local_picture *p)
{
    for (guint i = 0; i < p->addresses->len; i++) {
        const struct netlink_address *a =
            &g_array_index(p->addresses, struct netlink_address, i);
        if (local_is_usable_address(a) && !a->is_deprecated)
            add_text(sources, &a->ip);
    }
}

static void note_kinds(const struct local_picture *p, struct doctor_finding *f)
{
    for (guint i = 0; i < p->addresses->len; i++) {
        const struct netlink_address *a =
            &g_array_index(p->addresses, struct netlink_address, i);
        const struct netlink_link *link = netlink_link_of(p->links, a->index);
        char text[NETLINK_TEXT];
        enum ipkind kind = IPKIND_PUBLIC;
        const char *source = NULL;
        if (ipkind_of(netlink_ip_text(&a->ip, text), &kind, &source))
            doctor_evidence(f, "%s, %s: %s%s%s%s", text, link ? link->name : "?",
                            ipkind_name(kind), source ? ", " : "", source ? source : "",
                            a->is_temporary ? ", temporary" : "");
    }
}

void doctor_check_address(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func(g_free);
    struct local_picture p = {0};
    if (!local_picture_take(&p, &error)) {
        doctor_pass(f, g_strdup(error->message));
        return;
    }
    note_kinds(&p, f);
    if (d->subject->host)
        add_source(sources, d->subject->host);
    for (gsize i = 0; i < G_N_ELEMENTS(anywhere); i++)
        add_source(sources, anywhere[i]);
    if (sources->len == 0)
        add_usable(sources, &p);
    local_judge_addresses(sources, is_public(d->subject->host), f);
    local_picture_clear(&p);
}

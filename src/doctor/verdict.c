/*
 * The verdicts as tables: how the connection ended and who said so, and what that means. The
 * first row that fits decides. Facts are way.c's, the way itself and the other doors
 * verdict_way.c's; nothing is sent here.
 */
#include "config.h"

#include "doctor/verdict_private.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

enum sender { ANYBODY, OURSELVES, THE_HOST };

#define BIT(n) (1U << (n))
/* Codes of ICMP "destination unreachable" (RFC 792, RFC 1122, RFC 1812), and the codes of
 * ICMPv6 type 1 (RFC 4443) that mean the same. */
#define NO_NET4 (BIT(0) | BIT(5) | BIT(6) | BIT(11))
#define NO_NET6 (BIT(0) | BIT(2))
#define NO_HOST4 (BIT(1) | BIT(7) | BIT(8) | BIT(12))
#define NO_HOST6 BIT(3)
#define FORBIDDEN4 (BIT(9) | BIT(10) | BIT(13) | BIT(14) | BIT(15))
#define FORBIDDEN6 (BIT(1) | BIT(5) | BIT(6))
#define REJECTED4 (BIT(2) | BIT(3))
#define REJECTED6 BIT(4)

static gboolean is_six(const struct way *w)
{
    return strchr(w->address, ':') != NULL;
}

/* ---- the words of a row ---- */

/* Where the host is, at the nearest, by what the port is compared with: a router that answered
 * stands before it. */
static int host_hop(const struct way *w)
{
    return verdict_other_answers(w) ? w->other_trace.reached : w->other_trace.routers + 1;
}

static char *router_words(const struct trace *t, int hop)
{
    const char *router = trace_router(t, hop);
    return router ? g_strdup(router) : g_strdup_printf(_("hop %d"), hop);
}

/* The nearest hop beyond the port's last router that answers what the port is compared with; 0:
 * none does. */
static int next_hop(const struct way *w)
{
    const struct trace *t = &w->other_trace;
    for (int n = w->mail_trace.routers + 1; n <= t->routers; n++)
        if (t->hops[n - 1].end == PROBE_EXPIRED)
            return n;
    return verdict_other_answers(w) && t->reached > w->mail_trace.routers ? t->reached : 0;
}

static char *next_words(const struct way *w)
{
    int n = next_hop(w);
    const char *router = trace_router(&w->other_trace, n);
    return router ? g_strdup_printf(_("%s (hop %d)"), router, n)
                  : g_strdup_printf(_("the host (hop %d)"), n);
}

static char *other_words(const struct way *w)
{
    return w->other_trace.how == PROBE_UDP ? g_strdup("UDP")
                                           : g_strdup_printf(_("port %d"), w->other_trace.port);
}

/* ---- which answer tells most ---- */

/* Type 3 of ICMP and type 1 of ICMPv6: "destination unreachable". */
static gboolean is_unreachable(const struct way *w, const struct probe_answer *a)
{
    return a->end == PROBE_ICMP && a->type == (is_six(w) ? 1 : 3) && a->code < 32;
}

/* It says that the host or its network cannot be reached, on whatever port. */
static gboolean is_about_host(const struct way *w, const struct probe_answer *a)
{
    unsigned codes = is_six(w) ? NO_NET6 | NO_HOST6 : NO_NET4 | NO_HOST4;
    return is_unreachable(w, a) && (codes & BIT(a->code));
}

/* Of the connection itself; where that was met with silence, what somebody said to the same
 * packets with fewer hops, or about the host: routers answer to some packets and not to all. */
static const struct probe_answer *telling(const struct way *w)
{
    const struct probe_answer *end = trace_end(&w->mail_trace);
    if (w->mail.end != PROBE_SILENT)
        return &w->mail;
    if (end && end->end == PROBE_ICMP)
        return end;
    for (int i = 0; i < w->n_doors; i++)
        if (is_about_host(w, &w->doors[i].answer))
            return &w->doors[i].answer;
    return &w->mail;
}

/* What stands for `name` in a row's text. Caller frees. */
static char *word_of(const struct way *w, const char *name)
{
    const struct trace *mail = &w->mail_trace;
    if (strcmp(name, "peer") == 0)
        return way_words(w);
    if (strcmp(name, "address") == 0)
        return g_strdup(w->address);
    if (strcmp(name, "port") == 0)
        return g_strdup_printf("%d", w->port);
    if (strcmp(name, "device") == 0)
        return g_strdup(w->device ? w->device : "?");
    if (strcmp(name, "gateway") == 0)
        return g_strdup(w->gateway ? w->gateway : w->address);
    if (strcmp(name, "from") == 0)
        return g_strdup(*telling(w)->from ? telling(w)->from : "?");
    if (strcmp(name, "icmp") == 0)
        return g_strdup_printf("%d/%d", telling(w)->type, telling(w)->code);
    if (strcmp(name, "error") == 0)
        return g_strdup(g_strerror(w->mail.error));
    if (strcmp(name, "router") == 0) /* the last that answered */
        return router_words(mail, mail->routers);
    if (strcmp(name, "hop") == 0)
        return g_strdup_printf("%d", mail->routers);
    if (strcmp(name, "before") == 0) /* the one before the end */
        return router_words(mail, mail->reached - 1);
    if (strcmp(name, "end") == 0)
        return g_strdup_printf("%d", mail->reached);
    if (strcmp(name, "other") == 0)
        return other_words(w);
    if (strcmp(name, "door") == 0)
        return g_strdup_printf("%d", way_open_door(w)->port);
    if (strcmp(name, "next") == 0)
        return next_words(w);
    if (strcmp(name, "place") == 0) /* of the host */
        return g_strdup_printf(verdict_other_answers(w) ? _("hop %d") : _("hop %d or farther"),
                               host_hop(w));
    g_assert(strcmp(name, "far") == 0); /* how far it gets */
    return g_strdup_printf("%d", MAX(w->other_trace.reached, w->other_trace.routers));
}

/* `text` with its {names} filled in. Caller frees. */
char *verdict_fill(const struct way *w, const char *text)
{
    GString *out = g_string_new(NULL);
    while (*text) {
        const char *open = strchr(text, '{'), *shut = open ? strchr(open, '}') : NULL;
        if (!shut) {
            g_string_append(out, text);
            break;
        }
        g_autofree char *name = g_strndup(open + 1, (gsize)(shut - open - 1));
        g_autofree char *word = word_of(w, name);
        g_string_append_len(out, text, open - text);
        g_string_append(out, word);
        text = shut + 1;
    }
    g_autofree char *raw = g_string_free(out, FALSE);
    return text_safe(raw, -1, 0);
}

/* ---- what the traces say ---- */

/* The host itself answers what is compared with. */
gboolean verdict_other_answers(const struct way *w)
{
    const struct probe_answer *end = trace_end(&w->other_trace);
    return end && (end->end == PROBE_OPEN || end->end == PROBE_REFUSED ||
                   (end->end == PROBE_ICMP && end->is_target));
}

gboolean verdict_other_passes(const struct way *w)
{
    return verdict_other_answers(w) || w->other_trace.routers > w->mail_trace.routers;
}

static gboolean is_on_link(const struct way *w)
{
    return !w->gateway;
}

static gboolean is_through_router(const struct way *w)
{
    return w->gateway != NULL;
}

static gboolean is_on_link_and_answers(const struct way *w)
{
    return is_on_link(w) && verdict_other_answers(w);
}

/* The port ends nearer than the host is. */
gboolean verdict_ends_early(const struct way *w)
{
    return w->mail_trace.reached > 0 && host_hop(w) > w->mail_trace.reached;
}

static gboolean ends_at_first(const struct way *w)
{
    return verdict_ends_early(w) && w->mail_trace.reached == 1;
}

/* Our own packets did not leave: the kernel counts it, and tells who sends a datagram. */
static gboolean is_eaten_here(const struct way *w)
{
    const struct probe_answer *end = trace_end(&w->other_trace);
    return w->mail_trace.routers == 0 &&
           (w->own_drops > 0 || (end && end->end == PROBE_LOCAL && end->error == EPERM));
}

/* A router stands twice in the trace, with others in between. */
static gboolean goes_round(const struct way *w)
{
    for (int i = 1; i <= w->mail_trace.routers; i++)
        for (int k = i + 2; k <= w->mail_trace.routers; k++)
            if (g_strcmp0(trace_router(&w->mail_trace, i), trace_router(&w->mail_trace, k)) ==
                    0 &&
                trace_router(&w->mail_trace, i))
                return TRUE;
    return FALSE;
}

/* Routers that answer nobody are not the ones that drop. */
static gboolean has_gap(const struct way *w)
{
    return next_hop(w) > w->mail_trace.routers + 1;
}

static gboolean has_gap_at_once(const struct way *w)
{
    return w->mail_trace.routers == 0 && has_gap(w);
}

static gboolean is_dropped_here(const struct way *w)
{
    return w->mail_trace.routers == 0 && next_hop(w) == 1;
}

/* The kernel counts what does not get out of this machine, and there was nothing. */
static gboolean is_dropped_at_first(const struct way *w)
{
    return is_dropped_here(w) && w->own_drops == 0;
}

static gboolean has_no_hop(const struct way *w)
{
    return w->mail_trace.routers == 0;
}

static gboolean is_dropped_at_end(const struct way *w)
{
    return verdict_other_answers(w) && w->mail_trace.routers + 1 >= w->other_trace.reached;
}

static gboolean is_untraced(const struct way *w)
{
    return !w->is_traced;
}

/* ---- the connection ---- */

struct row {
    /* --- when; what is 0 does not matter --- */
    enum probe_end end;
    int error;              /* of LOCAL */
    enum sender from;       /* of ICMP */
    unsigned codes, codes6; /* of ICMP and ICMPv6 */
    gboolean (*fits)(const struct way *w);
    /* --- then --- */
    const char *code;
    enum doctor_who who;
    gboolean is_of_port; /* another port may work */
    const char *text;    /* N_(); {names} are filled in */
    const char *next;    /* N_(); NULL: nothing */
};

static const struct row rows[] = {
    /* This machine says no by itself. */
    {.end = PROBE_LOCAL,
     .error = ENETUNREACH,
     .code = "no-route",
     .who = DOCTOR_ADMIN,
     .text = N_("nothing on this machine leads to {peer}: it has no route there"),
     .next = N_("Set the default gateway of this machine, or ask its DHCP server again.")},
    {.end = PROBE_LOCAL,
     .error = EACCES,
     .code = "prohibited",
     .who = DOCTOR_ADMIN,
     .text =
         N_("this machine forbids connections to {peer} port {port}: a prohibit route, or a "
            "security policy such as SELinux or AppArmor"),
     .next =
         N_("Look at `ip route get {address}`, and at the audit log for a denied connect.")},
    {.end = PROBE_LOCAL,
     .error = EPERM,
     .code = "forbidden-here",
     .who = DOCTOR_ADMIN,
     .text =
         N_("this machine's own rules forbid this program to connect to {peer} port {port}"),
     .next = N_("Look at `sudo nft list ruleset`, and at IPAddressDeny= and "
                "RestrictAddressFamilies= of the unit that runs crier.")},
    {.end = PROBE_LOCAL,
     .error = EADDRNOTAVAIL,
     .code = "no-source-port",
     .who = DOCTOR_ADMIN,
     .text = N_("this machine has no free source port or address for a connection to {peer} "
                "port {port}"),
     .next = N_("See what holds them with `ss -tan`, and widen "
                "net.ipv4.ip_local_port_range.")},
    {.end = PROBE_LOCAL,
     .error = EHOSTUNREACH,
     .code = "unreachable",
     .who = DOCTOR_ADMIN,
     .text = N_("this machine has no way to {peer}: a route says that it is unreachable"),
     .next = N_("Look at `ip route get {address}`.")},
    {.end = PROBE_LOCAL,
     .error = EINVAL,
     .code = "blackhole",
     .who = DOCTOR_ADMIN,
     .text = N_("a blackhole route of this machine swallows packets to {peer}"),
     .next = N_("Take the blackhole route out of the routing table.")},
    {.end = PROBE_LOCAL,
     .error = EAFNOSUPPORT,
     .code = "no-ipv6",
     .who = DOCTOR_ADMIN,
     .text = N_("{address} is an IPv6 address, and this machine has no IPv6"),
     .next = N_("Name a host that has an IPv4 address, or switch IPv6 on.")},
    {.end = PROBE_LOCAL,
     .code = "no-socket",
     .who = DOCTOR_ADMIN,
     .text = N_("this machine cannot open a connection to {peer} port {port}: {error}")},
    /* Packets that come back. */
    {.end = PROBE_EXPIRED,
     .code = "loop",
     .who = DOCTOR_NETWORK,
     .text = N_("packets to {peer} go round in circles at {from} until they are thrown away"),
     .next = N_("Tell who runs {from}: routes there point at each other.")},
    /* ICMP of our own: the neighbour is missing, or our firewall rejects. */
    {.end = PROBE_ICMP,
     .from = OURSELVES,
     .codes = BIT(1),
     .codes6 = NO_HOST6,
     .fits = is_through_router,
     .code = "dead-router",
     .who = DOCTOR_ADMIN,
     .text = N_("the router {gateway} does not answer on {device}, so nothing leaves this "
                "network"),
     .next = N_("Is the router on, is the cable in, and is {gateway} the right gateway?")},
    {.end = PROBE_ICMP,
     .from = OURSELVES,
     .codes = BIT(1),
     .codes6 = NO_HOST6,
     .code = "dead-neighbour",
     .who = DOCTOR_SERVER,
     .text = N_("{peer} should be on the network of {device}, and no machine there answers to "
                "that address"),
     .next = N_("Is that machine on, and is the address the right one?")},
    {.end = PROBE_ICMP,
     .from = OURSELVES,
     .code = "own-firewall",
     .who = DOCTOR_ADMIN,
     .is_of_port = TRUE,
     .text = N_("this machine's own firewall rejects connections to {peer} port {port}"),
     .next = N_("Find the rule with `sudo nft list ruleset` or `sudo iptables -S OUTPUT`, and "
                "let port {port} out.")},
    /* ICMP of the host. */
    {.end = PROBE_ICMP,
     .from = THE_HOST,
     .code = "host-rejects",
     .who = DOCTOR_SERVER,
     .is_of_port = TRUE,
     .text = N_("{peer} is up, and its own firewall rejects port {port}"),
     .next = N_("Ask who runs it to let this machine in.")},
    /* ICMP of a router or firewall in between. */
    {.end = PROBE_ICMP,
     .codes = FORBIDDEN4,
     .codes6 = FORBIDDEN6,
     .code = "forbidden",
     .who = DOCTOR_NETWORK,
     .is_of_port = TRUE,
     .text = N_("{from} forbids connections to {peer} port {port} by rule"),
     .next = N_("Ask who runs {from} to let port {port} to {address} pass.")},
    {.end = PROBE_ICMP,
     .codes = REJECTED4,
     .codes6 = REJECTED6,
     .code = "rejected",
     .who = DOCTOR_NETWORK,
     .is_of_port = TRUE,
     .text = N_("{from} rejects connections to {peer} port {port}"),
     .next = N_("Ask who runs {from} to let port {port} to {address} pass.")},
    {.end = PROBE_ICMP,
     .codes = NO_HOST4,
     .codes6 = NO_HOST6,
     .code = "host-unreachable",
     .who = DOCTOR_SERVER,
     .text = N_("{from} cannot find {peer}: it is switched off, or the address is wrong"),
     .next = N_("Is that host on, and is the address the right one?")},
    {.end = PROBE_ICMP,
     .codes = NO_NET4,
     .codes6 = NO_NET6,
     .code = "net-unreachable",
     .who = DOCTOR_NETWORK,
     .text = N_("{from} knows no way to the network of {peer}"),
     .next = N_("Tell who runs {from} that it has no route to {address}.")},
    {.end = PROBE_ICMP,
     .code = "icmp",
     .who = DOCTOR_NETWORK,
     .is_of_port = TRUE,
     .text = N_("{from} stops connections to {peer} port {port} (ICMP {icmp})"),
     .next = N_("Ask who runs {from} to let port {port} to {address} pass.")},
    /* A reset. */
    {.end = PROBE_REFUSED,
     .fits = ends_at_first,
     .code = "refused-near",
     .who = DOCTOR_ADMIN,
     .is_of_port = TRUE,
     .text = N_("port {port} is refused before the first router passes it on, in the name of "
                "{peer}, which is at {place}: this machine's own firewall or {gateway} does "
                "it"),
     .next = N_("Look at this machine's rules with `sudo nft list ruleset`, then ask who runs "
                "{gateway}.")},
    {.end = PROBE_REFUSED,
     .fits = verdict_ends_early,
     .code = "forged",
     .who = DOCTOR_NETWORK,
     .is_of_port = TRUE,
     .text = N_("a firewall at hop {end}, behind {before}, forges the refusal of port {port}: "
                "{peer} is at {place}"),
     .next = N_("Ask who runs the network behind {before} to let port {port} to {address} "
                "pass.")},
    {.end = PROBE_REFUSED,
     .code = "refused",
     .who = DOCTOR_SERVER,
     .is_of_port = TRUE,
     .text = N_("{peer} is up, but nothing listens on its port {port}"),
     .next = N_("Is {port} the right port? If so, who runs that host must start its mail "
                "server, or let this machine in.")},
    /* Nothing. */
    {.end = PROBE_SILENT,
     .fits = is_untraced,
     .code = "silent",
     .who = DOCTOR_SERVER,
     .text = N_("{peer} does not answer on port {port}"),
     .next = N_("Is that host on, and does its firewall let port {port} in?")},
    {.end = PROBE_SILENT,
     .fits = is_eaten_here,
     .code = "own-drop",
     .who = DOCTOR_ADMIN,
     .is_of_port = TRUE,
     .text =
         N_("this machine's own firewall drops connections to {peer} port {port}: they do not "
            "leave it"),
     .next = N_("Find the rule with `sudo nft list ruleset` or `sudo iptables -S OUTPUT`, and "
                "let port {port} out.")},
    {.end = PROBE_SILENT,
     .fits = is_on_link_and_answers,
     .code = "dropped-at-host",
     .who = DOCTOR_SERVER,
     .is_of_port = TRUE,
     .text = N_("{peer} is up, on the network of {device}, but its firewall drops port {port}"),
     .next = N_("Ask who runs it to let this machine in.")},
    {.end = PROBE_SILENT,
     .fits = is_on_link,
     .code = "host-silent",
     .who = DOCTOR_SERVER,
     .text = N_("{peer} is on the network of {device}, but answers on no port that was tried"),
     .next = N_("Is its mail server the one you mean, and does its firewall let this machine "
                "in?")},
    {.end = PROBE_SILENT,
     .fits = goes_round,
     .code = "loop",
     .who = DOCTOR_NETWORK,
     .text = N_("packets to {peer} go round in circles at {router} until they are thrown away"),
     .next = N_("Tell who runs {router}: routes there point at each other.")},
    {.end = PROBE_SILENT,
     .fits = has_gap_at_once,
     .code = "dropped",
     .who = DOCTOR_NETWORK,
     .is_of_port = TRUE,
     .text =
         N_("port {port} to {peer} is dropped somewhere before {next}: {other} gets there, and "
            "no router before it answers"),
     .next = N_("Ask who runs {gateway} and the network behind it to let port {port} to "
                "{address} pass.")},
    {.end = PROBE_SILENT,
     .fits = has_gap,
     .code = "dropped",
     .who = DOCTOR_NETWORK,
     .is_of_port = TRUE,
     .text =
         N_("port {port} to {peer} is dropped between {router} (hop {hop}) and {next}: {other} "
            "gets there, and no router between them answers"),
     .next = N_("Ask who runs {router} and the network behind it to let port {port} to "
                "{address} pass.")},
    {.end = PROBE_SILENT,
     .fits = is_dropped_at_first,
     .code = "dropped",
     .who = DOCTOR_NETWORK,
     .is_of_port = TRUE,
     .text =
         N_("port {port} to {peer} is dropped by the first router, {gateway}, while {other} "
            "gets to hop {far}"),
     .next = N_("Ask who runs {gateway} to let port {port} to {address} pass.")},
    {.end = PROBE_SILENT,
     .fits = is_dropped_here,
     .code = "dropped-here",
     .who = DOCTOR_ADMIN,
     .is_of_port = TRUE,
     .text = N_("connections to {peer} port {port} are dropped before the first router, while "
                "{other} gets to hop {far}: this machine's own firewall, or {gateway}, drops "
                "them"),
     .next =
         N_("Look for the rule with `sudo nft list ruleset` (or `sudo iptables -S OUTPUT`), "
            "then ask who runs {gateway}.")},
    {.end = PROBE_SILENT,
     .fits = has_no_hop,
     .code = "nothing-passes",
     .who = DOCTOR_ADMIN,
     .text = N_("nothing that is sent to {peer} is answered, not even by the first router "
                "{gateway}"),
     .next = N_("Look at this machine's own firewall with `sudo nft list ruleset`, then at the "
                "router {gateway}.")},
    {.end = PROBE_SILENT,
     .fits = is_dropped_at_end,
     .code = "dropped-at-host",
     .who = DOCTOR_SERVER,
     .is_of_port = TRUE,
     .text = N_("port {port} is dropped at the end of the way: its packets get to {router} "
                "(hop {hop}), the last router before {peer}, and that router or the host's own "
                "firewall drops them; {other} gets to hop {far}"),
     .next = N_("Ask who runs that host or {router} to let port {port} in from this machine.")},
    {.end = PROBE_SILENT,
     .fits = verdict_other_passes,
     .code = "dropped",
     .who = DOCTOR_NETWORK,
     .is_of_port = TRUE,
     .text = N_("port {port} to {peer} is dropped right after {router} (hop {hop}), while "
                "{other} gets to hop {far}"),
     .next = N_("Ask who runs {router} and the network behind it to let port {port} to "
                "{address} pass.")},
    {.end = PROBE_SILENT,
     .code = "host-silent",
     .who = DOCTOR_SERVER,
     .text = N_("{peer} answers on no port that was tried, and nothing gets beyond {router} "
                "(hop {hop})"),
     .next = N_("Is that host on, and is the address the right one? If so, ask who runs "
                "{router} and the network behind it.")},
};

static gboolean sent_by(const struct probe_answer *a, enum sender from)
{
    switch (from) {
    case OURSELVES:
        return a->is_own;
    case THE_HOST:
        return a->is_target && !a->is_own;
    default:
        return TRUE;
    }
}

static gboolean fits(const struct row *r, const struct way *w)
{
    const struct probe_answer *a = telling(w);
    unsigned codes = is_six(w) ? r->codes6 : r->codes;
    return a->end == r->end && (r->error == 0 || a->error == r->error) && sent_by(a, r->from) &&
           ((r->codes | r->codes6) == 0 || (is_unreachable(w, a) && (codes & BIT(a->code)))) &&
           (!r->fits || r->fits(w));
}

/* How a port is spoken to, for a person. */
static const struct {
    guint16 port;
    const char *words; /* N_() */
} securities[] = {
    {25, N_("with STARTTLS")},
    {465, N_("with TLS and a login")},
    {587, N_("with STARTTLS and a login")},
    {2525, N_("with STARTTLS and a login")},
    {993, N_("IMAP with TLS")},
    {143, N_("IMAP with STARTTLS")},
    {995, N_("POP3 with TLS")},
    {110, N_("POP3 with STARTTLS")},
};

const char *verdict_security(guint16 port)
{
    for (gsize i = 0; i < G_N_ELEMENTS(securities); i++)
        if (securities[i].port == port)
            return _(securities[i].words);
    g_assert_not_reached();
}

/* What to do: another door before asking somebody, if one is open. */
char *verdict_next(const struct way *w, const char *next, gboolean is_of_port)
{
    const struct way_door *door = is_of_port ? way_open_door(w) : NULL;
    if (!door)
        return g_strdup(next);
    return g_strdup_printf(_("Use port %d, which is open (%s). Or else: %s"), door->port,
                           verdict_security(door->port), next ? next : "");
}

void verdict_say(struct verdict *ret, enum doctor_result result, enum doctor_who who,
                 const char *code, char *take_text, char *take_next)
{
    *ret = (struct verdict){
        .result = result, .who = who, .code = code, .text = take_text, .next = take_next};
}

void verdict_connect(const struct way *w, struct verdict *ret)
{
    const struct row *r = rows;
    g_autofree char *peer = way_words(w);
    if (w->mail.end == PROBE_OPEN) {
        verdict_say(ret, DOCTOR_OK, DOCTOR_NOBODY, NULL,
                    g_strdup_printf(_("connected to %s port %d in %.1f ms"), peer, w->port,
                                    (double)w->mail.took_us / 1000),
                    NULL);
        return;
    }
    /* The last row of each end fits always. */
    while (!fits(r, w)) {
        r++;
        g_assert(r < rows + G_N_ELEMENTS(rows));
    }
    g_autofree char *next = r->next ? verdict_fill(w, _(r->next)) : NULL;
    verdict_say(ret, DOCTOR_FAIL, r->who, r->code, verdict_fill(w, _(r->text)),
                verdict_next(w, next, r->is_of_port));
}

void verdict_clear(struct verdict *v)
{
    g_free(v->text);
    g_free(v->next);
    memset(v, 0, sizeof *v);
}

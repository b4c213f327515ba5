/*
 * Rules as nft and iptables-restore load them. Both only accept, in a table or in chains of
 * their own, so that loading them breaks nothing that is there.
 */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "base/i18n.h"
#include "doctor/firewall_private.h"

/* Which packets of a connection: those of who begins it, or the way back. */
enum side { SIDE_BEGINS, SIDE_ANSWERS };

typedef char *(*rule_fn)(const struct firewall *f, const struct firewall_rule *r,
                         gboolean is_ours, enum side side);

/* `is_ours`: the rule's port is one of this machine. */
static void put_rules(GString *out, const struct firewall *f, const GPtrArray *rules,
                      gboolean is_ours, enum side side, const char *indent, rule_fn rule)
{
    for (guint i = 0; i < rules->len; i++) {
        g_autofree char *text = rule(f, rules->pdata[i], is_ours, side);
        g_string_append_printf(out, "%s%s\n", indent, text);
    }
}

/* ---- nftables ---- */

/* The address stands in packets to the port as destination, on the way back as source. */
static char *nft_match(const struct firewall *f, const struct firewall_rule *r,
                       gboolean is_ours, enum side side)
{
    GString *m = g_string_new(NULL);
    const char *p = firewall_protocol(r);
    gboolean begins = side == SIDE_BEGINS;
    if (r->address)
        g_string_append_printf(m, "%s %s %s ", r->family == AF_INET6 ? "ip6" : "ip",
                               begins ? "daddr" : "saddr", r->address);
    else if (r->family)
        g_string_append_printf(m, "meta nfproto %s ", r->family == AF_INET6 ? "ipv6" : "ipv4");
    g_string_append_printf(m, "%s %s %u", p, begins ? "dport" : "sport", r->port);
    if (!is_ours)
        g_string_append_printf(m, " %s %s %u-%u", p, begins ? "sport" : "dport", f->first,
                               f->last);
    if (!begins)
        g_string_append(m, " ct state established");
    return g_string_free(m, FALSE);
}

static char *nft_rule(const struct firewall *f, const struct firewall_rule *r, gboolean is_ours,
                      enum side side)
{
    g_autofree char *match = nft_match(f, r, is_ours, side);
    g_autofree char *names = firewall_short_names(r);
    return g_strdup_printf("%s counter accept comment \"%s%s\"", match,
                           side == SIDE_ANSWERS ? "answers: " : "", names);
}

static char *nft_input_line(const struct firewall *f, const struct firewall_rule *r,
                            gboolean is_ours, enum side side)
{
    g_autofree char *match = nft_match(f, r, is_ours, side);
    return g_strdup_printf("nft insert rule inet filter input %s accept", match);
}

static char *nft_output_line(const struct firewall *f, const struct firewall_rule *r,
                             gboolean is_ours, enum side side)
{
    g_autofree char *match = nft_match(f, r, is_ours, side);
    return g_strdup_printf("nft insert rule inet filter output %s accept", match);
}

static void put_nft_redirects(GString *out, const struct firewall *f)
{
    g_string_append(out, "\n    chain public {\n"
                         "        type nat hook prerouting priority dstnat; policy accept;\n");
    for (guint i = 0; i < f->listeners->len; i++) {
        const struct firewall_listener *l = f->listeners->pdata[i];
        if (firewall_is_translated(l))
            g_string_append_printf(
                out, "        fib daddr type local tcp dport %u redirect to :%u comment \"port %s\"\n",
                l->url.port, l->at.port, l->name);
    }
    g_string_append(out, "    }\n");
}

void firewall_write_nft(const struct firewall *f, GString *out)
{
    firewall_head(out, f, "nft", _("As root: nft -f FILE; to take it back: nft delete table inet "
                                   "crier. The counters show whether packets come at all: nft "
                                   "list table inet crier."));
    g_string_append(out, "#\n");
    firewall_comment(out, _("This table drops nothing. But what it accepts another table may "
                            "still drop (nft list ruleset shows which). There the rules have to "
                            "stand, too, ahead of the drop; if that is table inet filter:"));
    put_rules(out, f, f->in, TRUE, SIDE_BEGINS, "#   ", nft_input_line);
    put_rules(out, f, f->out, FALSE, SIDE_ANSWERS, "#   ", nft_input_line);
    put_rules(out, f, f->out, FALSE, SIDE_BEGINS, "#   ", nft_output_line);
    put_rules(out, f, f->in, TRUE, SIDE_ANSWERS, "#   ", nft_output_line);
    /* Naming it first makes it, so that deleting the older one never fails. */
    g_string_append(out, "\ntable inet crier\ndelete table inet crier\n\ntable inet crier {\n"
                         "    chain incoming {\n"
                         "        type filter hook input priority filter; policy accept;\n"
                         "        ct state related accept comment \"ICMP: packet too big and the like\"\n");
    put_rules(out, f, f->in, TRUE, SIDE_BEGINS, "        ", nft_rule);
    put_rules(out, f, f->out, FALSE, SIDE_ANSWERS, "        ", nft_rule);
    g_string_append(out, "    }\n\n    chain outgoing {\n"
                         "        type filter hook output priority filter; policy accept;\n");
    put_rules(out, f, f->out, FALSE, SIDE_BEGINS, "        ", nft_rule);
    put_rules(out, f, f->in, TRUE, SIDE_ANSWERS, "        ", nft_rule);
    g_string_append(out, "    }\n");
    if (f->redirects)
        put_nft_redirects(out, f);
    g_string_append(out, "}\n");
}

/* ---- iptables ---- */

/* -4 and -6 are skipped by the program of the other family. */
static char *iptables_rule(const struct firewall *f, const struct firewall_rule *r,
                           gboolean is_ours, enum side side)
{
    GString *m = g_string_new(NULL);
    gboolean begins = side == SIDE_BEGINS, is_in = is_ours == begins;
    const char *p = firewall_protocol(r);
    g_autofree char *names = firewall_short_names(r);
    g_string_append_printf(m, "-A CRIER-%s", is_in ? "IN" : "OUT");
    if (r->family)
        g_string_append(m, r->family == AF_INET6 ? " -6" : " -4");
    if (r->address)
        g_string_append_printf(m, " %s %s", begins ? "-d" : "-s", r->address);
    g_string_append_printf(m, " -p %s -m %s %s %u", p, p, begins ? "--dport" : "--sport",
                           r->port);
    if (!is_ours)
        g_string_append_printf(m, " %s %u:%u", begins ? "--sport" : "--dport", f->first,
                               f->last);
    if (!begins)
        g_string_append(m, " -m conntrack --ctstate ESTABLISHED");
    g_string_append_printf(m, " -m comment --comment \"%s%s\" -j ACCEPT",
                           begins ? "" : "answers: ", names);
    return g_string_free(m, FALSE);
}

static void put_iptables_redirects(GString *out, const struct firewall *f)
{
    g_string_append(out, "*nat\n:CRIER-REDIRECT - [0:0]\n");
    for (guint i = 0; i < f->listeners->len; i++) {
        const struct firewall_listener *l = f->listeners->pdata[i];
        if (firewall_is_translated(l))
            g_string_append_printf(out,
                                   "-A CRIER-REDIRECT -p tcp -m addrtype --dst-type LOCAL -m tcp "
                                   "--dport %u -m comment --comment \"port %s\" -j REDIRECT "
                                   "--to-ports %u\n",
                                   l->url.port, l->name, l->at.port);
    }
    g_string_append(out, "COMMIT\n");
}

void firewall_write_iptables(const struct firewall *f, GString *out)
{
    firewall_head(out, f, "iptables",
                  _("As root, both: iptables-restore --noflush FILE; ip6tables-restore --noflush "
                    "FILE. Without --noflush all that is there would be gone."));
    firewall_comment(out, _("Until they are hooked in, ahead of what drops, these chains do "
                            "nothing. Once, with iptables and with ip6tables:"));
    g_string_append(out, "#   iptables -I INPUT -j CRIER-IN\n"
                         "#   iptables -I OUTPUT -j CRIER-OUT\n");
    if (f->redirects)
        g_string_append(out, "#   iptables -t nat -I PREROUTING -j CRIER-REDIRECT\n");
    g_string_append(out, "*filter\n:CRIER-IN - [0:0]\n:CRIER-OUT - [0:0]\n"
                         "-A CRIER-IN -m conntrack --ctstate RELATED -m comment --comment "
                         "\"ICMP: packet too big and the like\" -j ACCEPT\n");
    put_rules(out, f, f->in, TRUE, SIDE_BEGINS, "", iptables_rule);
    put_rules(out, f, f->out, FALSE, SIDE_ANSWERS, "", iptables_rule);
    put_rules(out, f, f->out, FALSE, SIDE_BEGINS, "", iptables_rule);
    put_rules(out, f, f->in, TRUE, SIDE_ANSWERS, "", iptables_rule);
    g_string_append(out, "COMMIT\n");
    if (f->redirects)
        put_iptables_redirects(out, f);
}

/*
 * The same rules as commands of ufw and firewalld. Both let answers through by themselves.
 */
#include "config.h"

#include <sys/socket.h>

#include "base/i18n.h"
#include "doctor/firewall_private.h"

/* ---- ufw ---- */

static const char *ufw_address(const struct firewall_rule *r)
{
    if (r->address)
        return r->address;
    return r->family == 0 ? "any" : r->family == AF_INET6 ? "::/0" : "0.0.0.0/0";
}

static void put_ufw_redirects(const struct firewall *f, GString *out)
{
    firewall_comment(out, _("ufw has no command for this. At the head of /etc/ufw/before.rules, "
                            "and of before6.rules, then ufw reload:"));
    g_string_append(out, "#   *nat\n#   :PREROUTING ACCEPT [0:0]\n");
    for (guint i = 0; i < f->listeners->len; i++) {
        const struct firewall_listener *l = f->listeners->pdata[i];
        if (firewall_is_translated(l))
            g_string_append_printf(out,
                                   "#   -A PREROUTING -p tcp --dport %u -j REDIRECT --to-ports "
                                   "%u\n",
                                   l->url.port, l->at.port);
    }
    g_string_append(out, "#   COMMIT\n");
}

void firewall_write_ufw(const struct firewall *f, GString *out)
{
    firewall_head(out, f, "ufw",
                  _("As root, line by line, or: sh FILE. Answers come through by themselves."));
    for (guint i = 0; i < f->in->len; i++) {
        const struct firewall_rule *r = f->in->pdata[i];
        g_autofree char *names = firewall_short_names(r);
        g_string_append_printf(out, "ufw allow in proto %s to %s port %u comment '%s'\n",
                               firewall_protocol(r), ufw_address(r), r->port, names);
    }
    firewall_comment(out, _("Only where outgoing traffic is denied, too:"));
    for (guint i = 0; i < f->out->len; i++) {
        const struct firewall_rule *r = f->out->pdata[i];
        g_autofree char *names = firewall_short_names(r);
        g_string_append_printf(
            out, "ufw allow out proto %s from %s port %u:%u to %s port %u comment '%s'\n",
            firewall_protocol(r),
            r->family == 0          ? "any"
            : r->family == AF_INET6 ? "::/0"
                                    : "0.0.0.0/0",
            f->first, f->last, ufw_address(r), r->port, names);
    }
    if (f->redirects)
        put_ufw_redirects(f, out);
}

/* ---- firewalld ---- */

static const char *family_name(int family)
{
    return family == AF_INET6 ? "ipv6" : "ipv4";
}

static void put_firewalld_in(const struct firewall_rule *r, GString *out)
{
    const char *p = firewall_protocol(r);
    if (r->family == 0) {
        g_string_append_printf(out, "firewall-cmd --permanent --add-port=%u/%s\n", r->port, p);
        return;
    }
    g_string_append_printf(out, "firewall-cmd --permanent --add-rich-rule='rule family=\"%s\"",
                           family_name(r->family));
    if (r->address)
        g_string_append_printf(out, " destination address=\"%s\"", r->address);
    g_string_append_printf(out, " port port=\"%u\" protocol=\"%s\" accept'\n", r->port, p);
}

/* Of both families where the rule is. */
static void put_firewalld_out(const struct firewall *f, const struct firewall_rule *r,
                              GString *out)
{
    static const int both[] = {AF_INET, AF_INET6};
    const char *p = firewall_protocol(r);
    for (gsize i = 0; i < G_N_ELEMENTS(both); i++) {
        if (r->family && r->family != both[i])
            continue;
        g_string_append_printf(
            out, "firewall-cmd --permanent --direct --add-rule %s filter OUTPUT 0 -p %s ",
            family_name(both[i]), p);
        if (r->address)
            g_string_append_printf(out, "-d %s ", r->address);
        g_string_append_printf(out, "--sport %u:%u --dport %u -j ACCEPT\n", f->first, f->last,
                               r->port);
    }
}

void firewall_write_firewalld(const struct firewall *f, GString *out)
{
    firewall_head(out, f, "firewalld",
                  _("As root, line by line, or: sh FILE. They go into the default zone; answers "
                    "come through by themselves."));
    for (guint i = 0; i < f->in->len; i++)
        put_firewalld_in(f->in->pdata[i], out);
    for (guint i = 0; f->redirects && i < f->listeners->len; i++) {
        const struct firewall_listener *l = f->listeners->pdata[i];
        if (firewall_is_translated(l))
            g_string_append_printf(
                out, "firewall-cmd --permanent --add-forward-port=port=%u:proto=tcp:toport=%u\n",
                l->url.port, l->at.port);
    }
    firewall_comment(out, _("Only where outgoing traffic is denied, too:"));
    for (guint i = 0; i < f->out->len; i++)
        put_firewalld_out(f, f->out->pdata[i], out);
    g_string_append(out, "firewall-cmd --reload\n");
}

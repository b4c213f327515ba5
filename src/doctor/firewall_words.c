/*
 * What no file can do: the words to click a security group or a router's forwarding together
 * by, the way in by SSH, and an overview. And the heads of all formats.
 */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "base/i18n.h"
#include "base/text.h"
#include "doctor/firewall_private.h"

#define COMMENT_COLUMNS 94
#define RULE_COMMENT_MAX 90 /* nft takes 128 octets, with what stands in front */
#define USER_PORT_MIN 1024

/* ---- for all formats ---- */

/* Words in lines of `columns`, each behind `prefix`. */
static void put_folded(GString *out, const char *prefix, const char *text, glong columns)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    glong at = 0, indent = g_utf8_strlen(prefix, -1);
    for (char **word = words; *word; word++) {
        glong len = g_utf8_strlen(*word, -1);
        gboolean is_first = at == 0;
        if (!is_first && indent + at + 1 + len > columns) {
            g_string_append_c(out, '\n');
            at = 0;
            is_first = TRUE;
        }
        g_string_append_printf(out, "%s%s", is_first ? prefix : " ", *word);
        at += len + (is_first ? 0 : 1);
    }
    g_string_append_c(out, '\n');
}

void firewall_comment(GString *out, const char *text)
{
    put_folded(out, "# ", text, COMMENT_COLUMNS);
}

void firewall_head(GString *out, const struct firewall *f, const char *format, const char *how)
{
    g_autofree char *what = g_strdup_printf(
        _("Written by crier firewall --format %s on %s. Nothing was applied: read it first."),
        format, f->host);
    firewall_comment(out, what);
    if (how)
        firewall_comment(out, how);
    for (guint i = 0; i < f->notes->len; i++)
        firewall_comment(out, f->notes->pdata[i]);
}

const char *firewall_protocol(const struct firewall_rule *r)
{
    return r->is_udp ? "udp" : "tcp";
}

gboolean firewall_is_translated(const struct firewall_listener *l)
{
    return l->has_url && l->url.port != l->at.port && !firewall_is_proxied(l);
}

gboolean firewall_is_proxied(const struct firewall_listener *l)
{
    return l->role == PORT_TRACKING && l->has_url &&
           (l->url.is_https || hostport_is_loopback(l->at.host));
}

char *firewall_short_names(const struct firewall_rule *r)
{
    gsize len = strlen(r->names);
    return len <= RULE_COMMENT_MAX ? g_strdup(r->names)
                                   : g_strdup_printf("%.*s...", RULE_COMMENT_MAX, r->names);
}

/* ---- words ---- */

static void put_item(GString *out, char *take_text)
{
    put_folded(out, "  ", take_text, COMMENT_COLUMNS);
    g_free(take_text);
}

static void put_heading(GString *out, const char *text)
{
    g_string_append_printf(out, "\n%s\n", text);
}

static const char *protocol_words(const struct firewall_rule *r)
{
    return r->is_udp ? "UDP" : "TCP";
}

/* Who is meant by an outgoing rule: "server main (smtp.example.org)". */
static char *whom(const struct firewall_rule *r)
{
    return *r->hosts ? g_strdup_printf("%s: %s", r->names, r->hosts) : g_strdup(r->names);
}

/* "any address", "any IPv4 address", "10.0.1.2" */
static const char *address_words(const struct firewall_rule *r)
{
    if (r->address)
        return r->address;
    return r->family == 0          ? _("any address")
           : r->family == AF_INET6 ? _("any IPv6 address")
                                   : _("any IPv4 address");
}

static void put_in_words(const struct firewall *f, GString *out)
{
    g_autofree char *own = f->address ? g_strdup_printf("%s, %s", f->host, f->address)
                                      : g_strdup(f->host);
    for (guint i = 0; i < f->in->len; i++) {
        const struct firewall_rule *r = f->in->pdata[i];
        const char *from = r->family == 0          ? _("any address")
                           : r->family == AF_INET6 ? _("any IPv6 address")
                                                   : _("any IPv4 address");
        put_item(out, g_strdup_printf(_("%s from %s to port %u of %s (%s)"), protocol_words(r),
                                      from, r->port, r->address ? r->address : own, r->names));
    }
    if (f->in->len == 0)
        put_item(out, g_strdup(_("nothing")));
}

static void put_out_words(const struct firewall *f, GString *out)
{
    for (guint i = 0; i < f->out->len; i++) {
        const struct firewall_rule *r = f->out->pdata[i];
        g_autofree char *who = whom(r);
        put_item(out, g_strdup_printf(_("%s from our ports %u-%u to port %u of %s (%s)"),
                                      protocol_words(r), f->first, f->last, r->port,
                                      address_words(r), who));
    }
}

/* For those without a memory of connections. */
static void put_back_words(const struct firewall *f, GString *out)
{
    for (guint i = 0; i < f->out->len; i++) {
        const struct firewall_rule *r = f->out->pdata[i];
        put_item(out, g_strdup_printf(_("in: %s from port %u of %s to our ports %u-%u"),
                                      protocol_words(r), r->port, address_words(r), f->first,
                                      f->last));
    }
    for (guint i = 0; i < f->in->len; i++) {
        const struct firewall_rule *r = f->in->pdata[i];
        put_item(out, g_strdup_printf(_("out: %s from our port %u to ports 1024-65535 of any "
                                        "address"),
                                      protocol_words(r), r->port));
    }
}

static void put_all_words(const struct firewall *f, GString *out)
{
    put_heading(out, _("In:"));
    put_in_words(f, out);
    put_heading(out, _("Out:"));
    put_out_words(f, out);
    put_heading(out, _("The way back, where rules have no memory of connections (network ACL):"));
    put_back_words(f, out);
}

void firewall_write_cloud(const struct firewall *f, GString *out)
{
    firewall_head(out, f, "cloud",
                  _("Allow these in the security group of this machine. Some providers close "
                    "outgoing port 25 elsewhere, and open it only on request."));
    put_all_words(f, out);
}

char *firewall_overview(const struct firewall *f)
{
    GString *out = g_string_new(NULL);
    put_folded(out, "",
               _("What others have to let through. crier applies nothing. As rules or in "
                 "another's words: crier firewall --format FORMAT, with FORMAT one of"),
               COMMENT_COLUMNS);
    for (const struct firewall_format *format = firewall_formats(); format->name; format++)
        g_string_append_printf(out, "  %-10s %s\n", format->name, _(format->help));
    put_all_words(f, out);
    for (guint i = 0; i < f->notes->len; i++) {
        g_string_append_c(out, '\n');
        put_folded(out, "", f->notes->pdata[i], COMMENT_COLUMNS);
    }
    return g_string_free(out, FALSE);
}

/* ---- a router that translates ---- */

static void put_forward(const struct firewall *f, const struct firewall_listener *l, GString *out)
{
    gboolean is_v6 = strchr(l->at.host, ':') != NULL, is_any = firewall_is_any(&l->at);
    struct hostport to = {
        .host = (char *)(!is_any   ? l->at.host
                         : f->address ? f->address
                                      : f->host),
        .port = l->at.port,
    };
    g_autofree char *to_text = hostport_format(&to);
    if (!is_v6)
        put_item(out, g_strdup_printf(_("TCP to PUBLIC port %u -> %s (port %s)"), l->url.port,
                                      to_text, l->name));
    if (is_any && !is_v6 && strcmp(l->at.host, "*") != 0)
        return;
    to.host = is_any ? f->address6 : is_v6 ? l->at.host : NULL;
    if (!to.host)
        return;
    g_autofree char *to_v6 = hostport_format(&to);
    put_item(out, g_strdup_printf(_("IPv6 is not translated: let TCP to %s through (port %s)"),
                                  to_v6, l->name));
}

void firewall_write_router(const struct firewall *f, GString *out)
{
    firewall_head(out, f, "router",
                  _("In the router's own page, under port forwarding, virtual server or NAT. "
                    "This machine should always have the same address there."));
    g_string_append_c(out, '\n');
    guint n = 0;
    for (guint i = 0; i < f->listeners->len; i++) {
        const struct firewall_listener *l = f->listeners->pdata[i];
        if (l->role != PORT_TRACKING)
            continue;
        n++;
        if (hostport_is_loopback(l->at.host) && !l->has_url) {
            put_item(out, g_strdup_printf(_("port %s listens on this machine only (%s): nothing "
                                            "can be forwarded to it"),
                                          l->name, l->at.host));
        } else if (hostport_is_loopback(l->at.host)) { /* to its proxy, which is here */
            struct firewall_listener proxy = *l;
            proxy.at.host = (char *)"*";
            proxy.at.port = l->url.port;
            put_forward(f, &proxy, out);
        } else if (firewall_is_proxied(l)) {
            put_item(out, g_strdup_printf(_("TCP to PUBLIC port %u -> the proxy that speaks https "
                                            "for port %s"),
                                          l->url.port, l->name));
        } else {
            put_forward(f, l, out);
        }
    }
    if (n == 0)
        put_item(out, g_strdup(_("nothing: no tracking port is in use")));
    put_item(out, g_strdup(_("The admin port is never forwarded: crier firewall --format ssh "
                             "shows the way to it.")));
}

/* ---- by SSH ---- */

void firewall_write_ssh(const struct firewall *f, GString *out)
{
    guint n = 0;
    const guint16 *local = port_number_choices(PORT_ADMIN);
    firewall_head(out, f, "ssh",
                  _("On the machine where you sit; it ends with Ctrl+C. No port has to be opened "
                    "but that of SSH."));
    while (*local && *local < USER_PORT_MIN)
        local++;
    for (guint i = 0; i < f->listeners->len; i++) {
        const struct firewall_listener *l = f->listeners->pdata[i];
        if (l->role != PORT_ADMIN || *local == 0)
            continue;
        struct hostport to = l->at;
        if (firewall_is_any(&l->at))
            to.host = (char *)(strcmp(l->at.host, "::") == 0 ? "::1" : "127.0.0.1");
        g_autofree char *to_text = hostport_format(&to);
        g_autofree char *then = g_strdup_printf(_("Then, for port %s, http://127.0.0.1:%u in a "
                                                  "browser there."),
                                                l->name, *local);
        g_string_append_printf(out, "ssh -N -L 127.0.0.1:%u:%s %s@%s\n", *local, to_text,
                               f->user, f->host);
        firewall_comment(out, then);
        local++;
        n++;
    }
    if (n == 0)
        firewall_comment(out, _("No admin port is in use. Make one with: crier port add desk "
                                "--role admin"));
}

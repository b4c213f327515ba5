/*
 * Gathers what has to be let through: our ports, the servers, mailboxes and name servers that
 * we connect to, and the ports that we connect from. Each format's text is in a file of its
 * own kind.
 */
#include "config.h"

#include "doctor/firewall.h"

#include <string.h>
#include <sys/socket.h>

#include "base/i18n.h"
#include "doctor/firewall_private.h"
#include "model/mailbox.h"
#include "model/server.h"
#include "net/binding.h"
#include "net/dns.h"
#include "net/ownaddr.h"
#include "store/mailboxes.h"
#include "store/ports.h"
#include "store/servers.h"

#define DNS_PORT 53
#define DNS_WAIT_MS 1000

static const struct firewall_format formats[] = {
    {"nft", N_("nftables: a table of our own, for nft -f"), firewall_write_nft},
    {"iptables", N_("iptables: chains of our own, for iptables-restore and ip6tables-restore"),
     firewall_write_iptables},
    {"ufw", N_("ufw: commands"), firewall_write_ufw},
    {"firewalld", N_("firewalld: commands"), firewall_write_firewalld},
    {"cloud", N_("a cloud's security group, in words"), firewall_write_cloud},
    {"router", N_("port forwarding of a router, in words"), firewall_write_router},
    {"ssh", N_("the way to the admin port by SSH"), firewall_write_ssh},
    {"nginx", N_("nginx as proxy in front of the tracking port"), firewall_write_nginx},
    {"apache", N_("Apache as proxy in front of the tracking port"), firewall_write_apache},
    {"caddy", N_("Caddy as proxy in front of the tracking port"), firewall_write_caddy},
    {NULL, NULL, NULL},
};

const struct firewall_format *firewall_formats(void)
{
    return formats;
}

const struct firewall_format *firewall_format_of(const char *name)
{
    for (const struct firewall_format *f = formats; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

char *firewall_text(const struct firewall *f, const struct firewall_format *format)
{
    GString *out = g_string_new(NULL);
    format->write(f, out);
    return g_string_free(out, FALSE);
}

/* ---- life ---- */

static void rule_free(gpointer data)
{
    struct firewall_rule *r = data;
    g_free(r->names);
    g_free(r->hosts);
    g_free(r->address);
    g_free(r);
}

static void listener_free(gpointer data)
{
    struct firewall_listener *l = data;
    g_free(l->name);
    hostport_clear(&l->at);
    port_url_clear(&l->url);
    g_free(l);
}

void firewall_free(struct firewall *f)
{
    if (!f)
        return;
    g_ptr_array_unref(f->in);
    g_ptr_array_unref(f->out);
    g_ptr_array_unref(f->listeners);
    g_ptr_array_unref(f->notes);
    g_free(f->host);
    g_free(f->user);
    g_free(f->address);
    g_free(f->address6);
    g_free(f);
}

static struct firewall *firewall_new(void)
{
    struct firewall *f = g_new0(struct firewall, 1);
    struct binding_limits limits;
    g_autoptr(GPtrArray) own = ownaddr_all();
    f->in = g_ptr_array_new_with_free_func(rule_free);
    f->out = g_ptr_array_new_with_free_func(rule_free);
    f->listeners = g_ptr_array_new_with_free_func(listener_free);
    f->notes = g_ptr_array_new_with_free_func(g_free);
    f->host = g_strdup(g_get_host_name());
    f->user = g_strdup(g_get_user_name());
    f->address = g_strdup(ownaddr_first(own, FALSE));
    f->address6 = g_strdup(ownaddr_first(own, TRUE));
    binding_limits_read(&limits);
    f->first = limits.outgoing.first;
    f->last = limits.outgoing.last;
    binding_limits_clear(&limits);
    return f;
}

/* ---- rules ---- */

static void note(struct firewall *f, char *take)
{
    g_ptr_array_add(f->notes, take);
}

static void append_name(char **names, const char *name)
{
    g_auto(GStrv) all = g_strsplit(*names, ", ", -1);
    if (!*name || g_strv_contains((const char *const *)all, name))
        return;
    char *more = **names ? g_strdup_printf("%s, %s", *names, name) : g_strdup(name);
    g_free(*names);
    *names = more;
}

/* `address` NULL: any. Alike ones are one rule. */
static struct firewall_rule *add_rule(GPtrArray *rules, const char *address, int family,
                                      gboolean is_udp, guint16 port, const char *name)
{
    for (guint i = 0; i < rules->len; i++) {
        struct firewall_rule *r = rules->pdata[i];
        if (g_strcmp0(r->address, address) == 0 && r->family == family &&
            r->is_udp == is_udp && r->port == port) {
            append_name(&r->names, name);
            return r;
        }
    }
    struct firewall_rule *r = g_new0(struct firewall_rule, 1);
    r->names = g_strdup(name);
    r->hosts = g_strdup("");
    r->address = g_strdup(address);
    r->family = family;
    r->is_udp = is_udp;
    r->port = port;
    g_ptr_array_add(rules, r);
    return r;
}

static int family_of(const char *address)
{
    return strchr(address, ':') ? AF_INET6 : AF_INET;
}

/* ---- our ports ---- */

gboolean firewall_is_any(const struct hostport *at)
{
    return strcmp(at->host, "*") == 0 || strcmp(at->host, "0.0.0.0") == 0 ||
           strcmp(at->host, "::") == 0;
}

/* Behind a proxy on this machine it is the proxy's port that others come to. */
static void add_incoming(struct firewall *f, const struct firewall_listener *l)
{
    g_autofree char *name = g_strdup_printf("port %s", l->name);
    g_autofree char *proxy = g_strdup_printf("proxy of port %s", l->name);
    if (hostport_is_loopback(l->at.host)) {
        if (firewall_is_proxied(l))
            add_rule(f->in, NULL, 0, FALSE, l->url.port, proxy);
        return;
    }
    if (strcmp(l->at.host, "*") == 0) {
        add_rule(f->in, NULL, 0, FALSE, l->at.port, name);
        return;
    }
    /* A zone is of this machine alone, and no firewall knows it. */
    g_autofree char *bare = g_strndup(l->at.host, strcspn(l->at.host, "%"));
    add_rule(f->in, firewall_is_any(&l->at) ? NULL : bare, family_of(bare), FALSE, l->at.port,
             name);
}

static void add_listener(struct firewall *f, const struct port *p)
{
    struct firewall_listener *l = g_new0(struct firewall_listener, 1);
    l->role = (enum port_role)p->role;
    l->name = g_strdup(p->name);
    if (!port_endpoint(p, &l->at, NULL)) {
        listener_free(l);
        note(f, g_strdup_printf(_("Port %s is left out: its address cannot be read."), p->name));
        return;
    }
    l->has_url = p->public_url && *p->public_url && port_url_parse(p->public_url, &l->url, NULL);
    if (!l->has_url)
        l->url = (struct port_url){
            .host = g_strdup(f->host), .port = l->at.port, .path = g_strdup("")};
    g_ptr_array_add(f->listeners, l);
    add_incoming(f, l);
    /* We speak no TLS there. */
    if (firewall_is_proxied(l) && !hostport_is_loopback(l->at.host))
        note(f, g_strdup_printf(_("Port %s: a proxy has to answer https at port %u and pass it on "
                                  "to our port %u. If it is on this machine, let its port in, "
                                  "too, and listen on 127.0.0.1:%u only."),
                                l->name, l->url.port, l->at.port, l->at.port));
}

static void add_usual_ports(struct firewall *f)
{
    for (int role = 0; role < PORT_ROLE_COUNT; role++) {
        struct port p;
        port_init(&p);
        p.role = role;
        p.name = g_strdup(port_role_name((enum port_role)role));
        port_fill_in(&p);
        add_listener(f, &p);
        port_clear(&p);
    }
}

static gboolean add_ports(struct firewall *f, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = ports_all(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct port *p = all->pdata[i];
        if (p->enabled)
            add_listener(f, p);
        else
            note(f, g_strdup_printf(_("Port %s is switched off and left out."), p->name));
    }
    if (all && all->len == 0) {
        add_usual_ports(f);
        note(f, g_strdup(_("No port is recorded yet, so these are the usual ones. Make one with: "
                           "crier port add")));
    }
    return all != NULL;
}

/* ---- what we connect to ---- */

static void add_outgoing(struct firewall *f, const char *name, const struct hostport *h)
{
    gboolean is_address = h->is_literal;
    g_autofree char *bare = g_strndup(h->host, strcspn(h->host, "%"));
    struct firewall_rule *r =
        add_rule(f->out, is_address ? bare : NULL, is_address ? family_of(bare) : 0, FALSE,
                 h->port, name);
    append_name(&r->hosts, h->host);
}

/* A mail server on this machine is reached without a firewall; it itself goes out by 25. */
static void add_peer(struct firewall *f, const char *noun, const char *record,
                     const struct hostport *h)
{
    g_autofree char *name = g_strdup_printf("%s %s", noun, record);
    if (!hostport_is_loopback(h->host))
        add_outgoing(f, name, h);
    else if (h->port == 25 || h->port == 465 || h->port == 587)
        add_rule(f->out, NULL, 0, FALSE, 25, "own mail server");
}

static gboolean add_servers(struct firewall *f, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = servers_all(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct server *s = all->pdata[i];
        struct hostport h;
        if (!s->enabled || !server_endpoint(s, &h, NULL))
            continue;
        add_peer(f, "server", s->name, &h);
        hostport_clear(&h);
    }
    return all != NULL;
}

static gboolean add_mailboxes(struct firewall *f, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = mailboxes_all(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct mailbox *m = all->pdata[i];
        struct hostport h;
        if (!m->enabled || !mailbox_endpoint(m, &h, NULL))
            continue;
        add_peer(f, "mailbox", m->name, &h);
        hostport_clear(&h);
    }
    return all != NULL;
}

static void add_usual_peers(struct firewall *f)
{
    static const struct {
        guint16 port;
        const char *name;
    } usual[] = {
        {25, "SMTP"},  {465, "SMTP"},  {587, "SMTP"},  {110, "POP3"},
        {995, "POP3"}, {143, "IMAP"}, {993, "IMAP"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(usual); i++)
        add_rule(f->out, NULL, 0, FALSE, usual[i].port, usual[i].name);
}

/* One on this machine asks others, so there any may be asked. */
static void add_name_servers(struct firewall *f)
{
    struct dns *d = dns_open(NULL, DNS_WAIT_MS, NULL);
    g_auto(GStrv) servers = d ? dns_servers(d) : NULL;
    for (char **s = servers; s && *s; s++) {
        struct hostport h;
        if (!hostport_parse(*s, HOSTPORT_PEER, &h, NULL))
            continue;
        gboolean is_own = hostport_is_loopback(h.host);
        g_autofree char *bare = g_strndup(h.host, strcspn(h.host, "%"));
        for (int udp = 1; udp >= 0; udp--) {
            struct firewall_rule *r = add_rule(
                f->out, is_own ? NULL : bare, is_own ? 0 : family_of(bare), udp != 0,
                h.port && !is_own ? h.port : DNS_PORT, "name server");
            append_name(&r->hosts, is_own ? "" : h.host);
        }
        hostport_clear(&h);
    }
    if (!servers || !*servers)
        note(f, g_strdup(_("Which name servers this machine asks could not be found out: they must "
                           "be reached by UDP and TCP, port 53.")));
    dns_close(d);
}

static gboolean gather(struct firewall *f, struct db *db, GError **error)
{
    if (!db) {
        add_usual_ports(f);
        add_usual_peers(f);
        note(f, g_strdup(_("There is no workspace here, so these are the usual ports.")));
    } else if (!add_ports(f, db, error) || !add_servers(f, db, error) ||
               !add_mailboxes(f, db, error)) {
        return FALSE;
    } else if (f->out->len == 0) {
        add_usual_peers(f);
        note(f, g_strdup(_("No server or mailbox is in use yet, so the usual mail ports stand "
                           "here.")));
    }
    add_name_servers(f);
    return TRUE;
}

struct firewall *firewall_gather(struct db *db, GError **error)
{
    struct firewall *f = firewall_new();
    if (!gather(f, db, error))
        g_clear_pointer(&f, firewall_free);
    return f;
}

/* ---- for programs ---- */

static void put_rules(struct json_writer *w, const char *key, const GPtrArray *rules)
{
    json_key(w, key);
    json_begin_array(w);
    for (guint i = 0; i < rules->len; i++) {
        const struct firewall_rule *r = rules->pdata[i];
        json_begin_object(w);
        json_kv_string(w, "protocol", firewall_protocol(r));
        json_kv_int(w, "port", r->port);
        json_kv_string(w, "address", r->address);
        json_kv_string(w, "family", r->family == 0         ? NULL
                                    : r->family == AF_INET ? "ipv4"
                                                           : "ipv6");
        json_kv_string(w, "names", r->names);
        json_kv_string(w, "hosts", *r->hosts ? r->hosts : NULL);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_listeners(struct json_writer *w, const struct firewall *f)
{
    json_key(w, "listeners");
    json_begin_array(w);
    for (guint i = 0; i < f->listeners->len; i++) {
        const struct firewall_listener *l = f->listeners->pdata[i];
        g_autofree char *at = hostport_format(&l->at);
        g_autofree char *url = l->has_url ? port_url_format(&l->url) : NULL;
        json_begin_object(w);
        json_kv_string(w, "name", l->name);
        json_kv_string(w, "role", port_role_name(l->role));
        json_kv_string(w, "listen", at);
        json_kv_string(w, "public_url", url);
        json_end_object(w);
    }
    json_end_array(w);
}

void firewall_json(struct json_writer *w, const struct firewall *f)
{
    put_rules(w, "in", f->in);
    put_rules(w, "out", f->out);
    put_listeners(w, f);
    json_kv_int(w, "source_first", f->first);
    json_kv_int(w, "source_last", f->last);
    json_kv_string(w, "host", f->host);
    json_kv_string(w, "address", f->address);
    json_kv_string(w, "address6", f->address6);
    json_key(w, "notes");
    json_begin_array(w);
    for (guint i = 0; i < f->notes->len; i++)
        json_put_string(w, f->notes->pdata[i]);
    json_end_array(w);
}

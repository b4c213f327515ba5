/*
 * What is said of a port: who holds it, why it cannot be had, what to do. The state is found by
 * ports.c.
 */
#include "config.h"

#include "doctor/ports_private.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

#define SERVICE_BYTES 4096
#define NAME_CHARS 64 /* of a program or service */
#define ADDRESSES_TOLD 8
#define SHARERS_TOLD 3

/* ---- who ---- */

static char *who_name(const struct ports_facts *f, const struct holder *h,
                      gboolean *ret_has_service)
{
    g_autofree char *program = h->program ? text_safe(h->program, -1, NAME_CHARS) : NULL;
    g_autofree char *service = h->service ? text_safe(h->service, -1, NAME_CHARS) : NULL;
    *ret_has_service = !program && service;
    if (program && h->is_inferred)
        return g_strdup_printf(_("%s, as far as can be seen"), program);
    if (program)
        return g_steal_pointer(&program);
    if (service)
        return g_strdup_printf(_("a program of %s"), service);
    if (!h->is_hidden)
        return g_strdup(_("a program that is not to be seen from here"));
    return g_strdup(h->uid == f->uid ? _("a program of your own")
                                     : _("another user's program"));
}

static char *user_words(const struct holder *h)
{
    g_autofree char *user = h->user ? text_safe(h->user, -1, NAME_CHARS) : NULL;
    return user ? g_strdup_printf(_("user %s"), user)
                : g_strdup_printf(_("user number %u"), h->uid);
}

char *ports_who(const struct ports_facts *f, const struct ports_socket *s)
{
    const struct holder *h = s->holder;
    gboolean has_service;
    g_autofree char *name = who_name(f, h, &has_service);
    g_autoptr(GPtrArray) facts = g_ptr_array_new_with_free_func(g_free);
    if (h->pid)
        g_ptr_array_add(facts, g_strdup_printf(_("process %" PRId64), h->pid));
    g_ptr_array_add(facts, user_words(h));
    if (h->service && !has_service)
        g_ptr_array_add(facts, text_safe(h->service, -1, NAME_CHARS));
    g_ptr_array_add(facts, NULL);
    g_autofree char *in_brackets = g_strjoinv(", ", (char **)facts->pdata);
    return g_strdup_printf("%s (%s)", name, in_brackets);
}

/* ---- what ---- */

/* "port 81", "port 81 of 127.0.0.1". Caller frees. */
static char *port_words(const struct binding *b)
{
    if (socket_address_is_any(&b->at))
        return g_strdup_printf(_("port %u"), b->at.port);
    g_autofree char *host = socket_address_host(&b->at);
    return g_strdup_printf(_("port %u of %s"), b->at.port, host);
}

/* "*:8082" -> "port 8082": the address is the one that was wanted. Caller frees. */
static char *suggestion_words(const struct ports_verdict *v)
{
    struct binding b;
    if (!v->suggestion || !binding_parse(v->suggestion, &b, NULL))
        return NULL;
    gboolean is_same = v->state != PORTS_WRONG && v->state != PORTS_NOT_OURS;
    return is_same ? g_strdup_printf(_("port %u"), b.at.port) : g_strdup(v->suggestion);
}

/* What to do, where another port is one of two ways; `other` (taken) is the second one. */
static char *use_or(const struct ports_verdict *v, char *take_other)
{
    g_autofree char *suggestion = suggestion_words(v);
    g_autofree char *other = take_other;
    if (suggestion && other)
        return g_strdup_printf(_("Use %s instead, or %s."), suggestion, other);
    if (suggestion)
        return g_strdup_printf(_("Use %s instead."), suggestion);
    return g_strdup_printf(_("Choose another port, or %s."),
                           other ? other : _("free this one"));
}

/* Programs that hold a port for somebody else, or that nobody wants to stop for it. */
static const struct {
    const char *program;
    const char *advice; /* N_(); behind "Use port 8081 instead, or"; NULL: none */
} brokers[] = {
    {"systemd", N_("stop the socket unit it is for (systemctl list-sockets names it)")},
    {"docker-proxy", N_("take it from its container (docker ps shows which has it)")},
    {"rootlessport", N_("take it from its container (podman ps shows which has it)")},
    {"conmon", N_("take it from its container (podman ps shows which has it)")},
    {"pasta", N_("take it from its container (podman ps shows which has it)")},
    {"xinetd", N_("take it out of the configuration of xinetd")},
    {"inetd", N_("take it out of the configuration of inetd")},
    {"crier", N_("stop the other crier, which is of another workspace or a sink")},
    {"sshd", NULL},
    {"sshd-session", NULL},
};

static char *stop_it(const struct ports_case *c)
{
    const struct holder *h = c->socket->holder;
    for (gsize i = 0; h->program && i < G_N_ELEMENTS(brokers); i++)
        if (strcmp(h->program, brokers[i].program) == 0)
            return brokers[i].advice ? g_strdup(_(brokers[i].advice)) : NULL;
    if (!h->service && !h->program)
        return g_strdup_printf(_("find out who has it (sudo ss -ltnp 'sport = :%u')"),
                               c->binding.at.port);
    g_autofree char *safe = text_safe(h->service ? h->service : h->program, -1, NAME_CHARS);
    return g_strdup_printf(_("stop %s"), safe);
}

/* ---- each state ---- */

static void say_free(const struct ports_case *c, struct ports_verdict *v)
{
    g_autofree char *port = port_words(&c->binding);
    v->text = g_strdup_printf(_("%s is free"), port);
    if (c->is_ending)
        g_ptr_array_add(
            v->notes, g_strdup(_("connections of the server that was there are just ending")));
    if (v->suggestion)
        v->next = use_or(v, g_strdup(_("see to what the notes say")));
}

static void say_ours(const struct ports_case *c, struct ports_verdict *v)
{
    const struct holder *h = c->socket->holder;
    g_autofree char *port = port_words(&c->binding);
    g_autofree char *since =
        h->since_us ? clock_format_local(h->since_us, clock_wall_us()) : NULL;
    if (h->pid && since)
        v->text = g_strdup_printf(_("our worker listens on %s (process %" PRId64 ", since %s)"),
                                  port, h->pid, since);
    else
        v->text = g_strdup_printf(_("our worker listens on %s"), port);
}

static void say_held(const struct ports_case *c, struct ports_verdict *v)
{
    g_autofree char *port = port_words(&c->binding);
    g_autofree char *who = ports_who(c->facts, c->socket);
    v->text = g_strdup_printf(_("%s is held by %s"), port, who);
    v->next = use_or(v, stop_it(c));
}

/* "every IPv4 address" of one that is any. */
static const char *every(const struct binding *b)
{
    if (b->takes_both)
        return _("every address");
    return b->at.is_ipv6 ? _("every IPv6 address") : _("every IPv4 address");
}

/* Which of the two addresses has the other inside. */
static void say_clash(const struct ports_case *c, struct ports_verdict *v)
{
    const struct listener *l = &c->socket->listener;
    const struct binding other = {.at = l->at, .takes_both = l->takes_both};
    g_autofree char *wanted = binding_text(&c->binding);
    g_autofree char *theirs = socket_address_text(&l->at);
    g_autofree char *who = ports_who(c->facts, c->socket);
    if (l->takes_both && !c->binding.at.is_ipv6)
        v->text =
            g_strdup_printf(_("%s clashes with %s, which takes IPv4 too and is held by %s"),
                            wanted, theirs, who);
    else if (!socket_address_is_any(&l->at))
        v->text = g_strdup_printf(_("%s is %s, and one of them, %s, is held by %s"), wanted,
                                  every(&c->binding), theirs, who);
    else if (socket_address_is_any(&c->binding.at))
        v->text = g_strdup_printf(_("%s is IPv4 and IPv6 together, and %s is held by %s"),
                                  wanted, theirs, who);
    else
        v->text = g_strdup_printf(_("%s clashes with %s, which is %s and is held by %s"),
                                  wanted, theirs, every(&other), who);
    v->next = use_or(v, stop_it(c));
}

/* Everybody on that address, each once. Caller frees. */
static char *sharers(const struct ports_case *c, guint *ret_n)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < c->facts->sockets->len; i++) {
        const struct ports_socket *s =
            &g_array_index(c->facts->sockets, struct ports_socket, i);
        if (!socket_address_equal(&s->listener.at, &c->socket->listener.at))
            continue;
        char *who = ports_who(c->facts, s);
        if (g_hash_table_add(seen, g_strdup(who)) && all->len < SHARERS_TOLD)
            g_ptr_array_add(all, who);
        else
            g_free(who);
    }
    *ret_n = g_hash_table_size(seen);
    if (*ret_n > all->len)
        g_ptr_array_add(all, g_strdup("…"));
    g_ptr_array_add(all, NULL);
    return g_strjoinv("; ", (char **)all->pdata);
}

static void say_pooled(const struct ports_case *c, struct ports_verdict *v)
{
    guint n;
    g_autofree char *port = port_words(&c->binding);
    g_autofree char *who = sharers(c, &n);
    if (n == 1) {
        v->text = g_strdup_printf(_("%s is held by %s with several sockets (SO_REUSEPORT)"),
                                  port, who);
        v->next = use_or(v, stop_it(c));
        return;
    }
    v->text =
        g_strdup_printf(ngettext("%u program shares %s, and requests are split at random: %s",
                                 "%u programs share %s, and requests are split at random: "
                                 "%s",
                                 n),
                        n, port, who);
    v->next = use_or(v, g_strdup(_("stop all but one of them")));
}

/* Whoever is there without listening. A connection that has ended belongs to nobody any more.
 */
static const struct ports_socket *live_socket(const struct ports_facts *others)
{
    for (guint i = 0; i < others->sockets->len; i++) {
        const struct ports_socket *s = &g_array_index(others->sockets, struct ports_socket, i);
        if (s->listener.inode)
            return s;
    }
    return NULL;
}

static void say_busy(const struct ports_case *c, struct ports_verdict *v)
{
    g_autofree char *port = port_words(&c->binding);
    struct ports_facts others;
    gboolean is_known = c->facts->look_at_others(c->binding.at.port, &others);
    const struct ports_socket *s = is_known ? live_socket(&others) : NULL;
    g_autofree char *who = s ? ports_who(c->facts, s) : NULL;
    if (s && s->listener.is_bound_only)
        v->text =
            g_strdup_printf(_("%s is bound by %s, which does not listen on it"), port, who);
    else if (s)
        v->text = g_strdup_printf(_("nobody listens on %s, but a connection of %s uses it"),
                                  port, who);
    else if (is_known && others.sockets->len > 0)
        v->text = g_strdup_printf(
            _("nobody listens on %s any more, but connections to it are just ending"), port);
    else
        v->text = g_strdup_printf(
            _("a program has bound %s without listening on it, and which is not to be seen"),
            port);
    v->next = use_or(v, g_strdup(_("wait a minute and look again")));
    if (is_known)
        ports_facts_clear(&others);
}

/* The four ways to a low port. */
static void add_ways(const struct ports_case *c, struct ports_verdict *v)
{
    guint port = c->binding.at.port;
    struct binding b = {0};
    guint high = v->suggestion && binding_parse(v->suggestion, &b, NULL) ? b.at.port : 8081;
    g_autofree char *program = text_safe(c->facts->program, -1, 0);
    g_ptr_array_add(
        v->notes,
        g_strdup_printf(_("redirect: listen on %u, and let the firewall lead port %u "
                          "there (crier firewall --format nft --redirect prints the rules)"),
                        high, port));
    g_ptr_array_add(v->notes, g_strdup_printf(_("for every program: sudo sysctl "
                                                "net.ipv4.ip_unprivileged_port_start=%u"),
                                              port));
    g_ptr_array_add(v->notes, g_strdup_printf(_("for crier alone: sudo setcap "
                                                "cap_net_bind_service=+ep %s (again after each "
                                                "update)"),
                                              program));
    g_ptr_array_add(v->notes,
                    g_strdup_printf(_("systemd: a socket unit with ListenStream=%u opens "
                                      "it for the worker"),
                                    port));
}

static void say_privileged(const struct ports_case *c, struct ports_verdict *v)
{
    v->text = g_strdup_printf(_("port %u cannot be had: on this system ports below %d need a "
                                "privilege that crier does not have"),
                              c->binding.at.port, c->facts->limits.privileged_below);
    v->next = use_or(v, g_strdup(_("take one of the four ways that the notes name")));
    add_ways(c, v);
}

static void say_forbidden(const struct ports_case *c, struct ports_verdict *v)
{
    g_autofree char *port = port_words(&c->binding);
    v->text = g_strdup_printf(_("this system refuses %s: %s"), port, g_strerror(c->why));
    v->next = use_or(
        v, g_strdup(_("ask for the rules of this machine: SELinux, AppArmor, the sandbox "
                      "of the service")));
}

static void say_not_ours(const struct ports_case *c, struct ports_verdict *v)
{
    g_autofree char *host = socket_address_host(&c->binding.at);
    const GPtrArray *own = c->facts->own_addresses;
    g_autoptr(GPtrArray) told = g_ptr_array_new();
    for (guint i = 0; i < own->len && i < ADDRESSES_TOLD; i++)
        g_ptr_array_add(told, own->pdata[i]);
    if (own->len > ADDRESSES_TOLD)
        g_ptr_array_add(told, (gpointer) "…");
    g_ptr_array_add(told, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)told->pdata);
    if (c->why == EAFNOSUPPORT)
        v->text = g_strdup_printf(_("%s is IPv6, which this machine does not have"), host);
    else if (c->why == EINVAL)
        v->text = g_strdup_printf(_("%s needs its interface, as in [%s%%eth0]:%u"), host, host,
                                  c->binding.at.port);
    else
        v->text =
            g_strdup_printf(_("%s is no address of this machine, which has %s"), host, list);
    v->next = use_or(v, g_strdup(_("one of the machine's own addresses")));
}

static void say_wrong(const struct ports_case *c, struct ports_verdict *v)
{
    v->text = g_strdup(c->problem);
    v->next = use_or(v, g_strdup(_("another address with a port")));
}

static void say_off(const struct ports_case *c, struct ports_verdict *v)
{
    g_autofree char *port = port_words(&c->binding);
    v->text = g_strdup_printf(_("%s is switched off"), port);
}

static void (*const say[PORTS_STATE_COUNT])(const struct ports_case *c,
                                            struct ports_verdict *v) = {
    [PORTS_FREE] = say_free,           [PORTS_OURS] = say_ours,
    [PORTS_HELD] = say_held,           [PORTS_HIDDEN] = say_held,
    [PORTS_CLASH] = say_clash,         [PORTS_POOLED] = say_pooled,
    [PORTS_BUSY] = say_busy,           [PORTS_PRIVILEGED] = say_privileged,
    [PORTS_FORBIDDEN] = say_forbidden, [PORTS_NOT_OURS] = say_not_ours,
    [PORTS_WRONG] = say_wrong,         [PORTS_OFF] = say_off,
};

void ports_words(const struct ports_case *c, struct ports_verdict *v)
{
    say[v->state](c, v);
}

/* ---- notes ---- */

static gboolean is_choice(guint16 port)
{
    for (int role = 0; role < PORT_ROLE_COUNT; role++)
        for (const guint16 *p = port_number_choices(role); *p; p++)
            if (*p == port)
                return TRUE;
    return FALSE;
}

/* The name of a service that is not the web's; NULL: none. Caller frees. */
static char *known_name(guint16 port)
{
    struct servent entry, *found = NULL;
    char buffer[SERVICE_BYTES];
    if (is_choice(port) ||
        getservbyport_r(htons(port), "tcp", &entry, buffer, sizeof buffer, &found) != 0 ||
        !found || g_str_has_prefix(found->s_name, "http") ||
        g_str_has_prefix(found->s_name, "www"))
        return NULL;
    return text_safe(found->s_name, -1, NAME_CHARS);
}

int ports_add_notes(const struct binding_limits *limits, guint16 port, GPtrArray *to)
{
    int n_warnings = 0;
    if (binding_is_outgoing(limits, port)) {
        g_ptr_array_add(
            to,
            g_strdup_printf(_("an outgoing connection may take port %u first, as %u to %u are "
                              "for those: add it to net.ipv4.ip_local_reserved_ports"),
                            port, limits->outgoing.first, limits->outgoing.last));
        n_warnings++;
    }
    if (port_number_is_blocked(port)) {
        g_ptr_array_add(to, g_strdup_printf(_("browsers refuse links to port %u"), port));
        n_warnings++;
    }
    g_autofree char *name = known_name(port);
    if (name)
        g_ptr_array_add(to, g_strdup_printf(_("port %u is known as %s: unusual for a web page"),
                                            port, name));
    return n_warnings;
}

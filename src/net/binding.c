/*
 * Binding for a moment, and the few facts of the kernel that decide whether it works. Who is in
 * the way is sockdiag's and holder's.
 */
#include "config.h"

#include "net/binding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/hostport.h"
#include "base/i18n.h"

#define BACKLOG 16
#define SYSCTL "/proc/sys/net/ipv4/"
#define MAX_SYSCTL_BYTES 65536
#define MAX_STATUS_BYTES 16384
#define MAX_RANGES 10000
#define DEFAULT_PRIVILEGED 1024
#define DEFAULT_OUTGOING_FIRST 32768
#define DEFAULT_OUTGOING_LAST 60999

/* ---- what is to be bound ---- */

static gboolean read_literal(const char *host, struct socket_address *ret)
{
    const char *zone = strchr(host, '%');
    g_autofree char *address = zone ? g_strndup(host, (gsize)(zone - host)) : g_strdup(host);
    ret->is_ipv6 = strchr(address, ':') != NULL;
    ret->zone = zone ? if_nametoindex(zone + 1) : 0;
    return inet_pton(ret->is_ipv6 ? AF_INET6 : AF_INET, address, ret->bytes) == 1;
}

gboolean binding_parse(const char *text, struct binding *ret, GError **error)
{
    struct hostport h;
    if (!hostport_parse(text, HOSTPORT_LISTENER, &h, error))
        return FALSE;
    struct binding b = {.at.port = h.port};
    gboolean ok = FALSE;
    if (h.port == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("'%s' has no port. Write one behind a colon, as in *:8081"), text);
    } else if (strcmp(h.host, "*") == 0) {
        b.at.is_ipv6 = b.takes_both = ok = TRUE;
    } else if (!h.is_literal && hostport_is_loopback(h.host)) {
        ok = read_literal("127.0.0.1", &b.at);
    } else if (!h.is_literal) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("'%s' names a host, and a program listens on addresses. Write one of this "
              "machine's own, or * for all"),
            text);
    } else {
        ok = read_literal(h.host, &b.at);
    }
    hostport_clear(&h);
    if (ok)
        *ret = b;
    return ok;
}

char *binding_text(const struct binding *b)
{
    return b->takes_both ? g_strdup_printf("*:%u", b->at.port) : socket_address_text(&b->at);
}

gboolean binding_clashes(const struct binding *b, const struct listener *l)
{
    return listener_clashes(l, &b->at, b->takes_both);
}

static socklen_t to_sockaddr(const struct socket_address *a, struct sockaddr_storage *to)
{
    *to = (struct sockaddr_storage){0};
    if (!a->is_ipv6) {
        struct sockaddr_in *in = (struct sockaddr_in *)to;
        in->sin_family = AF_INET;
        in->sin_port = htons(a->port);
        memcpy(&in->sin_addr, a->bytes, 4);
        return sizeof *in;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(a->port);
    in6->sin6_scope_id = a->zone;
    memcpy(&in6->sin6_addr, a->bytes, 16);
    return sizeof *in6;
}

/* Bound, or errno. */
static int bind_address(const struct socket_address *a, gboolean takes_both, int beside,
                        int *ret_fd)
{
    int fd = socket(a->is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int only = !takes_both;
    if (a->is_ipv6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &beside, sizeof beside);
    struct sockaddr_storage address;
    socklen_t len = to_sockaddr(a, &address);
    if (bind(fd, (struct sockaddr *)&address, len) == 0) {
        *ret_fd = fd;
        return 0;
    }
    int why = errno;
    close(fd);
    return why;
}

/* Where there is no IPv6 "*" is IPv4 alone. */
static int bind_it(const struct binding *b, gboolean beside_connections, int *ret_fd)
{
    int why = bind_address(&b->at, b->takes_both, beside_connections, ret_fd);
    if (!b->takes_both || (why != EAFNOSUPPORT && why != EADDRNOTAVAIL))
        return why;
    const struct socket_address v4 = {.port = b->at.port};
    return bind_address(&v4, FALSE, beside_connections, ret_fd);
}

int binding_try(const struct binding *b, gboolean beside_connections)
{
    int fd = -1, why = bind_it(b, beside_connections, &fd);
    if (why == 0)
        close(fd);
    return why;
}

int binding_listen(const struct binding *b, int *ret_fd)
{
    int fd = -1, why = bind_it(b, TRUE, &fd);
    if (why != 0)
        return why;
    if (listen(fd, BACKLOG) == 0) {
        *ret_fd = fd;
        return 0;
    }
    why = errno;
    close(fd);
    return why;
}

/* ---- what the system allows ---- */

static char *read_sysctl(const char *name)
{
    g_autofree char *path = g_strconcat(SYSCTL, name, NULL);
    return file_read(path, MAX_SYSCTL_BYTES, NULL, NULL);
}

static gboolean has_capability(int which)
{
    g_autofree char *status = file_read("/proc/self/status", MAX_STATUS_BYTES, NULL, NULL);
    const char *line = status ? strstr(status, "\nCapEff:") : NULL;
    guint64 in_force = line ? g_ascii_strtoull(line + strlen("\nCapEff:"), NULL, 16) : 0;
    return in_force >> which & 1;
}

GArray *binding_read_ranges(const char *text)
{
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(struct port_range));
    g_auto(GStrv) parts = g_strsplit_set(text, ", \t\n", MAX_RANGES);
    for (char **p = parts; *p; p++) {
        struct port_range r;
        int n = sscanf(*p, "%hu-%hu", &r.first, &r.last);
        if (n == 1)
            r.last = r.first;
        if (n >= 1 && r.first <= r.last)
            g_array_append_val(ranges, r);
    }
    return ranges;
}

void binding_limits_read(struct binding_limits *ret)
{
    g_autofree char *start = read_sysctl("ip_unprivileged_port_start");
    g_autofree char *range = read_sysctl("ip_local_port_range");
    g_autofree char *reserved = read_sysctl("ip_local_reserved_ports");
    *ret = (struct binding_limits){
        .privileged_below = start ? (int)g_ascii_strtoll(start, NULL, 10) : DEFAULT_PRIVILEGED,
        .may_bind_low = has_capability(CAP_NET_BIND_SERVICE),
        .outgoing = {DEFAULT_OUTGOING_FIRST, DEFAULT_OUTGOING_LAST},
        .reserved = binding_read_ranges(reserved ? reserved : ""),
    };
    struct port_range r;
    if (range && sscanf(range, "%hu %hu", &r.first, &r.last) == 2)
        ret->outgoing = r;
}

void binding_limits_clear(struct binding_limits *l)
{
    if (l->reserved)
        g_array_unref(l->reserved);
    *l = (struct binding_limits){0};
}

static gboolean is_inside(const struct port_range *r, guint16 port)
{
    return port >= r->first && port <= r->last;
}

gboolean binding_is_outgoing(const struct binding_limits *l, guint16 port)
{
    for (guint i = 0; l->reserved && i < l->reserved->len; i++)
        if (is_inside(&g_array_index(l->reserved, struct port_range, i), port))
            return FALSE;
    return is_inside(&l->outgoing, port);
}

GPtrArray *binding_own_addresses(void)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    struct ifaddrs *list = NULL;
    if (getifaddrs(&list) != 0)
        return all;
    for (struct ifaddrs *i = list; i; i = i->ifa_next) {
        struct socket_address a = {0};
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET) {
            memcpy(a.bytes, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, 4);
        } else if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET6) {
            const struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)i->ifa_addr;
            a.is_ipv6 = TRUE;
            a.zone = in6->sin6_scope_id;
            memcpy(a.bytes, &in6->sin6_addr, 16);
        } else {
            continue;
        }
        g_ptr_array_add(all, socket_address_host(&a));
    }
    freeifaddrs(list);
    return all;
}

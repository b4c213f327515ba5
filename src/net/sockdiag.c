/*
 * The kernel's list of listening TCP sockets. One dump a family over NETLINK_SOCK_DIAG: it
 * needs no privilege, and costs far less than reading the text of /proc/net/tcp, which is the
 * way out where a sandbox refuses netlink. Not for who holds them, nor for whether one may
 * bind.
 */
#include "config.h"

#include "net/sockdiag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"

#define DUMP_BYTES 65536
#define DUMP_TIMEOUT_S 2
#define MAX_PROC_LINE 512
/* Newer than some headers. */
#define ATTR_SKV6ONLY 11
#define ATTR_CGROUP_ID 21
#define STATE_BOUND_INACTIVE                                                                   \
    13 /* asks for what is only bound (kernel 6.8); told as TCP_CLOSE */

/* ---- addresses ---- */

static gboolean is_mapped(const struct socket_address *a)
{
    static const guint8 prefix[12] = {[10] = 0xff, [11] = 0xff};
    return a->is_ipv6 && memcmp(a->bytes, prefix, sizeof prefix) == 0;
}

/* An IPv4 address in IPv6's clothes is the IPv4 address to whoever binds or connects. */
static struct socket_address plain(const struct socket_address *a)
{
    struct socket_address p = *a;
    if (is_mapped(a)) {
        p = (struct socket_address){.port = a->port};
        memcpy(p.bytes, a->bytes + 12, 4);
    }
    return p;
}

gboolean socket_address_is_any(const struct socket_address *a)
{
    static const guint8 zero[16];
    struct socket_address p = plain(a);
    return memcmp(p.bytes, zero, p.is_ipv6 ? 16 : 4) == 0;
}

static gboolean is_same_host(const struct socket_address *a, const struct socket_address *b)
{
    return a->is_ipv6 == b->is_ipv6 && a->zone == b->zone &&
           memcmp(a->bytes, b->bytes, a->is_ipv6 ? 16 : 4) == 0;
}

gboolean socket_address_equal(const struct socket_address *a, const struct socket_address *b)
{
    struct socket_address p = plain(a), q = plain(b);
    return p.port == q.port && is_same_host(&p, &q);
}

char *socket_address_host(const struct socket_address *a)
{
    char text[INET6_ADDRSTRLEN] = "", name[IF_NAMESIZE];
    inet_ntop(a->is_ipv6 ? AF_INET6 : AF_INET, a->bytes, text, sizeof text);
    if (a->zone && if_indextoname(a->zone, name))
        return g_strdup_printf("%s%%%s", text, name);
    return g_strdup(text);
}

char *socket_address_text(const struct socket_address *a)
{
    g_autofree char *host = socket_address_host(a);
    return g_strdup_printf(a->is_ipv6 ? "[%s]:%u" : "%s:%u", host, a->port);
}

gboolean listener_clashes(const struct listener *l, const struct socket_address *wanted,
                          gboolean wants_both)
{
    struct socket_address a = plain(&l->at), b = plain(wanted);
    if (a.port != b.port)
        return FALSE;
    if (a.is_ipv6 == b.is_ipv6)
        return socket_address_is_any(&a) || socket_address_is_any(&b) || is_same_host(&a, &b);
    return a.is_ipv6 ? l->takes_both : wants_both;
}

static int by_address(gconstpointer a, gconstpointer b)
{
    const struct listener *x = a, *y = b;
    if (x->at.port != y->at.port)
        return x->at.port < y->at.port ? -1 : 1;
    if (x->at.is_ipv6 != y->at.is_ipv6)
        return x->at.is_ipv6 ? 1 : -1;
    int order = memcmp(x->at.bytes, y->at.bytes, sizeof x->at.bytes);
    return order ? order : (x->inode > y->inode) - (x->inode < y->inode);
}

/* ---- sock_diag ---- */

static void add_message(GArray *to, const struct nlmsghdr *h)
{
    const struct inet_diag_msg *m = NLMSG_DATA(h);
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof *m) || to->len >= SOCKDIAG_MAX)
        return;
    struct listener l = {.at.is_ipv6 = m->idiag_family == AF_INET6,
                         .at.port = ntohs(m->id.idiag_sport),
                         .device = m->id.idiag_if,
                         .uid = m->idiag_uid,
                         .inode = m->idiag_inode,
                         .is_bound_only = m->idiag_state == TCP_CLOSE};
    memcpy(l.at.bytes, m->id.idiag_src, l.at.is_ipv6 ? 16 : 4);
    if (l.at.is_ipv6 && l.at.bytes[0] == 0xfe && (l.at.bytes[1] & 0xc0) == 0x80)
        l.at.zone = l.device;
    gboolean is_v6only = FALSE;
    const struct rtattr *a = (const struct rtattr *)(m + 1);
    int left = (int)(h->nlmsg_len - NLMSG_LENGTH(sizeof *m));
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (a->rta_type == ATTR_SKV6ONLY && RTA_PAYLOAD(a) >= 1)
            is_v6only = *(const guint8 *)RTA_DATA(a) != 0;
        if (a->rta_type == ATTR_CGROUP_ID && RTA_PAYLOAD(a) >= sizeof l.cgroup)
            memcpy(&l.cgroup, RTA_DATA(a), sizeof l.cgroup);
    }
    l.takes_both = l.at.is_ipv6 && socket_address_is_any(&l.at) && !is_v6only;
    g_array_append_val(to, l);
}

/* 1: the dump is complete, 0: there is more, -1: it was refused. */
static int read_messages(const char *buffer, gssize n, GArray *to)
{
    const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)buffer;
    for (int left = (int)n; NLMSG_OK(h, (guint32)left); h = NLMSG_NEXT(h, left)) {
        if (h->nlmsg_type == NLMSG_DONE)
            return 1;
        if (h->nlmsg_type == NLMSG_ERROR)
            return -1;
        if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY)
            add_message(to, h);
    }
    return 0;
}

static gboolean receive_dump(int fd, GArray *to)
{
    g_autofree char *buffer = g_malloc(DUMP_BYTES);
    for (;;) {
        gssize n = recv(fd, buffer, DUMP_BYTES, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        int done = read_messages(buffer, n, to);
        if (done != 0)
            return done > 0;
    }
}

struct request {
    struct nlmsghdr header;
    struct inet_diag_req_v2 what;
    /* Only with a port: "its source port is at least N, and at most N". */
    struct rtattr attribute;
    struct inet_diag_bc_op filter[4];
};

/* Offsets of the small program: to the next test, or past the end, which refuses the socket. */
static void add_filter(struct request *r, guint16 port)
{
    const unsigned char test = 2 * sizeof(struct inet_diag_bc_op);
    const unsigned short all = sizeof r->filter;
    r->filter[0] = (struct inet_diag_bc_op){INET_DIAG_BC_S_GE, test, all + 4};
    r->filter[1] = (struct inet_diag_bc_op){.no = port};
    r->filter[2] = (struct inet_diag_bc_op){INET_DIAG_BC_S_LE, test, all - test + 4};
    r->filter[3] = (struct inet_diag_bc_op){.no = port};
    r->attribute.rta_type = INET_DIAG_REQ_BYTECODE;
    r->attribute.rta_len = RTA_LENGTH(sizeof r->filter);
}

static gboolean dump(int fd, int family, guint32 states, guint16 port, GArray *to)
{
    struct request r = {
        .header = {.nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .what = {.sdiag_family = (guint8)family,
                 .sdiag_protocol = IPPROTO_TCP,
                 .idiag_states = states},
    };
    r.header.nlmsg_len = offsetof(struct request, attribute);
    if (port) {
        add_filter(&r, port);
        r.header.nlmsg_len = sizeof r;
    }
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(fd, &r, r.header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
        return FALSE;
    return receive_dump(fd, to);
}

/* NULL: the kernel or a sandbox refuses. */
static GArray *dump_all(guint32 states, guint16 port)
{
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return NULL;
    struct timeval limit = {.tv_sec = DUMP_TIMEOUT_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct listener));
    /* A kernel without IPv6 has no such sockets and says so by an error. */
    gboolean ok = dump(fd, AF_INET, states, port, all);
    if (ok)
        dump(fd, AF_INET6, states, port, all);
    close(fd);
    return ok ? g_steal_pointer(&all) : NULL;
}

GArray *sockdiag_others_on(guint16 port)
{
    guint32 states =
        ~(guint32)0 & ~(1u << TCP_LISTEN) & ((1u << (STATE_BOUND_INACTIVE + 1)) - 1);
    return dump_all(states, port);
}

/* ---- /proc/net ---- */

/* "0100007F:0051": groups of four bytes in the machine's order, the port as a number. */
static gboolean read_hex_address(const char *text, gboolean is_ipv6, struct socket_address *ret)
{
    int n_groups = is_ipv6 ? 4 : 1;
    ret->is_ipv6 = is_ipv6;
    for (int i = 0; i < n_groups; i++, text += 8) {
        guint32 group;
        if (sscanf(text, "%8" SCNx32, &group) != 1)
            return FALSE;
        memcpy(ret->bytes + 4 * i, &group, sizeof group);
    }
    return sscanf(text, ":%4" SCNx16, &ret->port) == 1;
}

static gboolean read_proc_line(const char *line, gboolean is_ipv6, struct listener *ret)
{
    char local[40];
    unsigned state;
    if (sscanf(line, " %*d: %39s %*s %x %*s %*s %*s %" SCNu32 " %*s %" SCNu64, local, &state,
               &ret->uid, &ret->inode) != 4)
        return FALSE;
    gsize wanted = (is_ipv6 ? 32 : 8) + strlen(":0000");
    if (state != TCP_LISTEN || strlen(local) != wanted ||
        !read_hex_address(local, is_ipv6, &ret->at))
        return FALSE;
    ret->takes_both = is_ipv6 && socket_address_is_any(&ret->at);
    return TRUE;
}

static gboolean read_proc(const char *folder, gboolean is_ipv6, GArray *to)
{
    g_autofree char *path = g_build_filename(folder, is_ipv6 ? "tcp6" : "tcp", NULL);
    FILE *file = fopen(path, "re");
    if (!file)
        return FALSE;
    char line[MAX_PROC_LINE];
    while (to->len < SOCKDIAG_MAX && fgets(line, sizeof line, file)) {
        struct listener l = {0};
        if (read_proc_line(line, is_ipv6, &l))
            g_array_append_val(to, l);
    }
    fclose(file);
    return TRUE;
}

GArray *sockdiag_from_proc(const char *folder, GError **error)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct listener));
    gboolean has_v4 = read_proc(folder, FALSE, all);
    int why = errno;
    if (!read_proc(folder, TRUE, all) && !has_v4) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("%s: what listens on this machine cannot be told: %s"), folder,
                    error_why(why));
        return NULL;
    }
    g_array_sort(all, by_address);
    return g_steal_pointer(&all);
}

GArray *sockdiag_listeners(GError **error)
{
    GArray *all = dump_all(1u << TCP_LISTEN, 0);
    if (!all)
        return sockdiag_from_proc("/proc/net", error);
    g_array_sort(all, by_address);
    return all;
}

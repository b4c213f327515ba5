/*
 * Questions to the kernel over one netlink socket: a request, its rows, the end. What the
 * answers mean for a person is the doctor's business.
 */
#include "config.h"

#include "net/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"

#define WAIT_S 5
#define ANSWER_MAX (64 * 1024)

/* Of linux/if.h, which does not stand beside net/if.h. IFF_RUNNING follows them with a delay.
 */
#define LINK_LOWER_UP (1U << 16)
#define LINK_DORMANT (1U << 17)

struct netlink {
    int fd;
    guint32 sequence;
    char *answer; /* owned; ANSWER_MAX bytes, aligned as malloc(3) does */
};

struct request {
    struct nlmsghdr header;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg address;
        struct rtmsg route;
        struct ndmsg neighbour;
    } body;
    char attributes[64];
};

/* One row of an answer: the attributes behind the family's header, by their number. */
#define ATTRIBUTE_COUNT 64
struct row {
    const struct nlmsghdr *header;
    const void *body;
    const struct rtattr *attribute[ATTRIBUTE_COUNT];
};
typedef void (*row_func)(const struct row *r, void *data);

/* ---- addresses ---- */

static gsize ip_size(const struct netlink_ip *ip)
{
    return ip->family == AF_INET ? 4 : 16;
}

gboolean netlink_ip_parse(const char *text, struct netlink_ip *ret)
{
    struct netlink_ip ip = {0};
    const char *zone = strchr(text, '%');
    g_autofree char *bare = zone ? g_strndup(text, (gsize)(zone - text)) : g_strdup(text);
    if (inet_pton(AF_INET, bare, ip.bytes) == 1)
        ip.family = AF_INET;
    else if (inet_pton(AF_INET6, bare, ip.bytes) == 1)
        ip.family = AF_INET6;
    else
        return FALSE;
    ip.zone = zone ? (int)if_nametoindex(zone + 1) : 0;
    *ret = ip;
    return TRUE;
}

const char *netlink_ip_text(const struct netlink_ip *ip, char buf[NETLINK_TEXT])
{
    if (ip->family == 0 || !inet_ntop(ip->family, ip->bytes, buf, NETLINK_TEXT))
        buf[0] = '\0';
    return buf;
}

gboolean netlink_ip_equal(const struct netlink_ip *a, const struct netlink_ip *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, ip_size(a)) == 0;
}

gboolean netlink_ip_within(const struct netlink_ip *ip, const struct netlink_ip *net,
                           int prefix)
{
    if (ip->family != net->family || prefix < 0 || (gsize)prefix > ip_size(ip) * 8)
        return FALSE;
    gsize whole = (gsize)prefix / 8;
    int rest = prefix % 8;
    if (memcmp(ip->bytes, net->bytes, whole) != 0)
        return FALSE;
    return rest == 0 || (ip->bytes[whole] ^ net->bytes[whole]) >> (8 - rest) == 0;
}

const struct netlink_link *netlink_link_of(const GArray *links, int index)
{
    for (guint i = 0; i < links->len; i++)
        if (g_array_index(links, struct netlink_link, i).index == index)
            return &g_array_index(links, struct netlink_link, i);
    return NULL;
}

/* ---- one question ---- */

static gboolean no_kernel(GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("the kernel cannot be asked about this machine's network: %s"),
                g_strerror(errno));
    return FALSE;
}

struct netlink *netlink_open(GError **error)
{
    struct timeval wait = {.tv_sec = WAIT_S};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) {
        no_kernel(error);
        return NULL;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    struct netlink *n = g_new0(struct netlink, 1);
    n->fd = fd;
    n->answer = g_malloc(ANSWER_MAX);
    return n;
}

void netlink_close(struct netlink *n)
{
    if (!n)
        return;
    close(n->fd);
    g_free(n->answer);
    g_free(n);
}

static void request_init(struct request *q, int type, int flags, gsize body_size)
{
    memset(q, 0, sizeof *q);
    q->header.nlmsg_len = NLMSG_LENGTH(body_size);
    q->header.nlmsg_type = (guint16)type;
    q->header.nlmsg_flags = (guint16)(NLM_F_REQUEST | flags);
}

static void request_add(struct request *q, int type, const void *data, gsize len)
{
    gsize at = NLMSG_ALIGN(q->header.nlmsg_len);
    struct rtattr *a = (struct rtattr *)(void *)((char *)q + at);
    g_assert(at + RTA_SPACE(len) <= sizeof *q);
    a->rta_type = (unsigned short)type;
    a->rta_len = (unsigned short)RTA_LENGTH(len);
    memcpy(RTA_DATA(a), data, len);
    q->header.nlmsg_len = (guint32)(at + RTA_SPACE(len));
}

static void index_attributes(const struct rtattr *a, int len,
                             const struct rtattr *ret[ATTRIBUTE_COUNT])
{
    memset(ret, 0, ATTRIBUTE_COUNT * sizeof *ret);
    for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
        int type = a->rta_type & NLA_TYPE_MASK;
        if (type < ATTRIBUTE_COUNT)
            ret[type] = a;
    }
}

static gsize body_size_of(int type)
{
    switch (type) {
    case RTM_NEWLINK:
        return sizeof(struct ifinfomsg);
    case RTM_NEWADDR:
        return sizeof(struct ifaddrmsg);
    case RTM_NEWROUTE:
        return sizeof(struct rtmsg);
    case RTM_NEWNEIGH:
        return sizeof(struct ndmsg);
    default:
        return 0;
    }
}

/* 1: go on; 0: it is the end; below: the kernel's -errno. */
static int take_message(const struct nlmsghdr *h, row_func row, void *data)
{
    struct row r = {.header = h, .body = NLMSG_DATA(h)};
    if (h->nlmsg_type == NLMSG_DONE)
        return 0;
    if (h->nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *e = NLMSG_DATA(h);
        return h->nlmsg_len < NLMSG_LENGTH(sizeof *e) ? -EBADMSG : e->error;
    }
    gsize size = body_size_of(h->nlmsg_type);
    if (size == 0 || h->nlmsg_len < NLMSG_LENGTH(size))
        return 1;
    int rest = (int)(h->nlmsg_len - NLMSG_SPACE(size));
    index_attributes((const void *)((const char *)r.body + NLMSG_ALIGN(size)), rest,
                     r.attribute);
    row(&r, data);
    return h->nlmsg_flags & NLM_F_MULTI ? 1 : 0;
}

/* 0, or -errno. */
static int read_answer(struct netlink *n, row_func row, void *data)
{
    for (;;) {
        ssize_t got = recv(n->fd, n->answer, ANSWER_MAX, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        int len = (int)got;
        const struct nlmsghdr *h = (const void *)n->answer;
        for (; NLMSG_OK(h, (guint32)len); h = NLMSG_NEXT(h, len)) {
            int more = h->nlmsg_seq == n->sequence ? take_message(h, row, data) : 1;
            if (more <= 0)
                return more;
        }
    }
}

/* 0, or the kernel's -errno. An answer is read to its end: while one is under way the kernel
 * gives no other. */
static int ask(struct netlink *n, struct request *q, row_func row, void *data)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    q->header.nlmsg_seq = ++n->sequence;
    if (sendto(n->fd, q, q->header.nlmsg_len, 0, (const struct sockaddr *)&kernel,
               sizeof kernel) < 0)
        return -errno;
    return read_answer(n, row, data);
}

static guint32 number_of(const struct rtattr *a, guint32 otherwise)
{
    guint32 number;
    if (!a || RTA_PAYLOAD(a) < sizeof number)
        return otherwise;
    memcpy(&number, RTA_DATA(a), sizeof number);
    return number;
}

static void take_ip(const struct rtattr *a, int family, struct netlink_ip *ret)
{
    struct netlink_ip ip = {.family = family};
    if (!a || (family != AF_INET && family != AF_INET6) || RTA_PAYLOAD(a) < ip_size(&ip))
        return;
    memcpy(ip.bytes, RTA_DATA(a), ip_size(&ip));
    *ret = ip;
}

static void take_text(const struct rtattr *a, char *ret, gsize size)
{
    if (!a)
        return;
    gsize len = strnlen(RTA_DATA(a), RTA_PAYLOAD(a));
    if (len >= size)
        len = size - 1;
    memcpy(ret, RTA_DATA(a), len);
    ret[len] = '\0';
}

/* A whole table, of rows that `row` appends. */
static GArray *dump(struct netlink *n, struct request *q, gsize row_size, row_func row,
                    GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, TRUE, (guint)row_size);
    int rc = ask(n, q, row, rows);
    if (rc < 0) {
        errno = -rc;
        no_kernel(error);
        return NULL;
    }
    return g_steal_pointer(&rows);
}

/* ---- links ---- */

static void take_kind(const struct rtattr *info, char *ret, gsize size)
{
    const struct rtattr *inside[ATTRIBUTE_COUNT];
    if (!info)
        return;
    index_attributes(RTA_DATA(info), (int)RTA_PAYLOAD(info), inside);
    take_text(inside[IFLA_INFO_KIND], ret, size);
}

static void on_link(const struct row *r, void *data)
{
    GArray *links = data;
    const struct ifinfomsg *m = r->body;
    if (r->header->nlmsg_type != RTM_NEWLINK)
        return;
    struct netlink_link link = {
        .index = m->ifi_index,
        .is_up = (m->ifi_flags & IFF_UP) != 0,
        .has_carrier = (m->ifi_flags & (LINK_LOWER_UP | LINK_DORMANT)) == LINK_LOWER_UP,
        .is_loopback = (m->ifi_flags & IFF_LOOPBACK) != 0,
        .has_neighbours = (m->ifi_flags & (IFF_NOARP | IFF_LOOPBACK | IFF_POINTOPOINT)) == 0,
        .mtu = (int)number_of(r->attribute[IFLA_MTU], 0),
    };
    take_text(r->attribute[IFLA_IFNAME], link.name, sizeof link.name);
    take_kind(r->attribute[IFLA_LINKINFO], link.kind, sizeof link.kind);
    if (links->len < NETLINK_MAX)
        g_array_append_val(links, link);
}

GArray *netlink_links(struct netlink *n, GError **error)
{
    struct request q;
    request_init(&q, RTM_GETLINK, NLM_F_DUMP, sizeof q.body.link);
    q.body.link.ifi_family = AF_UNSPEC;
    return dump(n, &q, sizeof(struct netlink_link), on_link, error);
}

/* ---- addresses ---- */

static void on_address(const struct row *r, void *data)
{
    GArray *addresses = data;
    const struct ifaddrmsg *m = r->body;
    struct netlink_address a = {.index = (int)m->ifa_index, .prefix = m->ifa_prefixlen};
    if (r->header->nlmsg_type != RTM_NEWADDR)
        return;
    /* On a point-to-point link IFA_ADDRESS is the other end. */
    take_ip(r->attribute[IFA_ADDRESS], m->ifa_family, &a.ip);
    take_ip(r->attribute[IFA_LOCAL], m->ifa_family, &a.ip);
    if (a.ip.family == 0)
        return;
    guint32 flags = number_of(r->attribute[IFA_FLAGS], m->ifa_flags);
    a.is_link_scope = m->ifa_scope == RT_SCOPE_LINK;
    a.is_deprecated = (flags & IFA_F_DEPRECATED) != 0;
    a.is_duplicate = (flags & IFA_F_DADFAILED) != 0;
    a.is_tentative = (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;
    /* The same bit means a second address of a network with IPv4. */
    a.is_temporary = a.ip.family == AF_INET6 && (flags & IFA_F_TEMPORARY) != 0;
    if (addresses->len < NETLINK_MAX)
        g_array_append_val(addresses, a);
}

GArray *netlink_addresses(struct netlink *n, GError **error)
{
    struct request q;
    request_init(&q, RTM_GETADDR, NLM_F_DUMP, sizeof q.body.address);
    q.body.address.ifa_family = AF_UNSPEC;
    return dump(n, &q, sizeof(struct netlink_address), on_address, error);
}

/* ---- the way to an address ---- */

/* What a route of this type does with packets; IPv4 answers with an error instead. */
static const struct {
    int type;
    enum netlink_way way;
    int error;
} route_types[] = {
    {RTN_LOCAL, NETLINK_WAY_SELF, 0},
    {RTN_ANYCAST, NETLINK_WAY_SELF, 0},
    {RTN_BROADCAST, NETLINK_WAY_BROADCAST, 0},
    {RTN_MULTICAST, NETLINK_WAY_BROADCAST, 0},
    {RTN_BLACKHOLE, NETLINK_WAY_NONE, EINVAL},
    {RTN_UNREACHABLE, NETLINK_WAY_NONE, EHOSTUNREACH},
    {RTN_PROHIBIT, NETLINK_WAY_NONE, EACCES},
    {RTN_THROW, NETLINK_WAY_NONE, ENETUNREACH},
};

/* A gateway of another family comes as a family in front of its address (RFC 9229). */
static void take_gateway(const struct row *r, int family, struct netlink_ip *ret)
{
    const struct rtattr *via = r->attribute[RTA_VIA];
    struct netlink_ip ip = {0};
    take_ip(r->attribute[RTA_GATEWAY], family, ret);
    if (!via || RTA_PAYLOAD(via) < sizeof(guint16))
        return;
    guint16 via_family;
    memcpy(&via_family, RTA_DATA(via), sizeof via_family);
    ip.family = via_family;
    if ((ip.family == AF_INET || ip.family == AF_INET6) &&
        RTA_PAYLOAD(via) >= sizeof via_family + ip_size(&ip)) {
        memcpy(ip.bytes, (const char *)RTA_DATA(via) + sizeof via_family, ip_size(&ip));
        *ret = ip;
    }
}

static int mtu_of(const struct rtattr *metrics)
{
    const struct rtattr *inside[ATTRIBUTE_COUNT];
    if (!metrics)
        return 0;
    index_attributes(RTA_DATA(metrics), (int)RTA_PAYLOAD(metrics), inside);
    return (int)number_of(inside[RTAX_MTU], 0);
}

static void on_route(const struct row *r, void *data)
{
    struct netlink_route *route = data;
    const struct rtmsg *m = r->body;
    if (r->header->nlmsg_type != RTM_NEWROUTE)
        return;
    take_gateway(r, m->rtm_family, &route->gateway);
    take_ip(r->attribute[RTA_PREFSRC], m->rtm_family, &route->source);
    route->index = (int)number_of(r->attribute[RTA_OIF], 0);
    route->mtu = mtu_of(r->attribute[RTA_METRICS]);
    route->is_onlink = (m->rtm_flags & RTNH_F_ONLINK) != 0;
    route->way = route->gateway.family ? NETLINK_WAY_GATEWAY : NETLINK_WAY_LINK;
    for (gsize i = 0; i < G_N_ELEMENTS(route_types); i++)
        if (route_types[i].type == m->rtm_type) {
            route->way = route_types[i].way;
            route->error = route_types[i].error;
        }
}

/* The row of the table that matched, not what becomes of it for this address. */
static void on_match(const struct row *r, void *data)
{
    struct netlink_route *route = data;
    const struct rtmsg *m = r->body;
    if (r->header->nlmsg_type != RTM_NEWROUTE)
        return;
    route->prefix = m->rtm_dst_len;
    if (m->rtm_flags & RTNH_F_ONLINK)
        route->is_onlink = TRUE;
}

static int ask_way(struct netlink *n, const struct netlink_ip *to, unsigned flags, row_func row,
                   struct netlink_route *route)
{
    struct request q;
    request_init(&q, RTM_GETROUTE, 0, sizeof q.body.route);
    q.body.route.rtm_family = (unsigned char)to->family;
    q.body.route.rtm_dst_len = (unsigned char)(ip_size(to) * 8);
    q.body.route.rtm_flags = flags;
    request_add(&q, RTA_DST, to->bytes, ip_size(to));
    if (to->zone > 0)
        request_add(&q, RTA_OIF, &to->zone, sizeof to->zone);
    return ask(n, &q, row, route);
}

gboolean netlink_way_to(struct netlink *n, const struct netlink_ip *to,
                        struct netlink_route *ret, GError **error)
{
    static const int answers[] = {ENETUNREACH, EACCES, EHOSTUNREACH, EINVAL};
    struct netlink_route route = {.prefix = -1};
    int rc = ask_way(n, to, 0, on_route, &route);
    if (rc == -EOPNOTSUPP || rc == -EAFNOSUPPORT || rc == -EPFNOSUPPORT)
        route.error = EAFNOSUPPORT;
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++)
        if (rc == -answers[i])
            route.error = answers[i];
    if (rc < 0 && route.error == 0) {
        errno = -rc;
        return no_kernel(error);
    }
    if (route.error == 0)
        ask_way(n, to, RTM_F_FIB_MATCH, on_match, &route);
    if (route.index > 0)
        if_indextoname((unsigned)route.index, route.device);
    *ret = route;
    return TRUE;
}

/* ---- neighbours ---- */

static const struct {
    int state;
    enum netlink_seen seen;
} neighbour_states[] = {
    {NUD_INCOMPLETE, NETLINK_SEEN_INCOMPLETE}, {NUD_FAILED, NETLINK_SEEN_FAILED},
    {NUD_STALE, NETLINK_SEEN_STALE},           {NUD_DELAY, NETLINK_SEEN_PROBE},
    {NUD_PROBE, NETLINK_SEEN_PROBE},           {NUD_REACHABLE, NETLINK_SEEN_REACHABLE},
    {NUD_PERMANENT, NETLINK_SEEN_PERMANENT},   {NUD_NOARP, NETLINK_SEEN_PERMANENT},
};

const char *netlink_seen_name(enum netlink_seen s)
{
    static const char *const names[NETLINK_SEEN_COUNT] = {
        [NETLINK_SEEN_NONE] = "NONE",          [NETLINK_SEEN_INCOMPLETE] = "INCOMPLETE",
        [NETLINK_SEEN_FAILED] = "FAILED",      [NETLINK_SEEN_STALE] = "STALE",
        [NETLINK_SEEN_PROBE] = "PROBE",        [NETLINK_SEEN_REACHABLE] = "REACHABLE",
        [NETLINK_SEEN_PERMANENT] = "PERMANENT"};
    return names[s];
}

struct search {
    int index;
    const struct netlink_ip *who;
    struct netlink_neighbour found;
};

static void take_mac(const struct rtattr *a, char *ret, gsize size)
{
    if (!a || RTA_PAYLOAD(a) == 0)
        return;
    const guint8 *bytes = RTA_DATA(a);
    g_autoptr(GString) text = g_string_new(NULL);
    for (gsize i = 0; i < RTA_PAYLOAD(a) && text->len + 3 < size; i++)
        g_string_append_printf(text, i ? ":%02x" : "%02x", bytes[i]);
    g_strlcpy(ret, text->str, size);
}

static void on_neighbour(const struct row *r, void *data)
{
    struct search *s = data;
    const struct ndmsg *m = r->body;
    struct netlink_ip ip = {0};
    if (r->header->nlmsg_type != RTM_NEWNEIGH || m->ndm_ifindex != s->index)
        return;
    take_ip(r->attribute[NDA_DST], m->ndm_family, &ip);
    if (!netlink_ip_equal(&ip, s->who))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(neighbour_states); i++)
        if (m->ndm_state & neighbour_states[i].state)
            s->found.seen = neighbour_states[i].seen;
    take_mac(r->attribute[NDA_LLADDR], s->found.mac, sizeof s->found.mac);
    s->found.is_router = (m->ndm_flags & NTF_ROUTER) != 0;
}

/* The whole table is read: to ask for one neighbour is younger than Linux 5.0, and says of one
 * that is unknown the same as of a wrong question. */
gboolean netlink_neighbour_of(struct netlink *n, int index, const struct netlink_ip *who,
                              struct netlink_neighbour *ret, GError **error)
{
    struct request q;
    struct search s = {.index = index, .who = who};
    request_init(&q, RTM_GETNEIGH, NLM_F_DUMP, sizeof q.body.neighbour);
    q.body.neighbour.ndm_family = (unsigned char)who->family;
    int rc = ask(n, &q, on_neighbour, &s);
    if (rc < 0) {
        errno = -rc;
        return no_kernel(error);
    }
    *ret = s.found;
    return TRUE;
}

/*
 * Sockets that any user may have: ICMP echo by SOCK_DGRAM (icmp(7)), where the sysctl allows
 * it, and UDP with its error queue. What silence means is not known here.
 */
#include "config.h"

#include "net/ping.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define DISCARD_PORT 9
#define LOOK_AGAIN_MS 40

struct place {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    socklen_t len;
};

static struct place place_of(const struct netlink_ip *ip, guint16 port)
{
    struct place p = {0};
    if (ip->family == AF_INET) {
        p.len = sizeof p.at.v4;
        p.at.v4.sin_family = AF_INET;
        p.at.v4.sin_port = htons(port);
        memcpy(&p.at.v4.sin_addr, ip->bytes, sizeof p.at.v4.sin_addr);
    } else {
        p.len = sizeof p.at.v6;
        p.at.v6.sin6_family = AF_INET6;
        p.at.v6.sin6_port = htons(port);
        p.at.v6.sin6_scope_id = (guint32)ip->zone;
        memcpy(&p.at.v6.sin6_addr, ip->bytes, sizeof p.at.v6.sin6_addr);
    }
    return p;
}

/* ---- echo ---- */

static gboolean send_echo(int fd, int family, guint16 number)
{
    /* The kernel fills in identifier and checksum of a socket of this kind. */
    struct icmphdr v4 = {.type = ICMP_ECHO, .un = {.echo = {.sequence = htons(number)}}};
    struct icmp6_hdr v6 = {.icmp6_type = ICMP6_ECHO_REQUEST};
    v6.icmp6_seq = htons(number);
    const void *packet = family == AF_INET ? (const void *)&v4 : (const void *)&v6;
    return send(fd, packet, family == AF_INET ? sizeof v4 : sizeof v6, 0) >= 0;
}

/* 1: it is an answer; 0: nothing of ours came in time; below: -errno. */
static int wait_for_echo(int fd, int family, gint64 until_us)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        guint8 packet[128];
        gint64 left_us = until_us - clock_mono_us();
        if (left_us <= 0 || poll(&p, 1, (int)(left_us / 1000) + 1) == 0)
            return 0;
        ssize_t got = recv(fd, packet, sizeof packet, MSG_DONTWAIT);
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (got > 0 && packet[0] == (family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
            return 1;
    }
}

struct ping ping_echo(const struct netlink_ip *to)
{
    struct ping r = {0};
    struct place there = place_of(to, 0);
    int fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC,
                    to->family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);
    r.is_allowed = fd >= 0;
    r.problem = fd < 0 ? errno : 0;
    if (fd >= 0 && connect(fd, &there.at.any, there.len) < 0)
        r.problem = errno;
    while (r.problem == 0 && !r.is_answered && r.n_sent < PING_TRIES) {
        gint64 begun = clock_mono_us();
        if (!send_echo(fd, to->family, (guint16)++r.n_sent)) {
            r.problem = errno;
            break;
        }
        int rc = wait_for_echo(fd, to->family, begun + PING_WAIT_MS * (gint64)1000);
        r.is_answered = rc > 0;
        r.problem = rc < 0 ? -rc : 0;
        r.took_us = clock_mono_us() - begun;
    }
    if (fd >= 0)
        close(fd);
    return r;
}

/* ---- neighbours ---- */

/* A socket whose packets come as far as the first router; -1: errno. */
static int open_short(const struct netlink_ip *to)
{
    const int one = 1;
    struct place there = place_of(to, DISCARD_PORT);
    int fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (to->family == AF_INET) {
        setsockopt(fd, IPPROTO_IP, IP_TTL, &one, sizeof one);
        setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one);
    } else {
        setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &one, sizeof one);
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof one);
    }
    if (connect(fd, &there.at.any, there.len) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Whether an ICMP message of another machine is in the queue: the kernel itself puts "no route
 * to host" there, too, when nobody answered. */
static gboolean has_answer(int fd)
{
    for (;;) {
        char control[512], data[64];
        struct iovec io = {.iov_base = data, .iov_len = sizeof data};
        struct msghdr m = {.msg_iov = &io,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
        if (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return FALSE;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
            struct sock_extended_err e;
            gboolean is_error = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                                (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
            if (!is_error || c->cmsg_len < CMSG_LEN(sizeof e))
                continue;
            memcpy(&e, CMSG_DATA(c), sizeof e);
            gboolean is_own = e.ee_errno == EHOSTUNREACH && e.ee_code == ICMP_HOST_UNREACH &&
                              e.ee_type == ICMP_DEST_UNREACH;
            if ((e.ee_origin == SO_EE_ORIGIN_ICMP && !is_own) ||
                (e.ee_origin == SO_EE_ORIGIN_ICMP6 && e.ee_type != ICMP6_DST_UNREACH) ||
                (e.ee_origin == SO_EE_ORIGIN_ICMP6 && e.ee_code == ICMP6_DST_UNREACH_NOPORT))
                return TRUE;
        }
    }
}

static gboolean is_known(enum netlink_seen seen)
{
    return seen == NETLINK_SEEN_REACHABLE || seen == NETLINK_SEEN_PERMANENT ||
           seen == NETLINK_SEEN_FAILED;
}

static gint64 patience_ms(enum netlink_seen seen)
{
    return seen == NETLINK_SEEN_STALE || seen == NETLINK_SEEN_PROBE ? PING_AGAIN_MS
                                                                    : PING_LOOK_MS;
}

gboolean ping_neighbour(struct netlink *n, const struct netlink_ip *to, int index,
                        const struct netlink_ip *who, struct netlink_neighbour *ret,
                        gboolean *ret_answered, GError **error)
{
    gint64 begun = clock_mono_us();
    gboolean is_answered = FALSE, is_asked;
    int fd = open_short(to);
    if (fd >= 0 && send(fd, "", 1, 0) < 0)
        ret->seen = NETLINK_SEEN_NONE; /* by a firewall of ours: the table shows that, too */
    for (;;) {
        struct pollfd p = {.fd = fd};
        is_asked = netlink_neighbour_of(n, index, who, ret, error);
        is_answered = is_answered || (fd >= 0 && has_answer(fd));
        if (!is_asked || is_known(ret->seen) || (is_answered && *ret->mac))
            break;
        gint64 waited_ms = (clock_mono_us() - begun) / 1000;
        /* A packet that cannot be sent makes nobody look. */
        if (waited_ms > patience_ms(ret->seen) ||
            (ret->seen == NETLINK_SEEN_NONE && waited_ms > 10L * LOOK_AGAIN_MS))
            break;
        poll(fd >= 0 ? &p : NULL, fd >= 0, LOOK_AGAIN_MS);
    }
    *ret_answered = is_answered;
    if (fd >= 0)
        close(fd);
    return is_asked;
}

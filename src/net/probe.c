/*
 * Many connection attempts at once and how each ended. It knows sockets and their error queues;
 * which attempts are made, and what their ends mean, is for others.
 */
#include "config.h"

#include "net/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/netlink.h"

/* A datagram may be lost, and nobody but us sends it again. */
#define RESEND_US (CLOCK_SECOND_US * 7 / 10)

struct attempt {
    struct probe_answer answer;
    struct netlink_ip target;
    enum probe_how how;
    int fd; /* -1: closed */
    gboolean keeps;
    gint64 begun_us, deadline_us;
    gint64 resend_us; /* 0: not again */
};

struct probes {
    GArray *attempts; /* of struct attempt */
    struct ifaddrs *own;
};

const char *probe_end_name(enum probe_end e)
{
    static const char *const names[PROBE_END_COUNT] = {
        [PROBE_WAITING] = "waiting", [PROBE_OPEN] = "open", [PROBE_REFUSED] = "refused",
        [PROBE_EXPIRED] = "expired", [PROBE_ICMP] = "icmp", [PROBE_LOCAL] = "local",
        [PROBE_SILENT] = "silent"};
    return names[e];
}

struct probes *probes_new(void)
{
    struct probes *p = g_new0(struct probes, 1);
    p->attempts = g_array_new(FALSE, TRUE, sizeof(struct attempt));
    if (getifaddrs(&p->own) != 0)
        p->own = NULL;
    return p;
}

static void close_fd(struct attempt *a)
{
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
}

static struct attempt *attempt_at(const struct probes *p, int number)
{
    g_assert(number >= 0 && (guint)number < p->attempts->len);
    return &g_array_index(p->attempts, struct attempt, number);
}

void probes_free(struct probes *p)
{
    if (!p)
        return;
    for (guint i = 0; i < p->attempts->len; i++)
        close_fd(attempt_at(p, (int)i));
    if (p->own)
        freeifaddrs(p->own);
    g_array_unref(p->attempts);
    g_free(p);
}

/* ---- addresses ---- */

static gboolean ip_of(const struct sockaddr *sa, struct netlink_ip *ret)
{
    const void *bytes;
    gsize size;
    if (sa->sa_family == AF_INET) {
        bytes = &((const struct sockaddr_in *)sa)->sin_addr;
        size = sizeof(struct in_addr);
    } else if (sa->sa_family == AF_INET6) {
        bytes = &((const struct sockaddr_in6 *)sa)->sin6_addr;
        size = sizeof(struct in6_addr);
    } else {
        return FALSE;
    }
    ret->family = sa->sa_family;
    memcpy(ret->bytes, bytes, size);
    return TRUE;
}

static gboolean is_own(const struct probes *p, const struct netlink_ip *ip)
{
    for (const struct ifaddrs *i = p->own; i; i = i->ifa_next) {
        struct netlink_ip own = {.family = 0};
        if (i->ifa_addr && ip_of(i->ifa_addr, &own) && netlink_ip_equal(&own, ip))
            return TRUE;
    }
    return FALSE;
}

/* The address to connect to; its length, 0 when `text` is none. */
static socklen_t fill_address(const char *text, guint16 port, struct sockaddr_storage *ret)
{
    struct netlink_ip ip;
    if (!netlink_ip_parse(text, &ip))
        return 0;
    memset(ret, 0, sizeof *ret);
    if (ip.family == AF_INET) {
        struct sockaddr_in *four = (struct sockaddr_in *)ret;
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        memcpy(&four->sin_addr, ip.bytes, sizeof four->sin_addr);
        return sizeof *four;
    }
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;
    const char *zone = strchr(text, '%');
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    memcpy(&six->sin6_addr, ip.bytes, sizeof six->sin6_addr);
    if (zone)
        six->sin6_scope_id = if_nametoindex(zone + 1);
    return sizeof *six;
}

static void note_source(struct attempt *a)
{
    struct sockaddr_storage own;
    socklen_t len = sizeof own;
    struct netlink_ip ip = {.family = 0};
    char buf[NETLINK_TEXT];
    if (getsockname(a->fd, (struct sockaddr *)&own, &len) == 0 &&
        ip_of((struct sockaddr *)&own, &ip))
        g_strlcpy(a->answer.source, netlink_ip_text(&ip, buf), sizeof a->answer.source);
}

/* ---- an attempt's end ---- */

static void end_attempt(struct attempt *a, enum probe_end end)
{
    a->answer.end = end;
    a->answer.took_us = clock_mono_us() - a->begun_us;
    if (end != PROBE_OPEN || !a->keeps)
        close_fd(a);
}

static void end_by_error(struct attempt *a, int error, gboolean is_at_once)
{
    /* The kernel has its own limit, which may be below ours. */
    if (error == ETIMEDOUT) {
        end_attempt(a, PROBE_SILENT);
        return;
    }
    if (error == ECONNREFUSED && !is_at_once) {
        end_attempt(a, PROBE_REFUSED);
        return;
    }
    a->answer.error = error;
    a->answer.is_at_once = is_at_once;
    end_attempt(a, PROBE_LOCAL);
}

static gboolean is_expiry(const struct sock_extended_err *e)
{
    return e->ee_origin == SO_EE_ORIGIN_ICMP ? e->ee_type == ICMP_TIME_EXCEEDED
                                             : e->ee_type == ICMP6_TIME_EXCEEDED;
}

/* "The packet is too big" ends no attempt: the system sends smaller ones. */
static gboolean is_size(const struct sock_extended_err *e)
{
    return e->ee_origin == SO_EE_ORIGIN_ICMP
               ? e->ee_type == ICMP_DEST_UNREACH && e->ee_code == ICMP_FRAG_NEEDED
               : e->ee_type == ICMP6_PACKET_TOO_BIG;
}

/* Whether this report from the error queue ends it. */
static gboolean take_report(const struct probes *p, struct attempt *a,
                            const struct sock_extended_err *e)
{
    struct netlink_ip from = {.family = 0};
    char buf[NETLINK_TEXT];
    if ((e->ee_origin != SO_EE_ORIGIN_ICMP && e->ee_origin != SO_EE_ORIGIN_ICMP6) || is_size(e))
        return FALSE;
    a->answer.type = e->ee_type;
    a->answer.code = e->ee_code;
    if (ip_of(SO_EE_OFFENDER(e), &from)) {
        g_strlcpy(a->answer.from, netlink_ip_text(&from, buf), sizeof a->answer.from);
        a->answer.is_own = is_own(p, &from);
        a->answer.is_target = netlink_ip_equal(&from, &a->target);
    }
    end_attempt(a, is_expiry(e) ? PROBE_EXPIRED : PROBE_ICMP);
    return TRUE;
}

/* Reads the error queue until a report ends it, or there is none left. */
static gboolean read_reports(const struct probes *p, struct attempt *a)
{
    union {
        char bytes[512];
        struct cmsghdr align;
    } control;
    char data[64];
    for (;;) {
        struct iovec vec = {.iov_base = data, .iov_len = sizeof data};
        struct msghdr m = {.msg_iov = &vec,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
        if (recvmsg(a->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return FALSE;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
            gboolean is_report =
                (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
            if (is_report && take_report(p, a, (const struct sock_extended_err *)CMSG_DATA(c)))
                return TRUE;
        }
    }
}

static void set_reports(int fd, int family, int on)
{
    /* Without it ends are told apart less finely: no reason to fail. */
    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
    else
        (void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
}

/* The socket became readable, writable, or has an error. */
static void look_at(const struct probes *p, struct attempt *a, short events)
{
    int error = 0;
    socklen_t len = sizeof error;
    char octet;
    /* The queue first: it says who, and SO_ERROR only what. */
    if ((events & POLLERR) && read_reports(p, a))
        return;
    if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    /* A SYN is answered by ECONNREFUSED: this one was open, and broken off before we looked. */
    if (error == ECONNRESET)
        error = 0;
    if (error != 0) {
        end_by_error(a, error, FALSE);
    } else if (a->how == PROBE_UDP) {
        if ((events & POLLIN) && recv(a->fd, &octet, 1, MSG_DONTWAIT) >= 0)
            end_attempt(a, PROBE_OPEN);
    } else if (events & POLLOUT) {
        note_source(a);
        /* With reports on, any ICMP error would end the connection that is kept. */
        set_reports(a->fd, a->target.family, 0);
        end_attempt(a, PROBE_OPEN);
    }
}

/* ---- beginning one ---- */

static void send_octet(struct attempt *a)
{
    if (send(a->fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN &&
        errno != EWOULDBLOCK)
        end_by_error(a, errno, TRUE);
}

static void begin(const struct probes *p, struct attempt *a, const struct probe_wish *wish,
                  const struct sockaddr_storage *to, socklen_t len)
{
    int family = a->target.family;
    a->fd = socket(
        family,
        (wish->how == PROBE_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (a->fd < 0) {
        end_by_error(a, errno, TRUE);
        return;
    }
    set_reports(a->fd, family, 1);
    if (wish->ttl > 0 && setsockopt(a->fd, family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
                                    family == AF_INET6 ? IPV6_UNICAST_HOPS : IP_TTL, &wish->ttl,
                                    sizeof wish->ttl) != 0) {
        end_by_error(a, errno, TRUE);
        return;
    }
    if (connect(a->fd, (const struct sockaddr *)to, len) != 0 && errno != EINPROGRESS) {
        int error = errno;
        if (!read_reports(p, a))
            end_by_error(a, error, TRUE);
    } else if (wish->how == PROBE_UDP) {
        a->resend_us = a->begun_us + RESEND_US;
        send_octet(a);
    }
    if (a->fd >= 0)
        note_source(a);
}

int probes_add(struct probes *p, const struct probe_wish *wish)
{
    struct sockaddr_storage to;
    socklen_t len = fill_address(wish->address, wish->port, &to);
    if (len == 0 || p->attempts->len >= PROBE_MAX)
        return -1;
    struct attempt a = {.how = wish->how, .fd = -1, .keeps = wish->keeps};
    (void)netlink_ip_parse(wish->address, &a.target);
    a.begun_us = clock_mono_us();
    a.deadline_us = a.begun_us + (gint64)wish->deadline_ms * 1000;
    begin(p, &a, wish, &to, len);
    g_array_append_val(p->attempts, a);
    return (int)p->attempts->len - 1;
}

/* ---- waiting ---- */

static gboolean is_waiting(const struct attempt *a)
{
    return a->answer.end == PROBE_WAITING;
}

/* Fills `fds`; when something is due at the latest. */
static guint gather(const struct probes *p, struct pollfd *fds, int *numbers, gint64 *until_us)
{
    guint n = 0;
    for (guint i = 0; i < p->attempts->len; i++) {
        const struct attempt *a = attempt_at(p, (int)i);
        if (!is_waiting(a))
            continue;
        fds[n].fd = a->fd;
        fds[n].events = a->how == PROBE_UDP ? POLLIN : POLLOUT;
        numbers[n++] = (int)i;
        *until_us = MIN(*until_us, a->deadline_us);
        if (a->resend_us > 0)
            *until_us = MIN(*until_us, a->resend_us);
    }
    return n;
}

static int count_over(const struct probes *p)
{
    int n = 0;
    for (guint i = 0; i < p->attempts->len; i++)
        n += !is_waiting(attempt_at(p, (int)i));
    return n;
}

static void turn_once(struct probes *p, gint64 until_us)
{
    struct pollfd fds[PROBE_MAX];
    int numbers[PROBE_MAX];
    guint n = gather(p, fds, numbers, &until_us);
    gint64 left_us = until_us - clock_mono_us();
    /* Rounded up, so that what is due is due when it wakes. */
    int ready = poll(fds, n, left_us > 0 ? (int)MIN((left_us + 999) / 1000, 60000) : 0);
    for (guint i = 0; i < n && ready > 0; i++)
        if (fds[i].revents)
            look_at(p, attempt_at(p, numbers[i]), fds[i].revents);
    gint64 now = clock_mono_us();
    for (guint i = 0; i < n; i++) {
        struct attempt *a = attempt_at(p, numbers[i]);
        if (is_waiting(a) && now >= a->deadline_us)
            end_attempt(a, PROBE_SILENT);
        if (is_waiting(a) && a->resend_us > 0 && now >= a->resend_us) {
            a->resend_us = 0;
            send_octet(a);
        }
    }
}

int probes_turn(struct probes *p, gint64 until_us)
{
    int before = count_over(p), now;
    do {
        turn_once(p, until_us);
        now = count_over(p);
    } while (now == before && clock_mono_us() < until_us);
    return now - before;
}

const struct probe_answer *probes_answer(const struct probes *p, int number)
{
    return &attempt_at(p, number)->answer;
}

void probes_stop(struct probes *p, int number)
{
    struct attempt *a = attempt_at(p, number);
    if (is_waiting(a))
        end_attempt(a, PROBE_SILENT);
}

int probes_take_fd(struct probes *p, int number)
{
    struct attempt *a = attempt_at(p, number);
    int fd = a->fd;
    if (a->answer.end != PROBE_OPEN)
        return -1;
    a->fd = -1;
    return fd;
}

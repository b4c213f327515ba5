/*
 * TCP_INFO, IP_MTU, and datagrams of a given size. The kernel's own header for TCP_INFO, as the
 * C library's lacks what came after 2007.
 */
#include "config.h"

#include "net/pathinfo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/tcp.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/netlink.h"

#define PORT 33434  /* by the custom of traceroute */
#define HEADERS4 28 /* of IPv4 and UDP */
#define HEADERS6 48
#define SIZE_MAX_IP 65000

static int mtu_of(int fd)
{
    struct sockaddr_storage to;
    socklen_t len = sizeof to, size = sizeof(int);
    int mtu = 0;
    if (getpeername(fd, (struct sockaddr *)&to, &len) != 0)
        return 0;
    if (getsockopt(fd, to.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
                   to.ss_family == AF_INET6 ? IPV6_MTU : IP_MTU, &mtu, &size) != 0)
        return 0;
    return mtu;
}

gboolean pathinfo_read(int fd, struct pathinfo *ret)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset(&info, 0, sizeof info); /* older kernels fill in less */
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return FALSE;
    *ret = (struct pathinfo){
        .mtu = mtu_of(fd),
        .mss = (int)info.tcpi_snd_mss,
        .has_timestamps = (info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0,
        .rtt_us = info.tcpi_rtt,
        .retransmissions = info.tcpi_total_retrans,
        .unacked = info.tcpi_unacked,
        .unsent = info.tcpi_notsent_bytes,
        .window = info.tcpi_snd_wnd,
        .out_of_order = info.tcpi_rcv_ooopack,
        .window_limited_us = (gint64)info.tcpi_rwnd_limited,
        .buffer_limited_us = (gint64)info.tcpi_sndbuf_limited,
    };
    return TRUE;
}

/* ---- datagrams ---- */

static int open_to(const struct netlink_ip *ip)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    gboolean is_six = ip->family == AF_INET6;
    int level = is_six ? IPPROTO_IPV6 : IPPROTO_IP, on = 1;
    /* "Probe": never cut, and sent even where the kernel thinks that it is too large. */
    int how = is_six ? IPV6_PMTUDISC_PROBE : IP_PMTUDISC_PROBE;
    int fd = socket(ip->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    memcpy(&four.sin_addr, ip->bytes, sizeof four.sin_addr);
    memcpy(&six.sin6_addr, ip->bytes, sizeof six.sin6_addr);
    if (setsockopt(fd, level, is_six ? IPV6_RECVERR : IP_RECVERR, &on, sizeof on) != 0 ||
        setsockopt(fd, level, is_six ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &how, sizeof how) !=
            0 ||
        connect(fd, is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four,
                is_six ? sizeof six : sizeof four) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Whether this report is an answer. */
static gboolean take_report(const struct sock_extended_err *e, struct pathinfo_answer *ret)
{
    const struct sockaddr *who = SO_EE_OFFENDER(e);
    gboolean is_four = e->ee_origin == SO_EE_ORIGIN_ICMP;
    if (!is_four && e->ee_origin != SO_EE_ORIGIN_ICMP6)
        return FALSE;
    struct netlink_ip from = {.family = is_four ? AF_INET : AF_INET6};
    char buf[NETLINK_TEXT];
    if (who->sa_family == AF_INET)
        memcpy(from.bytes, &((const struct sockaddr_in *)who)->sin_addr, 4);
    else if (who->sa_family == AF_INET6)
        memcpy(from.bytes, &((const struct sockaddr_in6 *)who)->sin6_addr, 16);
    g_strlcpy(ret->from, netlink_ip_text(&from, buf), sizeof ret->from);
    if (is_four ? e->ee_type == ICMP_DEST_UNREACH && e->ee_code == ICMP_FRAG_NEEDED
                : e->ee_type == ICMP6_PACKET_TOO_BIG) {
        ret->size = PATHINFO_LIMITED;
        ret->mtu = (int)e->ee_info;
        return TRUE;
    }
    /* "No such port" comes from the host itself. */
    ret->size = PATHINFO_PASSES;
    return is_four ? e->ee_type == ICMP_DEST_UNREACH && e->ee_code == ICMP_PORT_UNREACH
                   : e->ee_type == ICMP6_DST_UNREACH && e->ee_code == ICMP6_DST_UNREACH_NOPORT;
}

static gboolean read_report(int fd, struct pathinfo_answer *ret)
{
    union {
        char bytes[512];
        struct cmsghdr align;
    } control;
    char data[16];
    struct iovec vec = {.iov_base = data, .iov_len = sizeof data};
    struct msghdr m = {.msg_iov = &vec,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    if (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return FALSE;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
            (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
            return take_report((const struct sock_extended_err *)CMSG_DATA(c), ret);
    return FALSE;
}

static void wait_report(int fd, int wait_ms, struct pathinfo_answer *ret)
{
    gint64 begun_us = clock_mono_us(), end_us = begun_us + (gint64)wait_ms * 1000;
    ret->size = PATHINFO_SILENT;
    for (gint64 now = begun_us; now < end_us; now = clock_mono_us()) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        struct pathinfo_answer seen = {.mtu = 0};
        if (poll(&p, 1, (int)((end_us - now + 999) / 1000)) <= 0)
            continue;
        if (read_report(fd, &seen)) {
            *ret = seen;
            break;
        }
        /* An error that stands on the socket would wake us for ever. */
        int error;
        socklen_t len = sizeof error;
        (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
        if (p.revents & POLLIN)
            (void)recv(fd, &error, sizeof error, MSG_DONTWAIT);
    }
    ret->took_us = clock_mono_us() - begun_us;
}

gboolean pathinfo_ask_size(const char *address, int mtu, int wait_ms,
                           struct pathinfo_answer *ret)
{
    struct netlink_ip ip;
    if (!netlink_ip_parse(address, &ip) || strchr(address, '%'))
        return FALSE;
    int headers = ip.family == AF_INET6 ? HEADERS6 : HEADERS4;
    if (mtu <= headers || mtu > SIZE_MAX_IP)
        return FALSE;
    int fd = open_to(&ip);
    if (fd < 0)
        return FALSE;
    g_autofree char *data = g_malloc0((gsize)(mtu - headers));
    gboolean ok = send(fd, data, (gsize)(mtu - headers), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
    if (ok)
        wait_report(fd, wait_ms, ret);
    close(fd);
    return ok;
}

/*
 * What the kernel knows of an open connection and of the size of packets that its way takes.
 * Nothing here judges.
 */
#ifndef CRIER_NET_PATHINFO_H
#define CRIER_NET_PATHINFO_H

#include <glib.h>

#include "net/probe.h"

/* ---- a connection: TCP_INFO and IP_MTU ---- */

struct pathinfo {
    int mtu;                 /* of the way, as far as the kernel knows; 0: not known */
    int mss;                 /* octets of data that a packet of ours carries */
    gboolean has_timestamps; /* they take 12 octets of each packet */
    gint64 rtt_us;
    guint32 retransmissions;
    guint32 unacked, unsent;  /* packets under way; octets that were not sent */
    guint32 window;           /* octets the other side takes at a time; 0: not known */
    guint32 out_of_order;     /* packets that came with one missing before them */
    gint64 window_limited_us; /* so long its window held us back */
    gint64 buffer_limited_us; /* our own buffer */
};

/* FALSE: it is no TCP connection. */
gboolean pathinfo_read(int fd, struct pathinfo *ret);

/* ---- the way: one datagram that must not be cut into pieces ---- */

enum pathinfo_size {
    PATHINFO_PASSES,  /* the host answered to it */
    PATHINFO_LIMITED, /* somebody said that it is too large: `mtu`, `from` */
    PATHINFO_SILENT,  /* nobody said anything */
};

struct pathinfo_answer {
    enum pathinfo_size size;
    int mtu;
    char from[PROBE_TEXT];
    gint64 took_us;
};

/* Sends a packet of `mtu` octets, headers included, to a port where nobody listens. Blocks for
 * `wait_ms` at most. FALSE: it could not be sent. */
gboolean pathinfo_ask_size(const char *address, int mtu, int wait_ms,
                           struct pathinfo_answer *ret);

#endif

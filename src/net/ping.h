/*
 * Small packets that are sent to see who is there: an ICMP echo, and a datagram that makes the
 * kernel look for a neighbour. Without rights; each blocks for a named time at most.
 */
#ifndef CRIER_NET_PING_H
#define CRIER_NET_PING_H

#include <glib.h>

#include "net/netlink.h"

#define PING_TRIES 2
#define PING_WAIT_MS 700 /* for the answer to each */

struct ping {
    gboolean is_allowed; /* net.ipv4.ping_group_range lets us */
    int problem;         /* errno of a packet that could not be sent or was refused; 0: none */
    int n_sent;
    gboolean is_answered;
    gint64 took_us; /* the first answer */
};

/* Ends with the first answer. */
struct ping ping_echo(const struct netlink_ip *to);

/*
 * Makes the kernel look for whoever takes packets to `to`, which is `who` on `index`, and waits
 * until it is found, or found missing. The packet is one datagram to the discard port (RFC 863)
 * that is dropped behind the first router. `ret_answered`: an ICMP message came back for it, so
 * somebody is there whatever the table says. FALSE: the kernel cannot be asked.
 */
#define PING_LOOK_MS 4000  /* the kernel asks three times, a second apart */
#define PING_AGAIN_MS 9500 /* who was there is asked again 5 s after the packet, three times   \
                            */
gboolean ping_neighbour(struct netlink *n, const struct netlink_ip *to, int index,
                        const struct netlink_ip *who, struct netlink_neighbour *ret,
                        gboolean *ret_answered, GError **error);

#endif

/*
 * What the kernel knows of this machine's network, by rtnetlink(7): its links, its addresses,
 * the way to an address, the neighbours on a wire. Only asked, never changed, so it needs no
 * rights. It blocks for as long as the kernel takes, which is microseconds; no packet leaves.
 */
#ifndef CRIER_NET_NETLINK_H
#define CRIER_NET_NETLINK_H

#include <glib.h>
#include <net/if.h>
#include <netinet/in.h>

#define NETLINK_TEXT (INET6_ADDRSTRLEN + IF_NAMESIZE)
#define NETLINK_MAX 20000 /* rows of one answer; what is beyond is not looked at */

struct netlink_ip {
    int family;       /* AF_INET, AF_INET6; 0: none */
    guint8 bytes[16]; /* the first 4 of AF_INET */
    int zone;         /* of fe80::1%eth0: the link; 0: none */
};

struct netlink_link {
    int index;
    char name[IF_NAMESIZE];
    char kind[16]; /* "bridge", "veth" …; "": a device, or lo */
    gboolean is_up;
    gboolean has_carrier; /* only meaningful while it is up */
    gboolean is_loopback;
    gboolean has_neighbours; /* FALSE: point to point, or without ARP: nobody is looked for */
    int mtu;
};

struct netlink_address {
    int index; /* of its link */
    struct netlink_ip ip;
    int prefix;             /* bits of the netmask */
    gboolean is_link_scope; /* fe80::/10 and what was declared so */
    gboolean is_deprecated; /* not for new connections */
    gboolean is_tentative;  /* not to be used yet */
    gboolean is_duplicate;  /* another machine has it: it is not used */
    gboolean is_temporary;  /* RFC 8981: it changes by itself */
};

enum netlink_way {
    NETLINK_WAY_NONE, /* `error` says why */
    NETLINK_WAY_SELF, /* it is an address of this machine */
    NETLINK_WAY_LINK, /* on the wire itself */
    NETLINK_WAY_GATEWAY,
    NETLINK_WAY_BROADCAST, /* or multicast: no connection is possible */
};

struct netlink_route {
    enum netlink_way way;
    int error; /* ENETUNREACH: no route; EACCES: prohibit; EHOSTUNREACH: unreachable; EINVAL:
                  blackhole; EAFNOSUPPORT: there is no IPv6 here */
    int index; /* of the link */
    char device[IF_NAMESIZE];
    struct netlink_ip gateway; /* family 0: none */
    struct netlink_ip source;  /* family 0: the kernel says none */
    int mtu;                   /* of the route; 0: none of its own */
    int prefix;                /* bits of the route that matched; -1: not known */
    gboolean is_onlink;        /* the gateway is declared to be on the link */
};

enum netlink_seen {                          /* of a neighbour */
                    NETLINK_SEEN_NONE,       /* nobody asked for it yet */
                    NETLINK_SEEN_INCOMPLETE, /* asked for, no answer so far */
                    NETLINK_SEEN_FAILED,     /* it does not answer */
                    NETLINK_SEEN_STALE,      /* it was there, not long ago */
                    NETLINK_SEEN_PROBE,      /* it was there, and is being asked again */
                    NETLINK_SEEN_REACHABLE,
                    NETLINK_SEEN_PERMANENT, /* written down by hand, never asked for */
                    NETLINK_SEEN_COUNT
};
/* "REACHABLE": the kernel's own words, as `ip neighbour` shows them. */
const char *netlink_seen_name(enum netlink_seen s);

struct netlink_neighbour {
    enum netlink_seen seen;
    char mac[24];       /* "0a:a4:95:01:02:03"; "": not known */
    gboolean is_router; /* it says so; IPv6 only */
};

struct netlink;

struct netlink *netlink_open(GError **error);
void netlink_close(struct netlink *n); /* NULL is fine */

/* Of struct netlink_link, by index; of struct netlink_address. The caller unrefs. */
GArray *netlink_links(struct netlink *n, GError **error);
GArray *netlink_addresses(struct netlink *n, GError **error);
/* The way to `to`, for this user. FALSE: the kernel cannot be asked; that there is no way is an
 * answer. */
gboolean netlink_way_to(struct netlink *n, const struct netlink_ip *to,
                        struct netlink_route *ret, GError **error);
/* Who `who` is on the link `index`; NETLINK_SEEN_NONE where the kernel knows nothing. */
gboolean netlink_neighbour_of(struct netlink *n, int index, const struct netlink_ip *who,
                              struct netlink_neighbour *ret, GError **error);

/* ---- without the kernel ---- */

/* "10.0.1.2", "2001:db8::1", with or without "%eth0". FALSE: it is no address. */
gboolean netlink_ip_parse(const char *text, struct netlink_ip *ret);
/* Valid as long as `buf`. */
const char *netlink_ip_text(const struct netlink_ip *ip, char buf[NETLINK_TEXT]);
gboolean netlink_ip_equal(const struct netlink_ip *a, const struct netlink_ip *b);
/* Whether the first `prefix` bits of both are the same. */
gboolean netlink_ip_within(const struct netlink_ip *ip, const struct netlink_ip *net,
                           int prefix);
/* NULL: there is none. Borrowed from `links`. */
const struct netlink_link *netlink_link_of(const GArray *links, int index);

#endif

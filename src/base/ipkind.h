/*
 * What kind of address an IP address is, by the registries of special-purpose addresses
 * (RFC 6890 and its successors): whether others can answer to it, and who says so.
 */
#ifndef CRIER_BASE_IPKIND_H
#define CRIER_BASE_IPKIND_H

#include <glib.h>

enum ipkind {
    IPKIND_PUBLIC,
    IPKIND_PRIVATE,     /* of a site, which a router translates */
    IPKIND_CARRIER,     /* of a provider, which translates for many customers at once */
    IPKIND_LOOPBACK,    /* this machine */
    IPKIND_LINK_LOCAL,  /* a machine gave it to itself: of one wire */
    IPKIND_TRANSITION,  /* IPv6 in IPv4 or the other way round: 6to4, Teredo, NAT64 */
    IPKIND_EXAMPLE,     /* documentation, benchmarks: of nobody */
    IPKIND_MULTICAST,   /* of groups; broadcast, too */
    IPKIND_RESERVED,    /* given to nobody */
    IPKIND_UNSPECIFIED, /* "any", as a listener writes it */
    IPKIND_COUNT
};

/* "public", "private", …: for programs. */
const char *ipkind_name(enum ipkind k);
/* "10.0.1.2 is private (RFC 1918): a router translates it"; "" when it is no address. Caller
 * frees. */
char *ipkind_sentence(const char *address);

/*
 * Of IPv4 and IPv6, which may have a zone ("fe80::1%eth0"); IPv4 in IPv6 (::ffff:10.0.0.1)
 * counts as what it holds. `ret_source` (may be NULL): "RFC 1918", NULL for IPKIND_PUBLIC;
 * static. FALSE: it is no address, and nothing is set.
 */
gboolean ipkind_of(const char *address, enum ipkind *ret, const char **ret_source);

#endif

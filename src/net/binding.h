/*
 * Whether this process may listen on an address: found out by binding it for a moment, without
 * the options that let two programs share one. And what the system lets be bound.
 */
#ifndef CRIER_NET_BINDING_H
#define CRIER_NET_BINDING_H

#include <glib.h>

#include "net/sockdiag.h"

/*
 * What a listener is to be bound to. "*:81" is both IPv4 and IPv6 where there is IPv6,
 * "0.0.0.0:81" IPv4 alone, "[::]:81" IPv6 alone.
 */
struct binding {
    struct socket_address at;
    gboolean takes_both; /* `at` is [::] */
};

/* "*:81", ":81", "127.0.0.1:81", "[::1]:81", "localhost:81" (127.0.0.1). CRIER_ERROR_INVALID:
 * it cannot be read, has no port, or names a host. */
gboolean binding_parse(const char *text, struct binding *ret, GError **error);
/* "*:81", "0.0.0.0:81". Caller frees. */
char *binding_text(const struct binding *b);
gboolean binding_clashes(const struct binding *b, const struct listener *l);

/*
 * 0: it is free, else what bind(2) said: EACCES, EADDRINUSE, EADDRNOTAVAIL … Nothing ever
 * listens, so nobody can connect meanwhile. `beside_connections`: as a server does that is
 * started again, which the connections of the one before do not keep off (SO_REUSEADDR).
 */
int binding_try(const struct binding *b, gboolean beside_connections);

/* The same, and listens: 0 and a descriptor, or what was said. */
int binding_listen(const struct binding *b, int *ret_fd);

struct port_range {
    guint16 first, last;
};

struct binding_limits {
    int privileged_below;  /* ip_unprivileged_port_start */
    gboolean may_bind_low; /* CAP_NET_BIND_SERVICE is in force here */
    struct port_range
        outgoing;     /* ip_local_port_range: where connections take their port from */
    GArray *reserved; /* owned; of struct port_range: ip_local_reserved_ports */
};

/* What cannot be read is as the kernel has it by default. */
void binding_limits_read(struct binding_limits *ret);
void binding_limits_clear(struct binding_limits *l);
/* "8080,9000-9010" -> of struct port_range; what is none is left out. */
GArray *binding_read_ranges(const char *text);
/* Whether an outgoing connection may be given `port`. */
gboolean binding_is_outgoing(const struct binding_limits *l, guint16 port);

/* This machine's own addresses, without their ports, as text: "127.0.0.1", "fe80::1%eth0".
 * Owned, of char *. */
GPtrArray *binding_own_addresses(void);

#endif

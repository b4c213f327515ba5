/*
 * Sockets of this machine that listen for TCP, as the kernel tells them: by sock_diag(7), else
 * from /proc/net. Which program holds one is holder.h's.
 */
#ifndef CRIER_NET_SOCKDIAG_H
#define CRIER_NET_SOCKDIAG_H

#include <glib.h>

#define SOCKDIAG_MAX 200000 /* sockets; what is beyond is not looked at */

struct socket_address {
    gboolean is_ipv6;
    guint8 bytes[16]; /* the first four when it is IPv4 */
    guint32 zone;     /* index of the interface of a link-local address; 0: none */
    guint16 port;
};

struct listener {
    struct socket_address at;
    gboolean takes_both; /* bound to [::] and not v6only, so IPv4 comes in too; taken for
                            granted where the kernel does not say (/proc/net) */
    guint32 device;      /* index of the interface it is bound to; 0: any */
    guint32 uid;         /* of who opened it */
    guint64 inode;
    gboolean is_bound_only; /* not a listener: bound, and neither listens nor is connected */
    guint64 cgroup;         /* its id; 0: not known */
};

/* Of struct listener, by port and address. NULL: neither source could be read. Caller
 * g_array_unref()s. */
GArray *sockdiag_listeners(GError **error);
/* The same out of `folder`/tcp and tcp6, where sock_diag is refused. */
GArray *sockdiag_from_proc(const char *folder, GError **error);

/* Sockets on our side's port `port` that do not listen: connections, also those that are just
 * ending (their inode is 0), and on newer kernels what is only bound. Of struct listener; NULL
 * where the kernel does not tell. */
GArray *sockdiag_others_on(guint16 port);

gboolean socket_address_is_any(const struct socket_address *a); /* 0.0.0.0 or [::] */
gboolean socket_address_equal(const struct socket_address *a, const struct socket_address *b);
/* "0.0.0.0:81", "[::1]:81", "[fe80::1%eth0]:81". Caller frees. */
char *socket_address_text(const struct socket_address *a);
/* Without the port and brackets. Caller frees. */
char *socket_address_host(const struct socket_address *a);

/*
 * Whether the kernel refuses to bind `wanted` while `l` listens: the same port, and addresses
 * that have one in common. `wants_both`: `wanted` is [::] and is to take IPv4 too.
 */
gboolean listener_clashes(const struct listener *l, const struct socket_address *wanted,
                          gboolean wants_both);

#endif

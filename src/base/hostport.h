/*
 * Text that names a host and a port, as people type it: "smtp.domain.com: 2025",
 * "[2001:db8::1]:25", "host:submission", "*:81". (doc: ports, A)
 */
#ifndef CRIER_BASE_HOSTPORT_H
#define CRIER_BASE_HOSTPORT_H

#include <glib.h>

enum hostport_use {
    HOSTPORT_PEER,     /* a server we connect to */
    HOSTPORT_LISTENER, /* what we bind: "*:81" and ":81" mean any address */
};

struct hostport {
    char *host;          /* owned; A-labels or address text without brackets; "*" for any */
    guint16 port;        /* 0: none was given */
    gboolean is_literal; /* host is an IPv4 or IPv6 address */
    char *warning;       /* owned; NULL, or one sentence ("did you mean [2001:db8::1]:25?") */
};

/*
 * Blanks around host, colon and port are accepted; service names go through getservbyname(3)
 * with a built-in table for the mail services; zone ids (fe80::1%eth0) are kept; leading zeros
 * are decimal. Refused, each with its reason: empty text, empty port, 0, above 65535, junk
 * after the port, "-1", two colons that are no IPv6 address, user@, scheme://, blank inside the
 * host, control characters. Outputs untouched on failure.
 */
gboolean hostport_parse(const char *text, enum hostport_use use, struct hostport *ret,
                        GError **error);
void hostport_clear(struct hostport *h);

/* "host:port", brackets around IPv6, without the port when it is 0. Caller frees. */
char *hostport_format(const struct hostport *h);

/* True for 127.0.0.0/8, ::1 and the name localhost (RFC 6761). */
gboolean hostport_is_loopback(const char *host);

#endif

/*
 * Certificates of a peer, from the lines that libcurl tells of them, and whether one is made
 * for a host. Pure; whether one may be trusted is decided by the connection alone.
 */
#ifndef CRIER_NET_STREAM_CHAIN_H
#define CRIER_NET_STREAM_CHAIN_H

#include <glib.h>

struct stream_certificate {  /* texts are owned and safe to show; NULL: not told */
    char *subject, *issuer;  /* "CN = mx.example.org" */
    GPtrArray *names;        /* owned; of char *: host names and addresses that it is for */
    gint64 begin_us, end_us; /* wall; 0: not known */
};

struct stream_certificate *stream_certificate_new(void);
void stream_certificate_free(gpointer certificate);
/* "Expire date:Nov 22 09:00:00 2026 GMT"; what is of no use here is passed over. */
void stream_certificate_note(struct stream_certificate *c, const char *line);

/* Whether one of its names is this host or address (RFC 6125: a star is a whole first label).
 */
gboolean stream_certificate_is_for(const struct stream_certificate *c, const char *host);
/* The value of CN in "O = Example, CN = mx.example.org"; all of it when there is none. Caller
 * frees. */
char *stream_certificate_common_name(const char *subject);

#endif

/*
 * The first message of a TLS handshake as a client sends it, as large as one likes: the one
 * message that every mail server takes in any size. The handshake is not gone on with: TLS
 * itself is libcurl's. (RFC 5246 7.4.1.2, RFC 6066 3, RFC 7685)
 */
#ifndef CRIER_NET_TLSHELLO_H
#define CRIER_NET_TLSHELLO_H

#include <glib.h>

#define TLSHELLO_MIN 512
#define TLSHELLO_MAX 16000

/* A record of `size` octets (TLSHELLO_MIN…TLSHELLO_MAX). `name` may be NULL. */
GByteArray *tlshello_new(const char *name, gsize size);
/* The record that says that nothing more comes. */
GByteArray *tlshello_close(void);

#endif

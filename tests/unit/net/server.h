/*
 * A scripted server on loopback for the tests of streams: one thread, blocking, one connection
 * after the other, each by its script.
 */
#ifndef CRIER_TESTS_NET_SERVER_H
#define CRIER_TESTS_NET_SERVER_H

#include <glib.h>

/*
 * Steps separated by '|': "S text" says a line; "R text" says these bytes; "C text" reads a
 * line that must begin so; "T" shakes hands for TLS; "X" closes at once. Behind the last step
 * it reads until the client closes. A client that leaves earlier ends the script.
 */
struct server;
struct server *server_new(const char *script,
                          const char *pem_file /* key and certificate, or NULL */);
guint16 server_port(const struct server *s);
/* Joins the thread; returns what the client said in all. Caller frees. Set `*ret_complaint`
 * when the client said something else than the script expects. */
char *server_free(struct server *s, char **ret_complaint);

/* A key and certificate for 127.0.0.1 and localhost (or for `name` only), valid from now +
 * from_s to now + to_s, signed by itself. Written to `path`, private key included. */
void server_make_certificate(const char *path, const char *name, long from_s, long to_s);

#endif

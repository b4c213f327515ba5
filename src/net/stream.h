/*
 * Streams: the only file that knows libcurl. It resolves, connects, does TLS or STARTTLS with
 * verification, EHLO and AUTH by CURLOPT_CONNECT_ONLY, and hands over a live connection. It
 * does the same with IMAP's and POP3's ways of saying so. What is spoken over it is smtp.c's,
 * imap.c's and pop3.c's business.
 */
#ifndef CRIER_NET_STREAM_H
#define CRIER_NET_STREAM_H

#include <glib.h>

#include "base/loop.h"

enum stream_protocol { STREAM_SMTP, STREAM_IMAP, STREAM_POP3, STREAM_PROTOCOL_COUNT };

enum stream_security { STREAM_TLS, STREAM_STARTTLS, STREAM_PLAIN };

/* How to log in; in the order of enum server_auth. */
enum stream_auth { STREAM_AUTH_PASSWORD, STREAM_AUTH_XOAUTH2, STREAM_AUTH_OAUTHBEARER };

/* Why a bring-up failed; each has a sentence, and says who must act. */
enum stream_fault {
    STREAM_FAULT_NONE,
    STREAM_FAULT_UNRESOLVED, /* no such name, or the name server does not answer */
    STREAM_FAULT_REFUSED,    /* connection refused */
    STREAM_FAULT_UNREACHABLE,
    STREAM_FAULT_TIMEOUT,
    STREAM_FAULT_TLS, /* handshake, certificate, name, expiry */
    STREAM_FAULT_NO_STARTTLS,
    STREAM_FAULT_LOGIN,       /* 535: wrong password; a person must act, one try only */
    STREAM_FAULT_LOGIN_LATER, /* 454 */
    STREAM_FAULT_NO_AUTH,     /* a login is configured and the server offers none we know */
    STREAM_FAULT_BUSY,        /* 421 or 4xx greeting */
    STREAM_FAULT_GREETING,    /* 5xx greeting or not the protocol at all (verbatim in the error) */
    STREAM_FAULT_LOCAL,       /* source address, ports, descriptors */
    STREAM_FAULT_LOST,        /* live connection broke */
    STREAM_FAULT_COUNT
};
const char *stream_fault_name(enum stream_fault f);

struct stream_target {
    enum stream_protocol protocol;
    const char *host; /* borrowed during stream_open() */
    guint16 port;
    enum stream_security security;
    const char *hello;  /* EHLO name; SMTP only */
    const char *user;   /* NULL: no login */
    const char *secret; /* the password, or by `auth` the access token; never logged */
    enum stream_auth auth;
    const char *ca_file;   /* NULL: the system's */
    int connect_timeout_s; /* deadline of the whole bring-up; 0: 60 */
    gboolean wants_chain;  /* stream_chain() is filled */
    /* Any certificate will do: to look at one that failed. Never with a login. */
    gboolean is_unverified;
};

/* The library behind: "7.88.1"; `ret_number` (may be NULL): 0x075801. Static. */
const char *stream_library(unsigned *ret_number);

struct stream;
struct stream_pool; /* one curl multi within one loop */

/* Ignores SIGPIPE from then on. Its streams must be freed before it. */
struct stream_pool *stream_pool_new(struct loop *loop);
void stream_pool_free(struct stream_pool *p);

struct stream_handler {
    /* The connection is up: EHLO done, logged in. stream_capabilities() is filled. POP3 has
     * opened the mailbox then, IMAP none yet. */
    void (*up)(struct stream *s, void *data);
    /* It could not be brought up. The stream must be freed (also from within the callback).
     * `why` is a whole sentence with the server's own words, safe to show. */
    void (*failed)(struct stream *s, enum stream_fault fault, const GError *why, void *data);
    /* The descriptor is readable or writable (after up). */
    void (*ready)(struct stream *s, unsigned loop_events, void *data);
    /* A line of the bring-up: "> EHLO x", "< 250-…", "* …"; AUTH payloads masked. May be NULL.
     * Safe to show. Must neither free nor open a stream. */
    void (*line)(struct stream *s, char direction, const char *text, void *data);
};

/* Begins a connection. Failure to begin is reported through `failed` from the loop. */
struct stream *stream_open(struct stream_pool *p, const struct stream_target *t,
                           const struct stream_handler *h, void *data);

/* A stream over a connected socket (tests, socket pairs). Takes `fd`. `capabilities` is the
 * EHLO text (lines joined by '\n', first line is the host), may be NULL. Handlers work alike.
 */
struct stream *stream_new_fd(struct loop *loop, int fd, const char *capabilities,
                             const struct stream_handler *h, void *data);

/* Closes without QUIT and frees. NULL is fine. */
void stream_free(struct stream *s);

/* Bytes moved, 0 when it would block, -1 when the connection is lost (error set).
 * stream_recv() returns -2 at end of file. After 0 from send repeat the same pointer and
 * length. */
gssize stream_send(struct stream *s, const char *data, gsize len, GError **error);
gssize stream_recv(struct stream *s, char *ret, gsize len, GError **error);
/* All there was had been received just now: within this turn of the loop, and nothing has held
 * it up since. */
gboolean stream_is_read(const struct stream *s);

/* Which events `ready` shall report; LOOP_IN by default. */
void stream_want(struct stream *s, unsigned loop_events);

/* The EHLO reply's text lines joined by '\n'. IMAP: the words of the last CAPABILITY list, which
 * may be from before the login. POP3: the lines of CAPA, joined by '\n', from before the login.
 * Borrowed. */
const char *stream_capabilities(const struct stream *s);
/* The certificates, the server's first, of struct stream_certificate * (stream_chain.h); NULL
 * unless they were wanted. Borrowed. */
const GPtrArray *stream_chain(const struct stream *s);
/* "192.0.2.7:587 TLSv1.3 TLS_AES_256_GCM_SHA384", without the last two words on a plain
 * connection; "" on a socket pair. Borrowed. */
const char *stream_peer(const struct stream *s);

#endif

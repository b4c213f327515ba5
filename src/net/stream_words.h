/*
 * Inside net/ only: sentences on why a connection did not come up that need no libcurl to say.
 */
#ifndef CRIER_NET_STREAM_WORDS_H
#define CRIER_NET_STREAM_WORDS_H

#include "net/stream.h"

/* How the protocols differ in words and URLs. */
struct stream_dialect {
    const char *name, *scheme, *schemes;
    int tls_port;
};
const struct stream_dialect *stream_dialect(enum stream_protocol protocol);

/* "XOAUTH2", "OAUTHBEARER". */
const char *stream_mechanism(enum stream_auth auth);

/* STREAM_FAULT_LOGIN and STREAM_FAULT_NO_AUTH. `said`: the server's words, safe. Caller frees.
 */
char *stream_words_login(const char *host, enum stream_protocol protocol, enum stream_auth auth,
                         enum stream_fault fault, const char *said);

/* The refusal of a token as it comes in a challenge: JSON in base64 (RFC 7628 3.2.2). As text,
 * safe; the challenge itself when it is something else. Caller frees. */
char *stream_words_challenge(const char *challenge);

/* What OpenSSL says about certificates, in words that name a remedy. NULL: none of these. */
const char *stream_words_tls(const char *said);

#endif

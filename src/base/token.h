/*
 * Signed tokens: an opaque, case-insensitive name for one delivery (or other row) that only we
 * can make. base32 of kind, id and 10 octets (80 bits) of an HMAC-SHA256, which sign both.
 * Fits a VERP local part (at most 32 characters) and a Message-ID.
 */
#ifndef CRIER_BASE_TOKEN_H
#define CRIER_BASE_TOKEN_H

#include <glib.h>

enum token_kind {
    TOKEN_MESSAGE = 1,     /* Message-ID, ENVID: a delivery */
    TOKEN_UNSUBSCRIBE = 2, /* a delivery's unsubscribe address or link */
    TOKEN_BOUNCE = 3,      /* envelope sender: a delivery */
    TOKEN_ERASED = 4,      /* not an id: the keyed hash of an erased address */
};

#define TOKEN_KEY_BYTES 32

#define TOKEN_TEXT_BYTES 33 /* of the longest, with its NUL */

/* Caller frees. `id` is positive. */
char *token_make(const guint8 key[TOKEN_KEY_BYTES], enum token_kind kind, gint64 id);
/* The same into `ret`; returns its length. */
gsize token_put(char ret[TOKEN_TEXT_BYTES], const guint8 key[TOKEN_KEY_BYTES],
                enum token_kind kind, gint64 id);

/* True and the id when `text` (any case) is a token of `kind` made with `key`. */
gboolean token_verify(const guint8 key[TOKEN_KEY_BYTES], enum token_kind kind, const char *text,
                      gint64 *ret_id);

#endif

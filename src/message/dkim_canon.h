/*
 * The canonicalisation "relaxed" of RFC 6376, 3.4.2 and 3.4.4, of header fields and of a body
 * that comes in pieces.
 */
#ifndef CRIER_MESSAGE_DKIM_CANON_H
#define CRIER_MESSAGE_DKIM_CANON_H

#include <glib.h>

#include "base/crypto.h"

/* Appends "name:value" and CR LF; `name` and `value` are what stands before and behind the
 * colon, folded or not. */
void dkim_canon_field(GString *out, const char *name, gsize name_len, const char *value,
                      gsize value_len);

#define DKIM_CANON_BUFFER 2048

struct dkim_canon_body {
    struct crypto_sha256 *hash; /* borrowed */
    gsize line_ends;            /* read and not written: they may be the last ones */
    gboolean has_blank;         /* blanks were read and are not written */
    gboolean has_cr;            /* a piece ended in CR */
    gboolean is_begun;          /* something was written */
    gsize used;
    guint8 buffer[DKIM_CANON_BUFFER];
};

/* begin, feed…, end: the hash of the canonical body. Line ends are CR LF; a lone CR or LF is a
 * character like others. */
void dkim_canon_body_begin(struct dkim_canon_body *b, struct crypto_sha256 *hash);
void dkim_canon_body_feed(struct dkim_canon_body *b, const char *data, gsize len);
void dkim_canon_body_end(struct dkim_canon_body *b, guint8 ret_hash[CRYPTO_SHA256_BYTES]);

#endif

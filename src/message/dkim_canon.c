/*
 * Bringing header fields and bodies into the form that is hashed, the body as it passes by,
 * without a copy of it. What is signed and how is dkim.c's.
 */
#include "config.h"

#include "message/dkim_canon.h"

#include <string.h>

#define DIRECT_BYTES 256 /* longer pieces are hashed where they lie */

static gboolean is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static gboolean is_special(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

void dkim_canon_field(GString *out, const char *name, gsize name_len, const char *value,
                      gsize value_len)
{
    while (name_len > 0 && is_blank(name[name_len - 1]))
        name_len--;
    for (gsize i = 0; i < name_len; i++)
        g_string_append_c(out, g_ascii_tolower(name[i]));
    g_string_append_c(out, ':');
    gsize start = out->len;
    gboolean has_blank = FALSE;
    for (gsize i = 0; i < value_len; i++) {
        char c = value[i];
        if (c == '\r' || c == '\n')
            continue; /* only of a fold, whose blank is there too */
        if (is_blank(c)) {
            has_blank = TRUE;
            continue;
        }
        if (has_blank && out->len > start)
            g_string_append_c(out, ' ');
        has_blank = FALSE;
        g_string_append_c(out, c);
    }
    g_string_append_len(out, "\r\n", 2);
}

/* ---- the body ---- */

void dkim_canon_body_begin(struct dkim_canon_body *b, struct crypto_sha256 *hash)
{
    b->hash = hash;
    b->line_ends = 0;
    b->has_blank = b->has_cr = b->is_begun = FALSE;
    b->used = 0;
    crypto_sha256_begin(hash);
}

static void flush(struct dkim_canon_body *b)
{
    if (b->used > 0)
        crypto_sha256_update(b->hash, b->buffer, b->used);
    b->used = 0;
}

static void put(struct dkim_canon_body *b, const char *data, gsize len)
{
    if (len > DIRECT_BYTES || len > sizeof b->buffer - b->used)
        flush(b);
    if (len > DIRECT_BYTES) {
        crypto_sha256_update(b->hash, data, len);
        return;
    }
    memcpy(b->buffer + b->used, data, len);
    b->used += len;
}

/* What was held back, now that more of the body follows. */
static void put_held(struct dkim_canon_body *b)
{
    for (; b->line_ends > 0; b->line_ends--)
        put(b, "\r\n", 2);
    if (b->has_blank)
        put(b, " ", 1);
    b->has_blank = FALSE;
    b->is_begun = TRUE;
}

/*
 * How many bytes at `p` are canonical as they stand: a blank or a line end only where a plain
 * character follows, so that nothing has to be held back behind them.
 */
static gsize plain_run(const char *p, gsize len)
{
    gsize i = 0;
    while (i < len) {
        if (!is_special(p[i]))
            i++;
        else if (p[i] == ' ' && i + 1 < len && !is_special(p[i + 1]))
            i += 2;
        else if (p[i] == '\r' && i + 2 < len && p[i + 1] == '\n' && !is_special(p[i + 2]))
            i += 3;
        else
            break;
    }
    return i;
}

/* One or two bytes that plain_run() did not take; returns how many. */
static gsize take_special(struct dkim_canon_body *b, const char *p, gsize len)
{
    if (is_blank(*p)) {
        b->has_blank = TRUE;
        return 1;
    }
    if (len == 1) {
        b->has_cr = TRUE;
        return 1;
    }
    if (p[1] == '\n') {
        b->has_blank = FALSE;
        b->line_ends++;
        return 2;
    }
    put_held(b);
    put(b, "\r", 1);
    return 1;
}

/* The CR at the end of the piece before. Returns how many bytes of this one belong to it. */
static gsize take_cr(struct dkim_canon_body *b, const char *data)
{
    b->has_cr = FALSE;
    if (*data == '\n') {
        b->has_blank = FALSE;
        b->line_ends++;
        return 1;
    }
    put_held(b);
    put(b, "\r", 1);
    return 0;
}

void dkim_canon_body_feed(struct dkim_canon_body *b, const char *data, gsize len)
{
    gsize at = b->has_cr && len > 0 ? take_cr(b, data) : 0;
    while (at < len) {
        /* Behind a blank neither another one nor a line end is plain. */
        gsize n = b->has_blank && is_special(data[at]) ? 0 : plain_run(data + at, len - at);
        if (n > 0) {
            put_held(b);
            put(b, data + at, n);
            at += n;
        } else {
            at += take_special(b, data + at, len - at);
        }
    }
}

void dkim_canon_body_end(struct dkim_canon_body *b, guint8 ret_hash[CRYPTO_SHA256_BYTES])
{
    if (b->has_cr) {
        put_held(b);
        put(b, "\r", 1);
    }
    if (b->is_begun)
        put(b, "\r\n", 2); /* however many there were, or none */
    flush(b);
    crypto_sha256_finish(b->hash, ret_hash);
}

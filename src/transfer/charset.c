/*
 * Charsets of files that people bring. UTF-8 is told from windows-1252 by validity: hardly any
 * text in the one is valid in the other. ISO-8859-1 is windows-1252 without the octets 80 to
 * 9F, so one name stands for both. Other charsets cannot be told apart and must be named.
 */
#include "config.h"

#include "transfer/charset.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

/* ---- finding out ---- */

static void begin_character(struct charset_scan *s, guint8 c)
{
    s->lowest = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    s->highest = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (c >= 0xc2 && c <= 0xdf)
        s->pending = 1;
    else if (c >= 0xe0 && c <= 0xef)
        s->pending = 2;
    else if (c >= 0xf0 && c <= 0xf4)
        s->pending = 3;
    else if (c >= 0x80)
        s->broken++;
}

void charset_scan_feed(struct charset_scan *s, const char *data, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        guint8 c = (guint8)data[i];
        if (s->bytes < 3)
            s->first[s->bytes] = c;
        s->bytes++;
        if (c < 0x80 && s->pending == 0)
            continue;
        s->undefined += c == 0x81 || c == 0x8d || c == 0x8f || c == 0x90 || c == 0x9d;
        if (s->pending == 0) {
            begin_character(s, c);
        } else if (c >= s->lowest && c <= s->highest) {
            s->lowest = 0x80;
            s->highest = 0xbf;
            s->utf8 += --s->pending == 0;
        } else {
            s->broken++;
            s->pending = 0;
            begin_character(s, c);
        }
    }
}

const char *charset_scan_name(const struct charset_scan *s, gsize *ret_skip, GError **error)
{
    *ret_skip = 0;
    if (s->bytes >= 3 && memcmp(s->first, "\xef\xbb\xbf", 3) == 0) {
        *ret_skip = 3;
        return "utf-8";
    }
    if (s->bytes >= 2 && (s->first[0] ^ s->first[1]) == 1 && s->first[0] >= 0xfe) {
        *ret_skip = 2;
        return s->first[0] == 0xff ? "utf-16le" : "utf-16be";
    }
    gint64 broken = s->broken + (s->pending > 0);
    if (s->utf8 >= broken)
        return "utf-8";
    if (s->undefined == 0)
        return "windows-1252";
    g_set_error_literal(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("it is neither UTF-8 nor windows-1252. Name its charset with --charset "
          "(as in --charset windows-1251), or save it as UTF-8"));
    return NULL;
}

/* ---- decoding ---- */

#define REST_BYTES 16

struct charset_decoder {
    GIConv conv;           /* owned */
    gsize unit;            /* octets to leave out where nothing can be made of them */
    char rest[REST_BYTES]; /* of a character that goes on in the next piece */
    gsize n_rest;
};

struct charset_decoder *charset_decoder_new(const char *name, GError **error)
{
    GIConv conv = g_iconv_open("UTF-8", name);
    if (conv == (GIConv)-1) {
        g_autofree char *safe = text_safe(name, -1, 40);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--charset %s: this charset is not known. Common ones are utf-8, "
                      "windows-1252, iso-8859-15, windows-1250, windows-1251, koi8-r, utf-16"),
                    safe);
        return NULL;
    }
    struct charset_decoder *d = g_new0(struct charset_decoder, 1);
    d->conv = conv;
    d->unit = g_ascii_strncasecmp(name, "utf-16", 6) == 0   ? 2
              : g_ascii_strncasecmp(name, "utf-32", 6) == 0 ? 4
                                                            : 1;
    return d;
}

void charset_decoder_free(struct charset_decoder *d)
{
    if (!d)
        return;
    g_iconv_close(d->conv);
    g_free(d);
}

/* Decodes what it can; the number of octets that are left. */
static gsize decode_piece(struct charset_decoder *d, char *data, gsize len, GString *out)
{
    while (len > 0) {
        char buffer[4096], *to = buffer;
        gsize room = sizeof buffer;
        gsize rc = g_iconv(d->conv, &data, &len, &to, &room);
        int number = errno;
        g_string_append_len(out, buffer, to - buffer);
        if (rc != (gsize)-1 || number == E2BIG)
            continue;
        if (number == EINVAL)
            return len;
        gsize n = MIN(d->unit, len);
        data += n;
        len -= n;
        g_string_append_c(out, '\xff');
    }
    return 0;
}

void charset_decode(struct charset_decoder *d, const char *data, gsize len, gboolean is_end,
                    GString *out)
{
    g_autofree char *all = g_malloc(d->n_rest + len + 1);
    memcpy(all, d->rest, d->n_rest);
    memcpy(all + d->n_rest, data, len);
    gsize n = d->n_rest + len;
    gsize left = decode_piece(d, all, n, out);
    if (left > REST_BYTES || (is_end && left > 0)) {
        g_string_append_c(out, '\xff');
        left = 0;
    }
    memcpy(d->rest, all + n - left, left);
    d->n_rest = left;
}

/*
 * Which charset a file of people is in, found out by what is valid, and its text as UTF-8.
 */
#ifndef CRIER_TRANSFER_CHARSET_H
#define CRIER_TRANSFER_CHARSET_H

#include <glib.h>

/* What was seen of a file so far; zeroed to begin. */
struct charset_scan {
    gint64 bytes, utf8, broken, undefined; /* octets; whole characters of many octets; others */
    guint8 first[3];
    guint8 pending;         /* octets that a UTF-8 character still lacks */
    guint8 lowest, highest; /* the next of them must be between */
};
void charset_scan_feed(struct charset_scan *s, const char *data, gsize len);
/*
 * "utf-8", "windows-1252", "utf-16le" or "utf-16be" (by their mark). `*ret_skip` is the length
 * of a mark at the beginning. A file that is UTF-8 but for a few places is UTF-8. NULL when it
 * can be none of them: CRIER_ERROR_INVALID.
 */
const char *charset_scan_name(const struct charset_scan *s, gsize *ret_skip, GError **error);

struct charset_decoder;
/* Any name that iconv knows; CRIER_ERROR_USAGE otherwise. */
struct charset_decoder *charset_decoder_new(const char *name, GError **error);
void charset_decoder_free(struct charset_decoder *d); /* NULL is fine */
/* Appends UTF-8. What cannot be decoded becomes the octet 0xFF, which is no UTF-8: whoever
 * reads on refuses just the row it stands in. */
void charset_decode(struct charset_decoder *d, const char *data, gsize len, gboolean is_end,
                    GString *out);

#endif

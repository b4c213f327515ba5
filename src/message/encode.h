/*
 * Transfer encodings: quoted-printable and base64 bodies (RFC 2045), encoded words (RFC 2047).
 * Everything written is 7-bit with CRLF line ends. For the composer.
 */
#ifndef CRIER_MESSAGE_ENCODE_H
#define CRIER_MESSAGE_ENCODE_H

#include <glib.h>

#define ENCODE_MAX_LINE 76        /* of a body, and of a header line that holds encoded words */
#define ENCODE_MAX_HEADER_LINE 78 /* of a header line, where it can be folded */

/*
 * Appends `s` in quoted-printable, beginning at column 0, and returns the column reached. Line
 * ends of any kind become CRLF. Never ends in a bare blank; no line begins with "." or "From ".
 * `drop_controls` leaves out C0 (but tab and line ends) and DEL: for values.
 */
guint encode_qp(GString *out, const char *s, gsize len, gboolean drop_controls);

/* "=" CRLF: the next piece begins at column 0 and the text goes on. */
void encode_soft_break(GString *out);

/* Appends base64 in lines of 76, each with CRLF. */
void encode_base64(GString *out, const char *s, gsize len);

/* A copy of `s` with every line end as CRLF and one at its end. */
GString *encode_crlf(const char *s, gsize len);

/*
 * Appends `s` (valid UTF-8) as encoded words with folds between them; `column` is where the
 * line stands. B or Q, whichever is shorter; no character is split. Returns the column reached.
 */
guint encode_words(GString *out, const char *s, gsize len, guint column);

#endif

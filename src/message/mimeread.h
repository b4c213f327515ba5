/*
 * An e-mail as it lies in a file, taken apart: the door to GMime. Hostile by assumption: depth,
 * number and size of parts are bounded, every text is valid UTF-8 without controls that a field
 * could not hold.
 */
#ifndef CRIER_MESSAGE_MIMEREAD_H
#define CRIER_MESSAGE_MIMEREAD_H

#include <glib.h>

#define MIMEREAD_MAX_BYTES (64 * 1024 * 1024) /* of the whole mail */
#define MIMEREAD_MAX_DEPTH 32
#define MIMEREAD_MAX_NOTES 30

struct mimeread {          /* all owned; texts are NULL where there is none */
    char *from, *reply_to; /* the first mailbox: "Name <address>" */
    char *subject;         /* one line */
    char *text, *html;     /* the bodies, with LF */
    GPtrArray *parts;    /* of struct part *: all the rest, with `name`, `type`, `data` and the
                            Content-ID as `content_id` (NULL: none); `file` is NULL */
    GPtrArray *left_out; /* of char *: what is not kept, a few safe words each */
};

/* CRIER_ERROR_INVALID when it is no e-mail or too large. `ret` is initialised by the callee. */
gboolean mimeread_parse(const char *data, gsize len, struct mimeread *ret, GError **error);
void mimeread_clear(struct mimeread *m);

/* Single pieces of a mail whose structure message/mailscan found. Callers free what they get. */

/* The text of a part with LF, valid UTF-8. `encoding`: Content-Transfer-Encoding in small letters;
 * either may be "" or NULL. Never fails: what is broken is read as far as it goes. */
char *mimeread_decode_text(const char *data, gsize len, const char *encoding,
                           const char *charset);
/* An unfolded field with its encoded words (RFC 2047) in clear, one line of at most 998 octets;
 * NULL for NULL. */
char *mimeread_decode_words(const char *value);
/* A Date field as microseconds since 1970; 0 when it is none. */
gint64 mimeread_date_us(const char *value);

#endif

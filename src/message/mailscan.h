/*
 * The structure of a mail by one walk over its octets: fields of the header, parts, where each
 * begins and ends. For reading thousands of returned mails a second, most of which are broken
 * somewhere: nothing is refused, everything is bounded, and nothing is copied. Decoding is
 * mimeread's; a mail that a campaign is to be made of is mimeread_parse()'s.
 */
#ifndef CRIER_MESSAGE_MAILSCAN_H
#define CRIER_MESSAGE_MAILSCAN_H

#include <glib.h>

#define MAILSCAN_MAX_DEPTH 12  /* of multiparts in multiparts; deeper ones are not looked into \
                                */
#define MAILSCAN_MAX_PARTS 100 /* what follows is not looked at */
#define MAILSCAN_MAX_FIELDS 500 /* of all headers together; further ones are skipped */
#define MAILSCAN_TYPE_BYTES 64
#define MAILSCAN_WORD_BYTES 48

struct mailscan_field {
    const char *name, *value; /* into the mail; the value with its folds, trimmed */
    gsize name_len, value_len;
};

struct mailscan_header {
    const struct mailscan_field *fields; /* in the order of the mail */
    gsize n;
};

struct mailscan_part {
    guint first, n;                        /* its fields */
    char type[MAILSCAN_TYPE_BYTES];        /* "text/plain", small letters */
    char charset[MAILSCAN_WORD_BYTES];     /* "" when none is named */
    char report_type[MAILSCAN_WORD_BYTES]; /* of multipart/report: small letters */
    char encoding[MAILSCAN_WORD_BYTES];    /* Content-Transfer-Encoding, small letters */
    gboolean is_attachment;
    int depth;
    const char *body; /* into the mail */
    gsize len;
};

struct mailscan {
    GArray *fields; /* owned */
    GArray *parts;  /* owned; the first is the mail as a whole, multiparts come before what is
                       in them; the inside of message/rfc822 is not taken apart */
};

/* `data` must live as long as `ret`, and needs no NUL behind it. Never fails. */
void mailscan_read(const char *data, gsize len, struct mailscan *ret);
void mailscan_clear(struct mailscan *m);

const struct mailscan_part *mailscan_part(const struct mailscan *m, guint i);
struct mailscan_header mailscan_header(const struct mailscan *m, guint part);

/* A header alone, of a mail that lies in another one, or of the fields of a report. Appends to
 * `fields` (of struct mailscan_field); returns where the body begins. */
const char *mailscan_fields(const char *data, gsize len, GArray *fields);

/* The first of this name, the case of letters ignored; NULL when there is none. */
const struct mailscan_field *mailscan_find(struct mailscan_header h, const char *name);
/* One line: folds are undone; NULL for NULL. Encoded words stay. Caller frees. */
char *mailscan_value(const struct mailscan_field *f);

#endif

/*
 * What the files of the composer share: the prepared version, its MIME structure, images and
 * attachments on the wire. Not for anybody outside src/message.
 */
#ifndef CRIER_MESSAGE_COMPOSE_PRIVATE_H
#define CRIER_MESSAGE_COMPOSE_PRIVATE_H

#include <glib.h>

#include "base/mailaddr.h"
#include "message/compose.h"
#include "message/template_private.h"
#include "model/part.h"

struct body {
    struct template *plain; /* owned; as written, for previews; NULL: there is no such part */
    struct template *wire;  /* owned; its static text is quoted-printable; NULL when fixed */
    GString *fixed;         /* owned; the whole encoded body of a part without fields */
    gboolean is_base64;
};

struct composed {
    gint refs; /* atomic */
    struct mailaddr from;
    char *from_address;       /* owned */
    struct template *subject; /* owned */
    GString *subject_field;   /* owned; the whole field when the subject has no merge fields */
    struct body text, html;
    GPtrArray *names; /* owned; of those that are looked up once a person, see
                         template_number_names() */
    GString *lead;    /* owned; the first fields */
    GString *middle;  /* owned; the fields behind the person's own */
    GString *fixed;   /* owned; of what follows, all that is the same for everybody */
    GArray *pieces;   /* owned; of struct piece: `fixed` and the bodies, in their order */
    gsize parts_size; /* bytes of images and attachments in `fixed` */
};

enum piece_kind { PIECE_FIXED, PIECE_TEXT, PIECE_HTML };

struct piece {
    enum piece_kind kind;
    gsize offset, len; /* in `fixed` */
};

/* Lays out the parts of the message behind MIME-Version; takes the bodies that are fixed. */
void compose_structure(struct composed *c, const struct compose_content *content);

/* How many parts, how large, with bytes and names. `parts` may be NULL. */
gboolean compose_parts_check(const GPtrArray *parts, GError **error);

/* How long the part will be on the wire, about. */
gsize compose_part_size(const struct part *p);

/* Appends the part's own header fields, the empty line and its bytes in base64. `domain` makes
 * its Content-ID one of ours. */
void compose_part_append(GString *out, const struct part *p, gboolean is_inline,
                         const char *domain);

/* `html` with each "cid:ID" of a part turned into the Content-ID that goes out. Caller frees.
 */
char *compose_parts_refer(const char *html, const GPtrArray *parts, const char *domain);

#endif

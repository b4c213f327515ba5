/*
 * The composer: one campaign version is prepared once (parsed, laid out, transfer-encoded),
 * then each person's message is the prepared pieces with only the fields filled in and encoded.
 * Output is wire-ready: CRLF only, 7-bit, lines ≤ 998 (bodies ≤ 76), headers folded at 78, no
 * line beginning with "." or "From ". (RFC 5322, 2045–2047, 2231, 6376 friendly)
 */
#ifndef CRIER_MESSAGE_COMPOSE_H
#define CRIER_MESSAGE_COMPOSE_H

#include <glib.h>

#include "base/json.h"
#include "message/fields.h"

struct compose_content {    /* borrowed during compose_prepare() */
    const char *from;       /* mailbox text */
    const char *reply_to;   /* mailbox text or NULL or "" */
    const char *subject;    /* template */
    const char *html;       /* template or NULL */
    const char *text;       /* template or NULL; at least one of the two */
    const char *list_id;    /* "news.example.org" (no angle brackets) or NULL */
    const char *list_title; /* display name for List-Id, or NULL */
    const char *campaign;   /* opaque id for X-Campaign and Feedback-ID */
    const GPtrArray *parts; /* of struct part *, or NULL: inline images, which HTML names by
                               cid:CONTENT_ID, and attachments */
};

struct compose_person {             /* borrowed during compose_render() */
    const char *address;            /* To, and the envelope recipient */
    const struct json *fields;      /* object of the person's fields */
    const struct fields *plain;     /* the same, instead of `fields`; may be NULL */
    const struct json *campaign;    /* outer context, may be NULL */
    const char *message_id;         /* "token@domain", no brackets */
    const char *date;               /* RFC 5322 */
    const char *list_unsubscribe;   /* "<mailto:…>" list, or NULL */
    gboolean list_unsubscribe_post; /* adds List-Unsubscribe-Post (needs an https URI) */
    /* The fields of these names; NULL leaves them to `fields`. They stand above every other
     * context, so that a column of somebody's CSV file cannot take their place. */
    const char *unsubscribe_url;
    const char *view_url;
};

struct composed; /* a prepared version; immutable, shareable */
struct composed *compose_prepare(const struct compose_content *c, GError **error);
struct composed *composed_ref(struct composed *c);
void composed_unref(struct composed *c);
/* The distinct field names that subject, text and HTML ask for; caller g_strfreev()s. */
char **composed_names(const struct composed *c);

/* Each place where subject, text and HTML ask for a name. part: 's', 't', 'h'. */
struct template_use;
void composed_each_use(const struct composed *c,
                       void (*each)(char part, const struct template_use *use, void *data),
                       void *data);

/*
 * Appends the whole message to `out` (which may be reused: g_string_truncate first).
 * CRIER_ERROR_INVALID when a value cannot be used. Never fails half way: `out` is cut back.
 */
gboolean compose_render(const struct composed *c, const struct compose_person *p, GString *out,
                        GError **error);

struct compose_chunk {
    const char *data;
    gsize len;
};

/*
 * As compose_render(), but without copying what is large and the same for everybody: appends to
 * `chunks` (of struct compose_chunk) the pieces of the message in order. They point into `own`
 * (emptied first; the person's bytes) and into `c`: valid until `own` changes or `c` goes. On
 * failure neither holds anything.
 */
gboolean compose_render_chunks(const struct composed *c, const struct compose_person *p,
                               GString *own, GArray *chunks, GError **error);

/* Octets of images and attachments on the wire: what each message has beside its bodies. */
gsize composed_parts_size(const struct composed *c);

/* One part as a person would see it, decoded: for preview. kind: 't' text, 'h' html, 's'
 * subject. */
gboolean compose_render_part(const struct composed *c, const struct compose_person *p,
                             char kind, GString *out, GError **error);

/* The domain of From in A-labels: for Message-ID and List-Id. Borrowed from `c`. */
const char *composed_from_domain(const struct composed *c);
const char *composed_from_address(const struct composed *c);

#endif

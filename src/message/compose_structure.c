/*
 * The MIME structure of a message: mixed( alternative( text, related( html, images ) ),
 * attachments ), without the layers that hold one thing. Written once a campaign; what remains
 * for each person are the bodies with fields in them. Not for header fields of the message.
 */
#include "config.h"

#include "message/compose_private.h"

#define BOUNDARY_DIGITS 24 /* of a SHA-256 over the content */

static void add_body_head(GString *out, const struct body *body, const char *subtype)
{
    g_string_append_printf(out,
                           "Content-Type: text/%s; charset=utf-8\r\n"
                           "Content-Transfer-Encoding: %s\r\n\r\n",
                           subtype, body->is_base64 ? "base64" : "quoted-printable");
}

/* What is being put together: where the message's structure is written. */
struct layout {
    struct composed *c;     /* borrowed */
    const GPtrArray *parts; /* borrowed; may be NULL */
    char digits[BOUNDARY_DIGITS + 1];
    gsize start; /* of the fixed piece at hand */
};

/*
 * "=_" cannot stand in quoted-printable or base64 text, so that no body holds a boundary; the
 * letter keeps the three apart. The same content has the same boundaries, so that a message can
 * be made again byte for byte.
 */
static void open_multipart(struct layout *l, const char *subtype, char letter)
{
    g_string_append_printf(l->c->fixed,
                           "Content-Type: multipart/%s;\r\n boundary=\"=_%c%s\"\r\n\r\n",
                           subtype, letter, l->digits);
}

static void next_part(struct layout *l, char letter, gboolean after_body)
{
    g_string_append_printf(l->c->fixed, "%s--=_%c%s\r\n", after_body ? "\r\n" : "", letter,
                           l->digits);
}

static void close_multipart(struct layout *l, char letter, gboolean after_body)
{
    g_string_append_printf(l->c->fixed, "%s--=_%c%s--\r\n", after_body ? "\r\n" : "", letter,
                           l->digits);
}

static void end_fixed(struct layout *l)
{
    GString *fixed = l->c->fixed;
    struct piece piece = {PIECE_FIXED, l->start, fixed->len - l->start};

    if (piece.len > 0)
        g_array_append_val(l->c->pieces, piece);
    l->start = fixed->len;
}

static void put_body(struct layout *l, struct body *body, const char *subtype,
                     enum piece_kind kind)
{
    struct piece piece = {.kind = kind};

    add_body_head(l->c->fixed, body, subtype);
    if (body->fixed) {
        g_string_append_len(l->c->fixed, body->fixed->str, body->fixed->len);
        g_string_free(g_steal_pointer(&body->fixed), TRUE);
        return;
    }
    end_fixed(l);
    g_array_append_val(l->c->pieces, piece);
}

/* Images belong to the HTML that shows them; without HTML they are attachments. */
static gboolean belongs_inside(const struct layout *l, const struct part *p)
{
    return p->kind == PART_INLINE && l->c->html.plain;
}

static guint count_parts(const struct layout *l, gboolean inside)
{
    guint n = 0;

    for (guint i = 0; l->parts && i < l->parts->len; i++)
        n += belongs_inside(l, l->parts->pdata[i]) == inside;
    return n;
}

static void put_parts(struct layout *l, gboolean inside, char letter, gboolean after_body)
{
    gsize before = l->c->fixed->len;

    for (guint i = 0; l->parts && i < l->parts->len; i++) {
        const struct part *p = l->parts->pdata[i];

        if (belongs_inside(l, p) != inside)
            continue;
        next_part(l, letter, after_body);
        compose_part_append(l->c->fixed, p, inside, l->c->from.domain);
        after_body = FALSE;
    }
    close_multipart(l, letter, FALSE);
    l->c->parts_size += l->c->fixed->len - before;
}

/* Returns whether it ends in a body, which wants an empty line before the next boundary. */
static gboolean put_html(struct layout *l)
{
    if (count_parts(l, TRUE) == 0) {
        put_body(l, &l->c->html, "html", PIECE_HTML);
        return TRUE;
    }
    open_multipart(l, "related; type=\"text/html\"", 'r');
    next_part(l, 'r', FALSE);
    put_body(l, &l->c->html, "html", PIECE_HTML);
    put_parts(l, TRUE, 'r', TRUE);
    return FALSE;
}

static gboolean put_bodies(struct layout *l)
{
    gboolean after_body = TRUE;

    if (!l->c->html.plain) {
        put_body(l, &l->c->text, "plain", PIECE_TEXT);
        return TRUE;
    }
    if (!l->c->text.plain)
        return put_html(l);
    open_multipart(l, "alternative", 'a');
    next_part(l, 'a', FALSE);
    put_body(l, &l->c->text, "plain", PIECE_TEXT);
    next_part(l, 'a', TRUE);
    after_body = put_html(l);
    close_multipart(l, 'a', after_body);
    return FALSE;
}

/* mixed( alternative( text, related( html, images ) ), attachments ), without the layers that
 * hold one thing. */
void compose_structure(struct composed *c, const struct compose_content *content)
{
    struct layout l = {.c = c, .parts = content->parts};
    g_autofree char *all = g_strconcat(content->subject ? content->subject : "", "\n",
                                       content->text ? content->text : "", "\n",
                                       content->html ? content->html : "", NULL);
    g_autofree char *digits = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
    gsize size = strlen(all);

    g_strlcpy(l.digits, digits, sizeof l.digits);
    for (guint i = 0; l.parts && i < l.parts->len; i++)
        size += compose_part_size(l.parts->pdata[i]);
    c->fixed = g_string_sized_new(size);
    g_string_append(c->middle, "MIME-Version: 1.0\r\n");
    if (count_parts(&l, FALSE) == 0) {
        put_bodies(&l);
    } else {
        open_multipart(&l, "mixed", 'm');
        next_part(&l, 'm', FALSE);
        put_parts(&l, FALSE, 'm', put_bodies(&l));
    }
    end_fixed(&l);
}

/*
 * The composer. compose_prepare() does all that is the same for everybody: fixed header fields,
 * the MIME structure, the transfer encoding of every static text. compose_render() copies those
 * pieces, or points at the large ones, and encodes nothing but the person's own values.
 * Immutable after preparing, so threads share it. Not for the structure of multiparts
 * (compose_structure.c), attachments (compose_parts.c), DKIM or reading mail.
 */
#include "config.h"

#include "message/compose.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "message/compose_private.h"
#include "message/encode.h"
#include "message/header.h"
#include "message/template_private.h"

#define SUBJECT_MAX 10000 /* bytes: servers refuse messages for huge headers */
#define ID_MAX 255        /* bytes of a List-Id or campaign id */
#define SENDER_ID_MIN 5   /* Gmail's rule for the last field of Feedback-ID */
#define SENDER_ID_MAX 15
#define SLOTS_MAX 32   /* names that are looked up once a person; others where they stand */
#define CHUNK_MIN 8192 /* bytes: below, copying is cheaper than one more piece to send */

static gboolean is_given(const char *s)
{
    return s && *s;
}

/*
 * Every piece of static text begins at column 0 and ends in a line end or a soft break, so that
 * pieces fit together in whatever order sections put them. A value that goes on in the same
 * line is marked to get its own soft break.
 */
static void encode_pieces(struct template *t)
{
    struct template_program *p = t->programs->pdata[0];
    g_autofree guint8 *is_end = g_new0(guint8, p->nodes->len + 1);
    GString *wire = g_string_sized_new(p->text->len + p->text->len / 8);

    for (guint i = 0; i < p->nodes->len; i++) {
        struct template_node *node = &g_array_index(p->nodes, struct template_node, i);
        const struct template_node *next = i + 1 < p->nodes->len ? node + 1 : NULL;

        if (node->end > 0)
            is_end[node->end] = TRUE;
        if (node->kind == TEMPLATE_TEXT) {
            gsize start = wire->len;

            if (encode_qp(wire, p->text->str + node->offset, node->len, FALSE) > 0 && next)
                encode_soft_break(wire);
            node->offset = start;
            node->len = wire->len - start;
        } else if (node->kind == TEMPLATE_VALUE) {
            char c = next && next->kind == TEMPLATE_TEXT ? p->text->str[next->offset] : '\0';

            node->mark = next && (is_end[i + 1] || (c != '\r' && c != '\n'));
        }
    }
    g_string_free(p->text, TRUE);
    p->text = wire;
}

static GString *encode_fixed(const struct template *t, gboolean *ret_is_base64)
{
    const GString *text = ((struct template_program *)t->programs->pdata[0])->text;
    g_autoptr(GString) lines = encode_crlf(text->str, text->len);
    GString *out = g_string_sized_new(lines->len + lines->len / 8);
    gsize base64_len = (lines->len + 2) / 3 * 4;

    encode_qp(out, lines->str, lines->len, FALSE);
    base64_len += (base64_len + ENCODE_MAX_LINE - 1) / ENCODE_MAX_LINE * 2;
    *ret_is_base64 = base64_len < out->len;
    if (*ret_is_base64) {
        g_string_truncate(out, 0);
        encode_base64(out, lines->str, lines->len);
    }
    return out;
}

static gboolean prepare_body(struct body *body, const char *source, enum template_escape escape,
                             const char *what, GError **error)
{
    if (!is_given(source))
        return TRUE;
    body->plain = template_new(source, -1, escape, NULL, error);
    if (!body->plain) {
        g_prefix_error(error, "%s: ", what);
        return FALSE;
    }
    if (template_is_fixed(body->plain)) {
        body->fixed = encode_fixed(body->plain, &body->is_base64);
        return TRUE;
    }
    body->wire = template_new(source, -1, escape, NULL, NULL);
    g_assert(body->wire); /* the same text parsed a moment ago */
    encode_pieces(body->wire);
    return TRUE;
}

/* The text of the field that began at `start` is there. */
static gboolean end_subject(GString *out, gsize start, guint column, GError **error)
{
    if (out->len - start - column > SUBJECT_MAX) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the subject is longer than %d bytes. Shorten it, or the values in it"),
                    SUBJECT_MAX);
        return FALSE;
    }
    header_end_text(out, start, column);
    return TRUE;
}

static gboolean prepare_subject(struct composed *c, const char *subject, GError **error)
{
    const GString *text;
    guint column;

    c->subject = template_new(subject ? subject : "", -1, TEMPLATE_ESCAPE_HEADER, NULL, error);
    if (!c->subject) {
        g_prefix_error(error, "%s: ", _("subject"));
        return FALSE;
    }
    if (template_is_fixed(c->subject)) {
        text = ((struct template_program *)c->subject->programs->pdata[0])->text;
        c->subject_field = g_string_new(NULL);
        column = header_begin_text(c->subject_field, "Subject");
        text_append(c->subject_field, text->str, text->len);
        return end_subject(c->subject_field, 0, column, error);
    }
    return TRUE;
}

static gboolean prepare_mailbox(GString *out, const char *field, const char *text,
                                struct mailaddr *ret_addr, GError **error)
{
    g_autofree char *name = NULL, *wire = NULL;
    struct mailaddr addr;

    if (!is_given(text)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s: the address is missing. Write Name <name@example.org>"), field);
        return FALSE;
    }
    if (!mailbox_parse(text, &name, &addr, error)) {
        g_prefix_error(error, "%s: ", field);
        return FALSE;
    }
    wire = mailaddr_format(&addr);
    header_append_mailbox(out, field, name, wire, FALSE);
    if (ret_addr)
        *ret_addr = addr;
    else
        mailaddr_clear(&addr);
    return TRUE;
}

/* Letters, digits and the signs that need no quoting anywhere. */
static gboolean check_id(const char *what, const char *id, GError **error)
{
    gsize n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+");

    if (id[n] == '\0' && n > 0 && n <= ID_MAX)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: \"%s\" is not 1 to %d letters, digits and \"-\", \"_\", \".\", \"+\""),
                what, id, ID_MAX);
    return FALSE;
}

/* Gmail wants a name of 5–15 characters that is ours and stays the same: the domain, where it
 * fits, else digits made from it. Caller frees. */
static char *sender_id(const char *domain)
{
    gsize len = strlen(domain);
    char *id;

    if (len >= SENDER_ID_MIN && len <= SENDER_ID_MAX && !strchr(domain, ':'))
        return g_strdup(domain);
    id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, domain, len);
    id[SENDER_ID_MAX] = '\0';
    return id;
}

static gboolean prepare_ids(struct composed *c, const struct compose_content *content,
                            GError **error)
{
    g_autofree char *sender = sender_id(c->from.domain);

    if (is_given(content->list_id)) {
        if (!check_id("List-Id", content->list_id, error))
            return FALSE;
        header_append_mailbox(c->middle, "List-Id", content->list_title, content->list_id,
                              TRUE);
    }
    if (is_given(content->campaign)) {
        if (!check_id("X-Campaign", content->campaign, error))
            return FALSE;
        g_string_append_printf(c->middle, "Feedback-ID: %s:%s:crier:%s\r\n", content->campaign,
                               is_given(content->list_id) ? content->list_id : "", sender);
        g_string_append_printf(c->middle, "X-Campaign: %s\r\n", content->campaign);
    }
    return TRUE;
}

static gboolean prepare_html(struct composed *c, const struct compose_content *content,
                             GError **error)
{
    g_autofree char *html = NULL;

    if (!is_given(content->html) || !content->parts || content->parts->len == 0)
        return prepare_body(&c->html, content->html, TEMPLATE_ESCAPE_HTML, "html", error);
    html = compose_parts_refer(content->html, content->parts, c->from.domain);
    return prepare_body(&c->html, html, TEMPLATE_ESCAPE_HTML, "html", error);
}

/* A name has one number in the subject and both bodies. */
static void number_names(struct composed *c)
{
    struct template *const all[] = {c->subject, c->text.wire, c->html.wire};

    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        if (all[i])
            template_number_names(all[i], c->names, SLOTS_MAX);
    }
}

static gboolean prepare(struct composed *c, const struct compose_content *content,
                        GError **error)
{
    if (!is_given(content->text) && !is_given(content->html)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("the message has no body. Write a text or an HTML part"));
        return FALSE;
    }
    if (!prepare_mailbox(c->lead, "From", content->from, &c->from, error) ||
        !compose_parts_check(content->parts, error))
        return FALSE;
    c->from_address = mailaddr_format(&c->from);
    if (is_given(content->reply_to) &&
        !prepare_mailbox(c->middle, "Reply-To", content->reply_to, NULL, error))
        return FALSE;
    if (!prepare_ids(c, content, error) || !prepare_subject(c, content->subject, error) ||
        !prepare_body(&c->text, content->text, TEMPLATE_ESCAPE_TEXT, _("text"), error) ||
        !prepare_html(c, content, error))
        return FALSE;
    compose_structure(c, content);
    number_names(c);
    return TRUE;
}

struct composed *compose_prepare(const struct compose_content *content, GError **error)
{
    struct composed *c = g_new0(struct composed, 1);

    c->refs = 1;
    c->lead = g_string_new(NULL);
    c->middle = g_string_new(NULL);
    c->pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
    c->names = g_ptr_array_new();
    if (prepare(c, content, error))
        return c;
    composed_unref(c);
    return NULL;
}

struct composed *composed_ref(struct composed *c)
{
    g_atomic_int_inc(&c->refs);
    return c;
}

static void string_free(GString *s)
{
    if (s)
        g_string_free(s, TRUE);
}

static void body_clear(struct body *body)
{
    template_free(body->plain);
    template_free(body->wire);
    string_free(body->fixed);
}

void composed_unref(struct composed *c)
{
    if (!c || !g_atomic_int_dec_and_test(&c->refs))
        return;
    mailaddr_clear(&c->from);
    g_free(c->from_address);
    template_free(c->subject);
    string_free(c->subject_field);
    body_clear(&c->text);
    body_clear(&c->html);
    string_free(c->lead);
    string_free(c->middle);
    string_free(c->fixed);
    g_array_unref(c->pieces);
    g_ptr_array_unref(c->names);
    g_free(c);
}

static void add_names(GPtrArray *names, const struct template *t)
{
    for (guint i = 0; t && i < t->names->len; i++) {
        if (!g_ptr_array_find_with_equal_func(names, t->names->pdata[i], g_str_equal, NULL))
            g_ptr_array_add(names, g_strdup(t->names->pdata[i]));
    }
}

char **composed_names(const struct composed *c)
{
    GPtrArray *names = g_ptr_array_new();

    add_names(names, c->subject);
    add_names(names, c->text.plain);
    add_names(names, c->html.plain);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

struct each_use {
    void (*each)(char part, const struct template_use *use, void *data);
    void *data;
    char part;
};

static void pass_use(const struct template_use *use, void *data)
{
    const struct each_use *e = data;

    e->each(e->part, use, e->data);
}

void composed_each_use(const struct composed *c,
                       void (*each)(char part, const struct template_use *use, void *data),
                       void *data)
{
    const struct template *const parts[] = {c->subject, c->text.plain, c->html.plain};

    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        struct each_use e = {each, data, "sth"[i]};

        if (parts[i])
            template_each_use(parts[i], pass_use, &e);
    }
}

const char *composed_from_domain(const struct composed *c)
{
    return c->from.domain;
}

const char *composed_from_address(const struct composed *c)
{
    return c->from_address;
}

gsize composed_parts_size(const struct composed *c)
{
    return c->parts_size;
}

/* What is known of a slot's text, once it was needed. */
struct slot_facts {
    gboolean is_marked, is_written;
    guint8 marks;      /* of its octets */
    gsize offset, len; /* of its quoted-printable form, where it was written first */
    guint column;      /* that this form ends in */
};

/* What one rendering carries along. */
struct rendering {
    struct template_extra extra[3];
    struct template_scope scope;
    struct template_slot slots[SLOTS_MAX];
    struct slot_facts facts[SLOTS_MAX];
    GString *scratch; /* owned; NULL until it is needed */
    GArray *chunks;   /* borrowed; of struct compose_chunk, data NULL: of `out`; NULL: all is
                         copied */
    gsize own_start;  /* where the chunk of `out` at hand begins */
};

static void rendering_init(struct rendering *r, const struct composed *c,
                           const struct compose_person *p)
{
    r->extra[0] = (struct template_extra){"unsubscribe_url", p->unsubscribe_url};
    r->extra[1] = (struct template_extra){"view_url", p->view_url};
    r->extra[2] = (struct template_extra){NULL, NULL};
    r->scope = (struct template_scope){r->extra, p->campaign, p->fields, p->plain, NULL};
    template_fill_slots(c->names, &r->scope, r->slots);
    r->scope.slots = r->slots;
    memset(r->facts, 0, c->names->len * sizeof r->facts[0]);
    r->scratch = NULL;
    r->chunks = NULL;
    r->own_start = 0;
}

static void rendering_clear(struct rendering *r)
{
    string_free(r->scratch);
}

static GString *empty_scratch(struct rendering *r)
{
    if (!r->scratch)
        r->scratch = g_string_sized_new(512);
    return g_string_truncate(r->scratch, 0);
}

static void put_escaped(GString *out, const struct template_node *node, const char *s,
                        gsize len, void *data)
{
    template_place_append(out, node->place, s, len);
}

static gboolean fits(struct slot_facts *facts, enum template_place place, const char *s,
                     gsize len)
{
    if (place == TEMPLATE_PLACE_RAW)
        return TRUE;
    if (!facts)
        return template_place_fits(place, s, len);
    if (!facts->is_marked)
        facts->marks = template_place_marks(s, len);
    facts->is_marked = TRUE;
    return template_place_fits_marked(place, facts->marks, s, len);
}

/* Quoted-printable; a slot's text is encoded once and copied after that. Returns the column. */
static guint put_qp(GString *out, struct slot_facts *facts, const char *s, gsize len)
{
    gsize start = out->len;
    guint column;

    if (facts && facts->is_written) {
        text_append(out, out->str + facts->offset, facts->len);
        return facts->column;
    }
    column = encode_qp(out, s, len, TRUE);
    if (facts) {
        facts->is_written = TRUE;
        facts->offset = start;
        facts->len = out->len - start;
        facts->column = column;
    }
    return column;
}

/* The sink of bodies: escaped for its place, then quoted-printable from column 0. */
static void put_encoded(GString *out, const struct template_node *node, const char *s,
                        gsize len, void *data)
{
    struct rendering *r = data;
    struct slot_facts *facts = NULL;

    /* A default, or what has the name inside a section, is no slot's text. */
    if (node->slot > 0 && r->slots[node->slot - 1].text == s)
        facts = &r->facts[node->slot - 1];
    if (!fits(facts, node->place, s, len)) {
        GString *escaped = empty_scratch(r);

        template_place_append(escaped, node->place, s, len);
        s = escaped->str;
        len = escaped->len;
        facts = NULL;
    }
    if (put_qp(out, facts, s, len) > 0 && node->mark)
        encode_soft_break(out);
}

/* A body ends in a hard line end whatever its last section or value left behind. */
static void end_body(GString *out, gsize start)
{
    gsize len = out->len - start;
    const char *end = out->str + out->len;

    if (len < 2 || memcmp(end - 2, "\r\n", 2) != 0 || (len >= 3 && end[-3] == '='))
        text_append(out, "\r\n", 2);
}

static gboolean render_body(struct rendering *r, const struct body *body, GString *out,
                            GError **error)
{
    gsize start = out->len;

    if (!template_walk(body->wire, &r->scope, put_encoded, r, out, error))
        return FALSE;
    end_body(out, start);
    return TRUE;
}

static gboolean render_subject(struct rendering *r, const struct composed *c, GString *out,
                               GError **error)
{
    gsize start = out->len;
    guint column;

    if (c->subject_field) {
        text_append(out, c->subject_field->str, c->subject_field->len);
        return TRUE;
    }
    column = header_begin_text(out, "Subject");
    return template_walk(c->subject, &r->scope, put_escaped, NULL, out, error) &&
           end_subject(out, start, column, error);
}

static gboolean render_unsubscribe(const struct compose_person *p, GString *out, GError **error)
{
    gboolean has_https = FALSE;

    if (is_given(p->list_unsubscribe) &&
        !header_append_uris(out, "List-Unsubscribe", p->list_unsubscribe, &has_https, error))
        return FALSE;
    if (!p->list_unsubscribe_post)
        return TRUE;
    if (!has_https) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("List-Unsubscribe-Post: one-click unsubscribing needs an https "
                              "address in List-Unsubscribe (RFC 8058)"));
        return FALSE;
    }
    g_string_append(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    return TRUE;
}

/* "<token@domain>": brackets are ours, so none may come with the value. */
static gboolean render_message_id(const struct compose_person *p, GString *out, GError **error)
{
    const char *id = p->message_id;

    if (id && (strchr(id, '<') || strchr(id, '>'))) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("Message-ID: the value must come without angle brackets"));
        return FALSE;
    }
    return header_append_id(out, "Message-ID", id, error);
}

static void end_own(struct rendering *r, const GString *out)
{
    struct compose_chunk own = {NULL, out->len - r->own_start};

    if (own.len > 0)
        g_array_append_val(r->chunks, own);
    r->own_start = out->len;
}

static void put_fixed(struct rendering *r, const char *s, gsize len, GString *out)
{
    struct compose_chunk chunk = {s, len};

    if (!r->chunks || len < CHUNK_MIN) {
        text_append(out, s, len);
        return;
    }
    end_own(r, out);
    g_array_append_val(r->chunks, chunk);
}

static gboolean render_pieces(struct rendering *r, const struct composed *c, GString *out,
                              GError **error)
{
    for (guint i = 0; i < c->pieces->len; i++) {
        const struct piece *piece = &g_array_index(c->pieces, struct piece, i);

        if (piece->kind == PIECE_FIXED)
            put_fixed(r, c->fixed->str + piece->offset, piece->len, out);
        else if (!render_body(r, piece->kind == PIECE_TEXT ? &c->text : &c->html, out, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean render_message(struct rendering *r, const struct composed *c,
                               const struct compose_person *p, GString *out, GError **error)
{
    text_append(out, c->lead->str, c->lead->len);
    if (!header_append_to(out, p->address, error) || !render_subject(r, c, out, error) ||
        !header_append_plain(out, "Date", p->date, TRUE, error) ||
        !render_message_id(p, out, error) || !render_unsubscribe(p, out, error))
        return FALSE;
    text_append(out, c->middle->str, c->middle->len);
    return render_pieces(r, c, out, error);
}

gboolean compose_render(const struct composed *c, const struct compose_person *p, GString *out,
                        GError **error)
{
    gsize start = out->len;
    struct rendering r;
    gboolean ok;

    rendering_init(&r, c, p);
    ok = render_message(&r, c, p, out, error);
    rendering_clear(&r);
    if (!ok)
        g_string_truncate(out, start);
    return ok;
}

gboolean compose_render_chunks(const struct composed *c, const struct compose_person *p,
                               GString *own, GArray *chunks, GError **error)
{
    guint start = chunks->len;
    gsize offset = 0;
    struct rendering r;
    gboolean ok;

    rendering_init(&r, c, p);
    g_string_truncate(own, 0);
    r.chunks = chunks;
    ok = render_message(&r, c, p, own, error);
    rendering_clear(&r);
    if (!ok) {
        g_string_truncate(own, 0);
        g_array_set_size(chunks, start);
        return FALSE;
    }
    end_own(&r, own);
    /* Only now does `own` stay where it is. */
    for (guint i = start; i < chunks->len; i++) {
        struct compose_chunk *chunk = &g_array_index(chunks, struct compose_chunk, i);

        if (chunk->data)
            continue;
        chunk->data = own->str + offset;
        offset += chunk->len;
    }
    return TRUE;
}

gboolean compose_render_part(const struct composed *c, const struct compose_person *p,
                             char kind, GString *out, GError **error)
{
    const struct template *t = kind == 's'   ? c->subject
                               : kind == 't' ? c->text.plain
                                             : c->html.plain;
    struct rendering r;
    gboolean ok;

    if (!t) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND, _("the message has no %s part"),
                    kind == 't' ? _("text") : "html");
        return FALSE;
    }
    rendering_init(&r, c, p);
    ok = template_walk(t, &r.scope, put_escaped, NULL, out, error);
    rendering_clear(&r);
    return ok;
}

/*
 * Images and attachments in a message: the structure has no layer that is not needed, bytes and
 * names come out as they went in, and what is large is not copied for each person.
 */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "decode.h"
#include "message/compose.h"
#include "model/part.h"

#define LARGE (300 * 1024)

static const struct compose_content sample = {.from = "Ann Bell <ann@b.org>",
                                              .subject = "Hello {{name}}",
                                              .text = "Hello {{name}},\nbye\n",
                                              .html = "<p>Hello {{name}}</p>\n"
                                                      "<img src=\"cid:logo.png\" alt=\"\">",
                                              .campaign = "c7"};

static void add_part(GPtrArray *parts, enum part_kind kind, const char *name, const char *type,
                     const char *content_id, gsize len)
{
    struct part *p = g_new0(struct part, 1);
    guint8 *bytes = g_malloc(len + 1);

    for (gsize i = 0; i < len; i++)
        bytes[i] = (guint8)(i * 7 + i / 256 + parts->len);
    p->kind = kind;
    p->file = g_strdup("f");
    p->name = g_strdup(name);
    p->type = g_strdup(type);
    p->content_id = g_strdup(content_id);
    p->data = g_bytes_new_take(bytes, len);
    g_ptr_array_add(parts, p);
}

static struct json *fields_of(const char *name)
{
    struct json *fields = json_new_object();

    json_set_string(fields, "name", name);
    return fields;
}

static struct compose_person person_of(const struct json *fields)
{
    return (struct compose_person){.address = "joe@example.org",
                                   .fields = fields,
                                   .message_id = "token@b.org",
                                   .date = "Thu, 1 Jan 1970 00:00:00 +0000"};
}

static struct composed *prepare(const struct compose_content *content)
{
    g_autoptr(GError) error = NULL;
    struct composed *c = compose_prepare(content, &error);

    g_assert_no_error(error);
    return c;
}

static GString *joined(const GArray *chunks)
{
    GString *all = g_string_new(NULL);

    for (guint i = 0; i < chunks->len; i++) {
        const struct compose_chunk *chunk = &g_array_index(chunks, struct compose_chunk, i);

        g_string_append_len(all, chunk->data, chunk->len);
    }
    return all;
}

/* The message for Jürgen; the same in pieces. */
static GString *render(const struct composed *c)
{
    struct json *fields = fields_of("Jürgen");
    struct compose_person p = person_of(fields);
    GString *out = g_string_new(NULL);
    g_autoptr(GString) own = g_string_new("left over");
    g_autoptr(GArray) chunks = g_array_new(FALSE, FALSE, sizeof(struct compose_chunk));
    g_autoptr(GString) pieces = NULL;

    g_assert_true(compose_render(c, &p, out, NULL));
    g_assert_true(compose_render_chunks(c, &p, own, chunks, NULL));
    pieces = joined(chunks);
    g_assert_true(g_string_equal(out, pieces));
    json_unref(fields);
    return out;
}

/* "multipart/x" types in their order, and the others' heads, as one line to compare. */
static char *structure_of(const char *message)
{
    GString *out = g_string_new(NULL);
    const char *at = message;

    while ((at = strstr(at, "\r\nContent-Type: "))) {
        at += strlen("\r\nContent-Type: ");
        g_string_append_printf(out, "%s%.*s", out->len ? " " : "", (int)strcspn(at, ";\r"), at);
    }
    return g_string_free(out, FALSE);
}

static const struct {
    gboolean text, html, image, attachment;
    const char *want;
} structures[] = {
    {TRUE, FALSE, FALSE, FALSE, "text/plain"},
    {FALSE, TRUE, FALSE, FALSE, "text/html"},
    {TRUE, TRUE, FALSE, FALSE, "multipart/alternative text/plain text/html"},
    {FALSE, TRUE, TRUE, FALSE, "multipart/related text/html image/png"},
    {TRUE, TRUE, TRUE, FALSE,
     "multipart/alternative text/plain multipart/related text/html image/png"},
    {TRUE, FALSE, FALSE, TRUE, "multipart/mixed text/plain application/pdf"},
    {TRUE, FALSE, TRUE, FALSE, "multipart/mixed text/plain image/png"},
    {FALSE, TRUE, FALSE, TRUE, "multipart/mixed text/html application/pdf"},
    {TRUE, TRUE, TRUE, TRUE,
     "multipart/mixed multipart/alternative text/plain multipart/related text/html image/png "
     "application/pdf"},
};

static void test_structure(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(structures); i++) {
        g_autoptr(GPtrArray) parts = part_array_new();
        struct compose_content content = sample;
        struct composed *c;
        g_autoptr(GString) message = NULL;
        g_autofree char *got = NULL;

        content.text = structures[i].text ? sample.text : NULL;
        content.html = structures[i].html ? sample.html : NULL;
        content.parts = parts;
        if (structures[i].image)
            add_part(parts, PART_INLINE, "logo.png", "image/png", "logo.png", 1000);
        if (structures[i].attachment)
            add_part(parts, PART_ATTACHMENT, "terms.pdf", "application/pdf", NULL, 1001);
        c = prepare(&content);
        message = render(c);
        check_message(message, 78, TRUE);
        got = structure_of(message->str);
        g_assert_cmpstr(got, ==, structures[i].want);
        composed_unref(c);
    }
}

/* The base64 behind `head` in the message, decoded. */
static GString *bytes_behind(const char *message, const char *head)
{
    const char *at = strstr(message, head), *end;

    g_assert_nonnull(at);
    at = strstr(at, "\r\n\r\n") + 4;
    end = strstr(at, "--=_");
    g_assert_nonnull(end);
    return decode_base64(at, end - at);
}

static void test_bytes(void)
{
    static const gsize sizes[] = {0, 1, 2, 3, 56, 57, 58, 114, LARGE};

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GPtrArray) parts = part_array_new();
        struct compose_content content = sample;
        struct composed *c;
        g_autoptr(GString) message = NULL, got = NULL;
        const struct part *p;

        add_part(parts, PART_ATTACHMENT, "a.bin", "application/zip", NULL, sizes[i]);
        content.parts = parts;
        c = prepare(&content);
        message = render(c);
        got = bytes_behind(message->str, "application/zip");
        p = parts->pdata[0];
        g_assert_cmpmem(got->str, got->len, g_bytes_get_data(p->data, NULL), sizes[i]);
        g_assert_cmpuint(composed_parts_size(c), >, sizes[i]);
        composed_unref(c);
    }
}

/* Two people's messages share the attachment's bytes. */
static void test_shared(void)
{
    g_autoptr(GPtrArray) parts = part_array_new();
    struct compose_content content = sample;
    struct composed *c;
    g_autoptr(GString) own = g_string_new(NULL);
    const char *seen = NULL;

    add_part(parts, PART_ATTACHMENT, "a.bin", "application/zip", NULL, LARGE);
    content.parts = parts;
    c = prepare(&content);
    for (int i = 0; i < 2; i++) {
        g_autoptr(GArray) chunks = g_array_new(FALSE, FALSE, sizeof(struct compose_chunk));
        struct json *fields = fields_of(i == 0 ? "Ann" : "Bartholomew");
        struct compose_person p = person_of(fields);
        const struct compose_chunk *last;

        g_assert_true(compose_render_chunks(c, &p, own, chunks, NULL));
        g_assert_cmpuint(own->len, <, 10000);
        last = &g_array_index(chunks, struct compose_chunk, chunks->len - 1);
        g_assert_cmpuint(last->len, >, LARGE);
        g_assert_true(!seen || seen == last->data);
        seen = last->data;
        json_unref(fields);
    }
    composed_unref(c);
}

static void test_chunks_fail_whole(void)
{
    struct composed *c = prepare(&sample);
    struct compose_person p = person_of(NULL);
    g_autoptr(GString) own = g_string_new("left over");
    g_autoptr(GArray) chunks = g_array_new(FALSE, FALSE, sizeof(struct compose_chunk));
    g_autoptr(GError) error = NULL;

    p.address = "nobody";
    g_assert_false(compose_render_chunks(c, &p, own, chunks, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_cmpuint(own->len + chunks->len, ==, 0);
    composed_unref(c);
}

static const struct {
    const char *id, *html, *want_id, *want_html;
} ids[] = {
    {"logo.png", "<img src=\"cid:logo.png\">", "<logo.png@b.org>", "\"cid:logo.png@b.org\""},
    {"a@c.org", "<img src='cid:a@c.org'>", "<a@c.org>", "'cid:a@c.org'"},
    {"img/a.png", "<td background=cid:img/a.png>", "<5f01c606ff3bb70e7be5f5e3@b.org>",
     "cid:5f01c606ff3bb70e7be5f5e3@b.org>"},
    {"my logo.png", "<img src=\"cid:my%20logo.png\">", "<e3b66a281b45c319af8cad8e@b.org>",
     "cid:e3b66a281b45c319af8cad8e@b.org"},
    {"a\r\nBcc: x@y.z", "<p>cid:a</p>", "@b.org>", "cid:a<"},
    {"logo", "<img src=\"cid:logo.png\"><img src=\"cid:logo\">", "<logo@b.org>",
     "\"cid:logo.png\"><img src=\"cid:logo@b.org\">"},
};

static GString *html_of(const char *message)
{
    const char *at = strstr(message, "\r\nContent-Type: text/html"), *end;

    g_assert_nonnull(at);
    at = strstr(at, "\r\n\r\n") + 4;
    end = strstr(at, "\r\n--=_");
    g_assert_nonnull(end);
    return decode_qp(at, end - at);
}

static void test_content_id(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autoptr(GPtrArray) parts = part_array_new();
        struct compose_content content = sample;
        struct composed *c;
        g_autoptr(GString) message = NULL, html = NULL;

        add_part(parts, PART_INLINE, "x.png", "image/png", ids[i].id, 10);
        content.parts = parts;
        content.html = ids[i].html;
        content.text = NULL;
        c = prepare(&content);
        message = render(c);
        check_message(message, 78, TRUE);
        g_assert_null(strstr(message->str, "\r\nBcc"));
        g_assert_nonnull(strstr(strstr(message->str, "Content-ID: <"), ids[i].want_id));
        html = html_of(message->str);
        g_assert_nonnull(strstr(html->str, ids[i].want_html));
        composed_unref(c);
    }
}

static const struct {
    const char *name, *want_name, *want_filename;
} names[] = {
    {"terms.pdf", "name=\"terms.pdf\"", "filename=\"terms.pdf\""},
    {"a \"b\".pdf", "name=\"a _b_.pdf\"", "filename=\"a \\\"b\\\".pdf\""},
    {"Grüße.pdf", "name=\"Gr__e.pdf\"", "filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf"},
    {"=?utf-8?Q?x?=.pdf", "name=\"_?utf-8?Q?x?=.pdf\"", "filename*=utf-8''%3D%3Futf-8%3FQ%3Fx"},
    {"a\r\nBcc: x@y.z\r\n.pdf", "name=\"a__Bcc: x@y.z__.pdf\"",
     "filename=\"a Bcc: x@y.z .pdf\""},
    {"100%.pdf", "name=\"100_.pdf\"", "filename=\"100%.pdf\""},
    {"日本語日本語日本語日本語日本語.txt", "name=\"_______________.txt\"",
     "filename*0*=utf-8''%E6%97%A5"},
};

static void test_names(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GPtrArray) parts = part_array_new();
        struct compose_content content = sample;
        struct composed *c;
        g_autoptr(GString) message = NULL;

        add_part(parts, PART_ATTACHMENT, names[i].name, "application/pdf", NULL, 10);
        content.parts = parts;
        c = prepare(&content);
        message = render(c);
        check_message(message, 78, TRUE);
        g_assert_null(strstr(message->str, "\r\nBcc"));
        g_assert_nonnull(strstr(message->str, names[i].want_name));
        g_assert_nonnull(strstr(message->str, names[i].want_filename));
        composed_unref(c);
    }
}

static const struct {
    const char *type, *want;
} types[] = {
    {"image/png", "image/png"},
    {"message/rfc822", "application/octet-stream"},
    {"multipart/mixed", "application/octet-stream"},
    {"image", "application/octet-stream"},
    {"image/", "application/octet-stream"},
    {"image/png\r\nBcc: x", "application/octet-stream"},
    {"image/png; name=x", "application/octet-stream"},
};

static void test_types(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GPtrArray) parts = part_array_new();
        struct compose_content content = sample;
        struct composed *c;
        g_autoptr(GString) message = NULL;
        g_autofree char *got = NULL;

        add_part(parts, PART_ATTACHMENT, "a", types[i].type, NULL, 10);
        content.parts = parts;
        content.html = NULL;
        c = prepare(&content);
        message = render(c);
        got = structure_of(message->str);
        g_assert_true(g_str_has_suffix(got, types[i].want));
        composed_unref(c);
    }
}

static void check_refused(GPtrArray *parts, const char *why)
{
    struct compose_content content = sample;
    g_autoptr(GError) error = NULL;

    content.parts = parts;
    g_assert_null(compose_prepare(&content, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, why));
}

static void test_refused(void)
{
    g_autoptr(GPtrArray) many = part_array_new(), unnamed = part_array_new();
    g_autoptr(GPtrArray) large = part_array_new();

    for (int i = 0; i <= PART_MAX_PARTS; i++)
        add_part(many, PART_ATTACHMENT, "a", "image/png", NULL, 1);
    check_refused(many, "101");
    add_part(unnamed, PART_ATTACHMENT, "", "image/png", NULL, 1);
    check_refused(unnamed, "name");
    add_part(large, PART_ATTACHMENT, "big.zip", "application/zip", NULL, PART_MAX_BYTES);
    add_part(large, PART_ATTACHMENT, "more.zip", "application/zip", NULL, 1);
    check_refused(large, "'more.zip'");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compose/parts/structure", test_structure);
    g_test_add_func("/compose/parts/bytes", test_bytes);
    g_test_add_func("/compose/parts/are-not-copied", test_shared);
    g_test_add_func("/compose/parts/chunks-fail-whole", test_chunks_fail_whole);
    g_test_add_func("/compose/parts/content-id", test_content_id);
    g_test_add_func("/compose/parts/names", test_names);
    g_test_add_func("/compose/parts/types", test_types);
    g_test_add_func("/compose/parts/refused", test_refused);
    return g_test_run();
}

/*
 * The composer: what goes on the wire, decoded by another reader, is what was written; no value
 * whatever it holds changes the message's structure.
 */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "decode.h"
#include "message/compose.h"

#define DATE "Thu, 1 Jan 1970 00:00:00 +0000"
#define ONE_CLICK "<https://t.b.org/u/abc>, <mailto:u+abc@b.org>"

static const struct compose_content sample = {.from = "Ann Bell <ann@b.org>",
                                              .subject = "Hello {{name}}",
                                              .text = "Hello {{name}},\nbye\n",
                                              .html = "<p>Hello {{name}}</p>\n",
                                              .list_id = "news.b.org",
                                              .list_title = "Our news",
                                              .campaign = "c7"};

static struct compose_person person_of(const struct json *fields)
{
    return (struct compose_person){
        .address = "joe@example.org",
        .fields = fields,
        .message_id = "token@b.org",
        .date = DATE,
        .list_unsubscribe = ONE_CLICK,
        .list_unsubscribe_post = TRUE,
    };
}

static struct composed *prepare(const struct compose_content *content)
{
    g_autoptr(GError) error = NULL;
    struct composed *c = compose_prepare(content, &error);

    g_assert_no_error(error);
    return c;
}

static struct json *fields_of(const char *name)
{
    struct json *fields = json_new_object();

    json_set_string(fields, "name", name);
    json_set_string(fields, "x", "X");
    json_set_string(fields, "empty", "");
    return fields;
}

static GString *render(const struct composed *c, const struct compose_person *p)
{
    g_autoptr(GError) error = NULL;
    GString *out = g_string_new(NULL);

    compose_render(c, p, out, &error);
    g_assert_no_error(error);
    return out;
}

/* What a person's reader must show: controls gone, CRLF everywhere, a line end at the end. */
static char *normal(const char *s)
{
    GString *out = g_string_new(NULL);

    for (; *s; s++) {
        if (*s == '\r' || *s == '\n') {
            g_string_append(out, "\r\n");
            s += s[0] == '\r' && s[1] == '\n';
        } else if (((unsigned char)*s >= ' ' && *s != 0x7f) || *s == '\t') {
            g_string_append_c(out, *s);
        }
    }
    if (!g_str_has_suffix(out->str, "\r\n"))
        g_string_append(out, "\r\n");
    return g_string_free(out, FALSE);
}

static void check_part(const struct composed *c, const struct compose_person *p,
                       const GString *message, char kind, const char *type)
{
    g_autoptr(GString) got = find_part(message->str, type), shown = g_string_new(NULL);
    g_autofree char *want = NULL;

    g_assert_nonnull(got);
    g_assert_true(compose_render_part(c, p, kind, shown, NULL));
    want = normal(shown->str);
    g_assert_cmpstr(got->str, ==, want);
}

static void check_subject(const struct composed *c, const struct compose_person *p,
                          const GString *message)
{
    g_autofree char *raw = find_field(message->str, "Subject");
    g_autofree char *got = decode_words(raw);
    g_autoptr(GString) shown = g_string_new(NULL);

    g_assert_true(compose_render_part(c, p, 's', shown, NULL));
    g_assert_cmpstr(got, ==, g_strstrip(shown->str));
}

static const char *const values[] = {"Ann",
                                     "",
                                     " ",
                                     "  Ann  ",
                                     ".",
                                     "..",
                                     ".Ann",
                                     "From Ann",
                                     "=",
                                     "==\t",
                                     "=?utf-8?Q?x?=",
                                     "a\r\nBcc: evil@example.org",
                                     "a\r\n\r\n<b>body</b>",
                                     "a\r\n.\r\nMAIL FROM:<x@y>",
                                     "\r\n.\r\n",
                                     "\n",
                                     "\rx",
                                     "a\n.b",
                                     "a\rb",
                                     "a \nb\t\nc ",
                                     "\x01\x02\x1b[31m\x7f",
                                     "--=_boundary",
                                     "\r\n--=_",
                                     "<script>alert(1)</script>",
                                     "\"><img src=x onerror=y>",
                                     "{{name}}",
                                     "Tom & Jerry's \"cat\"",
                                     "Grüße, Łukasz",
                                     "Αλέξανδρος",
                                     "Дмитрий",
                                     "יוסף",
                                     "محمد",
                                     "राहुल",
                                     "সুমন",
                                     "ராஜா",
                                     "สมชาย",
                                     "გიორგი",
                                     "Արամ",
                                     "አበበ",
                                     "山田太郎",
                                     "김철수",
                                     "王小明",
                                     "👩‍👩‍👧‍👦 🎉",
                                     "e\u0301\u0302\u0303",
                                     "\u202egnp.exe",
                                     "\u2028x\u2029",
                                     "\xc2\x85",
                                     "\ufeff"};

static const char *const bodies[] = {
    "{{name}}",
    "{{name}}\n",
    "Dear {{name}}, welcome to {{x}}.\nBye {{name}}\n{{name}} said\n",
    "{{name}}{{name}}{{empty}}{{x}}\n\n{{empty}}\nend {{empty}}",
    "a {{#name}}[{{name}}]{{/name}}{{^name}}nobody{{/name}} b\n{{#name}}\nline "
    "{{name}}\n{{/name}}\n",
    "{{#name}}{{name}}{{/name}}\n.{{name}}\nFrom {{name}}\n trailing \t\n",
    "<a href=\"https://b.org/?n={{name}}&amp;m={{x}}\" title='{{name}}'>{{{name}}}</a>",
    "<a href=\"{{name}}\">ü{{name|nobody}}ü</a>\r\nx\ry"};

static void check_all(const struct compose_content *content, const char *value, guint n_fields)
{
    struct composed *c = prepare(content);
    struct json *fields = fields_of(value);
    struct compose_person p = person_of(fields);
    g_autoptr(GString) message = render(c, &p);

    check_message(message, 78, TRUE);
    g_assert_cmpuint(count_fields(message->str), ==, n_fields);
    check_subject(c, &p, message);
    if (content->text)
        check_part(c, &p, message, 't', "text/plain");
    if (content->html)
        check_part(c, &p, message, 'h', "text/html");
    json_unref(fields);
    composed_unref(c);
}

static void run_matrix(gboolean has_text, gboolean has_html)
{
    for (gsize b = 0; b < G_N_ELEMENTS(bodies); b++) {
        for (gsize v = 0; v < G_N_ELEMENTS(values); v++) {
            struct compose_content content = sample;

            content.text = has_text ? bodies[b] : NULL;
            content.html = has_html ? bodies[b] : NULL;
            check_all(&content, values[v], has_text && has_html ? 12 : 13);
        }
    }
}

static void test_matrix_text(void)
{
    run_matrix(TRUE, FALSE);
}

static void test_matrix_html(void)
{
    run_matrix(FALSE, TRUE);
}

static void test_matrix_both(void)
{
    run_matrix(TRUE, TRUE);
}

static const char *const pieces[] = {"{{name}}",
                                     "{{x}}",
                                     "{{{name}}}",
                                     "{{empty}}",
                                     "{{none|ü}}",
                                     "{{#name}}",
                                     "{{/name}}",
                                     "{{^empty}}",
                                     "{{/empty}}",
                                     "{{#empty}}",
                                     "{{!c}}",
                                     "\n",
                                     "\r\n",
                                     "\n{{#name}}\n",
                                     "\n{{/name}}\n",
                                     " ",
                                     "\t",
                                     ".",
                                     "From ",
                                     "=",
                                     "ü",
                                     "a",
                                     "some longer text that goes on ",
                                     "<a href=\"",
                                     "\">",
                                     "<p>",
                                     "&"};

/* Whatever pieces a body is put together from, the reader sees what the preview shows. */
static void test_random_bodies(void)
{
    guint n_sent = 0;

    for (int round = 0; round < 20000; round++) {
        g_autoptr(GString) body = g_string_new(NULL);
        struct compose_content content = sample;
        struct composed *c;

        for (int i = g_test_rand_int_range(1, 14); i > 0; i--)
            g_string_append(body, pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))]);
        content.text = content.html = body->str;
        c = compose_prepare(&content, NULL);
        if (!c)
            continue; /* sections that do not close */
        composed_unref(c);
        n_sent++;
        check_all(&content, values[g_test_rand_int_range(0, G_N_ELEMENTS(values))], 12);
    }
    g_assert_cmpuint(n_sent, >, 1000);
}

/* Values of every length: each line end of theirs and of the text around them is tried. */
static void test_value_lengths(void)
{
    for (guint n = 0; n < 320; n += n < 160 ? 1 : 7) {
        g_autofree char *plain = g_strnfill(n, 'v');
        g_autofree char *odd = g_strconcat(plain, "ü. From =", NULL);
        struct compose_content content = sample;

        content.text = "Dear {{name}}\n{{name}}, and{{x}}{{name}}";
        check_all(&content, plain, 12);
        check_all(&content, odd, 12);
    }
}

static void test_fixed_bodies(void)
{
    g_autofree char *line = g_strnfill(2000, 'x');
    g_autofree char *dots = g_strnfill(2000, '.');
    const char *const texts[] = {"x",       "x\n",         "\n",
                                 line,      dots,          "From x\n.\n..\nFrom \n",
                                 " \n\t\n", "a\r\nb\rc\n", "no {{! comment }}field",
                                 "=\n"};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct compose_content content = sample;

        content.text = content.html = texts[i];
        check_all(&content, "Ann", 12);
    }
}

static void test_base64_when_smaller(void)
{
    g_autoptr(GString) cyrillic = g_string_new(NULL), message = NULL;
    struct compose_content content = sample;
    struct compose_person p = person_of(NULL);
    struct composed *c;

    for (int i = 0; i < 500; i++)
        g_string_append(cyrillic, "Привет ");
    content.html = NULL;
    content.text = cyrillic->str;
    check_all(&content, "Ann", 13);
    c = prepare(&content);
    message = render(c, &p);
    g_assert_nonnull(strstr(message->str, "Content-Transfer-Encoding: base64\r\n"));
    g_assert_cmpuint(message->len, <, cyrillic->len * 3 / 2 + 1000);
    composed_unref(c);
}

static void test_large_body(void)
{
    g_autoptr(GString) text = g_string_new("Dear {{name}},\n");
    struct compose_content content = sample;

    while (text->len < 5 * 1024 * 1024)
        g_string_append(text,
                        "A line of text that goes on and on, ünd on, beyond the seventy-six "
                        "columns of a line. {{x}}\n");
    content.text = text->str;
    check_all(&content, "Ann", 12);
    content.subject = "Hello";
    content.html = NULL;
    content.text = "Dear {{name}}\n";
    check_all(&content, text->str, 13);
}

static void test_golden(void)
{
    struct composed *c = prepare(&sample);
    struct json *fields = fields_of("Jürgen");
    struct compose_person p = person_of(fields);
    g_autoptr(GString) message = render(c, &p);
    g_autofree char *type = find_field(message->str, "Content-Type");
    g_autofree char *boundary = g_strndup(strstr(type, "=_"), 27);
    g_autofree char *want =
        g_strdup_printf("From: Ann Bell <ann@b.org>\r\n"
                        "To: joe@example.org\r\n"
                        "Subject: =?utf-8?Q?Hello_J=C3=BCrgen?=\r\n"
                        "Date: " DATE "\r\n"
                        "Message-ID: <token@b.org>\r\n"
                        "List-Unsubscribe: <https://t.b.org/u/abc>, <mailto:u+abc@b.org>\r\n"
                        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
                        "List-Id: Our news <news.b.org>\r\n"
                        "Feedback-ID: c7:news.b.org:crier:b.org\r\n"
                        "X-Campaign: c7\r\n"
                        "MIME-Version: 1.0\r\n"
                        "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n"
                        "\r\n"
                        "--%s\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n"
                        "\r\n"
                        "Hello=20=\r\nJ=C3=BCrgen=\r\n,\r\nbye\r\n"
                        "\r\n--%s\r\n"
                        "Content-Type: text/html; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n"
                        "\r\n"
                        "<p>Hello=20=\r\nJ=C3=BCrgen=\r\n</p>\r\n"
                        "\r\n--%s--\r\n",
                        boundary, boundary, boundary, boundary);

    g_assert_cmpstr(message->str, ==, want);
    json_unref(fields);
    composed_unref(c);
}

static void test_same_bytes_again(void)
{
    struct composed *a = prepare(&sample), *b = prepare(&sample);
    struct json *fields = fields_of("Ann");
    struct compose_person p = person_of(fields);
    g_autoptr(GString) first = render(a, &p), second = render(b, &p);

    g_assert_cmpstr(first->str, ==, second->str);
    json_unref(fields);
    composed_unref(a);
    composed_unref(composed_ref(b));
    composed_unref(b);
}

static void test_optional_fields(void)
{
    static const char *const absent[] = {
        "Reply-To", "List-Id",          "Feedback-ID",           "X-Campaign",
        "Bcc",      "List-Unsubscribe", "List-Unsubscribe-Post", "Return-Path"};
    struct compose_content content = {.from = "ann@b.org", .text = "x", .html = ""};
    struct compose_person p = {.address = "j@e.org", .message_id = "t@b.org", .date = DATE};
    struct composed *c = prepare(&content);
    g_autoptr(GString) message = render(c, &p);
    g_autofree char *reply_to = NULL, *type = find_field(message->str, "Content-Type");

    for (gsize i = 0; i < G_N_ELEMENTS(absent); i++)
        g_assert_null(find_field(message->str, absent[i]));
    g_assert_cmpstr(type, ==, "text/plain; charset=utf-8");
    composed_unref(c);

    content.reply_to = "Büro <office@b.org>";
    c = prepare(&content);
    g_string_truncate(message, 0);
    g_assert_true(compose_render(c, &p, message, NULL));
    reply_to = find_field(message->str, "Reply-To");
    g_assert_cmpstr(reply_to, ==, "=?utf-8?B?QsO8cm8=?= <office@b.org>");
    composed_unref(c);
}

static void test_feedback_id(void)
{
    static const char *const cases[][2] = {
        {"ann@b.org", "c7:news.b.org:crier:b.org"},
        {"ann@news.a-rather-long-domain.example", NULL},
        {"ann@b.de", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct compose_content content = sample;
        struct json *fields = fields_of("Ann");
        struct compose_person p = person_of(fields);
        struct composed *c;
        g_autoptr(GString) message = NULL;
        g_autofree char *id = NULL;
        g_auto(GStrv) four = NULL;

        content.from = cases[i][0];
        c = prepare(&content);
        message = render(c, &p);
        id = find_field(message->str, "Feedback-ID");
        four = g_strsplit(id, ":", -1);
        g_assert_cmpuint(g_strv_length(four), ==, 4);
        g_assert_cmpuint(strlen(four[3]), >=, 5);
        g_assert_cmpuint(strlen(four[3]), <=, 15);
        if (cases[i][1])
            g_assert_cmpstr(id, ==, cases[i][1]);
        json_unref(fields);
        composed_unref(c);
    }
}

static void test_smtputf8_address(void)
{
    struct composed *c = prepare(&sample);
    struct json *fields = fields_of("Ann");
    struct compose_person p = person_of(fields);
    g_autoptr(GString) message = NULL;
    g_autofree char *to = NULL;

    p.address = "jürgen@example.org";
    message = render(c, &p);
    check_message(message, 78, FALSE);
    to = find_field(message->str, "To");
    g_assert_cmpstr(to, ==, "jürgen@example.org");
    json_unref(fields);
    composed_unref(c);
}

static void test_long_headers(void)
{
    g_autofree char *name = g_strnfill(900, 'n');
    g_autofree char *half = g_strnfill(200, 'n');
    g_autofree char *from = g_strconcat("\"", half, "\" <ann@b.org>", NULL);
    struct compose_content content = sample;

    content.list_title = name;
    check_all(&content, name, 12);
    content.subject = "{{name}} and {{name}}";
    check_all(&content, "Wörter und noch mehr Wörter und noch viel mehr Wörter und Wörter", 12);
    content.from = from;
    check_all(&content, "Ann", 12);
}

/* A campaign's fields stand below the person's; our own two URLs above all. */
static void test_contexts(void)
{
    struct compose_content content = sample;
    struct json *fields = fields_of("Ann"), *campaign = json_new_object();
    struct compose_person p = person_of(fields);
    struct composed *c;
    g_autoptr(GString) out = g_string_new(NULL);

    content.text =
        "{{name}} {{company}} {{unsubscribe_url}} {{view_url|none}} "
        "{{#unsubscribe_url}}yes{{/unsubscribe_url}}{{^unsubscribe_url}}no{{/unsubscribe_url}}";
    json_set_string(campaign, "name", "nobody");
    json_set_string(campaign, "company", "Bell & Sons");
    json_set_string(fields, "unsubscribe_url", "javascript:evil");
    p.campaign = campaign;
    p.unsubscribe_url = "https://t.b.org/u";
    c = prepare(&content);
    g_assert_true(compose_render_part(c, &p, 't', out, NULL));
    g_assert_cmpstr(out->str, ==, "Ann Bell & Sons https://t.b.org/u none yes");
    json_unref(fields);
    json_unref(campaign);
    composed_unref(c);
}

static void test_names(void)
{
    struct compose_content content = sample;
    struct composed *c;
    char **names;
    g_autofree char *all = NULL;

    content.subject = "{{a}} {{b}}";
    content.text = "{{b}} {{#c}}{{d}}{{/c}}";
    content.html = "{{a}} {{e|x}}";
    c = prepare(&content);
    names = composed_names(c);
    all = g_strjoinv(" ", names);
    g_assert_cmpstr(all, ==, "a b c d e");
    g_assert_cmpstr(composed_from_domain(c), ==, "b.org");
    g_assert_cmpstr(composed_from_address(c), ==, "ann@b.org");
    g_strfreev(names);
    composed_unref(c);
}

static gpointer render_many(gpointer data)
{
    struct json *fields = fields_of("Jürgen");
    struct compose_person p = person_of(fields);
    GString *last = NULL;

    for (int i = 0; i < 500; i++) {
        if (last)
            g_string_free(last, TRUE);
        last = render(data, &p);
    }
    json_unref(fields);
    return g_string_free(last, FALSE);
}

static void test_threads_share(void)
{
    struct composed *c = prepare(&sample);
    GThread *threads[4];
    g_autofree char *first = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("render", render_many, c);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_autofree char *got = g_thread_join(threads[i]);

        if (!first)
            first = g_steal_pointer(&got);
        else
            g_assert_cmpstr(got, ==, first);
    }
    composed_unref(c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compose/golden", test_golden);
    g_test_add_func("/compose/same-bytes-again", test_same_bytes_again);
    g_test_add_func("/compose/matrix/text", test_matrix_text);
    g_test_add_func("/compose/matrix/html", test_matrix_html);
    g_test_add_func("/compose/matrix/both", test_matrix_both);
    g_test_add_func("/compose/random-bodies", test_random_bodies);
    g_test_add_func("/compose/value-lengths", test_value_lengths);
    g_test_add_func("/compose/fixed-bodies", test_fixed_bodies);
    g_test_add_func("/compose/base64-when-smaller", test_base64_when_smaller);
    g_test_add_func("/compose/large-body", test_large_body);
    g_test_add_func("/compose/headers/optional", test_optional_fields);
    g_test_add_func("/compose/headers/feedback-id", test_feedback_id);
    g_test_add_func("/compose/headers/smtputf8", test_smtputf8_address);
    g_test_add_func("/compose/headers/long", test_long_headers);
    g_test_add_func("/compose/contexts", test_contexts);
    g_test_add_func("/compose/names", test_names);
    g_test_add_func("/compose/threads-share", test_threads_share);
    return g_test_run();
}

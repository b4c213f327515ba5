/*
 * A value that stands at several places of a message is looked up and encoded once: each place
 * still shows it as if it stood there alone, and a name inside an open object is the object's.
 */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/json.h"
#include "decode.h"
#include "message/compose.h"

#define MANY 40 /* more names than are looked up once */

static struct composed *prepare(const char *subject, const char *body)
{
    const struct compose_content content = {
        .from = "ann@b.org", .subject = subject, .text = body, .html = body, .campaign = "c7"};
    g_autoptr(GError) error = NULL;
    struct composed *c = compose_prepare(&content, &error);

    g_assert_no_error(error);
    return c;
}

static struct json *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    struct json *json = json_parse(text, strlen(text), &error);

    g_assert_no_error(error);
    return json;
}

static struct compose_person person(void)
{
    return (struct compose_person){.address = "joe@example.org",
                                   .message_id = "token@b.org",
                                   .date = "Thu, 1 Jan 1970 00:00:00 +0000"};
}

static GString *render(const struct composed *c, const struct compose_person *p)
{
    g_autoptr(GError) error = NULL;
    GString *out = g_string_new("before");

    g_assert_true(compose_render(c, p, out, &error));
    g_assert_no_error(error);
    g_string_erase(out, 0, strlen("before"));
    return out;
}

/* The part as a reader decodes it, without the line end that every body gets. */
static char *part_of(const GString *message, const char *type)
{
    GString *part = find_part(message->str, type);

    g_assert_nonnull(part);
    g_assert_true(g_str_has_suffix(part->str, "\r\n"));
    g_string_truncate(part, part->len - 2);
    return g_string_free(part, FALSE);
}

static void check_text(const char *body, const char *fields_text, const char *want)
{
    struct composed *c = prepare("S", body);
    struct json *fields = parse(fields_text),
                *campaign = parse("{\"campaign\":{\"name\":\"spring\",\"list\":[1,2]},"
                                  "\"outer\":\"below\"}");
    struct compose_person p = person();
    g_autoptr(GString) message = NULL;
    g_autofree char *got = NULL;

    p.fields = fields;
    p.campaign = campaign;
    p.unsubscribe_url = "https://b.org/u";
    message = render(c, &p);
    got = part_of(message, "text/plain");
    g_assert_cmpstr(got, ==, want);
    json_unref(fields);
    json_unref(campaign);
    composed_unref(c);
}

static void test_contexts(void)
{
    static const struct {
        const char *body, *fields, *want;
    } cases[] = {
        {"{{name}} {{#campaign}}{{name}}{{/campaign}} {{name}}", "{\"name\":\"Ann\"}",
         "Ann spring Ann"},
        {"{{name}} {{#o}}{{name}} {{x}}{{#x}}+{{name}}{{/x}}{{/o}} {{name}}",
         "{\"name\":\"Ann\",\"x\":\"X\",\"o\":{\"name\":\"Bob\"}}", "Ann Bob X+Bob Ann"},
        {"{{#l}}{{name}}{{^name}}none{{/name}} {{/l}}{{name}}",
         "{\"name\":\"Ann\",\"l\":[{\"name\":\"\"},{\"name\":\"Bob\"},{},\"text\"]}",
         "none Bob Ann Ann Ann"},
        {"{{#name}}[{{.}}{{#x}}({{.}}{{name}}){{/x}}]{{/name}}{{.}}",
         "{\"name\":\"Ann\",\"x\":\"X\"}", "[Ann(XAnn)]"},
        {"{{#name}}{{#.}}{{.}}{{/.}}{{/name}}", "{\"name\":\"Ann\"}", "Ann"},
        {"{{name|nobody}} {{#name}}yes{{/name}}{{^name}}no{{/name}} {{name|else}}",
         "{\"name\":\"\"}", "nobody no else"},
        {"{{name|nobody}} {{#name}}yes{{/name}}{{^name}}no{{/name}}", "{\"name\":null}",
         "nobody no"},
        {"{{n}} {{#n}}{{n}}{{/n}} {{b}}{{^b}}!{{/b}}", "{\"n\":17,\"b\":false}",
         "17 17 false!"},
        {"{{outer}} {{campaign.name}} {{name.x}}{{name}}", "{\"name\":\"Ann\"}",
         "below spring Ann"},
        {"{{outer}} {{#outer}}{{outer}}{{/outer}}", "{\"outer\":\"mine\"}", "mine mine"},
        {"{{unsubscribe_url}} {{#o}}{{unsubscribe_url}}{{/o}}",
         "{\"unsubscribe_url\":\"x\",\"o\":{\"unsubscribe_url\":\"y\"}}",
         "https://b.org/u https://b.org/u"},
        {"{{#a}}1{{^b}}2{{#c}}3{{/c}}{{/b}}{{/a}}{{^a}}4{{/a}}5", "{\"a\":\"A\",\"c\":\"C\"}",
         "1235"},
        {"{{#b}}1{{#a}}2{{/a}}{{/b}}{{#a}}{{/a}}{{^b}}{{/b}}3", "{\"a\":\"A\"}", "3"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        check_text(cases[i].body, cases[i].fields, cases[i].want);
}

/* A message for each of both ways in which the fields may come; they are the same. */
static GString *render_both(const struct composed *c, const char *value)
{
    struct json *fields = json_new_object();
    struct fields plain = {0};
    struct compose_person p = person();
    g_autoptr(GString) from_plain = NULL;
    GString *from_json;

    json_set_string(fields, "v", value);
    fields_set(&plain, "v", value);
    p.fields = fields;
    from_json = render(c, &p);
    p.fields = NULL;
    p.plain = &plain;
    from_plain = render(c, &p);
    g_assert_cmpstr(from_plain->str, ==, from_json->str);
    json_unref(fields);
    return from_json;
}

/* What the first place wrote is what the second one shows, whatever the octets are. */
static void check_repeated(const char *value)
{
    static const char *const bodies[][2] = {
        {"{{v}}", "{{v}}{{v}}"},
        {"a{{v}}b", "a{{v}}b{{v}}"},
        {"<a href=\"{{v}}\">{{v}}</a>", "{{{v}}}{{v}}<a href=\"{{v}}\">{{v}}</a>"},
        {"<a href=\"x?{{v}}\" b={{v}}>", "{{v}}{{{v}}}<a href=\"x?{{v}}\" b={{v}}>"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
        struct composed *once = prepare("{{v}}", bodies[i][0]),
                        *again = prepare("{{v}}", bodies[i][1]);
        g_autoptr(GString) a = render_both(once, value), b = render_both(again, value);
        g_autofree char *html = part_of(a, "text/html"), *more = part_of(b, "text/html");
        g_autofree char *text = part_of(a, "text/plain"), *last = part_of(b, "text/plain");

        check_message(b, 78, TRUE);
        if (i >= 2) {
            g_assert_true(g_str_has_suffix(more, html));
            g_assert_true(g_str_has_suffix(last, text));
        } else {
            g_assert_true(g_str_has_prefix(more, html));
            g_assert_true(g_str_has_prefix(last, text));
        }
        composed_unref(once);
        composed_unref(again);
    }
}

static void test_repeated(void)
{
    static const char *const values[] = {
        "Ann",
        "",
        " ",
        "Ann ",
        ".",
        ".Ann",
        "From ",
        "=",
        "a=b",
        "a\r\nb",
        "\n.\n",
        "\r\n",
        "\x01",
        "\x01x",
        "\t",
        "Grüße",
        "Tom & \"J\"",
        "\u2028",
        "<b>",
        "javascript:x",
        "https://b.org/?a=b&c",
        " mailto:a@b.org ",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        check_repeated(values[i]);
    /* Soft line breaks at every place of a value, and behind it. */
    for (guint n = 60; n < 90; n++) {
        g_autofree char *plain = g_strnfill(n, 'v');
        g_autofree char *odd = g_strconcat(plain, "=.ü ", NULL);

        check_repeated(plain);
        check_repeated(odd);
    }
}

static void test_many_names(void)
{
    g_autoptr(GString) body = g_string_new(NULL), want = g_string_new(NULL);
    struct json *fields = json_new_object();
    struct compose_person p = person();
    g_autoptr(GString) message = NULL;
    g_autofree char *got = NULL;
    struct composed *c;

    for (int i = 0; i < MANY; i++) {
        g_autofree char *name = g_strdup_printf("n%d", i), *value = g_strdup_printf("=%d", i);

        json_set_string(fields, name, value);
        g_string_append_printf(body, "{{n%d}}{{#n%d}}{{n%d}}{{/n%d}}\n", i, i, i, i);
        g_string_append_printf(want, "=%d=%d\r\n", i, i);
    }
    c = prepare("S", body->str);
    p.fields = fields;
    message = render(c, &p);
    got = part_of(message, "text/plain");
    g_string_truncate(want, want->len - 2);
    g_assert_cmpstr(got, ==, want->str);
    json_unref(fields);
    composed_unref(c);
}

/* Not UTF-8: repaired at each place. */
static void test_broken_urls(void)
{
    struct composed *c = prepare("S", "{{view_url}} {{view_url}}");
    struct compose_person p = person();
    g_autoptr(GString) message = NULL;
    g_autofree char *got = NULL;

    p.view_url = "a\xff";
    message = render(c, &p);
    got = part_of(message, "text/plain");
    g_assert_cmpstr(got, ==, "a\ufffd a\ufffd");
    composed_unref(c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compose/slots/contexts", test_contexts);
    g_test_add_func("/compose/slots/repeated", test_repeated);
    g_test_add_func("/compose/slots/many-names", test_many_names);
    g_test_add_func("/compose/slots/broken-urls", test_broken_urls);
    return g_test_run();
}

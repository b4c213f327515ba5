/* Fields read in place: what is plain, what is left to the JSON library, and that both read and
 * render the same. */
#include "config.h"

#include <string.h>

#include <glib.h>

#include "base/json.h"
#include "message/compose.h"
#include "message/fields.h"

static void test_plain(void)
{
    static const struct {
        const char *json;
        gboolean is_plain;
    } rows[] = {
        {"{}", TRUE},
        {"{\"a\":\"b\"}", TRUE},
        {"{\"a\":\"\",\"b\":\"x y\"}", TRUE},
        {"{\"name\":\"J\xc3\xbcrgen\"}", TRUE},
        {"{\"\":\"b\"}", TRUE},
        {"{\"a\":\"b\",\"a\":\"c\"}", FALSE}, /* twice */
        {"{\"a\":\"\\n\"}", FALSE},           /* escaped */
        {"{\"a\\\"\":\"b\"}", FALSE},
        {"{\"a\":1}", FALSE},
        {"{\"a\":null}", FALSE},
        {"{\"a\":{}}", FALSE},
        {"{\"a\":[\"b\"]}", FALSE},
        {"{ \"a\":\"b\"}", FALSE}, /* blanks */
        {"{\"a\":\"b\"} ", FALSE},
        {"{\"a\":\"b\"}}", FALSE},
        {"{\"a\":\"b\",}", FALSE},
        {"{\"a\":\"b\"", FALSE},
        {"{\"a\":\"b", FALSE},
        {"{\"a\":", FALSE},
        {"{\"a\"", FALSE},
        {"{\"a", FALSE},
        {"{", FALSE},
        {"", FALSE},
        {"[]", FALSE},
        {"\"a\"", FALSE},
        {"{\"a\":\"\t\"}", FALSE},   /* a control */
        {"{\"a\":\"\xff\"}", FALSE}, /* no UTF-8 */
        {"{\"a\":\"\xc3\"}", FALSE},
        {"{\"a\":\"\x7f\"}", TRUE},
        {"{\"a\":\"J\xc3\xbcrgen\",\"b\":\"\n\"}", FALSE},
        {"{\"a\":\"J\xc3\xbcrgen\",\n\"b\":\"\"}", FALSE},
        {"{\"a\":\"J\xc3\xbcrgen\",\"b\":\"\\u00fc\"}", FALSE},
        {"{\"a\":\"\\\"", FALSE},
        {"{\"a\":\"\"", FALSE},
        {"{\"a\"\"b\"}", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct fields f;
        gsize len = strlen(rows[i].json);
        g_test_message("%s", rows[i].json);
        g_assert_cmpint(fields_read(&f, rows[i].json, len), ==, rows[i].is_plain);
        struct json *v = json_parse(rows[i].json, len, NULL);
        g_assert_true(!rows[i].is_plain || v);
        for (guint k = 0; rows[i].is_plain && k < f.n; k++) {
            g_autofree char *name = g_strndup(f.all[k].name, f.all[k].name_len);
            g_autofree char *text = g_strndup(f.all[k].text, f.all[k].len);
            g_assert_cmpstr(json_member_string(v, name), ==, text);
        }
        if (v) {
            g_assert_true(!rows[i].is_plain || json_size(v) == f.n);
            json_unref(v);
        }
    }
}

static void test_nul(void)
{
    static const char json[] = "{\"a\":\"b\0c\"}";
    struct fields f;
    g_assert_false(fields_read(&f, json, sizeof json - 1));
}

/* One more than there is room for. */
static void test_many(void)
{
    for (guint n = 1; n < 2 * FIELDS_MAX; n++) {
        g_autoptr(GString) json = g_string_new("{");
        struct fields f;
        for (guint i = 0; i < n; i++)
            g_string_append_printf(json, "%s\"f%u\":\"%u\"", i ? "," : "", i, i);
        g_string_append_c(json, '}');
        gboolean is_plain = fields_read(&f, json->str, json->len);
        g_assert_cmpint(is_plain, ==, n <= FIELDS_MAX - 2);
        if (!is_plain)
            continue;
        g_assert_cmpuint(f.n, ==, n);
        fields_set(&f, "address", "a@example.org");
        fields_set(&f, "f0", "zero");
        fields_set(&f, "email", "b@example.org");
        g_assert_cmpuint(f.n, ==, n + 2);
        g_assert_cmpstr(fields_find(&f, "f0")->text, ==, "zero");
        g_assert_cmpstr(fields_find(&f, "address")->text, ==, "a@example.org");
        g_assert_null(fields_find(&f, "f"));
        g_assert_null(fields_find(&f, "F0"));
    }
}

static GString *render(const struct composed *c, const struct json *fields,
                       const struct fields *plain, const struct json *campaign)
{
    struct compose_person p = {.address = "a@example.org",
                               .fields = fields,
                               .plain = plain,
                               .campaign = campaign,
                               .message_id = "m@example.org",
                               .date = "Thu, 1 Jan 2026 00:00:00 +0000",
                               .list_unsubscribe = "<mailto:u@example.org?subject=x>",
                               .unsubscribe_url = "mailto:u@example.org?subject=x"};
    GString *out = g_string_new(NULL);
    GError *error = NULL;
    compose_render(c, &p, out, &error);
    g_assert_no_error(error);
    return out;
}

/* Every kind of tag, with the person's fields as objects and in place. */
static void test_same_message(void)
{
    static const char *const people[] = {
        "{}",
        "{\"name\":\"Ada\",\"city\":\"Bern\"}",
        "{\"name\":\"\",\"city\":\"\"}",
        "{\"name\":\"J\xc3\xbcrgen <b>&\",\"campaign\":\"mine\",\"title\":\"Dr\"}",
        "{\"name\":\"From here\",\"city\":\".\",\"unsubscribe_url\":\"javascript:x\"}",
        "{\"name\":\"a=b \",\"city\":\"x\",\"url\":\"https://example.org/?a=b&c=d\"}",
    };
    struct compose_content content = {
        .from = "Us <us@example.org>",
        .subject = "{{name|friend}}, {{city}} {{campaign.title}} {{name.first}}",
        .text =
            "Dear {{name|friend}},\n{{#city}}in {{city}}: {{.}} {{name}}{{city.x}}\n{{/city}}"
            "{{^city}}nowhere {{.}}\n{{/city}}{{#.}}all {{name}}\n{{/.}}"
            "{{#campaign}}{{title}} {{name}}\n{{/campaign}}{{unsubscribe_url}}\n{{name}}",
        .html = "<p title={{name}}>{{name}}<a href=\"{{url}}\">x</a><a href=\"/{{city}}\">y</a>"
                "{{#name}}<b>{{.}}</b>{{/name}}</p><a href=\"{{unsubscribe_url}}\">z</a>",
        .campaign = "spring"};
    GError *error = NULL;
    struct composed *c = compose_prepare(&content, &error);
    g_assert_no_error(error);
    static const char outer_text[] =
        "{\"campaign\":{\"title\":\"T\",\"name\":\"n\"},\"city\":3}";
    struct json *outer = json_parse(outer_text, strlen(outer_text), NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(people); i++) {
        struct fields plain;
        struct json *v = json_parse(people[i], strlen(people[i]), NULL);
        g_assert_true(fields_read(&plain, people[i], strlen(people[i])));
        g_autoptr(GString) by_json = render(c, v, NULL, outer);
        g_autoptr(GString) in_place = render(c, NULL, &plain, outer);
        g_assert_cmpstr(in_place->str, ==, by_json->str);
        json_unref(v);
    }
    json_unref(outer);
    composed_unref(c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fields/plain", test_plain);
    g_test_add_func("/fields/nul", test_nul);
    g_test_add_func("/fields/many", test_many);
    g_test_add_func("/fields/same-message", test_same_message);
    return g_test_run();
}

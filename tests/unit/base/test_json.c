/*
 * JSON: what the reader takes and refuses, what the writer makes of hostile text.
 */
#include "config.h"

#include "base/json.h"

#include <string.h>

#include "base/error.h"

static struct json *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    struct json *v = json_parse(text, strlen(text), &error);

    g_assert_no_error(error);
    g_assert_nonnull(v);
    return v;
}

static void test_parse_kinds(void)
{
    static const struct {
        const char *text;
        enum json_kind kind;
        gsize size;
    } rows[] = {
        {"null", JSON_KIND_NULL, 0},
        {"true", JSON_KIND_BOOL, 0},
        {"-9223372036854775808", JSON_KIND_INT, 0},
        {"1.5e3", JSON_KIND_REAL, 0},
        {"\"x\"", JSON_KIND_STRING, 0},
        {"[1,[2],{}]", JSON_KIND_ARRAY, 3},
        {" {\"a\":1,\"b\":{}} ", JSON_KIND_OBJECT, 2},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct json *v = parse(rows[i].text);

        g_assert_cmpint(json_get_kind(v), ==, rows[i].kind);
        g_assert_cmpuint(json_size(v), ==, rows[i].size);
        json_unref(v);
    }
}

/* What is read without the library's parser, and what only looks like it. */
static void test_parse_plain(void)
{
    static const struct {
        const char *text;
        gboolean is_json;
        gsize size;
    } rows[] = {
        {"{}", TRUE, 0},
        {"{\"a\":\"1\"}", TRUE, 1},
        {"{\"a\":\"\",\"b\":\"x\"}", TRUE, 2},
        {"{\"a\":\"1\" }", TRUE, 1},
        {"{\"a\":\"1\",}", FALSE, 0},
        {"{\"a\":\"1\"", FALSE, 0},
        {"{\"a\":\"1\"}x", FALSE, 0},
        {"{\"a\":\"1\"}}", FALSE, 0},
        {"{\"a\":\"1\",\"a\":\"2\"}", FALSE, 0},
        {"{\"a\"\"1\"}", FALSE, 0},
        {"{\"a\":\"1\"\"b\":\"2\"}", FALSE, 0},
        {"{\"a\":\"1", FALSE, 0},
        {"{\"a", FALSE, 0},
        {"{\"a\":", FALSE, 0},
        {"{\"a\":\"\t\"}", FALSE, 0},
        {"{\"a\":\"\xff\"}", FALSE, 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        struct json *v = json_parse(rows[i].text, strlen(rows[i].text), &error);

        g_assert_cmpint(v != NULL, ==, rows[i].is_json);
        if (v == NULL)
            continue;
        g_assert_cmpuint(json_size(v), ==, rows[i].size);
        g_assert_cmpint(json_get_kind(v), ==, JSON_KIND_OBJECT);
        json_unref(v);
    }
    struct json *v = parse("{\"first_name\":\"J\303\274rgen\",\"city\":\"Bern\"}");
    g_assert_cmpstr(json_member_string(v, "first_name"), ==, "Jürgen");
    g_assert_cmpstr(json_member_string(v, "city"), ==, "Bern");
    json_unref(v);
}

static void test_parse_members(void)
{
    struct json *v = parse("{\"s\":\"\\u00e9\\n\",\"i\":42,\"r\":2.5,\"b\":true,\"a\":[7,8]}");

    g_assert_cmpstr(json_member_string(v, "s"), ==, "é\n");
    g_assert_null(json_member_string(v, "i"));
    g_assert_null(json_member_string(v, "none"));
    g_assert_null(json_member(v, "none"));
    g_assert_cmpint(json_member_int(v, "i", -1), ==, 42);
    g_assert_cmpint(json_member_int(v, "r", -1), ==, -1);
    g_assert_cmpint(json_member_int(v, "none", -1), ==, -1);
    g_assert_cmpfloat(json_get_real(json_member(v, "r")), ==, 2.5);
    g_assert_cmpfloat(json_get_real(json_member(v, "i")), ==, 42.0);
    g_assert_true(json_get_bool(json_member(v, "b")));
    g_assert_false(json_get_bool(json_member(v, "i")));
    g_assert_cmpint(json_get_int(json_at(json_member(v, "a"), 1)), ==, 8);
    g_assert_null(json_at(json_member(v, "a"), 2));
    g_assert_null(json_member(json_member(v, "a"), "s"));
    json_unref(v);
}

static void test_parse_refuses(void)
{
    static const char *const rows[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "{a:1}",
        "nul",
        "[1] 2",
        "\"\\u0000\"",
        "{\"\\u0000\":1}",
        "\"\\ud800\"",
        "\"\x01\"",
        "\"\xff\"",
        "'x'",
        "01",
        "99999999999999999999",
        "1e999",
        "NaN",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        struct json *v = json_parse(rows[i], strlen(rows[i]), &error);

        if (v != NULL)
            g_test_message("taken: %s", rows[i]);
        g_assert_null(v);
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    }
}

static void test_parse_refuses_nul_bytes(void)
{
    static const struct {
        const char *text;
        gsize len;
    } rows[] = {{"\0", 1}, {"1\0", 2}, {"\"a\0b\"", 5}, {"{\0}", 3}, {"[1]\0[2]", 7}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(json_parse(rows[i].text, rows[i].len, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    }
}

static void test_parse_stops_at_len(void)
{
    struct json *v = json_parse("[1]]]]", 3, NULL);

    g_assert_nonnull(v);
    json_unref(v);
}

static void test_parse_depth(void)
{
    for (int depth = 64; depth <= 65; depth++) {
        g_autoptr(GString) text = g_string_new("[\"[[[\\\"[[{{\",");
        g_autoptr(GError) error = NULL;
        struct json *v;

        for (int i = 1; i < depth; i++)
            g_string_append_c(text, '[');
        for (int i = 0; i < depth; i++)
            g_string_append_c(text, ']');
        v = json_parse(text->str, text->len, &error);
        if (depth == 64)
            g_assert_no_error(error);
        else
            g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_true((v != NULL) == (depth == 64));
        json_unref(v);
    }
}

static void test_parse_names_place(void)
{
    g_autoptr(GError) error = NULL;
    const char *text = "{\n  \"a\": 1,\n  \"b\" 2\n}";

    g_assert_null(json_parse(text, strlen(text), &error));
    g_assert_nonnull(strstr(error->message, "line 3, column"));
}

static void test_parse_error_is_safe(void)
{
    g_autoptr(GError) error = NULL;
    const char *text = "[\x1b[31m]";

    g_assert_null(json_parse(text, strlen(text), &error));
    g_assert_null(strchr(error->message, '\x1b'));
    g_assert_null(strchr(error->message, '\n'));
}

static void test_dump(void)
{
    struct json *v = parse("{ \"z\": [1, 2.5, null, true], \"a\": \"x\\\"\\n\" }");
    struct json *more = json_new_object();
    char *text;

    json_set_string(v, "new", "é");
    json_set_string(more, "k", "v");
    json_set_take(v, "o", more);
    json_remove(v, "a");
    json_remove(v, "not there");
    text = json_dump(v);
    g_assert_cmpstr(text, ==, "{\"z\":[1,2.5,null,true],\"new\":\"é\",\"o\":{\"k\":\"v\"}}");
    g_free(text);
    json_unref(v);
}

static void test_ref(void)
{
    struct json *v = parse("{\"a\":{\"b\":\"c\"}}");
    struct json *a = json_ref(json_member(v, "a"));

    json_unref(v);
    g_assert_cmpstr(json_member_string(a, "b"), ==, "c");
    json_unref(a);
    json_unref(NULL);
}

static void write_sample(struct json_writer *w)
{
    json_begin_object(w);
    json_kv_string(w, "s", "a");
    json_kv_int(w, "i", G_MININT64);
    json_kv_bool(w, "b", FALSE);
    json_key(w, "list");
    json_begin_array(w);
    json_put_null(w);
    json_put_real(w, 0.1);
    json_put_raw(w, "{\"x\":1}");
    json_end_array(w);
    json_key(w, "none");
    json_begin_array(w);
    json_end_array(w);
    json_end_object(w);
}

static void test_writer_compact(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(out, FALSE);

    write_sample(w);
    json_put_int(w, 2);
    json_writer_free(w);
    g_assert_cmpstr(out->str, ==,
                    "{\"s\":\"a\",\"i\":-9223372036854775808,\"b\":false,"
                    "\"list\":[null,0.1,{\"x\":1}],\"none\":[]}\n2");
}

static void test_writer_pretty(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(out, TRUE);

    write_sample(w);
    json_writer_free(w);
    g_assert_cmpstr(out->str, ==,
                    "{\n  \"s\": \"a\",\n  \"i\": -9223372036854775808,\n  \"b\": false,\n"
                    "  \"list\": [\n    null,\n    0.1,\n    {\"x\":1}\n  ],\n"
                    "  \"none\": []\n}");
}

static void test_writer_file(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    struct json_writer *w = json_writer_new_file(file, FALSE);

    json_begin_array(w);
    json_put_string(w, NULL);
    json_end_array(w);
    json_put_bool(w, TRUE);
    json_writer_free(w);
    g_assert_cmpint(fclose(file), ==, 0);
    g_assert_cmpstr(text, ==, "[null]\ntrue\n");
    free(text);
}

static void test_writer_strings(void)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", "\"\""},
        {"plain é 漢 😀", "\"plain é 漢 😀\""},
        {"\"\\\n\r\t\x01\x1b", "\"\\\"\\\\\\n\\r\\t\\u0001\\u001b\""},
        {"a\x7f\xc2\x9b", "\"a\\u007f\\u009b\""},
        {"\xe2\x80\xae"
         "x\xe2\x80\xa8",
         "\"\\u202ex\\u2028\""},
        {"\xff"
         "a\xc3",
         "\"\xef\xbf\xbd"
         "a\xef\xbf\xbd\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        struct json_writer *w = json_writer_new_string(out, FALSE);
        struct json *back;

        json_put_string(w, rows[i].in);
        json_writer_free(w);
        g_assert_cmpstr(out->str, ==, rows[i].out);
        back = parse(out->str);
        if (g_utf8_validate(rows[i].in, -1, NULL))
            g_assert_cmpstr(json_get_string(back), ==, rows[i].in);
        json_unref(back);
    }
}

static void test_writer_reals(void)
{
    static const double rows[] = {0, 1, -2.5, 0.1, 1.0 / 3, 1e300, 5e-324, 123456789.125};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        struct json_writer *w = json_writer_new_string(out, FALSE);

        json_put_real(w, rows[i]);
        json_writer_free(w);
        g_assert_true(g_ascii_strtod(out->str, NULL) == rows[i]);
    }
}

static void test_writer_value(void)
{
    const char *text = "{\"a\":[1,2.5,\"x\",null,false,{}],\"b\":{\"c\":[]}}";
    struct json *v = parse(text);
    g_autoptr(GString) out = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(out, FALSE);

    json_put_value(w, v);
    json_writer_free(w);
    json_unref(v);
    g_assert_cmpstr(out->str, ==, text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/parse/kinds", test_parse_kinds);
    g_test_add_func("/json/parse/members", test_parse_members);
    g_test_add_func("/json/parse/plain", test_parse_plain);
    g_test_add_func("/json/parse/refuses", test_parse_refuses);
    g_test_add_func("/json/parse/refuses-nul-bytes", test_parse_refuses_nul_bytes);
    g_test_add_func("/json/parse/stops-at-len", test_parse_stops_at_len);
    g_test_add_func("/json/parse/depth", test_parse_depth);
    g_test_add_func("/json/parse/names-place", test_parse_names_place);
    g_test_add_func("/json/parse/error-is-safe", test_parse_error_is_safe);
    g_test_add_func("/json/dump", test_dump);
    g_test_add_func("/json/ref", test_ref);
    g_test_add_func("/json/writer/compact", test_writer_compact);
    g_test_add_func("/json/writer/pretty", test_writer_pretty);
    g_test_add_func("/json/writer/file", test_writer_file);
    g_test_add_func("/json/writer/strings", test_writer_strings);
    g_test_add_func("/json/writer/reals", test_writer_reals);
    g_test_add_func("/json/writer/value", test_writer_value);
    return g_test_run();
}

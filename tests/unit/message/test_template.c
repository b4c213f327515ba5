/* The template engine: what it renders, what it refuses and on which line, what it survives. */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "message/template.h"

static struct json *parse_json(const char *text)
{
    g_autoptr(GError) error = NULL;
    struct json *v = json_parse(text, strlen(text), &error);

    g_assert_no_error(error);
    return v;
}

/* Renders or gives the error's message; caller frees. Single quotes stand for double ones. */
static char *render_with(const char *text, enum template_escape escape, const char *data,
                         const char *partials)
{
    g_autofree char *json_text = g_strdelimit(g_strdup(data), "'", '"');
    g_autofree char *partials_text =
        g_strdelimit(g_strdup(partials ? partials : "{}"), "'", '"');
    struct json *d = parse_json(json_text), *p = partials ? parse_json(partials_text) : NULL;
    g_autoptr(GError) error = NULL;
    GString *out = g_string_new("kept:");
    struct template *t = template_new(text, -1, escape, p, &error);

    if (!t || !template_render(t, NULL, d, out, &error)) {
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpstr(out->str, ==, "kept:");
        g_string_assign(out, error->message);
    } else {
        g_assert_true(g_str_has_prefix(out->str, "kept:"));
        g_string_erase(out, 0, 5);
    }
    template_free(t);
    json_unref(d);
    json_unref(p);
    return g_string_free(out, FALSE);
}

struct render_case {
    const char *name, *text, *data, *want;
};

static const struct render_case plain_cases[] = {
    {"text", "Hello", "{}", "Hello"},
    {"empty", "", "{}", ""},
    {"value", "Hello {{name}}!", "{'name':'Ann'}", "Hello Ann!"},
    {"none-is-not-escaped", "{{x}}", "{'x':'<&>'}", "<&>"},
    {"default-missing", "Hello {{name|friend}}!", "{}", "Hello friend!"},
    {"default-null", "Hello {{name|friend}}!", "{'name':null}", "Hello friend!"},
    {"default-empty", "Hello {{name|friend}}!", "{'name':''}", "Hello friend!"},
    {"default-unused", "Hello {{name|friend}}!", "{'name':'Ann'}", "Hello Ann!"},
    {"default-trimmed", "Hello {{ name |  dear friend  }}!", "{}", "Hello dear friend!"},
    {"default-empty-text", "[{{name|}}]", "{}", "[]"},
    {"default-second-bar", "{{name|a|b}}", "{}", "a|b"},
    {"default-dotted", "{{a.b|none}}", "{'a':{}}", "none"},
    {"default-zero-is-a-value", "{{n|none}}", "{'n':0}", "0"},
    {"name-with-blank", "{{first name}}", "{'first name':'Ann'}", "Ann"},
    {"bool", "{{a}} {{b}}", "{'a':true,'b':false}", "true false"},
    {"int", "{{n}}", "{'n':-9007199254740993}", "-9007199254740993"},
    {"real", "{{n}}", "{'n':0.1}", "0.1"},
    {"list-is-no-text", "[{{n}}]", "{'n':[1]}", "[]"},
    {"section", "{{#a}}x{{/a}}", "{'a':true}", "x"},
    {"section-empty-text-is-false", "{{#a}}x{{/a}}{{^a}}y{{/a}}", "{'a':''}", "y"},
    {"section-zero-is-true", "{{#a}}x{{/a}}", "{'a':0}", "x"},
    {"section-object", "{{#a}}{{b}}{{c}}{{/a}}", "{'a':{'b':1},'c':2}", "12"},
    {"section-list", "{{#a}}<{{.}}>{{/a}}", "{'a':[1,'b']}", "<1><b>"},
    {"section-nested-same-name", "{{#a}}1{{#a}}2{{/a}}3{{/a}}", "{'a':true}", "123"},
    {"section-empty-inside", "a{{#a}}{{/a}}b", "{'a':true}", "ab"},
    {"null-hides-outer", "{{#a}}[{{x}}]{{/a}}", "{'a':{'x':null},'x':1}", "[]"},
    {"comment", "a{{! no {{ in here }}b", "{}", "ab"},
    {"comment-joins-text", "a{{!x}}b{{!y}}c", "{}", "abc"},
    {"standalone", "a\n  {{#s}}\nb\n  {{/s}}\nc", "{'s':true}", "a\nb\nc"},
    {"standalone-crlf", "a\r\n{{! x }}\r\nc", "{}", "a\r\nc"},
    {"not-standalone", "a {{#s}} b {{/s}} c", "{'s':true}", "a  b  c"},
    {"value-is-never-standalone", "a\n  {{x}}  \nc", "{'x':'b'}", "a\n  b  \nc"},
    {"delimiters", "{{=<% %>=}}<%x%>{{x}}<%={{ }}=%>{{x}}", "{'x':1}", "1{{x}}1"},
    {"utf8", "Grüße, {{näme}}", "{'näme':'日本語'}", "Grüße, 日本語"},
    {"value-is-not-a-template", "{{x}}", "{'x':'{{y}}','y':'no'}", "{{y}}"},
};

static const struct render_case html_cases[] = {
    {"all-five", "{{x}}", "{'x':'&<>\\\"\\u0027'}", "&amp;&lt;&gt;&quot;&#39;"},
    {"triple", "{{{x}}}", "{'x':'<b>'}", "<b>"},
    {"ampersand", "{{& x}}", "{'x':'<b>'}", "<b>"},
    {"default-is-escaped", "{{x|Tom & Jo}}", "{}", "Tom &amp; Jo"},
    {"attribute", "<p title=\"{{x}}\">", "{'x':'a\\\" onx=y'}", "<p title=\"a&quot; onx=y\">"},
    {"attribute-bare", "<p title={{x}}>", "{'x':'a onx=y'}", "<p title=a&#32;onx&#61;y>"},
    {"url-part", "<a href=\"https://x.org/?q={{x}}\">", "{'x':'a&b=c d/ü'}",
     "<a href=\"https://x.org/?q=a%26b%3Dc%20d%2F%C3%BC\">"},
    {"url-part-unreserved", "<a href='/{{x}}'>", "{'x':'aZ09-._~'}", "<a href='/aZ09-._~'>"},
    {"url-second-field", "<a href=\"{{a}}/{{b}}\">", "{'a':'https://x.org','b':'?/'}",
     "<a href=\"https://x.org/%3F%2F\">"},
    {"url-whole", "<a href=\"{{x}}\">", "{'x':'https://x.org/?a=1&b=2'}",
     "<a href=\"https://x.org/?a=1&amp;b=2\">"},
    {"url-whole-http", "<a href={{x}}>", "{'x':'HTTP://x.org/'}", "<a href=HTTP://x.org/>"},
    {"url-whole-mailto", "<a href=\"{{x}}\">", "{'x':'mailto:a@b.c'}",
     "<a href=\"mailto:a@b.c\">"},
    {"url-whole-tel", "<a href=\"{{x}}\">", "{'x':'tel:+4930'}", "<a href=\"tel:+4930\">"},
    {"url-whole-blanks", "<a href=\"{{x}}\">", "{'x':' https://x.org/a b\\n'}",
     "<a href=\"https://x.org/a%20b\">"},
    {"url-whole-quote", "<a href=\"{{x}}\">", "{'x':'https://x/\\\"><script>'}",
     "<a href=\"https://x/&quot;&gt;&lt;script&gt;\">"},
    {"url-javascript", "<a href=\"{{x}}\">", "{'x':'javascript:alert(1)'}", "<a href=\"#\">"},
    {"url-javascript-blank", "<a href=\" {{x}}\">", "{'x':'\\tJavaScript:alert(1)'}",
     "<a href=\" #\">"},
    {"url-javascript-split", "<a href=\"{{x}}\">", "{'x':'java\\nscript:alert(1)'}",
     "<a href=\"#\">"},
    {"url-javascript-two", "<a href=\"{{a}}{{b}}\">", "{'a':'','b':'javascript:alert(1)'}",
     "<a href=\"javascript%3Aalert%281%29\">"},
    {"url-data", "<img src=\"{{x}}\">", "{'x':'data:text/html,x'}", "<img src=\"#\">"},
    {"url-vbscript", "<img SRC = '{{x}}'>", "{'x':'vbscript:x'}", "<img SRC = '#'>"},
    {"url-no-scheme", "<a href=\"{{x}}\">", "{'x':'//x.org'}", "<a href=\"#\">"},
    {"url-empty", "<a href=\"{{x}}\">", "{}", "<a href=\"\">"},
    {"url-default", "<a href=\"{{x|https://x.org/}}\">", "{}", "<a href=\"https://x.org/\">"},
    {"url-raw", "<a href=\"{{{x}}}\">", "{'x':'cid:1'}", "<a href=\"cid:1\">"},
    {"url-mailto-part", "<a href=\"mailto:{{x}}?subject={{x}}\">", "{'x':'a+b@c.d'}",
     "<a href=\"mailto:a%2Bb@c.d?subject=a%2Bb%40c.d\">"},
    {"url-in-comment", "<!--[if mso]><a href=\"{{x}}\"><![endif]-->", "{'x':'javascript:'}",
     "<!--[if mso]><a href=\"#\"><![endif]-->"},
    {"url-section", "<a href=\"{{#s}}https://x/{{/s}}{{x}}\">", "{'x':'a b','s':1}",
     "<a href=\"https://x/a%20b\">"},
    {"after-url", "<a href=\"https://x\">{{x}}</a>", "{'x':'a b&'}",
     "<a href=\"https://x\">a b&amp;</a>"},
    {"other-attribute-after-url", "<a href=\"#\" title='{{x}}'>", "{'x':'a b'}",
     "<a href=\"#\" title='a b'>"},
    {"less-than-is-text", "1 < 2 href=\"{{x}}\"", "{'x':'a b'}", "1 < 2 href=\"a b\""},
    {"in-tag", "<p {{x}}>", "{'x':'a><b'}", "<p a&gt;&lt;b>"},
    {"tag-name-slash", "<p/{{x}}>", "{'x':'a/b'}", "<p/a&#47;b>"},
    {"partial-in-url", "<a href=\"{{>u}}\">", "{'x':'javascript:1'}", "<a href=\"#\">"},
};

static const struct render_case text_cases[] = {
    {"plain", "{{x}} <{{x}}>", "{'x':'a & b'}", "a & b <a & b>"},
    {"url-part", "https://x.org/?n={{x}} {{x}}", "{'x':'a b&c'}",
     "https://x.org/?n=a%20b%26c a b&c"},
    {"url-http", "see HTTP://x.org/{{x}}/{{x}}.", "{'x':'/'}", "see HTTP://x.org/%2F/%2F."},
    {"url-in-brackets", "a <https://x.org/{{x}}>{{x}}", "{'x':'a b'}",
     "a <https://x.org/a%20b>a b"},
    {"url-in-parentheses", "(https://{{x}})", "{'x':'x.org'}", "(https://x.org)"},
    {"url-mailto", "mailto:{{x}}?subject={{x}}", "{'x':'a b@c'}",
     "mailto:a%20b@c?subject=a%20b%40c"},
    {"url-whole", "{{x}} <{{x}}>", "{'x':'https://x.org/?a b'}",
     "https://x.org/?a b <https://x.org/?a b>"},
    {"url-raw", "https://x.org/{{{x}}}", "{'x':'a b'}", "https://x.org/a b"},
    {"no-scheme", "x.org/{{x}} ttp://{{x}}", "{'x':'a b'}", "x.org/a b ttp://a b"},
    {"scheme-behind-value", "{{x}}://{{x}}", "{'x':'http'}", "http://http"},
    {"over-a-section", "https://x.org/{{#s}}a{{/s}}{{x}}", "{'s':1,'x':' '}",
     "https://x.org/a%20"},
};

static const struct render_case header_cases[] = {
    {"injection", "Hi {{x}}", "{'x':'a\\r\\nBcc: b@c'}", "Hi a Bcc: b@c"},
    {"raw-too", "Hi {{{x}}}", "{'x':'a\\nb'}", "Hi a b"},
    {"controls", "{{x}}", "{'x':'a\\u0001\\u001b\\u007f\\u0085b\\u009fc\\u2028d'}", "a bc d"},
    {"utf8", "{{x}}", "{'x':'Grüße 日本'}", "Grüße 日本"},
    {"not-html", "{{x}}", "{'x':'<&>'}", "<&>"},
};

static const struct render_case errors[] = {
    {"unclosed", "a\nb {{name", "{}", "line 2: a tag that begins with {{ is never closed"},
    {"unclosed-triple", "{{{name}}", "{}",
     "line 1: a tag that begins with {{{ is never closed"},
    {"unclosed-comment", "\n\n{{! x", "{}", "line 3: a tag that begins with {{! is"},
    {"unclosed-then-another", "a\n{{name\nb {{c}}", "{}",
     "line 2: a tag begins inside another"},
    {"empty", "a\n{{}}", "{}", "line 2: a tag without a name"},
    {"blank", "{{  }}", "{}", "line 1: a tag without a name"},
    {"empty-section", "{{# }}x{{/ }}", "{}", "line 1: a tag without a name"},
    {"empty-before-default", "{{|x}}", "{}", "line 1: a tag without a name"},
    {"section-without-end", "a\n{{#s}}\nb\n", "{}", "line 2: the section \"s\" is never ended"},
    {"inner-without-end", "{{#a}}\n{{#b}}\n{{/a}}", "{}",
     "line 3: the section \"a\" ends here, but \"b\" of line 2"},
    {"end-without-section", "a\n\n{{/s}}", "{}", "line 3: the section \"s\" ends here but was"},
    {"wrong-end", "{{#a}}{{/b}}", "{}", "line 1: the section \"b\" ends here, but \"a\""},
    {"delimiters-one", "{{=x=}}", "{}", "line 1: unknown delimiters"},
    {"delimiters-three", "{{=a b c=}}", "{}", "line 1: unknown delimiters"},
    {"delimiters-equals", "\n{{=<= =>=}}", "{}", "line 2: unknown delimiters"},
    {"delimiters-empty", "{{==}}", "{}", "line 1: a tag without a name"},
    {"delimiters-long", "{{=12345678901234567 x=}}", "{}", "line 1: a delimiter is longer"},
    {"delimiters-unclosed", "{{=<% %>}}", "{}", "line 1: a tag that begins with {{= is never"},
    {"dots", "{{a..b}}", "{}", "line 1: \"a..b\" has nothing"},
    {"dot-first", "\n{{.a}}", "{}", "line 2: \".a\" has nothing"},
    {"dot-last", "{{a.}}", "{}", "line 1: \"a.\" has nothing"},
    {"control", "{{a\nb}}", "{}", "line 1: a name holds a line end"},
    {"block-tag", "x\n{{$a}}", "{}", "line 2: tags that begin with \"$\""},
    {"parent-tag", "{{<a}}", "{}", "line 1: tags that begin with \"<\""},
    {"dynamic-name", "{{>*a}}", "{}", "line 1: tags that begin with \"*\""},
    {"section-default", "{{#a|b}}{{/a|b}}", "{}", "line 1: a section cannot have a default"},
    {"not-utf8", "a\n\xff", "{}", "line 2: a character is not UTF-8 (byte 0xff)"},
};

static void run_table(const struct render_case *cases, gsize n, enum template_escape escape)
{
    for (gsize i = 0; i < n; i++) {
        g_autofree char *got =
            render_with(cases[i].text, escape, cases[i].data, "{'u':'{{x}}'}");

        if (!g_str_equal(got, cases[i].want))
            g_test_fail_printf("%s: wanted \"%s\", got \"%s\"", cases[i].name, cases[i].want,
                               got);
    }
}

static void test_plain(void)
{
    run_table(plain_cases, G_N_ELEMENTS(plain_cases), TEMPLATE_ESCAPE_NONE);
}

static void test_html(void)
{
    run_table(html_cases, G_N_ELEMENTS(html_cases), TEMPLATE_ESCAPE_HTML);
}

static void test_text(void)
{
    run_table(text_cases, G_N_ELEMENTS(text_cases), TEMPLATE_ESCAPE_TEXT);
}

static void test_header(void)
{
    run_table(header_cases, G_N_ELEMENTS(header_cases), TEMPLATE_ESCAPE_HEADER);
}

static void test_errors(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(errors); i++) {
        g_autofree char *got = render_with(errors[i].text, TEMPLATE_ESCAPE_NONE, "{}", NULL);

        if (!g_str_has_prefix(got, errors[i].want))
            g_test_fail_printf("%s: wanted \"%s\", got \"%s\"", errors[i].name, errors[i].want,
                               got);
    }
}

static void test_length_is_honoured(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct template *t = template_new("ab{{cd", 2, TEMPLATE_ESCAPE_NONE, NULL, NULL);

    g_assert_nonnull(t);
    g_assert_true(template_render(t, NULL, NULL, out, NULL));
    g_assert_cmpstr(out->str, ==, "ab");
    template_free(t);
    g_assert_null(template_new("a\0b", 3, TEMPLATE_ESCAPE_NONE, NULL, NULL));
}

static void test_outer_is_below_data(void)
{
    struct json *outer = parse_json("{\"a\":1,\"b\":2}"), *data = parse_json("{\"a\":3}");
    struct template *t = template_new("{{a}}{{b}}", -1, TEMPLATE_ESCAPE_NONE, NULL, NULL);
    g_autoptr(GString) out = g_string_new(NULL);

    g_assert_true(template_render(t, outer, data, out, NULL));
    g_assert_true(template_render(t, outer, NULL, out, NULL));
    g_assert_cmpstr(out->str, ==, "3212");
    template_free(t);
    json_unref(outer);
    json_unref(data);
}

static void test_names(void)
{
    struct json *partials = parse_json("{\"p\":\"{{in_partial}} {{a}}\"}");
    struct template *t =
        template_new("{{b}} {{a|x}} {{#s}}{{.}}{{c.d}}{{/s}} {{^t}}{{/t}} {{>p}} "
                     "{{{raw}}} {{b}}",
                     -1, TEMPLATE_ESCAPE_HTML, partials, NULL);
    char **names = template_names(t);
    g_autofree char *all = g_strjoinv(" ", names);

    g_assert_cmpstr(all, ==, "b a s c.d t in_partial raw");
    g_assert_true(template_uses(t, "raw"));
    g_assert_true(template_uses(t, "s"));
    g_assert_false(template_uses(t, "p"));
    g_assert_false(template_uses(t, "x"));
    g_strfreev(names);
    template_free(t);
    json_unref(partials);
}

static void expect(const char *text, const char *data, const char *partials, const char *want)
{
    g_autofree char *got = render_with(text, TEMPLATE_ESCAPE_HTML, data, partials);

    if (!strstr(got, want))
        g_test_fail_printf("wanted \"%s\" in \"%.200s\"", want, got);
}

static void put_use(const struct template_use *use, void *data)
{
    g_string_append_printf(data, "%s%s%s%s ", use->name, use->is_section ? "#" : "",
                           use->has_default ? "|" : "", use->is_guarded ? "!" : "");
}

static void test_uses(void)
{
    static const struct {
        const char *text, *uses;
    } rows[] = {
        {"no tags", ""},
        {"{{a}} {{{b}}} {{&c}}", "a b c "},
        {"{{a|x}}{{a}}", "a| a "},
        {"{{#a}}{{a}}{{b}}{{/a}}{{a}}", "a# a! b a "},
        {"{{#a}}{{#b}}{{a}}{{b}}{{/b}}{{/a}}", "a# b# a! b! "},
        {"{{^a}}{{a}}{{/a}}", "a# a "},
        {"{{a.b}}", "a.b "},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct template *t = template_new(rows[i].text, -1, TEMPLATE_ESCAPE_NONE, NULL, NULL);
        g_autoptr(GString) uses = g_string_new(NULL);
        template_each_use(t, put_use, uses);
        g_assert_cmpstr(uses->str, ==, rows[i].uses);
        template_free(t);
    }
}

static void test_partials(void)
{
    expect("[{{>none}}]", "{}", "{}", "[]");
    expect("[{{>none}}]", "{}", NULL, "[]");
    expect("  {{>p}}\n.", "{'x':'1\\n2'}", "{'p':'a\\n{{x}}\\n'}", "  a\n  1\n2\n.");
    expect("{{=<% %>=}}<%>p%>", "{'x':1}", "{'p':'{{x}}'}", "1");
    expect("{{>n}}", "{'c':'a','k':[{'c':'b','k':[]}]}", "{'n':'{{c}}({{#k}}{{>n}}{{/k}})'}",
           "a(b())");
    expect("x{{>p}}", "{}", "{'p':'\\n{{#a}}'}", "partial \"p\": line 2: the section \"a\"");
}

static void test_endless_partials(void)
{
    expect("{{>p}}", "{}", "{'p':'x{{>p}}'}", "too deep");
    expect("{{>p}}", "{}", "{'p':'x\\n {{>p}}\\n'}", "too deep");
    expect("{{>p}}", "{}", "{'p':'{{>q}}{{>q}}','q':'{{>p}}{{>p}}'}", "too deep");
    expect("{{>p}}", "{}", "{'p':' {{>p}}\\n\\t{{>p}}\\n'}", "more than 1000 partials");
    expect("{{>p}}", "{}", "{'p':'<a href=\\\"{{>p}}'}", "too deep");
}

static void test_nesting(void)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = 0; i < TEMPLATE_MAX_DEPTH; i++)
        g_string_append(text, "{{#a}}");
    g_string_append(text, "x");
    for (int i = 0; i < TEMPLATE_MAX_DEPTH; i++)
        g_string_append(text, "{{/a}}");
    expect(text->str, "{'a':1}", NULL, "x");
    g_string_prepend(text, "{{#a}}");
    g_string_append(text, "{{/a}}");
    expect(text->str, "{'a':1}", NULL, "nested more than 64 deep");
}

static char *list_of(guint n, const char *element)
{
    GString *out = g_string_new("{'a':[");

    for (guint i = 0; i < n; i++)
        g_string_append_printf(out, "%s%s", i ? "," : "", element);
    g_string_append(out, "]}");
    return g_string_free(out, FALSE);
}

static void test_multiplying_lists(void)
{
    g_autofree char *data = list_of(100, "0");
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = 0; i < 20; i++)
        g_string_append(text, "{{#a}}");
    for (int i = 0; i < 20; i++)
        g_string_append(text, "{{/a}}");
    expect(text->str, data, NULL, "multiply");
}

static void test_output_is_capped(void)
{
    g_autofree char *block = g_strnfill(1024 * 1024, 'x');
    g_autofree char *text = g_strconcat("{{#a}}", block, "{{/a}}", NULL);
    g_autofree char *fits = list_of(3, "0"), *data = list_of(65, "0");
    g_autofree char *got = render_with(text, TEMPLATE_ESCAPE_NONE, fits, NULL);

    g_assert_cmpuint(strlen(got), ==, 3 * 1024 * 1024);
    expect(text, data, NULL, "64 MiB");
}

static void test_many_nodes(void)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = 0; i < 100001; i++)
        g_string_append(text, "{{a}} ");
    expect(text->str, "{}", NULL, "line 1: the template has more than 200000");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/template/render/plain", test_plain);
    g_test_add_func("/template/render/html", test_html);
    g_test_add_func("/template/render/header", test_header);
    g_test_add_func("/template/render/text", test_text);
    g_test_add_func("/template/render/outer-is-below-data", test_outer_is_below_data);
    g_test_add_func("/template/new/errors-name-the-line", test_errors);
    g_test_add_func("/template/new/length-is-honoured", test_length_is_honoured);
    g_test_add_func("/template/names", test_names);
    g_test_add_func("/template/uses", test_uses);
    g_test_add_func("/template/partials", test_partials);
    g_test_add_func("/template/caps/endless-partials", test_endless_partials);
    g_test_add_func("/template/caps/nesting", test_nesting);
    g_test_add_func("/template/caps/multiplying-lists", test_multiplying_lists);
    g_test_add_func("/template/caps/output", test_output_is_capped);
    g_test_add_func("/template/caps/nodes", test_many_nodes);
    return g_test_run();
}

/*
 * Markdown templates: tags come out as they went in, sections keep their place between blocks,
 * and a random mixture of both stays a template that can be parsed.
 */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "message/markdown.h"
#include "message/tags.h"
#include "message/template.h"

static const struct {
    const char *markdown, *html;
} cases[] = {
    {"", ""},
    {"Hello *you*\n", "<p>Hello <em>you</em></p>\n"},
    {"# Hello {{name|dear friend}}\n", "<h1>Hello {{name|dear friend}}</h1>\n"},
    {"**{{name}}**", "<p><strong>{{name}}</strong></p>\n"},
    {"{{name|Tom & <Jerry>}} & co", "<p>{{name|Tom & <Jerry>}} &amp; co</p>\n"},
    {"{{{raw}}} {{& raw }}", "<p>{{&raw}} {{&raw}}</p>\n"},
    /* link targets, which cmark would percent-encode */
    {"[a](https://b.org/{{id}}?x={{y|1 2}})",
     "<p><a href=\"https://b.org/{{id}}?x={{y|1 2}}\">a</a></p>\n"},
    {"[out]({{unsubscribe_url}} \"{{t}}\")",
     "<p><a href=\"{{unsubscribe_url}}\" title=\"{{t}}\">out</a></p>\n"},
    {"<{{url}}> <https://b.org/{{id}}>",
     "<p><a href=\"{{url}}\">{{url}}</a> <a href=\"https://b.org/{{id}}\">"
     "https://b.org/{{id}}</a></p>\n"},
    {"![{{alt}}](cid:logo.png)", "<p><img src=\"cid:logo.png\" alt=\"{{alt}}\" /></p>\n"},
    /* sections in a text, and alone on a line */
    {"Dear {{#t}}{{t}} {{/t}}{{name}},", "<p>Dear {{#t}}{{t}} {{/t}}{{name}},</p>\n"},
    {"a\n{{#x}}\nb\n{{/x}}\nc", "<p>a</p>\n{{#x}}\n<p>b</p>\n{{/x}}\n<p>c</p>\n"},
    {"{{#x}} {{^y}}\nb\n {{/y}}{{/x}}\t\n", "{{#x}}{{^y}}\n<p>b</p>\n {{/y}}{{/x}}\n"},
    {"> a\n> {{#x}}\n> b\n> {{/x}}\n",
     "<blockquote>\n<p>a</p>\n{{#x}}\n<p>b</p>\n{{/x}}\n</blockquote>\n"},
    {"a\n{{! a note }}\nb", "<p>a\nb</p>\n"},
    {"a {{! over\n\nlines }}b", "<p>a b</p>\n"},
    {"```\n{{#x}}\n<b>\n{{/x}}\n```", "<pre><code>{{#x}}\n&lt;b&gt;\n{{/x}}\n</code></pre>\n"},
    {"<table>\n{{#rows}}\n<tr><td>{{x}}</td></tr>\n{{/rows}}\n</table>",
     "<table>\n{{#rows}}\n<tr><td>{{x}}</td></tr>\n{{/rows}}\n</table>\n"},
    /* lists */
    {"- a\n{{#x}}\n- b\n{{/x}}\n- c\n",
     "<ul>\n<li>a</li>\n{{#x}}\n<li>b</li>\n{{/x}}\n<li>c</li>\n</ul>\n"},
    {"{{#x}}\n1. {{.}}\n{{/x}}\n", "<ol>\n{{#x}}\n<li>{{.}}</li>\n{{/x}}\n</ol>\n"},
    {"{{#x}}\n* a\n{{/x}}\n{{^x}}\n* b\n{{/x}}\n",
     "<ul>\n{{#x}}\n<li>a</li>\n{{/x}}\n{{^x}}\n<li>b</li>\n{{/x}}\n</ul>\n"},
    {"{{#x}}\npara\n\n- a\n{{/x}}\n- b\n",
     "{{#x}}\n<p>para</p>\n<ul>\n<li>a</li>\n</ul>\n{{/x}}\n<ul>\n<li>b</li>\n</ul>\n"},
    {"{{#x}}\n- a\n{{/x}}\n{{#y}}\n1. b\n{{/y}}\n",
     "<ul>\n{{#x}}\n<li>a</li>\n{{/x}}\n</ul>\n<ol>\n{{#y}}\n<li>b</li>\n{{/y}}\n</ol>\n"},
    {"- a\n  {{#x}}\n  - b\n  {{/x}}\n- c\n",
     "<ul>\n<li>a\n<ul>\n{{#x}}\n<li>b</li>\n{{/x}}\n</ul>\n</li>\n<li>c</li>\n</ul>\n"},
    {"- a\n\n- b\n", "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>\n"},
    /* other delimiters come back as the usual ones; what looks like a tag then is text */
    {"{{=<% %>=}}\n<% a %> {{b}}\n", "<p>{{a}} &#123;&#123;b}}</p>\n"},
    {"&#123;&#123;name}}", "<p>&#123;&#123;name}}</p>\n"},
    /* raw HTML is the author's */
    {"<b onclick=x>a</b>", "<p><b onclick=x>a</b></p>\n"},
    {"Qtag0Z000000 {{x}}", "<p>Qtag0Z000000 {{x}}</p>\n"},
};

static void test_cases(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *html = markdown_to_html(cases[i].markdown, &error);

        g_assert_no_error(error);
        g_assert_cmpstr(html, ==, cases[i].html);
    }
}

static void test_errors(void)
{
    g_autoptr(GError) error = NULL, too_long = NULL;
    g_autofree char *large = g_strnfill(MARKDOWN_MAX_BYTES + 1, 'a');

    g_assert_null(markdown_to_html("a\n\n{{#x}}\n", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "line 3"));
    g_assert_null(markdown_to_html(large, &too_long));
    g_assert_error(too_long, CRIER_ERROR, CRIER_ERROR_INVALID);
}

static void test_deep(void)
{
    static const char *const pieces[] = {">", "- ", "* > ", "[", "{{x}}", "<b>", "`", "*"};

    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) deep = g_string_new(NULL);
        g_autofree char *html = NULL;

        for (int n = 0; n < 10000; n++)
            g_string_append(deep, pieces[i]);
        html = markdown_to_html(deep->str, NULL);
        g_assert_nonnull(html);
    }
}

static const char *const pieces[] = {"{{x}}",      "{{#s}}",
                                     "{{/s}}",     "{{^s}}",
                                     "{{! c }}",   "\n",
                                     "\n\n",       "\n- ",
                                     "\n1. ",      "\n  ",
                                     "\n    ",     "\n> ",
                                     "a",          " ",
                                     "*",          "[",
                                     "](",         ")",
                                     "<",          ">",
                                     "\n```\n",    "# ",
                                     "`",          "\\",
                                     "&",          "{{{y}}}",
                                     "<b>",        "\n<div>\n",
                                     "{",          "}",
                                     "\n***\n",    "\n{{#s}}\n",
                                     "\n{{/s}}\n", "\n- b\n{{#s}}\n- c\n{{/s}}\n"};

/* The tags that mean something, in their order. */
static char *tags_of(const char *text)
{
    struct tags *t = tags_find(text);
    GString *all = g_string_new(NULL);

    for (guint i = 0; i < tags_count(t); i++)
        tags_append_tag(t, i, all);
    tags_free(t);
    return g_string_free(all, FALSE);
}

/* Whether no piece has made another tag of its neighbour, or put it where Markdown drops words.
 */
static gboolean has_plain_tags(const char *text)
{
    static const char *const odd[] = {"<{{",  "[",    "```{", "{{{!", "{{{#",
                                      "{{{/", "{{{^", "{{{x", "{{{{", "}}}}"};
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++)
        if (strstr(text, odd[i]))
            return FALSE;
    return TRUE;
}

/* Whatever is written, a template goes in and a template with the same tags comes out. */
static void test_random(void)
{
    guint n_tried = 0;

    for (int round = 0; round < 20000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *html = NULL, *before = NULL, *after = NULL;
        g_autoptr(GError) error = NULL;
        struct template *t;

        for (int n = g_test_rand_int_range(1, 16); n > 0; n--)
            g_string_append(text, pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))]);
        html = markdown_to_html(text->str, NULL);
        if (!html)
            continue; /* sections that do not fit together */
        n_tried++;
        t = template_new(html, -1, TEMPLATE_ESCAPE_HTML, NULL, &error);
        if (!t)
            g_error("%s: \"%s\" became \"%s\"", error->message, text->str, html);
        template_free(t);
        before = tags_of(text->str);
        after = tags_of(html);
        if (has_plain_tags(text->str))
            g_assert_cmpstr(before, ==, after);
    }
    g_assert_cmpuint(n_tried, >, 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/markdown/cases", test_cases);
    g_test_add_func("/markdown/errors", test_errors);
    g_test_add_func("/markdown/deep", test_deep);
    g_test_add_func("/markdown/random", test_random);
    return g_test_run();
}

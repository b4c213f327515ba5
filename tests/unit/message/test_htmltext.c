/*
 * The text made of HTML: a sample set whose results were read by eye and kept, what must hold
 * for any input, and inputs meant to make a parser explode. CRIER_GOLDEN=write writes the
 * results anew, for reading.
 */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "message/html.h"
#include "message/htmltext.h"
#include "message/template.h"

static char *make(const char *html)
{
    g_autoptr(GError) error = NULL;
    char *text = htmltext_make(html, &error);

    g_assert_no_error(error);
    return text;
}

static void check_golden(const char *dir, const char *name)
{
    g_autofree char *from = g_build_filename(dir, name, NULL);
    g_autofree char *stem = g_strndup(from, strlen(from) - strlen(".html"));
    g_autofree char *to = g_strconcat(stem, ".txt", NULL);
    g_autofree char *html = NULL, *want = NULL, *text = NULL;

    g_assert_true(g_file_get_contents(from, &html, NULL, NULL));
    text = make(html);
    if (g_strcmp0(g_getenv("CRIER_GOLDEN"), "write") == 0)
        g_assert_true(g_file_set_contents(to, text, -1, NULL));
    g_assert_true(g_file_get_contents(to, &want, NULL, NULL));
    if (strcmp(text, want) != 0)
        g_error("%s became:\n%s", name, text);
}

static void test_golden(void)
{
    g_autofree char *folder =
        g_build_filename(g_getenv("CRIER_SRCDIR") ? g_getenv("CRIER_SRCDIR") : ".", "tests",
                         "unit", "message", "htmltext", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    guint n = 0;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        if (!g_str_has_suffix(name, ".html"))
            continue;
        check_golden(folder, name);
        n++;
    }
    g_assert_cmpuint(n, >=, 12);
}

static const struct {
    const char *html, *text;
} cases[] = {
    {"", ""},
    {"  <p> </p> \n", ""},
    {"a\n b\t<b>c</b>d", "a b cd\n"},
    {"<p>a</p><p>b</p>", "a\n\nb\n"},
    {"<div>a</div><div>b</div>", "a\nb\n"},
    {"<div><p>a</p></div><div>b</div>", "a\n\nb\n"},
    {"<ul><li></li><li>a</li></ul>", "* a\n"},
    {"<ul><li><ul><li>a</li></ul></li></ul>", "* * a\n"},
    {"<ul>x<li>a</li>y</ul>", "x\n* a\ny\n"},
    {"<blockquote></blockquote>a", "a\n"},
    {"a<hr>",
     "a\n\n------------------------------------------------------------------------\n"},
    {"<a href=\"HTTPS://Example.org\">example.org/</a>", "HTTPS://Example.org\n"},
    {"<a href=\"x.html\">x</a>", "x <x.html>\n"},
    {"<a href=\"\">x</a>", "x\n"},
    {"<a href=\"https://b.org/a b\">x</a>", "x <https://b.org/a b>\n"},
    {"<a href=\"{{u}}\">{{u}}</a> <a href=\"{{u}}\">{{v}}</a>", "{{u}} {{v}} <{{u}}>\n"},
    {"<p>{{#a}}</p><p>{{/a}}</p>", "{{#a}}\n{{/a}}\n"},
    {"<table><tr>{{#a}}<td>x</td>{{/a}}<td>y</td></tr></table>", "{{#a}}\nx\n{{/a}}\ny\n"},
    {"{{name|<b>}} {{{raw}}}", "{{name|<b>}} {{&raw}}\n"},
    {"<pre>  a\n\n   b  </pre>", "  a\n\n   b\n"},
    {"<textarea>{{x}}</textarea>a", "a\n"},
    {"<p>1&nbsp;000 <wbr>x</p>", "1 000 x\n"},
    {"<td>not in a table</td>", "not in a table\n"},
};

static void test_cases(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = make(cases[i].html);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static const struct {
    const char *html, *why;
} bad[] = {
    {"<p>a</p>\n<p>{{#x}}</p>", "line 2"},
    {"<div style=\"display:none\">{{#x}}</div>a{{/x}}", "text part"},
};

static void test_errors(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(htmltext_make(bad[i].html, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, bad[i].why))
            g_error("\"%s\" does not tell about %s", error->message, bad[i].why);
    }
}

/* What is repeated until it is as long as HTML may be; whether that is refused. */
static const struct {
    const char *piece;
    gboolean is_refused;
} floods[] = {
    {"<div>", TRUE},
    {"<b>", TRUE},
    {"<font color=a><p>", TRUE},
    {"<a href=x><div></a>", TRUE},
    {"<b><div></b>", TRUE},
    {"<div><table><td></div>", FALSE},
    {"<div></span><div></b>", TRUE},
    {"<table><tr><td>", TRUE},
    {"<ul><li>", TRUE},
    {"<svg>", TRUE},
    {"<p>x", FALSE},
    {"<li>x", FALSE},
    {"<p></p>", FALSE},
    {"</p>", FALSE},
    {"<br>", FALSE},
    {"<td>x", FALSE},
    {"<!--", FALSE},
    {"<a b", TRUE},
    {"&amp;", FALSE},
    {"<x", FALSE},
    {"-", FALSE},
    {" x", FALSE},
    {"<hr>", FALSE},
};

static void test_floods(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(floods); i++) {
        g_autoptr(GString) html = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;

        while (html->len < HTML_MAX_BYTES / 4)
            g_string_append(html, floods[i].piece);
        text = htmltext_make(html->str, &error);
        if (!text == !floods[i].is_refused)
            g_error("%s is %s", floods[i].piece, text ? "not refused" : error->message);
    }
}

static void test_attributes(void)
{
    g_autoptr(GString) html = g_string_new("<p");
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 100000; i++)
        g_string_append_printf(html, " a%d=b", i);
    g_string_append(html, ">x</p>");
    g_assert_null(htmltext_make(html->str, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
}

static void test_too_long(void)
{
    g_autofree char *html = g_strnfill(HTML_MAX_BYTES + 1, 'a');
    g_autoptr(GError) error = NULL;

    g_assert_null(htmltext_make(html, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
}

/* A table whose cells leave their formatting open is common in old mails. */
static void test_sloppy_table(void)
{
    g_autoptr(GString) html = g_string_new("<table>");
    g_autofree char *text = NULL;

    for (int i = 0; i < 100; i++)
        g_string_append(html, "<tr><td><font size=2><b>cell<td>other");
    text = make(html->str);
    g_assert_true(g_str_has_prefix(text, "cell  other\n"));
}

static const char *const pieces[] = {"{{x}}",
                                     "{{#s}}",
                                     "{{/s}}",
                                     "{{^s}}",
                                     "{{! c }}",
                                     "<p>",
                                     "</p>",
                                     "<div>",
                                     "</div>",
                                     "<ul>",
                                     "</ul>",
                                     "<ol>",
                                     "<li>",
                                     "</li>",
                                     "<table>",
                                     "<tr>",
                                     "<td>",
                                     "<th>",
                                     "</table>",
                                     "<b>",
                                     "</b>",
                                     "<a href=\"{{u}}\">",
                                     "</a>",
                                     "<br>",
                                     "<hr>",
                                     "<pre>",
                                     "</pre>",
                                     "<blockquote>",
                                     "</blockquote>",
                                     "<h1>",
                                     "</h1>",
                                     "text ",
                                     "a rather longer piece of text that is folded ",
                                     " ",
                                     "\n",
                                     "{",
                                     "}}",
                                     "&#123;{",
                                     "Q",
                                     "山田",
                                     "<img alt=\"{{a}}\">",
                                     "<!--",
                                     "-->",
                                     "<",
                                     ">",
                                     "<td colspan=3>",
                                     "<div style=\"display:none\">",
                                     "&nbsp;",
                                     "<title>",
                                     "</title>"};

static void check_lines(const char *html, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gboolean has_tag = strstr(text, "{{") != NULL;

    g_assert_true(*text == '\0' || g_str_has_suffix(text, "\n"));
    for (int i = 0; lines[i]; i++) {
        if (g_str_has_suffix(lines[i], " ") && !has_tag)
            g_error("%s has blanks at the end of \"%s\"", html, lines[i]);
        if (text_cells(lines[i]) > 72 && !has_tag && !strstr(html, "<pre>") &&
            !strstr(html, "&nbsp;") && !strstr(html, "<blockquote>"))
            g_error("%s has a line of %u cells", html, (guint)text_cells(lines[i]));
    }
    if (!has_tag && strstr(text, "\n\n\n") && !strstr(html, "<pre>") && !strstr(html, "<br>"))
        g_error("%s has two empty lines: %s", html, text);
}

/* Whatever the HTML, what comes out is a template, folded and without needless blanks. */
static void test_random(void)
{
    guint n_made = 0;

    for (int round = 0; round < 20000; round++) {
        g_autoptr(GString) html = g_string_new(NULL);
        g_autofree char *text = NULL;
        struct template *t;

        for (int n = g_test_rand_int_range(1, 24); n > 0; n--)
            g_string_append(html, pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))]);
        text = htmltext_make(html->str, NULL);
        if (!text)
            continue;
        n_made++;
        t = template_new(text, -1, TEMPLATE_ESCAPE_NONE, NULL, NULL);
        g_assert_nonnull(t);
        template_free(t);
        check_lines(html->str, text);
    }
    g_assert_cmpuint(n_made, >, 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/htmltext/golden", test_golden);
    g_test_add_func("/htmltext/cases", test_cases);
    g_test_add_func("/htmltext/errors", test_errors);
    g_test_add_func("/htmltext/floods", test_floods);
    g_test_add_func("/htmltext/attributes", test_attributes);
    g_test_add_func("/htmltext/too-long", test_too_long);
    g_test_add_func("/htmltext/sloppy-table", test_sloppy_table);
    g_test_add_func("/htmltext/random", test_random);
    return g_test_run();
}

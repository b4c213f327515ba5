/*
 * What becomes of an author's bodies: which stands above which, where the preheader goes, what
 * a layout goes around, and that no text of the record becomes a tag or markup.
 */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "message/body.h"
#include "message/template.h"

static const char layout[] =
    "<!DOCTYPE html>\n<html lang=\"[[language]]\"><head><title>[[&title]]</title>\n[[&styles]]"
    "</head><body>[[&preheader]]\n"
    "[[#logo]]\n<img src=\"[[logo]]\" alt=\"[[organisation]]\">\n[[/logo]]\n"
    "<div>[[&body]]</div>\n<p>[[organisation]], [[postal_address]]: "
    "<a href=\"{{unsubscribe_url}}\">[[unsubscribe]]</a></p></body></html>\n";

static void make(const struct body_source *s, char **html, char **text)
{
    g_autoptr(GError) error = NULL;

    body_make(s, html, text, &error);
    g_assert_no_error(error);
}

static void has(const char *text, const char *what)
{
    if (!text || !strstr(text, what))
        g_error("\"%s\" has no \"%s\"", text ? text : "(nothing)", what);
}

static void has_not(const char *text, const char *what)
{
    if (strstr(text, what))
        g_error("\"%s\" has \"%s\"", text, what);
}

/* Both are templates that can be prepared. */
static void check_templates(const char *html, const char *text)
{
    struct template *t = template_new(text, -1, TEMPLATE_ESCAPE_NONE, NULL, NULL);

    g_assert_nonnull(t);
    template_free(t);
    if (!html)
        return;
    t = template_new(html, -1, TEMPLATE_ESCAPE_HTML, NULL, NULL);
    g_assert_nonnull(t);
    template_free(t);
}

static void test_text_alone(void)
{
    struct body_source s = {.text = "Hello {{name}}\n", .html = "", .preheader = "unused"};
    g_autofree char *html = NULL, *text = NULL;

    make(&s, &html, &text);
    g_assert_null(html);
    g_assert_cmpstr(text, ==, "Hello {{name}}\n");
}

static void test_html_stays(void)
{
    static const char written[] = "<html><BODY class='a>b'><p>Hi {{name}}</p></BODY></html>";
    struct body_source s = {.html = written, .markdown = "# Not used"};
    g_autofree char *html = NULL, *text = NULL;

    make(&s, &html, &text);
    g_assert_cmpstr(html, ==, written);
    g_assert_cmpstr(text, ==, "Hi {{name}}\n");
}

static void test_text_stands(void)
{
    struct body_source s = {.markdown = "# Hi", .text = "Written by hand\n"};
    g_autofree char *html = NULL, *text = NULL;

    make(&s, &html, &text);
    has(html, "<h1>Hi</h1>");
    has(html, "<!DOCTYPE html>");
    g_assert_cmpstr(text, ==, "Written by hand\n");
}

static const struct {
    const char *html, *before; /* what stands right before the preheader */
} places[] = {
    {"<html><head></head><body style=\"x\"><p>a</p></body></html>", "<body style=\"x\">"},
    {"<!-- <body> --><body><p>a</p>", "--><body>"},
    {"<html><head><title><body></title></head><p>a</p></html>", "</head>"},
    {"<!DOCTYPE html><p>a</p>", "<!DOCTYPE html>"},
    {"<p>a</p>", ""},
};

static void test_preheader(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        struct body_source s = {.html = places[i].html,
                                .preheader = "For {{{name}}} & <you>{{#x}}!{{/x}}"};
        g_autofree char *html = NULL, *text = NULL, *want = NULL;

        make(&s, &html, &text);
        want = g_strconcat(places[i].before, "<div style=\"display:none;", NULL);
        has(html, want);
        has(html, ">For {{name}} &amp; &lt;you&gt;{{#x}}!{{/x}}&#8199;");
        g_assert_cmpstr(text, ==, "a\n");
        check_templates(html, text);
    }
}

static void test_layout(void)
{
    struct body_source s = {.html = "<!DOCTYPE html><html><head><style>.a{}</style></head>"
                                    "<body bgcolor=red><p>Hi {{name}}</p></body></html>",
                            .subject = "{{{name}}}'s <news>",
                            .preheader = "pre",
                            .layout = layout,
                            .logo = "img/my logo.png",
                            .organisation = "Tom & {{Jerry}}",
                            .postal_address = "1 <Street>",
                            .language = "de"};
    g_autofree char *html = NULL, *text = NULL;

    make(&s, &html, &text);
    check_templates(html, text);
    has(html, "<html lang=\"de\">");
    has(html, "<title>{{name}}&apos;s &lt;news&gt;</title>");
    has(html, "<style>.a{}</style>");
    has(html, "<img src=\"cid:img/my%20logo.png\" alt=\"Tom &amp; &#123;&#123;Jerry}}\">");
    has(html, "<div><p>Hi {{name}}</p></div>");
    has(html, "1 &lt;Street&gt;: <a href=\"{{unsubscribe_url}}\">");
    has_not(html, "bgcolor");
    has_not(html, "[[");
    has(text, "Hi {{name}}\n");
    has(text, "Unsubscribe <{{unsubscribe_url}}>");
    has(text, "1 <Street>");
    has_not(text, "pre");
}

/* Without a logo its image is left out; a text gets a layout too. */
static void test_layout_around_text(void)
{
    struct body_source s = {
        .layout = layout,
        .text = "Dear {{name}},\n\nsee https://b.org/?a=1&n={{n}}. Or\n{{unsubscribe_url}}\n"
                "{{#x}}\n1 < 2\n{{/x}}\n\nBye\n"};
    g_autofree char *html = NULL, *text = NULL;

    make(&s, &html, &text);
    check_templates(html, text);
    has(html, "<p>Dear {{name}},</p>\n<p>see <a href=\"https://b.org/?a=1&amp;n={{n}}\">"
              "https://b.org/?a=1&amp;n={{n}}</a>. Or<br>\n<a href=\"{{unsubscribe_url}}\">"
              "{{unsubscribe_url}}</a></p>\n{{#x}}\n<p>1 &lt; 2</p>\n{{/x}}\n<p>Bye</p>\n");
    has_not(html, "<img");
    g_assert_cmpstr(text, ==, s.text);
}

static const struct {
    struct body_source s;
    const char *why;
} bad[] = {
    {{.html = ""}, "no body"},
    {{.html = "<p>\n{{#x}}"}, "HTML: line 2"},
    {{.markdown = "{{#x}}"}, "Markdown: line 1"},
    {{.text = "a\nb{{/x}}"}, "line 2"},
    {{.html = "a", .preheader = "{{"}, "preheader"},
    {{.html = "a", .layout = "[[#x]]"}, "layout"},
    {{.html = "a", .layout = layout, .subject = "{{#x}}"}, "subject"},
};

static void test_errors(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        char *html = NULL, *text = NULL;

        g_assert_false(body_make(&bad[i].s, &html, &text, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        has(error->message, bad[i].why);
        g_assert_null(html);
        g_assert_null(text);
    }
}

static const char *const shipped[] = {"plain", "newsletter", "announcement"};

/* The layouts that come with the program have what a mail needs. */
static void test_shipped(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(shipped); i++) {
        g_autofree char *name = g_strconcat(shipped[i], ".html", NULL);
        g_autofree char *path =
            g_build_filename(g_getenv("CRIER_SRCDIR") ? g_getenv("CRIER_SRCDIR") : ".", "data",
                             "layouts", name, NULL);
        g_autofree char *source = NULL, *html = NULL, *text = NULL;
        struct body_source s = {.markdown = "# Hi {{name}}\n\nText",
                                .subject = "News",
                                .preheader = "pre",
                                .logo = "logo.png",
                                .organisation = "Club",
                                .postal_address = "1 Street",
                                .language = "de"};

        g_assert_true(g_file_get_contents(path, &source, NULL, NULL));
        s.layout = source;
        make(&s, &html, &text);
        check_templates(html, text);
        has(html, "<html lang=\"de\">");
        has(html, "<title>News</title>");
        has(html, "<img src=\"cid:logo.png\" alt=\"Club\"");
        has(html, "max-width:600px");
        has(html, "prefers-color-scheme: dark");
        has(html, "<a href=\"{{unsubscribe_url}}\"");
        has(text, "1 Street\nUnsubscribe <{{unsubscribe_url}}>\n");
        has_not(html, "[[");
        has_not(text, "pre");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/body/text-alone", test_text_alone);
    g_test_add_func("/body/html-stays-as-written", test_html_stays);
    g_test_add_func("/body/written-text-stands", test_text_stands);
    g_test_add_func("/body/preheader", test_preheader);
    g_test_add_func("/body/layout", test_layout);
    g_test_add_func("/body/layout-around-text", test_layout_around_text);
    g_test_add_func("/body/errors", test_errors);
    g_test_add_func("/body/shipped-layouts", test_shipped);
    return g_test_run();
}

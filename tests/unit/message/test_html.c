/* Tests of message/html.c: what is walked, and that hostile input ends soon. */
#include "config.h"

#include "message/html.h"

#include <string.h>

#include "base/error.h"

static void on_open(const struct html_element *e, void *data)
{
    const char *href = html_attribute(e, "href");
    g_string_append_printf(data, "<%s", html_name(e));
    if (href)
        g_string_append_printf(data, " %s", href);
    g_string_append_c(data, '>');
}

static void on_text(const char *s, void *data)
{
    g_string_append(data, s);
}

static void on_close(const struct html_element *e, void *data)
{
    g_string_append_printf(data, "</%s>", html_name(e));
}

static const struct html_handler handler = {on_open, on_text, on_close};

#define DOCUMENT(body) "<html><head></head><body>" body "</body></html>"

static const struct {
    const char *html, *walked;
} walks[] = {
    {"", DOCUMENT("")},
    {"Hello", DOCUMENT("Hello")},
    {"<p>One<p>Two", DOCUMENT("<p>One</p><p>Two</p>")},
    {"<a href='x?a=1&amp;b=2'>&lt;b&gt;</a>", DOCUMENT("<a x?a=1&b=2><b></a>")},
    {"a<!-- no -->b<style>p{}</style><script>c</script>",
     DOCUMENT("ab<style></style><script></script>")},
    {"<br><img href=i>", DOCUMENT("<br></br><img i></img>")},
    {"{{#a}}<a href=\"{{url}}\">{{b}}</a>{{/a}}", DOCUMENT("{{#a}}<a {{url}}>{{b}}</a>{{/a}}")},
    {"<custom-tag>x</custom-tag>", DOCUMENT("<>x</>")},
};

static void test_walk(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(walks); i++) {
        g_autoptr(GString) seen = g_string_new(NULL);
        g_assert_true(html_walk(walks[i].html, strlen(walks[i].html), &handler, seen, NULL));
        g_assert_cmpstr(seen->str, ==, walks[i].walked);
    }
}

static void test_part_of_a_buffer(void)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    g_assert_true(html_walk("abc<p>def", 3, &handler, seen, NULL));
    g_assert_cmpstr(seen->str, ==, DOCUMENT("abc"));
}

/* ---- where a value stands ---- */

struct span {
    gsize start, len;
    gboolean has;
};

static void find_span(const struct html_element *e, void *data)
{
    struct span *s = data;
    if (strcmp(html_name(e), "a") == 0)
        s->has = html_attribute_span(e, "href", &s->start, &s->len);
}

static void test_span(void)
{
    static const struct {
        const char *html, *value;
    } rows[] = {
        {"<p><a class=b href=\"http://x/&amp;\" id=c>", "http://x/&amp;"},
        {"<a href='y'>", "y"},
        {"<a href=z>", "z"},
        {"<a href>", NULL},
        {"<a id=c>", NULL},
    };
    const struct html_handler only = {.open = find_span};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct span s = {.has = FALSE};
        g_assert_true(html_walk(rows[i].html, strlen(rows[i].html), &only, &s, NULL));
        g_assert_cmpint(s.has, ==, rows[i].value != NULL);
        if (rows[i].value)
            g_assert_cmpmem(rows[i].html + s.start, s.len, rows[i].value,
                            strlen(rows[i].value));
    }
}

/* ---- hostile ---- */

static char *repeat(const char *head, const char *s, guint n)
{
    GString *all = g_string_new(head);
    while (n-- > 0)
        g_string_append(all, s);
    return g_string_free(all, FALSE);
}

static void test_hostile(void)
{
    g_autoptr(GString) formats = g_string_new("<p>");
    for (int i = 0; i < 200; i++)
        g_string_append_printf(formats, "<b id=%d>", i);
    const struct {
        char *html;
        gboolean is_read;
    } rows[] = {
        {repeat("", "x", HTML_MAX_BYTES + 1), FALSE},
        {repeat("", "<b>", 200000), FALSE},
        {repeat("", "<div>", HTML_MAX_DEPTH + 1), FALSE},
        {repeat("", "<div>", HTML_MAX_DEPTH), TRUE},
        {repeat("", "<div></div>", 20000), TRUE},
        {repeat("", "<p>", 200000), TRUE},
        {repeat("<table>", "<tr><td>1", 50000), TRUE},
        {repeat("<a ", "a ", 20000), FALSE},
        {repeat(formats->str, "</p><p>x", 100000), FALSE}, /* each p opens all of them again */
        {repeat("", "<", 100000), TRUE},
        {repeat("", "&", 100000), TRUE},
        {repeat("", "<!--", 100000), TRUE},
        {repeat("<", "a", 100000), TRUE},
    };
    const struct html_handler none = {NULL, NULL, NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        gboolean ok = html_walk(rows[i].html, strlen(rows[i].html), &none, NULL, &error);
        g_test_message("row %d: %s", (int)i, error ? error->message : "read");
        g_assert_cmpint(ok, ==, rows[i].is_read);
        if (!ok)
            g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_free(rows[i].html);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/html/walk/in-order", test_walk);
    g_test_add_func("/html/walk/part-of-a-buffer", test_part_of_a_buffer);
    g_test_add_func("/html/span/where-a-value-stands", test_span);
    g_test_add_func("/html/walk/hostile-input-is-bounded", test_hostile);
    return g_test_run();
}

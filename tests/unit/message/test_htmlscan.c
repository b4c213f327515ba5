/* Tests of message/htmlscan.c. */
#include "config.h"

#include "message/htmlscan.h"

#include <string.h>

static void scan(const char *html, struct htmlscan *s)
{
    g_assert_true(htmlscan_html(html, strlen(html), s, NULL));
}

static const struct htmlscan_link *link_at(const struct htmlscan *s, guint i)
{
    g_assert_cmpuint(i, <, s->links->len);
    return g_ptr_array_index(s->links, i);
}

static void test_links(void)
{
    struct htmlscan s;
    scan("<p>Read <a href=' https://a.org/ '>our \n <b>news</b></a>, <a name=x>here</a>"
         "<a href=''><img src=i.png alt='A  cat'></a>"
         "<div style='Display : none'><a href='{{unsubscribe_url}}'>out</a></div>"
         "<a href='mailto:x@y.org'>mail</a></p>",
         &s);
    g_assert_cmpuint(s.links->len, ==, 4);
    g_assert_cmpstr(link_at(&s, 0)->url, ==, "https://a.org/");
    g_assert_cmpstr(link_at(&s, 0)->text, ==, "our news");
    g_assert_cmpstr(link_at(&s, 1)->url, ==, "");
    g_assert_cmpstr(link_at(&s, 1)->text, ==, "A cat");
    g_assert_true(link_at(&s, 2)->is_hidden);
    g_assert_cmpstr(link_at(&s, 2)->url, ==, "{{unsubscribe_url}}");
    g_assert_false(link_at(&s, 3)->is_hidden);
    htmlscan_clear(&s);
}

static void test_images(void)
{
    struct htmlscan s;
    scan("<img src='cid:logo' alt=''><img src=' https://a.org/b.png '><img alt=x>", &s);
    g_assert_cmpuint(s.images->len, ==, 3);
    const struct htmlscan_image *a = g_ptr_array_index(s.images, 0);
    const struct htmlscan_image *b = g_ptr_array_index(s.images, 1);
    const struct htmlscan_image *c = g_ptr_array_index(s.images, 2);
    g_assert_cmpstr(a->src, ==, "cid:logo");
    g_assert_true(a->has_alt);
    g_assert_cmpstr(b->src, ==, "https://a.org/b.png");
    g_assert_false(b->has_alt);
    g_assert_cmpstr(c->src, ==, "");
    htmlscan_clear(&s);
}

static void test_text(void)
{
    struct htmlscan s;
    scan("<title>No</title><style>p{}</style><p>One</p><p>Two &amp; <i>three</i></p>"
         "<!-- four --><div hidden>five<br>six</div>",
         &s);
    g_assert_cmpstr(g_strstrip(s.text->str), ==, "One Two & three");
    g_assert_false(s.has_active);
    htmlscan_clear(&s);
    scan("<form><input></form>", &s);
    g_assert_true(s.has_active);
    htmlscan_clear(&s);
}

static void test_plain_text(void)
{
    struct htmlscan s;
    htmlscan_text("See https://a.org/b?c={{d|e f}}&g=1. (http://h.org)\n<mailto:i@j.org>\n"
                  "Leave: {{unsubscribe_url}}\nnothttp: x",
                  &s);
    g_assert_cmpuint(s.links->len, ==, 4);
    g_assert_cmpstr(link_at(&s, 0)->url, ==, "https://a.org/b?c={{d|e f}}&g=1");
    g_assert_cmpstr(link_at(&s, 1)->url, ==, "http://h.org");
    g_assert_cmpstr(link_at(&s, 2)->url, ==, "mailto:i@j.org");
    g_assert_cmpstr(link_at(&s, 3)->url, ==, "{{unsubscribe_url}}");
    htmlscan_clear(&s);
}

static void test_faults(void)
{
    static const struct {
        const char *url;
        enum htmlscan_fault fault;
    } rows[] = {
        {"https://a.org/", HTMLSCAN_FAULT_NONE},
        {"HTTPS://A.org", HTMLSCAN_FAULT_NONE},
        {"https://a.org/{{id}}?x={{name|a b}}#y", HTMLSCAN_FAULT_NONE},
        {"https://{{host}}/", HTMLSCAN_FAULT_NONE},
        {"https://bücher.de/straße", HTMLSCAN_FAULT_NONE},
        {"{{url}}", HTMLSCAN_FAULT_NONE},
        {"{{{url}}}", HTMLSCAN_FAULT_NONE},
        {"#top", HTMLSCAN_FAULT_NONE},
        {"mailto:a@b.org?subject=c", HTMLSCAN_FAULT_NONE},
        {"mailto:{{contact}}", HTMLSCAN_FAULT_NONE},
        {"tel:+49301234", HTMLSCAN_FAULT_NONE},
        {"http://a.org/", HTMLSCAN_FAULT_HTTP},
        {"", HTMLSCAN_FAULT_EMPTY},
        {"#", HTMLSCAN_FAULT_EMPTY},
        {"javascript:alert(1)", HTMLSCAN_FAULT_SCRIPT},
        {"JavaScript:void(0)", HTMLSCAN_FAULT_SCRIPT},
        {"data:text/html,x", HTMLSCAN_FAULT_SCRIPT},
        {"https://example.com/x", HTMLSCAN_FAULT_PLACEHOLDER},
        {"http://www.example.org", HTMLSCAN_FAULT_PLACEHOLDER},
        {"http://localhost:8080/", HTMLSCAN_FAULT_PLACEHOLDER},
        {"https://a.org/TODO", HTMLSCAN_FAULT_PLACEHOLDER},
        {"https://notexample.com/", HTMLSCAN_FAULT_NONE},
        {"https://", HTMLSCAN_FAULT_SYNTAX},
        {"https:///path", HTMLSCAN_FAULT_SYNTAX},
        {"https://a b.org/", HTMLSCAN_FAULT_SYNTAX},
        {"https://nodot/", HTMLSCAN_FAULT_SYNTAX},
        {"htps://a.org/", HTMLSCAN_FAULT_SYNTAX},
        {"www.a.org", HTMLSCAN_FAULT_SYNTAX},
        {"page.html", HTMLSCAN_FAULT_SYNTAX},
        {"mailto:nobody", HTMLSCAN_FAULT_SYNTAX},
        {"tel:", HTMLSCAN_FAULT_SYNTAX},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].url);
        g_assert_cmpint(htmlscan_check_link(rows[i].url), ==, rows[i].fault);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/htmlscan/html/links", test_links);
    g_test_add_func("/htmlscan/html/images", test_images);
    g_test_add_func("/htmlscan/html/visible-text", test_text);
    g_test_add_func("/htmlscan/text/links", test_plain_text);
    g_test_add_func("/htmlscan/link/faults", test_faults);
    return g_test_run();
}

/* Tests of message/bodyscan.c. */
#include "config.h"

#include "message/bodyscan.h"

#include <string.h>

static void scan(const char *html, struct bodyscan *s)
{
    g_assert_true(bodyscan_html(html, strlen(html), s, NULL));
}

static const struct bodyscan_link *link_at(const struct bodyscan *s, guint i)
{
    g_assert_cmpuint(i, <, s->links->len);
    return g_ptr_array_index(s->links, i);
}

static void test_links(void)
{
    struct bodyscan s;
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
    bodyscan_clear(&s);
}

static void test_images(void)
{
    struct bodyscan s;
    scan("<img src='cid:logo' alt=''><img src=' https://a.org/b.png '><img alt=x>", &s);
    g_assert_cmpuint(s.images->len, ==, 3);
    const struct bodyscan_image *a = g_ptr_array_index(s.images, 0);
    const struct bodyscan_image *b = g_ptr_array_index(s.images, 1);
    const struct bodyscan_image *c = g_ptr_array_index(s.images, 2);
    g_assert_cmpstr(a->src, ==, "cid:logo");
    g_assert_true(a->has_alt);
    g_assert_cmpstr(b->src, ==, "https://a.org/b.png");
    g_assert_false(b->has_alt);
    g_assert_cmpstr(c->src, ==, "");
    bodyscan_clear(&s);
}

static void test_text(void)
{
    struct bodyscan s;
    scan("<title>No</title><style>p{}</style><p>One</p><p>Two &amp; <i>three</i></p>"
         "<!-- four --><div hidden>five<br>six</div>",
         &s);
    g_assert_cmpstr(g_strstrip(s.text->str), ==, "One Two & three");
    g_assert_false(s.has_active);
    bodyscan_clear(&s);
    scan("<form><input></form>", &s);
    g_assert_true(s.has_active);
    bodyscan_clear(&s);
}

static void test_plain_text(void)
{
    struct bodyscan s;
    bodyscan_text("See https://a.org/b?c={{d|e f}}&g=1. (http://h.org)\n<mailto:i@j.org>\n"
                  "Leave: {{unsubscribe_url}}\nnothttp: x",
                  &s);
    g_assert_cmpuint(s.links->len, ==, 4);
    g_assert_cmpstr(link_at(&s, 0)->url, ==, "https://a.org/b?c={{d|e f}}&g=1");
    g_assert_cmpstr(link_at(&s, 1)->url, ==, "http://h.org");
    g_assert_cmpstr(link_at(&s, 2)->url, ==, "mailto:i@j.org");
    g_assert_cmpstr(link_at(&s, 3)->url, ==, "{{unsubscribe_url}}");
    bodyscan_clear(&s);
}

static void test_faults(void)
{
    static const struct {
        const char *url;
        enum bodyscan_fault fault;
    } rows[] = {
        {"https://a.org/", BODYSCAN_FAULT_NONE},
        {"HTTPS://A.org", BODYSCAN_FAULT_NONE},
        {"https://a.org/{{id}}?x={{name|a b}}#y", BODYSCAN_FAULT_NONE},
        {"https://{{host}}/", BODYSCAN_FAULT_NONE},
        {"https://bücher.de/straße", BODYSCAN_FAULT_NONE},
        {"{{url}}", BODYSCAN_FAULT_NONE},
        {"{{{url}}}", BODYSCAN_FAULT_NONE},
        {"#top", BODYSCAN_FAULT_NONE},
        {"mailto:a@b.org?subject=c", BODYSCAN_FAULT_NONE},
        {"mailto:{{contact}}", BODYSCAN_FAULT_NONE},
        {"tel:+49301234", BODYSCAN_FAULT_NONE},
        {"http://a.org/", BODYSCAN_FAULT_HTTP},
        {"", BODYSCAN_FAULT_EMPTY},
        {"#", BODYSCAN_FAULT_EMPTY},
        {"javascript:alert(1)", BODYSCAN_FAULT_SCRIPT},
        {"JavaScript:void(0)", BODYSCAN_FAULT_SCRIPT},
        {"data:text/html,x", BODYSCAN_FAULT_SCRIPT},
        {"https://example.com/x", BODYSCAN_FAULT_PLACEHOLDER},
        {"http://www.example.org", BODYSCAN_FAULT_PLACEHOLDER},
        {"http://localhost:8080/", BODYSCAN_FAULT_PLACEHOLDER},
        {"https://a.org/TODO", BODYSCAN_FAULT_PLACEHOLDER},
        {"https://notexample.com/", BODYSCAN_FAULT_NONE},
        {"https://", BODYSCAN_FAULT_SYNTAX},
        {"https:///path", BODYSCAN_FAULT_SYNTAX},
        {"https://a b.org/", BODYSCAN_FAULT_SYNTAX},
        {"https://nodot/", BODYSCAN_FAULT_SYNTAX},
        {"htps://a.org/", BODYSCAN_FAULT_SYNTAX},
        {"www.a.org", BODYSCAN_FAULT_SYNTAX},
        {"page.html", BODYSCAN_FAULT_SYNTAX},
        {"mailto:nobody", BODYSCAN_FAULT_SYNTAX},
        {"tel:", BODYSCAN_FAULT_SYNTAX},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].url);
        g_assert_cmpint(bodyscan_check_link(rows[i].url), ==, rows[i].fault);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bodyscan/html/links", test_links);
    g_test_add_func("/bodyscan/html/images", test_images);
    g_test_add_func("/bodyscan/html/visible-text", test_text);
    g_test_add_func("/bodyscan/text/links", test_plain_text);
    g_test_add_func("/bodyscan/link/faults", test_faults);
    return g_test_run();
}

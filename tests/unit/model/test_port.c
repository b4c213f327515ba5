/* Port records: what may be listened on and said to others, and what is unwise about it. */
#include "config.h"

#include "model/port.h"

#include <string.h>

#include "base/error.h"

static void test_defaults(void)
{
    struct port p;
    port_init(&p);
    port_fill_in(&p);
    g_assert_cmpint(p.role, ==, PORT_TRACKING);
    g_assert_cmpstr(p.listen, ==, "*:81");
    port_fill_in(&p);
    p.role = PORT_ADMIN;
    g_assert_cmpstr(p.listen, ==, "*:81"); /* what is there stays */
    g_assert_true(field_set_key(port_fields(), &p, "listen", "", NULL));
    port_fill_in(&p);
    g_assert_cmpstr(p.listen, ==, "127.0.0.1:82");
    port_clear(&p);
}

static gboolean check(enum port_role role, const char *listen, const char *url,
                      char ***ret_warnings, GError **error)
{
    struct port p;
    port_init(&p);
    p.role = role;
    gboolean ok = field_set_key(port_fields(), &p, "listen", listen, error) &&
                  field_set_key(port_fields(), &p, "public_url", url, error) &&
                  port_check(&p, ret_warnings, error);
    port_clear(&p);
    return ok;
}

static void test_listen(void)
{
    static const struct {
        const char *in, *kept, *reason; /* reason: it is refused */
    } rows[] = {
        {"*:81", "*:81", NULL},
        {" * : 81 ", "*:81", NULL},
        {":81", "*:81", NULL},
        {"127.0.0.1:82", "127.0.0.1:82", NULL},
        {"127.0.0.1:0082", "127.0.0.1:82", NULL},
        {"0.0.0.0:81", "0.0.0.0:81", NULL},
        {"[::]:81", "[::]:81", NULL},
        {"[::1]:82", "[::1]:82", NULL},
        {"[fe80::1%eth0]:81", "[fe80::1%eth0]:81", NULL},
        {"*", NULL, "the port is missing"},
        {"::1", NULL, "the port is missing"},
        {"localhost:82", NULL, "a name can mean several addresses"},
        {"news.example.org:81", NULL, "a name can mean several addresses"},
        {"*:0", NULL, "port 0 does not exist"},
        {"*:65536", NULL, "above 65535"},
        {"*:", NULL, "port behind the colon is missing"},
        {"*:-1", NULL, "negative"},
        {"81", NULL, "a number alone"},
        {"http://*:81", NULL, "URL"},
        {"", NULL, "listen"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        gboolean ok = check(PORT_TRACKING, rows[i].in, NULL, NULL, &error);
        g_test_message("%s", rows[i].in);
        if (rows[i].reason) {
            g_assert_false(ok);
            g_assert_nonnull(strstr(error->message, rows[i].reason));
            continue;
        }
        g_assert_no_error(error);
        struct port p;
        port_init(&p);
        g_assert_true(field_set_key(port_fields(), &p, "listen", rows[i].in, NULL));
        g_assert_cmpstr(p.listen, ==, rows[i].kept);
        port_clear(&p);
    }
}

static void test_clashes(void)
{
    static const struct {
        const char *a, *b;
        gboolean clash;
    } rows[] = {
        {"*:81", "*:81", TRUE},
        {"*:81", "*:82", FALSE},
        {"*:81", "127.0.0.1:81", TRUE},
        {"*:81", "[::1]:81", TRUE},
        {"0.0.0.0:81", "127.0.0.1:81", TRUE},
        {"0.0.0.0:81", "[::]:81", FALSE},
        {"0.0.0.0:81", "[::1]:81", FALSE},
        {"[::]:81", "[2001:db8::1]:81", TRUE},
        {"[::]:81", "127.0.0.1:81", FALSE},
        {"127.0.0.1:81", "127.0.0.2:81", FALSE},
        {"127.0.0.1:81", "127.0.0.1:81", TRUE},
        {"[::1]:81", "[::1]:81", TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct hostport a, b;
        g_assert_true(hostport_parse(rows[i].a, HOSTPORT_LISTENER, &a, NULL));
        g_assert_true(hostport_parse(rows[i].b, HOSTPORT_LISTENER, &b, NULL));
        g_test_message("%s %s", rows[i].a, rows[i].b);
        g_assert_cmpint(port_endpoints_clash(&a, &b), ==, rows[i].clash);
        g_assert_cmpint(port_endpoints_clash(&b, &a), ==, rows[i].clash);
        hostport_clear(&a);
        hostport_clear(&b);
    }
}

static void test_url(void)
{
    static const struct {
        const char *in, *out, *reason;
    } rows[] = {
        {"http://news.example.org:81", "http://news.example.org:81", NULL},
        {"http://news.example.org:81/", "http://news.example.org:81", NULL},
        {"HTTP://News.Example.Org:80/", "http://news.example.org", NULL},
        {"https://news.example.org:443/c/", "https://news.example.org/c", NULL},
        {"https://news.example.org:80", "https://news.example.org:80", NULL},
        {"https://bücher.example", "https://xn--bcher-kva.example", NULL},
        {"http://198.51.100.7:8081", "http://198.51.100.7:8081", NULL},
        {"http://[2001:db8::1]:81/x", "http://[2001:db8::1]:81/x", NULL},
        {"https://news.example.org/a-b/c_d.e~f/", "https://news.example.org/a-b/c_d.e~f", NULL},
        {"news.example.org:81", NULL, "no web address"},
        {"ftp://news.example.org", NULL, "no web address"},
        {"javascript:alert(1)", NULL, "no web address"},
        {"http://", NULL, "host is missing"},
        {"http:///c", NULL, "host is missing"},
        {"http://ann:pw@news.example.org", NULL, "up to the @"},
        {"http://ann@news.example.org", NULL, "up to the @"},
        {"http://news.example.org/?a=b", NULL, "from ? or # on"},
        {"http://news.example.org/#a", NULL, "from ? or # on"},
        {"http://news.example.org:0/", NULL, "port 0"},
        {"http://news.example.org:65536/", NULL, "no web address"},
        {"http://news.example.org:x/", NULL, "no web address"},
        {"http://news.example.org/a b", NULL, ""},
        {"http://news.example.org/a%20b", NULL, "another path"},
        {"http://news.example.org/a;b{", NULL, ""},
        {"http://news.example.org/\xc3\xbc", NULL, "another path"},
        {"http://news.example.org/\"><b>", NULL, ""},
        {"http://192.0.2.256/", NULL, "looks like an IPv4 address"},
        {"http://a..b/", NULL, "between two dots is empty"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct port_url u = {.host = (char *)"untouched"};
        g_autoptr(GError) error = NULL;
        gboolean ok = port_url_parse(rows[i].in, &u, &error);
        g_test_message("%s: %s", rows[i].in, error ? error->message : "taken");
        if (rows[i].reason) {
            g_assert_false(ok);
            g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
            g_assert_nonnull(strstr(error->message, rows[i].reason));
            g_assert_cmpstr(u.host, ==, "untouched");
            continue;
        }
        g_assert_no_error(error);
        g_autofree char *out = port_url_format(&u);
        g_assert_cmpstr(out, ==, rows[i].out);
        port_url_clear(&u);
    }
}

/* Each row: what is said, in order; NULL: nothing. */
static void test_warnings(void)
{
    static const struct {
        enum port_role role;
        const char *listen, *url;
        const char *said[2];
    } rows[] = {
        {PORT_TRACKING, "*:81", "http://news.example.org:81", {NULL}},
        {PORT_TRACKING, "*:8081", "https://news.example.org", {NULL}},
        {PORT_TRACKING, "127.0.0.1:8081", "https://news.example.org", {NULL}},
        {PORT_TRACKING, "*:81", "", {"no public URL"}},
        {PORT_TRACKING, "127.0.0.1:81", "", {"only this machine"}},
        {PORT_TRACKING, "*:81", "http://10.0.1.2:81", {"no way to 10.0.1.2"}},
        {PORT_TRACKING, "*:81", "http://172.31.0.1:81", {"no way to 172.31.0.1"}},
        {PORT_TRACKING, "*:81", "http://172.32.0.1:81", {NULL}},
        {PORT_TRACKING, "*:81", "http://100.64.0.1:81", {"no way to 100.64.0.1"}},
        {PORT_TRACKING, "*:81", "http://[fd00::1]:81", {"no way to fd00::1"}},
        {PORT_TRACKING, "*:81", "http://localhost:81", {"no way to localhost"}},
        {PORT_TRACKING, "*:6000", "", {"browsers refuse links to port 6000", "no public URL"}},
        {PORT_TRACKING, "*:6000", "http://news.example.org", {NULL}},
        {PORT_TRACKING, "*:81", "http://news.example.org:25", {"port 25"}},
        {PORT_ADMIN, "127.0.0.1:82", "", {NULL}},
        {PORT_ADMIN, "[::1]:82", "", {NULL}},
        {PORT_ADMIN, "*:82", "", {"travels readable. Listen on 127.0.0.1:82"}},
        {PORT_ADMIN, "127.0.0.1:587", "", {"port 587"}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(GStrv) said = NULL;
        g_autoptr(GError) error = NULL;
        check(rows[i].role, rows[i].listen, rows[i].url, &said, &error);
        g_assert_no_error(error);
        g_test_message("%s %s: %s", rows[i].listen, rows[i].url, said[0] ? said[0] : "nothing");
        guint n = 0;
        for (; n < 2 && rows[i].said[n]; n++) {
            g_assert_nonnull(said[n]);
            g_assert_nonnull(strstr(said[n], rows[i].said[n]));
        }
        g_assert_cmpuint(g_strv_length(said), ==, n);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/port/defaults", test_defaults);
    g_test_add_func("/port/listen", test_listen);
    g_test_add_func("/port/clashes", test_clashes);
    g_test_add_func("/port/url", test_url);
    g_test_add_func("/port/warnings", test_warnings);
    return g_test_run();
}

/* Host and port as people type them: what is meant, and the reason of each refusal. */
#include "config.h"

#include "base/hostport.h"

#include <string.h>

#include "base/error.h"

static void test_accepted(void)
{
    static const struct {
        const char *in;
        enum hostport_use use;
        const char *host;
        guint16 port;
        gboolean is_literal;
        const char *formatted;
    } rows[] = {
        {"smtp.domain.com: 2025", HOSTPORT_PEER, "smtp.domain.com", 2025, FALSE,
         "smtp.domain.com:2025"},
        {" smtp.domain.com : 2025 ", HOSTPORT_PEER, "smtp.domain.com", 2025, FALSE,
         "smtp.domain.com:2025"},
        {"\tSMTP.Domain.com\t:\t25\t", HOSTPORT_PEER, "smtp.domain.com", 25, FALSE,
         "smtp.domain.com:25"},
        {"smtp.domain.com", HOSTPORT_PEER, "smtp.domain.com", 0, FALSE, "smtp.domain.com"},
        {"smtp.domain.com.:25", HOSTPORT_PEER, "smtp.domain.com", 25, FALSE,
         "smtp.domain.com:25"},
        {"bücher.example:25", HOSTPORT_PEER, "xn--bcher-kva.example", 25, FALSE,
         "xn--bcher-kva.example:25"},
        {"host:submission", HOSTPORT_PEER, "host", 587, FALSE, "host:587"},
        {"host:SMTPS", HOSTPORT_PEER, "host", 465, FALSE, "host:465"},
        {"host:imaps", HOSTPORT_PEER, "host", 993, FALSE, "host:993"},
        {"host:00025", HOSTPORT_PEER, "host", 25, FALSE, "host:25"},
        {"host:0000000000025", HOSTPORT_PEER, "host", 25, FALSE, "host:25"},
        {"host:1", HOSTPORT_PEER, "host", 1, FALSE, "host:1"},
        {"host:65535", HOSTPORT_PEER, "host", 65535, FALSE, "host:65535"},
        {"192.0.2.1:25", HOSTPORT_PEER, "192.0.2.1", 25, TRUE, "192.0.2.1:25"},
        {"010.000.002.001", HOSTPORT_PEER, "10.0.2.1", 0, TRUE, "10.0.2.1"},
        {"[2001:db8::1]:25", HOSTPORT_PEER, "2001:db8::1", 25, TRUE, "[2001:db8::1]:25"},
        {"[2001:DB8:0::1] : 25", HOSTPORT_PEER, "2001:db8::1", 25, TRUE, "[2001:db8::1]:25"},
        {"[::1]", HOSTPORT_PEER, "::1", 0, TRUE, "[::1]"},
        {"2001:db8::1", HOSTPORT_PEER, "2001:db8::1", 0, TRUE, "[2001:db8::1]"},
        {"fe80::1%eth0", HOSTPORT_PEER, "fe80::1%eth0", 0, TRUE, "[fe80::1%eth0]"},
        {"[fe80::1%eth0]:25", HOSTPORT_PEER, "fe80::1%eth0", 25, TRUE, "[fe80::1%eth0]:25"},
        {"*:81", HOSTPORT_LISTENER, "*", 81, FALSE, "*:81"},
        {" * : 81 ", HOSTPORT_LISTENER, "*", 81, FALSE, "*:81"},
        {"*:http", HOSTPORT_LISTENER, "*", 80, FALSE, "*:80"},
        {"[::]:81", HOSTPORT_LISTENER, "::", 81, TRUE, "[::]:81"},
        {"0.0.0.0:0081", HOSTPORT_LISTENER, "0.0.0.0", 81, TRUE, "0.0.0.0:81"},
        {" [ ::1 ] : 82 ", HOSTPORT_LISTENER, "::1", 82, TRUE, "[::1]:82"},
        {"pop.example.org : 1110", HOSTPORT_PEER, "pop.example.org", 1110, FALSE,
         "pop.example.org:1110"},
        {"host:pop3s", HOSTPORT_PEER, "host", 995, FALSE, "host:995"},
        {":81", HOSTPORT_LISTENER, "*", 81, FALSE, "*:81"},
        {"127.0.0.1:82", HOSTPORT_LISTENER, "127.0.0.1", 82, TRUE, "127.0.0.1:82"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct hostport h;
        g_autoptr(GError) error = NULL;
        hostport_parse(rows[i].in, rows[i].use, &h, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(h.host, ==, rows[i].host);
        g_assert_cmpuint(h.port, ==, rows[i].port);
        g_assert_cmpint(h.is_literal, ==, rows[i].is_literal);
        g_assert_null(h.warning);
        g_autofree char *formatted = hostport_format(&h);
        g_assert_cmpstr(formatted, ==, rows[i].formatted);
        hostport_clear(&h);
        g_assert_null(h.host);
    }
}

static void test_refused(void)
{
    static const struct {
        const char *in;
        enum hostport_use use;
        const char *reason;
    } rows[] = {
        {NULL, HOSTPORT_PEER, "empty"},
        {"", HOSTPORT_PEER, "empty"},
        {"  ", HOSTPORT_PEER, "empty"},
        {"host:", HOSTPORT_PEER, "port behind the colon is missing"},
        {"host: ", HOSTPORT_PEER, "port behind the colon is missing"},
        {"host:0", HOSTPORT_PEER, "port 0 does not exist"},
        {"host:000", HOSTPORT_PEER, "port 0 does not exist"},
        {"host:65536", HOSTPORT_PEER, "above 65535"},
        {"host:99999999999999999999", HOSTPORT_PEER, "above 65535"},
        {"host:25x", HOSTPORT_PEER, "something stands behind the port"},
        {"host:25 26", HOSTPORT_PEER, "something stands behind the port"},
        {"host:25/tcp", HOSTPORT_PEER, "something stands behind the port"},
        {"host:-1", HOSTPORT_PEER, "negative"},
        {"host:+25", HOSTPORT_PEER, "neither a number nor"},
        {"host:２５", HOSTPORT_PEER, "neither a number nor"},
        {"host:nosuchservice", HOSTPORT_PEER, "neither a number nor"},
        {"host:25:26", HOSTPORT_PEER, "more than one colon"},
        {"host::25", HOSTPORT_PEER, "more than one colon"},
        {"1:2:3:4:5:6:7:8:9", HOSTPORT_PEER, "more than one colon"},
        {"fe80::1%", HOSTPORT_PEER, "more than one colon"},
        {"fe80::1%a/b", HOSTPORT_PEER, "more than one colon"},
        {"user@host:25", HOSTPORT_PEER, "user name before an @"},
        {"smtp://host:25", HOSTPORT_PEER, "URL"},
        {"smtps://user@host", HOSTPORT_PEER, "URL"},
        {"my host:25", HOSTPORT_PEER, "blank inside the host"},
        {"my\thost:25", HOSTPORT_PEER, "blank inside the host"},
        {"host\n:25", HOSTPORT_PEER, "line break"},
        {"host:25\r\n", HOSTPORT_PEER, "line break"},
        {"ho\x01st:25", HOSTPORT_PEER, "control character"},
        {"ho\xffst:25", HOSTPORT_PEER, "not valid UTF-8"},
        {":25", HOSTPORT_PEER, "host before the colon is missing"},
        {"*:25", HOSTPORT_PEER, "only for listening"},
        {"587", HOSTPORT_PEER, "a number alone"},
        {"81", HOSTPORT_LISTENER, "a number alone"},
        {"192.0.2.256:25", HOSTPORT_PEER, "looks like an IPv4 address"},
        {"192.0.2:25", HOSTPORT_PEER, "looks like an IPv4 address"},
        {"192.0.2.1.5", HOSTPORT_PEER, "looks like an IPv4 address"},
        {".", HOSTPORT_PEER, "looks like an IPv4 address"},
        {"*:", HOSTPORT_LISTENER, "port behind the colon is missing"},
        {"*:0", HOSTPORT_LISTENER, "port 0 does not exist"},
        {"*:65536", HOSTPORT_LISTENER, "above 65535"},
        {"* *:81", HOSTPORT_LISTENER, "blank inside the host"},
        {"**:81", HOSTPORT_LISTENER, "may not have"},
        {"http://*:81", HOSTPORT_LISTENER, "URL"},
        {"ann@*:81", HOSTPORT_LISTENER, "user name before an @"},
        {"*:8\x07", HOSTPORT_LISTENER, "control character"},
        {"host: - 1", HOSTPORT_PEER, "negative"},
        {"host:0x19", HOSTPORT_PEER, "something stands behind the port"},
        {"host:25,587", HOSTPORT_PEER, "something stands behind the port"},
        {"host;25", HOSTPORT_PEER, "may not have"},
        {"[2001:db8::1:25", HOSTPORT_PEER, "']' is missing"},
        {"[2001:db8::1]25", HOSTPORT_PEER, "between ']' and the port"},
        {"[2001:db8::1]:", HOSTPORT_PEER, "port behind the colon is missing"},
        {"[192.0.2.1]:25", HOSTPORT_PEER, "no IPv6 address"},
        {"[]:25", HOSTPORT_PEER, "no IPv6 address"},
        {"a..b:25", HOSTPORT_PEER, "between two dots is empty"},
        {"host..", HOSTPORT_PEER, "ends with a dot"},
        {"-host:25", HOSTPORT_PEER, "begins or ends with '-'"},
        {"host/path:25", HOSTPORT_PEER, "may not have"},
        {"host.7:25", HOSTPORT_PEER, "last part is a number"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct hostport h = {.host = (char *)"untouched"};
        g_autoptr(GError) error = NULL;
        if (hostport_parse(rows[i].in, rows[i].use, &h, &error))
            g_error("accepted: %s", rows[i].in);
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, rows[i].reason))
            g_error("'%s' is not in: %s", rows[i].reason, error->message);
        g_assert_cmpstr(h.host, ==, "untouched");
    }
}

static void test_ambiguous_ipv6_warns(void)
{
    struct hostport h;
    g_assert_true(hostport_parse("2001:db8::1:25", HOSTPORT_PEER, &h, NULL));
    g_assert_cmpstr(h.host, ==, "2001:db8::1:25");
    g_assert_cmpuint(h.port, ==, 0);
    g_assert_nonnull(strstr(h.warning, "did you mean [2001:db8::1]:25?"));
    hostport_clear(&h);

    static const char *const clear[] = {"2001:db8::25", "::1", "1:2:3:4:5:6:7:25",
                                        "[2001:db8::1:25]", "2001:db8::1:ab"};
    for (gsize i = 0; i < G_N_ELEMENTS(clear); i++) {
        g_assert_true(hostport_parse(clear[i], HOSTPORT_PEER, &h, NULL));
        g_assert_null(h.warning);
        hostport_clear(&h);
    }
}

static void test_huge_input_is_refused(void)
{
    g_autofree char *x = g_strnfill(1 << 20, ':');
    g_autoptr(GError) error = NULL;
    struct hostport h;
    g_assert_false(hostport_parse(x, HOSTPORT_PEER, &h, &error));
    g_assert_nonnull(strstr(error->message, "too long"));
    g_assert_cmpuint(strlen(error->message), <, 1000);
}

static void test_any_text_comes_back_the_same(void)
{
    static const char alphabet[] = "a1:.[]%@* -f0\t\xc3\xbc/";
    g_autoptr(GRand) rand = g_rand_new_with_seed(3986);
    int n_accepted = 0;
    for (int round = 0; round < 50000; round++) {
        char text[12];
        int len = g_rand_int_range(rand, 0, sizeof text);
        for (int i = 0; i < len; i++)
            text[i] = alphabet[g_rand_int_range(rand, 0, sizeof alphabet - 1)];
        text[len] = '\0';
        struct hostport h, again;
        if (!hostport_parse(text, HOSTPORT_LISTENER, &h, NULL))
            continue;
        n_accepted++;
        g_autofree char *formatted = hostport_format(&h);
        g_autoptr(GError) error = NULL;
        hostport_parse(formatted, HOSTPORT_LISTENER, &again, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(h.host, ==, again.host);
        g_assert_cmpuint(h.port, ==, again.port);
        hostport_clear(&h);
        hostport_clear(&again);
    }
    g_assert_cmpint(n_accepted, >, 100);
}

static void test_loopback(void)
{
    static const char *const yes[] = {"127.0.0.1",        "127.255.255.254", "::1",
                                      "localhost",        "LocalHost",       "localhost.",
                                      "::ffff:127.0.0.1", "::1%lo"};
    static const char *const no[] = {
        "128.0.0.1",     "10.0.0.1", "0.0.0.0",      "::", "::2", "127.0.0.1.example.org",
        "localhost.org", "127",      "notlocalhost", "*",  "",    "::ffff:10.0.0.1"};
    for (gsize i = 0; i < G_N_ELEMENTS(yes); i++)
        g_assert_true(hostport_is_loopback(yes[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(no); i++)
        g_assert_false(hostport_is_loopback(no[i]));
    g_assert_false(hostport_is_loopback(NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostport/parse/accepted", test_accepted);
    g_test_add_func("/hostport/parse/refused-with-reason", test_refused);
    g_test_add_func("/hostport/parse/ambiguous-ipv6-warns", test_ambiguous_ipv6_warns);
    g_test_add_func("/hostport/parse/huge-input", test_huge_input_is_refused);
    g_test_add_func("/hostport/format/comes-back-the-same", test_any_text_comes_back_the_same);
    g_test_add_func("/hostport/loopback/table", test_loopback);
    return g_test_run();
}

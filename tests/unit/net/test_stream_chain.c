/* Certificates, read from the lines that libcurl tells, and for whom they are. */
#include "config.h"

#include "net/stream_chain.h"

#include "base/clock.h"

static struct stream_certificate *read_lines(const char *const *lines)
{
    struct stream_certificate *c = stream_certificate_new();
    for (; *lines; lines++)
        stream_certificate_note(c, *lines);
    return c;
}

static void test_lines(void)
{
    static const char *const lines[] = {
        "Subject:O = Example, CN = mx.example.org",
        "Issuer:CN = Some \x1b[2JAuthority",
        "Version:2",
        "no colon",
        "Start date:Nov 22 09:00:00 2026 GMT",
        "Expire date:Jan  1 00:00:00 2030 GMT",
        "X509v3 Subject Alternative Name:DNS:mx.example.org, DNS:*.example.net, "
        "IP Address:192.0.2.1, email:x@example.org",
        "Cert:-----BEGIN CERTIFICATE-----",
        NULL,
    };
    struct stream_certificate *c = read_lines(lines);
    g_assert_cmpstr(c->subject, ==, "O = Example, CN = mx.example.org");
    g_assert_null(strchr(c->issuer, '\x1b'));
    g_assert_cmpint(c->begin_us / CLOCK_SECOND_US, ==, 1795338000);
    g_assert_cmpint(c->end_us / CLOCK_SECOND_US, ==, 1893456000);
    g_assert_cmpuint(c->names->len, ==, 3);
    g_assert_cmpstr(c->names->pdata[2], ==, "192.0.2.1");
    stream_certificate_free(c);
}

static void test_bad_dates(void)
{
    static const char *const dates[] = {
        "Expire date:",
        "Expire date:tomorrow",
        "Expire date:Abc 1 00:00:00 2030 GMT",
        "Expire date:anF 1 00:00:00 2030 GMT",
        "Expire date:Jan 32 00:00:00 2030 GMT",
        "Expire date:Jan 1 00:00:00 99999999 GMT",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(dates); i++) {
        const char *const lines[] = {dates[i], NULL};
        struct stream_certificate *c = read_lines(lines);
        g_assert_cmpint(c->end_us, ==, 0);
        stream_certificate_free(c);
    }
}

static void test_is_for(void)
{
    static const struct {
        const char *names, *host;
        gboolean is_for;
    } rows[] = {
        {"DNS:mx.example.org", "mx.example.org", TRUE},
        {"DNS:mx.example.org", "MX.Example.ORG", TRUE},
        {"DNS:mx.example.org", "example.org", FALSE},
        {"DNS:*.example.org", "mx.example.org", TRUE},
        {"DNS:*.example.org", "a.mx.example.org", FALSE},
        {"DNS:*.example.org", "example.org", FALSE},
        {"DNS:*.example.org", ".example.org", FALSE},
        {"IP Address:192.0.2.1", "192.0.2.1", TRUE},
        {"DNS:*.0.2.1", "192.0.2.1", FALSE},
        {"IP Address:2001:DB8:0:0:0:0:0:7", "2001:db8::7", TRUE},
        {"DNS:a, DNS:b", "b", TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *names =
            g_strconcat("X509v3 Subject Alternative Name:", rows[i].names, NULL);
        const char *const lines[] = {"Subject:CN = other.example.org", names, NULL};
        struct stream_certificate *c = read_lines(lines);
        g_test_message("%s %s", rows[i].names, rows[i].host);
        g_assert_cmpint(stream_certificate_is_for(c, rows[i].host), ==, rows[i].is_for);
        stream_certificate_free(c);
    }
    static const char *const old[] = {"Subject:CN = mx.example.org", NULL};
    struct stream_certificate *c = read_lines(old);
    g_assert_true(stream_certificate_is_for(c, "mx.example.org"));
    stream_certificate_free(c);
}

static void test_common_name(void)
{
    static const struct {
        const char *subject, *name;
    } rows[] = {
        {"O = Example, CN = mx.example.org", "mx.example.org"},
        {"CN=R11, O=x", "R11"},
        {"/O=x/CN=y/L=z", "y"},
        {"O = ACN, CN = y", "y"},
        {"O = Example", "O = Example"},
        {"", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *name = stream_certificate_common_name(rows[i].subject);
        g_assert_cmpstr(name, ==, rows[i].name);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream_chain/lines", test_lines);
    g_test_add_func("/stream_chain/bad-dates", test_bad_dates);
    g_test_add_func("/stream_chain/is-for", test_is_for);
    g_test_add_func("/stream_chain/common-name", test_common_name);
    return g_test_run();
}

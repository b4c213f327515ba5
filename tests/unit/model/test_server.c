/* The server record: limits, the port in force, and no password in clear by mistake. */
#include "config.h"

#include "model/server.h"

#include <string.h>

#include "base/error.h"

static void set(struct server *s, const char *key, const char *text)
{
    g_autoptr(GError) error = NULL;
    field_set_key(server_fields(), s, key, text, &error);
    g_assert_no_error(error);
}

static void test_defaults(void)
{
    struct server s;
    server_init(&s);
    g_assert_cmpint(s.security, ==, SERVER_STARTTLS);
    g_assert_cmpint(s.connections, ==, 4);
    g_assert_cmpint(s.per_second, ==, 0);
    g_assert_cmpint(s.messages_per_connection, ==, 1000);
    g_assert_true(s.enabled);
    g_assert_cmpstr(s.hello, ==, "");
    server_clear(&s);
    g_assert_null(s.host);
}

static void test_limits(void)
{
    static const struct {
        const char *key, *text;
        gboolean is_ok;
    } rows[] = {
        {"connections", "1", TRUE},
        {"connections", "500", TRUE},
        {"connections", "0", FALSE},
        {"connections", "501", FALSE},
        {"per_second", "0", TRUE},
        {"per_second", "100000", TRUE},
        {"per_second", "-1", FALSE},
        {"per_second", "100001", FALSE},
        {"messages_per_connection", "0", TRUE},
        {"messages_per_connection", "-1", FALSE},
        {"security", "none", TRUE},
        {"security", "ssl", FALSE},
        {"host", "user@host", FALSE},
    };
    struct server s;
    server_init(&s);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gboolean ok = field_set_key(server_fields(), &s, rows[i].key, rows[i].text, NULL);
        g_assert_cmpint(ok, ==, rows[i].is_ok);
    }
    server_clear(&s);
}

static void test_endpoint(void)
{
    static const struct {
        const char *host, *security, *want_host;
        guint16 want_port;
    } rows[] = {
        {"smtp.example.org", "tls", "smtp.example.org", 465},
        {"smtp.example.org", "starttls", "smtp.example.org", 587},
        {"127.0.0.1", "none", "127.0.0.1", 25},
        {"smtp.example.org: 2025", "tls", "smtp.example.org", 2025},
        {"2001:db8::1", "tls", "2001:db8::1", 465},
        {"[2001:db8::1]:26", "starttls", "2001:db8::1", 26},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct server s;
        struct hostport h;
        g_autoptr(GError) error = NULL;
        server_init(&s);
        set(&s, "host", rows[i].host);
        set(&s, "security", rows[i].security);
        server_endpoint(&s, &h, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(h.host, ==, rows[i].want_host);
        g_assert_cmpuint(h.port, ==, rows[i].want_port);
        hostport_clear(&h);
        server_clear(&s);
    }
}

static void test_endpoint_without_host(void)
{
    struct server s;
    struct hostport h = {.host = (char *)"untouched"};
    g_autoptr(GError) error = NULL;
    server_init(&s);
    g_assert_false(server_endpoint(&s, &h, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_true(g_str_has_prefix(error->message, "host: "));
    g_assert_cmpstr(h.host, ==, "untouched");
    server_clear(&s);
}

static void test_security_for_port(void)
{
    g_assert_cmpint(server_security_for("smtp.example.org:465"), ==, SERVER_TLS);
    g_assert_cmpint(server_security_for("smtp.example.org:smtps"), ==, SERVER_TLS);
    g_assert_cmpint(server_security_for("smtp.example.org:587"), ==, SERVER_STARTTLS);
    g_assert_cmpint(server_security_for("smtp.example.org"), ==, SERVER_STARTTLS);
    g_assert_cmpint(server_security_for("127.0.0.1:2525"), ==, SERVER_STARTTLS);
    g_assert_cmpint(server_security_for(""), ==, SERVER_STARTTLS);
}

/* Settings as "key=text" pairs, and what server_check() says of them. */
static void test_check(void)
{
    static const struct {
        const char *settings[8];
        const char *refused; /* in the error; NULL: accepted */
        const char *warning; /* the whole; NULL: none */
    } rows[] = {
        {{"host=smtp.example.org"}, NULL, NULL},
        {{"connections=5"}, "host is not set", NULL},
        {{"host=127.0.0.1:2525", "security=none"}, NULL, NULL},
        {{"host=[::1]:25", "security=none"}, NULL, NULL},
        {{"host=localhost", "security=none"}, NULL, NULL},
        {{"host=smtp.example.org", "security=none"}, "--plain-host smtp.example.org", NULL},
        {{"host=127.0.0.1.example.org", "security=none"}, "--plain-host", NULL},
        {{"host=smtp.example.org:26", "security=none", "plain_host=smtp.example.org"},
         NULL,
         NULL},
        {{"host=smtp.example.org:26", "security=none", "plain_host=SMTP.Example.org:26"},
         NULL,
         NULL},
        {{"host=smtp.example.org:26", "security=none", "plain_host=mail.example.org"},
         "--plain-host",
         NULL},
        {{"host=smtp.example.org", "user=u", "password_file=/p"}, NULL, NULL},
        {{"host=smtp.example.org", "user=u", "password_command=pass mail"}, NULL, NULL},
        {{"host=smtp.example.org", "user=u"}, "no password", NULL},
        {{"host=smtp.example.org", "password_file=/p"}, "no user", NULL},
        {{"host=smtp.example.org", "user=u", "password_file=/p", "password_command=x"},
         "both set",
         NULL},
        {{"host=smtp.example.org:465"}, NULL, "port 465 speaks TLS first: use --security tls"},
        {{"host=smtp.example.org:465", "security=tls"}, NULL, NULL},
        {{"host=smtp.example.org:587", "security=tls"},
         NULL,
         "port 587 speaks plain first: use --security starttls"},
        {{"host=smtp.example.org:25", "security=tls"},
         NULL,
         "port 25 speaks plain first: use --security starttls"},
        {{"host=smtp.example.org:2026", "security=tls"}, NULL, NULL},
        {{"host=2001:db8::1:25"},
         NULL,
         "'2001:db8::1:25' is one IPv6 address without a port; did you mean [2001:db8::1]:25?"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct server s;
        server_init(&s);
        for (gsize n = 0; rows[i].settings[n]; n++) {
            g_auto(GStrv) pair = g_strsplit(rows[i].settings[n], "=", 2);
            set(&s, pair[0], pair[1]);
        }
        g_autofree char *warning = NULL;
        g_autoptr(GError) error = NULL;
        gboolean ok = server_check(&s, &warning, &error);
        g_assert_cmpint(ok, ==, rows[i].refused == NULL);
        g_assert_cmpint(error == NULL, ==, ok);
        if (error && !strstr(error->message, rows[i].refused))
            g_error("'%s' is not in: %s", rows[i].refused, error->message);
        g_assert_cmpstr(warning, ==, rows[i].warning);
        g_assert_cmpint(server_check(&s, NULL, NULL), ==, ok);
        server_clear(&s);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server/fields/defaults", test_defaults);
    g_test_add_func("/server/fields/limits", test_limits);
    g_test_add_func("/server/endpoint/port-in-force", test_endpoint);
    g_test_add_func("/server/endpoint/without-host", test_endpoint_without_host);
    g_test_add_func("/server/security/for-port", test_security_for_port);
    g_test_add_func("/server/check/table", test_check);
    return g_test_run();
}

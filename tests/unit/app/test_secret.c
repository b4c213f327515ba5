/* Access tokens as commands print them, and secrets of records. */
#include "config.h"

#include "app/secret.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

#define NOW_US (G_GINT64_CONSTANT(1800000000) * CLOCK_SECOND_US) /* 2027-01-15T08:00:00Z */

static void test_tokens(void)
{
    static const struct {
        const char *output, *token;
        gint64 life_s;
    } rows[] = {
        {"ya29.a0-_~+/=", "ya29.a0-_~+/=", SECRET_TOKEN_LIFE_S},
        {"tok\n", "tok", SECRET_TOKEN_LIFE_S},
        {"tok\r\n3600\r\n", "tok", 3600},
        {"tok\n  120  \nanything else\n", "tok", 120},
        {"tok\n\n", "tok", SECRET_TOKEN_LIFE_S},
        {"tok\n1800003600", "tok", 3600},
        {"tok\n2027-01-15T08:01:00Z\n", "tok", 60},
        {"tok\n2027-01-15T09:01:00+01:00\n", "tok", 60},
        {"{\"access_token\":\"tok\",\"expires_in\":3599,\"token_type\":\"Bearer\"}\n", "tok",
         3599},
        {"\n {\"access_token\": \"tok\", \"expires_in\": \"3599\"}", "tok", 3599},
        {"{\"access_token\": \"tok\"}", "tok", SECRET_TOKEN_LIFE_S},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct secret s = {0};
        g_autoptr(GError) error = NULL;
        gboolean ok = secret_parse_token(rows[i].output, NOW_US, &s, &error);
        g_assert_no_error(error);
        g_assert_true(ok);
        g_assert_cmpstr(s.text, ==, rows[i].token);
        g_assert_cmpint(s.life_s, ==, rows[i].life_s);
        secret_clear(&s);
        g_assert_null(s.text);
    }
}

static void test_no_tokens(void)
{
    static const struct {
        const char *output, *words;
    } rows[] = {
        {"\n3600\n", "no token"},
        {"Bearer hunter2", "blanks"},
        {"hunter2\001auth", "blanks"},
        {"hunter2\303\244", "blanks"},
        {"hunter2\nsoon\n", "does not say when"},
        {"hunter2\n-5\n", "does not say when"},
        {"hunter2\n0\n", "ended already"},
        {"hunter2\n1799999999\n", "ended already"},
        {"hunter2\n2027-01-15T07:59:59Z\n", "ended already"},
        {"{\"access_token\":\"hunter2\",\"expires_in\":0}", "ended already"},
        {"{\"access_token\":\"hunter2\",\"expires_in\":\"soon\"}", "does not say when"},
        {"{\"access_token\":\"hunter 2\"}", "blanks"},
        {"{\"access_token\":5}", "no access_token"},
        {"{\"access_token\":\"hunter2\"", "is none"},
        {"{\"error\":\"invalid_grant\",\"error_description\":\"Token has been revoked.\"}",
         "invalid_grant: Token has been revoked."},
        {"{\"error\":\"invalid_client\"}", "invalid_client"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct secret s = {0};
        g_autoptr(GError) error = NULL;
        g_assert_false(secret_parse_token(rows[i].output, NOW_US, &s, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, rows[i].words) || strstr(error->message, "hunter"))
            g_error("%s", error->message);
        g_assert_null(s.text);
    }
}

static void test_longest_token(void)
{
    for (gsize over = 0; over <= 1; over++) {
        g_autofree char *token = g_strnfill(SECRET_TOKEN_MAX_BYTES + over, 'x');
        struct secret s = {0};
        g_assert_cmpint(secret_parse_token(token, NOW_US, &s, NULL), ==, over == 0);
        secret_clear(&s);
    }
}

/* Never so long that a token is not used at all. */
static void test_margin(void)
{
    g_assert_cmpint(secret_margin_s(3600), ==, 60);
    g_assert_cmpint(secret_margin_s(100), ==, 50);
    g_assert_cmpint(secret_margin_s(1), ==, 0);
}

static void test_of_records(void)
{
    struct server server;
    struct mailbox mailbox;
    struct secret s = {0};
    g_autoptr(GError) error = NULL;
    server_init(&server);
    mailbox_init(&mailbox);
    server.name = g_strdup("main");
    mailbox.name = g_strdup("bounces");
    g_assert_true(field_set_key(server_fields(), &server, "auth", "xoauth2", NULL));
    g_assert_true(
        field_set_key(server_fields(), &server, "token_command", "printf 'tok\\n90\\n'", NULL));
    g_assert_true(secret_of_server(&server, &s, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(s.text, ==, "tok");
    g_assert_cmpint(s.life_s, ==, 90);
    secret_clear(&s);
    g_assert_true(
        field_set_key(mailbox_fields(), &mailbox, "password_command", "echo pass", NULL));
    g_assert_true(secret_of_mailbox(&mailbox, &s, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(s.text, ==, "pass");
    g_assert_cmpint(s.life_s, ==, 0);
    secret_clear(&s);
    g_assert_true(field_set_key(server_fields(), &server, "token_command",
                                "sh -c 'echo no refresh token >&2; exit 3'", NULL));
    g_assert_false(secret_of_server(&server, &s, &error));
    g_assert_nonnull(strstr(error->message, "access token: "));
    g_assert_nonnull(strstr(error->message, "no refresh token"));
    server_clear(&server);
    mailbox_clear(&mailbox);
}

int main(int argc, char **argv)
{
    g_setenv("TZ", "UTC", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/secret/tokens", test_tokens);
    g_test_add_func("/secret/no-tokens", test_no_tokens);
    g_test_add_func("/secret/longest-token", test_longest_token);
    g_test_add_func("/secret/margin", test_margin);
    g_test_add_func("/secret/of-records", test_of_records);
    return g_test_run();
}

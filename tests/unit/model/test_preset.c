/* The table of submission hosts: each row makes a server that passes its own checks. */
#include "config.h"

#include "model/preset.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

static void set(struct server *s, const char *key, const char *text)
{
    g_autoptr(GError) error = NULL;
    field_set_key(server_fields(), s, key, text, &error);
    g_assert_no_error(error);
}

/* A server of this preset as a user would complete it. */
static void complete(const struct preset *p, struct server *s)
{
    server_init(s);
    preset_apply(p, s);
    if (!preset_has_host(p)) {
        g_autofree char *host = g_ascii_strdown(p->host, -1);
        set(s, "host", host);
    }
    if (p->security == SERVER_NONE)
        return;
    if (!p->user)
        set(s, "user", "news@example.org");
    set(s, p->auth == SERVER_AUTH_PASSWORD ? "password_command" : "token_command", "print-it");
}

static void test_rows(void)
{
    const char *before = "";
    for (const struct preset *p = presets_all(); p->name; p++) {
        struct server s;
        g_autoptr(GError) error = NULL;
        char *warning = NULL;
        g_test_message("%s", p->name);
        g_assert_true(text_is_slug(p->name));
        g_assert_cmpstr(before, <, p->name); /* in order, so none twice */
        before = p->name;
        complete(p, &s);
        gboolean ok = server_check(&s, &warning, &error);
        g_assert_no_error(error);
        g_assert_true(ok);
        g_assert_cmpstr(warning, ==, NULL); /* security fits the port */
        for (const struct field *f = server_fields(); f->key; f++) {
            g_autofree char *text = field_get(f, &s);
            if (*text)
                set(&s, f->key, text); /* within the limits of its field */
        }
        server_clear(&s);
    }
}

static void test_quirks_are_one_sentence(void)
{
    for (const struct preset *p = presets_all(); p->name; p++) {
        gsize len = strlen(p->quirk);
        g_assert_cmpuint(len, >, 10);
        g_assert_true(p->quirk[len - 1] != '.');
        g_assert_null(strstr(p->quirk, ". "));
        g_assert_nonnull(p->title);
    }
}

/* A password goes nowhere in clear. */
static void test_only_loopback_is_plain(void)
{
    for (const struct preset *p = presets_all(); p->name; p++)
        if (p->security == SERVER_NONE)
            g_assert_cmpstr(p->host, ==, "127.0.0.1:25");
}

static void test_find(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_cmpstr(preset_find("gmail", NULL)->host, ==, "smtp.gmail.com:587");
    g_assert_null(preset_find("gmial", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "'gmail'"));
    g_clear_error(&error);
    g_assert_null(preset_find("something else", &error));
    g_assert_nonnull(strstr(error->message, "crier server presets"));
}

static void test_unknown_host_is_left(void)
{
    struct server s;
    const struct preset *ses = preset_find("amazon-ses", NULL);
    server_init(&s);
    g_assert_false(preset_has_host(ses));
    set(&s, "host", "email-smtp.eu-west-1.amazonaws.com:587");
    preset_apply(ses, &s);
    g_assert_cmpstr(s.host, ==, "email-smtp.eu-west-1.amazonaws.com:587");
    g_assert_cmpint(s.per_day, ==, 200);
    server_clear(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preset/rows", test_rows);
    g_test_add_func("/preset/quirks", test_quirks_are_one_sentence);
    g_test_add_func("/preset/plain", test_only_loopback_is_plain);
    g_test_add_func("/preset/find", test_find);
    g_test_add_func("/preset/unknown-host", test_unknown_host_is_left);
    return g_test_run();
}

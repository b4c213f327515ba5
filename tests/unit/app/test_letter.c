/*
 * A letter to one person: whose tokens it carries, and where a reader leaves the list.
 */
#include "config.h"

#include "app/letter.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "base/field.h"
#include "base/token.h"

#define ID 4711

static const guint8 key[TOKEN_KEY_BYTES] = {1, 2, 3};

static struct letter *letter_with(const char *from, const char *text)
{
    struct campaign c;
    GError *error = NULL;
    campaign_init(&c);
    g_assert_true(field_set_key(campaign_fields(), &c, "from", from, &error));
    g_assert_true(field_set_key(campaign_fields(), &c, "subject", "Hello", &error));
    c.name = g_strdup("spring");
    g_free(c.text);
    c.text = g_strdup(text);
    struct letter *l = letter_new(&c, NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(l);
    campaign_clear(&c);
    return l;
}

static char *written(const struct letter *l, gint64 id, const char *fields)
{
    struct letter_person p = {.delivery_id = id, .address = "ada@example.net",
                              .fields_json = fields,
                              .date = "Thu, 1 Jan 1970 00:00:00 +0000"};
    GError *error = NULL;
    GString *out = g_string_new(NULL);
    g_assert_true(letter_write(l, key, &p, out, &error));
    g_assert_no_error(error);
    return g_string_free(out, FALSE);
}

static char *text_of(const struct letter *l, const char *fields)
{
    struct letter_person p = {.delivery_id = ID, .address = "ada@example.net",
                              .fields_json = fields,
                              .date = "Thu, 1 Jan 1970 00:00:00 +0000"};
    GError *error = NULL;
    GString *out = g_string_new(NULL);
    g_assert_true(letter_write_part(l, key, &p, 't', out, &error));
    g_assert_no_error(error);
    return g_string_free(out, FALSE);
}

/* What stands between two texts; caller frees. */
static char *between(const char *message, const char *before, const char *after)
{
    const char *start = strstr(message, before);
    g_assert_nonnull(start);
    start += strlen(before);
    const char *end = strstr(start, after);
    g_assert_nonnull(end);
    return g_strndup(start, (gsize)(end - start));
}

static void assert_token(const char *message, const char *before, const char *after,
                         enum token_kind kind, gint64 id)
{
    g_autofree char *token = between(message, before, after);
    gint64 found = 0;
    g_assert_true(token_verify(key, kind, token, &found));
    g_assert_cmpint(found, ==, id);
}

static void test_tokens(void)
{
    struct letter *l = letter_with("News <news@example.org>", "Hello");
    g_autofree char *message = written(l, ID, "{}");
    assert_token(message, "\r\nMessage-ID: <", "@example.org>", TOKEN_MESSAGE, ID);
    assert_token(message, "<mailto:news+u-", "@example.org?subject=unsubscribe>",
                 TOKEN_UNSUBSCRIBE, ID);
    g_assert_cmpstr(letter_sender(l), ==, "news@example.org");
    letter_free(l);
}

static void test_preview_tokens(void)
{
    struct letter *l = letter_with("News <news@example.org>", "Hello");
    g_autofree char *message = written(l, 0, "{}");
    assert_token(message, "<mailto:news+u-", "@example.org?subject=unsubscribe>",
                 TOKEN_UNSUBSCRIBE, G_MAXINT64);
    letter_free(l);
}

static void test_shown(void)
{
    static const char *const people[] = {
        "{}",
        /* Somebody's own column must not send readers elsewhere. */
        "{\"unsubscribe_url\":\"https://elsewhere.example/\"}",
    };
    struct letter *l = letter_with("news@example.org", "Leave: {{unsubscribe_url}}.");
    for (gsize i = 0; i < G_N_ELEMENTS(people); i++) {
        g_autofree char *text = text_of(l, people[i]);
        assert_token(text, "Leave: mailto:news+u-", "@example.org?subject=unsubscribe.",
                     TOKEN_UNSUBSCRIBE, ID);
    }
    letter_free(l);
}

static void test_address_field(void)
{
    struct letter *l = letter_with("news@example.org", "To {{address}}.");
    g_autofree char *text = text_of(l, "{\"address\":\"eve@example.com\"}");
    g_assert_true(g_str_has_prefix(text, "To ada@example.net."));
    letter_free(l);
}

/* Where a tag cannot be added to From's local part there is no such header, and no broken one. */
static void test_no_room(void)
{
    static const char *const senders[] = {
        "a23456789012345678901234567890123456789012345678901234567890@example.org",
        "\"two words\"@example.org",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(senders); i++) {
        struct letter *l = letter_with(senders[i], "Hello {{unsubscribe_url}}");
        g_autofree char *message = written(l, ID, "{}");
        g_assert_null(strstr(message, "List-Unsubscribe"));
        g_assert_null(strstr(message, "mailto:"));
        letter_free(l);
    }
}

static void test_longest_local_part(void)
{
    /* 64 octets with "+u-" and a token of this id: 1 + 2 + 10 octets in base32. */
    g_autofree char *token = token_make(key, TOKEN_UNSUBSCRIBE, ID);
    for (gsize over = 0; over <= 1; over++) {
        g_autofree char *local = g_strnfill(64 - 3 - strlen(token) + over, 'a');
        g_autofree char *from = g_strconcat(local, "@example.org", NULL);
        struct letter *l = letter_with(from, "Hello");
        g_autofree char *message = written(l, ID, "{}");
        g_assert_cmpint(strstr(message, "List-Unsubscribe") != NULL, ==, over == 0);
        letter_free(l);
    }
}

static void test_bad_fields(void)
{
    struct letter *l = letter_with("news@example.org", "Hello");
    struct letter_person p = {.delivery_id = ID, .address = "ada@example.net",
                              .fields_json = "{", .date = "Thu, 1 Jan 1970 00:00:00 +0000"};
    g_autoptr(GString) out = g_string_new("kept");
    GError *error = NULL;
    g_assert_false(letter_write(l, key, &p, out, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_cmpstr(out->str, ==, "kept");
    g_clear_error(&error);
    letter_free(l);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/letter/tokens-name-the-delivery", test_tokens);
    g_test_add_func("/letter/a-previews-tokens-are-nobodys", test_preview_tokens);
    g_test_add_func("/letter/shows-where-to-leave", test_shown);
    g_test_add_func("/letter/address-is-the-one-it-goes-to", test_address_field);
    g_test_add_func("/letter/no-room-for-a-tag", test_no_room);
    g_test_add_func("/letter/longest-local-part", test_longest_local_part);
    g_test_add_func("/letter/bad-fields", test_bad_fields);
    return g_test_run();
}

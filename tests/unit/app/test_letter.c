/*
 * A letter to one person: whose tokens it carries, where a reader leaves the list, and the
 * envelope senders that its bounces come back to.
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
    struct letter_person p = {.delivery_id = id,
                              .address = "ada@example.net",
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
    struct letter_person p = {.delivery_id = ID,
                              .address = "ada@example.net",
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

static struct letter *letter_from(const char *from, const char *bounce)
{
    GError *error = NULL;
    struct letter *l = letter_with(from, "Go: {{unsubscribe_url}}\n");
    g_assert_true(letter_set_bounce(l, bounce, &error));
    g_assert_no_error(error);
    return l;
}

static char *sender_of(const struct letter *l, gint64 id, enum server_envelope mode)
{
    struct letter_envelope e;
    letter_envelope(l, key, id, mode, &e);
    char *sender = g_steal_pointer(&e.sender);
    letter_envelope_clear(&e);
    return sender;
}

/* The header field without its name, folds undone. */
static char *header_of(const char *message, const char *name)
{
    g_autofree char *pattern = g_strdup_printf("^%s:((?:.*\\r\\n)(?:[ \\t].*\\r\\n)*)", name);
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(regex, message, 0, &match))
        return NULL;
    g_autofree char *value = g_match_info_fetch(match, 1);
    g_auto(GStrv) lines = g_strsplit(value, "\r\n", -1);
    return g_strstrip(g_strjoinv("", lines));
}

static void test_verp(void)
{
    struct letter *l = letter_from("News <news@example.org>", "bounce@bounce.example.org");
    g_autofree char *sender = sender_of(l, 4711, SERVER_ENVELOPE_VERP);
    g_autofree char *token = between(sender, "bounce+", "@bounce.example.org");
    gint64 id = 0;
    g_assert_true(token_verify(key, TOKEN_BOUNCE, token, &id));
    g_assert_cmpint(id, ==, 4711);
    letter_free(l);
}

static void test_plain_sender(void)
{
    static const struct {
        const char *bounce;
        enum server_envelope mode;
    } rows[] = {
        {NULL, SERVER_ENVELOPE_VERP},
        {"", SERVER_ENVELOPE_VERP},
        {NULL, SERVER_ENVELOPE_PLAIN},
        {"bounce@bounce.example.org", SERVER_ENVELOPE_PLAIN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct letter *l = letter_from("News <news@example.org>", rows[i].bounce);
        g_autofree char *sender = sender_of(l, 1, rows[i].mode);
        g_assert_cmpstr(sender, ==, "news@example.org");
        letter_free(l);
    }
}

static void test_domains_are_a_labels_and_locals_fit(void)
{
    struct letter *l = letter_from("news@m\xc3\xbcller.example",
                                   "abcdefghijklmnopqrstuvwxyzabc@b\xc3\xbc.example");
    g_autofree char *sender = sender_of(l, 0, SERVER_ENVELOPE_VERP);
    g_assert_true(g_str_has_suffix(sender, "@xn--b-eha.example"));
    g_assert_true(g_str_has_prefix(sender, "abcdefghijklmnopqrstuvwxyzabc+"));
    g_assert_cmpuint(strchr(sender, '@') - sender, <=, 64);
    g_assert_cmpstr(letter_sender(l), ==, "news@xn--mller-kva.example");
    letter_free(l);
}

static void test_envid_is_the_token_of_the_message_id(void)
{
    struct letter *l = letter_from("news@example.org", NULL);
    struct letter_envelope e;
    g_autofree char *message = written(l, 99, "{}");
    letter_envelope(l, key, 99, SERVER_ENVELOPE_PLAIN, &e);
    g_autofree char *id = header_of(message, "Message-ID");
    g_autofree char *wanted = g_strdup_printf("<%s@example.org>", e.envid);
    g_assert_cmpstr(id, ==, wanted);
    letter_envelope_clear(&e);
    letter_free(l);
}

/* List-Unsubscribe and {{unsubscribe_url}} for each kind of From and mailbox. */
/* The envelope's sender is what the mailbox's rule makes of address and token, to the octet. */
static void test_verp_lengths(void)
{
    for (gsize n = 1; n <= 64; n++) {
        static const gint64 ids[] = {1, 256, G_MAXINT32, G_MAXINT64};
        g_autofree char *local = g_strnfill(n, 'b');
        g_autofree char *bounce = g_strconcat(local, "@example.org", NULL);
        struct letter *l = letter_from("news@example.org", bounce);
        for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
            g_autofree char *want = letter_bounce_sender(bounce, key, ids[i]);
            g_autofree char *got = sender_of(l, ids[i], SERVER_ENVELOPE_VERP);
            g_assert_cmpstr(got, ==, want ? want : "news@example.org");
        }
        letter_free(l);
    }
    struct letter *l = letter_from("news@example.org", "\"a b\"@example.org");
    g_autofree char *got = sender_of(l, 1, SERVER_ENVELOPE_VERP);
    g_assert_cmpstr(got, ==, "news@example.org");
    letter_free(l);
}

/* One envelope's memory serves the messages after it, whatever their lengths. */
static void test_envelope_again(void)
{
    static const struct {
        const char *from, *bounce;
        gint64 id;
    } rows[] = {
        {"n@example.org", NULL, 1},
        {"news@a-longer-name.example.org", NULL, G_MAXINT64},
        {"n@example.org", "bounce@example.org", 255},
        {"n@example.org", NULL, 256},
        {"n@example.org", "a-much-longer-bounce@another.example.org", G_MAXINT32},
        {"n@example.org", NULL, 1},
    };
    g_autoptr(GString) own = g_string_new(NULL);
    g_autoptr(GArray) chunks = g_array_new(FALSE, FALSE, sizeof(struct compose_chunk));
    struct letter_envelope e = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct letter *l = letter_from(rows[i].from, rows[i].bounce);
        struct letter_person p = {.delivery_id = rows[i].id,
                                  .address = "ada@example.net",
                                  .fields_json = "{}",
                                  .date = "Thu, 1 Jan 1970 00:00:00 +0000"};
        GError *error = NULL;
        struct letter_envelope alone;
        g_array_set_size(chunks, 0);
        g_assert_true(
            letter_write_chunks(l, key, &p, SERVER_ENVELOPE_VERP, own, chunks, &e, &error));
        g_assert_no_error(error);
        letter_envelope(l, key, rows[i].id, SERVER_ENVELOPE_VERP, &alone);
        g_assert_cmpstr(e.sender, ==, alone.sender);
        g_assert_cmpstr(e.envid, ==, alone.envid);
        letter_envelope_clear(&alone);
        letter_free(l);
    }
    letter_envelope_clear(&e);
    g_assert_null(e.sender);
}

static void test_unsubscribe(void)
{
    static const struct {
        const char *from, *bounce, *before, *after;
    } rows[] = {
        {"news@example.org", "bounce@b.example.org", "mailto:bounce+u-",
         "@b.example.org?subject=unsubscribe"},
        {"news@example.org", NULL, "mailto:news+u-", "@example.org?subject=unsubscribe"},
        {"a&b=c@example.org", NULL, "mailto:a%26b%3Dc+u-", "@example.org?subject=unsubscribe"},
        /* 47 octets leave no room, blanks and quotes take no tag: then in the subject */
        {"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijk@example.org", NULL,
         "mailto:abcdefghijklmnopqrstuvwxyz0123456789abcdefghijk@example.org?subject="
         "unsubscribe%20",
         ""},
        {"\"a b\"@example.org", NULL, "mailto:%22a%20b%22@example.org?subject=unsubscribe%20",
         ""},
        {"m\xc3\xbcller@example.org", NULL, "mailto:m%C3%BCller+u-",
         "@example.org?subject=unsubscribe"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct letter *l = letter_from(rows[i].from, rows[i].bounce);
        g_autofree char *message = written(l, 5, "{}");
        g_autofree char *field = header_of(message, "List-Unsubscribe");
        g_assert_nonnull(field);
        g_autofree char *end = g_strconcat(rows[i].after, ">", NULL);
        g_autofree char *token = between(field, rows[i].before, end);
        gint64 id = 0;
        if (!token_verify(key, TOKEN_UNSUBSCRIBE, token, &id) || id != 5)
            g_error("no token in %s", field);
        g_assert_null(strstr(field, "=?"));
        g_autofree char *text = text_of(l, "{}");
        g_autofree char *shown = between(text, "Go: ", "\n");
        g_assert_true(g_str_has_prefix(shown, "mailto:"));
        g_assert_cmpuint(strlen(shown), >, 30);
        letter_free(l);
    }
}

static void test_bad_bounce_address(void)
{
    struct letter *l = letter_from("news@example.org", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_false(letter_set_bounce(l, "bounce at example.org", &error));
    g_assert_nonnull(error);
    letter_free(l);
}

static void test_shows_unsubscribe(void)
{
    struct letter *l = letter_with("news@example.org", "{{unsubscribe_url}}");
    g_assert_true(letter_shows_unsubscribe(l));
    letter_free(l);
    l = letter_with("news@example.org", "Hello");
    g_assert_false(letter_shows_unsubscribe(l));
    letter_free(l);
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
        g_autofree char *field = header_of(message, "List-Unsubscribe");
        g_assert_cmpint(strstr(field, "+u-") != NULL, ==, over == 0);
        g_assert_cmpint(strstr(field, "?subject=unsubscribe%20") != NULL, ==, over == 1);
        letter_free(l);
    }
}

static void test_bad_fields(void)
{
    struct letter *l = letter_with("news@example.org", "Hello");
    struct letter_person p = {.delivery_id = ID,
                              .address = "ada@example.net",
                              .fields_json = "{",
                              .date = "Thu, 1 Jan 1970 00:00:00 +0000"};
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
    g_test_add_func("/letter/verp", test_verp);
    g_test_add_func("/letter/plain-sender", test_plain_sender);
    g_test_add_func("/letter/a-labels-and-room", test_domains_are_a_labels_and_locals_fit);
    g_test_add_func("/letter/envid", test_envid_is_the_token_of_the_message_id);
    g_test_add_func("/letter/verp-lengths", test_verp_lengths);
    g_test_add_func("/letter/envelope-again", test_envelope_again);
    g_test_add_func("/letter/unsubscribe", test_unsubscribe);
    g_test_add_func("/letter/bad-bounce-address", test_bad_bounce_address);
    g_test_add_func("/letter/says-whether-it-shows", test_shows_unsubscribe);
    g_test_add_func("/letter/longest-local-part", test_longest_local_part);
    g_test_add_func("/letter/bad-fields", test_bad_fields);
    return g_test_run();
}

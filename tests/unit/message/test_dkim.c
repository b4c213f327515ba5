/*
 * Signatures over whole messages: the form of the field, what it covers, the body hash and a
 * verification by hand. Whether other programs accept them: tests/system/test_dkim.py.
 */
#include "config.h"

#include "message/dkim.h"

#include <string.h>

#include "../base/keys.h"
#include "base/error.h"
#include "message/dkim_canon.h"

/* RFC 8463, A.3, with CR LF. */
#define RFC_HEADER                                                                             \
    "From: Joe SixPack <joe@football.example.com>\r\n"                                         \
    "To: Suzie Q <suzie@shopping.example.net>\r\n"                                             \
    "Subject: Is dinner ready?\r\n"                                                            \
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                                          \
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
#define RFC_BODY "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
#define RFC_BODY_HASH "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
#define EMPTY_BODY_HASH "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define NOW_S 1528637909

static struct dkim_signer *signer(const char *domain, const char *selector, const char *pem)
{
    struct crypto_key *key = crypto_key_parse(pem, strlen(pem), NULL);
    struct dkim_signer *s = dkim_signer_new(domain, selector, key);

    crypto_key_unref(key);
    return s;
}

static char *sign_chunks(struct dkim_signer *s, const struct compose_chunk *chunks, gsize n)
{
    g_autoptr(GError) error = NULL;
    GString *out = g_string_new(NULL);

    g_assert_true(dkim_sign(&s, 1, chunks, n, NOW_S, out, &error));
    g_assert_no_error(error);
    return g_string_free(out, FALSE);
}

static char *sign(struct dkim_signer *s, const char *message)
{
    struct compose_chunk chunk = {message, strlen(message)};

    return sign_chunks(s, &chunk, 1);
}

/* The value of a tag, without folds; NULL when it is missing. Caller frees. */
static char *tag(const char *field, const char *name)
{
    g_autoptr(GString) flat = g_string_new(NULL);
    char *found = NULL;

    for (const char *p = strchr(field, ':') + 1; *p; p++)
        if (!strchr(" \r\n\t", *p))
            g_string_append_c(flat, *p);
    g_auto(GStrv) tags = g_strsplit(flat->str, ";", -1);
    for (char **t = tags; *t; t++)
        if (g_str_has_prefix(*t, name) && (*t)[strlen(name)] == '=') {
            g_assert_null(found);
            found = g_strdup(*t + strlen(name) + 1);
        }
    return found;
}

static void check_tag(const char *field, const char *name, const char *want)
{
    g_autofree char *value = tag(field, name);

    g_assert_cmpstr(value, ==, want);
}

static void check_lines(const char *field)
{
    g_auto(GStrv) lines = g_strsplit(field, "\r\n", -1);
    guint n = g_strv_length(lines);

    g_assert_cmpstr(lines[n - 1], ==, ""); /* it ends in CR LF */
    for (guint i = 0; i + 1 < n; i++) {
        g_assert_cmpuint(strlen(lines[i]), <=, 78);
        g_assert_cmpuint(strlen(g_strstrip(lines[i])), >, 0);
    }
}

static void test_field(void)
{
    static const struct {
        const char *pem, *algorithm;
    } rows[] = {{key_rsa_pkcs1, "rsa-sha256"}, {key_ed25519, "ed25519-sha256"}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dkim_signer *s = signer("football.example.com", "brisbane", rows[i].pem);
        g_autofree char *field = sign(s, RFC_HEADER "\r\n" RFC_BODY);

        g_assert_true(g_str_has_prefix(field, "DKIM-Signature: v=1; a="));
        check_lines(field);
        check_tag(field, "a", rows[i].algorithm);
        check_tag(field, "c", "relaxed/relaxed");
        check_tag(field, "d", "football.example.com");
        check_tag(field, "s", "brisbane");
        check_tag(field, "t", "1528637909");
        check_tag(field, "bh", RFC_BODY_HASH);
        check_tag(field, "l", NULL);
        check_tag(field, "h",
                  "From:From:To:To:Subject:Subject:Date:Date:Message-ID:Message-ID:"
                  "List-Unsubscribe:List-Unsubscribe-Post");
        dkim_signer_unref(s);
    }
}

/* What a verifier does, by hand, with the fields of RFC_HEADER in the order of h=. */
static void test_verifies(void)
{
    static const struct {
        const char *pem, *public;
        enum crypto_key_kind kind;
    } rows[] = {{key_rsa_pkcs1, key_rsa_public, CRYPTO_KEY_RSA},
                {key_ed25519, key_ed25519_public, CRYPTO_KEY_ED25519}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dkim_signer *s = signer("football.example.com", "brisbane", rows[i].pem);
        g_autofree char *field = sign(s, RFC_HEADER "\r\n" RFC_BODY);
        g_autofree char *b = tag(field, "b");
        char *cut = g_strrstr(field, " b=") + strlen(" b=");
        g_autoptr(GString) text = g_string_new(
            "from:Joe SixPack <joe@football.example.com>\r\n"
            "to:Suzie Q <suzie@shopping.example.net>\r\nsubject:Is dinner ready?\r\n"
            "date:Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
            "message-id:<20030712040037.46341.5F8J@football.example.com>\r\n");
        guint8 hash[CRYPTO_SHA256_BYTES];
        gsize len = 0;

        *cut = '\0';
        dkim_canon_field(text, "DKIM-Signature", 14, strchr(field, ':') + 1,
                         strlen(strchr(field, ':') + 1));
        crypto_sha256(text->str, text->len - 2, hash);
        g_autofree guchar *signature = g_base64_decode(b, &len);
        g_assert_true(crypto_key_verify(rows[i].kind, rows[i].public, hash, signature, len));
        dkim_signer_unref(s);
    }
}

static void test_any_cut(void)
{
    static const char message[] = RFC_HEADER "\r\n" RFC_BODY;
    struct dkim_signer *s = signer("example.com", "s", key_ed25519);
    g_autofree char *whole = sign(s, message);
    struct compose_chunk bytes[sizeof message - 1];

    for (gsize cut = 0; cut < sizeof message; cut++) {
        struct compose_chunk two[] = {{message, cut},
                                      {message + cut, sizeof message - 1 - cut}};
        g_autofree char *field = sign_chunks(s, two, 2);

        g_assert_cmpstr(field, ==, whole);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bytes); i++)
        bytes[i] = (struct compose_chunk){message + i, 1};
    g_autofree char *field = sign_chunks(s, bytes, G_N_ELEMENTS(bytes));
    g_assert_cmpstr(field, ==, whole);
    dkim_signer_unref(s);
}

static void test_covers(void)
{
    static const struct {
        const char *header, *names;
    } rows[] = {
        {"From: a@example.org\r\n",
         "From:From:To:Subject:Date:Message-ID:List-Unsubscribe:List-Unsubscribe-Post"},
        {"list-unsubscribe: <mailto:x>\r\nFROM : a@example.org\r\nX-Campaign: c\r\n",
         "From:From:To:Subject:Date:Message-ID:List-Unsubscribe:List-Unsubscribe:"
         "List-Unsubscribe-Post"},
        {"From: a@example.org\r\nReply-To: b@example.org\r\nMIME-Version: 1.0\r\n"
         "Content-Type: text/plain\r\nFeedback-ID: a:b:c:d\r\nList-Id: <l.example.org>\r\n"
         "Content-Transfer-Encoding: 7bit\r\nReceived: by x\r\n",
         "From:From:To:Subject:Date:Message-ID:List-Unsubscribe:List-Unsubscribe-Post:"
         "MIME-Version:MIME-Version:Content-Type:Content-Type:Content-Transfer-Encoding:"
         "Content-Transfer-Encoding:Reply-To:Reply-To:List-Id:List-Id:Feedback-ID:Feedback-ID"},
        {"From: a@example.org\r\nTo: one\r\nTo: two\r\n",
         "From:From:To:To:To:Subject:Date:Message-ID:List-Unsubscribe:List-Unsubscribe-Post"},
    };
    struct dkim_signer *s = signer("example.org", "s", key_ed25519);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *message = g_strconcat(rows[i].header, "\r\nx\r\n", NULL);
        g_autofree char *field = sign(s, message);

        check_tag(field, "h", rows[i].names);
        check_lines(field);
    }
    dkim_signer_unref(s);
}

/* Of fields with one name the last is the first that is signed (5.4.2). */
static void test_order_of_equals(void)
{
    struct dkim_signer *s = signer("example.org", "s", key_ed25519);
    g_autofree char *one = sign(s, "From: a\r\nTo: one\r\nTo: two\r\n\r\n");
    g_autofree char *other = sign(s, "From: a\r\nTo: two\r\nTo: one\r\n\r\n");
    g_autofree char *b = tag(one, "b"), *c = tag(other, "b");

    g_assert_cmpstr(b, !=, c);
    dkim_signer_unref(s);
}

static void test_bodies(void)
{
    static const struct {
        const char *body, *hash;
    } rows[] = {
        {"", EMPTY_BODY_HASH},
        {"\r\n\r\n", EMPTY_BODY_HASH},
        {RFC_BODY, RFC_BODY_HASH},
        {RFC_BODY "\r\n \r\n\t\r\n", RFC_BODY_HASH},
        {"Hi. \r\n\r\nWe lost\tthe game. Are you  hungry yet?\r\n\t\r\nJoe.", RFC_BODY_HASH},
    };
    struct dkim_signer *s = signer("example.org", "s", key_ed25519);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *message =
            g_strconcat("From: a@example.org\r\n\r\n", rows[i].body, NULL);
        g_autofree char *field = sign(s, message);

        check_tag(field, "bh", rows[i].hash);
    }
    dkim_signer_unref(s);
}

static void test_folding(void)
{
    g_autofree char *label = g_strnfill(60, 'a');
    g_autofree char *domain = g_strdup_printf("%s.%s.example.org", label, label);

    /* Long domains and selectors push everything after them to other columns. */
    for (gsize len = 1; len < 63; len++) {
        g_autofree char *selector = g_strnfill(len, 's');
        struct dkim_signer *s = signer("example.org", selector, key_rsa_pkcs8);
        g_autofree char *field = sign(s, RFC_HEADER "\r\n" RFC_BODY);

        check_lines(field);
        check_tag(field, "s", selector);
        check_tag(field, "bh", RFC_BODY_HASH);
        dkim_signer_unref(s);
    }
    struct dkim_signer *s = signer(domain, "s", key_ed25519);
    g_autofree char *field = sign(s, RFC_HEADER "\r\n" RFC_BODY);
    check_tag(field, "d", domain);
    g_assert_nonnull(strstr(field, "\r\n s=s;")); /* only the one long name is alone and long */
    dkim_signer_unref(s);
}

static void test_two_signers(void)
{
    struct dkim_signer *both[] = {signer("example.org", "r", key_rsa_pkcs8),
                                  signer("example.org", "e", key_ed25519)};
    struct compose_chunk chunk = {RFC_HEADER "\r\n" RFC_BODY,
                                  strlen(RFC_HEADER "\r\n" RFC_BODY)};
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *one = sign(both[0], chunk.data), *other = sign(both[1], chunk.data);
    g_autofree char *want = g_strconcat(one, other, NULL);

    g_assert_true(dkim_sign(both, 2, &chunk, 1, NOW_S, out, NULL));
    g_assert_cmpstr(out->str, ==, want);
    dkim_signer_unref(both[0]);
    dkim_signer_unref(both[1]);
}

static void test_refuses(void)
{
    static const char *const messages[] = {
        "",
        "\r\n",
        "From: a@example.org\r\n",
        "no field\r\n\r\nbody\r\n",
        ": nameless\r\n\r\n",
        "From: a\nTo: b\n\nbody\n",
    };
    struct dkim_signer *s = signer("example.org", "s", key_ed25519);

    for (gsize i = 0; i < G_N_ELEMENTS(messages); i++) {
        struct compose_chunk chunk = {messages[i], strlen(messages[i])};
        g_autoptr(GString) out = g_string_new("kept");
        g_autoptr(GError) error = NULL;

        g_assert_false(dkim_sign(&s, 1, &chunk, 1, NOW_S, out, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpstr(out->str, ==, "kept");
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_false(dkim_sign(&s, 1, NULL, 0, NOW_S, out, &error));
    dkim_signer_unref(s);
}

static void test_too_many_fields(void)
{
    struct dkim_signer *s = signer("example.org", "s", key_ed25519);
    g_autoptr(GString) message = g_string_new(NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    struct compose_chunk chunk;

    for (int i = 0; i < DKIM_MAX_FIELDS; i++)
        g_string_append(message, "X: y\r\n");
    g_string_append(message, "\r\n");
    chunk = (struct compose_chunk){message->str, message->len};
    g_assert_true(dkim_sign(&s, 1, &chunk, 1, NOW_S, out, NULL));
    g_string_prepend(message, "X: y\r\n");
    chunk = (struct compose_chunk){message->str, message->len};
    g_assert_false(dkim_sign(&s, 1, &chunk, 1, NOW_S, out, NULL));
    dkim_signer_unref(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dkim/the-field", test_field);
    g_test_add_func("/dkim/verifies-by-hand", test_verifies);
    g_test_add_func("/dkim/chunks-cut-anywhere", test_any_cut);
    g_test_add_func("/dkim/header-fields-once-more-than-they-are", test_covers);
    g_test_add_func("/dkim/equal-fields-from-the-last", test_order_of_equals);
    g_test_add_func("/dkim/bodies", test_bodies);
    g_test_add_func("/dkim/folding", test_folding);
    g_test_add_func("/dkim/two-signers", test_two_signers);
    g_test_add_func("/dkim/refuses-what-is-no-message", test_refuses);
    g_test_add_func("/dkim/too-many-fields", test_too_many_fields);
    return g_test_run();
}

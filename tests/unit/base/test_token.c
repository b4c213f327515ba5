/*
 * Tokens: made and known again in any case, and nothing else is taken for one.
 */
#include "config.h"

#include "base/token.h"

#include <string.h>

#include "base/crypto.h"

static const guint8 key[TOKEN_KEY_BYTES] = "0123456789abcdef0123456789abcde";
static const guint8 other_key[TOKEN_KEY_BYTES] = "0123456789abcdef0123456789abcdX";

static void test_round_trip(void)
{
    static const gint64 ids[] = {1,         255, 256, 65536, 100000, G_MAXINT32, G_MAXINT64 - 1,
                                 G_MAXINT64};

    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++)
        for (enum token_kind kind = TOKEN_MESSAGE; kind <= TOKEN_ERASED; kind++) {
            g_autofree char *text = token_make(key, kind, ids[i]);
            g_autofree char *upper = g_ascii_strup(text, -1);
            gint64 id = 0, id_upper = 0;

            g_assert_cmpuint(strlen(text), <=, 32);
            g_assert_true(token_verify(key, kind, text, &id));
            g_assert_cmpint(id, ==, ids[i]);
            g_assert_true(token_verify(key, kind, upper, &id_upper));
            g_assert_cmpint(id_upper, ==, ids[i]);
        }
}

/* Mail that went out bears them for years: they never change. */
static void test_same_for_ever(void)
{
    static const guint8 fixed[TOKEN_KEY_BYTES] = {1, 2, 3};
    static const struct {
        enum token_kind kind;
        gint64 id;
        const char *text;
    } rows[] = {
        {TOKEN_MESSAGE, 1, "aeaqlttoaav44zon63qa"},
        {TOKEN_MESSAGE, 256, "aeaqbj3k7gi6rep4qf2jw"},
        {TOKEN_MESSAGE, G_MAXINT64, "af7777777777774uyxwddac5cm74ddi"},
        {TOKEN_UNSUBSCRIBE, 255, "al7u52dnj3p6sncfri4q"},
        {TOKEN_UNSUBSCRIBE, 65536, "aiaqaad7uwzb2ovsl5o2jvi"},
        {TOKEN_BOUNCE, 4711, "amjgo2mqlguwjysk4yam6"},
        {TOKEN_BOUNCE, G_GINT64_CONSTANT(0x1234567890), "amjdivtysdtdqdvq3xivormvki"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = token_make(fixed, rows[i].kind, rows[i].id);

        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void test_another_kind_or_key(void)
{
    g_autofree char *text = token_make(key, TOKEN_BOUNCE, 42);
    gint64 id = -1;

    g_assert_false(token_verify(key, TOKEN_MESSAGE, text, &id));
    g_assert_false(token_verify(other_key, TOKEN_BOUNCE, text, &id));
    g_assert_cmpint(id, ==, -1);
}

/* Who has one kind of a delivery's tokens cannot make another of them. */
static void test_kinds_share_nothing(void)
{
    enum { MAC = 10 };

    for (enum token_kind a = TOKEN_MESSAGE; a <= TOKEN_ERASED; a++)
        for (enum token_kind b = a + 1; b <= TOKEN_ERASED; b++) {
            g_autofree char *text_a = token_make(key, a, 7), *text_b = token_make(key, b, 7);
            gsize len_a = 0, len_b = 0;
            g_autofree guint8 *of_a = crypto_unbase32(text_a, strlen(text_a), &len_a);
            g_autofree guint8 *of_b = crypto_unbase32(text_b, strlen(text_b), &len_b);

            g_assert_cmpuint(len_a, >, MAC);
            g_assert_cmpuint(len_a, ==, len_b);
            for (gsize i = len_a - MAC; i + 4 <= len_a; i++)
                for (gsize j = len_b - MAC; j + 4 <= len_b; j++)
                    g_assert_cmpint(memcmp(of_a + i, of_b + j, 4), !=, 0);
        }
}

/* Every other character at every place: also the spare bits of the last one. */
static void test_every_change(void)
{
    static const gint64 ids[] = {7, 300, 70000, 20000000};
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567-=0189 ";

    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autofree char *text = token_make(key, TOKEN_MESSAGE, ids[i]);

        for (gsize at = 0; text[at] != '\0'; at++)
            for (const char *d = digits; *d != '\0'; d++) {
                g_autofree char *changed = g_strdup(text);
                gint64 id = -1;

                changed[at] = *d;
                if (text[at] == *d)
                    continue;
                g_assert_false(token_verify(key, TOKEN_MESSAGE, changed, &id));
                g_assert_cmpint(id, ==, -1);
            }
    }
}

static void test_every_cut(void)
{
    g_autofree char *text = token_make(key, TOKEN_MESSAGE, 123456);
    gint64 id;

    for (gsize len = 0; len < strlen(text); len++) {
        g_autofree char *cut = g_strndup(text, len);
        g_autofree char *longer = g_strconcat(text, cut, "a", NULL);

        g_assert_false(token_verify(key, TOKEN_MESSAGE, cut, &id));
        g_assert_false(token_verify(key, TOKEN_MESSAGE, longer, &id));
    }
    g_assert_false(token_verify(key, TOKEN_MESSAGE, NULL, &id));
}

/* A token with a right signature whose id is not in its one shortest form. */
static char *forge(const guint8 *id_octets, gsize id_len, guint64 id)
{
    guint8 octets[1 + 9 + 10] = {TOKEN_MESSAGE};
    guint8 message[9] = {TOKEN_MESSAGE}, mac[CRYPTO_SHA256_BYTES];

    for (int i = 0; i < 8; i++)
        message[1 + i] = (guint8)(id >> (56 - 8 * i));
    crypto_hmac_sha256(key, TOKEN_KEY_BYTES, message, sizeof message, mac);
    memcpy(octets + 1, id_octets, id_len);
    memcpy(octets + 1 + id_len, mac, 10);
    return crypto_base32(octets, 1 + id_len + 10);
}

static void test_not_canonical(void)
{
    static const struct {
        guint8 octets[9];
        gsize len;
        guint64 id;
        gboolean is_good;
    } rows[] = {
        {{5}, 1, 5, TRUE},
        {{0, 5}, 2, 5, FALSE},
        {{0, 0, 0, 0, 0, 0, 0, 5}, 8, 5, FALSE},
        {{0}, 1, 0, FALSE},
        {{0}, 0, 0, FALSE},
        {{0x80, 0, 0, 0, 0, 0, 0, 0}, 8, G_GUINT64_CONSTANT(1) << 63, FALSE},
        {{1, 0, 0, 0, 0, 0, 0, 0, 5}, 9, 5, FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = forge(rows[i].octets, rows[i].len, rows[i].id);
        gint64 id = -1;

        g_assert_true(token_verify(key, TOKEN_MESSAGE, text, &id) == rows[i].is_good);
        g_assert_cmpint(id, ==, rows[i].is_good ? (gint64)rows[i].id : -1);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/token/round-trip", test_round_trip);
    g_test_add_func("/token/same-for-ever", test_same_for_ever);
    g_test_add_func("/token/another-kind-or-key", test_another_kind_or_key);
    g_test_add_func("/token/kinds-share-nothing", test_kinds_share_nothing);
    g_test_add_func("/token/every-change", test_every_change);
    g_test_add_func("/token/every-cut", test_every_cut);
    g_test_add_func("/token/not-canonical", test_not_canonical);
    return g_test_run();
}

/*
 * Hashes against the vectors of their standards (FIPS 180-2, RFC 4231, RFC 3720, RFC 4648).
 */
#include "config.h"

#include "base/crypto.h"

#include <string.h>

static char *hex(const guint8 *octets, gsize len)
{
    GString *s = g_string_new(NULL);

    for (gsize i = 0; i < len; i++)
        g_string_append_printf(s, "%02x", octets[i]);
    return g_string_free(s, FALSE);
}

static void test_sha256(void)
{
    static const struct {
        const char *text, *hash;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *hash = crypto_sha256_hex(rows[i].text, strlen(rows[i].text));

        g_assert_cmpstr(hash, ==, rows[i].hash);
    }
}

static void check_hmac(const guint8 *key, gsize key_len, const char *data, const char *want)
{
    guint8 mac[CRYPTO_SHA256_BYTES];
    g_autofree char *text = NULL;

    crypto_hmac_sha256(key, key_len, data, strlen(data), mac);
    text = hex(mac, sizeof mac);
    g_assert_cmpstr(text, ==, want);
}

static void test_hmac(void)
{
    guint8 key1[20], key6[131];

    memset(key1, 0x0b, sizeof key1);
    memset(key6, 0xaa, sizeof key6);
    /* Twice around, so that nothing of one key stays in the context for the next. */
    for (int round = 0; round < 2; round++) {
        check_hmac(key1, sizeof key1, "Hi There",
                   "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        check_hmac((const guint8 *)"Jefe", 4, "what do ya want for nothing?",
                   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        check_hmac(key6, sizeof key6, "Test Using Larger Than Block-Size Key - Hash Key First",
                   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        check_hmac(NULL, 0, "",
                   "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    }
}

/* Another library's: keys around the length of a block, data of several. */
static void test_hmac_lengths(void)
{
    guint8 key[140];
    char data[140];

    for (gsize i = 0; i < sizeof key; i++) {
        key[i] = (guint8)(i * 7 + 1);
        data[i] = (char)('!' + i % 90);
    }
    for (gsize key_len = 1; key_len < sizeof key; key_len += key_len < 60 ? 13 : 1) {
        for (gsize len = 0; len < sizeof data; len += 9) {
            g_autofree char *text = g_strndup(data, len);
            g_autofree char *want =
                g_compute_hmac_for_string(G_CHECKSUM_SHA256, key, key_len, text, (gssize)len);

            check_hmac(key, key_len, text, want);
        }
    }
}

/* One after the other, of one length: nothing of the first is left. */
static void test_hmac_other_key(void)
{
    guint8 key[32] = {0};

    for (guint8 i = 0; i < 4; i++) {
        g_autofree char *want = NULL;

        key[31] = i;
        want = g_compute_hmac_for_string(G_CHECKSUM_SHA256, key, sizeof key, "text", 4);
        check_hmac(key, sizeof key, "text", want);
    }
}

static gpointer hmac_in_thread(gpointer unused)
{
    check_hmac((const guint8 *)"Jefe", 4, "what do ya want for nothing?",
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    return NULL;
}

static void test_hmac_threads(void)
{
    GThread *threads[4];

    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("hmac", hmac_in_thread, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
}

static void test_crc32c(void)
{
    guint8 zeros[32] = {0}, ones[32], rising[32];

    memset(ones, 0xff, sizeof ones);
    for (guint8 i = 0; i < sizeof rising; i++)
        rising[i] = i;
    g_assert_cmphex(crypto_crc32c(0, "", 0), ==, 0);
    g_assert_cmphex(crypto_crc32c(0, "123456789", 9), ==, 0xe3069283);
    g_assert_cmphex(crypto_crc32c(0, zeros, sizeof zeros), ==, 0x8a9136aa);
    g_assert_cmphex(crypto_crc32c(0, ones, sizeof ones), ==, 0x62a8ab43);
    g_assert_cmphex(crypto_crc32c(0, rising, sizeof rising), ==, 0x46dd794e);
}

static void test_crc32c_in_parts(void)
{
    const char *text = "The record may be summed up in parts of any length.";
    gsize len = strlen(text);
    guint32 whole = crypto_crc32c(0, text, len);

    for (gsize cut = 0; cut <= len; cut++) {
        guint32 crc = crypto_crc32c(crypto_crc32c(0, text, cut), text + cut, len - cut);

        g_assert_cmphex(crc, ==, whole);
    }
}

static void test_base32(void)
{
    static const struct {
        const char *plain, *coded;
    } rows[] = {
        {"", ""},
        {"f", "my"},
        {"fo", "mzxq"},
        {"foo", "mzxw6"},
        {"foob", "mzxw6yq"},
        {"fooba", "mzxw6ytb"},
        {"foobar", "mzxw6ytboi"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *coded = crypto_base32(rows[i].plain, strlen(rows[i].plain));
        g_autofree char *upper = g_ascii_strup(rows[i].coded, -1);
        gsize len = 99;
        g_autofree guint8 *plain = crypto_unbase32(upper, strlen(upper), &len);

        g_assert_cmpstr(coded, ==, rows[i].coded);
        g_assert_cmpmem(plain, len, rows[i].plain, strlen(rows[i].plain));
    }
}

static void test_base32_every_octet(void)
{
    guint8 octets[256];
    gsize len = 0;
    g_autofree char *coded = NULL;
    g_autofree guint8 *back = NULL;

    for (gsize i = 0; i < sizeof octets; i++)
        octets[i] = (guint8)(i * 37 + 11);
    coded = crypto_base32(octets, sizeof octets);
    back = crypto_unbase32(coded, strlen(coded), &len);
    g_assert_cmpmem(back, len, octets, sizeof octets);
}

/* Nothing is written behind the room that is promised. */
static void test_base32_room(void)
{
    static const guint8 octets[24] = {0xff, 1};

    for (gsize len = 0; len <= sizeof octets; len++) {
        char text[64];
        gsize room = CRYPTO_BASE32_ROOM(len);

        memset(text, '!', sizeof text);
        g_assert_cmpuint(crypto_base32_put(text, octets, len), ==, room - 1);
        g_assert_cmpuint(strlen(text), ==, room - 1);
        g_assert_cmpint(text[room], ==, '!');
    }
}

static void test_unbase32_refuses(void)
{
    static const char *const rows[] = {
        "a",     "m",  "mzx", "mzxw6y",   "mz",  "mzxr",
        "mzxw7", "m1", "m8",  "my======", "m y", "m\xc3\xa9",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize len = 99;
        g_autofree guint8 *plain = crypto_unbase32(rows[i], strlen(rows[i]), &len);

        if (plain != NULL)
            g_test_message("taken: %s", rows[i]);
        g_assert_null(plain);
        g_assert_cmpuint(len, ==, 99);
    }
}

static void test_random(void)
{
    guint8 a[64] = {0}, b[64] = {0};

    crypto_random(a, sizeof a);
    crypto_random(b, sizeof b);
    g_assert_false(crypto_equal(a, b, sizeof a));
}

static void test_equal(void)
{
    g_assert_true(crypto_equal("same", "same", 4));
    g_assert_false(crypto_equal("same", "sane", 4));
    g_assert_true(crypto_equal("a", "b", 0));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/sha256", test_sha256);
    g_test_add_func("/crypto/hmac/vectors", test_hmac);
    g_test_add_func("/crypto/hmac/lengths", test_hmac_lengths);
    g_test_add_func("/crypto/hmac/other-key", test_hmac_other_key);
    g_test_add_func("/crypto/hmac/threads", test_hmac_threads);
    g_test_add_func("/crypto/crc32c/vectors", test_crc32c);
    g_test_add_func("/crypto/crc32c/in-parts", test_crc32c_in_parts);
    g_test_add_func("/crypto/base32/vectors", test_base32);
    g_test_add_func("/crypto/base32/every-octet", test_base32_every_octet);
    g_test_add_func("/crypto/base32/room", test_base32_room);
    g_test_add_func("/crypto/base32/refuses", test_unbase32_refuses);
    g_test_add_func("/crypto/random", test_random);
    g_test_add_func("/crypto/equal", test_equal);
    return g_test_run();
}

/*
 * Keys that sign: reading every form that people have, signatures against openssl(1)'s and the
 * key of RFC 8463.
 */
#include "config.h"

#include "base/crypto_key.h"

#include <string.h>

#include "base/error.h"
#include "keys.h"

#define THREADS 4
#define SIGNATURES 50

static struct crypto_key *parse(const char *pem)
{
    g_autoptr(GError) error = NULL;
    struct crypto_key *k = crypto_key_parse(pem, strlen(pem), &error);
    g_assert_no_error(error);
    return k;
}

static void test_reads(void)
{
    static const struct {
        const char *pem, *public;
        enum crypto_key_kind kind;
        int bits;
    } rows[] = {
        {key_rsa_pkcs1, key_rsa_public, CRYPTO_KEY_RSA, 1024},
        {key_rsa_pkcs8, key_rsa_public, CRYPTO_KEY_RSA, 1024},
        {key_ed25519, key_ed25519_public, CRYPTO_KEY_ED25519, 256},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct crypto_key *k = parse(rows[i].pem);
        g_autofree char *public = crypto_key_public(k);

        g_assert_cmpint(crypto_key_kind(k), ==, rows[i].kind);
        g_assert_cmpint(crypto_key_bits(k), ==, rows[i].bits);
        g_assert_cmpstr(public, ==, rows[i].public);
        crypto_key_unref(k);
    }
}

static void test_writes_pkcs8(void)
{
    struct crypto_key *rsa = parse(key_rsa_pkcs1), *ed = parse(key_ed25519);
    g_autofree char *rsa_pem = crypto_key_to_pem(rsa), *ed_pem = crypto_key_to_pem(ed);

    g_assert_cmpstr(rsa_pem, ==, key_rsa_pkcs8);
    g_assert_cmpstr(ed_pem, ==, key_ed25519);
    crypto_key_unref(rsa);
    crypto_key_unref(ed);
}

static void test_refuses(void)
{
    static const struct {
        const char *pem, *says;
    } rows[] = {
        {"", "holds no private key"},
        {"no key\n", "holds no private key"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
         "holds no private key"},
        {key_ed25519_locked, "locked by a password"},
        {key_p256, "neither RSA nor Ed25519"},
        {key_rsa_768, "RSA key of 768 bits"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(crypto_key_parse(rows[i].pem, strlen(rows[i].pem), &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_nonnull(strstr(error->message, rows[i].says));
    }
}

static void test_signs_as_openssl(void)
{
    struct crypto_key *k = parse(key_rsa_pkcs8);
    guint8 hash[CRYPTO_SHA256_BYTES], signature[CRYPTO_KEY_MAX_SIGNATURE_BYTES];

    crypto_sha256("abc", 3, hash);
    gsize len = crypto_key_sign(k, hash, signature);
    g_autofree char *text = g_base64_encode(signature, len);
    g_assert_cmpstr(text, ==, key_rsa_signature_of_abc);
    crypto_key_unref(k);
}

/* Signs and verifies; a changed hash or signature must not pass. */
static void check_round(struct crypto_key *k)
{
    guint8 hash[CRYPTO_SHA256_BYTES], signature[CRYPTO_KEY_MAX_SIGNATURE_BYTES];
    g_autofree char *public = crypto_key_public(k);
    enum crypto_key_kind kind = crypto_key_kind(k);

    crypto_sha256("a message", 9, hash);
    gsize len = crypto_key_sign(k, hash, signature);
    g_assert_true(crypto_key_verify(kind, public, hash, signature, len));
    signature[len / 2] ^= 1;
    g_assert_false(crypto_key_verify(kind, public, hash, signature, len));
    signature[len / 2] ^= 1;
    hash[31] ^= 0x80;
    g_assert_false(crypto_key_verify(kind, public, hash, signature, len));
    hash[31] ^= 0x80;
    g_assert_false(crypto_key_verify(kind, "AAAA", hash, signature, len));
}

static void test_generates(void)
{
    for (int kind = 0; kind < CRYPTO_KEY_KIND_COUNT; kind++) {
        struct crypto_key *a = crypto_key_generate(kind), *b = crypto_key_generate(kind);
        g_autofree char *one = crypto_key_public(a), *other = crypto_key_public(b);
        g_autofree char *pem = crypto_key_to_pem(a);
        struct crypto_key *again = parse(pem);
        g_autofree char *same = crypto_key_public(again);

        g_assert_cmpstr(one, !=, other);
        g_assert_cmpstr(one, ==, same);
        if (kind == CRYPTO_KEY_RSA)
            g_assert_cmpint(crypto_key_bits(a), ==, CRYPTO_KEY_RSA_BITS);
        check_round(a);
        crypto_key_unref(a);
        crypto_key_unref(b);
        crypto_key_unref(again);
    }
}

static gpointer sign_many(gpointer key)
{
    for (int i = 0; i < SIGNATURES; i++)
        check_round(key);
    crypto_key_unref(key);
    return NULL;
}

static void test_threads(void)
{
    for (int kind = 0; kind < CRYPTO_KEY_KIND_COUNT; kind++) {
        struct crypto_key *k = crypto_key_generate(kind);
        GThread *threads[THREADS];

        for (int i = 0; i < THREADS; i++)
            threads[i] = g_thread_new("sign", sign_many, crypto_key_ref(k));
        for (int i = 0; i < THREADS; i++)
            g_thread_join(threads[i]);
        crypto_key_unref(k);
    }
}

static void test_sha256_in_pieces(void)
{
    static const char text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    struct crypto_sha256 *h = crypto_sha256_new();
    guint8 whole[CRYPTO_SHA256_BYTES], pieces[CRYPTO_SHA256_BYTES];

    crypto_sha256(text, sizeof text - 1, whole);
    for (gsize cut = 0; cut < sizeof text; cut++) {
        crypto_sha256_begin(h);
        crypto_sha256_update(h, text, cut);
        crypto_sha256_update(h, text + cut, sizeof text - 1 - cut);
        crypto_sha256_finish(h, pieces);
        g_assert_cmpmem(whole, sizeof whole, pieces, sizeof pieces);
    }
    crypto_sha256_free(h);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto-key/reads-every-form", test_reads);
    g_test_add_func("/crypto-key/writes-pkcs8", test_writes_pkcs8);
    g_test_add_func("/crypto-key/refuses-what-it-cannot-use", test_refuses);
    g_test_add_func("/crypto-key/signs-as-openssl-does", test_signs_as_openssl);
    g_test_add_func("/crypto-key/makes-keys-that-sign", test_generates);
    g_test_add_func("/crypto-key/signs-in-many-threads", test_threads);
    g_test_add_func("/crypto/sha256/in-pieces", test_sha256_in_pieces);
    return g_test_run();
}

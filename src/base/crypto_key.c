/*
 * Private keys behind the door to libcrypto: making, reading, writing, signing. Not for where
 * they lie (store/dkim_keys.c) and not for what is signed (message/dkim.c).
 *
 * As in crypto.c a failure of the library over a sound key ends the process.
 */
#include "config.h"

#include "base/crypto_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

struct crypto_key {
    gatomicrefcount refs;
    enum crypto_key_kind kind;
    int bits;
    EVP_PKEY *key; /* owned */
};

const char *crypto_key_kind_name(enum crypto_key_kind kind)
{
    static const char *const names[CRYPTO_KEY_KIND_COUNT] = {
        [CRYPTO_KEY_RSA] = "rsa",
        [CRYPTO_KEY_ED25519] = "ed25519",
    };
    return names[kind];
}

/* Takes `key`. */
static struct crypto_key *wrap(EVP_PKEY *key, enum crypto_key_kind kind)
{
    struct crypto_key *k = g_new0(struct crypto_key, 1);
    g_atomic_ref_count_init(&k->refs);
    k->kind = kind;
    /* libcrypto says 253 or 256, depending on its version. */
    k->bits = kind == CRYPTO_KEY_ED25519 ? 256 : EVP_PKEY_get_bits(key);
    k->key = key;
    return k;
}

struct crypto_key *crypto_key_generate(enum crypto_key_kind kind)
{
    EVP_PKEY *key = kind == CRYPTO_KEY_RSA
                        ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)CRYPTO_KEY_RSA_BITS)
                        : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (key == NULL)
        g_error("libcrypto cannot make a key");
    return wrap(key, kind);
}

struct crypto_key *crypto_key_ref(struct crypto_key *k)
{
    g_atomic_ref_count_inc(&k->refs);
    return k;
}

void crypto_key_unref(struct crypto_key *k)
{
    if (k == NULL || !g_atomic_ref_count_dec(&k->refs))
        return;
    EVP_PKEY_free(k->key);
    g_free(k);
}

/* ---- reading and writing ---- */

/* Without this one libcrypto would ask for the password on the terminal. */
static int give_no_password(char *buffer, int size, int is_writing, void *data)
{
    *(gboolean *)data = TRUE;
    return -1;
}

static gboolean check_rsa(EVP_PKEY *key, GError **error)
{
    int bits = EVP_PKEY_get_bits(key);
    if (bits >= CRYPTO_KEY_RSA_MIN_BITS && bits <= CRYPTO_KEY_RSA_MAX_BITS)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("it is an RSA key of %d bits, and receivers take %d to %d. Use one of 2048"),
                bits, CRYPTO_KEY_RSA_MIN_BITS, CRYPTO_KEY_RSA_MAX_BITS);
    return FALSE;
}

static EVP_PKEY *read_pem(const char *pem, gsize len, GError **error)
{
    gboolean is_locked = FALSE;
    BIO *in = BIO_new_mem_buf(pem, (int)MIN(len, CRYPTO_KEY_MAX_PEM_BYTES));
    EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, give_no_password, &is_locked) : NULL;
    BIO_free(in);
    ERR_clear_error();
    if (key != NULL)
        return key;
    if (is_locked)
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("the key in it is locked by a password. Unlock a copy with: openssl pkey -in "
              "FILE -out COPY"));
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("it holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"));
    return NULL;
}

struct crypto_key *crypto_key_parse(const char *pem, gsize len, GError **error)
{
    EVP_PKEY *key = read_pem(pem, len, error);
    if (key == NULL)
        return NULL;
    if (EVP_PKEY_is_a(key, "ED25519"))
        return wrap(key, CRYPTO_KEY_ED25519);
    gboolean is_rsa = EVP_PKEY_is_a(key, "RSA");
    if (is_rsa && check_rsa(key, error))
        return wrap(key, CRYPTO_KEY_RSA);
    if (!is_rsa)
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("the key in it is neither RSA nor Ed25519, and DKIM knows no other kind"));
    EVP_PKEY_free(key);
    return NULL;
}

enum crypto_key_kind crypto_key_kind(const struct crypto_key *k)
{
    return k->kind;
}

int crypto_key_bits(const struct crypto_key *k)
{
    return k->bits;
}

char *crypto_key_to_pem(const struct crypto_key *k)
{
    BIO *out = BIO_new(BIO_s_secmem()); /* wiped when it is freed */
    char *data = NULL;
    if (out == NULL || !PEM_write_bio_PKCS8PrivateKey(out, k->key, NULL, NULL, 0, NULL, NULL))
        g_error("libcrypto cannot write a key");
    long len = BIO_get_mem_data(out, &data);
    char *pem = g_strndup(data, (gsize)len);
    BIO_free(out);
    return pem;
}

char *crypto_key_public(const struct crypto_key *k)
{
    if (k->kind == CRYPTO_KEY_ED25519) {
        guint8 raw[32];
        size_t len = sizeof raw;
        if (!EVP_PKEY_get_raw_public_key(k->key, raw, &len) || len != sizeof raw)
            g_error("libcrypto cannot give a public key");
        return g_base64_encode(raw, len);
    }
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(k->key, &der);
    if (len <= 0)
        g_error("libcrypto cannot give a public key");
    char *text = g_base64_encode(der, (gsize)len);
    OPENSSL_free(der);
    return text;
}

/* ---- signing ---- */

static EVP_MD *sha256_md(void)
{
    static gsize once;
    static EVP_MD *md;
    if (g_once_init_enter(&once)) {
        md = EVP_MD_fetch(NULL, "SHA256", NULL);
        if (md == NULL)
            g_error("libcrypto has no SHA-256");
        g_once_init_leave(&once, 1);
    }
    return md;
}

static gsize sign_rsa(const struct crypto_key *k, const guint8 *hash, guint8 *ret)
{
    size_t len = CRYPTO_KEY_MAX_SIGNATURE_BYTES;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(k->key, NULL);
    if (context == NULL || EVP_PKEY_sign_init(context) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_CTX_set_signature_md(context, sha256_md()) <= 0 ||
        EVP_PKEY_sign(context, ret, &len, hash, CRYPTO_SHA256_BYTES) <= 0)
        g_error("libcrypto cannot sign with an RSA key");
    EVP_PKEY_CTX_free(context);
    return len;
}

/* RFC 8463, 3: what Ed25519 signs is the SHA-256 hash. */
static gsize sign_ed25519(const struct crypto_key *k, const guint8 *hash, guint8 *ret)
{
    size_t len = CRYPTO_KEY_MAX_SIGNATURE_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestSignInit(context, NULL, NULL, NULL, k->key) <= 0 ||
        EVP_DigestSign(context, ret, &len, hash, CRYPTO_SHA256_BYTES) <= 0)
        g_error("libcrypto cannot sign with an Ed25519 key");
    EVP_MD_CTX_free(context);
    return len;
}

gsize crypto_key_sign(const struct crypto_key *k, const guint8 hash[CRYPTO_SHA256_BYTES],
                      guint8 ret_signature[CRYPTO_KEY_MAX_SIGNATURE_BYTES])
{
    return k->kind == CRYPTO_KEY_RSA ? sign_rsa(k, hash, ret_signature)
                                     : sign_ed25519(k, hash, ret_signature);
}

static EVP_PKEY *read_public(enum crypto_key_kind kind, const char *base64)
{
    gsize len = 0;
    g_autofree guchar *der = g_base64_decode(base64, &len);
    const unsigned char *at = der;
    if (kind == CRYPTO_KEY_ED25519)
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, der, len);
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)len);
    if (key != NULL && !EVP_PKEY_is_a(key, "RSA"))
        g_clear_pointer(&key, EVP_PKEY_free);
    return key;
}

static gboolean verify_rsa(EVP_PKEY *key, const guint8 *hash, const guint8 *signature,
                           gsize len)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    gboolean ok = context != NULL && EVP_PKEY_verify_init(context) > 0 &&
                  EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0 &&
                  EVP_PKEY_CTX_set_signature_md(context, sha256_md()) > 0 &&
                  EVP_PKEY_verify(context, signature, len, hash, CRYPTO_SHA256_BYTES) > 0;
    EVP_PKEY_CTX_free(context);
    return ok;
}

static gboolean verify_ed25519(EVP_PKEY *key, const guint8 *hash, const guint8 *signature,
                               gsize len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    gboolean ok = context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) > 0 &&
                  EVP_DigestVerify(context, signature, len, hash, CRYPTO_SHA256_BYTES) > 0;
    EVP_MD_CTX_free(context);
    return ok;
}

gboolean crypto_key_verify(enum crypto_key_kind kind, const char *public_base64,
                           const guint8 hash[CRYPTO_SHA256_BYTES], const guint8 *signature,
                           gsize len)
{
    EVP_PKEY *key = read_public(kind, public_base64);
    gboolean ok =
        key != NULL && (kind == CRYPTO_KEY_RSA ? verify_rsa(key, hash, signature, len)
                                               : verify_ed25519(key, hash, signature, len));
    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok;
}

/*
 * The door to libcrypto: SHA-256, HMAC, constant-time comparison; beside them what needs no
 * library: random octets from the kernel, CRC-32C, base32. Not for TLS (net/stream.c), not
 * for what a token means (token.c), not for keys that sign (crypto_key.c).
 *
 * A failure of the library here means that it is broken or out of memory: the process ends, for
 * going on without a right hash would put wrong signatures into the world.
 */
#include "config.h"

#include "base/crypto.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#define CRC32C_POLYNOMIAL 0x82f63b78u /* 0x1edc6f41, bits reversed */
#define CRC32C_SLICES 8

/* Looking an algorithm up by name costs more than hashing a token, so it happens once. */
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

void crypto_sha256(const void *data, gsize len, guint8 ret_hash[CRYPTO_SHA256_BYTES])
{
    if (!EVP_Digest(data, len, ret_hash, NULL, sha256_md(), NULL))
        g_error("SHA-256 failed in libcrypto");
}

#define HMAC_BLOCK_BYTES 64 /* of SHA-256 */

/* RFC 2104 upon the library's SHA-256: its own HMAC does more around two blocks than they cost.
 */
struct hmac {
    EVP_MD_CTX *inner, *outer;    /* owned; each with the key's block behind it */
    EVP_MD_CTX *work;             /* owned */
    guint8 key[HMAC_BLOCK_BYTES]; /* the key that they have */
    gsize key_len;                /* 0: none yet, or a longer one */
};

static void hmac_free(gpointer p)
{
    struct hmac *h = p;

    EVP_MD_CTX_free(h->inner);
    EVP_MD_CTX_free(h->outer);
    EVP_MD_CTX_free(h->work);
    OPENSSL_cleanse(h, sizeof *h);
    g_free(h);
}

/* One a thread, set up once. */
static struct hmac *hmac_of_thread(void)
{
    static GPrivate slot = G_PRIVATE_INIT(hmac_free);
    struct hmac *h = g_private_get(&slot);

    if (h == NULL) {
        h = g_new0(struct hmac, 1);
        h->inner = EVP_MD_CTX_new();
        h->outer = EVP_MD_CTX_new();
        h->work = EVP_MD_CTX_new();
        if (h->inner == NULL || h->outer == NULL || h->work == NULL)
            g_error("libcrypto is out of memory");
        g_private_set(&slot, h);
    }
    return h;
}

static gboolean begin_with(EVP_MD_CTX *context, const guint8 block[HMAC_BLOCK_BYTES],
                           guint8 mask)
{
    guint8 masked[HMAC_BLOCK_BYTES];
    gboolean ok;

    for (gsize i = 0; i < sizeof masked; i++)
        masked[i] = block[i] ^ mask;
    ok = EVP_DigestInit_ex2(context, sha256_md(), NULL) &&
         EVP_DigestUpdate(context, masked, sizeof masked);
    OPENSSL_cleanse(masked, sizeof masked);
    return ok;
}

/* Keying hashes two blocks, as much as a token itself: the same key as before is not taken
 * anew. */
static gboolean hmac_set_key(struct hmac *h, const guint8 *key, gsize key_len)
{
    guint8 block[HMAC_BLOCK_BYTES] = {0};
    gboolean ok;

    if (key_len > 0 && key_len == h->key_len && memcmp(key, h->key, key_len) == 0)
        return TRUE;
    if (key_len > sizeof block)
        crypto_sha256(key, key_len, block);
    else if (key_len > 0)
        memcpy(block, key, key_len);
    h->key_len = key_len <= sizeof h->key ? key_len : 0;
    memcpy(h->key, block, sizeof block);
    ok = begin_with(h->inner, block, 0x36) && begin_with(h->outer, block, 0x5c);
    OPENSSL_cleanse(block, sizeof block);
    return ok;
}

/* What `begun` has hashed, and `data`. */
static gboolean hash_behind(struct hmac *h, const EVP_MD_CTX *begun, const void *data,
                            gsize len, guint8 ret_hash[CRYPTO_SHA256_BYTES])
{
    return EVP_MD_CTX_copy_ex(h->work, begun) && EVP_DigestUpdate(h->work, data, len) &&
           EVP_DigestFinal_ex(h->work, ret_hash, NULL);
}

void crypto_hmac_sha256(const guint8 *key, gsize key_len, const void *data, gsize len,
                        guint8 ret_mac[CRYPTO_SHA256_BYTES])
{
    struct hmac *h = hmac_of_thread();

    if (!hmac_set_key(h, key, key_len) || !hash_behind(h, h->inner, data, len, ret_mac) ||
        !hash_behind(h, h->outer, ret_mac, CRYPTO_SHA256_BYTES, ret_mac))
        g_error("HMAC-SHA256 failed in libcrypto");
}

/* The state is the library's own, known by our name outside of here. */
static EVP_MD_CTX *context_of(struct crypto_sha256 *h)
{
    return (EVP_MD_CTX *)h;
}

struct crypto_sha256 *crypto_sha256_new(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (context == NULL)
        g_error("libcrypto is out of memory");
    return (struct crypto_sha256 *)context;
}

void crypto_sha256_begin(struct crypto_sha256 *h)
{
    if (!EVP_DigestInit_ex2(context_of(h), sha256_md(), NULL))
        g_error("SHA-256 failed in libcrypto");
}

void crypto_sha256_update(struct crypto_sha256 *h, const void *data, gsize len)
{
    if (!EVP_DigestUpdate(context_of(h), data, len))
        g_error("SHA-256 failed in libcrypto");
}

void crypto_sha256_finish(struct crypto_sha256 *h, guint8 ret_hash[CRYPTO_SHA256_BYTES])
{
    if (!EVP_DigestFinal_ex(context_of(h), ret_hash, NULL))
        g_error("SHA-256 failed in libcrypto");
}

void crypto_sha256_free(struct crypto_sha256 *h)
{
    EVP_MD_CTX_free(context_of(h));
}

char *crypto_sha256_hex(const void *data, gsize len)
{
    static const char digits[] = "0123456789abcdef";
    guint8 hash[CRYPTO_SHA256_BYTES];
    char *hex = g_malloc(2 * CRYPTO_SHA256_BYTES + 1);

    crypto_sha256(data, len, hash);
    for (gsize i = 0; i < CRYPTO_SHA256_BYTES; i++) {
        hex[2 * i] = digits[hash[i] >> 4];
        hex[2 * i + 1] = digits[hash[i] & 15];
    }
    hex[2 * CRYPTO_SHA256_BYTES] = '\0';
    return hex;
}

void crypto_random(void *ret, gsize len)
{
    guint8 *at = ret;

    while (len > 0) {
        gssize got = getrandom(at, len, 0);

        if (got < 0 && errno != EINTR)
            g_error("the kernel gives no random octets: %s", g_strerror(errno));
        if (got > 0) {
            at += got;
            len -= (gsize)got;
        }
    }
}

gboolean crypto_equal(const void *a, const void *b, gsize len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

/* Table k holds the remainders of one octet followed by k zero octets, so that eight octets
 * need eight look-ups that do not wait for each other. */
static guint32 (*crc32c_tables(void))[256]
{
    static gsize once;
    static guint32 tables[CRC32C_SLICES][256];

    if (g_once_init_enter(&once)) {
        for (guint32 octet = 0; octet < 256; octet++) {
            guint32 crc = octet;

            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) ? CRC32C_POLYNOMIAL : 0);
            tables[0][octet] = crc;
        }
        for (int slice = 1; slice < CRC32C_SLICES; slice++)
            for (int octet = 0; octet < 256; octet++) {
                guint32 crc = tables[slice - 1][octet];

                tables[slice][octet] = (crc >> 8) ^ tables[0][crc & 255];
            }
        g_once_init_leave(&once, 1);
    }
    return tables;
}

guint32 crypto_crc32c(guint32 crc, const void *data, gsize len)
{
    guint32(*t)[256] = crc32c_tables();
    const guint8 *p = data;

    crc = ~crc;
    for (; len >= 8; len -= 8, p += 8) {
        guint32 low, high;

        memcpy(&low, p, 4);
        memcpy(&high, p + 4, 4);
        low = GUINT32_FROM_LE(low) ^ crc;
        high = GUINT32_FROM_LE(high);
        crc = t[7][low & 255] ^ t[6][low >> 8 & 255] ^ t[5][low >> 16 & 255] ^ t[4][low >> 24] ^
              t[3][high & 255] ^ t[2][high >> 8 & 255] ^ t[1][high >> 16 & 255] ^
              t[0][high >> 24];
    }
    for (; len > 0; len--, p++)
        crc = (crc >> 8) ^ t[0][(crc ^ *p) & 255];
    return ~crc;
}

static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";

#define BASE32_OCTETS 5 /* that are eight digits */
#define BASE32_DIGITS 8

static void base32_group(char *ret, const guint8 *p)
{
    guint64 held = 0;

    memcpy((guint8 *)&held + 3, p, BASE32_OCTETS);
    held = GUINT64_FROM_BE(held);
#pragma GCC unroll 8
    for (int i = 0; i < BASE32_DIGITS; i++)
        ret[i] = base32_digits[held >> (35 - 5 * i) & 31];
}

gsize crypto_base32_put(char *ret, const void *data, gsize len)
{
    const guint8 *p = data;
    gsize n_digits = (len * 8 + 4) / 5;

    for (; len >= BASE32_OCTETS; len -= BASE32_OCTETS) {
        base32_group(ret, p);
        ret += BASE32_DIGITS;
        p += BASE32_OCTETS;
    }
    if (len > 0) {
        guint8 last[BASE32_OCTETS] = {0}; /* zeros stand for the octets that lack */
        char digits[BASE32_DIGITS];
        gsize n = (len * 8 + 4) / 5;

        memcpy(last, p, len);
        base32_group(digits, last);
        memcpy(ret, digits, n);
        ret += n;
    }
    *ret = '\0';
    return n_digits;
}

char *crypto_base32(const void *data, gsize len)
{
    char *text = g_malloc(CRYPTO_BASE32_ROOM(len));

    crypto_base32_put(text, data, len);
    return text;
}

static int base32_value(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= '2' && c <= '7')
        return c - '2' + 26;
    return -1;
}

guint8 *crypto_unbase32(const char *text, gsize len, gsize *ret_len)
{
    g_autofree guint8 *data = g_malloc(len * 5 / 8 + 1);
    guint32 held = 0;
    int held_bits = 0;
    gsize at = 0;

    for (gsize i = 0; i < len; i++) {
        int value = base32_value(text[i]);

        if (value < 0)
            return NULL;
        held = held << 5 | (guint32)value;
        held_bits += 5;
        if (held_bits >= 8) {
            held_bits -= 8;
            data[at++] = (guint8)(held >> held_bits);
            held &= (1u << held_bits) - 1;
        }
    }
    /* A digit too many, or bits set that the encoder leaves zero: a second spelling of the same
     * octets, which a signature must not have. */
    if (held_bits >= 5 || held != 0)
        return NULL;
    data[at] = 0;
    *ret_len = at;
    return g_steal_pointer(&data);
}

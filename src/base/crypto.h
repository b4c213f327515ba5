/*
 * Hashes, HMAC and random bytes. crypto*.c is the door to libcrypto; keys that sign are
 * crypto_key.h's.
 */
#ifndef CRIER_BASE_CRYPTO_H
#define CRIER_BASE_CRYPTO_H

#include <glib.h>

#define CRYPTO_SHA256_BYTES 32

void crypto_hmac_sha256(const guint8 *key, gsize key_len, const void *data, gsize len,
                        guint8 ret_mac[CRYPTO_SHA256_BYTES]);
void crypto_sha256(const void *data, gsize len, guint8 ret_hash[CRYPTO_SHA256_BYTES]);
/* In pieces. begin, update…, finish; then it can begin again. One thread at a time. */
struct crypto_sha256;
struct crypto_sha256 *crypto_sha256_new(void);
void crypto_sha256_begin(struct crypto_sha256 *h);
void crypto_sha256_update(struct crypto_sha256 *h, const void *data, gsize len);
void crypto_sha256_finish(struct crypto_sha256 *h, guint8 ret_hash[CRYPTO_SHA256_BYTES]);
void crypto_sha256_free(struct crypto_sha256 *h); /* NULL is fine */
/* 64 lower-case hex digits. Caller frees. */
char *crypto_sha256_hex(const void *data, gsize len);
/* Fills from getrandom(2); aborts where the kernel has none. */
void crypto_random(void *ret, gsize len);
gboolean crypto_equal(const void *a, const void *b, gsize len);  /* constant time */
guint32 crypto_crc32c(guint32 crc, const void *data, gsize len); /* Castagnoli; start with 0 */
/* RFC 4648 base32, lower case, no padding. Caller frees. Decode: NULL when it is none. */
char *crypto_base32(const void *data, gsize len);
/* The same into `ret`, which has room for CRYPTO_BASE32_ROOM(len); returns its length. */
#define CRYPTO_BASE32_ROOM(len) (((len)*8 + 4) / 5 + 1)
gsize crypto_base32_put(char *ret, const void *data, gsize len);
guint8 *crypto_unbase32(const char *text, gsize len, gsize *ret_len);

#endif

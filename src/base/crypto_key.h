/*
 * Private keys that sign SHA-256 hashes: RSA (PKCS#1 v1.5) and Ed25519 (RFC 8463). For DKIM.
 */
#ifndef CRIER_BASE_CRYPTO_KEY_H
#define CRIER_BASE_CRYPTO_KEY_H

#include <glib.h>

#include "base/crypto.h"

#define CRYPTO_KEY_RSA_BITS 2048 /* of a new key */
#define CRYPTO_KEY_RSA_MIN_BITS 1024
#define CRYPTO_KEY_RSA_MAX_BITS 4096
#define CRYPTO_KEY_MAX_SIGNATURE_BYTES (CRYPTO_KEY_RSA_MAX_BITS / 8)
#define CRYPTO_KEY_MAX_PEM_BYTES 16384

enum crypto_key_kind { CRYPTO_KEY_RSA, CRYPTO_KEY_ED25519, CRYPTO_KEY_KIND_COUNT };

struct crypto_key; /* immutable; reference counted, any number of threads may sign with it */

const char *crypto_key_kind_name(enum crypto_key_kind kind); /* "rsa", "ed25519" */

struct crypto_key *crypto_key_generate(enum crypto_key_kind kind);
/* From PEM (PKCS#8, and PKCS#1 for RSA), without a password. NULL and CRIER_ERROR_INVALID,
 * whose message stands behind a colon: "it holds no private key…". */
struct crypto_key *crypto_key_parse(const char *pem, gsize len, GError **error);
struct crypto_key *crypto_key_ref(struct crypto_key *k);
void crypto_key_unref(struct crypto_key *k); /* NULL is fine */

enum crypto_key_kind crypto_key_kind(const struct crypto_key *k);
int crypto_key_bits(const struct crypto_key *k);
/* PKCS#8. Caller wipes and frees it (process_wipe()). */
char *crypto_key_to_pem(const struct crypto_key *k);
/* The public half as DKIM publishes it, base64: for RSA a SubjectPublicKeyInfo in DER (RFC
 * 6376, 3.6.1), for Ed25519 the 32 bare octets (RFC 8463, 4.2). Caller frees. */
char *crypto_key_public(const struct crypto_key *k);

/* Signs a hash; returns the signature's length. */
gsize crypto_key_sign(const struct crypto_key *k, const guint8 hash[CRYPTO_SHA256_BYTES],
                      guint8 ret_signature[CRYPTO_KEY_MAX_SIGNATURE_BYTES]);
/* For tests, and before a key is taken into use. `public` as crypto_key_public() gives it. */
gboolean crypto_key_verify(enum crypto_key_kind kind, const char *public_base64,
                           const guint8 hash[CRYPTO_SHA256_BYTES], const guint8 *signature,
                           gsize len);

#endif

/* DKIM keys: a row each, and the private half in a file of the workspace that only its owner
 * reads. */
#ifndef CRIER_STORE_DKIM_KEYS_H
#define CRIER_STORE_DKIM_KEYS_H

#include <glib.h>

#include "base/crypto_key.h"
#include "store/db.h"
#include "store/workspace.h"

struct dkim_key {
    gint64 id;
    char *domain;   /* owned; A-labels */
    char *selector; /* owned */
    enum crypto_key_kind kind;
    char *key_file;   /* owned; relative to the workspace, so that it can be moved */
    char *public_key; /* owned; as crypto_key_public() gives it */
    gboolean enabled;
    gint64 created_us;
};
void dkim_key_clear(struct dkim_key *k);

/* Of struct dkim_key *, owned by the array, by domain, RSA first (every receiver knows it),
 * then the older first. `domain` NULL: all. */
GPtrArray *dkim_keys_all(struct db *db, const char *domain, GError **error);

/*
 * Writes the private key into WORKSPACE/secrets/dkim/DOMAIN-SELECTOR.pem (0600) and adds its
 * row, enabled; audited. CRIER_ERROR_EXISTS where the selector is taken or such a file lies
 * there.
 */
gboolean dkim_keys_add(struct db *db, const struct workspace *w, const char *domain,
                       const char *selector, const struct crypto_key *key, GError **error);
/* The row and the file; audited. */
gboolean dkim_keys_delete(struct db *db, const struct workspace *w, const struct dkim_key *k,
                          GError **error);

/* The absolute path of the private key. Caller frees. */
char *dkim_keys_path(const struct workspace *w, const struct dkim_key *k);
/* Reads the private key; it must be the row's. NULL and one sentence when it cannot be used. */
struct crypto_key *dkim_keys_load(const struct workspace *w, const struct dkim_key *k,
                                  GError **error);

#endif

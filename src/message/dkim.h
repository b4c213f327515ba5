/*
 * DKIM signatures (RFC 6376, RFC 8301, RFC 8463): relaxed/relaxed over the whole body, header
 * fields signed once more often than they are there, so that none can be added.
 */
#ifndef CRIER_MESSAGE_DKIM_H
#define CRIER_MESSAGE_DKIM_H

#include <glib.h>

#include "base/crypto_key.h"
#include "message/compose.h"

#define DKIM_MAX_HEADER_BYTES (1024 * 1024) /* the header section of a message that is signed  \
                                             */
#define DKIM_MAX_FIELDS 500

/* One domain, selector and key; prepared once, immutable, shared by any number of threads. */
struct dkim_signer;

/* `domain` in A-labels. Takes a reference to `key`. */
struct dkim_signer *dkim_signer_new(const char *domain, const char *selector,
                                    struct crypto_key *key);
struct dkim_signer *dkim_signer_ref(struct dkim_signer *s);
void dkim_signer_unref(struct dkim_signer *s);               /* NULL is fine */
const char *dkim_signer_domain(const struct dkim_signer *s); /* borrowed */
const char *dkim_signer_selector(const struct dkim_signer *s);

/*
 * Appends to `out` one DKIM-Signature field a signer, each ending in CR LF: to be put in front
 * of the message, which is what `chunks` hold in order (CR LF lines, cut anywhere). The body is
 * read where it lies, once. `now_s` is seconds since 1970. CRIER_ERROR_INVALID: it has no
 * header.
 */
gboolean dkim_sign(struct dkim_signer *const *signers, gsize n_signers,
                   const struct compose_chunk *chunks, gsize n_chunks, gint64 now_s,
                   GString *out, GError **error);

#endif

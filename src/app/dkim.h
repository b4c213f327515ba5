/*
 * DKIM as a use case: making keys and their records, what is said about published ones, and the
 * signers of a From domain for whoever sends.
 */
#ifndef CRIER_APP_DKIM_H
#define CRIER_APP_DKIM_H

#include <glib.h>

#include "base/json.h"
#include "message/dkim.h"
#include "store/dkim_keys.h"

/* The domain in A-labels. Caller frees. CRIER_ERROR_INVALID: no domain that can have a key. */
char *dkim_domain(const char *text, GError **error);

/* The selector of a new key where none is given. */
const char *dkim_default_selector(enum crypto_key_kind kind);

/*
 * A new key of `kind`, or the one in the PEM file `import` (then `kind` is the file's). It is
 * in use at once. `*ret` is for dkim_key_clear(). `selector` NULL: the default.
 */
gboolean dkim_new(struct db *db, const struct workspace *w, const char *domain,
                  const char *selector, enum crypto_key_kind kind, const char *import,
                  struct dkim_key *ret, GError **error);

/* The keys of a domain, at least one; with `selector` only that one. NOT_FOUND says how to make
 * one or which there are. Of struct dkim_key *. */
GPtrArray *dkim_find(struct db *db, const char *domain, const char *selector, GError **error);

/* The record to publish, as a line of a zone file. Caller frees. */
char *dkim_zone(const struct dkim_key *k);
/* The key with its record, never the private half. `path` is the key file's. */
void dkim_shape(struct json_writer *w, const struct dkim_key *k, const char *path);

/* ---- what is published ---- */

struct dkim_published {     /* what the DNS said; borrowed */
    gboolean has_name;      /* the name is there */
    const char *alias;      /* where CNAME records led to, or NULL */
    const GPtrArray *texts; /* of GString *: the TXT records */
    gboolean is_doubled;    /* it is found under the domain written twice */
};

enum dkim_level { DKIM_OK, DKIM_WARN, DKIM_FAIL };
const char *dkim_level_name(enum dkim_level l); /* "ok", "warn", "fail" */

/* One sentence about `k`. `*ret_sentence`: caller frees. */
enum dkim_level dkim_judge(const struct dkim_key *k, const struct dkim_published *p,
                           char **ret_sentence);

/* ---- signing ---- */

/* The enabled keys, read once; immutable. */
struct dkim_ring;
struct dkim_ring *dkim_ring_load(struct db *db, const struct workspace *w, GError **error);
/* Whether it is what the database has now. Never while a key of it cannot be used: somebody may
 * have put it right. */
gboolean dkim_ring_is_current(const struct dkim_ring *r, struct db *db);
void dkim_ring_free(struct dkim_ring *r); /* NULL is fine */
/*
 * The signers for From's domain or, where it has none, of its nearest parent that has (relaxed
 * alignment): of struct dkim_signer *, borrowed; `*ret` NULL: mail from there is not signed.
 * False when a key of that domain cannot be used: unsigned mail would be refused for what it
 * lacks.
 */
gboolean dkim_ring_signers(const struct dkim_ring *r, const char *from_domain,
                           const GPtrArray **ret, GError **error);

#endif

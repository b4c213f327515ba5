/*
 * From a lease to a message: prepared content versions are kept, and each person's message is
 * rendered into the connection's hands.
 */
#ifndef CRIER_WORKER_RENDER_H
#define CRIER_WORKER_RENDER_H

#include <glib.h>

#include "app/letter.h"
#include "model/server.h"
#include "store/db.h"
#include "store/ledger.h"
#include "store/workspace.h"

#define RENDER_KEY_BYTES 32

struct render; /* one a send role */

struct render *render_new(struct db *db, const struct workspace *w, GError **error);
void render_free(struct render *r);
/* Looks whether DKIM keys came, went or were put right. False: the store's trouble; those it
 * had stay in use. */
gboolean render_refresh_keys(struct render *r, GError **error);

/* A message in hand, in pieces: what is large and the same for everybody is not copied. */
struct rendered {
    GString *own;              /* owned; the person's bytes */
    GString *signatures;       /* owned; DKIM-Signature fields, in front of all */
    GArray *pieces;            /* owned; of struct compose_chunk: what is signed */
    GArray *chunks;            /* owned; of struct smtp_chunk, into these and `composed` */
    struct composed *composed; /* owned reference: the version may be forgotten meanwhile */
    gsize size;                /* octets in all */
    struct letter_envelope envelope; /* owned */
};

void rendered_init(struct rendered *m);
void rendered_reset(struct rendered *m); /* lets go of the message; ready for the next one */
void rendered_clear(struct rendered *m);

/* What one message is made of. All borrowed, until the next call of render's. */
struct recipe {
    struct letter *letter;
    GPtrArray *signers; /* of struct dkim_signer *; NULL: it is not signed */
    const guint8 *key;  /* RENDER_KEY_BYTES */
    struct letter_person person;
    enum server_envelope mode;
    gint64 now_us;
};

/*
 * The recipe for a lease. CRIER_ERROR_PRECONDITION: the campaign cannot go on until somebody
 * acts (a DKIM key cannot be used); other errors are the store's or the content's, never the
 * person's.
 */
gboolean render_recipe(struct render *r, const struct lease *lease, enum server_envelope mode,
                       gint64 now_us, struct recipe *ret, GError **error);

/*
 * Makes the message into `m`, valid until it is reset; in any thread. CRIER_ERROR_INVALID: this
 * person's cannot be made, the error says why.
 */
gboolean recipe_make(const struct recipe *p, struct rendered *m, GError **error);

#endif

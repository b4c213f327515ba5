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

struct render; /* one a send role */

struct render *render_new(struct db *db, GError **error);
void render_free(struct render *r);

/* A message in hand, in pieces: what is large and the same for everybody is not copied. */
struct rendered {
    GString *own;              /* owned; the person's bytes */
    GArray *chunks;            /* owned; of struct smtp_chunk, into `own` and `composed` */
    struct composed *composed; /* owned reference: the version may be forgotten meanwhile */
    gsize size;                /* octets in all */
    struct letter_envelope envelope; /* owned */
};

void rendered_init(struct rendered *m);
void rendered_reset(struct rendered *m); /* lets go of the message; ready for the next one */
void rendered_clear(struct rendered *m);

/*
 * Renders the lease's message into `m`, valid until it is reset. CRIER_ERROR_INVALID: this person's
 * message cannot be made, the error says why; other errors are the store's.
 */
gboolean render_message(struct render *r, const struct lease *lease, enum server_envelope mode,
                        gint64 now_us, struct rendered *m, GError **error);

#endif

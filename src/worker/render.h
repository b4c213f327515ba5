/*
 * From a lease to a message: prepared content versions are kept, and each person's message is
 * rendered into a buffer of the connection's.
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

/*
 * Renders the lease's message into `out` (emptied first). `*ret_envelope` is its envelope; the caller clears it.
 * CRIER_ERROR_INVALID: this person's message cannot be made, the error says why; other errors are
 * the store's.
 */
gboolean render_message(struct render *r, const struct lease *lease, enum server_envelope mode,
                        gint64 now_us, GString *out, struct letter_envelope *ret_envelope,
                        GError **error);

#endif

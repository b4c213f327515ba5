/*
 * What a person asked for, and what it means: the only writer of suppressions that come from a
 * delivery. Used by verbs, and by whatever reads requests by itself.
 */
#ifndef CRIER_APP_EVIDENCE_H
#define CRIER_APP_EVIDENCE_H

#include <glib.h>

#include "store/db.h"

/*
 * The delivery that an unsubscribe request names. `text` may be the token, the address or the
 * mailto: link it stands in, or the subject of the request. CRIER_ERROR_INVALID: there is no
 * token of ours in it, or one of another kind.
 */
gboolean evidence_find_request(struct db *db, const char *text, gint64 *ret_delivery_id,
                               GError **error);

struct evidence_done {
    char *address, *campaign; /* owned */
    char *lists;              /* owned; names, joined by ", "; "" for everything */
    gboolean was_there;       /* nothing had to be changed */
};
void evidence_done_clear(struct evidence_done *d);

/*
 * The person of this delivery gets no more mail to the lists of its campaign; where these are
 * deleted, no mail at all. The address it went to and, if it differs, the person's present one.
 * `note` (may be NULL): how we know, kept with the entries. One transaction, audited.
 * CRIER_ERROR_NOT_FOUND: no such delivery.
 */
gboolean evidence_unsubscribe(struct db *db, gint64 delivery_id, const char *note,
                              struct evidence_done *ret, GError **error);

#endif

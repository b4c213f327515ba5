/*
 * Refusals of recipients that nobody has judged yet: store/settle writes a row with the attempt,
 * so that none is missed whoever is killed when. Judging them is app/evidence_refused.c's.
 */
#ifndef CRIER_STORE_REFUSED_H
#define CRIER_STORE_REFUSED_H

#include <glib.h>

#include "store/db.h"

struct refused {
    gint64 delivery_id, n, at_us;
    int code;
    char *enhanced, *reply; /* owned; never NULL */
};
/* The first `max`, nearly always none: microseconds. Of struct refused *, owned by the array.
 */
GPtrArray *refused_some(struct db *db, int max, GError **error);
/* Inside the caller's transaction. `*ret_was_there` is false when somebody else judged it. */
gboolean refused_done(struct db *db, const struct refused *r, gboolean *ret_was_there,
                      GError **error);

#endif

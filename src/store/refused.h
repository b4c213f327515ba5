/*
 * Refusals of recipients that nobody has judged yet: store/settle writes a row with the
 * attempt, so that none is missed whoever is killed when. Judging them is
 * app/evidence_refused.c's.
 */
#ifndef CRIER_STORE_REFUSED_H
#define CRIER_STORE_REFUSED_H

#include <glib.h>

#include "store/db.h"

struct refused {
    gint64 id;              /* in the order in which they were recorded */
    gint64 delivery_id, n;  /* the attempt */
    gint64 at_us;           /* wall */
    int code;               /* 0: the attempt is gone, with its campaign */
    char *enhanced, *reply; /* owned; never NULL */
};

/* Whether there are any, nearly always not: microseconds. */
gboolean refused_any(struct db *db, gboolean *ret, GError **error);
/* Whether a campaign's rows are being made. */
gboolean refused_must_wait(struct db *db, gboolean *ret, GError **error);

/* Inside the caller's transaction: the first `max`, which are taken off the list. Of struct
 * refused *, owned by the array. */
GPtrArray *refused_take(struct db *db, int max, GError **error);

#endif

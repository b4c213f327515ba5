/*
 * Receivers that refuse us and rest for it, in words: who, how many wait, why, what to do.
 */
#ifndef CRIER_APP_REFUSALS_H
#define CRIER_APP_REFUSALS_H

#include <glib.h>

#include "store/db.h"
#include "store/holds.h"
#include "store/workspace.h"

struct refusal {
    char *receiver;   /* owned, as all texts; a provider's name or a domain */
    char *what;       /* "Gmail: 3,812 waiting: SPF (550 5.7.27 …)" */
    char *next;       /* what to do, and when it is tried again; without a full stop */
    char *verb;       /* the words behind "crier" that let it go on */
    gint64 n_waiting; /* of the campaign, or of all */
    gint64 since_us;  /* wall */
};

/* Whether a receiver rests, or tries with one message, because it refuses us. */
gboolean refusal_is(const struct hold *h);

/* `campaign_id` 0: of all campaigns. Of struct refusal *, owned by the array, the most waiting
 * first. Microseconds as long as nobody refuses us. */
GPtrArray *refusals_load(struct db *db, const struct workspace *ws, gint64 campaign_id,
                         GError **error);

#endif

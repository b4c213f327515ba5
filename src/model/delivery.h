/*
 * A delivery: one person of one campaign, and the eight states of the ledger. They always add
 * up to the campaign's total (invariant I1). Only store/ledger.c and the use cases in app/ move
 * deliveries, and only along this table.
 */
#ifndef CRIER_MODEL_DELIVERY_H
#define CRIER_MODEL_DELIVERY_H

#include <glib.h>

enum delivery_state { /* numbers are stored: never renumber */
                      DELIVERY_QUEUED = 0,
                      DELIVERY_LEASED = 1,
                      DELIVERY_ACCEPTED = 2,
                      DELIVERY_REFUSED = 3,
                      DELIVERY_DEFERRED = 4,
                      DELIVERY_UNCERTAIN = 5,
                      DELIVERY_SUPPRESSED = 6,
                      DELIVERY_CANCELLED = 7,
                      DELIVERY_STATE_COUNT
};

const char *delivery_state_name(enum delivery_state s); /* "queued" … */
gboolean delivery_state_parse(const char *name, enum delivery_state *ret);
gboolean delivery_may_move(enum delivery_state from, enum delivery_state to);
/* accepted, refused, suppressed, cancelled, uncertain: nothing more happens by itself */
gboolean delivery_is_final(enum delivery_state s);

#endif

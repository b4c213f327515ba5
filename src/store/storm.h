/*
 * The guard against storms: when a provider sends back far more hard bounces of a campaign than
 * it used to, it is rather out of order than all those addresses dead, and a person decides.
 * Rates and states only; what follows is app/evidence.c's.
 */
#ifndef CRIER_STORE_STORM_H
#define CRIER_STORE_STORM_H

#include <glib.h>

#include "store/db.h"

enum storm_state { /* numbers are stored: never renumber */
                   STORM_NONE = -1,
                   STORM_WAITS = 0,     /* for a person's word */
                   STORM_CONFIRMED = 1, /* the addresses are dead: suppress */
                   STORM_DISMISSED = 2, /* the receiver was out of order: nobody is marked */
};
struct storm {
    char *provider; /* owned */
    char *campaign; /* owned; its name */
    gint64 campaign_id;
    enum storm_state state;
    gint64 since_us, hard, taken; /* when it was seen, and the numbers then */
    double usual;                 /* share of hard bounces before */
    gint64 n_waiting;
};
void storm_free(struct storm *s);

/* Inside the caller's transaction: one more hard bounce. */
gboolean storm_count(struct db *db, const char *provider, gint64 campaign_id,
                     const char *domain, int n, GError **error);
/* Hard bounces and messages that were taken, at those of the provider's domains that bounce: of
 * this campaign, and of the others before without those in a storm. */
struct storm_shares {
    gint64 hard, taken, usual_hard, usual_taken;
};
gboolean storm_shares(struct db *db, const char *provider, gint64 campaign_id,
                      struct storm_shares *ret, GError **error);
gboolean storm_state(struct db *db, const char *provider, gint64 campaign_id,
                     enum storm_state *ret, GError **error);
/* Inside the caller's transaction. */
gboolean storm_begin(struct db *db, const struct storm *s, GError **error);
gboolean storm_decide(struct db *db, const char *provider, gint64 campaign_id,
                      enum storm_state state, GError **error);
/* Those that nobody has decided about; of struct storm *, owned by the array. */
GPtrArray *storm_waiting(struct db *db, GError **error);
/* The rows that wait for it, at most `max`; of struct said *, owned by
 * the array. */
GPtrArray *storm_rows(struct db *db, const char *provider, gint64 campaign_id, int max,
                      GError **error);

#endif

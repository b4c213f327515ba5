/*
 * Going on with a paused or held campaign. When it was changed meanwhile, what it says now is
 * checked and becomes the next content version for all who have not got it; who has got it
 * keeps the version that they got.
 */
#ifndef CRIER_APP_RESUME_H
#define CRIER_APP_RESUME_H

#include <glib.h>

#include "store/campaigns.h"
#include "store/db.h"

/* So many of those who are left are tried with a changed content before it goes on; `crier
 * campaign check` tries all. */
#define RESUME_TRIED 1000

struct resumed {
    int version;             /* the newest */
    gboolean is_new_version; /* made by this resume */
    gint64 left;             /* people who have not got it yet: queued and waiting */
};

/*
 * One transaction: a kill leaves it paused with the change, or going on with the new version.
 * INVALID when it is neither paused nor held, or the changed content cannot be sent (nothing is
 * moved, it stays paused); PRECONDITION when somebody changed it at this very moment.
 * `ret` may be NULL.
 */
gboolean resume_campaign(struct db *db, const char *name, struct resumed *ret, GError **error);

#endif

/*
 * A correction: a new draft like a campaign that went out with a mistake, for those only who
 * got the version with the mistake in it.
 */
#ifndef CRIER_APP_CORRECT_H
#define CRIER_APP_CORRECT_H

#include <glib.h>

#include "store/db.h"

struct correction {
    char *name;        /* owned; the new draft */
    gint64 total;      /* people on its lists who got it, or maybe did */
    gint64 suppressed; /* of those, never to be mailed */
    gint64 people;     /* total less suppressed */
};
void correction_clear(struct correction *c);

/*
 * `version` 0: any but the newest; `new_name` NULL: NAME-correction. The draft says what `name`
 * says now, has its lists, and only_campaign and only_version set. One transaction. INVALID
 * when it has not begun or has no such version, NOT_FOUND when nobody got that one, EXISTS.
 */
gboolean correct_campaign(struct db *db, const char *name, gint64 version, const char *new_name,
                          struct correction *ret, GError **error);

#endif

/*
 * Campaigns that begin later: set a time, take it back, begin when it has come. What was
 * confirmed is frozen when the time is set; the people are those on the lists when it begins.
 */
#ifndef CRIER_APP_SCHEDULE_H
#define CRIER_APP_SCHEDULE_H

#include <glib.h>

#include "app/start.h"
#include "store/db.h"

#define SCHEDULE_LATE_S (15 * 60) /* past its time by more: the campaign's `late` decides */

/* The same checks as start_campaign(), the number of people included; then it is `scheduled`
 * for `at_us` (wall). When it begins, the number may lie in people_min..people_max; the given
 * one ± a tenth when they are equal and `is_exact` is not set. */
gboolean schedule_campaign(struct db *db, const struct start_request *q, gint64 at_us,
                           gboolean is_exact, GError **error);
/* Back to draft. */
gboolean schedule_cancel(struct db *db, const char *name, GError **error);

/* The name of a campaign whose time has come, NULL: none; caller frees. */
char *schedule_due(struct db *db, gint64 now_us, GError **error);
/* The earliest time of a scheduled campaign, 0: none. */
gint64 schedule_next_us(struct db *db);

/*
 * Begins it. Too late and its `late` says hold, or the number of people out of bounds, or
 * anything that is not as it was when it was confirmed (server gone): the campaign is held with
 * the reason, which is the error too.
 */
gboolean schedule_begin(struct db *db, const char *name, gint64 now_us, GError **error);

#endif

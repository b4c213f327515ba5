/*
 * What a person does to a campaign that has begun: pause, resume, cancel, decide about the
 * uncertain ones. The worker notices the changed rows; nobody calls it.
 */
#ifndef CRIER_APP_CONTROL_H
#define CRIER_APP_CONTROL_H

#include <glib.h>

#include "store/db.h"
#include "store/workspace.h"

gboolean control_pause(struct db *db, const char *name, GError **error);
gboolean control_pause_all(struct db *db, int *ret_n, GError **error);
/* From paused or held. Its server's stored problem is cleared: it is tried again. */
gboolean control_resume(struct db *db, const char *name, GError **error);
/* For good. Goes on where an earlier cancel was cut short. `*ret_n`: people who will not get
 * it. */
gboolean control_cancel(struct db *db, const char *name, gint64 *ret_n, GError **error);
/* Decides the uncertain: resend -> queued, else they stay as they are and are not asked about
 * again. `addresses` NULL-ended, empty: all. A finished campaign is sending again when somebody
 * is to be sent to. */
gboolean control_resolve(struct db *db, const char *name, gboolean resend,
                         const char *const *addresses, gint64 *ret_n, GError **error);

/* Sends again to those who were refused. A cancelled one: INVALID. */
gboolean control_resend_failed(struct db *db, const char *name, gint64 *ret_n, GError **error);

/* About how many the two would decide; nothing is changed. The same errors. */
gboolean control_count_uncertain(struct db *db, const char *name, gboolean resend,
                                 const char *const *addresses, gint64 *ret_n, GError **error);
gboolean control_count_failed(struct db *db, const char *name, gint64 *ret_n, GError **error);

/* Starts a worker in the background, or makes the running one look at once. It is executed when
 * this returns; that it holds the workspace shows a moment later. */
gboolean control_start_worker(const struct workspace *w, GError **error);
/* Makes a running worker look at once; without one nothing happens. */
void control_nudge(const struct workspace *w);

#endif

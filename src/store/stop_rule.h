/*
 * The stop rule: a campaign that too many receivers refuse is held before it harms the sender's
 * name. Counted anew when somebody resumes it.
 */
#ifndef CRIER_STORE_STOP_RULE_H
#define CRIER_STORE_STOP_RULE_H

#include <glib.h>

#include "store/db.h"

#define STOP_RULE_AFTER 100 /* people with a last word, before a share says anything */

/* Whether `failed` of `done` is more than `percent` of a hundred; 0: never. Pure. */
gboolean stop_rule_is_due(gint64 done, gint64 failed, gint64 percent);

/* Why the campaign is to be held now; NULL without an error: it may go on. Caller frees. */
char *stop_rule_look(struct db *db, gint64 campaign_id, GError **error);
/* What is counted so far counts no more. Inside the caller's transaction. */
gboolean stop_rule_forgive(struct db *db, gint64 campaign_id, GError **error);

#endif

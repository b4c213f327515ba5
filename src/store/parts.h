/*
 * Inline images and attachments of campaigns: the bytes are kept once, however many versions
 * show them.
 */
#ifndef CRIER_STORE_PARTS_H
#define CRIER_STORE_PARTS_H

#include <glib.h>

#include "model/part.h"
#include "store/db.h"

#define PARTS_WORKING 0 /* the version of a draft's parts */

/* Replaces the working parts of a draft. Inside the caller's transaction. */
gboolean parts_put(struct db *db, gint64 campaign_id, const GPtrArray *parts, GError **error);
/* Of struct part *, owned by the array (part_array_new); empty when there are none. */
GPtrArray *parts_get(struct db *db, gint64 campaign_id, int version, GError **error);
/* Copies the working parts to a frozen version. Inside the caller's transaction. */
gboolean parts_freeze(struct db *db, gint64 campaign_id, int version, GError **error);
/* Forgets all parts of a campaign, and bytes that nobody shows any more. Inside the caller's
 * transaction. */
gboolean parts_delete(struct db *db, gint64 campaign_id, GError **error);

#endif

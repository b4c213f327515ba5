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
/* The same files with the same octets, in the same order. NULL is as good as none. */
gboolean parts_equal(const GPtrArray *a, const GPtrArray *b);
char *parts_hash(const GPtrArray *parts); /* caller frees */
/* For an undo: the working parts as they are now are kept under its number; get them back with
 * parts_get(db, campaign_id, PARTS_KEPT(undo_id)). Inside the caller's transaction. */
#define PARTS_KEPT(undo_id) ((int)-(undo_id))
gboolean parts_keep(struct db *db, gint64 campaign_id, gint64 undo_id, GError **error);
/* Those kept for undos from before `before_us`. */
gboolean parts_drop_kept(struct db *db, gint64 before_us, GError **error);
/* The parts of a frozen version that came from elsewhere. Inside the caller's transaction. */
gboolean parts_add(struct db *db, gint64 campaign_id, int version, const GPtrArray *parts,
                   GError **error);
/* Forgets all parts of a campaign, and bytes that nobody shows any more. Inside the caller's
 * transaction. */
gboolean parts_delete(struct db *db, gint64 campaign_id, GError **error);

#endif

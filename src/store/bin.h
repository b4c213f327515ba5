/*
 * The bin: what was deleted in the last 30 days. Campaigns (with their ledger), lists (with
 * their members), servers, mailboxes and people come here instead of being destroyed; nothing
 * in it is seen elsewhere, its names are free, and nothing in it is ever mailed. Erased people
 * never come here.
 */
#ifndef CRIER_STORE_BIN_H
#define CRIER_STORE_BIN_H

#include <glib.h>

#include "store/db.h"

#define BIN_DAYS 30

struct bin_entry {
    gint64 id;
    char *noun;  /* owned; "campaign", "list", "server", "pool", "mailbox", "person" */
    char *name;  /* owned; as it was; of a person the address */
    char *actor; /* owned; who deleted it */
    gint64 deleted_us;
    gint64 ends_us; /* from when on it is dropped for good */
};
/* Newest first, before `before_id` (0: from the newest), at most `max`. Of struct bin_entry *,
 * owned by the array. */
GPtrArray *bin_page(struct db *db, gint64 before_id, int max, GError **error);
gint64 bin_count(struct db *db, GError **error); /* -1 on error */

struct bin_restored {
    char *noun, *name; /* owned; as it is now */
    char *was;         /* owned; the name it had, when that is another's now; else NULL */
    int left_out;      /* of a person: lists that are gone since */
};
void bin_restored_clear(struct bin_restored *r);

/* Puts it back as it was, under another name when its own is taken. NOT_FOUND; EXISTS for a
 * person whose address is somebody's again. Own transaction unless one is open; audited. */
gboolean bin_restore(struct db *db, gint64 id, struct bin_restored *ret, GError **error);

/* What the bin, and what can be undone, hold of a person (`person_id` 0: not known): JSON
 * objects, of char *, owned by the array. */
GPtrArray *bin_held_of(struct db *db, gint64 person_id, const char *address_key,
                       GError **error);

/* One entry for good; what was cut short is completed by doing it again. NOT_FOUND. Audited. */
gboolean bin_drop(struct db *db, gint64 id, GError **error);
/* All entries that were deleted before `before_us` (G_MAXINT64: all), oldest first. */
gboolean bin_empty(struct db *db, gint64 before_us, gint64 *ret_n, GError **error);
/* Whether anything is older than BIN_DAYS: cheap, for a timer. */
gboolean bin_has_expired(struct db *db, gint64 now_us);
/* Drops that, and what can be undone and recovered no more. */
gboolean bin_expire(struct db *db, gint64 now_us, gint64 *ret_n, GError **error);

#endif

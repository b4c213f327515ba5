/*
 * Inside import.c and import_sync.c only: an import that is running.
 */
#ifndef CRIER_STORE_IMPORT_PRIVATE_H
#define CRIER_STORE_IMPORT_PRIVATE_H

#include <glib.h>
#include <sqlite3.h>

#include "store/people.h"

struct people_import {
    struct db *db; /* borrowed */
    struct import_sort *sort; /* owned */
    gint64 id;     /* of the import row; 0 in a dry run */
    gint64 list_id;
    char *list_name, *source; /* owned */
    gint64 consent_id, consent_us, retain_until_us;
    gboolean update, dry_run, has_text; /* of consent */
    gboolean is_open; /* a batch */
    gboolean has_own; /* in this batch somebody had a consent of their own */
    gint64 batch_began_us; /* monotonic */
    gint64 in_batch;       /* rows, for looking at the clock now and then */
    /* New people of the open batch; nobody else adds one meanwhile, so their ids are in a row. */
    gint64 first_id, next_id;
    gboolean has_suppressed, has_erased; /* as of the batch's begin */
    gint64 begun_us, now_us;
    gint64 counts[IMPORT_OUTCOME_COUNT];
    sqlite3 *seen; /* owned; dry run: the keys that came, hashed */
    sqlite3_stmt *see; /* owned */
};

/* 64 bits of a SHA-256 of the key: in a million rows two different keys meet with a chance of 3 in
 * 10^8. */
gint64 import_key_hash(const char *key);

#endif

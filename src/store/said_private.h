/*
 * Inside the store only: rows of table said as they are read.
 */
#ifndef CRIER_STORE_SAID_PRIVATE_H
#define CRIER_STORE_SAID_PRIVATE_H

#include <sqlite3.h>

#include "store/said.h"

#define SAID_COLUMNS                                                                           \
    "SELECT id, inbound_id, at_us, delivery_id, campaign_id, person_id, address, address_key," \
    " provider, kind, class, reason, fault, status, text, found_by, effects FROM said"

/* Of struct said *, owned by the array. */
GPtrArray *said_read_rows(struct db *db, sqlite3_stmt *s, GError **error);

gboolean said_add_to_counter(struct db *db, gint64 campaign_id, enum said_effect effect,
                             gint64 n, GError **error);
/* Of the address; "". Borrowed from it. */
const char *said_domain(const struct said *s);

#endif

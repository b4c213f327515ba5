/*
 * Inside people.c, lists.c, import.c and suppressions.c only.
 */
#ifndef CRIER_STORE_PEOPLE_PRIVATE_H
#define CRIER_STORE_PEOPLE_PRIVATE_H

#include <glib.h>

#include "store/people.h"

/* An address, a key and a domain of one line each, fields that look like an object: what the
 * tables' own checks would refuse, in words. */
gboolean person_is_storable(const struct person *p, GError **error);

/* The id for the next new person: never one that was used, also not the last one removed,
 * because deliveries name people by it. In a transaction. */
gboolean person_next_id(struct db *db, gint64 *ret_id, GError **error);
/* Before somebody with this id is deleted. */
gboolean person_keep_id_used(struct db *db, gint64 id, GError **error);

/* The id of the consent's text and source, made when new; 0 for none. In a transaction. */
gboolean consent_id(struct db *db, const struct consent *c, gint64 *ret_id, GError **error);

/* When the keyed hash of this address is among the erased ones, suppresses the address itself:
 * whoever brings an erased person back does not get them mailed. In a transaction. */
gboolean suppression_keep_erased(struct db *db, const char *address, const char *address_key,
                                 GError **error);
gboolean suppression_has_erased(struct db *db);
gboolean suppression_has_any(struct db *db);

#endif

/*
 * How many people of lists there are a domain, by counting: for a look before a campaign
 * begins. What was sent is counted by counters.h.
 */
#ifndef CRIER_STORE_DOMAINS_H
#define CRIER_STORE_DOMAINS_H

#include <glib.h>

#include "store/db.h"

/* Everybody who is on one of the lists counts once; about a second a million people. */
gboolean domains_of_lists(struct db *db, char **lists,
                          void (*see)(const char *domain, gint64 n, void *data), void *data,
                          GError **error);

#endif

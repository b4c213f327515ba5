/*
 * How many of those whom a campaign would be mailed to there are a domain, by counting: for a look
 * before it begins. What was sent is counted by counters.h.
 */
#ifndef CRIER_STORE_DOMAINS_H
#define CRIER_STORE_DOMAINS_H

#include <glib.h>

#include "store/db.h"

/* By its campaign_list rows, each person once, without the excluded and those who are never to be
 * mailed. Some seconds a million people. */
gboolean domains_of_campaign(struct db *db, gint64 campaign_id,
                             void (*see)(const char *domain, gint64 n, void *data), void *data,
                             GError **error);

#endif

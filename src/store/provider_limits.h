/*
 * Limits of receivers that somebody set with a verb: they go before those of the tables.
 */
#ifndef CRIER_STORE_PROVIDER_LIMITS_H
#define CRIER_STORE_PROVIDER_LIMITS_H

#include <glib.h>

#include "store/db.h"

struct provider_limit {
    char *name;         /* owned; a provider's, "default", or a domain */
    gint64 connections; /* -1: not said here; so below */
    double per_second;
};
void provider_limit_free(struct provider_limit *p); /* NULL is fine */

GPtrArray *provider_limits_all(struct db *db, GError **error); /* of struct provider_limit * */
/* Both -1: the row goes. Audited. */
gboolean provider_limits_set(struct db *db, const struct provider_limit *p, GError **error);
/* Moves when any was changed; cheap. */
gint64 provider_limits_revision(struct db *db);

#endif

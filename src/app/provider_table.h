/*
 * The table of providers as it holds in a workspace: the shipped one, the workspace's
 * providers.cfg before it, and limits that were set with a verb before both.
 */
#ifndef CRIER_APP_PROVIDER_TABLE_H
#define CRIER_APP_PROVIDER_TABLE_H

#include <glib.h>

#include "model/provider.h"
#include "store/db.h"
#include "store/workspace.h"

#define PROVIDER_TABLE_FILE "providers.cfg"

struct provider_table;

/* Reads the shipped table, which a role that has given up its rights can do no more. */
struct provider_table *provider_table_open(const struct workspace *ws, GError **error);
void provider_table_free(struct provider_table *t); /* NULL is fine */

/* As it is now; CRIER_ERROR_INVALID names file and line. Owned by the caller. */
struct providers *provider_table_load(struct provider_table *t, struct db *db, GError **error);
/* Whether the workspace's file or a limit changed since the last load, or tried load. */
gboolean provider_table_has_changed(struct provider_table *t, struct db *db);

/* For verbs: both in one. */
struct providers *provider_table_read(const struct workspace *ws, struct db *db,
                                      GError **error);

/* Only whether the workspace's file, where there is one, can be used. */
gboolean provider_table_check(const struct workspace *ws, GError **error);

/* What a name stands for: a provider, "default", or a domain, which then becomes a receiver of
 * its own with the limits of nobody. NOT_FOUND names the nearest. Borrowed from `all`. */
struct provider *provider_table_find(struct providers *all, const char *name, GError **error);

#endif

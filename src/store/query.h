/*
 * A person's own SELECT over documented views. The tables behind them, among them our keys,
 * cannot be read, nothing can be changed, and no lock is held longer than the statement runs.
 */
#ifndef CRIER_STORE_QUERY_H
#define CRIER_STORE_QUERY_H

#include <glib.h>

#include "base/json.h"
#include "store/db.h"

struct query_view {
    const char *name; /* "v_campaigns" */
    const char *help; /* N_(): a row is what */
};
const struct query_view *query_views(void); /* ends with name NULL */

/* `row` gets the columns' names with the first row (NULL-ended) and each row as one JSON object
 * with them as keys; without rows it is called once with `json` NULL. FALSE ends it. */
typedef gboolean (*query_taker)(const char *const *columns, const char *json, void *data);

/*
 * Runs one statement on `db`, which is opened DB_USE_READ and used for nothing else.
 * CRIER_ERROR_USAGE: it is no single SELECT, or of something else than the views.
 */
gboolean query_run(struct db *db, const char *sql, query_taker take, void *data,
                   GError **error);

#endif

/*
 * Inside the store only: steps of undolog_apply.c that are about deliveries. Each is inside the
 * caller's transaction; PRECONDITION when the worker was faster with all of them.
 */
#ifndef CRIER_STORE_DELIVERIES_UNDO_H
#define CRIER_STORE_DELIVERIES_UNDO_H

#include <glib.h>

#include "store/undolog_private.h"

struct json;

/* Late joiners leave again. */
gboolean deliveries_unjoin(struct db *db, const struct undolog_step *s, const struct json *data,
                           char **ret_said, GError **error);
/* Who was to get it again is refused as before. */
gboolean deliveries_unresend(struct db *db, const struct undolog_step *s,
                             const struct json *data, char **ret_said, GError **error);
/* … is maybe sent as before. */
gboolean deliveries_unresend_maybe(struct db *db, const struct undolog_step *s,
                                   const struct json *data, char **ret_said, GError **error);
/* Those who were left as they are wait for a decision again. */
gboolean deliveries_unleave(struct db *db, const struct undolog_step *s,
                            const struct json *data, char **ret_said, GError **error);

#endif

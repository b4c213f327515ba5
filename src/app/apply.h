/*
 * A campaign folder into the database: create or update a draft. Reading the folder is
 * transfer/campaignfile's.
 */
#ifndef CRIER_APP_APPLY_H
#define CRIER_APP_APPLY_H

#include <glib.h>

#include "model/campaign.h"
#include "store/db.h"

enum apply_outcome { APPLY_CREATED, APPLY_UPDATED, APPLY_UNCHANGED, APPLY_OUTCOME_COUNT };
const char *apply_outcome_name(enum apply_outcome o); /* "created" …, translated */

struct apply_plan {
    struct campaign campaign; /* as it will be stored */
    struct campaign have;     /* as it is stored; name NULL: not here */
    enum apply_outcome outcome;
    GPtrArray *
        missing; /* owned; of char *: "list newsletter", "server main" that are not there yet */
};

/*
 * Reads the folder and compares, changing nothing. CRIER_ERROR_PRECONDITION: changed in the
 * database since the last apply (unless `force`); CRIER_ERROR_INVALID: it has begun, or the
 * file is wrong. `*ret` is owned by the caller: apply_plan_free().
 */
struct apply_plan *apply_prepare(struct db *db, const char *path, gboolean force,
                                 GError **error);
gboolean apply_commit(struct db *db, struct apply_plan *plan, GError **error);
void apply_plan_free(struct apply_plan *plan); /* NULL is fine */

#endif

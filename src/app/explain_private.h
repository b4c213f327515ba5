/*
 * Between explain.c and the table of causes.
 */
#ifndef CRIER_APP_EXPLAIN_PRIVATE_H
#define CRIER_APP_EXPLAIN_PRIVATE_H

#include "app/explain.h"
#include "app/status.h"
#include "store/db.h"

struct explain_scene { /* all borrowed */
    struct db *db;
    const struct workspace *ws;
    const struct status *status;
    const struct status_campaign *campaign;
};

/* `cause` is static, the texts are taken; `take_verb` may be NULL. */
void explain_add(GPtrArray *to, const char *cause, enum explain_kind kind, char *take_text,
                 char *take_verb);
/* At least one reason, the weightiest first. */
void explain_causes(const struct explain_scene *scene, GPtrArray *to);

#endif

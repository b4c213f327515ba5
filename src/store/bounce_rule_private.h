/*
 * Inside the store only: taking back what was done to a rule.
 */
#ifndef CRIER_STORE_BOUNCE_RULE_PRIVATE_H
#define CRIER_STORE_BOUNCE_RULE_PRIVATE_H

#include "store/bounce_rule.h"

struct json;
struct undolog_step;

gboolean bounce_rule_undo(struct db *db, const struct undolog_step *s, const struct json *data,
                          char **ret_said, GError **error);

#endif

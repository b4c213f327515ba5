/*
 * A provider as people see it: its limits, whether it rests or is slowed down, who waits. The
 * shape is the same for verbs and status.
 */
#ifndef CRIER_APP_PROVIDER_VIEW_H
#define CRIER_APP_PROVIDER_VIEW_H

#include <glib.h>

#include "base/json.h"
#include "model/provider.h"
#include "store/holds.h"

/* One object. `p` NULL: of a receiver that no table names; `h` NULL: nothing holds anybody. */
void provider_view_json(struct json_writer *w, const struct provider *p, const struct hold *h);
/* With its domains and MX patterns. */
void provider_view_json_full(struct json_writer *w, const struct provider *p,
                             const struct hold *h);
/* Only what a hold is: for status and reports. */
void provider_view_hold_json(struct json_writer *w, const struct hold *h);

#endif

/* The editor of a campaign: a form with sub-pages, and the text area for its bodies. */
#ifndef CRIER_TUI_CAMPAIGN_EDIT_H
#define CRIER_TUI_CAMPAIGN_EDIT_H

#include <glib.h>

#include "tui/view.h"

struct campaign_edit_arg {
    const char *name;   /* NULL: a new draft */
    gint64 recovery_id; /* what a dropped connection left of it, 0: nothing */
};
const struct view_ops *campaign_edit_view(void); /* `arg` is a struct campaign_edit_arg */

#endif

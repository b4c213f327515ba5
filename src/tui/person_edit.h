/* A form over a person: address and custom fields; of a new one also lists and consent. */
#ifndef CRIER_TUI_PERSON_EDIT_H
#define CRIER_TUI_PERSON_EDIT_H

#include <glib.h>

#include "tui/view.h"

struct person_edit_arg {
    const char *address; /* NULL: a new person */
    const char *list;    /* a new one joins it; may be NULL */
    gint64 recovery_id;  /* what was typed when the line broke; 0: none */
};
const struct view_ops *person_edit_view(void);

#endif

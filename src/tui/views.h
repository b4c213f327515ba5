/* All views there are, for the manual, the person's own keys and the tests of the key tables. */
#ifndef CRIER_TUI_VIEWS_H
#define CRIER_TUI_VIEWS_H

#include "tui/view.h"

/* NULL-ended. Screens and dialogs add their row in views.c. */
const struct view_ops *const *views_all(void);
/* NULL when there is none of that name. */
const struct view_ops *views_find(const char *name);

#endif

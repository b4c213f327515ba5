/* The card of a person: all that is held of them, and what can be done. */
#ifndef CRIER_TUI_PERSON_H
#define CRIER_TUI_PERSON_H

#include "tui/view.h"

/* arg: the address, const char *. */
const struct view_ops *person_view(void);

#endif

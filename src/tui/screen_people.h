/* Screen 3: people, lists, never mail, imports. */
#ifndef CRIER_TUI_SCREEN_PEOPLE_H
#define CRIER_TUI_SCREEN_PEOPLE_H

#include "tui/view.h"

const struct view_ops *screen_people(void);

#endif

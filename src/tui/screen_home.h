/* Screen 1: what goes on. */
#ifndef CRIER_TUI_SCREEN_HOME_H
#define CRIER_TUI_SCREEN_HOME_H

#include "tui/view.h"

const struct view_ops *screen_home(void);

#endif

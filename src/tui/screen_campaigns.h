/* Screen 2: the campaigns. */
#ifndef CRIER_TUI_SCREEN_CAMPAIGNS_H
#define CRIER_TUI_SCREEN_CAMPAIGNS_H

#include "tui/view.h"

const struct view_ops *screen_campaigns(void);

#endif

/* Screen 9: the log as it grows, and who did what. */
#ifndef CRIER_TUI_SCREEN_LOG_H
#define CRIER_TUI_SCREEN_LOG_H

#include "tui/view.h"

const struct view_ops *screen_log(void);

#endif

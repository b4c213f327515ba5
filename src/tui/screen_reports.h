/* Screen 8: the campaigns with what came of them, and what came back and waits for a person. */
#ifndef CRIER_TUI_SCREEN_REPORTS_H
#define CRIER_TUI_SCREEN_REPORTS_H

#include "tui/view.h"

const struct view_ops *screen_reports(void);

#endif

/* The bin: what was deleted in the last 30 days, and its way back. */
#ifndef CRIER_TUI_BIN_VIEW_H
#define CRIER_TUI_BIN_VIEW_H

#include "tui/view.h"

const struct view_ops *bin_view(void);

#endif

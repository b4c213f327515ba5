/* Messages that nobody understood and that are alike: read, said what they mean, ruled. */
#ifndef CRIER_TUI_UNKNOWN_VIEW_H
#define CRIER_TUI_UNKNOWN_VIEW_H

#include "tui/view.h"

/* `arg` is the pattern (store/inbound.h). */
const struct view_ops *unknown_view(void);

#endif

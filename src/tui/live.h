/* One campaign while it is sent: progress, chart, domains, servers, events, replies. */
#ifndef CRIER_TUI_LIVE_H
#define CRIER_TUI_LIVE_H

#include "tui/view.h"

/* `arg` is the campaign's name. */
const struct view_ops *live_view(void);

#endif

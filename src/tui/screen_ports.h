/* Screen 6: where we listen and who is in the way, and where we connect to. */
#ifndef CRIER_TUI_SCREEN_PORTS_H
#define CRIER_TUI_SCREEN_PORTS_H

#include "tui/view.h"

const struct view_ops *screen_ports(void);

#endif

/* Screen 4: the outgoing mail servers. */
#ifndef CRIER_TUI_SCREEN_SERVERS_H
#define CRIER_TUI_SCREEN_SERVERS_H

#include "tui/view.h"

const struct view_ops *screen_servers(void);

#endif

/* Screen 5: the mailboxes that bounces and requests to leave come to. */
#ifndef CRIER_TUI_SCREEN_MAILBOXES_H
#define CRIER_TUI_SCREEN_MAILBOXES_H

#include "tui/view.h"

const struct view_ops *screen_mailboxes(void);

#endif

/* Everything that listens on this machine, with who holds it. */
#ifndef CRIER_TUI_SOCKETS_VIEW_H
#define CRIER_TUI_SOCKETS_VIEW_H

#include "tui/view.h"

const struct view_ops *sockets_view(void); /* no `arg` */

#endif

/* What a pool does now, as a row of the table of servers and as the pane below it. */
#ifndef CRIER_TUI_POOL_PANE_H
#define CRIER_TUI_POOL_PANE_H

#include "app/members.h"
#include "store/server_live.h"
#include "tui/draw.h"

/* The word and its role for the column of states. */
const char *pool_pane_state(const struct members *m, enum term_role *ret_role);
/* A line a server: its weight, what it takes or why not. */
void pool_pane_draw(const struct members *m, struct rect r);

#endif

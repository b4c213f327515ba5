/* The editor of a pool: its servers, their weights and their order. */
#ifndef CRIER_TUI_POOL_EDIT_H
#define CRIER_TUI_POOL_EDIT_H

#include "tui/view.h"

/* `arg`: the name of a pool, or one that no pool or server has yet: it is made when it is
 * saved, and begins with all servers that are switched on. */
const struct view_ops *pool_edit_view(void);
/* Asks for the name of a new one, then shows the editor. */
void pool_edit_new(struct ui *ui);

#endif

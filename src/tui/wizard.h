/* The first run: six short steps from nothing to a mail to yourself. ":setup" brings it back. */
#ifndef CRIER_TUI_WIZARD_H
#define CRIER_TUI_WIZARD_H

#include "tui/ui.h"
#include "tui/view.h"

/* Opens it over Home when this workspace has no server and no campaign and it was never left
 * before; TRUE when it did. */
gboolean wizard_offer(struct ui *ui, GError **error);
void wizard_open(struct ui *ui);

const struct view_ops *wizard_view(void);

#endif

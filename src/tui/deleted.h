/* What went into the bin from a screen, and its way back by `u`. */
#ifndef CRIER_TUI_DELETED_H
#define CRIER_TUI_DELETED_H

#include "tui/ui.h"

/* Says `sentence`; `u` brings back the `n` entries that came into the bin last. */
void deleted_say(struct ui *ui, const char *sentence, int n);

#endif

/* The question about a storm: are those addresses dead, or was the receiver out of order? */
#ifndef CRIER_TUI_STORM_ASK_H
#define CRIER_TUI_STORM_ASK_H

#include "tui/ui.h"

/* Of one receiver, all campaigns together, as crier suppress storm decides. */
void storm_ask(struct ui *ui, const char *provider);

#endif

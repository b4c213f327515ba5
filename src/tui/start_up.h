/*
 * What the screens say by themselves when they begin: edits that a dropped line left behind, and
 * the setup of a workspace that has nothing yet.
 */
#ifndef CRIER_TUI_START_UP_H
#define CRIER_TUI_START_UP_H

#include <glib.h>

#include "tui/ui.h"

/* Once, when the first screen is there. */
void start_up(struct ui *ui);

/* Offers what recovery_all() has; says so when there is nothing. For ":restore". */
gboolean start_up_restore(struct ui *ui, GError **error);

#endif

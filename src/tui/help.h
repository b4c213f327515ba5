/*
 * What can be done here and how: `?`, a menu of actions that runs what it lists, and F1, the
 * manual. Both are made from the tables of actions, screens and verbs.
 */
#ifndef CRIER_TUI_HELP_H
#define CRIER_TUI_HELP_H

#include "tui/ui.h"
#include "tui/view.h"

/* `?`: the actions of `front`, then those of everywhere. */
void help_open(struct view *front);
/* F1: the manual, opened at what it says of `front` (may be NULL: at the top). */
void help_manual(struct ui *ui, const struct view *front);
/* Its text: screens, keys of each view, words, the command line. `width` columns. Caller frees. */
char *help_manual_text(int width);

#endif

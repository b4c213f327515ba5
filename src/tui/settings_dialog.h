/* `:settings`: the settings of the workspace as a form in a dialog. */
#ifndef CRIER_TUI_SETTINGS_DIALOG_H
#define CRIER_TUI_SETTINGS_DIALOG_H

#include "tui/ui.h"

void settings_dialog_open(struct ui *ui);
const struct view_ops *settings_dialog_view(void); /* for the table of views */

#endif

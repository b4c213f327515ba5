/* ":about": version, licence, and where everything is. */
#ifndef CRIER_TUI_ABOUT_H
#define CRIER_TUI_ABOUT_H

#include "tui/ui.h"

void about_show(struct ui *ui);

#endif

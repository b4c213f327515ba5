/* What came of one campaign: sums, domains, providers, replies, bounces, beside others. */
#ifndef CRIER_TUI_REPORT_VIEW_H
#define CRIER_TUI_REPORT_VIEW_H

#include "tui/view.h"

/* `arg` is the campaign's name. */
const struct view_ops *report_view(void);

#endif

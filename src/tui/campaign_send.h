/* Before a campaign goes out: the check list, the time, the number that must be typed. */
#ifndef CRIER_TUI_CAMPAIGN_SEND_H
#define CRIER_TUI_CAMPAIGN_SEND_H

#include "tui/view.h"

const struct view_ops *campaign_send_view(void); /* `arg` is the campaign's name */

#endif

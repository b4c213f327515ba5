/* A marked copy of a campaign to one's own addresses, with the talk to the server beside it. */
#ifndef CRIER_TUI_CAMPAIGN_TEST_H
#define CRIER_TUI_CAMPAIGN_TEST_H

#include "tui/ui.h"
#include "tui/view.h"

void campaign_test_open(struct ui *ui, const char *campaign);
const struct view_ops *campaign_test_view(void); /* `arg` is the campaign's name */

#endif

/* What one person gets of a campaign: as text, HTML as text, headers, source, links. */
#ifndef CRIER_TUI_CAMPAIGN_PREVIEW_H
#define CRIER_TUI_CAMPAIGN_PREVIEW_H

#include "tui/view.h"

/* `arg` is the campaign's name. */
const struct view_ops *campaign_preview_view(void);

#endif

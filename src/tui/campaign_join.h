/*
 * Late joiners from a screen: they are counted in a child, their number is typed, then a child
 * takes them.
 */
#ifndef CRIER_TUI_CAMPAIGN_JOIN_H
#define CRIER_TUI_CAMPAIGN_JOIN_H

#include "tui/ui.h"

/* Begun by a key of a view; at most one a view. */
struct campaign_join;
/* `*slot` is the view's, NULL before the first; while one counts, another key does nothing.
 * `asked_by` is the key. */
void campaign_join_start(struct campaign_join **slot, struct ui *ui, const char *name,
                         guint32 asked_by);
/* When the view closes. NULL is fine. */
void campaign_join_free(struct campaign_join *j);

#endif

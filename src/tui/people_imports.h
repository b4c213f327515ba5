/* One import: what it did, and taking it back. */
#ifndef CRIER_TUI_PEOPLE_IMPORTS_H
#define CRIER_TUI_PEOPLE_IMPORTS_H

#include "store/people.h"
#include "tui/ui.h"

/* `r` may be NULL. */
void people_import_show(struct ui *ui, const struct import_record *r);
/* Counts first, in a child, what would go and what would stay; then asks. */
void people_import_undo(struct ui *ui, gint64 id, guint32 asked_by);

const struct view_ops *people_undo_view(void); /* for the table of views */

#endif

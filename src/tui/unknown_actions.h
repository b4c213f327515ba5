/*
 * What a person says about messages that nobody understood: by hand what they mean, or a rule for
 * those like them. The dialogs; the work is done by the verbs, in a child.
 */
#ifndef CRIER_TUI_UNKNOWN_ACTIONS_H
#define CRIER_TUI_UNKNOWN_ACTIONS_H

#include <glib.h>

#include "tui/task.h"
#include "tui/ui.h"

struct unknown_work { /* in the state of the view that asks */
    struct ui *ui;
    struct task *task; /* what was said last is being carried out */
};
void unknown_work_clear(struct unknown_work *w);

/* All of a pattern, or (NULL) these messages, of gint64. */
void unknown_assign(struct unknown_work *w, const char *pattern, const GArray *ids);
/* From the words of this message; what waits is then read anew. */
void unknown_make_rule(struct unknown_work *w, gint64 inbound_id);
/* The rules that there are. */
void unknown_show_rules(struct ui *ui);
/* The message, to be read. */
void unknown_read(struct ui *ui, gint64 inbound_id);

#endif

/* The editor of a mailbox for bounces and requests to leave. */
#ifndef CRIER_TUI_MAILBOX_EDIT_H
#define CRIER_TUI_MAILBOX_EDIT_H

#include "tui/view.h"

const struct view_ops *mailbox_edit_view(void); /* `arg` is its name; NULL: a new one */
/* Puts into it what a dropped connection left of an edit (store/recovery.h). */
gboolean mailbox_edit_restore(struct view *v, gint64 recovery_id, GError **error);
/* As if it was typed: another host:port, with the encryption that goes with it. It is seen
 * before it is saved. */
void mailbox_edit_propose(struct view *v, const char *host);
/* The cursor goes to this row of the form, where it is there. */
void mailbox_edit_focus(struct view *v, const char *row);

#endif

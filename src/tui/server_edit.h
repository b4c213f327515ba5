/* The editor of an outgoing mail server: a form, and its test with the talk beside it. */
#ifndef CRIER_TUI_SERVER_EDIT_H
#define CRIER_TUI_SERVER_EDIT_H

#include "tui/view.h"

const struct view_ops *server_edit_view(void); /* `arg` is the server's name; NULL: a new one */
/* Puts into it what a dropped connection left of an edit (store/recovery.h). */
gboolean server_edit_restore(struct view *v, gint64 recovery_id, GError **error);
/* As if it was typed: another host:port, with the encryption that goes with it. It is seen
 * before it is saved. */
void server_edit_propose(struct view *v, const char *host);
/* The cursor goes to this row of the form, where it is there. */
void server_edit_focus(struct view *v, const char *row);

#endif

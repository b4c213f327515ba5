/* The editor of an outgoing mail server: a form, and its test with the talk beside it. */
#ifndef CRIER_TUI_SERVER_EDIT_H
#define CRIER_TUI_SERVER_EDIT_H

#include "tui/view.h"

const struct view_ops *server_edit_view(void); /* `arg` is the server's name; NULL: a new one */
/* Puts into it what a dropped connection left of an edit (store/recovery.h). */
gboolean server_edit_restore(struct view *v, gint64 recovery_id, GError **error);

#endif

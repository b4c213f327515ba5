/* The editor of a port that we listen on. */
#ifndef CRIER_TUI_PORT_EDIT_H
#define CRIER_TUI_PORT_EDIT_H

#include "tui/view.h"

struct port_edit_arg {
    const char *name;   /* NULL: a new one, with the two below where they are known */
    const char *role;   /* "tracking", "admin"; may be NULL */
    const char *listen; /* may be NULL */
};
const struct view_ops *port_edit_view(void); /* `arg` is a struct port_edit_arg */
/* Puts into it what a dropped connection left of an edit (store/recovery.h). */
gboolean port_edit_restore(struct view *v, gint64 recovery_id, GError **error);

#endif

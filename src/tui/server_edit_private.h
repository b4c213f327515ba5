/* Inside the server's editor only: its state and its rows. */
#ifndef CRIER_TUI_SERVER_EDIT_PRIVATE_H
#define CRIER_TUI_SERVER_EDIT_PRIVATE_H

#include <glib.h>

#include "model/server.h"
#include "tui/editing.h"
#include "tui/form.h"
#include "tui/server_talk.h"
#include "tui/view.h"

struct server_edit {
    struct editing editing;
    struct server server; /* owned; as it was read or last saved; id 0: new */
    struct form *form;    /* owned */
    struct view *view;
    struct server_talk talk;
};

const struct form_row *server_edit_rows(void);
const char *const *server_edit_pages(void);
gboolean server_edit_is_shown(const struct form *f, const struct form_row *row, void *data);
char **server_edit_options(const struct form *f, const struct form_row *row, void *data,
                           GError **error);
void server_edit_check(struct form *f, void *data);
char *server_edit_note(const struct form *f, const struct form_row *row, void *data);

#endif

/*
 * Choosing a file of this machine. It begins in the workspace's inbox/, the folder where scp and
 * WinSCP drop what is to be imported or attached.
 */
#ifndef CRIER_TUI_CHOOSER_H
#define CRIER_TUI_CHOOSER_H

#include <glib.h>

#include "tui/ui.h"

struct chooser {
    const char *title;
    const char *const *suffixes; /* ".csv", NULL-ended; only such files, ^A shows all; NULL: any */
    const char *folder;          /* to begin in; NULL: inbox/, or the folder of the last choice */
    gboolean takes_folders;      /* a folder may be the answer (^D takes it) */
};
/* `path` is absolute. Not called on Esc. See dialog.h for `data` and `free_data`. */
void chooser_ask(struct ui *ui, const struct chooser *c,
                 void (*done)(struct ui *ui, const char *path, void *data), void *data,
                 GDestroyNotify free_data);

/* The inbox of the workspace, made (0700) where missing. Caller frees. */
char *chooser_inbox(struct ui *ui, GError **error);

const struct view_ops *chooser_view(void); /* for the table of views */

#endif

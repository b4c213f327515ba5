/*
 * Where something is to be written: a name is asked for, and where that is taken, whether what is
 * there may be overwritten. What is written, and how, is the asking screen's.
 */
#ifndef CRIER_TUI_SAVING_H
#define CRIER_TUI_SAVING_H

#include "tui/dialog.h"

/* `may_overwrite`: the person said so; else nothing was there when they were asked, and a file
 * that has come since is to be refused. */
typedef void saving_done(struct ui *ui, const char *path, gboolean may_overwrite, void *data);

/*
 * As dialog_line(), with dialog_check_path() for `q->check`. `inside`: the path is a folder's,
 * and taken when it has this file; NULL: it is a file's. `done` is not called when nothing is to
 * be written.
 */
void saving_ask(struct ui *ui, const struct dialog_line *q, const char *inside,
                saving_done *done, void *data, GDestroyNotify free_data);

#endif

/*
 * Text in a dialog of the whole screen, to scroll and search: a manual, a transcript, the output
 * of a verb while it comes.
 */
#ifndef CRIER_TUI_PAGER_DIALOG_H
#define CRIER_TUI_PAGER_DIALOG_H

#include <glib.h>

#include "tui/ui.h"
#include "tui/view.h"

/* `text` may hold anything: it is made safe. */
void pager_dialog_show(struct ui *ui, const char *title, const char *text);
/* As above, beginning at the line that starts with `at` (may be NULL). */
void pager_dialog_show_at(struct ui *ui, const char *title, const char *text, const char *at);

enum pager_run_flags {
    PAGER_RUN_TABLE = 1 << 0, /* the output is TSV with a heading: shown in columns */
    PAGER_RUN_LIVE = 1 << 1,  /* what it says is to be read while it runs */
    PAGER_RUN_NO_LINES = 1 << 2, /* its lines are for programs: not shown */
};
/*
 * Runs `crier -w WORKSPACE ARG…` (NULL-ended) and shows what it prints, with its progress; Esc
 * stops it. A verb that says nothing closes the dialog by itself with a sentence in the message
 * row. Everything on screen reads its data anew when it ends.
 */
void pager_dialog_run(struct ui *ui, const char *title, const char *const *args,
                      unsigned flags);

const struct view_ops *pager_dialog_view(void); /* for the table of views */

/* TSV lines as columns with two blanks between; other lines as they are. Caller frees. */
char *pager_dialog_align(const char *tsv);

#endif

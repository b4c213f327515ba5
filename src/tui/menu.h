/*
 * A list to choose one or several of, narrowed while typing: sort order, columns, layouts, merge
 * fields, servers, lists. See dialog.h for what `done`, `data` and `free_data` may do.
 */
#ifndef CRIER_TUI_MENU_H
#define CRIER_TUI_MENU_H

#include <glib.h>

#include "tui/ui.h"

struct menu_item {
    const char *label;
    const char *detail;  /* a second column; may be NULL */
    const char *group;   /* a heading above it; NULL: as the row before */
    const char *why_not; /* greyed, with this reason; NULL: it can be chosen */
    gint64 id;           /* what `done` gets */
    gboolean is_marked;  /* MENU_MULTI: chosen at first; else: the row to begin at */
};

enum menu_flags {
    MENU_MULTI = 1 << 0, /* Space marks, * all shown, Enter takes all marked */
    MENU_ORDER = 1 << 1, /* + and - move the row; `done` gets the ids in that order */
};

struct menu {
    const char *title;
    const char *text;  /* above the list, folded; may be NULL */
    const char *empty; /* in place of an empty list: why, and what to do; may be NULL */
    const struct menu_item *items;
    int n;
    unsigned flags;
    /* F1 on a row: what it means. Caller frees; may be NULL. */
    char *(*explain)(gint64 id, void *data);
};
/* `done` gets the ids that were chosen: one, or with MENU_MULTI any number, also none. It is not
 * called on Esc. */
void menu_ask(struct ui *ui, const struct menu *m,
              void (*done)(struct ui *ui, const gint64 *ids, int n, void *data), void *data,
              GDestroyNotify free_data);

const struct view_ops *menu_view(void); /* for the table of views */

#endif

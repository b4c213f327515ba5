/*
 * A view is one screen or dialog: a table of functions and actions, and its own state. Views
 * lie on a stack a screen (1…9); dialogs lie above everything and take all keys.
 *
 * To add a screen: a row in screens.c and one small file.
 */
#ifndef CRIER_TUI_VIEW_H
#define CRIER_TUI_VIEW_H

#include <glib.h>

#include "tui/action.h"
#include "tui/draw.h"
#include "tui/term.h"

struct ui;
struct view;

struct view_ops {
    const char *name; /* "campaigns": stands in the keys file and the manual */
    gsize state_size; /* of view->state, zeroed before open() */

    /* May fail: the view is then not shown and the error is. `arg` is what was handed over. */
    gboolean (*open)(struct view *v, const void *arg, GError **error);
    void (*close)(struct view *v); /* frees what the state holds */

    /* Reads the database anew: after open(), when another connection changed something, and
     * after a return to this view. Short; no read transaction stays open. Errors go to the
     * message row by ui_fail(), the old data stay. May be NULL. */
    void (*load)(struct view *v);

    /* Row 1, behind "crier": "Campaigns > Spring > Edit". Caller frees. */
    char *(*title)(struct view *v);
    /* Right of the title instead of the global state; may be NULL or return NULL. */
    char *(*note)(struct view *v);
    /* Draws the content (screens: rows 3…N-2; one row less above in narrow terminals). */
    void (*draw)(struct view *v, struct rect r);
    /* Where a dialog stands; a screen has NULL here. */
    struct rect (*place)(struct view *v, struct rect screen);
    /* What stands in the message row while there is nothing else: the help of a field, the
     * filter in force. Borrowed until the next call; may be NULL or return NULL. */
    const char *(*hint)(struct view *v);

    /* Input before the actions: fields and tables take theirs. TRUE: taken. May be NULL. */
    gboolean (*key)(struct view *v, const struct term_event *e);
    const struct action *actions; /* ends with name NULL; may be NULL */

    /* Esc, q, another screen, quit: may it be closed? FALSE: it has asked a question of its own
     * and closes itself by ui_close() when that is answered. May be NULL: yes. */
    gboolean (*may_close)(struct view *v);
    /* Once a second while it is on screen, and after each SIGUSR1 of a test: TRUE when something
     * moved and it must be drawn. Without it a view is drawn only when data or keys say so. */
    gboolean (*tick)(struct view *v);
    /* Edits that are not stored yet go into the recovery table: called every 5 s, before an editor
     * starts, on hang-up and when we are told to end. Quick; may be NULL. */
    void (*save_draft)(struct view *v);
    /* Letters are text here: what can be done is asked by F9, not by '?'. */
    gboolean letters_are_text;
    /* The accessible mode's text, one line an item, when draw() would show pictures; may be NULL:
     * draw() is used. */
    void (*draw_plain)(struct view *v, struct rect r);
};

struct view {
    const struct view_ops *ops;
    struct ui *ui;     /* borrowed */
    void *state;       /* owned */
    struct view *below; /* the one it covers; owned by the stack */
};

#endif

/*
 * A plain text area for the bodies of messages, as simple as nano: no modes. Long lines are
 * folded on the screen only. What it keeps is valid UTF-8 with LF as line end.
 *
 * Keys: text, arrows, ^Left ^Right, Home End ^A ^E (of the row on the screen, then of the
 * line), PgUp PgDn; Enter; Tab two blanks; Backspace Delete ^D; ^K cuts the line, more ^K more
 * lines, ^U or ^Y puts them back; ^W or ^F searches (Enter, then ^N ^P next and previous); ^_
 * undoes, ^R does it again. Esc, ^S, ^O, ^T and function keys are the view's; Esc while the
 * search is open closes that.
 */
#ifndef CRIER_TUI_TEXTAREA_H
#define CRIER_TUI_TEXTAREA_H

#include <glib.h>

#include "tui/draw.h"
#include "tui/input.h"
#include "tui/term.h"
#include "tui/undo.h"

#define TEXTAREA_MAX_BYTES (1024 * 1024)

struct textarea_place {
    gsize line; /* from 0 */
    gsize at;   /* byte in the line */
};

struct textarea_fold;

struct textarea {
    GArray *lines; /* of struct textarea_line (textarea_private.h), at least one */
    struct textarea_place cursor;
    struct textarea_place top; /* the first row on the screen begins here */
    int goal;                  /* the cell that Up and Down keep to; -1: where the cursor is */
    int w, h;                  /* as drawn last; 0: never */
    gsize bytes, chars, words; /* of all lines, with the line ends between them */
    gsize max_bytes;
    guint64 serial, saved;       /* the text's number; as of the last textarea_set_saved() */
    struct textarea_fold *folds; /* owned: where the rows of the lines in use begin */
    GString *cut;                /* what ^K took */
    gboolean is_cutting;         /* the next ^K adds to it */
    struct undo undo;
    gboolean is_searching; /* the search line is open */
    struct input search;
    char *sought;          /* owned: what ^N and ^P look for; NULL: nothing yet */
    const char *said;      /* static, N_(): about the last key; or NULL */
    gsize found_len;       /* bytes found at the cursor, shown marked; 0: none */
    gboolean has_markdown; /* headings get a role of their own; set after init */
};

void textarea_init(struct textarea *t);
void textarea_clear(struct textarea *t);

/* Replaces everything, cursor at the start, nothing to undo, saved. CRIER_ERROR_INVALID when it
 * is not UTF-8 or longer than TEXTAREA_MAX_BYTES ("use your editor"): nothing is changed. */
gboolean textarea_set(struct textarea *t, const char *text, GError **error);
char *textarea_text(const struct textarea *t);          /* caller frees */
gboolean textarea_is_changed(const struct textarea *t); /* since textarea_set(), _set_saved() */
void textarea_set_saved(struct textarea *t);

enum input_did textarea_event(struct textarea *t, const struct term_event *e);
/* Puts text at the cursor, undone in one step: a merge field, what an editor gave back. FALSE:
 * there is no room. */
gboolean textarea_insert(struct textarea *t, const char *text);
/* All text anew as one step that can be undone: what $EDITOR made of it. */
gboolean textarea_replace(struct textarea *t, const char *text, GError **error);

gboolean textarea_find(struct textarea *t, const char *what, gboolean is_forward);
/* Esc belongs to the area now: the search line is open. */
gboolean textarea_is_searching(const struct textarea *t);

/* "line 3 of 20, column 5   1,024 characters, 180 words", in front what there is to say about
 * the last key. Caller frees. */
char *textarea_status(const struct textarea *t);

/* Draws all of it, the search line in the last row; has the hardware cursor when focused. */
void textarea_draw(struct textarea *t, struct rect r, gboolean is_focused);

#endif

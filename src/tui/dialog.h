/*
 * Small dialogs: a message, a question with buttons, one line to type; and the parts that every
 * other dialog is built from (place, frame, buttons). confirm.h has the questions before
 * something that cannot be taken back, menu.h the choices from a list.
 *
 * A dialog copies all that it is given. It is gone before `done` is called, so `done` may open
 * the next one. It never outlives the view that asked: `data` may be that view.
 * `free_data` (may be NULL) is called once, whether `done` was or not.
 */
#ifndef CRIER_TUI_DIALOG_H
#define CRIER_TUI_DIALOG_H

#include <glib.h>

#include "tui/draw.h"
#include "tui/ui.h"
#include "tui/view.h"

/* Text to read, folded, scrolled where it is long; Enter or Esc closes it. */
void dialog_tell(struct ui *ui, const char *title, const char *text);

/*
 * A question. `buttons` NULL-ended; `safe` is the one that has the focus at first and that Esc
 * presses. Arrows and Tab move, Enter and Space press, a button's first letter (that no button
 * before it has) presses it. `done` is always called, unless the asking view goes away.
 */
void dialog_choose(struct ui *ui, const char *title, const char *text,
                   const char *const *buttons, int safe,
                   void (*done)(struct ui *ui, int button, void *data), void *data,
                   GDestroyNotify free_data);

/* One line to type: a name for a copy, a file to write. */
struct dialog_line {
    const char *title;
    const char *text;  /* what is asked, folded; may be NULL */
    const char *label; /* in front of the field; may be NULL */
    const char *value; /* to begin with; may be NULL */
    /* Why it cannot be taken; the dialog then stays and shows the message. May be NULL. */
    gboolean (*check)(const char *value, void *data, GError **error);
    gboolean is_secret; /* shown as "*"; ^T shows it */
};
/* For `check`: a name of a file or a folder has to be typed. */
gboolean dialog_check_path(const char *value, void *data, GError **error);
/* `done` is not called on Esc. */
void dialog_line(struct ui *ui, const struct dialog_line *q,
                 void (*done)(struct ui *ui, const char *value, void *data), void *data,
                 GDestroyNotify free_data);

const struct view_ops *dialog_question_view(void); /* for the table of views */
const struct view_ops *dialog_line_view(void);

/* ---- parts of dialogs, for those that screens make themselves ---- */

/* A place for content of this size and the frame around it, in the middle of `screen`; the whole
 * screen where that is narrow (under 60 columns) or too small, and in accessible mode. */
struct rect dialog_place(struct ui *ui, struct rect screen, int columns, int rows);
/* The width for such content: what it wants, not more than reads well or the screen has. */
int dialog_columns(struct rect screen, int wanted);
/* Blanks it and draws the frame with its title; where it is the whole screen, only a line with
 * the title. Returns what is left for the content. */
struct rect dialog_frame(struct rect r, const char *title);

/* Text folded at words (and newlines), with a place to scroll to. Made safe at init. */
struct folded {
    char *text;       /* owned */
    GPtrArray *lines; /* owned, of char *, for `columns` */
    int columns;
    int top;
};
void folded_init(struct folded *f, const char *text); /* NULL is like "" */
void folded_clear(struct folded *f);
int folded_rows(struct folded *f, int columns);
/* The cells of the longest of its own lines, before folding. */
int folded_columns(const struct folded *f);
/* What `r` has room for; a sign at the right where more lies above or below. */
void folded_draw(struct folded *f, struct rect r, enum term_role role);
/* PgUp, PgDn and the wheel, where it does not fit: TRUE when taken. `rows`: of the last draw. */
gboolean folded_key(struct folded *f, guint32 key, int rows);

/* A row of buttons: [ Save ]  [ Cancel ]. A plain struct; labels are borrowed. */
#define BUTTONS_MAX 8
#define BUTTON_NONE -1 /* the key was taken, nothing is pressed */
#define BUTTON_PASS -2 /* the key is none of theirs */
struct buttons {
    const char *const *labels; /* NULL-ended, translated */
    int n;
    int focus;
};
void buttons_init(struct buttons *b, const char *const *labels, int focus);
/* The button that `key` presses, BUTTON_NONE or BUTTON_PASS. Tab and S-Tab pass at the ends when
 * `is_part` (of a form, where letters are text elsewhere: then letters pass, too). */
int buttons_key(struct buttons *b, guint32 key, gboolean is_part);
/* In the middle of row `y`, or a row each from there where they do not fit beside each other.
 * The cursor goes to the one with the focus when `has_focus`. Returns the rows it took. */
int buttons_draw(const struct buttons *b, struct rect r, int y, gboolean has_focus);
int buttons_rows(const struct buttons *b, int columns);
int buttons_columns(const struct buttons *b); /* beside each other */

#endif

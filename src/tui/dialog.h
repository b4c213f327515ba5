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
/* `done` is not called on Esc. */
void dialog_line(struct ui *ui, const struct dialog_line *q,
                 void (*done)(struct ui *ui, const char *value, void *data), void *data,
                 GDestroyNotify free_data);

/* ---- parts of dialogs, for those that screens make themselves ---- */

/* A place of this size with the frame, in the middle of `screen`; the whole screen where it is
 * narrow (under 60 columns) or too small. Without a frame in accessible mode. */
struct rect dialog_place(struct ui *ui, struct rect screen, int columns, int rows);
/* Cells that the frame takes of a place: beside and above plus below its content. */
#define DIALOG_FRAME_COLUMNS 4
#define DIALOG_FRAME_ROWS 2
/* Blanks it and draws the frame with its title (accessible: a line with the title and no frame).
 * Returns what is left for the content. */
struct rect dialog_frame(struct ui *ui, struct rect r, const char *title);
/* The width and rows that folded text wants in a dialog on this screen. */
int dialog_columns(struct rect screen, int at_least);
int dialog_text_rows(const char *text, int columns);

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

#endif

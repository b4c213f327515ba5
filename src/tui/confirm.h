/*
 * Questions before something is done, by the level of what it would do. The key that asked never
 * confirms, Enter never confirms levels 2 and 3, and nothing that was typed before the question
 * stood on the screen counts.
 */
#ifndef CRIER_TUI_CONFIRM_H
#define CRIER_TUI_CONFIRM_H

#include <glib.h>

#include "tui/draw.h"
#include "tui/ui.h"

enum confirm_level {
    CONFIRM_NONE,   /* can be undone: done at once. Say it with ui_say_undo() */
    CONFIRM_BUTTON, /* reaches out, in a small way: test send, test of a server */
    CONFIRM_YES,    /* changes what is going on: `y` */
    CONFIRM_NUMBER, /* cannot be taken back: the number is typed, then `y` */
    CONFIRM_LEVEL_COUNT
};

struct confirm {
    enum confirm_level level;
    const char *title;
    const char *text;   /* the consequence in a sentence or two; names what it is about */
    const char *action; /* translated, one or two words: "Send", "Stop for good" */
    guint32 asked_by;   /* the key that led here; 0: none (a command line) */
    gint64 number;      /* level 3: what is to be typed; confirm_number() */
};
/* `yes` is called when it was confirmed; else only `free_data`. See dialog.h for `data`. */
void confirm_ask(struct ui *ui, const struct confirm *c,
                 void (*yes)(struct ui *ui, void *data), void *data, GDestroyNotify free_data);

/* The number to type for something about `count` people or things, of the record `id`: the count
 * itself, or one made from both where the count has less than two digits, so that it is never
 * typed by habit. */
gint64 confirm_number(gint64 count, gint64 id);

const struct view_ops *confirm_view(void); /* for the table of views */

/* ---- the rules, pure ---- */

enum confirm_answer {
    CONFIRM_WAIT,    /* nothing yet */
    CONFIRM_REFUSED, /* would confirm elsewhere: confirm_refusal() says why not here */
    CONFIRM_NO,
    CONFIRM_DO
};
struct confirm_state {
    enum confirm_level level;
    guint32 asked_by;
    gboolean is_armed;        /* its frame is on the terminal */
    gboolean is_action_focus; /* level 1: the button that does it has the focus */
    gboolean is_number_right; /* level 3 */
};
enum confirm_answer confirm_judge(const struct confirm_state *s, guint32 key);
/* Why `key` was refused, a sentence (static, translated). */
const char *confirm_refusal(const struct confirm_state *s, guint32 key);
/* `y`, or `c` where `y` is what asked. */
guint32 confirm_yes_key(guint32 asked_by);

/* ---- the number field by itself, for screens that have it inside ---- */

#define CONFIRM_DIGITS_MAX 18
struct confirm_field {
    gint64 number;
    char digits[CONFIRM_DIGITS_MAX + 1]; /* what was typed so far */
};
void confirm_field_init(struct confirm_field *f, gint64 number); /* owns nothing */
/* Digits, Backspace, ^U; blanks, commas and dots may stand between digits and do not count. A
 * paste is refused with a sentence in the message row. TRUE: taken. */
gboolean confirm_field_key(struct confirm_field *f, struct ui *ui, const struct term_event *e);
gboolean confirm_field_is_right(const struct confirm_field *f);
/* One row: "Type  1,204  to send:  [ ______ ]"; `action` is the translated verb. The cursor goes
 * there when `has_focus`. */
void confirm_field_draw(const struct confirm_field *f, struct rect r, int y, const char *action,
                        gboolean has_focus);

#endif

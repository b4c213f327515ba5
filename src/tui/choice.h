/*
 * A list that drops down from a field: one value, or several with marks. Typing narrows it. It
 * knows no form: what is chosen is read when it says CHOICE_TAKEN.
 */
#ifndef CRIER_TUI_CHOICE_H
#define CRIER_TUI_CHOICE_H

#include <glib.h>

#include "tui/draw.h"
#include "tui/input.h"
#include "tui/term.h"

#define CHOICE_MAX_ROWS 10 /* on the screen */

struct choice {
    char **options;      /* owned: what is shown */
    gboolean *is_marked; /* owned, one an option; only with `is_multiple` */
    gboolean is_multiple;
    GArray *shown; /* of guint: the options that the narrowing leaves */
    guint at, top; /* in `shown` */
    struct input narrow;
};

enum choice_did {
    CHOICE_IGNORED,  /* not a key of the list */
    CHOICE_KEPT,     /* goes on */
    CHOICE_CHOSEN,   /* Enter: read choice_get() or the marks */
    CHOICE_CANCELLED /* Esc */
};

/* `options` (NULL-ended) is taken. */
void choice_init(struct choice *c, char **take_options, gboolean is_multiple);
void choice_clear(struct choice *c);
void choice_mark(struct choice *c, guint option, gboolean on);
void choice_goto(struct choice *c, guint option);

/* Up Down PgUp PgDn Home End; Space marks where several may be chosen; Enter, Tab; Esc. */
enum choice_did choice_event(struct choice *c, const struct term_event *e);
/* The option under the bar; -1 when the narrowing leaves none. */
int choice_get(const struct choice *c);

/* Where it drops to, in a rectangle of w × h: below row `y` of its field, or above when there
 * is more room there; in cells from the rectangle's corner. */
struct rect choice_place(const struct choice *c, int w, int h, int x, int y);
void choice_draw(struct choice *c, struct rect r); /* over the whole of `r` */

#endif

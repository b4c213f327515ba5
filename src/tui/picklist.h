/*
 * Rows to choose from, narrowed while typing: what menu, '?', ':' and the file chooser have in
 * common. A plain struct; it says what was chosen and does nothing about it.
 */
#ifndef CRIER_TUI_PICKLIST_H
#define CRIER_TUI_PICKLIST_H

#include <glib.h>

#include "tui/draw.h"
#include "tui/term.h"

struct picklist_row { /* texts are owned; all but `label` may be NULL */
    char *lead;    /* a first column: a key, a mark */
    char *label;
    char *detail;  /* behind it, in a column */
    char *tail;    /* at the right edge: a key */
    char *group;   /* a heading above it */
    char *why_not; /* cannot be chosen */
    char *also;    /* more words that find it */
    gint64 id;
    gboolean is_marked;
};

enum picklist_flags {
    PICKLIST_MULTI = 1 << 0, /* Space marks, * all shown */
    PICKLIST_ORDER = 1 << 1, /* + and - move the row */
    PICKLIST_FIXED = 1 << 2, /* letters are not its: what is shown is decided outside */
};

struct picklist {
    GPtrArray *rows;  /* owned, of struct picklist_row * */
    GArray *shown;    /* of guint: the rows that match */
    guint at;         /* in `shown` */
    int top;          /* first line on screen; headings are lines */
    int h;            /* of the last drawing */
    struct rect last; /* where it was drawn: for the mouse */
    GString *typed;
    unsigned flags;
};

void picklist_init(struct picklist *l, unsigned flags);
void picklist_clear(struct picklist *l);
/* Empties the rows; what was typed stays. */
void picklist_empty(struct picklist *l);
/* A new row at the end, for the caller to fill; then picklist_narrow(). */
struct picklist_row *picklist_add(struct picklist *l, const char *label);
/* What is shown, anew: after rows were added. The row at the cursor keeps it if it is there. */
void picklist_narrow(struct picklist *l);
/* Puts the cursor on the row with that id, where it is shown. */
void picklist_go_to(struct picklist *l, gint64 id);
/* The row at the cursor, NULL when none is shown. */
struct picklist_row *picklist_current(const struct picklist *l);
guint picklist_marked(const struct picklist *l);

enum picklist_did { PICKLIST_PASS, PICKLIST_TAKEN, PICKLIST_CHOSEN };
/* Up Down PgUp PgDn Home End ^N ^P, letters, Backspace, ^U; Enter is PICKLIST_CHOSEN; Esc takes
 * away what was typed, then passes. */
enum picklist_did picklist_event(struct picklist *l, const struct term_event *e);

/* Lines of all that is shown with its headings; cells of the widest. */
int picklist_lines(const struct picklist *l);
int picklist_columns(const struct picklist *l);
void picklist_draw(struct picklist *l, struct rect r);
/* "type to narrow: [ ____ ]" at the right of row `y`; with the number shown. */
void picklist_draw_typed(const struct picklist *l, struct rect r, int y);

/* Whether each word of `typed` is somewhere in one of the texts, whatever the case. */
gboolean picklist_matches(const char *typed, const char *const *texts, int n);

#endif

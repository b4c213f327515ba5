/*
 * Text to read: previews, transcripts, replies, a log. Lines with roles, folded or scrolled
 * sideways, searched, followed at its end. A plain struct in the state of a view.
 */
#ifndef CRIER_TUI_PAGER_H
#define CRIER_TUI_PAGER_H

#include <glib.h>

#include "tui/draw.h"
#include "tui/term.h"

struct input;

#define PAGER_LINES_MAX 200000 /* the oldest go first */

struct pager {
    GPtrArray *lines; /* owned; of struct pager_line *, safe */
    int top;          /* the first line on screen */
    int top_part;     /* folded: how many of its rows are above the screen */
    int left;         /* cells scrolled away; 0 when folded */
    gboolean is_folded;
    gboolean follows;     /* stays at the end while lines come */
    struct input *asking; /* owned; what is searched while it is typed; else NULL */
    char *needle;         /* owned, as typed; NULL: nothing is searched */
    int found;            /* the line of the last hit; -1: none */
    gboolean not_found;
    int w, h;   /* of the last drawing */
    char *hint; /* owned */
};
struct pager_line {
    enum term_role role;
    char *text; /* owned; safe, tabs as blanks */
    int cells;
    int rows, rows_w; /* how many rows it takes folded to rows_w cells; 0: not counted yet */
};

void pager_init(struct pager *p);
void pager_clear(struct pager *p);
/* `text` may hold anything. The place is kept when it was scrolled and the text still reaches
 * so far; pager_go_to(p, 0) goes back. */
void pager_set_text(struct pager *p, const char *text);
void pager_empty(struct pager *p);
/* Appends its lines (a newline at the end makes no empty line). */
void pager_add(struct pager *p, enum term_role role, const char *text);
void pager_go_to(struct pager *p, int line);
/* As if it was typed behind '/', from the first line on screen; FALSE: nowhere. */
gboolean pager_search(struct pager *p, const char *needle);
/* All lines, for the clipboard. Caller frees. */
char *pager_text(const struct pager *p);
/* Letters are text now: actions must wait. pager_event() takes all keys then anyway. */
gboolean pager_is_asking(const struct pager *p);

/* Arrows, j k, PgUp PgDn, ^B ^F, Space, Home End, g G; h l sideways; / n N; w folds; F follows.
 * TRUE: taken. Esc takes the search away first. */
gboolean pager_event(struct pager *p, const struct term_event *e);
void pager_draw(struct pager *p, struct rect r, gboolean is_focused);
/* "lines 21-40 of 300, 13%  /word: line 22". Borrowed until the next call. */
const char *pager_hint(struct pager *p);

#endif

/*
 * Drawing inside a rectangle: everything is clipped at it, and all text is made safe to show
 * here (base/text), so that no name, subject or reply can reach the terminal raw.
 */
#ifndef CRIER_TUI_DRAW_H
#define CRIER_TUI_DRAW_H

#include <glib.h>

#include "tui/term.h"

struct rect {
    int x, y, w, h;
};

/* A part of `r`, clipped at it: x and y count from its corner. */
struct rect rect_part(struct rect r, int x, int y, int w, int h);
static inline struct rect rect_rows(struct rect r, int from, int n)
{
    return rect_part(r, 0, from, r.w, n);
}

void draw_fill(struct rect r, enum term_role role);
/* Leaves the whole rectangle as it is on the terminal. FALSE: draw it. */
gboolean draw_keep(struct rect r);
/* One line at x, y (from the rectangle's corner); what does not fit is cut with a sign. Returns
 * the cells it took. */
int draw_text(struct rect r, int x, int y, enum term_role role, const char *text);
int draw_format(struct rect r, int x, int y, enum term_role role, const char *format, ...)
    G_GNUC_PRINTF(5, 6);
/* In a column of `w` cells: cut or padded; all `w` cells get the role. */
void draw_cell(struct rect r, int x, int y, int w, enum term_role role, const char *text);
void draw_right(struct rect r, int x, int y, int w, enum term_role role, const char *text);
/* Text folded at words over the whole rectangle; returns the rows it took (that it would have
 * taken, when there are fewer). A rectangle of no height only counts. */
int draw_folded(struct rect r, enum term_role role, const char *text);
/* "Login         anna": a line of a pane at `*y`, which goes on to the next; the label has `w`
 * cells. */
void draw_labelled(struct rect r, int *y, int w, const char *label, const char *text);
void draw_hline(struct rect r, int y, enum term_role role);
void draw_vline(struct rect r, int x, enum term_role role);
void draw_box(struct rect r, enum term_role role, const char *title); /* title may be NULL */
/* The hardware cursor: always at the focus. */
void draw_cursor(struct rect r, int x, int y);

/* The beginning of safe `text` that takes at most `cells`, with a sign where it is cut. Caller
 * frees. */
char *draw_cut(const char *text, int cells);

#endif

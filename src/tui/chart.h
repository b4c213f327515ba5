/*
 * Numbers as pictures, in the three glyph sets: a bar, a line of small columns, a chart with
 * axes; and the same in words for the accessible mode. Scales are round and do not jump, so
 * that a tick changes few cells.
 */
#ifndef CRIER_TUI_CHART_H
#define CRIER_TUI_CHART_H

#include <glib.h>

#include "tui/draw.h"
#include "tui/term.h"

/* A bar of `w` cells, `fraction` of them full (0…1); never quite full below 1 and never empty
 * above 0. In ASCII with brackets, which are part of `w`. */
void chart_bar(struct rect r, int x, int y, int w, double fraction);
/* The same as text, full and empty cells in one: for tests and for cells of a table. Caller
 * frees. */
char *chart_bar_text(int w, double fraction);

/* "33%"; "100%" only when all is done, "0%" only when nothing is. Caller frees. */
char *chart_percent(gint64 done, gint64 total);
double chart_fraction(gint64 done, gint64 total); /* 0…1; of nothing: 0 */

/* What holds a scale still: zeroed at first, kept in the view's state. */
struct chart_scale {
    gint64 max;
    int rows;
    int calm; /* drawings in a row that a smaller scale would have done for */
};
#define CHART_CALM 30
/* The greatest value that the picture of so many rows shows, at least `highest`: a round number
 * a row. Grows at once, shrinks after CHART_CALM calls. `s` NULL: no memory. */
gint64 chart_scale(struct chart_scale *s, gint64 highest, int rows);
gint64 chart_highest(const gint64 *values, int n);

/* One row of `w` cells, the newest value at the right; more values than cells are joined by
 * twos, threes … (the greatest of them shows). */
void chart_spark(struct rect r, int x, int y, int w, enum term_role role, const gint64 *values,
                 int n, gint64 max);

struct chart_label {
    int at;           /* index of the value that it stands under */
    const char *text; /* borrowed */
};
struct chart {
    const gint64 *values; /* borrowed; the newest last */
    int n;
    gint64 first; /* the number of values[0] since ever (a minute): what is joined stays joined
                     while the picture moves; 0 will do */
    gint64 max;   /* of chart_scale() for chart_rows() */
    const struct chart_label *labels; /* under the axis; what would overlap is left out */
    int n_labels;
    enum term_role role;
};
/* The rows of values in a rectangle: it has an axis, and labels where there is room. */
int chart_rows(struct rect r);
void chart_columns(struct rect r, const struct chart *c);

/* "now 640, highest 720, mean 410". Caller frees. */
char *chart_words(const gint64 *values, int n);

#endif

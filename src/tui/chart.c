/*
 * Bars and charts out of cells. Numbers come in, cells go out; where the numbers are from and
 * how often they are drawn is the caller's business.
 */
#include "config.h"

#include "tui/chart.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

#define PART_MAX 8

/* ---- one bar ---- */

double chart_fraction(gint64 done, gint64 total)
{
    return total <= 0 ? 0 : CLAMP((double)done / (double)total, 0, 1);
}

char *chart_percent(gint64 done, gint64 total)
{
    int percent = (int)(chart_fraction(done, total) * 100);
    if (done > 0 && percent == 0)
        return g_strdup("<1%");
    if (done < total)
        percent = MIN(percent, 99);
    return g_strdup_printf("%d%%", percent);
}

/* A cell filled from the left by so many eighths: only UTF-8 terminals have them. */
static const char *left_eighth(int n)
{
    static const char *const parts[PART_MAX] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    return parts[n];
}

struct bar {
    int full, part, empty; /* cells; `part` in eighths of one more */
};

/* A bar that is not done never looks done, one that began never looks as if it had not. */
static struct bar split_bar(int w, double fraction)
{
    int steps = term_glyphs() == GLYPHS_UTF8 ? PART_MAX : 1;
    int all = w * steps;
    int filled = (int)(fraction * all + 1e-9);
    if (fraction > 0)
        filled = MAX(filled, 1);
    if (fraction < 1)
        filled = MIN(filled, all - 1);
    filled = CLAMP(filled, 0, all);
    struct bar b = {.full = filled / steps, .part = filled % steps};
    b.empty = w - b.full - (b.part > 0);
    return b;
}

static void append_cells(GString *s, const char *sign, int n)
{
    for (int i = 0; i < n; i++)
        g_string_append(s, sign);
}

static gboolean has_brackets(int w)
{
    return term_glyphs() == GLYPHS_ASCII && w > 2;
}

/* The full cells and the empty ones, each with its bracket. */
static void bar_texts(int w, double fraction, GString *full, GString *empty)
{
    gboolean brackets = has_brackets(w);
    struct bar b = split_bar(MAX(w - (brackets ? 2 : 0), 0), CLAMP(fraction, 0, 1));
    append_cells(full, "[", brackets);
    append_cells(full, term_sign(SIGN_FULL), b.full);
    g_string_append(full, left_eighth(b.part));
    append_cells(empty, term_sign(SIGN_EMPTY), b.empty);
    append_cells(empty, "]", brackets);
}

char *chart_bar_text(int w, double fraction)
{
    GString *full = g_string_new(NULL);
    g_autoptr(GString) empty = g_string_new(NULL);
    bar_texts(w, fraction, full, empty);
    g_string_append(full, empty->str);
    return g_string_free(full, FALSE);
}

void chart_bar(struct rect r, int x, int y, int w, double fraction)
{
    g_autoptr(GString) full = g_string_new(NULL);
    g_autoptr(GString) empty = g_string_new(NULL);
    struct rect bar = rect_part(r, x, y, w, 1);
    bar_texts(w, fraction, full, empty);
    int used = draw_text(bar, 0, 0, ROLE_BAR_FULL, full->str);
    if (used < bar.w)
        (void)draw_text(bar, used, 0, ROLE_BAR_EMPTY, empty->str);
}

/* ---- scales ---- */

gint64 chart_highest(const gint64 *values, int n)
{
    gint64 highest = 0;
    for (int i = 0; i < n; i++)
        highest = MAX(highest, values[i]);
    return highest;
}

/* 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20 … : the least of them that is not below `n`. */
static gint64 round_up(gint64 n)
{
    static const int steps[] = {10, 12, 15, 20, 25, 30, 40, 50, 60, 80};
    if (n <= 10)
        return n == 7 ? 8 : n == 9 ? 10 : MAX(n, 1);
    for (gint64 ten = 1; ten < G_MAXINT64 / 1000; ten *= 10) {
        for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
            if (steps[i] * ten >= n)
                return steps[i] * ten;
        }
    }
    return n;
}

static gint64 fitting_scale(gint64 highest, int rows)
{
    gint64 row = highest / rows + (highest % rows != 0);
    return round_up(row) * rows;
}

gint64 chart_scale(struct chart_scale *s, gint64 highest, int rows)
{
    rows = MAX(rows, 1);
    gint64 max = fitting_scale(MAX(highest, 0), rows);
    if (s == NULL)
        return max;
    s->calm = max < s->max && rows == s->rows ? s->calm + 1 : 0;
    if (max > s->max || rows != s->rows || s->calm > CHART_CALM) {
        s->max = max;
        s->rows = rows;
        s->calm = 0;
    }
    return s->max;
}

/* ---- many values in few cells ---- */

/*
 * How values stand in `w` cells, the newest at the right: each `wide` cells, or `joined` to a
 * cell. Groups are counted by the numbers that values have since ever, so that they stay the
 * same while the picture moves.
 */
struct spread {
    const gint64 *values;
    int n, w;
    gint64 first;
    int wide, joined;
};

static struct spread spread_over(const gint64 *values, int n, gint64 first, int w)
{
    struct spread s = {
        .values = values, .n = n, .first = first, .w = w, .wide = 1, .joined = 1};
    if (n > 0 && n <= w)
        s.wide = w / n;
    /* One group more than it takes: the first and the last are seldom whole. */
    while (w > 0 && n > 0 && (s.first + n - 1) / s.joined - s.first / s.joined + 1 > w)
        s.joined++;
    return s;
}

/* The group at cell x; a value's index otherwise. Below 0: before the first. */
static gint64 group_at(const struct spread *s, int x)
{
    gint64 newest = (s->first + s->n - 1) / s->joined;
    return newest - (s->w - 1 - x) / s->wide;
}

static gint64 value_at(const struct spread *s, int x)
{
    gint64 from = group_at(s, x) * s->joined - s->first, highest = -1;
    for (gint64 i = MAX(from, 0); i < from + s->joined && i < s->n; i++)
        highest = MAX(highest, s->values[i]);
    return highest;
}

/* The cell that shows value `i`, the leftmost of them; -1: none. */
static int cell_of(const struct spread *s, int i)
{
    gint64 newest = (s->first + s->n - 1) / s->joined;
    gint64 back = newest - (s->first + i) / s->joined;
    gint64 x = s->w - (back + 1) * s->wide;
    return x >= 0 && x < s->w ? (int)x : -1;
}

/* Eighths of a height of `rows` rows; what is not nothing is seen. */
static gint64 eighths(gint64 value, gint64 max, int rows)
{
    if (value <= 0 || max <= 0)
        return 0;
    gint64 all = (gint64)rows * PART_MAX;
    gint64 n = (gint64)llround((double)value / (double)max * (double)all);
    return CLAMP(n, 1, all);
}

void chart_spark(struct rect r, int x, int y, int w, enum term_role role, const gint64 *values,
                 int n, gint64 max)
{
    struct rect row = rect_part(r, x, y, w, 1);
    struct spread s = spread_over(values, n, 0, w);
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < w; i++) {
        gint64 value = n > 0 ? value_at(&s, i) : -1;
        g_string_append(text, term_eighth((int)eighths(value, max, 1)));
    }
    (void)draw_text(row, 0, 0, role, text->str);
}

/* ---- with axes ---- */

#define LABEL_ROWS_MIN 4 /* rows of a rectangle that has room for labels under its axis */

int chart_rows(struct rect r)
{
    return MAX(r.h - (r.h >= LABEL_ROWS_MIN ? 2 : 1), 1);
}

/* "720 |": what a row shows at its top. Only whole numbers, so that rows are told apart. */
static char *axis_number(gint64 max, int rows, int row)
{
    gint64 n = max * (rows - row);
    return n % rows == 0 ? text_grouped(n / rows) : g_strdup("");
}

static int axis_width(gint64 max)
{
    g_autofree char *text = text_grouped(max);
    return (int)text_cells(text) + 2;
}

static void draw_axis(struct rect r, const struct chart *c, int rows, int w)
{
    for (int y = 0; y <= rows && y < r.h; y++) {
        g_autofree char *number = axis_number(c->max, rows, y);
        draw_right(r, 0, y, w - 2, ROLE_MUTED, number);
        (void)draw_text(r, w - 1, y, ROLE_MUTED,
                        term_sign(y < rows ? SIGN_VLINE : SIGN_BOTTOM_LEFT));
    }
    draw_hline(rect_part(r, w, rows, r.w - w, 1), 0, ROLE_MUTED);
}

/* One row of cells, from below `base` eighths on. */
static void draw_values(struct rect plot, const struct chart *c, const struct spread *s,
                        int rows)
{
    for (int y = 0; y < rows && y < plot.h; y++) {
        gint64 base = (gint64)(rows - 1 - y) * PART_MAX;
        g_autoptr(GString) text = g_string_new(NULL);
        for (int x = 0; x < plot.w; x++) {
            gint64 n = c->n > 0 ? eighths(value_at(s, x), c->max, rows) - base : 0;
            g_string_append(text, term_eighth((int)CLAMP(n, 0, PART_MAX)));
        }
        (void)draw_text(plot, 0, y, c->role, text->str);
    }
}

static void draw_labels(struct rect row, const struct chart *c, const struct spread *s)
{
    int free_from = 0;
    draw_fill(row, ROLE_NORMAL);
    for (int i = 0; i < c->n_labels; i++) {
        int cells = (int)text_cells(c->labels[i].text);
        int x = cell_of(s, c->labels[i].at);
        if (x < 0)
            continue;
        x = MIN(x, row.w - cells);
        if (x < free_from)
            continue;
        (void)draw_text(row, x, 0, ROLE_MUTED, c->labels[i].text);
        free_from = x + cells + 1;
    }
}

void chart_columns(struct rect r, const struct chart *c)
{
    int rows = chart_rows(r), w = axis_width(c->max);
    if (r.h < 2 || r.w <= w)
        return;
    struct rect plot = rect_part(r, w, 0, r.w - w, rows);
    struct spread s = spread_over(c->values, c->n, c->first, plot.w);
    draw_axis(r, c, rows, w);
    draw_values(plot, c, &s, rows);
    if (r.h >= LABEL_ROWS_MIN)
        draw_labels(rect_part(r, w, rows + 1, r.w - w, 1), c, &s);
}

char *chart_words(const gint64 *values, int n)
{
    gint64 sum = 0;
    if (n <= 0)
        return g_strdup(_("no figures yet"));
    for (int i = 0; i < n; i++)
        sum += values[i];
    g_autofree char *now = text_grouped(values[n - 1]);
    g_autofree char *highest = text_grouped(chart_highest(values, n));
    g_autofree char *mean = text_grouped((sum + n / 2) / n);
    return g_strdup_printf(_("now %s, highest %s, mean %s"), now, highest, mean);
}

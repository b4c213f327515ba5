/*
 * Where the lines of a text area are folded into rows of the screen. A line may be a megabyte
 * long (HTML often is), so rows are found as far as they are asked for and kept for the two
 * lines in use: the one at the top and the one with the cursor. Nothing here changes the text.
 */
#include "config.h"

#include "base/text.h"
#include "tui/grapheme.h"
#include "tui/textarea_private.h"

#define TAB_CELLS 4
#define FIRST_WIDE 0x1100 /* below it no character is wide, so none breaks a line */
#define KEPT 2
#define WIDTH_UNDRAWN 80

struct textarea_fold { /* KEPT of them */
    gboolean is_used;
    gsize line;
    int w;
    GArray *starts; /* of gsize: the rows found so far */
    gboolean is_whole;
    guint used_at; /* for which to give up */
};

/* ---- arithmetic ---- */

static int char_cells(gunichar c, int column)
{
    return c == '\t' ? TAB_CELLS - column % TAB_CELLS : text_char_cells(c);
}

int area_cells(const char *text, gsize from, gsize to)
{
    int cells = 0;
    for (const char *p = text + from; p < text + to; p = g_utf8_next_char(p))
        cells += char_cells(g_utf8_get_char(p), cells);
    return cells;
}

static gboolean is_blank(gunichar c)
{
    return c == ' ' || c == '\t';
}

gsize area_fold(const char *text, gsize len, gsize from, int w)
{
    int room = MAX(w - 1, 1), used = 0;
    gsize fold = from; /* the last good place to fold at */
    gunichar before = 0;
    for (gsize at = from; at < len;) {
        gunichar c = g_utf8_get_char(text + at);
        gsize next = at + (gsize)g_utf8_skip[(guchar)text[at]];
        int cells = char_cells(c, used);
        gboolean may_wide = c >= FIRST_WIDE || before >= FIRST_WIDE;
        if (before && !is_blank(before) && cells > 0 && may_wide && text_may_break(before, c))
            fold = at;
        if (used + cells > room) {
            if (c == ' ') /* it hangs in the last cell, with its marks */
                return grapheme_next(text, len, at);
            if (fold > from)
                return fold;
            return at > from ? at : grapheme_next(text, len, from);
        }
        used += cells;
        if (is_blank(c))
            fold = grapheme_next(text, len, at);
        before = c;
        at = next;
    }
    return len;
}

/* ---- what is kept ---- */

struct textarea_fold *area_folds_new(void)
{
    struct textarea_fold *folds = g_new0(struct textarea_fold, KEPT);
    for (int i = 0; i < KEPT; i++)
        folds[i].starts = g_array_new(FALSE, FALSE, sizeof(gsize));
    return folds;
}

void area_folds_free(struct textarea_fold *folds)
{
    for (int i = 0; folds && i < KEPT; i++)
        g_array_unref(folds[i].starts);
    g_free(folds);
}

void area_folds_forget(struct textarea *t)
{
    for (int i = 0; i < KEPT; i++)
        t->folds[i].is_used = FALSE;
}

void area_folds_changed(struct textarea *t, gsize line, gsize at)
{
    for (int i = 0; i < KEPT; i++) {
        struct textarea_fold *f = &t->folds[i];
        if (!f->is_used || f->line != line)
            continue;
        guint n = f->starts->len;
        while (n > 0 && g_array_index(f->starts, gsize, n - 1) > at)
            n--;
        /* A word that got shorter may go up: the row of the change begins anew, too. */
        g_array_set_size(f->starts, MAX(n, 2) - 1);
        f->is_whole = FALSE;
    }
}

static int width(const struct textarea *t)
{
    return t->w > 0 ? t->w : WIDTH_UNDRAWN;
}

static struct textarea_fold *fold_of(struct textarea *t, gsize line)
{
    static guint clock;
    struct textarea_fold *oldest = &t->folds[0];
    int w = width(t);
    for (int i = 0; i < KEPT; i++) {
        struct textarea_fold *f = &t->folds[i];
        if (f->is_used && f->line == line && f->w == w) {
            f->used_at = ++clock;
            return f;
        }
        if (!f->is_used || f->used_at < oldest->used_at)
            oldest = f;
    }
    gsize first = 0;
    oldest->is_used = TRUE;
    oldest->line = line;
    oldest->w = w;
    oldest->is_whole = FALSE;
    oldest->used_at = ++clock;
    g_array_set_size(oldest->starts, 0);
    g_array_append_val(oldest->starts, first);
    return oldest;
}

/* Finds one more row; FALSE: that was the last. */
static gboolean find_row(struct textarea *t, struct textarea_fold *f)
{
    if (f->is_whole)
        return FALSE;
    gsize len = area_line_len(t, f->line);
    gsize last = g_array_index(f->starts, gsize, f->starts->len - 1);
    gsize next = area_fold(area_line_text(t, f->line), len, last, f->w);
    if (next >= len) {
        f->is_whole = TRUE;
        return FALSE;
    }
    g_array_append_val(f->starts, next);
    return TRUE;
}

/* The number of the row that byte `at` is in. */
static guint row_at(struct textarea *t, struct textarea_fold *f, gsize at)
{
    while (g_array_index(f->starts, gsize, f->starts->len - 1) <= at && find_row(t, f))
        ;
    guint low = 0, high = f->starts->len; /* the row is in low … high - 1 */
    while (high - low > 1) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(f->starts, gsize, middle) <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct textarea_place area_row_of(struct textarea *t, struct textarea_place p)
{
    struct textarea_fold *f = fold_of(t, p.line);
    guint row = row_at(t, f, p.at);
    return (struct textarea_place){p.line, g_array_index(f->starts, gsize, row)};
}

gsize area_row_end(struct textarea *t, struct textarea_place row)
{
    return area_fold(area_line_text(t, row.line), area_line_len(t, row.line), row.at, width(t));
}

gboolean area_row_next(struct textarea *t, struct textarea_place *row)
{
    gsize end = area_row_end(t, *row);
    if (end < area_line_len(t, row->line)) {
        row->at = end;
        return TRUE;
    }
    if (row->line == area_last_line(t))
        return FALSE;
    *row = (struct textarea_place){row->line + 1, 0};
    return TRUE;
}

gboolean area_row_back(struct textarea *t, struct textarea_place *row)
{
    if (row->at > 0) {
        *row = area_row_of(t, (struct textarea_place){row->line, row->at - 1});
        return TRUE;
    }
    if (row->line == 0)
        return FALSE;
    gsize line = row->line - 1;
    *row = area_row_of(t, (struct textarea_place){line, area_line_len(t, line)});
    return TRUE;
}

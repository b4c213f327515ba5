/*
 * The cursor of a text area: by letters, words, rows and pages, and to what is searched for. Up
 * and Down go by the rows on the screen and keep to the column they began in.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "tui/grapheme.h"
#include "tui/textarea_private.h"

#define ROWS_UNDRAWN 20

void area_go(struct textarea *t, struct textarea_place to)
{
    undo_break(&t->undo);
    t->cursor = to;
    t->goal = -1;
}

static void go_in_line(struct textarea *t, gsize at)
{
    area_go(t, (struct textarea_place){t->cursor.line, at});
}

/* ---- letters, words, ends ---- */

static void move_left(struct textarea *t)
{
    gsize line = t->cursor.line;
    if (t->cursor.at > 0)
        go_in_line(t, grapheme_back(area_line_text(t, line), t->cursor.at));
    else if (line > 0)
        area_go(t, (struct textarea_place){line - 1, area_line_len(t, line - 1)});
}

static void move_right(struct textarea *t)
{
    gsize line = t->cursor.line, len = area_line_len(t, line);
    if (t->cursor.at < len)
        go_in_line(t, grapheme_next(area_line_text(t, line), len, t->cursor.at));
    else if (line < area_last_line(t))
        area_go(t, (struct textarea_place){line + 1, 0});
}

static void move_word_left(struct textarea *t)
{
    if (t->cursor.at == 0)
        move_left(t);
    else
        go_in_line(t, grapheme_word_back(area_line_text(t, t->cursor.line), t->cursor.at));
}

static void move_word_right(struct textarea *t)
{
    gsize line = t->cursor.line, len = area_line_len(t, line);
    if (t->cursor.at == len)
        move_right(t);
    else
        go_in_line(t, grapheme_word_next(area_line_text(t, line), len, t->cursor.at));
}

static void move_home(struct textarea *t)
{
    struct textarea_place row = area_row_of(t, t->cursor);
    go_in_line(t, t->cursor.at == row.at ? 0 : row.at);
}

/* The last place that still is in the row. */
static gsize last_in_row(struct textarea *t, struct textarea_place row)
{
    gsize end = area_row_end(t, row), len = area_line_len(t, row.line);
    return end < len ? grapheme_back(area_line_text(t, row.line), end) : len;
}

static void move_end(struct textarea *t)
{
    gsize last = last_in_row(t, area_row_of(t, t->cursor));
    go_in_line(t, t->cursor.at == last ? area_line_len(t, t->cursor.line) : last);
}

/* ---- rows ---- */

/* The place in a row that is nearest to the goal. */
static struct textarea_place at_goal(struct textarea *t, struct textarea_place row)
{
    const char *text = area_line_text(t, row.line);
    gsize last = last_in_row(t, row), at = row.at;
    while (at < last) {
        gsize next = grapheme_next(text, last, at);
        if (area_cells(text, row.at, next) > t->goal)
            break;
        at = next;
    }
    return (struct textarea_place){row.line, at};
}

/* An edit may have taken away where the first row began. */
static void settle_top(struct textarea *t)
{
    t->top.line = MIN(t->top.line, area_last_line(t));
    t->top.at = MIN(t->top.at, area_line_len(t, t->top.line));
    t->top = area_row_of(t, t->top);
}

static void move_rows(struct textarea *t, int by, gboolean is_page)
{
    settle_top(t);
    struct textarea_place row = area_row_of(t, t->cursor), top = t->top;
    int goal =
        t->goal >= 0 ? t->goal : area_cells(area_line_text(t, row.line), row.at, t->cursor.at);
    int n = 0;
    for (; n < ABS(by) && (by > 0 ? area_row_next(t, &row) : area_row_back(t, &row)); n++)
        if (is_page && (by > 0 ? area_row_next(t, &top) : area_row_back(t, &top)))
            t->top = top;
    t->goal = goal;
    struct textarea_place to = at_goal(t, row);
    if (n == 0) /* no row there: to the very end */
        to = by > 0 ? (struct textarea_place){row.line, area_line_len(t, row.line)}
                    : (struct textarea_place){0, 0};
    area_go(t, to);
    t->goal = goal;
}

static int page_rows(const struct textarea *t)
{
    return MAX((t->h > 0 ? t->h : ROWS_UNDRAWN) - 1, 1);
}

static void move_up(struct textarea *t)
{
    move_rows(t, -1, FALSE);
}
static void move_down(struct textarea *t)
{
    move_rows(t, 1, FALSE);
}
static void move_page_up(struct textarea *t)
{
    move_rows(t, -page_rows(t), TRUE);
}
static void move_page_down(struct textarea *t)
{
    move_rows(t, page_rows(t), TRUE);
}

static const struct {
    guint32 key;
    void (*run)(struct textarea *t);
} moves[] = {
    {TK_LEFT, move_left},
    {TK_RIGHT, move_right},
    {TK_CTRL_LEFT, move_word_left},
    {TK_CTRL_RIGHT, move_word_right},
    {TK_UP, move_up},
    {TK_DOWN, move_down},
    {TK_PAGE_UP, move_page_up},
    {TK_PAGE_DOWN, move_page_down},
    {TK_WHEEL_UP, move_up},
    {TK_WHEEL_DOWN, move_down},
    {TK_HOME, move_home},
    {TK_CTRL('a'), move_home},
    {TK_END, move_end},
    {TK_CTRL('e'), move_end},
};

void (*area_move_of(guint32 key))(struct textarea *t)
{
    for (gsize i = 0; i < G_N_ELEMENTS(moves); i++)
        if (moves[i].key == key)
            return moves[i].run;
    return NULL;
}

/* ---- what is in sight ---- */

static gboolean is_before(struct textarea_place a, struct textarea_place b)
{
    return a.line < b.line || (a.line == b.line && a.at < b.at);
}

/* No rows left empty below the end as long as there are some above. */
static void fill(struct textarea *t)
{
    struct textarea_place last = t->top;
    int n = 1;
    while (n < t->h && area_row_next(t, &last))
        n++;
    for (; n < t->h && area_row_back(t, &t->top); n++)
        ;
}

void area_follow(struct textarea *t, int w, int h)
{
    t->w = MAX(w, 1);
    t->h = MAX(h, 1);
    settle_top(t);
    struct textarea_place row = area_row_of(t, t->cursor), last = t->top;
    int n = 1;
    while (n < t->h && is_before(last, row) && area_row_next(t, &last))
        n++;
    if (is_before(row, t->top) || is_before(last, row)) {
        gboolean is_below = is_before(last, row);
        t->top = row;
        for (n = 1; is_below && n < t->h && area_row_back(t, &t->top); n++)
            ;
    }
    fill(t);
}

/* ---- search ---- */

static gboolean matches(const char *at, const char *end, const char *what, gsize *ret_len)
{
    const char *p = at;
    for (; *what; what = g_utf8_next_char(what), p = g_utf8_next_char(p)) {
        if (p >= end ||
            g_unichar_tolower(g_utf8_get_char(p)) != g_unichar_tolower(g_utf8_get_char(what)))
            return FALSE;
    }
    *ret_len = (gsize)(p - at);
    return TRUE;
}

/* The first match in a line that begins at `from` … `to`, the last when searching back. */
static gboolean find_in_line(const struct textarea *t, gsize line, gsize from, gsize to,
                             const char *what, gboolean is_forward, gsize *ret_at,
                             gsize *ret_len)
{
    const char *text = area_line_text(t, line), *end = text + area_line_len(t, line);
    gboolean is_found = FALSE;
    for (const char *p = text + from; p <= text + to && p < end; p = g_utf8_next_char(p)) {
        gsize at = (gsize)(p - text);
        if (!matches(p, end, what, ret_len) || !grapheme_is_edge(text, (gsize)(end - text), at))
            continue;
        *ret_at = at;
        is_found = TRUE;
        if (is_forward)
            break;
    }
    return is_found && matches(text + *ret_at, end, what, ret_len);
}

/* Line by line from the cursor on, round to the line of the cursor once more. */
gboolean textarea_find(struct textarea *t, const char *what, gboolean is_forward)
{
    gsize n = t->lines->len, len = 0, at = 0;
    if (!*what)
        return FALSE;
    for (gsize i = 0; i <= n; i++) {
        gsize line = (t->cursor.line + (is_forward ? i : n - i)) % n;
        gsize from = 0, to = area_line_len(t, line);
        if (i == 0 && is_forward)
            from = grapheme_next(area_line_text(t, line), to, t->cursor.at);
        else if (i == 0 && t->cursor.at == 0)
            continue;
        else if (i == 0)
            to = t->cursor.at - 1;
        if (!find_in_line(t, line, from, to, what, is_forward, &at, &len))
            continue;
        struct textarea_place to_place = {line, at};
        gboolean is_round =
            is_forward ? !is_before(t->cursor, to_place) : !is_before(to_place, t->cursor);
        t->said = !is_round    ? NULL
                  : is_forward ? N_("from the top again")
                               : N_("from the end again");
        area_go(t, to_place);
        t->found_len = len;
        return TRUE;
    }
    t->said = N_("not found");
    t->found_len = 0;
    return FALSE;
}

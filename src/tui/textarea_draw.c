/*
 * A text area on the screen: the rows in sight, each in pieces of one role. Changes nothing but
 * which rows are in sight.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/textarea_private.h"

#define FIELD_BYTES 300 /* a merge field that is longer is none */
#define HEADING_MAX 6

/* ---- which role ---- */

/* The merge field that `at` is in or that begins next, before `end`: {{ … }}. */
static gboolean find_field(const char *text, gsize at, gsize end, gsize *ret_from,
                           gsize *ret_to)
{
    gsize from = at > FIELD_BYTES ? at - FIELD_BYTES : 0;
    for (const char *p = text + from; (p = strstr(p, "{{")) != NULL; p += 2) {
        if (p >= text + end)
            return FALSE;
        const char *close = g_strstr_len(p, FIELD_BYTES, "}}");
        if (!close || (gsize)(close + 2 - text) <= at)
            continue;
        *ret_from = (gsize)(p - text);
        *ret_to = (gsize)(close + 2 - text);
        return TRUE;
    }
    return FALSE;
}

static gboolean is_heading(const struct textarea *t, const char *text)
{
    gsize signs = strspn(text, "#");
    return t->has_markdown && signs >= 1 && signs <= HEADING_MAX && text[signs] == ' ';
}

struct span {
    gsize from, to;
    enum term_role role;
};

/* The piece of a row that begins at `at`. */
static struct span next_span(const struct textarea *t, gsize line, gsize at, gsize end)
{
    const char *text = area_line_text(t, line);
    struct span s = {at, end, is_heading(t, text) ? ROLE_HEADING : ROLE_NORMAL};
    gsize from, to;
    if (t->found_len > 0 && t->cursor.line == line) {
        gsize found_end = t->cursor.at + t->found_len;
        if (at >= t->cursor.at && at < found_end)
            return (struct span){at, MIN(found_end, end), ROLE_MARKED};
        if (t->cursor.at > at && t->cursor.at < end)
            s.to = t->cursor.at;
    }
    if (!find_field(text, at, s.to, &from, &to))
        return s;
    if (from > at)
        s.to = from;
    else
        s = (struct span){at, MIN(to, s.to), ROLE_KEY};
    return s;
}

/* ---- rows ---- */

/* The piece as text, with tabs as the blanks that they are here. Caller frees. */
static char *span_text(const char *text, gsize row_at, struct span s)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (gsize at = s.from; at < s.to;) {
        gsize next = at + (gsize)g_utf8_skip[(guchar)text[at]];
        if (text[at] == '\t')
            for (int n = area_cells(text, row_at, next) - area_cells(text, row_at, at); n > 0;
                 n--)
                g_string_append_c(out, ' ');
        else
            g_string_append_len(out, text + at, (gssize)(next - at));
        at = next;
    }
    return g_strdup(out->str);
}

static void draw_row(struct textarea *t, struct rect r, int y, struct textarea_place row)
{
    const char *text = area_line_text(t, row.line);
    gsize end = area_row_end(t, row);
    int x = 0;
    for (gsize at = row.at; at < end;) {
        struct span s = next_span(t, row.line, at, end);
        g_autofree char *piece = span_text(text, row.at, s);
        draw_text(r, x, y, s.role, piece);
        x = area_cells(text, row.at, s.to);
        at = s.to;
    }
}

/* ---- all of it ---- */

static void draw_search(struct textarea *t, struct rect r, gboolean is_focused)
{
    g_autofree char *label =
        t->sought ? g_strdup_printf(_("Search [%s]: "), t->sought) : g_strdup(_("Search: "));
    g_autofree char *safe = text_safe(label, -1, 0), *cut = draw_cut(safe, r.w / 2);
    draw_fill(r, ROLE_NORMAL);
    int x = draw_text(r, 0, 0, ROLE_NORMAL, cut);
    input_draw(&t->search, r, x, 0, r.w - x, ROLE_INPUT, is_focused);
}

void textarea_draw(struct textarea *t, struct rect r, gboolean is_focused)
{
    if (r.w <= 0 || r.h <= 0)
        return;
    gboolean has_search = t->is_searching;
    int h = has_search && r.h > 1 ? r.h - 1 : r.h;
    area_follow(t, r.w, h);
    struct textarea_place row = t->top, at = area_row_of(t, t->cursor);
    for (int y = 0; y < h; y++) {
        draw_row(t, r, y, row);
        if (is_focused && !has_search && row.line == at.line && row.at == at.at)
            draw_cursor(r, area_cells(area_line_text(t, at.line), at.at, t->cursor.at), y);
        if (!area_row_next(t, &row))
            break;
    }
    if (has_search)
        draw_search(t, rect_rows(r, r.h - 1, 1), is_focused);
}

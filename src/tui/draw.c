/*
 * Clipped drawing of text that is made safe on the way. Widths are cells as base/text counts
 * them. Not for widgets, and not for the terminal's modes.
 */
#include "config.h"

#include "tui/draw.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

struct rect rect_part(struct rect r, int x, int y, int w, int h)
{
    int left = MAX(x, 0), top = MAX(y, 0);
    int right = MIN(x + w, r.w), bottom = MIN(y + h, r.h);
    return (struct rect){r.x + left, r.y + top, MAX(right - left, 0), MAX(bottom - top, 0)};
}

static int cells_of(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

/* Octets of the longest beginning that takes at most `cells`. */
static gsize fitting(const char *text, int cells, int *ret_used)
{
    const char *p = text;
    int used = 0;
    while (*p) {
        int w = cells_of(g_utf8_get_char(p));
        if (used + w > cells)
            break;
        used += w;
        p = g_utf8_next_char(p);
    }
    *ret_used = used;
    return (gsize)(p - text);
}

char *draw_cut(const char *text, int cells)
{
    int used;
    gsize len = fitting(text, MAX(cells, 0), &used);
    if (text[len] == '\0')
        return g_strdup(text);
    if (cells <= 0)
        return g_strdup("");
    len = fitting(text, cells - 1, &used);
    return g_strdup_printf("%.*s%s", (int)len, text, term_sign(SIGN_ELLIPSIS));
}

void draw_fill(struct rect r, enum term_role role)
{
    if (r.w <= 0)
        return;
    g_autofree char *blanks = g_strnfill((gsize)r.w, ' ');
    for (int y = 0; y < r.h; y++)
        term_put(r.x, r.y + y, role, blanks);
}

gboolean draw_keep(struct rect r)
{
    return term_keep(r.x, r.y, r.w, r.h);
}

/* At most w cells of safe text from column x, which is inside the rectangle. */
static int put(struct rect r, int x, int y, int w, enum term_role role, const char *text)
{
    w = MIN(w, r.w - x);
    if (y < 0 || y >= r.h || x < 0 || w <= 0)
        return 0;
    g_autofree char *safe = text_safe(text, -1, (gsize)w * 2);
    g_autofree char *cut = draw_cut(safe, w);
    term_put(r.x + x, r.y + y, role, cut);
    return (int)text_cells(cut);
}

int draw_text(struct rect r, int x, int y, enum term_role role, const char *text)
{
    return put(r, x, y, r.w, role, text);
}

int draw_format(struct rect r, int x, int y, enum term_role role, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    return draw_text(r, x, y, role, text);
}

void draw_cell(struct rect r, int x, int y, int w, enum term_role role, const char *text)
{
    int used = put(r, x, y, w, role, text);
    struct rect rest = rect_part(r, x + used, y, w - used, 1);
    if (x >= 0 && x < r.w)
        draw_fill(rest, role);
}

void draw_right(struct rect r, int x, int y, int w, enum term_role role, const char *text)
{
    g_autofree char *safe = text_safe(text, -1, (gsize)MAX(w, 0) * 2);
    g_autofree char *cut = draw_cut(safe, w);
    int blank = w - (int)text_cells(cut);
    draw_fill(rect_part(r, x, y, blank, 1), role);
    put(r, x + blank, y, w - blank, role, cut);
}

int draw_folded(struct rect r, enum term_role role, const char *text)
{
    g_autofree char *safe = text_safe_block(text, -1, 0);
    const char *p = safe;
    int y = 0;
    if (r.w <= 0)
        return 0;
    do {
        gsize len;
        const char *next = text_wrap(p, (gsize)r.w, &len);
        g_autofree char *row = g_strndup(p, len);
        draw_text(r, 0, y++, role, row);
        p = next;
    } while (*p);
    return y;
}

void draw_labelled(struct rect r, int *y, int w, const char *label, const char *text)
{
    draw_cell(r, 1, *y, w, ROLE_HEADING, label);
    draw_text(r, 1 + w + 1, *y, ROLE_NORMAL, text);
    (*y)++;
}

void draw_hline(struct rect r, int y, enum term_role role)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (int i = 0; i < r.w; i++)
        g_string_append(line, term_sign(SIGN_HLINE));
    if (y >= 0 && y < r.h)
        term_put(r.x, r.y + y, role, line->str);
}

void draw_vline(struct rect r, int x, enum term_role role)
{
    for (int y = 0; y < r.h && x >= 0 && x < r.w; y++)
        term_put(r.x + x, r.y + y, role, term_sign(SIGN_VLINE));
}

void draw_box(struct rect r, enum term_role role, const char *title)
{
    if (r.w < 2 || r.h < 2)
        return;
    draw_hline(r, 0, role);
    draw_hline(r, r.h - 1, role);
    draw_vline(r, 0, role);
    draw_vline(r, r.w - 1, role);
    term_put(r.x, r.y, role, term_sign(SIGN_TOP_LEFT));
    term_put(r.x + r.w - 1, r.y, role, term_sign(SIGN_TOP_RIGHT));
    term_put(r.x, r.y + r.h - 1, role, term_sign(SIGN_BOTTOM_LEFT));
    term_put(r.x + r.w - 1, r.y + r.h - 1, role, term_sign(SIGN_BOTTOM_RIGHT));
    if (title && r.w > 6) {
        g_autofree char *shown = g_strdup_printf(" %s ", title);
        put(r, 2, 0, r.w - 4, ROLE_TITLE, shown);
    }
}

void draw_cursor(struct rect r, int x, int y)
{
    if (r.w > 0 && r.h > 0)
        term_cursor(r.x + CLAMP(x, 0, r.w - 1), r.y + CLAMP(y, 0, r.h - 1));
}

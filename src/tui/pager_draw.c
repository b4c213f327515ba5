/* A text that is read, on the screen, and what the message row says about it. */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/input.h"
#include "tui/pager_private.h"

/* `text` in a row, with what is searched for set off. */
static void draw_hits(const struct pager *p, struct rect r, int y, enum term_role role,
                      enum term_role hit, const char *text)
{
    int x = 0;
    gsize len = 0;
    while (p->needle != NULL && *p->needle != '\0') {
        const char *at = pager_find(text, p->needle, &len);
        if (at == NULL || x >= r.w)
            break;
        g_autofree char *before = g_strndup(text, (gsize)(at - text));
        g_autofree char *found = g_strndup(at, len);
        x += draw_text(r, x, y, role, before);
        x += draw_text(r, x, y, hit, found);
        text = at + len;
    }
    if (x < r.w)
        (void)draw_text(r, x, y, role, text);
}

/* The part of a line from cell `left` on; half of a wide character that is cut is a blank. */
static char *from_cell(const char *text, int left)
{
    int cells = 0;
    for (; *text != '\0' && cells < left; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        cells += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    while (*text != '\0' && g_unichar_iszerowidth(g_utf8_get_char(text)))
        text = g_utf8_next_char(text);
    return g_strconcat(cells > left ? " " : "", text, NULL);
}

static enum term_role hit_role(const struct pager *p, int line)
{
    return line == p->found ? ROLE_SELECTED : ROLE_MARKED;
}

static void draw_sideways(const struct pager *p, struct rect r, int y, int i)
{
    const struct pager_line *line = pager_line_at(p, i);
    if (p->left == 0 || line->cells == 0) {
        draw_hits(p, r, y, line->role, hit_role(p, i), line->text);
        return;
    }
    g_autofree char *rest = from_cell(line->text, p->left + 1);
    (void)draw_text(r, 0, y, ROLE_KEY, term_sign(SIGN_MORE_LEFT));
    draw_hits(p, rect_part(r, 1, 0, r.w - 1, r.h), y, line->role, hit_role(p, i), rest);
}

/* Rows of line `i` from `part` on; returns the row behind them. */
static int draw_line(const struct pager *p, struct rect r, int y, int i, int part)
{
    const struct pager_line *line = pager_line_at(p, i);
    if (!p->is_folded) {
        draw_sideways(p, r, y, i);
        return y + 1;
    }
    const char *text = line->text;
    do {
        gsize len;
        const char *next = text_wrap(text, (gsize)r.w, &len);
        g_autofree char *row = g_strndup(text, len);
        if (part-- <= 0)
            draw_hits(p, r, y++, line->role, hit_role(p, i), row);
        text = next;
    } while (*text != '\0' && y < r.h);
    return y;
}

static struct rect draw_asking(struct pager *p, struct rect r, gboolean is_focused)
{
    struct rect row = rect_rows(r, r.h - 1, 1);
    draw_fill(row, ROLE_NORMAL);
    int x = draw_text(row, 0, 0, ROLE_KEY, _("Search: "));
    input_draw(p->asking, row, x, 0, MAX(row.w - x, 1), ROLE_INPUT, is_focused);
    return rect_rows(r, 0, r.h - 1);
}

void pager_draw(struct pager *p, struct rect r, gboolean is_focused)
{
    gboolean is_new = r.w != p->w || r.h != p->h;
    gboolean was_end = p->follows;
    if (r.w <= 0 || r.h <= 0)
        return;
    draw_fill(r, ROLE_NORMAL);
    if (p->asking != NULL)
        r = draw_asking(p, r, is_focused);
    p->w = r.w;
    p->h = r.h;
    if (was_end)
        pager_go_end(p);
    else if (is_new)
        pager_keep_inside(p);
    int found_y = 0, y = 0;
    for (int i = p->top; i <= pager_last(p) && y < r.h; i++) {
        if (i == p->found)
            found_y = y;
        y = draw_line(p, r, y, i, i == p->top ? p->top_part : 0);
    }
    if (is_focused && p->asking == NULL)
        draw_cursor(r, 0, found_y);
}

/* ---- what is said about it ---- */

static int last_shown(const struct pager *p)
{
    int rows = -p->top_part, i = p->top;
    for (; i < pager_last(p); i++) {
        rows += pager_rows(p, i);
        if (rows >= p->h)
            break;
    }
    return i;
}

static char *place_text(const struct pager *p)
{
    gint64 last = last_shown(p) + 1, n = p->lines->len;
    g_autofree char *first = text_grouped(p->top + 1);
    g_autofree char *end = text_grouped(last);
    g_autofree char *all = text_grouped(n);
    return g_strdup_printf(_("lines %s-%s of %s, %d%%"), first, end, all,
                           (int)(last * 100 / n));
}

static char *search_text(const struct pager *p)
{
    if (p->not_found)
        return g_strdup_printf(_("\"%s\" is not in this text"), p->needle);
    g_autofree char *line = text_grouped(p->found + 1);
    return g_strdup_printf(_("\"%s\" in line %s, n next, N back"), p->needle, line);
}

const char *pager_hint(struct pager *p)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    gboolean fits =
        p->lines->len == 0 || (p->top == 0 && p->top_part == 0 && pager_is_at_end(p));
    if (p->asking != NULL)
        g_ptr_array_add(parts, g_strdup(_("Enter searches, Esc cancels")));
    if (!fits)
        g_ptr_array_add(parts, place_text(p));
    if (p->follows)
        g_ptr_array_add(parts, g_strdup(_("new lines are followed")));
    if (p->needle != NULL && p->asking == NULL)
        g_ptr_array_add(parts, search_text(p));
    g_ptr_array_add(parts, NULL);
    g_free(p->hint);
    p->hint = parts->len > 1 ? g_strjoinv("   ", (char **)parts->pdata) : NULL;
    return p->hint;
}

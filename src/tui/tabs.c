/*
 * The row of tabs, by itself. When it is there at all is the frame's.
 */
#include "config.h"

#include "tui/tabs.h"

#include <string.h>

#include "base/text.h"
#include "tui/grapheme.h"

#define HELP " ?"
#define LETTERS_MIN 2 /* cells; fewer tell nobody a name */

void tabs_add(struct tabs *t, int number, const char *title, gboolean is_open)
{
    g_assert(t->n < SCREENS_COUNT);
    t->tab[t->n++] = (struct tab){.number = number, .title = title, .is_open = is_open};
}

void tabs_clear(struct tabs *t)
{
    for (int i = 0; i < t->n; i++)
        g_free(t->tab[i].text);
    memset(t, 0, sizeof *t);
}

/* How many octets of `title` take at most `cells`. */
static int beginning(const char *title, int cells)
{
    gsize all = strlen(title), len = 0, next;
    while (len < all && (next = grapheme_next(title, all, len)) > len &&
           (int)grapheme_cells(title, next) <= cells)
        len = next;
    return (int)len;
}

/* Brackets as well as bold: colour is never the only sign. */
static char *tab_text(const struct tab *t, gboolean is_wide, int cells)
{
    const char *before = t->is_open ? (is_wide ? "[" : " [") : " ";
    const char *behind = t->is_open ? "]" : is_wide ? " " : "";
    return g_strdup_printf("%s%d%.*s%s", before, t->number, beginning(t->title, cells), t->title,
                           behind);
}

static int longest(const struct tabs *t)
{
    int cells = 0;
    for (int i = 0; i < t->n; i++)
        cells = MAX(cells, (int)text_cells(t->tab[i].title));
    return cells;
}

/* Names of at most `cells`, the open one's of `open_cells`. TRUE: they fit. */
static gboolean try(struct tabs *t, int width, gboolean is_wide, int cells, int open_cells)
{
    int used = (int)strlen(HELP);
    for (int i = 0; i < t->n; i++) {
        struct tab *one = &t->tab[i];
        g_free(one->text);
        one->text = tab_text(one, is_wide, one->is_open ? open_cells : cells);
        used += (int)text_cells(one->text);
    }
    return used <= width;
}

void tabs_fit(struct tabs *t, int width)
{
    int all = longest(t);
    if (try(t, width, TRUE, all, all))
        return;
    for (int cells = all; cells >= LETTERS_MIN; cells--)
        if (try(t, width, FALSE, cells, all))
            return;
    for (int open = all; open >= 0; open--)
        if (try(t, width, FALSE, 0, open))
            return;
}

void tabs_draw(const struct tabs *t, struct rect r)
{
    int x = 0;
    for (int i = 0; i < t->n; i++)
        x += draw_text(r, x, 0, t->tab[i].is_open ? ROLE_TAB_CURRENT : ROLE_TAB,
                       t->tab[i].text);
    draw_text(r, x, 0, ROLE_TAB, HELP);
}

int tabs_at(const struct tabs *t, int x)
{
    int right = 0;
    for (int i = 0; i < t->n; i++) {
        right += (int)text_cells(t->tab[i].text);
        if (x < right)
            return t->tab[i].number;
    }
    return 0;
}

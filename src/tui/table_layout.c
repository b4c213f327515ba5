/*
 * Which columns of a table stand where in so many cells: by priority where it is narrow, by
 * their part of what is left where it is wide. Arithmetic only; nothing is drawn here.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/table_private.h"

#define WIDE 70     /* cells from which columns stand two apart */
#define LEAST 3     /* cells that every column keeps */
#define SORT_SIGN 1 /* cells behind a title */

struct plan {
    const struct table_spec *spec;
    int width; /* without the marker */
    int gap;
    int n;
    int columns[TABLE_COLUMNS_MAX];
    int cells[TABLE_COLUMNS_MAX];
    int want[TABLE_COLUMNS_MAX]; /* by column */
};

static int cells_wanted(const struct table_column *c)
{
    int title = (int)text_cells(_(c->title)) + (c->flags & TABLE_SORT ? SORT_SIGN : 0);
    int cells = MAX(MAX(c->width, title), LEAST);
    const char *word;
    for (int i = 0; c->word && (word = c->word(i)); i++)
        cells = MAX(cells, (int)text_cells(word));
    return cells;
}

static const struct table_column *column_of(const struct plan *p, int i)
{
    return &p->spec->columns[p->columns[i]];
}

static int wanted(const struct plan *p, int i)
{
    return p->want[p->columns[i]];
}

static int least(const struct plan *p, int i)
{
    int min = column_of(p, i)->min;
    return min > 0 ? MIN(MAX(min, LEAST), wanted(p, i)) : wanted(p, i);
}

static int cells_at_least(const struct plan *p)
{
    int sum = p->n > 0 ? (p->n - 1) * p->gap : 0;
    for (int i = 0; i < p->n; i++)
        sum += least(p, i);
    return sum;
}

static void drop(struct plan *p, int at)
{
    memmove(&p->columns[at], &p->columns[at + 1],
            sizeof p->columns[0] * (gsize)(p->n - at - 1));
    p->n--;
}

/* The one that can be spared most; of equals the rightmost. -1: none can. */
static int most_spare(const struct plan *p)
{
    int found = -1;
    for (int i = 0; i < p->n; i++) {
        int priority = column_of(p, i)->priority;
        if (priority > 0 && (found < 0 || priority >= column_of(p, found)->priority))
            found = i;
    }
    return found;
}

static void drop_by_priority(struct plan *p)
{
    while (cells_at_least(p) > p->width) {
        int at = most_spare(p);
        if (at < 0)
            return;
        drop(p, at);
    }
}

/* One cell after the other in turn, so that all are equally near to what they want. */
static int give_wanted(struct plan *p, int left)
{
    for (gboolean gave = TRUE; gave && left > 0;) {
        gave = FALSE;
        for (int i = 0; i < p->n && left > 0; i++) {
            if (p->cells[i] < wanted(p, i)) {
                p->cells[i]++;
                left--;
                gave = TRUE;
            }
        }
    }
    return left;
}

static void give_rest(struct plan *p, int left)
{
    int weights = 0;
    for (int i = 0; i < p->n; i++)
        weights += column_of(p, i)->grow;
    for (int i = 0; i < p->n && weights > 0; i++) {
        int part = left * column_of(p, i)->grow / weights;
        p->cells[i] += part;
        left -= part;
        weights -= column_of(p, i)->grow;
    }
}

/* Columns that may not go have to share what there is. */
static void squeeze(struct plan *p, int over)
{
    while (over > 0) {
        int widest = 0;
        for (int i = 1; i < p->n; i++) {
            if (p->cells[i] > p->cells[widest])
                widest = i;
        }
        if (p->cells[widest] <= LEAST)
            return;
        p->cells[widest]--;
        over--;
    }
}

static void share(struct plan *p)
{
    int left = p->width - cells_at_least(p);
    for (int i = 0; i < p->n; i++)
        p->cells[i] = least(p, i);
    if (left < 0)
        squeeze(p, -left);
    else
        give_rest(p, give_wanted(p, left));
}

/* How many columns behind the first must go before the rest stands there whole. */
static int furthest_scroll(const struct plan *all)
{
    struct plan p = *all;
    int scrolled = 0;
    while (p.n > 2 && cells_at_least(&p) > p.width) {
        drop(&p, 1);
        scrolled++;
    }
    return scrolled;
}

void table_layout(const struct table_spec *spec, const int *order, const gboolean *is_hidden,
                  int scroll, int width, struct table_layout *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->marker = spec->flags & TABLE_NO_MARKS ? 1 : 2;
    struct plan p = {
        .spec = spec,
        .width = MAX(width - ret->marker, 0),
        .gap = width < WIDE ? 1 : 2,
    };
    for (int i = 0; i < spec->n; i++) {
        if (is_hidden[order[i]])
            continue;
        p.columns[p.n++] = order[i];
        p.want[order[i]] = cells_wanted(&spec->columns[order[i]]);
    }
    if (p.n == 0)
        return;
    ret->scroll_max = furthest_scroll(&p);
    ret->scroll = CLAMP(scroll, 0, ret->scroll_max);
    for (int i = 0; i < ret->scroll; i++)
        drop(&p, 1);
    if (ret->scroll == 0)
        drop_by_priority(&p);
    while (ret->scroll > 0 && p.n > 2 && cells_at_least(&p) > p.width)
        drop(&p, p.n - 1);
    share(&p);
    int x = ret->marker;
    for (ret->n = 0; ret->n < p.n && x < width; ret->n++) {
        ret->places[ret->n] = (struct table_place){
            .column = p.columns[ret->n],
            .x = x,
            .w = MIN(p.cells[ret->n], width - x),
        };
        x += p.cells[ret->n] + p.gap;
    }
}

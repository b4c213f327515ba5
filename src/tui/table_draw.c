/*
 * Tables on the screen, as columns or, in the accessible mode, as sentences. All decisions
 * about rows and columns are made elsewhere: here they are only put into cells.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/input.h"
#include "tui/table_private.h"

/* ---- parts of both ---- */

static void draw_asking(struct table *t, struct rect r, gboolean is_focused)
{
    enum term_role role = t->problem != NULL ? ROLE_INPUT_ERROR : ROLE_INPUT;
    draw_fill(r, ROLE_NORMAL);
    int x = draw_text(r, 0, 0, ROLE_KEY, _("Filter: "));
    input_draw(t->asking, r, x, 0, MAX(r.w - x, 1), role, is_focused);
}

static char *empty_text(const struct table *t)
{
    if (t->filter.n > 0)
        return g_strdup(_("No row matches the filter.\n\nEsc  takes the filter away"));
    return t->spec->empty != NULL ? t->spec->empty(t->data) : g_strdup(_("Nothing here yet."));
}

static int widest(char *const *lines)
{
    int w = 0;
    for (gsize i = 0; lines[i] != NULL; i++)
        w = MAX(w, (int)text_cells(lines[i]));
    return w;
}

/* As a block in the middle; folded where it is too wide. */
static void draw_empty(const struct table *t, struct rect r, gboolean is_focused)
{
    g_autofree char *text = empty_text(t);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    int w = widest(lines), h = (int)g_strv_length(lines);
    gboolean fits = w <= r.w && h <= r.h;
    struct rect block = fits ? rect_part(r, (r.w - w) / 2, (r.h - h) / 3, r.w, h) : r;
    if (fits) {
        for (int i = 0; i < h; i++)
            (void)draw_text(block, 0, i, ROLE_NORMAL, lines[i]);
    } else {
        (void)draw_folded(block, ROLE_NORMAL, text);
    }
    if (is_focused && t->asking == NULL)
        draw_cursor(block, 0, 0);
}

/* ---- columns ---- */

/* "CHANGED v"; the sign stays when the title is cut. */
static char *heading(const struct table *t, int column, int w)
{
    const char *title = _(t->spec->columns[column].title);
    if (t->sort[0].column != column)
        return g_strdup(title);
    const char *sign = t->sort[0].is_descending ? "v" : "^";
    if ((int)text_cells(title) + 2 <= w)
        return g_strconcat(title, " ", sign, NULL);
    g_autofree char *cut = draw_cut(title, MAX(w - 1, 0));
    return g_strconcat(cut, sign, NULL);
}

static void put_cell(const struct table *t, struct rect r, const struct table_place *p,
                     enum term_role role, const char *text)
{
    if (t->spec->columns[p->column].flags & TABLE_RIGHT)
        draw_right(r, p->x, 0, p->w, role, text);
    else
        draw_cell(r, p->x, 0, p->w, role, text);
}

static void draw_heading(const struct table *t, struct rect r, const struct table_layout *l)
{
    draw_fill(r, ROLE_HEADING);
    if (l->scroll > 0)
        (void)draw_text(r, 0, 0, ROLE_HEADING, term_sign(SIGN_MORE_LEFT));
    for (int i = 0; i < l->n; i++) {
        g_autofree char *text = heading(t, l->places[i].column, l->places[i].w);
        put_cell(t, r, &l->places[i], ROLE_HEADING, text);
    }
}

/* The bar of the cursor lies over the marker and the name, not the whole row: a step then
 * writes half as much, which is felt on slow lines, and the state keeps its colour. */
#define BAR_MAX 40

/* Cells of the bar in the first column: all of its text, else no more than is seen at once. */
static int bar_cells(const struct table_place *first, const char *text)
{
    g_autofree char *safe = text_safe(text, -1, (gsize)first->w + 1);
    return MIN(MAX(BAR_MAX, (int)text_cells(safe)), first->w);
}

static void draw_bar(const struct table *t, struct rect r, const struct table_layout *l,
                     const char *marker, const char *name)
{
    draw_cell(r, 0, 0, l->marker, ROLE_SELECTED, marker);
    if (l->n == 0)
        return;
    struct table_place place = l->places[0];
    if (!(t->spec->columns[place.column].flags & TABLE_RIGHT))
        place.w = bar_cells(&l->places[0], name);
    put_cell(t, r, &place, ROLE_SELECTED, name);
}

static enum term_role cell_role(const struct table_row *row, int column, gboolean is_marked)
{
    enum term_role own = column < row->n ? row->cells[column].role : ROLE_NORMAL;
    if (own != ROLE_NORMAL)
        return own;
    return is_marked ? ROLE_MARKED : row->role;
}

static const char *cell_text(const struct table_row *row, int column)
{
    return column < row->n ? row->cells[column].text : "";
}

static const char *marker(gboolean is_cursor, gboolean is_marked)
{
    if (is_cursor)
        return is_marked ? ">*" : ">";
    return is_marked ? "*" : "";
}

static void draw_row(const struct table *t, struct rect r, const struct table_layout *l, int i,
                     gboolean is_focused)
{
    const struct table_row *row = g_ptr_array_index(t->rows, i);
    gboolean is_cursor =
        i == t->cursor && (is_focused || !(t->spec->flags & TABLE_ONE_CURSOR));
    gboolean is_marked = table_is_marked(t, row->id);
    draw_fill(r, ROLE_NORMAL);
    for (int c = 0; c < l->n; c++) {
        int column = l->places[c].column;
        /* A mark is said by its sign; the rest of the row is not written anew for it. */
        enum term_role role = cell_role(row, column, is_marked && c == 0);
        put_cell(t, r, &l->places[c], role, cell_text(row, column));
    }
    draw_cell(r, 0, 0, l->marker, is_marked ? ROLE_MARKED : ROLE_NORMAL,
              marker(is_cursor, is_marked));
    if (is_cursor && is_focused)
        draw_bar(t, r, l, marker(is_cursor, is_marked),
                 l->n > 0 ? cell_text(row, l->places[0].column) : "");
}

/* Rows left for rows: the last one is the filter's while it is typed. */
static struct rect take_asking(struct table *t, struct rect r, gboolean is_focused)
{
    if (t->asking == NULL || r.h < 1)
        return r;
    draw_asking(t, rect_rows(r, r.h - 1, 1), is_focused);
    return rect_rows(r, 0, r.h - 1);
}

void table_draw(struct table *t, struct rect r, gboolean is_focused)
{
    struct table_layout l;
    table_layout(t->spec, t->order, t->is_hidden, t->scroll, r.w, &l);
    t->scroll = l.scroll;
    t->scroll_max = l.scroll_max;
    r = take_asking(t, r, is_focused);
    table_fit(t, r.h - (t->spec->flags & TABLE_NO_HEADING ? 0 : 1));
    /* The heading over nothing would only be in the way of what the empty table says. */
    if (t->rows->len == 0) {
        t->place = rect_part(r, 0, 0, 0, 0);
        draw_fill(r, ROLE_NORMAL);
        draw_empty(t, r, is_focused);
        return;
    }
    if (!(t->spec->flags & TABLE_NO_HEADING)) {
        draw_heading(t, rect_rows(r, 0, 1), &l);
        r = rect_rows(r, 1, r.h - 1);
    }
    t->place = r;
    for (int i = 0; i < (int)t->rows->len && i < r.h; i++)
        draw_row(t, rect_rows(r, i, 1), &l, i, is_focused);
    if ((int)t->rows->len < r.h)
        draw_fill(rect_rows(r, (int)t->rows->len, r.h - (int)t->rows->len), ROLE_NORMAL);
    if (is_focused && t->asking == NULL)
        draw_cursor(r, 0, t->cursor);
}

/* ---- sentences ---- */

/* A format of ours with one %s. */
static char *fill_in(const char *format, const char *text)
{
    const char *at = strstr(format, "%s");
    if (at == NULL)
        return g_strdup(format);
    g_autofree char *before = g_strndup(format, (gsize)(at - format));
    return g_strconcat(before, text, at + 2, NULL);
}

static char *row_sentence(const struct table *t, const struct table_row *row)
{
    int columns[TABLE_COLUMNS_MAX];
    int n = table_columns_shown(t, columns);
    GString *s = g_string_new(NULL);
    for (int i = 0; i < n; i++) {
        const char *text = columns[i] < row->n ? row->cells[columns[i]].text : "";
        const char *plain = t->spec->columns[columns[i]].plain;
        if (*text == '\0' || strcmp(text, "-") == 0)
            continue;
        g_autofree char *said = plain != NULL ? fill_in(_(plain), text) : g_strdup(text);
        if (s->len > 0)
            g_string_append(s, ", ");
        g_string_append(s, said);
    }
    if (table_is_marked(t, row->id))
        g_string_append(s, _(", marked"));
    return g_string_free(s, FALSE);
}

static char *position_sentence(const struct table *t)
{
    const struct table_source *source = t->spec->source;
    struct table_query q = table_query(t);
    gint64 at = source->position != NULL ? source->position(t->data, &q, table_current(t)) : -1;
    g_autofree char *row = at > 0 ? text_grouped(at) : NULL;
    g_autofree char *shown = t->shown >= 0 ? text_grouped(t->shown) : NULL;
    if (row != NULL && shown != NULL)
        return g_strdup_printf(_("Row %s of %s."), row, shown);
    return shown != NULL
               ? g_strdup_printf(ngettext("%s row.", "%s rows.", (gulong)t->shown), shown)
               : g_strdup(_("Many rows."));
}

void table_draw_plain(struct table *t, struct rect r, gboolean is_focused)
{
    r = take_asking(t, r, is_focused);
    draw_fill(r, ROLE_NORMAL);
    table_fit(t, r.h - 2);
    t->place = rect_rows(r, 0, MAX(r.h - 2, 0));
    if (t->rows->len == 0) {
        draw_empty(t, r, is_focused);
        return;
    }
    for (int i = 0; i < (int)t->rows->len && i < r.h; i++) {
        g_autofree char *text = row_sentence(t, g_ptr_array_index(t->rows, i));
        (void)draw_text(r, 1, i, i == t->cursor ? ROLE_SELECTED : ROLE_NORMAL, text);
    }
    g_autofree char *position = position_sentence(t);
    (void)draw_text(r, 1, (int)t->rows->len + 1, ROLE_NORMAL, position);
    if (is_focused && t->asking == NULL)
        draw_cursor(r, 1, t->cursor);
}

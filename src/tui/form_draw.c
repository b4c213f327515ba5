/*
 * A form on the screen: tabs, fields, problems, the help of the focused row, an open list over
 * them; in accessible mode one row in words. Where things stand is form_layout.c's.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/form_private.h"

#define HELP_FROM_ROWS 5  /* of the page and its help */
#define TALL_FROM_ROWS 14 /* two rows of help, also of a page that scrolls */
#define INDENT 2

/* ---- tabs ---- */

static gboolean has_problem_on(const struct form *f, int page)
{
    for (guint i = 0; i < f->n; i++)
        if (f->rows[i].spec->page == page && row_problem(f, &f->rows[i]))
            return TRUE;
    return FALSE;
}

static char *tab_text(const struct form *f, int page)
{
    const char *name = _(f->setup.pages[page]), *wrong = has_problem_on(f, page) ? "!" : "";
    return g_strdup_printf(page == f->page ? "[%s%s]" : " %s%s ", name, wrong);
}

static void draw_tabs(const struct form *f, struct rect r)
{
    const char *more = _("PgDn next");
    int x = 1, needed = 1;
    for (int page = 0; page < f->n_pages; page++) {
        g_autofree char *text = tab_text(f, page);
        needed += (int)text_cells(text) + 1;
    }
    if (needed > r.w) {
        g_autofree char *text = tab_text(f, f->page);
        draw_format(r, 1, 0, ROLE_TAB_CURRENT, _("%s %d of %d"), text, f->page + 1, f->n_pages);
        return;
    }
    for (int page = 0; page < f->n_pages; page++) {
        g_autofree char *text = tab_text(f, page);
        x += draw_text(r, x, 0, page == f->page ? ROLE_TAB_CURRENT : ROLE_TAB, text) + 1;
    }
    int cells = (int)text_cells(more);
    if (x + cells < r.w)
        draw_text(r, r.w - cells - 1, 0, ROLE_MUTED, more);
}

/* ---- fields ---- */

/* Everything that is needed to draw one row. */
struct drawing {
    struct form *f;
    struct row *row;
    const struct place *p;
    struct rect r; /* the body; rows count from `f->scroll` */
    int y;         /* of the field */
    gboolean is_focused;
    gboolean is_wrong;
};

static enum term_role box_role(const struct drawing *d)
{
    return d->is_focused ? ROLE_SELECTED : d->is_wrong ? ROLE_INPUT_ERROR : ROLE_NORMAL;
}

static void draw_typed(const struct drawing *d)
{
    if (d->row->spec->flags & FORM_READ_ONLY) {
        const char *text = d->row->input.is_secret ? _("(set)") : row_text(d->row);
        draw_cell(d->r, d->p->x, d->y, d->p->w, d->is_focused ? ROLE_SELECTED : ROLE_NORMAL,
                  text);
        if (d->is_focused)
            draw_cursor(d->r, d->p->x, d->y);
        return;
    }
    input_draw(&d->row->input, d->r, d->p->x, d->y, d->p->w,
               d->is_wrong ? ROLE_INPUT_ERROR : ROLE_INPUT, d->is_focused);
}

static void draw_radio(const struct drawing *d)
{
    const char *const *words = row_words(d->row);
    int at = row_word_at(d->row);
    for (guint i = 0; words[i]; i++) {
        int x = d->p->x + row_radio_cells(d->row, i);
        gboolean is_on = (int)i == at;
        draw_format(d->r, x, d->y, is_on ? box_role(d) : ROLE_NORMAL, "(%s) %s",
                    is_on ? "o" : " ", row_word_shown(d->row, i));
    }
    if (d->is_focused)
        draw_cursor(d->r, d->p->x + row_radio_cells(d->row, (guint)MAX(at, 0)) + 1, d->y);
}

/* "[ English v ]", with the value cut and not the sign of the list. */
static void draw_list(const struct drawing *d)
{
    if (d->p->is_radio) {
        draw_radio(d);
        return;
    }
    g_autofree char *shown = row_shown(d->f, d->row), *safe = text_safe(shown, -1, 0);
    g_autofree char *cut = draw_cut(safe, MAX(d->p->w - 6, 0));
    int blank = MAX(d->p->w - 6 - (int)text_cells(cut), 0);
    draw_format(d->r, d->p->x, d->y, box_role(d), "[ %s%*s v ]", cut, blank, "");
    if (d->is_focused)
        draw_cursor(d->r, d->p->x + 2, d->y);
}

static void draw_bool(const struct drawing *d)
{
    gboolean is_on = g_str_equal(row_text(d->row), "yes");
    draw_text(d->r, d->p->x, d->y, box_role(d), is_on ? "[x]" : "[ ]");
    if (d->is_focused)
        draw_cursor(d->r, d->p->x + 1, d->y);
}

static void draw_long(const struct drawing *d)
{
    g_autofree char *shown = row_shown(d->f, d->row);
    draw_cell(d->r, d->p->x, d->y, d->p->w, box_role(d), shown);
    if (d->is_focused)
        draw_cursor(d->r, d->p->x, d->y);
}

static void draw_lines(const struct drawing *d)
{
    enum term_role role = d->row->spec->kind == FORM_HEADING ? ROLE_HEADING : ROLE_MUTED;
    for (int i = 0; d->p->lines[i]; i++)
        draw_text(d->r, d->p->x, d->y + i, role, d->p->lines[i]);
}

static void draw_button(const struct drawing *d)
{
    draw_format(d->r, d->p->x, d->y, d->is_focused ? ROLE_SELECTED : ROLE_NORMAL, "[ %s ]",
                row_label(d->row));
    if (d->is_focused)
        draw_cursor(d->r, d->p->x + 2, d->y);
}

static void (*const draws[FORM_KIND_COUNT])(const struct drawing *d) = {
    [FORM_LINE] = draw_typed,    [FORM_SECRET] = draw_typed, [FORM_CHOICE] = draw_list,
    [FORM_BOOL] = draw_bool,     [FORM_TEXT] = draw_long,    [FORM_PICK] = draw_list,
    [FORM_FILE] = draw_typed,    [FORM_NOTE] = draw_lines,   [FORM_HEADING] = draw_lines,
    [FORM_BUTTON] = draw_button,
};

static void draw_label(const struct drawing *d)
{
    gboolean is_above = d->p->label_y != d->p->field_y;
    int w = is_above ? d->r.w - INDENT : d->p->x - INDENT - 1;
    g_autofree char *label =
        g_strdup_printf("%s%s", row_label(d->row), row_is_required(d->row) ? " *" : "");
    draw_cell(d->r, INDENT, d->p->label_y - d->f->scroll, w, ROLE_NORMAL, label);
}

static void draw_row(const struct drawing *d)
{
    if (row_has_value(d->row) && d->p->label_y >= 0)
        draw_label(d);
    draws[d->row->spec->kind](d);
    g_autofree char *beside = d->p->beside_x ? row_beside(d->row) : NULL;
    if (beside)
        draw_text(d->r, d->p->beside_x, d->y, ROLE_MUTED, beside);
    for (int i = 0; d->p->problem && d->p->problem[i]; i++)
        draw_text(d->r, d->p->x, d->y + 1 + i, ROLE_INPUT_ERROR, d->p->problem[i]);
}

static void draw_rows(struct form *f, struct rect r, gboolean is_focused)
{
    for (guint i = 0; i < f->places->len; i++) {
        const struct place *p = &g_array_index(f->places, struct place, i);
        struct row *row = &f->rows[p->row];
        struct drawing d = {.f = f,
                            .row = row,
                            .p = p,
                            .r = r,
                            .y = p->field_y - f->scroll,
                            .is_focused = is_focused && p->row == f->focus,
                            .is_wrong = row_problem(f, row) != NULL};
        if (p->y + p->h > f->scroll && p->y < f->scroll + r.h)
            draw_row(&d);
    }
    if (f->scroll > 0)
        draw_text(r, r.w - 1, 0, ROLE_MUTED, "^");
    if (f->scroll + r.h < f->height)
        draw_text(r, r.w - 1, r.h - 1, ROLE_MUTED, "v");
}

/* ---- all of it ---- */

/* Rows below the page for what the focused field is for; 0: they are needed for the page, or it
 * would be mostly help, and the message row has it. `h` is without the tabs. */
static int help_rows(const struct form *f, int h)
{
    int rows = h >= TALL_FROM_ROWS ? 2 : 1;
    gboolean has_room = f->height + rows <= h || h >= TALL_FROM_ROWS;
    return has_room && h >= HELP_FROM_ROWS ? rows : 0;
}

/* At the foot of its rows. */
static void draw_help(const struct form *f, struct rect r)
{
    const struct row *row = &f->rows[f->focus];
    if (r.h == 0 || !*row_help(row))
        return;
    g_autofree char *text = g_strdup_printf("%s: %s", row_label(row), row_help(row));
    int needed = draw_folded(rect_part(r, 0, 0, r.w, 0), ROLE_MUTED, text);
    int skip = MAX(r.h - needed, 0);
    draw_folded(rect_rows(r, skip, r.h - skip), ROLE_MUTED, text);
}

/* The value behind what was said before it; returns its cells. */
static int draw_plain_value(struct form *f, struct rect r, int x, int room, gboolean is_focused)
{
    struct row *row = &f->rows[f->focus];
    gboolean is_fixed = (row->spec->flags & FORM_READ_ONLY) != 0;
    if (row_is_typed(row) && !is_fixed) {
        /* As wide as the text: what is said behind it follows at once. */
        gboolean is_hidden = row->input.is_secret && !row->input.is_revealed;
        g_autofree char *safe = text_safe(is_hidden ? "**********" : row_text(row), -1, 0);
        int w = MIN((int)text_cells(safe) + 1, room);
        input_draw(&row->input, r, x, 0, w, ROLE_INPUT, is_focused);
        return w;
    }
    g_autofree char *shown = row_shown(f, row), *safe = text_safe(shown, -1, 0);
    g_autofree char *cut = draw_cut(safe, room);
    return row_has_value(row) ? draw_text(r, x, 0, ROLE_NORMAL, cut) : 0;
}

static void draw_plain(struct form *f, struct rect r, gboolean is_focused)
{
    struct row *row = &f->rows[f->focus];
    const char *problem = row_problem(f, row);
    g_autofree char *before = form_said_before(f), *behind = form_said_behind(f);
    f->body = (struct rect){0};
    f->shows_help = r.h > 2;
    if (is_focused)
        draw_cursor(r, 0, 0);
    int x = draw_text(r, 0, 0, ROLE_NORMAL, before);
    int room = MAX(r.w - x - (int)text_cells(behind), 1);
    x += draw_plain_value(f, r, x, room, is_focused && !f->is_listing);
    draw_text(r, x, 0, ROLE_NORMAL, behind);
    if (f->is_listing) {
        g_autofree char *option = form_said_option(f);
        draw_text(r, 0, 1, ROLE_SELECTED, option);
        draw_cursor(r, 0, 1);
    } else if (problem) {
        draw_format(r, 0, 1, ROLE_INPUT_ERROR, "! %s", problem);
    }
    if (f->shows_help)
        draw_folded(rect_rows(r, 2, r.h - 2), ROLE_MUTED, row_help(row));
}

static void draw_open_list(struct form *f, struct rect r)
{
    const struct place *p = form_place_of(f, f->focus);
    if (!p)
        return;
    struct rect at = choice_place(&f->list, r.w, r.h, p->x, p->field_y - f->scroll);
    choice_draw(&f->list, rect_part(r, at.x, at.y, at.w, at.h));
}

void form_draw(struct form *f, struct rect r, gboolean is_focused)
{
    if (r.w <= 0 || r.h <= 0)
        return;
    if (f->setup.is_plain) {
        draw_plain(f, r, is_focused);
        return;
    }
    int tabs = MIN(form_tab_rows(f), r.h > 6 ? 2 : r.h > 3 ? 1 : 0);
    if (tabs > 0)
        draw_tabs(f, r);
    form_lay_out(f, r.w);
    int help = help_rows(f, r.h - tabs);
    f->shows_help = help > 0;
    draw_help(f, rect_part(r, 1, r.h - help, r.w - 2, help));
    f->body = rect_rows(r, tabs, r.h - tabs - help);
    form_scroll(f, f->body.h);
    draw_rows(f, f->body, is_focused);
    if (f->is_listing)
        draw_open_list(f, f->body);
}

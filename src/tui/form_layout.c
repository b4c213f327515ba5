/*
 * Where the rows of a form stand, as arithmetic: labels beside the fields, or above them where
 * it is narrow; radios where they fit, else a list; problems folded below their field. Draws
 * nothing.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/form_private.h"

#define NARROW 46      /* columns under which labels stand above */
#define INDENT 2       /* in front of labels */
#define GAP 2          /* between label and field, radios, buttons, field and what is beside */
#define FIELD_LEAST 12 /* before something may stand beside it */
#define LIST_CELLS 6   /* "[ " and " v ]" */
#define RADIO_CELLS 4  /* "(o) " */
#define RADIO_MAX 4    /* more are easier read as a list */
#define PICK_CELLS 44
#define PROBLEM_ROWS 3
#define COUNT_EXAMPLE 999 /* leaves room, so that a field keeps its width while one types */

static int cells_of(const char *text)
{
    g_autofree char *safe = text_safe(text, -1, 0);
    return (int)text_cells(safe);
}

void place_clear(gpointer place)
{
    struct place *p = place;
    g_clear_pointer(&p->problem, g_strfreev);
    g_clear_pointer(&p->lines, g_strfreev);
}

/* Safe lines of at most `w` cells, at most `max` of them. */
static char **fold(const char *text, int w, int max)
{
    g_autofree char *safe = text_safe_block(text, -1, 0);
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    const char *p = safe;
    while (*p && (int)lines->len < max) {
        gsize len;
        const char *next = text_wrap(p, (gsize)MAX(w, 1), &len);
        gboolean is_cut = *next && (int)lines->len == max - 1;
        g_autofree char *line = g_strndup(p, is_cut ? strlen(p) : len);
        g_ptr_array_add(lines, is_cut ? draw_cut(line, w) : g_steal_pointer(&line));
        p = next;
    }
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_steal(lines, NULL);
}

/* ---- widths ---- */

static gboolean has_label(const struct row *row)
{
    return row_has_value(row) && row->spec->label && *row->spec->label;
}

/* As wide as the longest label of all pages, so that turning a page moves nothing. */
static int label_cells(const struct form *f, int w)
{
    int widest = 0;
    for (guint i = 0; i < f->n; i++) {
        const struct row *row = &f->rows[i];
        if (has_label(row))
            widest = MAX(widest, cells_of(row_label(row)) + (row_is_required(row) ? 2 : 0));
    }
    return MIN(widest, w / 3);
}

int row_radio_cells(const struct row *row, guint i)
{
    int x = 0;
    for (guint n = 0; n < i; n++)
        x += RADIO_CELLS + cells_of(row_word_shown(row, n)) + GAP;
    return x;
}

static gboolean fits_radio(const struct row *row, int w)
{
    guint n = g_strv_length((char **)row_words(row));
    return row->spec->kind == FORM_CHOICE && n <= RADIO_MAX &&
           row_radio_cells(row, n) - GAP <= w;
}

static int list_cells(const struct row *row)
{
    int widest = row->spec->kind == FORM_PICK ? PICK_CELLS : 0;
    const char *const *words = row_words(row);
    for (guint i = 0; words[i]; i++)
        widest = MAX(widest, cells_of(row_word_shown(row, i)) + LIST_CELLS);
    return widest;
}

static char *count_text(gsize n)
{
    return g_strdup_printf(ngettext("%zu character", "%zu characters", n), n);
}

char *row_beside(const struct row *row)
{
    if (row->spec->flags & FORM_COUNT)
        return count_text(input_chars(&row->input));
    return row->spec->beside ? g_strdup(_(row->spec->beside)) : NULL;
}

static int beside_cells(const struct row *row)
{
    if (!(row->spec->flags & FORM_COUNT) || !row_is_typed(row)) {
        g_autofree char *text = row->spec->beside ? g_strdup(_(row->spec->beside)) : NULL;
        return text ? cells_of(text) : 0;
    }
    g_autofree char *now = row_beside(row), *example = count_text(COUNT_EXAMPLE);
    return MAX(cells_of(now), cells_of(example));
}

/* The field in the `w` cells that there are from p->x, and what stands beside it. */
static void place_field(const struct row *row, int w, struct place *p)
{
    int beside = beside_cells(row);
    enum form_kind kind = row->spec->kind;
    p->w = w;
    p->is_radio = fits_radio(row, w);
    if (kind == FORM_PICK || (kind == FORM_CHOICE && !p->is_radio))
        p->w = MIN(list_cells(row), w);
    if (kind == FORM_BOOL)
        p->w = MIN(3, w);
    if (row->spec->cells > 0)
        p->w = MIN(p->w, row->spec->cells);
    if (beside == 0)
        return;
    int room = w - beside - GAP;
    if (room < MIN(p->w, FIELD_LEAST))
        return;
    p->w = MIN(p->w, room);
    p->beside_x = p->x + p->w + (kind == FORM_BOOL ? 1 : GAP);
}

/* ---- rows ---- */

struct layout {
    struct form *f;
    int w, y;
    int label_w;            /* 0: labels stand above */
    int button_x, button_y; /* behind the last button; button_y -1: the row before was none */
};

static void add_value(struct layout *l, guint i)
{
    const struct row *row = &l->f->rows[i];
    struct place p = {.row = i, .y = l->y, .label_y = l->y, .field_y = l->y};
    int right = l->w > INDENT + 1 ? 1 : 0;
    if (l->label_w > 0) {
        p.x = INDENT + l->label_w + GAP;
    } else {
        p.x = INDENT;
        p.field_y += has_label(row) ? 1 : 0;
        p.label_y = has_label(row) ? p.label_y : -1;
    }
    place_field(row, MAX(l->w - p.x - right, 1), &p);
    const char *problem = row_problem(l->f, row);
    if (problem) {
        g_autofree char *sentence = g_strdup_printf("! %s", problem);
        p.problem = fold(sentence, MAX(l->w - p.x - right, 1), PROBLEM_ROWS);
    }
    l->y = p.field_y + 1 + (p.problem ? (int)g_strv_length(p.problem) : 0);
    p.h = l->y - p.y;
    g_array_append_val(l->f->places, p);
}

static void add_note(struct layout *l, guint i)
{
    const struct row *row = &l->f->rows[i];
    gboolean is_heading = row->spec->kind == FORM_HEADING;
    int indent = is_heading ? 1 : INDENT;
    struct place p = {.row = i, .y = l->y, .label_y = -1, .x = indent};
    p.field_y = l->y + (is_heading && l->y > 0 ? 1 : 0);
    p.w = MAX(l->w - indent - 1, 1);
    g_autofree char *text = row_shown(l->f, row);
    p.lines = fold(text, p.w, is_heading ? 1 : G_MAXINT);
    l->y = p.field_y + (int)g_strv_length(p.lines);
    p.h = l->y - p.y;
    g_array_append_val(l->f->places, p);
}

static void add_button(struct layout *l, guint i)
{
    const struct row *row = &l->f->rows[i];
    struct place p = {.row = i, .y = l->y, .label_y = -1};
    p.w = MIN(cells_of(row_label(row)) + 4, MAX(l->w - INDENT, 1));
    if (l->button_y < 0) {
        l->button_x = INDENT;
        l->button_y = l->y + (l->y > 0 ? 1 : 0);
    } else if (l->button_x + p.w > l->w) {
        l->button_x = INDENT;
        l->button_y++;
    }
    p.y = MIN(l->y, l->button_y);
    p.field_y = l->button_y;
    p.x = l->button_x;
    p.h = p.field_y + 1 - p.y;
    l->button_x += p.w + GAP;
    l->y = l->button_y + 1;
    g_array_append_val(l->f->places, p);
}

static gboolean is_on_page(const struct form *f, const struct row *row)
{
    return (row->spec->page == f->page || row->spec->page == FORM_ALL_PAGES) &&
           form_is_shown(f, row);
}

void form_lay_out(struct form *f, int w)
{
    struct layout l = {.f = f, .w = w, .button_y = -1};
    l.label_w = w >= NARROW ? label_cells(f, w) : 0;
    g_array_set_size(f->places, 0);
    for (guint i = 0; i < f->n; i++) {
        const struct row *row = &f->rows[i];
        if (!is_on_page(f, row))
            continue;
        if (row->spec->kind != FORM_BUTTON)
            l.button_y = -1;
        if (row->spec->kind == FORM_BUTTON)
            add_button(&l, i);
        else if (row_has_value(row))
            add_value(&l, i);
        else
            add_note(&l, i);
    }
    f->height = l.y;
}

const struct place *form_place_of(const struct form *f, guint row)
{
    for (guint i = 0; i < f->places->len; i++) {
        const struct place *p = &g_array_index(f->places, struct place, i);
        if (p->row == row)
            return p;
    }
    return NULL;
}

int form_tab_rows(const struct form *f)
{
    return f->n_pages > 1 ? 2 : 0; /* and a blank one below */
}

int form_height(struct form *f, int w)
{
    if (f->setup.is_plain)
        return 3;
    form_lay_out(f, w);
    return form_tab_rows(f) + f->height;
}

void form_scroll(struct form *f, int h)
{
    const struct place *p = form_place_of(f, f->focus);
    if (p && p->y + p->h > f->scroll + h)
        f->scroll = p->y + p->h - h;
    if (p && p->y < f->scroll)
        f->scroll = p->y;
    if (p && p->field_y >= f->scroll + h) /* no room for a label above it */
        f->scroll = p->field_y - h + 1;
    f->scroll = CLAMP(f->scroll, 0, MAX(f->height - h, 0));
}

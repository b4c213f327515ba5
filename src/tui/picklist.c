/*
 * Rows to choose from, narrowed while typing. What a choice does is decided by who asked.
 */
#include "config.h"

#include "tui/picklist.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

#define TYPED_MAX 60
#define LEAD_COLUMNS 10
#define COLUMN_GAP 2

static void row_free(gpointer data)
{
    struct picklist_row *row = data;
    g_free(row->lead);
    g_free(row->label);
    g_free(row->detail);
    g_free(row->tail);
    g_free(row->group);
    g_free(row->why_not);
    g_free(row->also);
    g_free(row);
}

void picklist_init(struct picklist *l, unsigned flags)
{
    *l = (struct picklist){.flags = flags};
    l->rows = g_ptr_array_new_with_free_func(row_free);
    l->shown = g_array_new(FALSE, FALSE, sizeof(guint));
    l->typed = g_string_new(NULL);
}

void picklist_clear(struct picklist *l)
{
    if (!l->rows)
        return;
    g_ptr_array_unref(l->rows);
    g_array_unref(l->shown);
    g_string_free(l->typed, TRUE);
    *l = (struct picklist){.rows = NULL};
}

void picklist_empty(struct picklist *l)
{
    g_array_set_size(l->shown, 0);
    g_ptr_array_set_size(l->rows, 0);
    l->at = 0;
    l->top = 0;
}

struct picklist_row *picklist_add(struct picklist *l, const char *label)
{
    struct picklist_row *row = g_new0(struct picklist_row, 1);
    row->label = g_strdup(label);
    g_ptr_array_add(l->rows, row);
    return row;
}

/* ---- narrowing ---- */

static gboolean word_is_in(const char *folded_word, const char *const *texts, int n)
{
    for (int i = 0; i < n; i++) {
        if (!texts[i])
            continue;
        g_autofree char *text = g_utf8_casefold(texts[i], -1);
        if (strstr(text, folded_word))
            return TRUE;
    }
    return FALSE;
}

gboolean picklist_matches(const char *typed, const char *const *texts, int n)
{
    g_autofree char *folded = g_utf8_casefold(typed, -1);
    g_auto(GStrv) words = g_strsplit(folded, " ", -1);
    for (char **word = words; *word; word++)
        if (**word && !word_is_in(*word, texts, n))
            return FALSE;
    return TRUE;
}

static struct picklist_row *row_at(const struct picklist *l, guint at)
{
    return g_ptr_array_index(l->rows, g_array_index(l->shown, guint, at));
}

void picklist_narrow(struct picklist *l)
{
    const struct picklist_row *was = picklist_current(l);
    g_array_set_size(l->shown, 0);
    l->at = 0;
    for (guint i = 0; i < l->rows->len; i++) {
        const struct picklist_row *row = g_ptr_array_index(l->rows, i);
        const char *texts[] = {row->label, row->detail, row->also, row->group};
        if (!(l->flags & PICKLIST_FIXED) &&
            !picklist_matches(l->typed->str, texts, G_N_ELEMENTS(texts)))
            continue;
        if (row == was)
            l->at = l->shown->len;
        g_array_append_val(l->shown, i);
    }
}

void picklist_go_to(struct picklist *l, gint64 id)
{
    for (guint at = 0; at < l->shown->len; at++) {
        if (row_at(l, at)->id == id) {
            l->at = at;
            return;
        }
    }
}

struct picklist_row *picklist_current(const struct picklist *l)
{
    return l->at < l->shown->len ? row_at(l, l->at) : NULL;
}

guint picklist_marked(const struct picklist *l)
{
    guint n = 0;
    for (guint i = 0; i < l->rows->len; i++)
        n += ((struct picklist_row *)g_ptr_array_index(l->rows, i))->is_marked ? 1 : 0;
    return n;
}

/* ---- keys ---- */

static gboolean move_by(struct picklist *l, int step)
{
    if (l->shown->len == 0)
        return TRUE;
    int to = (int)l->at + step;
    l->at = (guint)CLAMP(to, 0, (int)l->shown->len - 1);
    return TRUE;
}

static gboolean move_key(struct picklist *l, guint32 key)
{
    int page = MAX(1, l->h - 1);
    switch (key) {
    case TK_UP:
    case TK_CTRL('p'):
        return move_by(l, -1);
    case TK_DOWN:
    case TK_CTRL('n'):
        return move_by(l, 1);
    case TK_WHEEL_UP:
        return move_by(l, -3);
    case TK_WHEEL_DOWN:
        return move_by(l, 3);
    case TK_PAGE_UP:
    case TK_CTRL('b'):
        return move_by(l, -page);
    case TK_PAGE_DOWN:
    case TK_CTRL('f'):
        return move_by(l, page);
    case TK_HOME:
        return move_by(l, -(int)l->shown->len);
    case TK_END:
        return move_by(l, (int)l->shown->len);
    default:
        return FALSE;
    }
}

static void mark_all_shown(struct picklist *l)
{
    gboolean all = TRUE;
    for (guint at = 0; at < l->shown->len; at++)
        all = all && (row_at(l, at)->is_marked || row_at(l, at)->why_not);
    for (guint at = 0; at < l->shown->len; at++)
        if (!row_at(l, at)->why_not)
            row_at(l, at)->is_marked = !all;
}

/* Swaps the row with its neighbour on the screen. */
static void shift_row(struct picklist *l, int step)
{
    int to = (int)l->at + step;
    if (to < 0 || to >= (int)l->shown->len)
        return;
    guint a = g_array_index(l->shown, guint, l->at);
    guint b = g_array_index(l->shown, guint, (guint)to);
    gpointer row = l->rows->pdata[a];
    l->rows->pdata[a] = l->rows->pdata[b];
    l->rows->pdata[b] = row;
    l->at = (guint)to;
}

static gboolean mark_key(struct picklist *l, guint32 key)
{
    struct picklist_row *row = picklist_current(l);
    if ((l->flags & PICKLIST_ORDER) && (key == '+' || key == '-')) {
        shift_row(l, key == '+' ? 1 : -1);
        return TRUE;
    }
    if (!(l->flags & PICKLIST_MULTI) || (key != ' ' && key != '*'))
        return FALSE;
    if (key == '*')
        mark_all_shown(l);
    else if (row && !row->why_not) {
        row->is_marked = !row->is_marked;
        move_by(l, 1);
    }
    return TRUE;
}

static gboolean typed_key(struct picklist *l, guint32 key)
{
    if (key == TK_BACKSPACE || key == TK_CTRL('u') || key == TK_ESC) {
        if (l->typed->len == 0)
            return key != TK_ESC;
        const char *end = l->typed->str + l->typed->len;
        const char *cut = key == TK_BACKSPACE ? g_utf8_prev_char(end) : l->typed->str;
        g_string_truncate(l->typed, (gsize)(cut - l->typed->str));
    } else if (key >= ' ' && key < TK_SPECIAL && g_unichar_isprint(key)) {
        if (g_utf8_strlen(l->typed->str, -1) < TYPED_MAX)
            g_string_append_unichar(l->typed, key);
    } else {
        return FALSE;
    }
    picklist_narrow(l);
    return TRUE;
}

/* The shown row on line `line` of all lines, or -1: a heading, nothing. */
static int row_of_line(const struct picklist *l, int line);

static enum picklist_did click(struct picklist *l, const struct term_event *e)
{
    int y = e->y - l->last.y, x = e->x - l->last.x;
    if (x < 0 || x >= l->last.w || y < 0 || y >= l->last.h)
        return PICKLIST_PASS;
    int at = row_of_line(l, l->top + y);
    if (at < 0)
        return PICKLIST_TAKEN;
    gboolean again = (guint)at == l->at;
    l->at = (guint)at;
    return again && !(l->flags & PICKLIST_MULTI) ? PICKLIST_CHOSEN : PICKLIST_TAKEN;
}

enum picklist_did picklist_event(struct picklist *l, const struct term_event *e)
{
    if (e->kind != EVENT_KEY)
        return PICKLIST_PASS;
    if (e->key == TK_CLICK)
        return click(l, e);
    if (move_key(l, e->key) || mark_key(l, e->key))
        return PICKLIST_TAKEN;
    if (e->key == TK_ENTER)
        return PICKLIST_CHOSEN;
    if (!(l->flags & PICKLIST_FIXED) && typed_key(l, e->key))
        return PICKLIST_TAKEN;
    return PICKLIST_PASS;
}

/* ---- drawing ---- */

static gboolean has_heading(const struct picklist *l, guint at)
{
    const char *group = row_at(l, at)->group;
    return group && (at == 0 || g_strcmp0(group, row_at(l, at - 1)->group) != 0);
}

static int row_of_line(const struct picklist *l, int line)
{
    int y = 0;
    for (guint at = 0; at < l->shown->len; at++) {
        if (has_heading(l, at) && y++ == line)
            return -1;
        if (y++ == line)
            return (int)at;
    }
    return -1;
}

static int line_of_row(const struct picklist *l, guint want)
{
    int y = 0;
    for (guint at = 0; at < l->shown->len; at++, y++) {
        y += has_heading(l, at) ? 1 : 0;
        if (at == want)
            return y;
    }
    return 0;
}

int picklist_lines(const struct picklist *l)
{
    int lines = (int)l->shown->len;
    for (guint at = 0; at < l->shown->len; at++)
        lines += has_heading(l, at) ? 1 : 0;
    return lines;
}

/* Widths of the columns; those that no row has are 0. */
struct columns {
    int lead, label, detail, tail;
};

static int cells(const char *text)
{
    return text ? (int)text_cells(text) : 0;
}

static struct columns columns_of(const struct picklist *l)
{
    struct columns c = {0};
    for (guint i = 0; i < l->rows->len; i++) {
        const struct picklist_row *row = g_ptr_array_index(l->rows, i);
        c.lead = MAX(c.lead, MIN(cells(row->lead), LEAD_COLUMNS));
        c.label = MAX(c.label, cells(row->label));
        c.detail = MAX(c.detail, MAX(cells(row->detail), cells(row->why_not)));
        c.tail = MAX(c.tail, cells(row->tail));
    }
    return c;
}

static int with_gap(int w)
{
    return w > 0 ? w + COLUMN_GAP : 0;
}

static int sign_columns(const struct picklist *l)
{
    return l->flags & PICKLIST_MULTI ? 5 : 1; /* ">" and "[x] " */
}

int picklist_columns(const struct picklist *l)
{
    struct columns c = columns_of(l);
    int w = sign_columns(l) + with_gap(c.lead) + c.label;
    return w + (c.detail ? c.detail + COLUMN_GAP : 0) + (c.tail ? c.tail + COLUMN_GAP : 0);
}

/* Where the detail begins: in one column where all of them fit behind it, further right where
 * the label is longer, but it keeps a third of the room. */
static int detail_column(const struct columns *c, const struct picklist_row *row, int room)
{
    int column = MIN(c->label, room - c->detail - COLUMN_GAP);
    int label = MAX(column, MIN(cells(row->label), room * 2 / 3));
    return MAX(0, label) + COLUMN_GAP;
}

static void draw_row(const struct picklist *l, const struct columns *c, struct rect r, int y,
                     guint at)
{
    const struct picklist_row *row = row_at(l, at);
    gboolean is_current = at == l->at;
    enum term_role role = is_current                                      ? ROLE_SELECTED
                          : row->why_not                                  ? ROLE_MUTED
                          : row->is_marked && (l->flags & PICKLIST_MULTI) ? ROLE_MARKED
                                                                          : ROLE_NORMAL;
    int x = sign_columns(l);
    draw_cell(r, 0, y, r.w, role, is_current ? ">" : "");
    if (l->flags & PICKLIST_MULTI)
        draw_text(r, 1, y, role, row->is_marked ? "[x]" : "[ ]");
    int tail = with_gap(c->tail);
    if (c->lead) {
        draw_cell(r, x, y, c->lead, is_current || row->why_not ? role : ROLE_KEY,
                  row->lead ? row->lead : "");
        x += with_gap(c->lead);
    }
    const char *detail = row->why_not ? row->why_not : row->detail;
    int room = MAX(0, r.w - x - tail);
    int label = detail ? detail_column(c, row, room) - COLUMN_GAP : room;
    draw_cell(r, x, y, MAX(0, label), role, row->label);
    if (detail && room > label + COLUMN_GAP)
        draw_cell(r, x + label + COLUMN_GAP, y, room - label - COLUMN_GAP, role, detail);
    if (row->tail && tail)
        draw_right(r, r.w - c->tail, y, c->tail, is_current ? role : ROLE_KEY, row->tail);
    if (is_current)
        draw_cursor(r, MIN(sign_columns(l), r.w - 1), y);
}

static void scroll_to_cursor(struct picklist *l, int h)
{
    int lines = picklist_lines(l);
    int line = line_of_row(l, l->at);
    /* The heading comes into sight with the first row under it. */
    int first = l->shown->len && has_heading(l, l->at) ? line - 1 : line;
    if (first < l->top)
        l->top = first;
    if (line >= l->top + h)
        l->top = line - h + 1;
    l->top = CLAMP(l->top, 0, MAX(0, lines - h));
}

void picklist_draw(struct picklist *l, struct rect r)
{
    l->h = r.h;
    l->last = r;
    if (r.h < 1 || r.w < 4)
        return;
    scroll_to_cursor(l, r.h);
    /* The signs that there is more stand beside the rows. */
    struct rect rows = r;
    if (picklist_lines(l) > r.h)
        rows.w -= 2;
    struct columns c = columns_of(l);
    int y = -l->top;
    for (guint at = 0; at < l->shown->len && y < r.h; at++, y++) {
        if (has_heading(l, at)) {
            if (y >= 0)
                draw_text(rows, 0, y, ROLE_HEADING, row_at(l, at)->group);
            y++;
        }
        if (y >= 0 && y < r.h)
            draw_row(l, &c, rows, y, at);
    }
    if (l->top > 0)
        draw_text(r, r.w - 1, 0, ROLE_KEY, "^");
    if (l->top + r.h < picklist_lines(l))
        draw_text(r, r.w - 1, r.h - 1, ROLE_KEY, "v");
}

#define TYPED_COLUMNS 14

void picklist_draw_typed(const struct picklist *l, struct rect r, int y)
{
    gboolean is_narrow = r.w < 40;
    const char *label = _("type to narrow:");
    int x = draw_text(r, 0, y, ROLE_MUTED, is_narrow ? "/" : label) + 1;
    int w = MAX(1, MIN(TYPED_COLUMNS, r.w - x));
    /* The end of it is what was typed last. */
    const char *text = l->typed->str;
    while ((int)text_cells(text) > w)
        text = g_utf8_next_char(text);
    draw_cell(r, x, y, w, ROLE_INPUT, text);
    if (l->typed->len > 0)
        draw_format(r, x + w + COLUMN_GAP, y, ROLE_MUTED, _("%u of %u"), l->shown->len,
                    l->rows->len);
}

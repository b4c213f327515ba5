/*
 * Tables: rows, the life of a table, marks, and what a person can do with any table. Where the
 * rows come from is the source's business, what Enter means the view's.
 */
#include "config.h"

#include "tui/table.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/table_private.h"
#include "tui/ui.h"

#define MARKS_MAX 10000
#define WHEEL_ROWS 3

/* ---- rows ---- */

struct table_row *table_row_new(gint64 id, int n)
{
    struct table_row *row = g_new0(struct table_row, 1);
    row->id = id;
    row->n = n;
    row->cells = g_new0(struct table_cell, (gsize)MAX(n, 1));
    for (int i = 0; i < n; i++) {
        row->cells[i].text = g_strdup("");
        row->cells[i].number = G_MININT64;
    }
    return row;
}

void table_row_free(struct table_row *row)
{
    if (row == NULL)
        return;
    for (int i = 0; i < row->n; i++)
        g_free(row->cells[i].text);
    g_free(row->cells);
    g_free(row->key);
    g_free(row);
}

void table_row_take(struct table_row *row, int column, char *text, gint64 n)
{
    g_assert(column >= 0 && column < row->n);
    g_free(row->cells[column].text);
    row->cells[column].text = text != NULL ? text : g_strdup("");
    row->cells[column].number = n;
}

void table_row_set(struct table_row *row, int column, const char *text)
{
    table_row_take(row, column, g_strdup(text), G_MININT64);
}

void table_row_role(struct table_row *row, int column, enum term_role role, const char *text)
{
    table_row_set(row, column, text);
    row->cells[column].role = role;
}

void table_row_format(struct table_row *row, int column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    table_row_take(row, column, g_strdup_vprintf(format, args), G_MININT64);
    va_end(args);
}

void table_row_number(struct table_row *row, int column, gint64 n)
{
    table_row_take(row, column, text_grouped(n), n);
}

/* ---- life ---- */

void table_init(struct table *t, const struct table_spec *spec, void *data, struct ui *ui)
{
    g_assert(spec->n > 0 && spec->n <= TABLE_COLUMNS_MAX);
    memset(t, 0, sizeof *t);
    t->spec = spec;
    t->data = data;
    t->ui = ui;
    t->rows = g_ptr_array_new_with_free_func((GDestroyNotify)table_row_free);
    t->marks = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    t->shown = t->total = -1;
    t->at_start = t->at_end = TRUE;
    table_columns_init(t);
}

void table_clear(struct table *t)
{
    if (t->rows == NULL)
        return;
    table_ask_end(t);
    g_ptr_array_unref(t->rows);
    g_hash_table_unref(t->marks);
    filter_clear(&t->filter);
    g_free(t->hint);
    g_free(t->note);
    memset(t, 0, sizeof *t);
}

void table_load(struct table *t)
{
    (void)table_read(t, TABLE_STAY);
}

void table_set_data(struct table *t, void *data)
{
    table_ask_end(t);
    t->data = data;
    g_ptr_array_set_size(t->rows, 0);
    t->cursor = 0;
    t->lost = 0;
    g_hash_table_remove_all(t->marks);
    filter_clear(&t->filter);
    (void)table_read(t, TABLE_STAY_FIRST);
}

const struct table_row *table_current(const struct table *t)
{
    return t->rows->len > 0 ? g_ptr_array_index(t->rows, t->cursor) : NULL;
}

gint64 table_current_id(const struct table *t)
{
    const struct table_row *row = table_current(t);
    return row != NULL ? row->id : 0;
}

/* ---- marks ---- */

int table_marked(const struct table *t)
{
    return (int)g_hash_table_size(t->marks);
}

gboolean table_is_marked(const struct table *t, gint64 id)
{
    return g_hash_table_contains(t->marks, &id);
}

void table_unmark_all(struct table *t)
{
    g_hash_table_remove_all(t->marks);
}

static void mark(struct table *t, gint64 id)
{
    g_hash_table_add(t->marks, g_memdup2(&id, sizeof id));
}

static int by_id(gconstpointer a, gconstpointer b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    return (x > y) - (x < y);
}

GArray *table_targets(const struct table *t)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    GHashTableIter i;
    gpointer id;
    g_hash_table_iter_init(&i, t->marks);
    while (g_hash_table_iter_next(&i, &id, NULL))
        g_array_append_val(ids, *(gint64 *)id);
    g_array_sort(ids, by_id);
    if (ids->len == 0 && t->rows->len > 0) {
        gint64 current = table_current_id(t);
        g_array_append_val(ids, current);
    }
    return ids;
}

static void mark_current(struct table *t)
{
    const struct table_row *row = table_current(t);
    if (row == NULL)
        return;
    gint64 id = row->id;
    if (!g_hash_table_remove(t->marks, &id)) {
        if (table_marked(t) >= MARKS_MAX)
            return;
        mark(t, id);
    }
    (void)table_step(t, 1);
}

static void say_too_many(struct table *t)
{
    if (t->ui != NULL)
        ui_say(t->ui, _("At most %d rows can be marked. Narrow the list by / first."),
               MARKS_MAX);
}

static gboolean all_marked(const struct table *t, const GArray *ids)
{
    for (guint i = 0; i < ids->len; i++) {
        if (!table_is_marked(t, g_array_index(ids, gint64, i)))
            return FALSE;
    }
    return TRUE;
}

/* All rows that the filter lets through, or none of them when all of them are marked. */
static void mark_all(struct table *t)
{
    gboolean many = FALSE;
    g_autoptr(GArray) ids = table_all_ids(t, MARKS_MAX, &many);
    if (ids == NULL) {
        if (many)
            say_too_many(t);
        return;
    }
    gboolean take_away = all_marked(t, ids);
    for (guint i = 0; i < ids->len; i++) {
        gint64 id = g_array_index(ids, gint64, i);
        if (take_away)
            g_hash_table_remove(t->marks, &id);
        else if (table_marked(t) < MARKS_MAX)
            mark(t, id);
    }
}

/* ---- commands ---- */

static gboolean can_sort(const struct table *t)
{
    for (int i = 0; i < t->spec->n; i++) {
        if (t->spec->columns[i].flags & TABLE_SORT)
            return TRUE;
    }
    return FALSE;
}

const char *table_why_not(const struct table *t, enum table_command c)
{
    unsigned flags = t->spec->flags;
    switch (c) {
    case TABLE_DO_FILTER:
        return flags & TABLE_NO_FILTER ? _("this list has no filter") : NULL;
    case TABLE_DO_MARK:
    case TABLE_DO_MARK_ALL:
        if (flags & TABLE_NO_MARKS)
            return _("rows of this list are not marked");
        return t->rows->len == 0 ? _("the list is empty") : NULL;
    case TABLE_DO_SORT_MENU:
    case TABLE_DO_SORT_LEFT:
    case TABLE_DO_SORT_RIGHT:
    case TABLE_DO_INVERT:
        return can_sort(t) ? NULL : _("this list has one order");
    case TABLE_DO_COLUMNS:
        return t->spec->n > 1 ? NULL : _("there is only one column");
    case TABLE_COMMAND_COUNT:
        break;
    }
    return NULL;
}

static void do_filter(struct table *t)
{
    table_ask(t);
}

static void do_left(struct table *t)
{
    table_sort_step(t, -1);
}

static void do_right(struct table *t)
{
    table_sort_step(t, 1);
}

static void (*const commands[TABLE_COMMAND_COUNT])(struct table *t) = {
    [TABLE_DO_FILTER] = do_filter,         [TABLE_DO_MARK] = mark_current,
    [TABLE_DO_MARK_ALL] = mark_all,        [TABLE_DO_SORT_MENU] = table_sort_menu,
    [TABLE_DO_SORT_LEFT] = do_left,        [TABLE_DO_SORT_RIGHT] = do_right,
    [TABLE_DO_INVERT] = table_sort_invert, [TABLE_DO_COLUMNS] = table_columns_menu,
};

void table_do(struct table *t, enum table_command c)
{
    if (table_why_not(t, c) == NULL)
        commands[c](t);
}

/* ---- keys ---- */

/* Of each command the key in force: the person's own keys count here, too. */
#define KEY_ROW(prefix, word, command, name_, key_, alias_, label_, help_, group_)             \
    [command] = {.name = name_, .key = key_, .alias = alias_}
static const struct action command_keys[TABLE_COMMAND_COUNT] = {TABLE_EACH(KEY_ROW, )};

static gboolean go_first(struct table *t)
{
    gint64 was = table_current_id(t);
    table_go_first(t);
    return table_current_id(t) != was;
}

/* -1: no key that moves. */
static int move_by_key(struct table *t, guint32 key)
{
    switch (key) {
    case TK_UP:
    case 'k':
        return table_step(t, -1);
    case TK_DOWN:
    case 'j':
        return table_step(t, 1);
    case TK_WHEEL_UP:
        return table_step(t, -WHEEL_ROWS);
    case TK_WHEEL_DOWN:
        return table_step(t, WHEEL_ROWS);
    case TK_PAGE_UP:
    case TK_CTRL('B'):
        return table_page(t, -1);
    case TK_PAGE_DOWN:
    case TK_CTRL('F'):
        return table_page(t, 1);
    case TK_HOME:
    case 'g':
        return go_first(t);
    case TK_END:
    case 'G':
        return table_go_last(t);
    default:
        return -1;
    }
}

/* At the end the key is not taken: the view may go to the next pane by it. */
static enum table_result scroll_columns(struct table *t, int by)
{
    int to = CLAMP(t->scroll + by, 0, t->scroll_max);
    if (to == t->scroll)
        return TABLE_IGNORED;
    t->scroll = to;
    return TABLE_TAKEN;
}

static enum table_result click(struct table *t, const struct term_event *e)
{
    struct rect p = t->place;
    int row = e->y - p.y;
    if (e->x < p.x || e->x >= p.x + p.w || row < 0 || row >= MIN(p.h, (int)t->rows->len))
        return TABLE_IGNORED;
    if (row == t->cursor)
        return TABLE_OPEN;
    t->cursor = row;
    return TABLE_MOVED;
}

static enum table_result other_key(struct table *t, const struct term_event *e)
{
    switch (e->key) {
    case TK_LEFT:
    case 'h':
        return scroll_columns(t, -1);
    case TK_RIGHT:
    case 'l':
        return scroll_columns(t, 1);
    case TK_ENTER:
        return t->rows->len > 0 ? TABLE_OPEN : TABLE_IGNORED;
    case TK_CLICK:
        return click(t, e);
    case TK_ESC:
        if (t->filter.n == 0)
            return TABLE_IGNORED;
        table_set_filter(t, "");
        return TABLE_TAKEN;
    default:
        return TABLE_IGNORED;
    }
}

enum table_result table_event(struct table *t, const struct term_event *e)
{
    if (t->asking != NULL)
        return table_ask_event(t, e);
    if (e->kind != EVENT_KEY)
        return TABLE_IGNORED;
    for (int c = 0; c < TABLE_COMMAND_COUNT; c++) {
        const struct action *a = &command_keys[c];
        if (e->key != action_key(t->spec->name, a) && (a->alias == 0 || e->key != a->alias))
            continue;
        if (table_why_not(t, (enum table_command)c) != NULL)
            return TABLE_IGNORED;
        gint64 was = table_current_id(t);
        table_do(t, (enum table_command)c);
        return table_current_id(t) != was ? TABLE_MOVED : TABLE_TAKEN;
    }
    int moved = move_by_key(t, e->key);
    if (moved >= 0)
        return moved ? TABLE_MOVED : TABLE_TAKEN;
    return other_key(t, e);
}

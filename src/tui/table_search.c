/*
 * Looking for what a filter lets through, a slice at a time: the ids that were found so far are
 * kept, their rows are read anew when they are shown. Not for rows in memory: table_memory.
 */
#include "config.h"

#include "tui/table_search.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/ui.h"

#define SLICE_US 25000
#define PAUSE_US 5000 /* between two slices: keys go first */
#define BATCH 500
#define FIRST 100

void table_search_init(struct table_search *s, const struct table_search_ops *ops, void *data,
                       struct table *table, struct ui *ui)
{
    *s = (struct table_search){.ops = ops, .data = data, .table = table, .ui = ui};
    s->found = g_array_new(FALSE, FALSE, sizeof(gint64));
    s->places = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
}

static void forget(struct table_search *s)
{
    g_array_set_size(s->found, 0);
    g_hash_table_remove_all(s->places);
    g_clear_pointer(&s->query, g_free);
    g_clear_pointer(&s->last, table_row_free);
    if (s->timer)
        ui_busy(s->ui, -1);
    g_clear_pointer(&s->timer, loop_timer_remove);
    s->looked_at = 0;
    s->is_done = s->is_full = s->was_quick = FALSE;
}

void table_search_clear(struct table_search *s)
{
    if (!s->found)
        return;
    forget(s);
    g_array_unref(s->found);
    g_hash_table_unref(s->places);
    g_free(s->hint);
    *s = (struct table_search){0};
}

void table_search_stale(struct table_search *s, gboolean force)
{
    if (s->query && (force || (s->is_done && s->was_quick)))
        forget(s);
}

/* ---- looking ---- */

static gboolean matches_cells(const struct table_search *s, const struct filter *f,
                              const struct table_row *row)
{
    const struct table_spec *spec = s->table->spec;
    const char *fields[TABLE_COLUMNS_MAX + 1] = {NULL}, *texts[TABLE_COLUMNS_MAX] = {NULL};
    gint64 numbers[TABLE_COLUMNS_MAX];
    for (int i = 0; i < spec->n && i < row->n; i++) {
        fields[i] = spec->columns[i].key;
        texts[i] = row->cells[i].text;
        numbers[i] = row->cells[i].number;
    }
    return filter_matches(f, fields, texts, numbers);
}

static void take_found(struct table_search *s, gint64 id)
{
    gint64 *key = g_new(gint64, 1);
    *key = id;
    g_array_append_val(s->found, id);
    g_hash_table_insert(s->places, key, GUINT_TO_POINTER(s->found->len));
}

static void fail(struct table_search *s, GError *error)
{
    if (s->ui)
        ui_fail(s->ui, error);
    else
        g_clear_error(&error);
}

static void take_matching(struct table_search *s, const struct filter *f, const GPtrArray *rows)
{
    for (guint i = 0; i < rows->len && !s->is_full; i++) {
        const struct table_row *row = g_ptr_array_index(rows, i);
        if (!g_hash_table_contains(s->places, &row->id) &&
            (s->ops->matches ? s->ops->matches(s->data, f, row) : matches_cells(s, f, row)))
            take_found(s, row->id);
        s->is_full = s->found->len >= TABLE_SEARCH_MAX;
    }
}

static void look_first(struct table_search *s, const struct filter *f)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)table_row_free);
    GError *error = NULL;
    if (!s->ops->first)
        return;
    if (s->ops->first(s->data, f, FIRST, rows, &error))
        take_matching(s, f, rows);
    else
        fail(s, error);
}

/* One batch. FALSE: there is no more, or it failed (which ends the search). */
static gboolean look(struct table_search *s, const struct filter *f)
{
    const struct filter none = {0};
    struct table_query q = {.filter = &none, .sort = {s->sort[0], s->sort[1]}};
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)table_row_free);
    GError *error = NULL;
    if (!s->ops->page(s->data, &q, s->last, TABLE_AFTER, BATCH, rows, &error)) {
        fail(s, error);
        return FALSE;
    }
    take_matching(s, f, rows);
    s->looked_at += rows->len;
    if (rows->len < BATCH || s->is_full)
        return FALSE;
    table_row_free(s->last);
    s->last = g_ptr_array_steal_index(rows, rows->len - 1);
    return TRUE;
}

gboolean table_search_slice(struct table_search *s, const struct filter *f, gint64 us)
{
    gint64 end = clock_mono_us() + us;
    while (!s->is_done) {
        s->is_done = !look(s, f);
        if (clock_mono_us() >= end)
            break;
    }
    return !s->is_done;
}

static void go_on(void *data);

static void arm(struct table_search *s)
{
    if (!s->ui || s->is_done)
        return;
    s->timer = loop_timer_add(ui_loop(s->ui), clock_mono_us() + PAUSE_US, go_on, s);
    ui_busy(s->ui, 1);
}

static void go_on(void *data)
{
    struct table_search *s = data;
    guint before = s->found->len;
    s->timer = NULL;
    ui_busy(s->ui, -1);
    table_search_slice(s, &s->table->filter, SLICE_US);
    arm(s);
    if (s->found->len != before || s->is_done)
        table_load(s->table);
    ui_redraw(s->ui);
}

static gboolean is_same(const struct table_search *s, const struct table_query *q)
{
    return s->query && strcmp(s->query, q->filter->text) == 0 &&
           memcmp(s->sort, q->sort, sizeof s->sort) == 0;
}

static void begin(struct table_search *s, const struct table_query *q)
{
    if (is_same(s, q))
        return;
    forget(s);
    s->query = g_strdup(q->filter->text);
    memcpy(s->sort, q->sort, sizeof s->sort);
    look_first(s, q->filter);
    s->was_quick = !table_search_slice(s, q->filter, SLICE_US);
    arm(s);
}

/* ---- the source ---- */

/* Rows that went meanwhile are left out. */
static gboolean fetch_found(struct table_search *s, const struct table_row *anchor,
                            enum table_way way, int n, GPtrArray *out, GError **error)
{
    int step = way == TABLE_AFTER ? 1 : -1;
    int at = way == TABLE_AFTER ? 0 : (int)s->found->len - 1;
    if (anchor) {
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(s->places, &anchor->id));
        if (place == 0) /* not one of them: the filter has just changed */
            return TRUE;
        at = (int)place - 1 + step;
    }
    for (; n > 0 && at >= 0 && at < (int)s->found->len; at += step) {
        GError *why = NULL;
        struct table_row *row = s->ops->row(s->data, g_array_index(s->found, gint64, at), &why);
        if (why) {
            g_propagate_error(error, why);
            return FALSE;
        }
        if (row) {
            g_ptr_array_add(out, row);
            n--;
        }
    }
    return TRUE;
}

gboolean table_search_fetch(void *data, const struct table_query *q,
                            const struct table_row *anchor, enum table_way way, int n,
                            GPtrArray *out, GError **error)
{
    struct table_search *s = data;
    if (q->filter->n == 0) {
        forget(s);
        return s->ops->page(s->data, q, anchor, way, n, out, error);
    }
    begin(s, q);
    return fetch_found(s, anchor, way, n, out, error);
}

/* Asked without a filter while one acts, too: for the marks. */
struct table_row *table_search_find(void *data, const struct table_query *q, gint64 id,
                                    GError **error)
{
    struct table_search *s = data;
    if (q->filter->n > 0) {
        begin(s, q);
        if (!g_hash_table_contains(s->places, &id))
            return NULL;
    }
    return s->ops->row(s->data, id, error);
}

gint64 table_search_count(void *data, const struct table_query *q)
{
    struct table_search *s = data;
    if (q->filter->n == 0)
        return s->ops->count(s->data);
    begin(s, q);
    return s->is_done && !s->is_full ? (gint64)s->found->len : -1;
}

const char *table_search_hint(struct table_search *s)
{
    g_clear_pointer(&s->hint, g_free);
    if (!s->query || (s->is_done && !s->is_full))
        return NULL;
    g_autofree char *found = text_grouped(s->found->len);
    g_autofree char *seen = text_grouped(s->looked_at);
    s->hint = s->is_full ? g_strdup_printf(_("more than %s found: type more of it"), found)
                         : g_strdup_printf(_("%s found so far, %s looked at .."), found, seen);
    return s->hint;
}

/*
 * The rows of a table that are in sight: read by keyset around the cursor, which keeps to its
 * row by id while others come, go and change places. Nothing is drawn here.
 */
#include "config.h"

#include <string.h>

#include "tui/table_private.h"
#include "tui/ui.h"

#define HEIGHT_UNSEEN 20  /* rows that are read before the first drawing */
#define MARKS_CHECKED 500 /* more marks than these are not looked after at each load */
#define IDS_AT_ONCE 500

static GPtrArray *new_rows(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)table_row_free);
}

static int height_of(const struct table *t)
{
    return t->height > 0 ? t->height : HEIGHT_UNSEEN;
}

struct table_query table_query(const struct table *t)
{
    return (struct table_query){.filter = &t->filter, .sort = {t->sort[0], t->sort[1]}};
}

void table_fail(struct table *t, GError *error)
{
    if (t->ui != NULL)
        ui_fail(t->ui, error);
    else
        g_clear_error(&error);
}

/* At most `n` rows, and whether there are more. NULL: it failed and that was shown. */
static GPtrArray *fetch(struct table *t, const struct table_row *anchor, enum table_way way,
                        int n, gboolean *ret_more)
{
    g_autoptr(GPtrArray) out = new_rows();
    g_autoptr(GError) error = NULL;
    struct table_query q = table_query(t);
    if (!t->spec->source->fetch(t->data, &q, anchor, way, n + 1, out, &error)) {
        table_fail(t, g_steal_pointer(&error));
        return NULL;
    }
    *ret_more = (int)out->len > n;
    if (*ret_more)
        g_ptr_array_set_size(out, n);
    return g_steal_pointer(&out);
}

/* Moves all rows of `from`, the nearest first, to the front of `to`. */
static void put_before(GPtrArray *to, GPtrArray *from)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_insert(to, 0, g_steal_pointer(&g_ptr_array_index(from, i)));
}

static void put_behind(GPtrArray *to, GPtrArray *from)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, g_steal_pointer(&g_ptr_array_index(from, i)));
}

static void take_window(struct table *t, GPtrArray *rows, int cursor)
{
    g_ptr_array_unref(t->rows);
    t->rows = rows;
    t->cursor = CLAMP(cursor, 0, MAX((int)rows->len - 1, 0));
}

static gboolean read_end(struct table *t, enum table_way way)
{
    gboolean more = FALSE;
    g_autoptr(GPtrArray) got = fetch(t, NULL, way, height_of(t), &more);
    if (got == NULL)
        return FALSE;
    t->at_start = way == TABLE_AFTER || !more;
    t->at_end = way == TABLE_BEFORE || !more;
    GPtrArray *rows = new_rows();
    if (way == TABLE_AFTER)
        put_behind(rows, got);
    else
        put_before(rows, got);
    take_window(t, rows, way == TABLE_AFTER ? 0 : (int)rows->len - 1);
    return TRUE;
}

/*
 * A window around `anchor` with `above` rows over it where there are so many. `row` is the
 * anchor as it is now and is taken; NULL: it is gone and only says where to read.
 */
static gboolean read_around(struct table *t, const struct table_row *anchor,
                            struct table_row *row, int above)
{
    int height = height_of(t);
    above = CLAMP(above, 0, height - 1);
    gboolean more_before = FALSE, more_after = FALSE;
    g_autoptr(GPtrArray) rows = new_rows();
    if (row != NULL)
        g_ptr_array_add(rows, row);
    g_autoptr(GPtrArray) after =
        fetch(t, anchor, TABLE_AFTER, height - (int)rows->len, &more_after);
    if (after == NULL)
        return FALSE;
    int missing = height - (int)rows->len - (int)after->len;
    g_autoptr(GPtrArray) before =
        fetch(t, anchor, TABLE_BEFORE, MAX(above, missing), &more_before);
    if (before == NULL)
        return FALSE;
    int cursor = (int)before->len;
    put_behind(rows, after);
    put_before(rows, before);
    if ((int)rows->len > height) {
        g_ptr_array_set_size(rows, height);
        more_after = TRUE;
    }
    t->at_start = !more_before;
    t->at_end = !more_after;
    take_window(t, g_steal_pointer(&rows), cursor);
    return TRUE;
}

/* The row of this id as the query shows it. FALSE: it could not be asked for, which was shown.
 */
static gboolean find(struct table *t, gint64 id, struct table_row **ret_row)
{
    g_autoptr(GError) error = NULL;
    struct table_query q = table_query(t);
    *ret_row = t->spec->source->find(t->data, &q, id, &error);
    if (error == NULL)
        return TRUE;
    table_fail(t, g_steal_pointer(&error));
    return FALSE;
}

static gboolean read_rows(struct table *t, enum table_stay stay)
{
    const struct table_row *old = table_current(t);
    gboolean follows = t->spec->flags & TABLE_FOLLOW && t->at_start && t->cursor == 0;
    gint64 id = old != NULL ? old->id : t->lost;
    if (id == 0 || stay == TABLE_STAY_FIRST || (follows && stay == TABLE_STAY))
        return read_end(t, TABLE_AFTER);
    struct table_row *now = NULL;
    if (!find(t, id, &now))
        return FALSE;
    t->lost = id;
    if (now == NULL && (old == NULL || stay == TABLE_STAY_FOUND))
        return read_end(t, TABLE_AFTER);
    return read_around(t, now != NULL ? now : old, now, t->cursor);
}

/* Marks on rows that are gone would be counted, and acted on, for ever. */
static void forget_gone_marks(struct table *t)
{
    guint n = g_hash_table_size(t->marks);
    if (n == 0 || n > MARKS_CHECKED)
        return;
    const struct filter none = {0};
    struct table_query q = table_query(t);
    q.filter = &none;
    GHashTableIter i;
    gpointer id;
    g_hash_table_iter_init(&i, t->marks);
    while (g_hash_table_iter_next(&i, &id, NULL)) {
        g_autoptr(GError) error = NULL;
        struct table_row *row = t->spec->source->find(t->data, &q, *(gint64 *)id, &error);
        if (row == NULL && error == NULL)
            g_hash_table_iter_remove(&i);
        table_row_free(row);
    }
}

static void count_rows(struct table *t)
{
    t->shown = t->total = -1;
    if (t->spec->source->count == NULL)
        return;
    const struct filter none = {0};
    struct table_query q = table_query(t);
    t->shown = t->spec->source->count(t->data, &q);
    q.filter = &none;
    t->total = t->filter.n > 0 ? t->spec->source->count(t->data, &q) : t->shown;
}

gboolean table_read(struct table *t, enum table_stay stay)
{
    if (!read_rows(t, stay))
        return FALSE;
    forget_gone_marks(t);
    count_rows(t);
    return TRUE;
}

/* ---- moving ---- */

/* Reads `n` rows more at one end and drops as many at the other; returns how many came, -1 when
 * reading failed. */
static int shift(struct table *t, enum table_way way, int n)
{
    gboolean more = FALSE;
    gboolean *at_edge = way == TABLE_AFTER ? &t->at_end : &t->at_start;
    if (t->rows->len == 0 || *at_edge)
        return 0;
    guint edge = way == TABLE_AFTER ? t->rows->len - 1 : 0;
    g_autoptr(GPtrArray) got = fetch(t, g_ptr_array_index(t->rows, edge), way, n, &more);
    if (got == NULL)
        return -1;
    int came = (int)got->len;
    *at_edge = !more;
    if (way == TABLE_AFTER)
        put_behind(t->rows, got);
    else
        put_before(t->rows, got);
    int over = (int)t->rows->len - height_of(t);
    if (over <= 0)
        return came;
    if (way == TABLE_AFTER) {
        g_ptr_array_remove_range(t->rows, 0, (guint)over);
        t->at_start = FALSE;
    } else {
        g_ptr_array_set_size(t->rows, height_of(t));
        t->at_end = FALSE;
    }
    return came;
}

static gboolean moved_from(const struct table *t, gint64 id)
{
    return table_current_id(t) != id;
}

gboolean table_step(struct table *t, int by)
{
    gint64 was = table_current_id(t);
    int to = t->cursor + by;
    int last = (int)t->rows->len - 1;
    if (last < 0)
        return FALSE;
    if (to > last)
        (void)shift(t, TABLE_AFTER, to - last);
    else if (to < 0)
        (void)shift(t, TABLE_BEFORE, -to);
    t->cursor = CLAMP(to, 0, (int)t->rows->len - 1);
    return moved_from(t, was);
}

gboolean table_page(struct table *t, int pages)
{
    gint64 was = table_current_id(t);
    int by = MAX(height_of(t) - 1, 1);
    if (t->rows->len == 0)
        return FALSE;
    int came = shift(t, pages > 0 ? TABLE_AFTER : TABLE_BEFORE, by);
    if (came < 0)
        return FALSE;
    int rest = pages > 0 ? by - came : came - by;
    t->cursor = CLAMP(t->cursor + rest, 0, (int)t->rows->len - 1);
    return moved_from(t, was);
}

gboolean table_go_last(struct table *t)
{
    gint64 was = table_current_id(t);
    return read_end(t, TABLE_BEFORE) && moved_from(t, was);
}

void table_go_first(struct table *t)
{
    (void)read_end(t, TABLE_AFTER);
}

gboolean table_go_to(struct table *t, gint64 id)
{
    struct table_row *row = NULL;
    for (int i = 0; i < (int)t->rows->len; i++) {
        if (((const struct table_row *)g_ptr_array_index(t->rows, i))->id == id) {
            t->cursor = i;
            return TRUE;
        }
    }
    return find(t, id, &row) && row != NULL && read_around(t, row, row, height_of(t) / 3);
}

static void drop_rows(struct table *t, int height)
{
    int over = (int)t->rows->len - height;
    int above = CLAMP(t->cursor - height + 1, 0, over);
    if (above > 0) {
        g_ptr_array_remove_range(t->rows, 0, (guint)above);
        t->cursor -= above;
        t->at_start = FALSE;
    }
    if ((int)t->rows->len > height) {
        g_ptr_array_set_size(t->rows, height);
        t->at_end = FALSE;
    }
}

void table_fit(struct table *t, int height)
{
    height = MAX(height, 1);
    t->height = height;
    if ((int)t->rows->len > height)
        drop_rows(t, height);
    if ((int)t->rows->len < height)
        (void)shift(t, TABLE_AFTER, height - (int)t->rows->len);
    if ((int)t->rows->len < height) {
        int came = shift(t, TABLE_BEFORE, height - (int)t->rows->len);
        t->cursor += MAX(came, 0);
    }
}

GArray *table_all_ids(struct table *t, guint max, gboolean *ret_many)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    struct table_row *anchor = NULL;
    gboolean more = TRUE;
    *ret_many = FALSE;
    while (more) {
        g_autoptr(GPtrArray) got = fetch(t, anchor, TABLE_AFTER, IDS_AT_ONCE, &more);
        table_row_free(anchor);
        if (got == NULL)
            return NULL;
        for (guint i = 0; i < got->len; i++)
            g_array_append_val(ids, ((struct table_row *)g_ptr_array_index(got, i))->id);
        if (ids->len > max || (more && ids->len == max)) {
            *ret_many = TRUE;
            return NULL;
        }
        anchor = got->len > 0 ? g_ptr_array_steal_index(got, got->len - 1) : NULL;
        more = more && anchor != NULL;
    }
    table_row_free(anchor);
    return g_steal_pointer(&ids);
}

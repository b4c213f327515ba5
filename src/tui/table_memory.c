/*
 * The source of tables whose rows are all in memory. What is shown is made anew when the rows
 * or the query change; reading is then by index.
 */
#include "config.h"

#include "tui/table_memory.h"

#include <string.h>

#include "base/text.h"

/* What sorting needs of a row: words are made when they are first compared. */
struct sort_key {
    int n;
    char **words; /* owned; n, one a column; NULL: not made yet */
};

static void free_key(gpointer p)
{
    struct sort_key *k = p;
    for (int i = 0; i < k->n; i++)
        g_free(k->words[i]);
    g_free(k->words);
    g_free(k);
}

void table_memory_init(struct table_memory *m, const struct table_spec *spec)
{
    memset(m, 0, sizeof *m);
    m->spec = spec;
    m->all = g_ptr_array_new_with_free_func((GDestroyNotify)table_row_free);
    m->keys = g_ptr_array_new_with_free_func(free_key);
    m->shown = g_ptr_array_new();
}

void table_memory_clear(struct table_memory *m)
{
    g_clear_pointer(&m->shown, g_ptr_array_unref);
    g_clear_pointer(&m->keys, g_ptr_array_unref);
    g_clear_pointer(&m->all, g_ptr_array_unref);
    g_clear_pointer(&m->query, g_free);
    m->spec = NULL;
}

void table_memory_begin(struct table_memory *m)
{
    g_ptr_array_set_size(m->shown, 0);
    g_ptr_array_set_size(m->keys, 0);
    g_ptr_array_set_size(m->all, 0);
    g_clear_pointer(&m->query, g_free);
}

void table_memory_take(struct table_memory *m, struct table_row *row)
{
    if (m->all->len >= TABLE_MEMORY_MAX) {
        table_row_free(row);
        return;
    }
    g_clear_pointer(&m->query, g_free);
    struct sort_key *key = g_new0(struct sort_key, 1);
    key->n = row->n;
    key->words = g_new0(char *, (gsize)MAX(row->n, 1));
    g_ptr_array_add(m->all, row);
    g_ptr_array_add(m->keys, key);
}

const struct table_row *table_memory_find(const struct table_memory *m, gint64 id)
{
    for (guint i = 0; i < m->all->len; i++) {
        const struct table_row *row = g_ptr_array_index(m->all, i);
        if (row->id == id)
            return row;
    }
    return NULL;
}

/* ---- order ---- */

/* Case does not count, and "wave 2" stands before "wave 10". */
static char *word_key(const char *text)
{
    g_autofree char *safe = text_safe(text, -1, 200);
    g_autofree char *folded = g_utf8_casefold(safe, -1);
    return g_utf8_collate_key_for_filename(folded, -1);
}

static const char *key_word(const struct table_memory *m, guint place, int column)
{
    struct sort_key *k = g_ptr_array_index(m->keys, place);
    const struct table_row *row = g_ptr_array_index(m->all, place);
    if (k->words[column] == NULL)
        k->words[column] = word_key(row->cells[column].text);
    return k->words[column];
}

static int compare_cells(const struct table_memory *m, guint a, guint b, int column)
{
    const struct table_row *x = g_ptr_array_index(m->all, a);
    const struct table_row *y = g_ptr_array_index(m->all, b);
    if (column >= x->n || column >= y->n)
        return 0;
    gint64 p = x->cells[column].number, q = y->cells[column].number;
    if (p != q) /* what has no number stands before all that have one */
        return p < q ? -1 : 1;
    return p != G_MININT64 ? 0 : strcmp(key_word(m, a, column), key_word(m, b, column));
}

struct order {
    const struct table_memory *m;
    const struct table_query *q;
};

static int compare_places(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct order *o = data;
    guint x = *(const guint *)a, y = *(const guint *)b;
    for (int i = 0; i < 2 && o->q->sort[i].column >= 0; i++) {
        int d = compare_cells(o->m, x, y, o->q->sort[i].column);
        if (d != 0)
            return o->q->sort[i].is_descending ? -d : d;
    }
    return x < y ? -1 : x > y;
}

/* ---- filter ---- */

static gboolean row_matches(const struct table_memory *m, const struct table_row *row,
                            const struct filter *f)
{
    const char *fields[TABLE_COLUMNS_MAX + 1] = {0}, *texts[TABLE_COLUMNS_MAX + 1] = {0};
    gint64 numbers[TABLE_COLUMNS_MAX];
    for (int i = 0; i < m->spec->n && i < row->n; i++) {
        fields[i] = m->spec->columns[i].key;
        texts[i] = row->cells[i].text;
        numbers[i] = row->cells[i].number;
    }
    return filter_matches(f, fields, texts, numbers);
}

static char *signature(const struct table_query *q)
{
    return g_strdup_printf("%d%c%d%c %s", q->sort[0].column,
                           q->sort[0].is_descending ? '-' : '+', q->sort[1].column,
                           q->sort[1].is_descending ? '-' : '+',
                           q->filter->n > 0 ? q->filter->text : "");
}

static void refresh(struct table_memory *m, const struct table_query *q)
{
    g_autofree char *query = signature(q);
    if (g_strcmp0(query, m->query) == 0)
        return;
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < m->all->len; i++) {
        if (q->filter->n == 0 || row_matches(m, g_ptr_array_index(m->all, i), q->filter))
            g_array_append_val(places, i);
    }
    struct order o = {.m = m, .q = q};
    if (q->sort[0].column >= 0)
        g_array_sort_with_data(places, compare_places, &o);
    g_ptr_array_set_size(m->shown, 0);
    for (guint i = 0; i < places->len; i++)
        g_ptr_array_add(m->shown, g_ptr_array_index(m->all, g_array_index(places, guint, i)));
    g_free(m->query);
    m->query = g_steal_pointer(&query);
}

/* ---- reading ---- */

static struct table_row *copy_row(const struct table_row *from, guint place)
{
    struct table_row *row = table_row_new(from->id, from->n);
    row->role = from->role;
    /* Where it stood, for when it is gone: what moved up into its place comes next. */
    row->key = g_strdup_printf("%u", place);
    for (int i = 0; i < from->n; i++) {
        table_row_take(row, i, g_strdup(from->cells[i].text), from->cells[i].number);
        row->cells[i].role = from->cells[i].role;
    }
    return row;
}

static gint64 place_of(const struct table_memory *m, gint64 id)
{
    for (guint i = 0; i < m->shown->len; i++) {
        if (((const struct table_row *)g_ptr_array_index(m->shown, i))->id == id)
            return i;
    }
    return -1;
}

gboolean table_memory_fetch(void *data, const struct table_query *q,
                            const struct table_row *anchor, enum table_way way, int n,
                            GPtrArray *out, GError **error)
{
    struct table_memory *m = data;
    (void)error;
    refresh(m, q);
    gint64 len = m->shown->len;
    gint64 at = way == TABLE_AFTER ? 0 : len - 1;
    if (anchor != NULL) {
        gint64 place = place_of(m, anchor->id);
        gint64 was = anchor->key != NULL ? g_ascii_strtoll(anchor->key, NULL, 10) : 0;
        if (way == TABLE_AFTER)
            at = place >= 0 ? place + 1 : was;
        else
            at = (place >= 0 ? place : MIN(was, len)) - 1;
    }
    for (int i = 0; i < n && at >= 0 && at < len; i++, at += way == TABLE_AFTER ? 1 : -1)
        g_ptr_array_add(out, copy_row(g_ptr_array_index(m->shown, at), (guint)at));
    return TRUE;
}

struct table_row *table_memory_row(void *data, const struct table_query *q, gint64 id,
                                   GError **error)
{
    struct table_memory *m = data;
    (void)error;
    refresh(m, q);
    gint64 at = place_of(m, id);
    return at >= 0 ? copy_row(g_ptr_array_index(m->shown, at), (guint)at) : NULL;
}

gint64 table_memory_count(void *data, const struct table_query *q)
{
    struct table_memory *m = data;
    gint64 n = 0;
    if (q->filter->n == 0)
        return m->all->len;
    refresh(m, q);
    n = m->shown->len;
    return n;
}

gint64 table_memory_position(void *data, const struct table_query *q,
                             const struct table_row *row)
{
    struct table_memory *m = data;
    refresh(m, q);
    gint64 at = place_of(m, row->id);
    return at >= 0 ? at + 1 : -1;
}

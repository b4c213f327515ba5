/*
 * A source of table rows that is read by keyset, as from a database: an order of (value, id),
 * anchors by the key they had when they were read, rows that come, go and change meanwhile.
 */
#ifndef CRIER_TEST_ROWS_H
#define CRIER_TEST_ROWS_H

#include <glib.h>

#include "base/error.h"
#include "tui/table.h"

struct record {
    gint64 id, value;
};
struct records {
    GArray *all; /* of struct record, in no order */
    int fetched; /* rows that were handed out */
    gboolean fails;
    gboolean is_uncounted;
};

enum { RECORD_NAME, RECORD_STATE, RECORD_VALUE, RECORD_COLUMNS };

static inline const char *record_state(gint64 value)
{
    return value % 3 == 0 ? "ready" : "sending";
}

static inline struct table_row *record_row(struct record r)
{
    struct table_row *row = table_row_new(r.id, RECORD_COLUMNS);
    table_row_format(row, RECORD_NAME, "row %" G_GINT64_FORMAT, r.id);
    table_row_set(row, RECORD_STATE, record_state(r.value));
    table_row_number(row, RECORD_VALUE, r.value);
    row->key = g_strdup_printf("%" G_GINT64_FORMAT, r.value);
    return row;
}

static inline gboolean record_matches(struct record r, const struct filter *f)
{
    struct table_row *row = record_row(r);
    const char *fields[] = {"name", "state", "value", NULL};
    const char *texts[] = {row->cells[0].text, row->cells[1].text, row->cells[2].text, NULL};
    gint64 numbers[] = {row->cells[0].number, row->cells[1].number, row->cells[2].number};
    gboolean matches = filter_matches(f, fields, texts, numbers);
    table_row_free(row);
    return matches;
}

/* By value, then by id; without a sort order by id alone. */
static inline int record_compare(const struct table_query *q, struct record a, struct record b)
{
    gboolean by_value = q->sort[0].column == RECORD_VALUE;
    int d = by_value ? (a.value > b.value) - (a.value < b.value) : 0;
    if (by_value && q->sort[0].is_descending)
        d = -d;
    return d != 0 ? d : (a.id > b.id) - (a.id < b.id);
}

static inline int record_by_query(gconstpointer a, gconstpointer b, gpointer q)
{
    return record_compare(q, *(const struct record *)a, *(const struct record *)b);
}

/* All that the query shows, in its order. Caller unrefs. */
static inline GArray *records_of(struct records *r, const struct table_query *q)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct record));
    for (guint i = 0; i < r->all->len; i++) {
        struct record one = g_array_index(r->all, struct record, i);
        if (record_matches(one, q->filter))
            g_array_append_val(out, one);
    }
    g_array_sort_with_data(out, record_by_query, (gpointer)q);
    return out;
}

static inline gboolean records_fetch(void *data, const struct table_query *q,
                                     const struct table_row *anchor, enum table_way way, int n,
                                     GPtrArray *out, GError **error)
{
    struct records *r = data;
    if (r->fails) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN, "the database is locked");
        return FALSE;
    }
    g_autoptr(GArray) all = records_of(r, q);
    struct record at = {0};
    if (anchor != NULL)
        at = (struct record){anchor->id, g_ascii_strtoll(anchor->key, NULL, 10)};
    for (guint i = 0; i < all->len && n > 0; i++) {
        guint index = way == TABLE_AFTER ? i : all->len - 1 - i;
        struct record one = g_array_index(all, struct record, index);
        int d = anchor == NULL ? 0 : record_compare(q, one, at);
        if (anchor != NULL && (way == TABLE_AFTER ? d <= 0 : d >= 0))
            continue;
        g_ptr_array_add(out, record_row(one));
        r->fetched++;
        n--;
    }
    return TRUE;
}

static inline struct table_row *records_find(void *data, const struct table_query *q, gint64 id,
                                             GError **error)
{
    struct records *r = data;
    if (r->fails) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN, "the database is locked");
        return NULL;
    }
    for (guint i = 0; i < r->all->len; i++) {
        struct record one = g_array_index(r->all, struct record, i);
        if (one.id == id)
            return record_matches(one, q->filter) ? record_row(one) : NULL;
    }
    return NULL;
}

static inline gint64 records_count(void *data, const struct table_query *q)
{
    struct records *r = data;
    if (r->is_uncounted)
        return -1;
    g_autoptr(GArray) all = records_of(r, q);
    return all->len;
}

static const struct table_source records_source = {
    .fetch = records_fetch, .find = records_find, .count = records_count};

static const struct table_column record_columns[RECORD_COLUMNS] = {
    {"name", "NAME", .width = 20, .min = 8, .grow = 1, .flags = TABLE_SORT},
    {"state", "STATE", .width = 9},
    {"value", "VALUE", .width = 8, .priority = 1, .plain = "to %s",
     .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING},
};

static inline void records_add(struct records *r, gint64 id, gint64 value)
{
    struct record one = {id, value};
    g_array_append_val(r->all, one);
}

static inline void records_remove(struct records *r, gint64 id)
{
    for (guint i = 0; i < r->all->len; i++) {
        if (g_array_index(r->all, struct record, i).id == id) {
            g_array_remove_index_fast(r->all, i);
            return;
        }
    }
}

static inline void records_init(struct records *r, int n)
{
    memset(r, 0, sizeof *r);
    r->all = g_array_new(FALSE, FALSE, sizeof(struct record));
    for (int i = 1; i <= n; i++)
        records_add(r, i, i * 10);
}

#endif

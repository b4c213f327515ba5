/* Rows in memory as the source of a table: order, filter, neighbours of rows that are gone. */
#include "config.h"

#include "tui/table_memory.h"

#include <string.h>

static const struct table_source source = TABLE_MEMORY_SOURCE;
static const struct table_column columns[] = {
    {"name", "NAME", .width = 20, .flags = TABLE_SORT},
    {"state", "STATE", .width = 9, .flags = TABLE_SORT},
    {"to", "TO", .width = 8, .flags = TABLE_SORT | TABLE_RIGHT},
};
static const struct table_spec spec = {
    .name = "test", .columns = columns, .n = 3, .source = &source};

static void take(struct table_memory *m, gint64 id, const char *name, const char *state,
                 gint64 to)
{
    struct table_row *row = table_row_new(id, 3);
    table_row_set(row, 0, name);
    table_row_role(row, 1, ROLE_OK, state);
    if (to >= 0)
        table_row_number(row, 2, to);
    else
        table_row_set(row, 2, "-");
    row->role = id == 3 ? ROLE_MUTED : ROLE_NORMAL;
    table_memory_take(m, row);
}

static void fill(struct table_memory *m)
{
    table_memory_begin(m);
    take(m, 1, "Wave 10", "sending", 12480);
    take(m, 2, "wave 2", "done", 980);
    take(m, 3, "Ärger", "done", -1);
    take(m, 4, "apple", "sending", 980);
    take(m, 5, "Wave 2", "paused", 50211);
}

/* Ids as the query shows them: "4 3 2". */
static char *ids(struct table_memory *m, const char *filter, struct table_sort first,
                 struct table_sort second)
{
    static const char *const fields[] = {"name", "state", "to", NULL};
    struct filter f = {0};
    g_assert_true(filter_parse(&f, filter, fields, NULL));
    struct table_query q = {.filter = &f, .sort = {first, second}};
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)table_row_free);
    g_assert_true(table_memory_fetch(m, &q, NULL, TABLE_AFTER, 100, out, NULL));
    g_assert_cmpint(table_memory_count(m, &q), ==, out->len);
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < out->len; i++) {
        const struct table_row *row = g_ptr_array_index(out, i);
        g_assert_cmpint(table_memory_position(m, &q, row), ==, i + 1);
        g_string_append_printf(s, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "", row->id);
    }
    filter_clear(&f);
    return g_string_free(s, FALSE);
}

static void test_orders(void)
{
    static const struct table_sort none = {-1, FALSE};
    static const struct {
        const char *filter;
        struct table_sort first, second;
        const char *ids;
    } rows[] = {
        {"", {-1, FALSE}, {-1, FALSE}, "1 2 3 4 5"},
        {"", {0, FALSE}, {-1, FALSE}, "4 2 5 1 3"}, /* 2 before 10, case does not count */
        {"", {0, TRUE}, {-1, FALSE}, "3 1 2 5 4"},  /* equals stay as they came */
        {"", {2, FALSE}, {-1, FALSE}, "3 2 4 1 5"}, /* without a number first */
        {"", {2, TRUE}, {0, FALSE}, "5 1 4 2 3"},
        {"", {1, FALSE}, {2, TRUE}, "2 3 5 1 4"},
        {"wave", {2, TRUE}, {-1, FALSE}, "5 1 2"},
        {"state:done|paused -to:>1000", {0, FALSE}, {-1, FALSE}, "2 3"},
        {"nothing", {0, FALSE}, {-1, FALSE}, ""},
    };
    struct table_memory m;
    table_memory_init(&m, &spec);
    fill(&m);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = ids(&m, rows[i].filter, rows[i].first, rows[i].second);
        g_assert_cmpstr(got, ==, rows[i].ids);
    }
    /* New rows are not hidden behind the old answer. */
    take(&m, 6, "Zoo", "done", 1);
    g_autofree char *more = ids(&m, "nothing|zoo", none, none);
    g_assert_cmpstr(more, ==, "6");
    table_memory_clear(&m);
}

static void test_copies_rows(void)
{
    struct table_memory m;
    struct table t;
    table_memory_init(&m, &spec);
    fill(&m);
    table_init(&t, &spec, &m, NULL);
    table_load(&t);
    g_assert_true(table_go_to(&t, 3));
    const struct table_row *row = table_current(&t);
    table_memory_begin(&m); /* the table keeps what it shows */
    g_assert_cmpstr(row->cells[0].text, ==, "Ärger");
    g_assert_cmpint(row->cells[1].role, ==, ROLE_OK);
    g_assert_cmpint(row->role, ==, ROLE_MUTED);
    g_assert_cmpint(row->cells[2].number, ==, G_MININT64);
    g_assert_null(table_memory_find(&m, 3));
    fill(&m);
    g_assert_cmpstr(table_memory_find(&m, 3)->cells[0].text, ==, "Ärger");
    table_clear(&t);
    table_memory_clear(&m);
}

/* The row under the cursor was deleted: the one that came up into its place is next. */
static void test_vanished(void)
{
    struct table_memory m;
    struct table t;
    table_memory_init(&m, &spec);
    fill(&m);
    table_init(&t, &spec, &m, NULL);
    table_load(&t);
    g_assert_true(table_go_to(&t, 2));
    table_memory_begin(&m);
    take(&m, 1, "a", "", 1);
    take(&m, 3, "b", "", 1);
    take(&m, 4, "c", "", 1);
    table_load(&t);
    g_assert_cmpint(table_current_id(&t), ==, 3);
    g_assert_true(table_go_to(&t, 4));
    table_memory_begin(&m);
    take(&m, 1, "a", "", 1);
    table_load(&t);
    g_assert_cmpint(table_current_id(&t), ==, 1);
    table_memory_begin(&m);
    table_load(&t);
    g_assert_null(table_current(&t));
    table_clear(&t);
    table_memory_clear(&m);
}

static void test_bounded(void)
{
    struct table_memory m;
    table_memory_init(&m, &spec);
    for (int i = 0; i < TABLE_MEMORY_MAX + 5; i++)
        table_memory_take(&m, table_row_new(i + 1, 0));
    g_assert_cmpint(m.all->len, ==, TABLE_MEMORY_MAX);
    table_memory_clear(&m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/table-memory/orders", test_orders);
    g_test_add_func("/table-memory/copies-rows", test_copies_rows);
    g_test_add_func("/table-memory/vanished", test_vanished);
    g_test_add_func("/table-memory/bounded", test_bounded);
    return g_test_run();
}

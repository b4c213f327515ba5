/*
 * The window of a table over rows that come, go and change places; marks, sort orders, what is
 * kept. The source is read by keyset, as a database is.
 */
#include "config.h"

#include "tui/table.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/unit/tui/keys.h"
#include "tests/unit/tui/rows.h"
#include "tui/menu.h"
#include "tui/prefs.h"
#include "tui/table_private.h"
#include "tui/ui.h"

static const struct table_spec spec = {
    .name = "test",
    .columns = record_columns,
    .n = RECORD_COLUMNS,
    .source = &records_source,
};

/* ---- what the table says to the person ---- */

static int failures;
static struct menu asked; /* the menu that was opened last */
static void (*asked_done)(struct ui *ui, const gint64 *ids, int n, void *data);
static void *asked_data;
static char *asked_labels;

void __wrap_ui_fail(struct ui *ui, GError *error);
void __wrap_menu_ask(struct ui *ui, const struct menu *m,
                     void (*done)(struct ui *ui, const gint64 *ids, int n, void *data),
                     void *data, GDestroyNotify free_data);

void __wrap_ui_fail(struct ui *ui, GError *error)
{
    (void)ui;
    g_assert_nonnull(error);
    failures++;
    g_error_free(error);
}

void __wrap_menu_ask(struct ui *ui, const struct menu *m,
                     void (*done)(struct ui *ui, const gint64 *ids, int n, void *data),
                     void *data, GDestroyNotify free_data)
{
    (void)ui;
    (void)free_data;
    asked = *m;
    asked_done = done;
    asked_data = data;
    GString *labels = g_string_new(NULL);
    for (int i = 0; i < m->n; i++)
        g_string_append_printf(labels, "%s%s%s", i > 0 ? " " : "", m->items[i].label,
                               m->items[i].is_marked ? "*" : "");
    g_free(asked_labels);
    asked_labels = g_string_free(labels, FALSE);
}

static struct ui *any_ui(void)
{
    static int dummy;
    return (struct ui *)&dummy;
}

/* ---- a table and what is true of it ---- */

struct place {
    struct records records;
    struct table table;
};

static void check(struct place *p)
{
    struct table *t = &p->table;
    struct table_query q = table_query(t);
    g_assert_cmpint(t->rows->len, <=, MAX(t->height, 20));
    if (t->rows->len == 0)
        g_assert_cmpint(t->cursor, ==, 0);
    else
        g_assert_cmpint(t->cursor, <, t->rows->len);
    g_assert_cmpint(t->cursor, >=, 0);
    for (guint i = 1; i < t->rows->len; i++) {
        const struct table_row *a = g_ptr_array_index(t->rows, i - 1);
        const struct table_row *b = g_ptr_array_index(t->rows, i);
        struct record x = {a->id, g_ascii_strtoll(a->key, NULL, 10)};
        struct record y = {b->id, g_ascii_strtoll(b->key, NULL, 10)};
        g_assert_cmpint(record_compare(&q, x, y), <, 0);
    }
}

/* After table_load(): the window is a run of what the query gives, as long as it can be. */
static void check_fresh(struct place *p)
{
    struct table *t = &p->table;
    struct table_query q = table_query(t);
    g_autoptr(GArray) all = records_of(&p->records, &q);
    check(p);
    g_assert_cmpint(t->rows->len, ==, MIN((guint)(t->height > 0 ? t->height : 20), all->len));
    guint from = 0;
    while (t->rows->len > 0 && g_array_index(all, struct record, from).id !=
                                   ((struct table_row *)g_ptr_array_index(t->rows, 0))->id)
        g_assert_cmpint(++from, <, all->len);
    for (guint i = 0; i < t->rows->len; i++) {
        const struct table_row *row = g_ptr_array_index(t->rows, i);
        g_assert_cmpint(g_array_index(all, struct record, from + i).id, ==, row->id);
    }
    g_assert_cmpint(t->at_start, ==, from == 0);
    g_assert_cmpint(t->at_end, ==, from + t->rows->len == all->len);
    g_assert_cmpint(t->shown, ==, p->records.is_uncounted ? -1 : (gint64)all->len);
}

static void open_place(struct place *p, int rows, int height)
{
    records_init(&p->records, rows);
    table_init(&p->table, &spec, &p->records, any_ui());
    table_load(&p->table);
    table_fit(&p->table, height);
    check_fresh(p);
}

static void close_place(struct place *p)
{
    table_clear(&p->table);
    table_clear(&p->table);
    g_array_unref(p->records.all);
}

static enum table_result type(struct place *p, const char *keys)
{
    enum table_result r = TABLE_IGNORED;
    while (*keys != '\0') {
        struct term_event e = key_event(next_key(&keys));
        r = table_event(&p->table, &e);
    }
    check(p);
    return r;
}

static gint64 first_id(const struct place *p)
{
    return ((const struct table_row *)g_ptr_array_index(p->table.rows, 0))->id;
}

/* ---- moving ---- */

static void test_moves(void)
{
    static const struct {
        const char *keys;
        gint64 cursor, first; /* ids, of rows 1…100 in a window of 10 */
    } rows[] = {
        {"", 1, 1},
        {"<Up>", 1, 1},
        {"<Down>", 2, 1},
        {"jjjk", 3, 1},
        {"jjjjjjjjj", 10, 1},
        {"jjjjjjjjjj", 11, 2},
        {"jjjjjjjjjjk", 10, 2},
        {"<PgDn>", 10, 10},
        {"<PgDn><PgDn>", 19, 19},
        {"jj<PgDn>", 12, 10},
        {"<^F><^B>", 1, 1},
        {"G", 100, 91},
        {"<End><Up>", 99, 91},
        {"<End><PgUp>", 91, 82},
        {"<End><PgDn>", 100, 91},
        {"Gg", 1, 1},
        {"<End><Home><Down>", 2, 1},
        {"j<PgUp>", 1, 1},
        {"Gk<PgDn>", 100, 91},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct place p;
        open_place(&p, 100, 10);
        type(&p, rows[i].keys);
        g_assert_cmpint(table_current_id(&p.table), ==, rows[i].cursor);
        g_assert_cmpint(first_id(&p), ==, rows[i].first);
        close_place(&p);
    }
}

static void test_results(void)
{
    struct place p;
    open_place(&p, 3, 10);
    g_assert_cmpint(type(&p, "k"), ==, TABLE_TAKEN);
    g_assert_cmpint(type(&p, "j"), ==, TABLE_MOVED);
    g_assert_cmpint(type(&p, "<Enter>"), ==, TABLE_OPEN);
    g_assert_cmpint(type(&p, "<Esc>"), ==, TABLE_IGNORED);
    g_assert_cmpint(type(&p, "x"), ==, TABLE_IGNORED);
    g_assert_cmpint(type(&p, "<Left>"), ==, TABLE_IGNORED);
    close_place(&p);
    open_place(&p, 0, 10);
    g_assert_null(table_current(&p.table));
    g_assert_cmpint(type(&p, "jGg<PgUp><PgDn>k"), ==, TABLE_TAKEN);
    g_assert_cmpint(type(&p, "<Enter>"), ==, TABLE_IGNORED);
    g_assert_cmpint(type(&p, "<Space>"), ==, TABLE_IGNORED);
    close_place(&p);
}

/* A key reads what it shows, not the table. */
static void test_reads_little(void)
{
    struct place p;
    open_place(&p, 100000, 20);
    p.records.fetched = 0;
    type(&p, "jjjjj");
    g_assert_cmpint(p.records.fetched, ==, 0);
    type(&p, "<PgDn>");
    g_assert_cmpint(p.records.fetched, <=, 21);
    p.records.fetched = 0;
    type(&p, "G");
    g_assert_cmpint(p.records.fetched, <=, 21);
    p.records.fetched = 0;
    table_load(&p.table);
    g_assert_cmpint(p.records.fetched, <=, 45);
    close_place(&p);
}

/* ---- rows that come and go ---- */

static void test_cursor_keeps_to_its_row(void)
{
    struct place p;
    open_place(&p, 100, 10);
    type(&p, "<PgDn><PgDn>jj");
    gint64 id = table_current_id(&p.table);
    int offset = p.table.cursor;
    records_remove(&p.records, 3);
    records_remove(&p.records, id + 1);
    records_add(&p.records, 1000, 55);
    table_load(&p.table);
    check_fresh(&p);
    g_assert_cmpint(table_current_id(&p.table), ==, id);
    g_assert_cmpint(p.table.cursor, ==, offset);
    close_place(&p);
}

static void test_vanished(void)
{
    struct place p;
    open_place(&p, 100, 10);
    type(&p, "<PgDn>jjj");
    gint64 id = table_current_id(&p.table);
    records_remove(&p.records, id);
    table_load(&p.table);
    check_fresh(&p);
    g_assert_cmpint(table_current_id(&p.table), ==, id + 1);
    type(&p, "G");
    records_remove(&p.records, 100);
    table_load(&p.table);
    check_fresh(&p);
    g_assert_cmpint(table_current_id(&p.table), ==, 99);
    g_array_set_size(p.records.all, 0);
    table_load(&p.table);
    check_fresh(&p);
    g_assert_null(table_current(&p.table));
    records_add(&p.records, 7, 7);
    table_load(&p.table);
    check_fresh(&p);
    g_assert_cmpint(table_current_id(&p.table), ==, 7);
    close_place(&p);
}

/* Sorted by what changes, the cursor goes where its row goes. */
static void test_row_moves(void)
{
    struct place p;
    open_place(&p, 100, 10);
    table_sort_by(&p.table, RECORD_VALUE);
    g_assert_true(table_go_to(&p.table, 50));
    for (guint i = 0; i < p.records.all->len; i++) {
        struct record *r = &g_array_index(p.records.all, struct record, i);
        if (r->id == 50)
            r->value = 5000;
    }
    table_load(&p.table);
    check_fresh(&p);
    g_assert_cmpint(table_current_id(&p.table), ==, 50);
    g_assert_cmpint(first_id(&p), ==, 50); /* the greatest first */
    g_assert_false(table_go_to(&p.table, 4711));
    g_assert_cmpint(table_current_id(&p.table), ==, 50);
    close_place(&p);
}

/* A row that is in sight is gone to without moving the others. */
static void test_go_to(void)
{
    struct place p;
    open_place(&p, 100, 10);
    type(&p, "<PgDn>");
    g_assert_true(table_go_to(&p.table, 15));
    g_assert_cmpint(table_current_id(&p.table), ==, 15);
    g_assert_cmpint(first_id(&p), ==, 10);
    g_assert_true(table_go_to(&p.table, 60));
    check_fresh(&p);
    g_assert_cmpint(table_current_id(&p.table), ==, 60);
    g_assert_cmpint(first_id(&p), ==, 57);
    close_place(&p);
}

static void test_follow(void)
{
    static const struct table_spec log = {.name = "log",
                                          .columns = record_columns,
                                          .n = RECORD_COLUMNS,
                                          .source = &records_source,
                                          .sort = "value-",
                                          .flags = TABLE_FOLLOW};
    struct place p;
    records_init(&p.records, 30);
    table_init(&p.table, &log, &p.records, any_ui());
    table_load(&p.table);
    table_fit(&p.table, 10);
    records_add(&p.records, 31, 310);
    table_load(&p.table);
    g_assert_cmpint(table_current_id(&p.table), ==, 31);
    type(&p, "j");
    records_add(&p.records, 32, 320);
    table_load(&p.table);
    g_assert_cmpint(table_current_id(&p.table), ==, 30);
    close_place(&p);
}

/* The old rows stay when the source fails, and the person is told. */
static void test_failures(void)
{
    struct place p;
    open_place(&p, 100, 10);
    type(&p, "jj");
    p.records.fails = TRUE;
    failures = 0;
    table_load(&p.table);
    g_assert_cmpint(failures, ==, 1);
    type(&p, "<PgDn>Gg*");
    g_assert_cmpint(failures, ==, 5);
    g_assert_cmpint(table_current_id(&p.table), ==, 3);
    g_assert_cmpint(p.table.rows->len, ==, 10);
    p.records.fails = FALSE;
    table_load(&p.table);
    check_fresh(&p);
    close_place(&p);
}

static void test_resizes(void)
{
    static const int heights[] = {10, 1, 3, 60, 5, 0, -4, 7, 200, 2, 20};
    struct place p;
    open_place(&p, 100, 10);
    g_assert_true(table_go_to(&p.table, 95));
    for (gsize i = 0; i < G_N_ELEMENTS(heights); i++) {
        table_fit(&p.table, heights[i]);
        check_fresh(&p);
        g_assert_cmpint(table_current_id(&p.table), ==, 95);
    }
    close_place(&p);
}

/* ---- filter, marks ---- */

static void test_filter(void)
{
    struct place p;
    open_place(&p, 48, 10);
    g_assert_null(table_hint(&p.table));
    g_assert_cmpstr(table_counts(&p.table), ==, "48");
    type(&p, "/state:ready");
    g_assert_true(table_is_asking(&p.table));
    g_assert_false(table_is_filtered(&p.table)); /* this source is not quick */
    type(&p, "<Enter>");
    g_assert_false(table_is_asking(&p.table));
    check_fresh(&p);
    g_assert_cmpstr(table_hint(&p.table), ==, "Filter: state:ready   16 of 48   Esc clears");
    g_assert_cmpstr(table_counts(&p.table), ==, "16 of 48 shown");
    gint64 id = table_current_id(&p.table);
    type(&p, "<Esc>");
    check_fresh(&p);
    g_assert_null(table_hint(&p.table));
    g_assert_cmpint(table_current_id(&p.table), ==, id);
    close_place(&p);
}

static void test_filter_is_left(void)
{
    struct place p;
    open_place(&p, 48, 10);
    type(&p, "/ready<Enter>/zzz<Esc>"); /* what was typed anew is dropped */
    g_assert_cmpstr(p.table.filter.text, ==, "ready");
    type(&p, "/<^U><Enter>");
    g_assert_false(table_is_filtered(&p.table));
    type(&p, "/x<BS><BS>");
    g_assert_false(table_is_asking(&p.table));
    type(&p, "/(/<Enter>");
    g_assert_false(table_is_asking(&p.table)); /* a word: no slash before it */
    type(&p, "/<^U>/(/<Enter>");
    g_assert_true(table_is_asking(&p.table)); /* no regular expression: it stays open */
    g_assert_nonnull(strstr(table_hint(&p.table), "regular expression"));
    type(&p, "<Esc>");
    g_assert_false(table_is_asking(&p.table));
    type(&p, "/<^U>stat:x<Enter>");
    g_assert_cmpstr(table_hint(&p.table), ==,
                    "Filter: stat:x   0 of 48   \"stat\" is no column: did you mean state:?   "
                    "Esc clears");
    close_place(&p);
}

static void test_many(void)
{
    struct place p;
    open_place(&p, 48, 10);
    p.records.is_uncounted = TRUE;
    table_set_filter(&p.table, "row");
    g_assert_cmpstr(table_hint(&p.table), ==, "Filter: row   many of many   Esc clears");
    close_place(&p);
}

static void test_marks(void)
{
    struct place p;
    open_place(&p, 48, 10);
    g_autoptr(GArray) one = table_targets(&p.table);
    g_assert_cmpint(one->len, ==, 1);
    g_assert_cmpint(g_array_index(one, gint64, 0), ==, 1);
    type(&p, "<Space><Space>j<Space>");
    g_assert_cmpstr(table_hint(&p.table), ==, "3 marked");
    g_autoptr(GArray) three = table_targets(&p.table);
    g_assert_cmpint(three->len, ==, 3);
    g_assert_cmpint(g_array_index(three, gint64, 2), ==, 4);
    type(&p, "g<Space>");
    g_assert_cmpint(table_marked(&p.table), ==, 2);
    type(&p, "*");
    g_assert_cmpint(table_marked(&p.table), ==, 48);
    type(&p, "*");
    g_assert_cmpint(table_marked(&p.table), ==, 0);
    table_set_filter(&p.table, "state:ready");
    type(&p, "*");
    g_assert_cmpint(table_marked(&p.table), ==, 16);
    type(&p, "<Esc>");
    g_assert_cmpint(table_marked(&p.table), ==, 16);
    records_remove(&p.records, 3);
    table_load(&p.table);
    g_assert_cmpint(table_marked(&p.table), ==, 15);
    g_assert_false(table_is_marked(&p.table, 3));
    table_unmark_all(&p.table);
    g_assert_null(table_hint(&p.table));
    close_place(&p);
}

static void test_other_data(void)
{
    struct place p;
    struct records other;
    open_place(&p, 48, 10);
    records_init(&other, 3);
    type(&p, "<Space>G/ready<Enter>/x");
    table_set_data(&p.table, &other);
    g_assert_cmpint(p.table.rows->len, ==, 3);
    g_assert_cmpint(table_current_id(&p.table), ==, 1);
    g_assert_null(table_hint(&p.table));
    g_array_unref(other.all);
    close_place(&p);
}

/* ---- what the person chooses ---- */

static void test_sort_keys(void)
{
    struct place p;
    open_place(&p, 48, 10);
    type(&p, ">");
    g_assert_cmpint(p.table.sort[0].column, ==, RECORD_NAME);
    g_assert_false(p.table.sort[0].is_descending);
    type(&p, ">");
    g_assert_cmpint(p.table.sort[0].column, ==, RECORD_VALUE);
    g_assert_true(p.table.sort[0].is_descending);
    g_assert_cmpint(p.table.sort[1].column, ==, RECORD_NAME);
    check_fresh(&p);
    g_assert_cmpint(table_current_id(&p.table), ==, 1); /* kept to its row */
    type(&p, "I");
    g_assert_false(p.table.sort[0].is_descending);
    type(&p, "<lt>");
    g_assert_cmpint(p.table.sort[0].column, ==, RECORD_NAME);
    close_place(&p);
}

static void test_menus(void)
{
    struct place p;
    open_place(&p, 48, 10);
    type(&p, "s");
    g_assert_cmpstr(asked_labels, ==, "NAME VALUE");
    asked_done(NULL, (const gint64[]){RECORD_VALUE}, 1, asked_data);
    g_assert_cmpint(p.table.sort[0].column, ==, RECORD_VALUE);
    type(&p, "s");
    g_assert_cmpstr(asked_labels, ==, "NAME VALUE*");
    type(&p, "C");
    g_assert_cmpstr(asked_labels, ==, "NAME* STATE* VALUE*");
    /* The two that always stay cannot be taken away. */
    asked_done(NULL, (const gint64[]){RECORD_STATE}, 1, asked_data);
    type(&p, "C");
    g_assert_cmpstr(asked_labels, ==, "STATE* NAME* VALUE");
    close_place(&p);
}

static void test_kept(void)
{
    struct place p;
    open_place(&p, 48, 10);
    type(&p, "C");
    asked_done(NULL, (const gint64[]){RECORD_STATE, RECORD_NAME}, 2, asked_data);
    table_sort_by(&p.table, RECORD_NAME);
    table_sort_by(&p.table, RECORD_VALUE);
    close_place(&p);
    open_place(&p, 48, 10);
    g_assert_cmpint(p.table.sort[0].column, ==, RECORD_VALUE);
    g_assert_true(p.table.sort[0].is_descending);
    g_assert_cmpint(p.table.sort[1].column, ==, RECORD_NAME);
    g_assert_cmpint(p.table.order[0], ==, RECORD_STATE);
    g_assert_true(p.table.is_hidden[RECORD_VALUE]);
    close_place(&p);
    /* Columns that were dropped since, named twice or spoiled do no harm. */
    g_assert_true(prefs_set("table test", "columns", "value,value,gone,,-name,-", NULL));
    g_assert_true(prefs_set("table test", "sort", "gone-,state,-,value", NULL));
    open_place(&p, 48, 10);
    g_assert_cmpint(p.table.order[0], ==, RECORD_VALUE);
    g_assert_cmpint(p.table.order[2], ==, RECORD_STATE);
    g_assert_false(p.table.is_hidden[RECORD_NAME]);
    g_assert_cmpint(p.table.sort[0].column, ==, RECORD_VALUE);
    g_assert_cmpint(p.table.sort[1].column, ==, -1);
    close_place(&p);
}

/* ---- anything in any order ---- */

static void random_change(struct place *p, gint64 *next_id)
{
    GArray *all = p->records.all;
    guint at = all->len > 0 ? (guint)g_test_rand_int_range(0, (gint32)all->len) : 0;
    switch (g_test_rand_int_range(0, 4)) {
    case 0:
        records_add(&p->records, ++*next_id, g_test_rand_int_range(0, 300));
        break;
    case 1:
        if (all->len > 0)
            g_array_remove_index_fast(all, at);
        break;
    case 2:
        if (all->len > 0)
            g_array_index(all, struct record, at).value = g_test_rand_int_range(0, 300);
        break;
    default:
        p->records.fails = !p->records.fails;
    }
}

static void test_random(void)
{
    static const char *const keys[] = {
        "j",    "k",     "<PgUp>",  "<PgDn>", "g",    "G", "<Space>", "*", "<lt>",
        ">",    "I",     "<Enter>", "/",      "r",    "y", "e",       "-", ":",
        "<BS>", "<Esc>", "<Enter>", "<Down>", "<Up>", "2", "l",       "h",
    };
    struct place p;
    gint64 next_id = 60;
    open_place(&p, 60, 10);
    for (int i = 0; i < 4000; i++) {
        int what = g_test_rand_int_range(0, 10);
        if (what < 6)
            type(&p, keys[g_test_rand_int_range(0, G_N_ELEMENTS(keys))]);
        else if (what < 8)
            random_change(&p, &next_id);
        else if (what < 9)
            table_fit(&p.table, g_test_rand_int_range(-1, 30));
        table_load(&p.table);
        if (p.records.fails)
            check(&p);
        else
            check_fresh(&p);
        g_assert_cmpint(table_marked(&p.table), <=, (int)p.records.all->len + 1000);
    }
    p.records.fails = FALSE;
    table_load(&p.table);
    g_autoptr(GArray) targets = table_targets(&p.table);
    for (guint i = 0; i < targets->len && table_marked(&p.table) > 0; i++) {
        struct filter none = {0};
        struct table_query q = {.filter = &none, .sort = {{-1, FALSE}, {-1, FALSE}}};
        struct table_row *row =
            records_find(&p.records, &q, g_array_index(targets, gint64, i), NULL);
        g_assert_nonnull(row);
        table_row_free(row);
    }
    close_place(&p);
}

/* Each test begins with nothing kept. */
static char *prefs_path;

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"/table/moves", test_moves},
    {"/table/results", test_results},
    {"/table/reads-little", test_reads_little},
    {"/table/cursor-keeps-to-its-row", test_cursor_keeps_to_its_row},
    {"/table/vanished", test_vanished},
    {"/table/row-moves", test_row_moves},
    {"/table/go-to", test_go_to},
    {"/table/follow", test_follow},
    {"/table/failures", test_failures},
    {"/table/resizes", test_resizes},
    {"/table/filter", test_filter},
    {"/table/filter-is-left", test_filter_is_left},
    {"/table/many", test_many},
    {"/table/marks", test_marks},
    {"/table/other-data", test_other_data},
    {"/table/sort-keys", test_sort_keys},
    {"/table/menus", test_menus},
    {"/table/kept", test_kept},
    {"/table/random", test_random},
};

static void run(gconstpointer data)
{
    (void)unlink(prefs_path);
    prefs_reset(prefs_path);
    tests[GPOINTER_TO_SIZE(data)].run();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *dir = g_dir_make_tmp("crier-table-XXXXXX", NULL);
    prefs_path = g_build_filename(dir, "ui.ini", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].name, GSIZE_TO_POINTER(i), run);
    int rc = g_test_run();
    prefs_reset(NULL);
    g_free(asked_labels);
    (void)unlink(prefs_path);
    (void)rmdir(dir);
    g_free(prefs_path);
    return rc;
}

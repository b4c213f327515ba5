/*
 * Looking for rows in slices: what is found, in which order, where it ends. The rows are
 * numbers 1 … n; a row's text is its number.
 */
#include "config.h"

#include <glib.h>

#include "tui/table_search.h"

struct numbers {
    int n;
    int first;   /* ops.first() offers it; 0: none */
    gint64 gone; /* this row is gone when it is read anew */
    int pages;   /* how often a page was asked for */
    struct table table;
    struct table_search search;
};

static const struct table_column columns[] = {{"number", "NUMBER", .width = 8}};

static struct table_row *make_row(gint64 id)
{
    struct table_row *row = table_row_new(id, 1);
    table_row_format(row, 0, "%d", (int)id);
    return row;
}

static gboolean page(void *data, const struct table_query *q, const struct table_row *anchor,
                     enum table_way way, int n, GPtrArray *out, GError **error)
{
    struct numbers *s = data;
    int step = way == TABLE_AFTER ? 1 : -1;
    int at = anchor ? (int)anchor->id + step : way == TABLE_AFTER ? 1 : s->n;
    s->pages++;
    for (; n > 0 && at >= 1 && at <= s->n; at += step, n--)
        g_ptr_array_add(out, make_row(at));
    return TRUE;
}

static struct table_row *row(void *data, gint64 id, GError **error)
{
    const struct numbers *s = data;
    return id == s->gone ? NULL : make_row(id);
}

static gint64 count(void *data)
{
    return ((struct numbers *)data)->n;
}

static gboolean first(void *data, const struct filter *f, int n, GPtrArray *out, GError **error)
{
    const struct numbers *s = data;
    if (s->first > 0)
        g_ptr_array_add(out, make_row(s->first));
    return TRUE;
}

static const struct table_search_ops ops = {
    .page = page, .row = row, .count = count, .first = first};
static const struct table_source source = {
    .fetch = table_search_fetch, .find = table_search_find, .count = table_search_count};
static const struct table_spec spec = {.name = "numbers",
                                       .kept = "test-table-search",
                                       .columns = columns,
                                       .n = 1,
                                       .source = &source};

static void begin(struct numbers *s, int n)
{
    *s = (struct numbers){.n = n};
    table_search_init(&s->search, &ops, s, &s->table, NULL);
    table_init(&s->table, &spec, &s->search, NULL);
}

static void end(struct numbers *s)
{
    table_search_clear(&s->search);
    table_clear(&s->table);
}

/* To the end of the search, as the timer would. */
static void finish(struct numbers *s)
{
    while (table_search_slice(&s->search, &s->table.filter, 0))
        g_assert_cmpint(s->pages, <, 10000);
    table_load(&s->table);
}

static char *ids(const struct table *t)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < t->rows->len; i++)
        g_string_append_printf(text, "%s%d", i > 0 ? " " : "",
                               (int)((struct table_row *)t->rows->pdata[i])->id);
    return g_string_free(text, FALSE);
}

static void finds_and_pages(void)
{
    struct numbers s;
    begin(&s, 3000);
    table_load(&s.table);
    g_assert_cmpint(s.table.total, ==, 3000);
    table_set_filter(&s.table, "99");
    finish(&s);
    g_autofree char *top = ids(&s.table);
    g_assert_true(g_str_has_prefix(top, "99 199 299 399"));
    g_assert_cmpint(s.table.shown, ==, (int)s.search.found->len);
    /* 30 of xx99 and 30 of x99x, of which 999 and 1999 and 2999 are both. */
    g_assert_cmpuint(s.search.found->len, ==, 57);
    g_assert_null(table_search_hint(&s.search));
    table_go_first(&s.table);
    (void)table_event(&s.table, &(struct term_event){.kind = EVENT_KEY, .key = TK_END});
    g_assert_cmpint(table_current_id(&s.table), ==, 2999);
    (void)table_event(&s.table, &(struct term_event){.kind = EVENT_KEY, .key = TK_UP});
    g_assert_cmpint(table_current_id(&s.table), ==, 2998);
    table_set_filter(&s.table, "");
    g_assert_cmpint(table_current_id(&s.table), ==, 2998);
    g_assert_cmpuint(s.search.found->len, ==, 0);
    end(&s);
}

static void a_slice_is_one_batch_at_least(void)
{
    struct numbers s;
    begin(&s, 1000000);
    table_set_filter(&s.table, "nothing has this");
    int before = s.pages;
    g_assert_true(table_search_slice(&s.search, &s.table.filter, 0));
    g_assert_cmpint(s.pages, ==, before + 1);
    g_assert_cmpint(s.table.shown, ==, -1);
    g_assert_nonnull(table_search_hint(&s.search));
    end(&s);
}

static void what_is_quick_comes_first_and_once(void)
{
    struct numbers s;
    begin(&s, 100);
    s.first = 77;
    table_set_filter(&s.table, "7");
    finish(&s);
    g_autofree char *all = ids(&s.table);
    g_assert_cmpstr(all, ==, "77 7 17 27 37 47 57 67 70 71 72 73 74 75 76 78 79 87 97");
    /* It is asked whether it matches, as every row is. */
    table_set_filter(&s.table, "8");
    finish(&s);
    g_autofree char *other = ids(&s.table);
    g_assert_true(g_str_has_prefix(other, "8 18"));
    end(&s);
}

static void who_is_gone_is_left_out(void)
{
    struct numbers s;
    begin(&s, 30);
    table_set_filter(&s.table, "2");
    s.gone = 12;
    finish(&s);
    g_autofree char *all = ids(&s.table);
    g_assert_cmpstr(all, ==, "2 20 21 22 23 24 25 26 27 28 29");
    end(&s);
}

static void too_many_ends_it(void)
{
    struct numbers s;
    begin(&s, 200000);
    table_set_filter(&s.table, "1");
    finish(&s);
    g_assert_cmpuint(s.search.found->len, ==, TABLE_SEARCH_MAX);
    g_assert_cmpint(s.search.looked_at, <, 200000);
    g_assert_nonnull(table_search_hint(&s.search));
    end(&s);
}

static void changes_are_looked_at_when_that_is_quick(void)
{
    struct numbers s;
    begin(&s, 12);
    table_set_filter(&s.table, "1");
    finish(&s);
    g_assert_cmpint(s.table.shown, ==, 4);
    s.n = 13;
    table_load(&s.table);
    g_assert_cmpint(s.table.shown, ==, 4);
    s.search.was_quick = TRUE;
    table_search_stale(&s.search, FALSE);
    table_load(&s.table);
    g_assert_cmpint(s.table.shown, ==, 5);
    s.n = 14;
    s.search.was_quick = FALSE;
    table_search_stale(&s.search, FALSE);
    table_load(&s.table);
    g_assert_cmpint(s.table.shown, ==, 5);
    table_search_stale(&s.search, TRUE);
    table_load(&s.table);
    g_assert_cmpint(s.table.shown, ==, 6);
    end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/table_search/finds-and-pages", finds_and_pages);
    g_test_add_func("/table_search/slice-is-one-batch-at-least", a_slice_is_one_batch_at_least);
    g_test_add_func("/table_search/quick-ones-first-and-once",
                    what_is_quick_comes_first_and_once);
    g_test_add_func("/table_search/gone-rows-are-left-out", who_is_gone_is_left_out);
    g_test_add_func("/table_search/too-many-ends-it", too_many_ends_it);
    g_test_add_func("/table_search/changes", changes_are_looked_at_when_that_is_quick);
    return g_test_run();
}

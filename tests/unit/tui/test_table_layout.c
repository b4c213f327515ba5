/* Where the columns of a table stand in narrow and wide terminals. */
#include "config.h"

#include <string.h>

#include "tui/table_private.h"

/* The campaigns of MOCKUPS, whose TO, SENT and BOUNCE go first. */
static const struct table_column columns[] = {
    {"name", "NAME", .width = 30, .min = 14, .grow = 2, .flags = TABLE_SORT},
    {"state", "STATE", .width = 10, .min = 8},
    {"to", "TO", .width = 8, .priority = 3, .flags = TABLE_SORT | TABLE_RIGHT},
    {"sent", "SENT", .width = 5, .priority = 1, .flags = TABLE_RIGHT},
    {"bounce", "BOUNCE", .width = 6, .priority = 2, .flags = TABLE_RIGHT},
    {"changed", "CHANGED", .width = 10, .priority = 2, .flags = TABLE_SORT},
    {"owner", "OWNER", .width = 10, .priority = 4, .grow = 1},
};
#define N ((int)G_N_ELEMENTS(columns))
static const struct table_spec spec = {.name = "test", .columns = columns, .n = N};
static const int in_order[N] = {0, 1, 2, 3, 4, 5, 6};
static const gboolean none_hidden[N];

/* "name@2+30 state@34+10": key, place and cells. */
static char *show(const struct table_layout *l)
{
    GString *s = g_string_new(NULL);
    for (int i = 0; i < l->n; i++)
        g_string_append_printf(s, "%s%s@%d+%d", i > 0 ? " " : "",
                               columns[l->places[i].column].key, l->places[i].x,
                               l->places[i].w);
    return g_string_free(s, FALSE);
}

static void test_widths(void)
{
    static const struct {
        int width;
        const char *layout;
    } rows[] = {
        {200, "name@2+101 state@105+10 to@117+8 sent@127+5 bounce@134+6 changed@142+10 "
              "owner@154+46"},
        {120, "name@2+48 state@52+10 to@64+8 sent@74+5 bounce@81+6 changed@89+10 owner@101+19"},
        {80, "name@2+17 state@21+10 to@33+8 sent@43+5 bounce@50+6 changed@58+10 owner@70+10"},
        {79, "name@2+16 state@20+10 to@32+8 sent@42+5 bounce@49+6 changed@57+10 owner@69+10"},
        {60, "name@2+15 state@18+9 to@28+8 sent@37+5 bounce@43+6 changed@50+10"},
        {40, "name@2+15 state@18+9 sent@28+5 bounce@34+6"},
        {32, "name@2+15 state@18+8 sent@27+5"},
        {24, "name@2+13 state@16+8"},
        {12, "name@2+4 state@7+5"},
        {8, "name@2+3 state@6+2"},
        {5, "name@2+3"},
        {2, ""},
        {0, ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct table_layout l;
        table_layout(&spec, in_order, none_hidden, 0, rows[i].width, &l);
        g_autofree char *layout = show(&l);
        g_assert_cmpstr(layout, ==, rows[i].layout);
    }
}

static const char *long_word(int i)
{
    static const char *const words[] = {"held", "im Aufbau", "abgebrochen", NULL};
    return words[i];
}

/* Words that a translation made longer than the column was meant to be. */
static void test_words(void)
{
    static const struct table_column with_words[] = {
        {"name", "NAME", .width = 20, .min = 14, .grow = 1},
        {"state", "STATE", .width = 9, .word = long_word},
        {"wide", "WIDE", .width = 12, .priority = 1, .word = long_word},
    };
    static const struct table_spec words = {.name = "test", .columns = with_words, .n = 3};
    static const struct {
        int width;
        const int cells[3];
    } rows[] = {{80, {51, 11, 12}}, {45, {18, 11, 12}}, {30, {16, 11, 0}}, {20, {8, 9, 0}}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct table_layout l;
        table_layout(&words, in_order, none_hidden, 0, rows[i].width, &l);
        for (int k = 0; k < 3; k++)
            g_assert_cmpint(k < l.n ? l.places[k].w : 0, ==, rows[i].cells[k]);
    }
}

/* Whatever the width: name and state stay, columns do not overlap, nothing hangs out. */
static void test_every_width(void)
{
    for (int width = 0; width < 300; width++) {
        struct table_layout l;
        int x = 0;
        table_layout(&spec, in_order, none_hidden, 0, width, &l);
        for (int i = 0; i < l.n; i++) {
            g_assert_cmpint(l.places[i].x, >=, x + (i > 0));
            g_assert_cmpint(l.places[i].w, >, 0);
            x = l.places[i].x + l.places[i].w;
        }
        g_assert_cmpint(x, <=, width);
        if (width >= 8) {
            g_assert_cmpint(l.places[0].column, ==, 0);
            g_assert_cmpint(l.places[1].column, ==, 1);
        }
    }
}

/* What is dropped by priority is dropped for all narrower terminals, too. */
static void test_drops_in_order(void)
{
    gboolean was[N];
    for (int i = 0; i < N; i++)
        was[i] = TRUE;
    for (int width = 120; width > 20; width--) {
        struct table_layout l;
        gboolean is[N] = {0};
        if (width == 69) /* columns stand nearer from here on: one may come back */
            memset(was, 1, sizeof was);
        table_layout(&spec, in_order, none_hidden, 0, width, &l);
        for (int i = 0; i < l.n; i++)
            is[l.places[i].column] = TRUE;
        for (int i = 0; i < N; i++)
            g_assert_true(was[i] || !is[i]);
        memcpy(was, is, sizeof was);
    }
    g_assert_false(was[3]);
}

static void test_chosen_columns(void)
{
    static const int order[N] = {4, 0, 1, 2, 3, 5, 6};
    static const gboolean hidden[N] = {[2] = TRUE, [5] = TRUE, [6] = TRUE};
    static const gboolean all_hidden[N] = {TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE};
    struct table_layout l;
    table_layout(&spec, order, hidden, 0, 80, &l);
    g_autofree char *layout = show(&l);
    g_assert_cmpstr(layout, ==, "bounce@2+6 name@10+51 state@63+10 sent@75+5");
    table_layout(&spec, order, all_hidden, 0, 80, &l);
    g_assert_cmpint(l.n, ==, 0);
}

/* Left and right bring every column into sight; the first one stays. */
static void test_scroll(void)
{
    for (int width = 10; width < 90; width++) {
        gboolean seen[N] = {0};
        struct table_layout l;
        table_layout(&spec, in_order, none_hidden, 0, width, &l);
        int max = l.scroll_max;
        for (int scroll = 0; scroll <= max; scroll++) {
            table_layout(&spec, in_order, none_hidden, scroll, width, &l);
            g_assert_cmpint(l.scroll, ==, scroll);
            g_assert_cmpint(l.scroll_max, ==, max);
            g_assert_cmpint(l.places[0].column, ==, 0);
            for (int i = 0; i < l.n; i++)
                seen[l.places[i].column] = TRUE;
        }
        for (int i = 0; i < N; i++)
            g_assert_true(seen[i]);
        table_layout(&spec, in_order, none_hidden, 99, width, &l);
        g_assert_cmpint(l.scroll, ==, max);
    }
}

/* A translated title that is longer than its column makes room for itself and the sort sign. */
static void test_long_title(void)
{
    static const struct table_column long_titles[] = {
        {"name", "NAME", .width = 10, .grow = 1},
        {"to", "EMPFÄNGER", .width = 6, .flags = TABLE_SORT | TABLE_RIGHT},
        {"state", "状態", .width = 3},
    };
    const struct table_spec s = {.name = "test", .columns = long_titles, .n = 3};
    struct table_layout l;
    table_layout(&s, in_order, none_hidden, 0, 40, &l);
    g_assert_cmpint(l.places[1].w, ==, 10);
    g_assert_cmpint(l.places[2].w, ==, 4);
}

static void test_marker(void)
{
    struct table_spec plain = spec;
    struct table_layout l;
    plain.flags = TABLE_NO_MARKS;
    table_layout(&plain, in_order, none_hidden, 0, 80, &l);
    g_assert_cmpint(l.places[0].x, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/table-layout/widths", test_widths);
    g_test_add_func("/table-layout/words", test_words);
    g_test_add_func("/table-layout/every-width", test_every_width);
    g_test_add_func("/table-layout/drops-in-order", test_drops_in_order);
    g_test_add_func("/table-layout/chosen-columns", test_chosen_columns);
    g_test_add_func("/table-layout/scroll", test_scroll);
    g_test_add_func("/table-layout/long-title", test_long_title);
    g_test_add_func("/table-layout/marker", test_marker);
    return g_test_run();
}

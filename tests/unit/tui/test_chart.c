/* Bars, sparklines and charts in each glyph set, and scales that hold still. */
#include "config.h"

#include "tui/chart.h"

#include <string.h>

#include "base/text.h"
#include "tests/unit/tui/screen.h"

static void test_bar(void)
{
    static const struct {
        enum term_glyphs glyphs;
        int w;
        double fraction;
        const char *bar;
    } rows[] = {
        {GLYPHS_UTF8, 4, 0, "░░░░"},         {GLYPHS_UTF8, 4, 0.0001, "▏░░░"},
        {GLYPHS_UTF8, 4, 0.25, "█░░░"},      {GLYPHS_UTF8, 4, 0.375, "█▌░░"},
        {GLYPHS_UTF8, 4, 0.9999, "███▉"},    {GLYPHS_UTF8, 4, 1, "████"},
        {GLYPHS_UTF8, 4, 7, "████"},         {GLYPHS_UTF8, 4, -1, "░░░░"},
        {GLYPHS_UTF8, 1, 0.5, "▌"},          {GLYPHS_UTF8, 0, 0.5, ""},
        {GLYPHS_UTF8, -3, 0.5, ""},          {GLYPHS_CONSOLE, 4, 0.0001, "█░░░"},
        {GLYPHS_CONSOLE, 4, 0.5, "██░░"},    {GLYPHS_CONSOLE, 4, 0.9999, "███░"},
        {GLYPHS_ASCII, 6, 0, "[....]"},      {GLYPHS_ASCII, 6, 0.5, "[##..]"},
        {GLYPHS_ASCII, 6, 0.9999, "[###.]"}, {GLYPHS_ASCII, 6, 1, "[####]"},
        {GLYPHS_ASCII, 2, 1, "##"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        screen_erase();
        screen.glyphs = rows[i].glyphs;
        g_autofree char *text = chart_bar_text(rows[i].w, rows[i].fraction);
        g_assert_cmpstr(text, ==, rows[i].bar);
        chart_bar((struct rect){0, 0, 80, 1}, 0, 0, rows[i].w, rows[i].fraction);
        g_assert_row(0, rows[i].bar);
    }
}

/* Full and empty cells have roles of their own: colours tell them apart, too. */
static void test_bar_roles(void)
{
    screen_erase();
    screen.glyphs = GLYPHS_ASCII;
    chart_bar((struct rect){5, 1, 70, 5}, 2, 1, 10, 0.5);
    g_assert_row(2, "       [####....]");
    g_assert_cmpint(screen.role[2][7], ==, ROLE_BAR_FULL);
    g_assert_cmpint(screen.role[2][11], ==, ROLE_BAR_FULL);
    g_assert_cmpint(screen.role[2][12], ==, ROLE_BAR_EMPTY);
    g_assert_cmpint(screen.role[2][16], ==, ROLE_BAR_EMPTY);
}

/* All bars have their width, whatever the fraction, and never shrink while it grows. */
static void test_bar_grows(void)
{
    for (int glyphs = 0; glyphs < GLYPHS_COUNT; glyphs++) {
        gsize before = 0;
        screen.glyphs = glyphs;
        for (int i = 0; i <= 1000; i++) {
            g_autofree char *text = chart_bar_text(23, i / 1000.0);
            g_assert_cmpint(text_cells(text), ==, 23);
            gsize full = 0;
            for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
                full += strncmp(p, term_sign(SIGN_FULL), strlen(term_sign(SIGN_FULL))) == 0;
            g_assert_cmpint(full, >=, before);
            before = full;
        }
    }
}

static void test_percent(void)
{
    static const struct {
        gint64 done, total;
        const char *text;
    } rows[] = {
        {0, 100, "0%"},         {1, 1000, "<1%"},     {1, 100, "1%"}, {999, 1000, "99%"},
        {99999, 100000, "99%"}, {100, 100, "100%"},   {0, 0, "0%"},   {5, 0, "<1%"},
        {101, 100, "100%"},     {4120, 12480, "33%"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = chart_percent(rows[i].done, rows[i].total);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void test_scale_is_round(void)
{
    static const struct {
        gint64 highest;
        int rows;
        gint64 max;
    } cases[] = {
        {0, 6, 6},     {1, 6, 6},     {6, 6, 6},     {7, 6, 12},
        {640, 6, 720}, {720, 6, 720}, {721, 6, 900}, {53, 6, 60},
        {54, 6, 60},   {61, 6, 72},   {1, 1, 1},     {9, 1, 10},
        {7, 1, 8},     {101, 1, 120}, {99, 10, 100}, {1000000, 7, 1050000},
        {-5, 3, 3},    {5, 0, 5},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(chart_scale(NULL, cases[i].highest, cases[i].rows), ==, cases[i].max);
    for (gint64 n = 1; n < G_MAXINT64 / 8; n += n / 3 + 1) {
        gint64 max = chart_scale(NULL, n, 6);
        g_assert_cmpint(max, >=, n);
        if (n > 60 && n < G_MAXINT64 / 10000)
            g_assert_cmpint(max, <=, n + n / 2);
    }
}

static void test_scale_holds_still(void)
{
    struct chart_scale s = {0};
    g_assert_cmpint(chart_scale(&s, 640, 6), ==, 720);
    for (int i = 0; i < CHART_CALM; i++)
        g_assert_cmpint(chart_scale(&s, 100, 6), ==, 720);
    g_assert_cmpint(chart_scale(&s, 100, 6), ==, 120);
    /* One high value in between begins the count anew; a higher one counts at once. */
    g_assert_cmpint(chart_scale(&s, 700, 6), ==, 720);
    for (int i = 0; i < CHART_CALM; i++)
        g_assert_cmpint(chart_scale(&s, 100, 6), ==, 720);
    g_assert_cmpint(chart_scale(&s, 700, 6), ==, 720);
    g_assert_cmpint(chart_scale(&s, 100, 6), ==, 720);
    g_assert_cmpint(chart_scale(&s, 4000, 6), ==, 4800);
    /* Another height of the picture asks for its own. */
    g_assert_cmpint(chart_scale(&s, 640, 5), ==, 750);
}

static void test_spark(void)
{
    static const gint64 values[] = {0, 1, 50, 100};
    static const gint64 many[] = {1, 100, 2, 3, 4, 80, 0, 0};
    static const struct {
        enum term_glyphs glyphs;
        const gint64 *values;
        int n, w;
        const char *row;
    } rows[] = {
        {GLYPHS_UTF8, values, 4, 4, " ▁▄█"},   {GLYPHS_UTF8, values, 4, 8, "  ▁▁▄▄██"},
        {GLYPHS_UTF8, values, 4, 6, "   ▁▄█"}, {GLYPHS_UTF8, many, 8, 4, "█▁▆"},
        {GLYPHS_UTF8, NULL, 0, 4, ""},         {GLYPHS_CONSOLE, values, 4, 4, " ░██"},
        {GLYPHS_ASCII, values, 4, 4, " .:#"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        screen_erase();
        screen.glyphs = rows[i].glyphs;
        chart_spark((struct rect){0, 0, 80, 1}, 0, 0, rows[i].w, ROLE_OK, rows[i].values,
                    rows[i].n, 100);
        g_assert_row(0, rows[i].row);
    }
}

/* MOCKUPS 7: an axis with numbers, values from the right, times under the axis. */
static void test_columns(void)
{
    static const gint64 values[] = {0, 120, 130, 240, 720, 360, 60, 1};
    static const struct chart_label labels[] = {{0, "13:32"}, {1, "13:33"}, {7, "13:39"}};
    const struct chart c = {.values = values,
                            .n = G_N_ELEMENTS(values),
                            .max = 720,
                            .labels = labels,
                            .n_labels = G_N_ELEMENTS(labels)};
    static const char *const rows[] = {
        "720 |        ##",       "600 |        ##",       "480 |        ##",
        "360 |        ####",     "240 |    ..######", /* 130 is over 120 */
        "120 |  ##########::..",                      /* a single mail is seen, too */
        "  0 +----------------", "     13:32      13:39",
    };
    screen_erase();
    screen.glyphs = GLYPHS_ASCII;
    g_assert_cmpint(chart_rows((struct rect){0, 0, 21, 8}), ==, 6);
    chart_columns((struct rect){0, 0, 21, 8}, &c);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_row((int)i, rows[i]);
    g_assert_cmpint(screen.role[6][5], ==, ROLE_MUTED);
}

static void test_columns_in_utf8(void)
{
    static const gint64 values[] = {1, 3, 8, 12, 16};
    const struct chart c = {.values = values, .n = 5, .max = 16};
    screen_erase();
    screen.glyphs = GLYPHS_UTF8;
    chart_columns((struct rect){0, 0, 9, 3}, &c);
    g_assert_row(0, "16 │   ▄█");
    g_assert_row(1, " 8 │▁▃███");
    g_assert_row(2, " 0 └─────");
}

/* Values that share a cell share it while the picture moves on: a minute later all but the last
 * cells show the same. */
static void test_joined_stay_joined(void)
{
    gint64 values[61];
    for (int i = 0; i < 61; i++)
        values[i] = (i * 37) % 100;
    char before[SCREEN_W][32];
    struct chart c = {.values = values, .n = 60, .first = 1000, .max = 100};
    screen_erase();
    screen.glyphs = GLYPHS_UTF8;
    chart_columns((struct rect){0, 0, 30, 3}, &c);
    memcpy(before, screen.text[0], sizeof before);
    c.values = values + 1;
    c.first = 1001;
    chart_columns((struct rect){0, 0, 30, 3}, &c);
    int same = 0;
    for (int x = 6; x < 28; x++)
        same += strcmp(before[x], screen.text[0][x]) == 0;
    g_assert_cmpint(same, >=, 20);
}

/* Nothing is put outside of its rectangle, however small that is. */
static void test_any_size(void)
{
    gint64 values[200];
    static const struct chart_label labels[] = {{0, "00:00"}, {50, "日本"}, {199, "23:59"}};
    for (int i = 0; i < 200; i++)
        values[i] = i * 7919 % 5000;
    for (int w = 0; w < 40; w++) {
        for (int h = 0; h < 12; h++) {
            screen_erase();
            screen.glyphs = (enum term_glyphs)((w + h) % GLYPHS_COUNT);
            struct rect r = {3, 2, w, h};
            const struct chart c = {.values = values,
                                    .n = w * 5,
                                    .first = h,
                                    .max = 5000,
                                    .labels = labels,
                                    .n_labels = 3};
            chart_columns(r, &c);
            chart_spark(r, w / 2, 0, w, ROLE_OK, values, 200, 5000);
            chart_bar(r, w / 3, h - 1, w, 0.4);
            for (int y = 0; y < 20; y++) {
                for (int x = 0; x < 60; x++) {
                    gboolean inside = x >= 3 && x < 3 + w && y >= 2 && y < 2 + h;
                    g_assert_true(inside || strcmp(screen.text[y][x], " ") == 0);
                }
            }
        }
    }
}

static void test_words(void)
{
    static const gint64 values[] = {0, 720, 500, 640};
    g_autofree char *words = chart_words(values, 4);
    g_assert_cmpstr(words, ==, "now 640, highest 720, mean 465");
    g_autofree char *none = chart_words(values, 0);
    g_assert_cmpstr(none, ==, "no figures yet");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/chart/bar", test_bar);
    g_test_add_func("/chart/bar-roles", test_bar_roles);
    g_test_add_func("/chart/bar-grows", test_bar_grows);
    g_test_add_func("/chart/percent", test_percent);
    g_test_add_func("/chart/scale-is-round", test_scale_is_round);
    g_test_add_func("/chart/scale-holds-still", test_scale_holds_still);
    g_test_add_func("/chart/spark", test_spark);
    g_test_add_func("/chart/columns", test_columns);
    g_test_add_func("/chart/columns-in-utf8", test_columns_in_utf8);
    g_test_add_func("/chart/joined-stay-joined", test_joined_stay_joined);
    g_test_add_func("/chart/any-size", test_any_size);
    g_test_add_func("/chart/words", test_words);
    return g_test_run();
}

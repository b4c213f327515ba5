/* Text to read: folding, places, search, lines that come while somebody reads. */
#include "config.h"

#include "tui/pager.h"

#include <string.h>

#include "tests/unit/tui/keys.h"
#include "tests/unit/tui/screen.h"

static const struct rect place = {0, 0, 20, 5};

static void draw(struct pager *p)
{
    screen_erase();
    pager_draw(p, place, TRUE);
}

static gboolean type(struct pager *p, const char *keys)
{
    gboolean taken = FALSE;
    while (*keys != '\0') {
        struct term_event e = key_event(next_key(&keys));
        taken = pager_event(p, &e);
        draw(p);
    }
    return taken;
}

/* Lines "line 1" … */
static void open_lines(struct pager *p, int n)
{
    GString *s = g_string_new(NULL);
    for (int i = 1; i <= n; i++)
        g_string_append_printf(s, "line %d\n", i);
    pager_init(p);
    pager_set_text(p, s->str);
    g_string_free(s, TRUE);
    draw(p);
}

static void test_moves(void)
{
    static const struct {
        const char *keys, *top;
    } rows[] = {
        {"", "line 1"},
        {"k", "line 1"},
        {"jj", "line 3"},
        {"<PgDn>", "line 5"},
        {"<Space><Space>", "line 9"},
        {"G", "line 26"},
        {"G<Up>", "line 25"},
        {"GG<PgDn>", "line 26"},
        {"<End><PgUp>", "line 22"},
        {"<^F><^B>", "line 1"},
        {"Gg", "line 1"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pager p;
        open_lines(&p, 30);
        type(&p, rows[i].keys);
        g_assert_row(0, rows[i].top);
        pager_clear(&p);
    }
}

static void test_short_and_empty(void)
{
    struct pager p;
    open_lines(&p, 3);
    g_assert_null(pager_hint(&p));
    g_assert_true(type(&p, "jG<PgDn>"));
    g_assert_row(0, "line 1");
    g_assert_row(3, "");
    pager_set_text(&p, NULL);
    g_assert_true(type(&p, "jkGg<PgUp>/x<Enter>"));
    g_assert_cmpstr(pager_hint(&p), ==, "\"x\" is not in this text");
    g_assert_true(type(&p, "<Esc>"));
    g_assert_false(type(&p, "<Esc>"));
    g_assert_row(0, "");
    pager_clear(&p);
}

static void test_made_safe(void)
{
    struct pager p;
    pager_init(&p);
    pager_set_text(&p, "a\tb\r\n\x1b[2Jx\n\xff\n\nend");
    draw(&p);
    g_assert_row(0, "a       b");
    g_assert_row(1, "\\x1b[2Jx");
    g_assert_row(2, "\\xff");
    g_assert_row(3, "");
    g_assert_row(4, "end");
    g_autofree char *text = pager_text(&p);
    g_assert_cmpstr(text, ==, "a       b\n\\x1b[2Jx\n\\xff\n\nend\n");
    pager_clear(&p);
}

static void test_folds(void)
{
    struct pager p;
    pager_init(&p);
    pager_set_text(&p, "one two three four five six seven eight nine ten eleven\nlast");
    draw(&p);
    g_assert_row(0, "one two three four");
    g_assert_row(1, "five six seven eight");
    g_assert_row(2, "nine ten eleven");
    g_assert_row(3, "last");
    g_assert_false(type(&p, "l"));
    type(&p, "w");
    g_assert_row(0, "one two three four …");
    g_assert_row(1, "last");
    g_assert_true(type(&p, "l"));
    g_assert_row(0, "<hree four five six…");
    type(&p, "llllllll");
    g_assert_row(0, "<ght nine ten eleven");
    g_assert_false(type(&p, "l"));
    type(&p, "w");
    g_assert_row(0, "one two three four");
    pager_clear(&p);
}

/* A line that is longer than the screen is read row by row, down to its end and back. */
static void test_long_line(void)
{
    GString *s = g_string_new(NULL);
    for (int i = 1; i <= 30; i++)
        g_string_append_printf(s, "%s%d234567890123456789", i > 1 ? " " : "", i % 10);
    struct pager p;
    pager_init(&p);
    pager_set_text(&p, s->str);
    draw(&p);
    for (int i = 2; i <= 26; i++) {
        g_autofree char *row = g_strdup_printf("%d234567890123456789", i % 10);
        type(&p, "j");
        g_assert_row(0, row);
    }
    type(&p, "j");
    g_assert_row(0, "6234567890123456789");
    g_assert_row(4, "0234567890123456789");
    type(&p, "k");
    g_assert_row(0, "5234567890123456789");
    pager_clear(&p);
    g_string_free(s, TRUE);
}

static void test_wide(void)
{
    struct pager p;
    pager_init(&p);
    p.is_folded = FALSE;
    pager_set_text(&p, "日本語日本語日本語日本語日本語\nabc");
    draw(&p);
    g_assert_row(0, "日本語日本語日本語…");
    type(&p, "l");
    g_assert_row(0, "< 語日本語日本語日…");
    pager_clear(&p);
}

static void test_search(void)
{
    struct pager p;
    open_lines(&p, 30);
    type(&p, "/INE 2<Enter>");
    g_assert_cmpint(p.found, ==, 1);
    g_assert_cmpstr(pager_hint(&p), ==,
                    "lines 1-5 of 30, 16%   \"INE 2\" in line 2, n next, N back");
    g_assert_cmpint(screen.role[1][0], ==, ROLE_NORMAL);
    g_assert_cmpint(screen.role[1][1], ==, ROLE_SELECTED);
    g_assert_cmpint(screen.role[1][5], ==, ROLE_SELECTED);
    g_assert_cmpint(screen.cursor_y, ==, 1);
    type(&p, "n");
    g_assert_cmpint(p.found, ==, 19);
    g_assert_row(1, "line 20");
    g_assert_cmpint(screen.role[2][1], ==, ROLE_MARKED);
    type(&p, "N");
    g_assert_cmpint(p.found, ==, 1);
    type(&p, "N");
    g_assert_cmpint(p.found, ==, 28); /* round at the ends */
    type(&p, "/<^U>zebra<Enter>");
    g_assert_cmpint(p.found, ==, -1);
    g_assert_true(p.not_found);
    type(&p, "/<^U><Enter>");
    g_assert_null(p.needle);
    g_assert_false(type(&p, "n"));
    type(&p, "/a<Esc>");
    g_assert_null(p.needle);
    g_assert_false(pager_is_asking(&p));
    pager_clear(&p);
}

static void test_search_sideways(void)
{
    struct pager p;
    pager_init(&p);
    p.is_folded = FALSE;
    pager_set_text(&p, "a line in which the word needle is far to the right of it");
    draw(&p);
    g_assert_true(pager_search(&p, "needle"));
    draw(&p);
    g_autofree char *row = screen_row(0);
    g_assert_nonnull(strstr(row, "needle"));
    pager_clear(&p);
}

/* Letters are text while a search is typed: none of them moves or leaves. */
static void test_asking_takes_all(void)
{
    struct pager p;
    open_lines(&p, 30);
    g_assert_true(type(&p, "/Gjnq w"));
    g_assert_true(pager_is_asking(&p));
    g_assert_row(0, "line 1");
    g_assert_row(4, "Search: Gjnq w");
    struct term_event paste = {.kind = EVENT_PASTE, .text = (char *)"x\ny"};
    g_assert_true(pager_event(&p, &paste));
    g_assert_true(pager_is_asking(&p));
    pager_clear(&p);
}

static void test_follow(void)
{
    struct pager p;
    open_lines(&p, 30);
    pager_add(&p, ROLE_OK, "more\n");
    draw(&p);
    g_assert_row(0, "line 1");
    type(&p, "F");
    g_assert_row(4, "more");
    g_assert_cmpint(screen.role[4][0], ==, ROLE_OK);
    pager_add(&p, ROLE_NORMAL, "a\nb");
    draw(&p);
    g_assert_row(4, "b");
    g_assert_cmpstr(pager_hint(&p), ==, "lines 29-33 of 33, 100%   new lines are followed");
    type(&p, "k");
    g_assert_false(p.follows);
    pager_add(&p, ROLE_NORMAL, "c");
    draw(&p);
    g_assert_row(3, "more");
    pager_clear(&p);
}

static void test_keeps_its_place(void)
{
    struct pager p;
    open_lines(&p, 30);
    type(&p, "<PgDn>");
    pager_set_text(&p, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11");
    draw(&p);
    g_assert_row(0, "5");
    pager_set_text(&p, "1\n2");
    draw(&p);
    g_assert_row(0, "1");
    pager_go_to(&p, 99);
    draw(&p);
    g_assert_row(0, "1");
    pager_clear(&p);
}

static void test_oldest_go(void)
{
    struct pager p;
    pager_init(&p);
    GString *s = g_string_new(NULL);
    for (int i = 0; i < PAGER_LINES_MAX + 10; i++)
        g_string_append_printf(s, "%d\n", i);
    pager_set_text(&p, s->str);
    draw(&p);
    g_assert_cmpint(p.lines->len, ==, PAGER_LINES_MAX);
    g_assert_row(0, "10");
    pager_clear(&p);
    g_string_free(s, TRUE);
}

/* Any keys, sizes and texts in any order: the place is always one in the text. */
static void test_random(void)
{
    static const char *const keys[] = {"j",    "k", "<PgUp>", "<PgDn>",  "g",      "G", "h",
                                       "l",    "/", "n",      "N",       "w",      "F", "<Esc>",
                                       "<BS>", "e", "日",     "<Enter>", "<Space>"};
    static const char *const texts[] = {
        "a", "", "\n\n", "日本語 日本語 日本語 日本語 日本語 日本語",
        "a rather long line with words that are folded here and there\nand another\n"};
    struct pager p;
    open_lines(&p, 10);
    for (int i = 0; i < 5000; i++) {
        int what = g_test_rand_int_range(0, 20);
        const char *text = texts[g_test_rand_int_range(0, G_N_ELEMENTS(texts))];
        struct rect r = {1, 1, g_test_rand_int_range(0, 40), g_test_rand_int_range(0, 12)};
        const char *key = keys[g_test_rand_int_range(0, G_N_ELEMENTS(keys))];
        struct term_event e = key_event(next_key(&key));
        if (what == 0)
            pager_set_text(&p, text);
        else if (what < 4)
            pager_add(&p, ROLE_WARN, text);
        else
            (void)pager_event(&p, &e);
        screen_erase();
        pager_draw(&p, r, TRUE);
        (void)pager_hint(&p);
        g_assert_cmpint(p.top, >=, 0);
        g_assert_cmpint(p.top, <, MAX((int)p.lines->len, 1));
        g_assert_cmpint(p.top_part, >=, 0);
        g_assert_cmpint(p.found, <, (int)p.lines->len);
        g_assert_false(screen.has_left);
        for (int y = 0; y < 14; y++) {
            g_assert_cmpstr(screen.text[y][0], ==, " ");
            g_assert_cmpstr(screen.text[y][r.w + 1], ==, " ");
        }
    }
    pager_clear(&p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pager/moves", test_moves);
    g_test_add_func("/pager/short-and-empty", test_short_and_empty);
    g_test_add_func("/pager/made-safe", test_made_safe);
    g_test_add_func("/pager/folds", test_folds);
    g_test_add_func("/pager/long-line", test_long_line);
    g_test_add_func("/pager/wide", test_wide);
    g_test_add_func("/pager/search", test_search);
    g_test_add_func("/pager/search-sideways", test_search_sideways);
    g_test_add_func("/pager/asking-takes-all", test_asking_takes_all);
    g_test_add_func("/pager/follow", test_follow);
    g_test_add_func("/pager/keeps-its-place", test_keeps_its_place);
    g_test_add_func("/pager/oldest-go", test_oldest_go);
    g_test_add_func("/pager/random", test_random);
    return g_test_run();
}

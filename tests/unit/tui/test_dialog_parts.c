/* Buttons, folded text and places of dialogs. */
#include "config.h"

#include "tui/dialog.h"

#include <string.h>

gboolean __wrap_ui_is_accessible(struct ui *ui);

static gboolean accessible;

gboolean __wrap_ui_is_accessible(struct ui *ui)
{
    (void)ui;
    return accessible;
}

static const char *const labels[] = {"Keep editing", "Save", "Skip", NULL};

static void test_buttons(void)
{
    static const struct {
        guint32 key;
        gboolean is_part;
        int focus, gives, focus_then;
    } rows[] = {
        {TK_ENTER, FALSE, 0, 0, 0},
        {' ', FALSE, 2, 2, 2},
        {TK_RIGHT, FALSE, 0, BUTTON_NONE, 1},
        {TK_RIGHT, FALSE, 2, BUTTON_NONE, 0},
        {TK_LEFT, FALSE, 0, BUTTON_NONE, 2},
        {TK_TAB, FALSE, 2, BUTTON_NONE, 0},
        {TK_TAB, TRUE, 1, BUTTON_NONE, 2},
        {TK_TAB, TRUE, 2, BUTTON_PASS, 2},
        {TK_BACKTAB, TRUE, 0, BUTTON_PASS, 0},
        {TK_DOWN, TRUE, 0, BUTTON_PASS, 0},
        {TK_DOWN, FALSE, 0, BUTTON_NONE, 1},
        {'k', FALSE, 2, 0, 2},
        {'S', FALSE, 0, 1, 0}, /* the first with that letter */
        {'s', TRUE, 0, BUTTON_PASS, 0},
        {'x', FALSE, 0, BUTTON_PASS, 0},
        {TK_F2, FALSE, 0, BUTTON_PASS, 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct buttons b;
        buttons_init(&b, labels, rows[i].focus);
        g_test_message("row %u", i);
        g_assert_cmpint(buttons_key(&b, rows[i].key, rows[i].is_part), ==, rows[i].gives);
        g_assert_cmpint(b.focus, ==, rows[i].focus_then);
    }
}

static void test_buttons_rows(void)
{
    struct buttons b;
    buttons_init(&b, labels, 9);
    g_assert_cmpint(b.focus, ==, 2);
    g_assert_cmpint(buttons_rows(&b, buttons_columns(&b)), ==, 1);
    g_assert_cmpint(buttons_rows(&b, buttons_columns(&b) - 1), ==, 3);
}

static void test_folded(void)
{
    struct folded f;
    folded_init(&f, "one two three\n\nfour\x1b[2J");
    g_assert_cmpint(folded_rows(&f, 7), >=, 4);
    g_assert_cmpstr(f.lines->pdata[0], ==, "one two");
    g_assert_cmpstr(f.lines->pdata[1], ==, "three");
    g_assert_cmpstr(f.lines->pdata[2], ==, "");
    g_assert_cmpint(folded_rows(&f, 100), ==, 3);
    g_assert_null(strchr(f.lines->pdata[2], '\x1b'));
    g_assert_cmpint(folded_columns(&f), ==, 13);
    folded_clear(&f);
    folded_init(&f, NULL);
    g_assert_cmpint(folded_rows(&f, 10), ==, 0);
    folded_clear(&f);
}

static void test_folded_scrolls(void)
{
    struct folded f;
    folded_init(&f, "1\n2\n3\n4\n5\n6");
    folded_rows(&f, 10);
    g_assert_false(folded_key(&f, TK_PAGE_DOWN, 6));
    g_assert_true(folded_key(&f, TK_PAGE_DOWN, 4));
    g_assert_cmpint(f.top, ==, 2);
    g_assert_true(folded_key(&f, TK_PAGE_UP, 4));
    g_assert_cmpint(f.top, ==, 0);
    g_assert_false(folded_key(&f, 'x', 4));
    folded_clear(&f);
}

static void test_place(void)
{
    struct rect screen = {0, 1, 80, 21};
    struct rect r = dialog_place(NULL, screen, 40, 5);
    g_assert_cmpint(r.w, ==, 44);
    g_assert_cmpint(r.h, ==, 7);
    g_assert_cmpint(r.x, ==, 18);
    g_assert_cmpint(r.y, ==, 8);
    /* The frame is told by the column that stays free. */
    g_assert_cmpint(dialog_place(NULL, screen, 300, 5).x, ==, 1);
    struct rect narrow = {0, 1, 40, 9};
    g_assert_cmpint(dialog_place(NULL, narrow, 20, 3).w, ==, 40);
    g_assert_cmpint(dialog_place(NULL, screen, 20, 30).h, ==, 21);
    accessible = TRUE;
    g_assert_cmpint(dialog_place(NULL, screen, 40, 5).w, ==, 80);
    accessible = FALSE;
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dialog_parts/buttons", test_buttons);
    g_test_add_func("/dialog_parts/buttons-rows", test_buttons_rows);
    g_test_add_func("/dialog_parts/folded", test_folded);
    g_test_add_func("/dialog_parts/folded-scrolls", test_folded_scrolls);
    g_test_add_func("/dialog_parts/place", test_place);
    return g_test_run();
}

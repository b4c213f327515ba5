/*
 * The row of tabs with all nine screens, drawn at many widths.
 */
#include "config.h"

#include "tests/unit/tui/screen.h"
#include "tui/tabs.h"

static const char *const english[SCREENS_COUNT] = {
    "Home", "Campaigns", "People", "Servers", "Mailboxes", "Ports", "Doctor", "Reports", "Log"};
static const char *const japanese[SCREENS_COUNT] = {
    "ホーム", "キャンペーン", "受信者", "サーバー", "メールボックス", "ポート", "診断",
    "レポート", "ログ"};

static void fill(struct tabs *t, const char *const *titles, int open)
{
    for (int i = 0; i < SCREENS_COUNT; i++)
        tabs_add(t, i + 1, titles[i], i + 1 == open);
}

static void test_what_is_shown(void)
{
    static const struct {
        int width, open;
        const char *row;
    } rows[] = {
        {85, 1,
         "[1Home] 2Campaigns  3People  4Servers  5Mailboxes  6Ports  7Doctor  8Reports  9Log  ?"},
        {84, 1, " [1Home] 2Campaigns 3People 4Servers 5Mailboxes 6Ports 7Doctor 8Reports 9Log ?"},
        {80, 2, " 1Home [2Campaigns] 3People 4Servers 5Mailboxes 6Ports 7Doctor 8Reports 9Log ?"},
        {72, 2, " 1Home [2Campaigns] 3Peopl 4Serve 5Mailb 6Ports 7Docto 8Repor 9Log ?"},
        {60, 2, " 1Hom [2Campaigns] 3Peo 4Ser 5Mai 6Por 7Doc 8Rep 9Log ?"},
        {60, 9, " 1Home 2Camp 3Peop 4Serv 5Mail 6Port 7Doct 8Repo [9Log] ?"},
        {40, 2, " 1 [2Campaigns] 3 4 5 6 7 8 9 ?"},
        {40, 9, " 1 2 3 4 5 6 7 8 [9Log] ?"},
        {41, 9, " 1Ho 2Ca 3Pe 4Se 5Ma 6Po 7Do 8Re [9Log] ?"},
        {24, 5, " 1 2 3 4 [5Ma] 6 7 8 9 ?"},
        {22, 5, " 1 2 3 4 [5] 6 7 8 9 ?"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct tabs t = {0};
        fill(&t, english, rows[i].open);
        tabs_fit(&t, rows[i].width);
        screen_erase();
        tabs_draw(&t, (struct rect){0, 0, rows[i].width, 1});
        g_assert_row(0, rows[i].row);
        tabs_clear(&t);
    }
}

/* Nothing is cut off, every number is there, and a click finds what stands under it. */
static void test_every_width(const char *const *titles)
{
    for (int width = 22; width <= 120; width++) {
        for (int open = 1; open <= SCREENS_COUNT; open++) {
            struct tabs t = {0};
            int numbers = 0;
            fill(&t, titles, open);
            tabs_fit(&t, width);
            screen_erase();
            tabs_draw(&t, (struct rect){0, 0, width, 1});
            for (int x = 0; x < SCREEN_W; x++) {
                int number = g_ascii_isdigit(screen.text[0][x][0])
                                 ? g_ascii_digit_value(screen.text[0][x][0])
                                 : 0;
                if (number == 0)
                    continue;
                numbers++;
                g_assert_cmpint(number, ==, numbers);
                g_assert_cmpint(tabs_at(&t, x), ==, number);
                g_assert_cmpint(screen.role[0][x], ==,
                                number == open ? ROLE_TAB_CURRENT : ROLE_TAB);
            }
            g_assert_cmpint(numbers, ==, SCREENS_COUNT);
            g_autofree char *row = screen_row(0);
            g_assert_true(g_str_has_suffix(row, "?"));
            g_assert_cmpint(tabs_at(&t, width + 10), ==, 0);
            tabs_clear(&t);
        }
    }
}

static void test_every_width_in_english(void)
{
    test_every_width(english);
}

static void test_every_width_of_wide_letters(void)
{
    test_every_width(japanese);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tabs/what-is-shown", test_what_is_shown);
    g_test_add_func("/tabs/every-width", test_every_width_in_english);
    g_test_add_func("/tabs/every-width/wide-letters", test_every_width_of_wide_letters);
    return g_test_run();
}

/* Waits, give-up ages, hints in replies, back-off of roles. */
#include "config.h"

#include "model/retry.h"

#include "base/clock.h"

#define S CLOCK_SECOND_US

static void test_delay(void)
{
    static const struct {
        int attempt;
        gint64 hint_s;
        double chance;
        gint64 delay_s;
    } rows[] = {
        {1, 0, 0.5, 300},
        {2, 0, 0.5, 900},
        {3, 0, 0.5, 3600},
        {4, 0, 0.5, 14400},
        {5, 0, 0.5, 21600},
        {6, 0, 0.5, 21600},
        {G_MAXINT, 0, 0.5, 21600},
        {0, 0, 0.5, 300},
        {-7, 0, 0.5, 300},
        {1, 0, 0, 270},
        {1, 0, 1, 330},
        {3, 0, 0, 3240},
        {3, 0, 1, 3960},
        {1, 0, -5, 270},
        {1, 0, 9, 330},
        {1, 600, 0.5, 600},
        {1, 60, 0.5, 300},
        {2, 600, 0.5, 900},
        {1, 21600, 0.5, 21600},
        {1, 999999, 0.5, 21600},
        {1, G_MAXINT64, 0, 21600},
        {1, -1, 0.5, 300},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(retry_delay_s(rows[i].attempt, RETRY_FIRST_DEFAULT_S, rows[i].hint_s,
                                      rows[i].chance),
                        ==, rows[i].delay_s);
}

static void test_expired(void)
{
    static const struct {
        gint64 first_us, next_us, give_up_s;
        gboolean is_expired;
    } rows[] = {
        {10 * S, 10 * S, 60, FALSE},    {10 * S, 70 * S, 60, FALSE},
        {10 * S, 70 * S + 1, 60, TRUE}, {10 * S, 500 * S, 60, TRUE},
        {0, 500 * S, 60, FALSE},    /* never tried */
        {10 * S, 5 * S, 60, FALSE}, /* the clock went back */
        {10 * S, 11 * S, 0, TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(retry_is_expired(rows[i].first_us, rows[i].next_us, rows[i].give_up_s),
                        ==, rows[i].is_expired);
}

static void test_hint(void)
{
    static const struct {
        const char *text;
        gint64 hint_s;
    } rows[] = {
        {"Greylisted, please try again in 300 seconds", 300},
        {"Try again in 5 minutes", 300},
        {"4.7.1 retry in 5 min", 300},
        {"RETRY AFTER 60s", 60},
        {"Please retry in about 2 hours.", 7200},
        {"come back in 00:04:58", 298},
        {"Greylisted for 300 seconds", 300},
        {"please wait another 90 sec", 90},
        {"try again in\n10 minutes", 600},
        {"wait; try again in 10 minutes", 600},
        {"retry-after: 30 s", 30},
        {"try again later", 0},
        {"try again in a while", 0},
        {"try again in 300", 0},
        {"try again in 5 days", 0},
        {"try again in 99999999999999 seconds", 0},
        {"try again in -5 minutes", 0},
        {"back in 00:99:00", 0},
        {"back in 1:2", 0},
        {"450 mailbox busy for 300 seconds", 0},
        {"", 0},
        {NULL, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (retry_hint_s(rows[i].text) != rows[i].hint_s)
            g_error("%s", rows[i].text);
    }
}

static void test_hint_of_hostile_text(void)
{
    GString *text = g_string_new(NULL);
    while (text->len < 2 << 20)
        g_string_append(text, "wait again in ");
    g_assert_cmpint(retry_hint_s(text->str), ==, 0);
    g_string_assign(text, "\xff\xfe try again in 7 seconds \x01");
    g_assert_cmpint(retry_hint_s(text->str), ==, 7);
    g_string_free(text, TRUE);
}

static void test_restart(void)
{
    static const gint64 waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
    for (int n = 0; n < (int)G_N_ELEMENTS(waits); n++)
        g_assert_cmpint(retry_restart_s(n), ==, waits[n]);
    g_assert_cmpint(retry_restart_s(G_MAXINT), ==, 60);
    g_assert_cmpint(retry_restart_s(-1), ==, 1);
}

static void test_first_wait(void)
{
    g_assert_cmpint(retry_delay_s(1, 10, 0, 0.5), ==, 10);
    g_assert_cmpint(retry_delay_s(2, 10, 0, 0.5), ==, 30);
    g_assert_cmpint(retry_delay_s(5, 10, 0, 0.5), ==, 720);
    g_assert_cmpint(retry_delay_s(1, 0, 0, 0.5), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/retry/delay/table", test_delay);
    g_test_add_func("/retry/expired/table", test_expired);
    g_test_add_func("/retry/hint/table", test_hint);
    g_test_add_func("/retry/hint/hostile-text", test_hint_of_hostile_text);
    g_test_add_func("/retry/restart/back-off", test_restart);
    g_test_add_func("/retry/delay/first-wait-scales", test_first_wait);
    return g_test_run();
}

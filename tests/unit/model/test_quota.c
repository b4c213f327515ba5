/* Limits an hour and a day, and the warm-up: the time is written down in each row. */
#include "config.h"

#include "model/quota.h"

#include "base/clock.h"

static gint64 at(const char *text)
{
    gint64 us = 0;
    g_assert_true(clock_parse_utc(text, &us, NULL));
    return us;
}

static void set_zone(const char *zone)
{
    g_setenv("TZ", zone, TRUE);
    tzset();
}

static void test_windows(void)
{
    static const struct {
        const char *zone, *now, *hour, *hour_end, *day, *day_end;
    } rows[] = {
        {"UTC", "2026-11-21T22:33:44Z", "2026-11-21T22:00:00Z", "2026-11-21T23:00:00Z",
         "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"},
        {"UTC", "2026-12-31T23:59:59Z", "2026-12-31T23:00:00Z", "2027-01-01T00:00:00Z",
         "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"},
        {"UTC", "2026-11-21T22:00:00Z", "2026-11-21T22:00:00Z", "2026-11-21T23:00:00Z",
         "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"},
        /* Half an hour and three quarters off. */
        {"Asia/Kolkata", "2026-11-21T22:33:44Z", "2026-11-21T22:30:00Z",
         "2026-11-21T23:30:00Z", "2026-11-21T18:30:00Z", "2026-11-22T18:30:00Z"},
        {"Asia/Kathmandu", "2026-11-21T18:20:00Z", "2026-11-21T18:15:00Z",
         "2026-11-21T19:15:00Z", "2026-11-21T18:15:00Z", "2026-11-22T18:15:00Z"},
        /* The day of 23 hours and that of 25, whose third hour comes twice. */
        {"Europe/Berlin", "2026-03-29T12:10:00Z", "2026-03-29T12:00:00Z",
         "2026-03-29T13:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
        {"Europe/Berlin", "2026-10-25T00:10:00Z", "2026-10-25T00:00:00Z",
         "2026-10-25T01:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
        {"Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-25T01:00:00Z",
         "2026-10-25T02:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct quota_windows w;
        set_zone(rows[i].zone);
        quota_windows_at(at(rows[i].now), &w);
        g_assert_cmpint(w.hour_us, ==, at(rows[i].hour));
        g_assert_cmpint(w.hour_end_us, ==, at(rows[i].hour_end));
        g_assert_cmpint(w.day_us, ==, at(rows[i].day));
        g_assert_cmpint(w.day_end_us, ==, at(rows[i].day_end));
        g_assert_cmpint(w.day_us % QUOTA_SLOT_US, ==, 0);
        g_assert_true(quota_windows_hold(&w, at(rows[i].now)));
        g_assert_false(quota_windows_hold(&w, w.hour_end_us));
        g_assert_false(quota_windows_hold(&w, w.hour_us - 1));
    }
    set_zone("UTC");
}

/* Midnight that the clocks skip: the day still begins, ends, and holds its own moments. */
static void test_no_midnight(void)
{
    struct quota_windows w;
    set_zone("Africa/Cairo");
    quota_windows_at(at("2026-04-24T10:00:00Z"), &w);
    g_assert_true(quota_windows_hold(&w, at("2026-04-24T10:00:00Z")));
    for (gint64 now = at("2026-04-23T20:00:00Z"); now < at("2026-04-24T02:00:00Z");
         now += 60 * CLOCK_SECOND_US) {
        quota_windows_at(now, &w);
        g_assert_true(quota_windows_hold(&w, now));
        g_assert_cmpint(w.day_end_us - w.day_us, <=, 25 * 3600 * CLOCK_SECOND_US);
    }
    set_zone("UTC");
}

static void test_ask(void)
{
    static const struct {
        gint64 per_hour, per_day;
        const char *warm_up;
        gint64 hour_n, day_n;
        enum quota_kind kind;
        gint64 left;
    } rows[] = {
        {0, 0, "", 5000, 5000, QUOTA_NONE, G_MAXINT64},
        {1, 0, "", 0, 0, QUOTA_HOUR, 1},
        {1, 0, "", 1, 1, QUOTA_HOUR, 0},
        {100, 0, "", 40, 40, QUOTA_HOUR, 60},
        {100, 110, "", 40, 100, QUOTA_DAY, 10},
        {100, 110, "", 100, 110, QUOTA_DAY, 0},
        {100, 500, "", 100, 110, QUOTA_HOUR, 0},
        /* The limit was lowered while it ran: nothing is left, not less than nothing. */
        {10, 0, "", 40, 40, QUOTA_HOUR, 0},
        {0, 1000, "2026-11-20 50 100", 0, 99, QUOTA_WARM_UP, 1},
        {0, 80, "2026-11-20 50 100", 0, 70, QUOTA_DAY, 10},
        {0, 1000, "2026-11-19 50 100", 0, 70, QUOTA_DAY, 930},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct server s;
        struct quota_use use = {.hour_n = rows[i].hour_n, .day_n = rows[i].day_n};
        struct quota_word word;
        server_init(&s);
        s.per_hour = rows[i].per_hour;
        s.per_day = rows[i].per_day;
        g_assert_true(field_set_key(server_fields(), &s, "warm_up", rows[i].warm_up, NULL));
        quota_windows_at(at("2026-11-21T22:33:44Z"), &use.windows);
        quota_ask(&s, &use, &word);
        g_assert_cmpint(word.kind, ==, rows[i].kind);
        g_assert_cmpint(word.left, ==, rows[i].left);
        if (word.kind != QUOTA_NONE)
            g_assert_cmpint(word.again_us, ==,
                            at(word.kind == QUOTA_HOUR ? "2026-11-21T23:00:00Z"
                                                       : "2026-11-22T00:00:00Z"));
        server_clear(&s);
    }
}

static void test_warm_up(void)
{
    static const struct {
        const char *text;
        gboolean is_fine;
        gint64 before, first, third, fourth;
    } rows[] = {
        {"", TRUE, 0, 0, 0, 0},
        {NULL, TRUE, 0, 0, 0, 0},
        {"2026-11-21 50 100 200", TRUE, 50, 50, 200, 0},
        {"2026-11-21, 50, 100,200 ", TRUE, 50, 50, 200, 0},
        {"2026-11-21", FALSE, 0, 0, 0, 0},
        {"50 100", FALSE, 0, 0, 0, 0},
        {"2026-02-30 50", FALSE, 0, 0, 0, 0},
        {"2026-13-01 50", FALSE, 0, 0, 0, 0},
        {"2026-11-21 0", FALSE, 0, 0, 0, 0},
        {"2026-11-21 -5", FALSE, 0, 0, 0, 0},
        {"2026-11-21 5x", FALSE, 0, 0, 0, 0},
        {"21.11.2026 50", FALSE, 0, 0, 0, 0},
    };
    struct quota_windows w;
    quota_windows_at(at("2026-11-21T12:00:00Z"), &w);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(quota_check_warm_up(rows[i].text, &error) == rows[i].is_fine);
        g_assert_true((error == NULL) == rows[i].is_fine);
        g_assert_cmpint(quota_warm_up_of(rows[i].text, w.julian - 7), ==, rows[i].before);
        g_assert_cmpint(quota_warm_up_of(rows[i].text, w.julian), ==, rows[i].first);
        g_assert_cmpint(quota_warm_up_of(rows[i].text, w.julian + 2), ==, rows[i].third);
        g_assert_cmpint(quota_warm_up_of(rows[i].text, w.julian + 3), ==, rows[i].fourth);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    set_zone("UTC");
    g_test_add_func("/quota/windows", test_windows);
    g_test_add_func("/quota/no-midnight", test_no_midnight);
    g_test_add_func("/quota/ask", test_ask);
    g_test_add_func("/quota/warm-up", test_warm_up);
    return g_test_run();
}

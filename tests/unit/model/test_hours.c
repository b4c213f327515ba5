/* Sending hours, days and dates: what holds at a moment, and the next one at which it may go. */
#include "config.h"

#include "model/hours.h"

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

static const struct {
    const char *zone, *hours, *days, *not_on, *now;
    enum hours_cause cause;
    const char *next; /* NULL: none */
} asked[] = {
    /* 2026-11-21 is a Saturday. */
    {"UTC", "", "", "", "2026-11-21T03:00:00Z", HOURS_OPEN, "2026-11-21T03:00:00Z"},
    {"UTC", "08:00-18:00", "", "", "2026-11-21T07:59:59Z", HOURS_TIME, "2026-11-21T08:00:00Z"},
    {"UTC", "08:00-18:00", "", "", "2026-11-21T08:00:00Z", HOURS_OPEN, "2026-11-21T08:00:00Z"},
    {"UTC", "08:00-18:00", "", "", "2026-11-21T17:59:59Z", HOURS_OPEN, "2026-11-21T17:59:59Z"},
    {"UTC", "08:00-18:00", "", "", "2026-11-21T18:00:00Z", HOURS_TIME, "2026-11-22T08:00:00Z"},
    {"UTC", "8:00 - 24:00", "", "", "2026-11-21T23:59:00Z", HOURS_OPEN, "2026-11-21T23:59:00Z"},
    {"UTC", "08:00-18:00", "mon-fri", "", "2026-11-20T18:30:00Z", HOURS_TIME,
     "2026-11-23T08:00:00Z"},
    {"UTC", "08:00-18:00", "mon-fri", "", "2026-11-21T12:00:00Z", HOURS_DAY,
     "2026-11-23T08:00:00Z"},
    {"UTC", "", "Monday, wed", "", "2026-11-21T12:00:00Z", HOURS_DAY, "2026-11-23T00:00:00Z"},
    {"UTC", "", "fri-mon", "", "2026-11-22T12:00:00Z", HOURS_OPEN, "2026-11-22T12:00:00Z"},
    {"UTC", "", "fri-mon", "", "2026-11-24T12:00:00Z", HOURS_DAY, "2026-11-27T00:00:00Z"},
    {"UTC", "", "", "2026-11-21", "2026-11-21T12:00:00Z", HOURS_DATE, "2026-11-22T00:00:00Z"},
    {"UTC", "09:00-10:00", "mon-fri", "2026-12-24..2026-12-26, 2026-12-28",
     "2026-12-24T09:30:00Z", HOURS_DATE, "2026-12-29T09:00:00Z"},
    /* Over midnight: the night belongs to the day on which it begins. */
    {"UTC", "22:00-06:00", "", "", "2026-11-21T23:00:00Z", HOURS_OPEN, "2026-11-21T23:00:00Z"},
    {"UTC", "22:00-06:00", "", "", "2026-11-21T05:59:00Z", HOURS_OPEN, "2026-11-21T05:59:00Z"},
    {"UTC", "22:00-06:00", "", "", "2026-11-21T06:00:00Z", HOURS_TIME, "2026-11-21T22:00:00Z"},
    {"UTC", "22:00-06:00", "fri", "", "2026-11-21T05:00:00Z", HOURS_OPEN,
     "2026-11-21T05:00:00Z"},
    {"UTC", "22:00-06:00", "sat", "", "2026-11-21T05:00:00Z", HOURS_DAY,
     "2026-11-21T22:00:00Z"},
    /* Another zone, and the nights of the change of clocks. */
    {"Europe/Berlin", "08:00-18:00", "", "", "2026-11-21T06:59:00Z", HOURS_TIME,
     "2026-11-21T07:00:00Z"},
    {"Europe/Berlin", "08:00-18:00", "", "", "2026-03-28T18:00:00Z", HOURS_TIME,
     "2026-03-29T06:00:00Z"},
    {"Europe/Berlin", "02:30-04:00", "", "", "2026-03-29T00:30:00Z", HOURS_TIME,
     "2026-03-29T01:00:00Z"},
    {"Europe/Berlin", "02:00-03:00", "", "", "2026-10-25T00:30:00Z", HOURS_OPEN,
     "2026-10-25T00:30:00Z"},
    {"Europe/Berlin", "02:00-03:00", "", "", "2026-10-25T01:30:00Z", HOURS_OPEN,
     "2026-10-25T01:30:00Z"},
    /* Never: each day of the year is taken out. */
    {"UTC", "", "", "2026-01-01..2029-01-01", "2026-11-21T12:00:00Z", HOURS_DATE, NULL},
};

static void test_ask(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
        struct campaign c = {.hours = (char *)asked[i].hours,
                             .days = (char *)asked[i].days,
                             .not_on = (char *)asked[i].not_on};
        gint64 next_us = -1;
        set_zone(asked[i].zone);
        g_test_message("row %u", (unsigned)i);
        g_assert_true(hours_check(&c, NULL));
        g_assert_cmpint(hours_ask(&c, at(asked[i].now), &next_us), ==, asked[i].cause);
        g_assert_cmpint(next_us, ==, asked[i].next ? at(asked[i].next) : 0);
        if (next_us > 0)
            g_assert_cmpint(hours_ask(&c, next_us, NULL), ==, HOURS_OPEN);
    }
    set_zone("UTC");
}

static void test_check(void)
{
    static const struct {
        const char *hours, *days, *not_on, *key;
    } rows[] = {
        {"8-18", "", "", "hours"},          {"08:00", "", "", "hours"},
        {"08:00-25:00", "", "", "hours"},   {"08:00-08:00", "", "", "hours"},
        {"24:00-08:00", "", "", "hours"},   {"08:00-18:00-20:00", "", "", "hours"},
        {"", "weekdays", "", "days"},       {"", "mon-", "", "days"},
        {"", ",", "", "days"},              {"", "mo", "", "days"},
        {"", "", "24.12.2026", "not_on"},   {"", "", "2026-02-30", "not_on"},
        {"", "", "2026-12-26..2026-12-24", "not_on"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct campaign c = {.hours = (char *)rows[i].hours,
                             .days = (char *)rows[i].days,
                             .not_on = (char *)rows[i].not_on};
        g_autoptr(GError) error = NULL;
        g_assert_false(hours_check(&c, &error));
        g_assert_true(g_str_has_prefix(error->message, rows[i].key));
        /* What cannot be read holds nothing up. */
        g_assert_cmpint(hours_ask(&c, at("2026-11-21T12:00:00Z"), NULL), ==, HOURS_OPEN);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    set_zone("UTC");
    g_test_add_func("/hours/ask", test_ask);
    g_test_add_func("/hours/check", test_check);
    return g_test_run();
}

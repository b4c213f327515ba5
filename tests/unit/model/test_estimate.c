/*
 * How long a campaign takes by its limits, in a zone without surprises.
 */
#include "config.h"

#include "model/estimate.h"

#include <string.h>

#include "base/clock.h"

#define HOUR_S 3600
#define DAY_S 86400
/* 2027-03-01 12:00 UTC, a Monday. */
#define NOON_US (G_GINT64_CONSTANT(1803902400) * CLOCK_SECOND_US)

struct row {
    const char *name;
    gint64 people, per_second, per_hour, per_day;
    const char *warm_up, *hours, *days, *not_on;
    gint64 spread_s;
    gint64 span_s; /* -1: never */
    gboolean is_held_up;
    const char *limits;
};

static const struct row rows[] = {
    {"nothing", .people = 100, .span_s = 0, .limits = ""},
    {"nobody", .people = 0, .per_day = 1, .span_s = 0, .limits = "1 a day"},
    {"second", .people = 100, .per_second = 10, .span_s = 10, .limits = "10 a second"},
    {"hours-of-pace", .people = 20000, .per_second = 2, .span_s = 10000,
     .limits = "2 a second"},
    {"within-an-hour", .people = 100, .per_hour = 100, .span_s = 0, .limits = "100 an hour"},
    {"next-hour", .people = 101, .per_hour = 100, .span_s = HOUR_S, .is_held_up = TRUE,
     .limits = "100 an hour"},
    {"ten-hours", .people = 1000, .per_hour = 100, .span_s = 9 * HOUR_S, .is_held_up = TRUE,
     .limits = "100 an hour"},
    {"pace-within-hours", .people = 150, .per_second = 1, .per_hour = 100,
     .span_s = HOUR_S + 50, .is_held_up = TRUE, .limits = "1 a second, 100 an hour"},
    {"midnight", .people = 101, .per_day = 100, .span_s = DAY_S / 2, .is_held_up = TRUE,
     .limits = "100 a day"},
    {"three-days", .people = 301, .per_day = 100, .span_s = DAY_S / 2 + 2 * DAY_S,
     .is_held_up = TRUE, .limits = "100 a day"},
    {"warm-up", .people = 700, .warm_up = "2027-03-01 100 200 400", .is_held_up = TRUE,
     .span_s = DAY_S / 2 + DAY_S, .limits = "warm-up"},
    {"warm-up-ends", .people = 5000, .warm_up = "2027-03-01 100 200", .is_held_up = TRUE,
     .span_s = DAY_S / 2 + DAY_S, .limits = "warm-up"},
    {"open", .people = 100, .hours = "08:00-18:00", .span_s = 0, .limits = "08:00-18:00"},
    {"opens-later", .people = 100, .hours = "14:00-18:00", .span_s = 2 * HOUR_S,
     .limits = "14:00-18:00"},
    {"closes", .people = 8 * HOUR_S, .per_second = 1, .hours = "08:00-18:00",
     .span_s = 22 * HOUR_S, .limits = "1 a second, 08:00-18:00"},
    {"closes-in-the-hour", .people = HOUR_S, .per_second = 1, .hours = "08:00-12:30",
     .span_s = 20 * HOUR_S + HOUR_S / 2, .limits = "1 a second, 08:00-12:30"},
    {"day", .people = 100, .days = "wed", .span_s = DAY_S + DAY_S / 2, .limits = "wed"},
    {"date", .people = 100, .not_on = "2027-03-01..2027-03-02", .span_s = DAY_S + DAY_S / 2,
     .limits = "not on 2027-03-01..2027-03-02"},
    {"never", .people = 100, .not_on = "2020-01-01..2126-01-01", .span_s = -1,
     .limits = "not on 2020-01-01..2126-01-01"},
    {"too-long", .people = 100000, .per_day = 1, .span_s = -1, .is_held_up = TRUE,
     .limits = "1 a day"},
    {"spread", .people = 7200, .spread_s = 2 * HOUR_S, .span_s = 2 * HOUR_S,
     .limits = "spread over 2 h 00 min"},
    {"spread-and-hour", .people = 200, .spread_s = HOUR_S, .per_hour = 50,
     .span_s = 3 * HOUR_S + 50 * HOUR_S / 200, .is_held_up = TRUE,
     .limits = "50 an hour, spread over 1 h 00 min"},
};

static void test_row(gconstpointer data)
{
    const struct row *r = data;
    struct server server = {.per_second = r->per_second,
                            .per_hour = r->per_hour,
                            .per_day = r->per_day,
                            .warm_up = (char *)r->warm_up};
    struct campaign c = {.hours = (char *)r->hours,
                         .days = (char *)r->days,
                         .not_on = (char *)r->not_on,
                         .spread_s = r->spread_s};
    struct estimate_server s = {.record = &server};
    struct estimate e;
    estimate_make(&c, &s, 1, r->people, NOON_US, &e);
    gint64 span_s = e.end_us == 0 ? -1 : (e.end_us - NOON_US) / CLOCK_SECOND_US;
    /* Where it closes is found to the second. */
    g_assert_cmpint(ABS(span_s - r->span_s), <=, 1);
    g_assert_cmpint(e.is_held_up, ==, r->is_held_up);
    g_assert_cmpint(e.has_limit, ==, *r->limits != '\0');
    g_autofree char *limits = estimate_limits(&c, &s, 1);
    g_assert_cmpstr(limits, ==, r->limits);
}

/* What went out in this hour already counts. */
static void test_used(void)
{
    struct server server = {.per_hour = 100};
    struct campaign c = {0};
    struct estimate_server s = {.record = &server, .use = {.hour_n = 60}};
    struct estimate e;
    quota_windows_at(NOON_US, &s.use.windows);
    estimate_make(&c, &s, 1, 40, NOON_US, &e);
    g_assert_cmpint(e.end_us, ==, NOON_US);
    estimate_make(&c, &s, 1, 41, NOON_US, &e);
    g_assert_cmpint(e.end_us, ==, NOON_US + HOUR_S * CLOCK_SECOND_US);
}

static void test_together(void)
{
    struct server first = {.per_hour = 100, .per_second = 1}, second = {.per_hour = 50};
    struct campaign c = {0};
    struct estimate_server both[] = {{.record = &first}, {.record = &second}};
    struct estimate e;
    estimate_make(&c, both, 2, 450, NOON_US, &e);
    g_assert_cmpint(e.end_us, >=, NOON_US + 2 * HOUR_S * CLOCK_SECOND_US);
    g_assert_cmpint(e.end_us, <, NOON_US + 3 * HOUR_S * CLOCK_SECOND_US);
    g_autofree char *limits = estimate_limits(&c, both, 2);
    g_assert_cmpstr(limits, ==, "150 an hour");
}

/* The first goes at once, the others at its rate, and only within the campaign's hours. */
static void test_receiver(void)
{
    static const struct {
        double per_second;
        gint64 people;
        const char *hours;
        gint64 span_s; /* -1: never */
    } cases[] = {
        {0.5, 1, NULL, 0},
        {0.5, 11, NULL, 20},
        {0.001, 11, NULL, 10000},
        {10, 101, "14:00-18:00", 2 * HOUR_S + 10},
        {1, 6 * HOUR_S + 11, "08:00-18:00", 20 * HOUR_S + 10},
        {0.0001, 100000, NULL, -1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct campaign c = {.hours = (char *)cases[i].hours};
        gint64 end_us =
            estimate_receiver(&c, cases[i].per_second, cases[i].people, NOON_US);
        gint64 span_s = end_us == 0 ? -1 : (end_us - NOON_US) / CLOCK_SECOND_US;
        g_assert_cmpint(ABS(span_s - cases[i].span_s), <=, 1);
    }
}

int main(int argc, char **argv)
{
    g_setenv("TZ", "UTC", TRUE);
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *name = g_strconcat("/estimate/", rows[i].name, NULL);
        g_test_add_data_func(name, &rows[i], test_row);
    }
    g_test_add_func("/estimate/used-before", test_used);
    g_test_add_func("/estimate/two-servers", test_together);
    g_test_add_func("/estimate/receiver", test_receiver);
    return g_test_run();
}

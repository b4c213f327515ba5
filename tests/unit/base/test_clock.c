/* Times and spans as text, both ways, in fixed time zones. */
#include "config.h"

#include "base/clock.h"

#include <string.h>
#include <time.h>

#include "base/error.h"

#define AT G_GINT64_CONSTANT(1795284480) /* 2026-11-21T18:08:00Z, a Saturday */

static void set_zone(const char *zone)
{
    g_setenv("TZ", zone, TRUE);
    tzset();
}

static void test_clocks_go_forward(void)
{
    gint64 wall = clock_wall_us(), mono = clock_mono_us();
    g_assert_cmpint(wall, >, AT / 2 * CLOCK_SECOND_US);
    g_assert_cmpint(clock_mono_us(), >=, mono);
}

static void test_boot_id_is_stable(void)
{
    const char *id = clock_boot_id();
    g_assert_true(id == clock_boot_id());
    g_assert_true(strlen(id) == 36 || g_str_equal(id, "unknown"));
}

static void test_format_utc(void)
{
    static const struct {
        gint64 us;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {AT * CLOCK_SECOND_US + 123456, "2026-11-21T18:08:00Z"},
        {AT * CLOCK_SECOND_US + 999999, "2026-11-21T18:08:00Z"},
        {G_GINT64_CONSTANT(951782400) * CLOCK_SECOND_US, "2000-02-29T00:00:00Z"},
    };
    set_zone("Europe/Berlin");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = clock_format_utc(rows[i].us);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void test_parse_utc(void)
{
    static const struct {
        const char *text;
        gint64 us;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-21T18:08:00Z", AT * CLOCK_SECOND_US},
        {"2026-11-21t18:08:00z", AT * CLOCK_SECOND_US},
        {"2026-11-21 18:08Z", AT * CLOCK_SECOND_US},
        {"2026-11-21T19:08:00+01:00", AT * CLOCK_SECOND_US},
        {"2026-11-21T13:38:00-04:30", AT * CLOCK_SECOND_US},
        {"2026-11-21T18:08:00.5Z", AT * CLOCK_SECOND_US + 500000},
        {"2026-11-21T18:08:00.123456789Z", AT * CLOCK_SECOND_US + 123456},
        {"2000-02-29T00:00:00Z", G_GINT64_CONSTANT(951782400) * CLOCK_SECOND_US},
        {"2016-12-31T23:59:60Z", G_GINT64_CONSTANT(1483228800) * CLOCK_SECOND_US},
        {"1969-12-31T23:59:59Z", -CLOCK_SECOND_US},
        {"2100-03-01T00:00:00Z", G_GINT64_CONSTANT(4107542400) * CLOCK_SECOND_US},
    };
    set_zone("America/New_York");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 us = 1;
        g_autoptr(GError) error = NULL;
        clock_parse_utc(rows[i].text, &us, &error);
        g_assert_no_error(error);
        g_assert_cmpint(us, ==, rows[i].us);
    }
}

static void test_parse_utc_refused(void)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {NULL, "date"},
        {"", "date"},
        {"tomorrow", "date"},
        {"26-11-21T18:08:00Z", "date"},
        {"2026-02-29T00:00:00Z", "no such day"},
        {"2026-13-01T00:00:00Z", "no such day"},
        {"0000-01-01T00:00:00Z", "no such day"},
        {"2026-11-21", "time of day is missing"},
        {"2026-11-21T18", "time of day is missing"},
        {"2026-11-21T18:08:", "seconds are missing"},
        {"2026-11-21T24:00:00Z", "no such time of day"},
        {"2026-11-21T18:60:00Z", "no such time of day"},
        {"2026-11-21T18:08:61Z", "no such time of day"},
        {"2026-11-21T18:08:00", "zone is missing"},
        {"2026-11-21T18:08:00 CET", "not Z or like"},
        {"2026-11-21T18:08:00+1:00", "not Z or like"},
        {"2026-11-21T18:08:00+24:00", "not Z or like"},
        {"2026-11-21T18:08:00Zx", "not Z or like"},
        {"2026-11-21T18:08:00.Z", "not Z or like"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 us = 1;
        g_autoptr(GError) error = NULL;
        g_assert_false(clock_parse_utc(rows[i].text, &us, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, rows[i].reason))
            g_error("'%s' is not in: %s", rows[i].reason, error->message);
        g_assert_cmpint(us, ==, 1);
    }
}

/* Each day over eight centuries: the calendar of both directions is the same. */
static void test_utc_round_trip(void)
{
    for (gint64 day = -135140; day < 160000; day += 17) {
        gint64 us = (day * 86400 + 12345) * CLOCK_SECOND_US, back = 0;
        g_autofree char *text = clock_format_utc(us);
        g_assert_true(clock_parse_utc(text, &back, NULL));
        g_assert_cmpint(back, ==, us);
    }
}

static void test_format_local(void)
{
    static const struct {
        gint64 hours; /* from now */
        const char *text;
    } rows[] = {
        {0, "19:08"},
        {-19, "00:08"},
        {4, "23:08"},
        {5, "Sun 00:08"},
        {-20, "Fri 23:08"},
        {6 * 24, "Fri 19:08"},
        {-6 * 24, "Sun 19:08"},
        {7 * 24, "2026-11-28 19:08"},
        {-7 * 24, "2026-11-14 19:08"},
        {24 * 60, "2027-01-20 19:08"},
    };
    set_zone("CET-1");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = clock_format_local(
            (AT + rows[i].hours * 3600) * CLOCK_SECOND_US, AT * CLOCK_SECOND_US);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void test_format_span(void)
{
    static const struct {
        gint64 s;
        const char *text;
    } rows[] = {
        {0, "0 s"},         {3, "3 s"},          {59, "59 s"},         {60, "1 min"},
        {179, "2 min"},     {3599, "59 min"},    {3900, "1 h 05 min"}, {86399, "23 h 59 min"},
        {86400, "1 d 0 h"}, {183600, "2 d 3 h"}, {-5, "0 s"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = clock_format_span(rows[i].s);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void test_parse_span(void)
{
    static const struct {
        const char *text;
        gint64 s; /* -1: refused */
    } rows[] = {
        {"90", 90},        {"90s", 90},       {"15m", 900},
        {"4h", 14400},     {"2d", 172800},    {"2D", 172800},
        {" 2 d ", 172800}, {"0", 0},          {"3650d", 315360000},
        {"3651d", -1},     {"315360001", -1}, {"99999999999999999999999d", -1},
        {"", -1},          {NULL, -1},        {"d", -1},
        {"-1", -1},        {"+1", -1},        {"1.5h", -1},
        {"2 days", -1},    {"1h30m", -1},     {"2w", -1},
        {"0x10", -1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 s = -1;
        g_autoptr(GError) error = NULL;
        gboolean ok = clock_parse_span(rows[i].text, &s, &error);
        g_assert_cmpint(s, ==, rows[i].s);
        g_assert_cmpint(ok, ==, rows[i].s >= 0);
        g_assert_cmpint(error == NULL, ==, ok);
    }
}

static void test_format_rfc5322(void)
{
    static const struct {
        const char *zone, *text;
    } rows[] = {
        {"UTC0", "Sat, 21 Nov 2026 18:08:00 +0000"},
        {"CET-1", "Sat, 21 Nov 2026 19:08:00 +0100"},
        {"IST-5:30", "Sat, 21 Nov 2026 23:38:00 +0530"},
        {"NST3:30", "Sat, 21 Nov 2026 14:38:00 -0330"},
        {"LINT-14", "Sun, 22 Nov 2026 08:08:00 +1400"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        set_zone(rows[i].zone);
        g_autofree char *text = clock_format_rfc5322(AT * CLOCK_SECOND_US + 999999);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
    g_autofree char *first = clock_format_rfc5322(0);
    g_assert_cmpstr(first, ==, "Thu, 1 Jan 1970 14:00:00 +1400");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/now/goes-forward", test_clocks_go_forward);
    g_test_add_func("/clock/boot-id/is-stable", test_boot_id_is_stable);
    g_test_add_func("/clock/utc/format", test_format_utc);
    g_test_add_func("/clock/utc/parse", test_parse_utc);
    g_test_add_func("/clock/utc/refused-with-reason", test_parse_utc_refused);
    g_test_add_func("/clock/utc/round-trip", test_utc_round_trip);
    g_test_add_func("/clock/local/by-distance", test_format_local);
    g_test_add_func("/clock/span/format", test_format_span);
    g_test_add_func("/clock/span/parse", test_parse_span);
    g_test_add_func("/clock/rfc5322/zones", test_format_rfc5322);
    return g_test_run();
}

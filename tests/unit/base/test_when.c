/* Moments as people type them, and the nights on which the clocks change. */
#include "config.h"

#include "base/when.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"

/* Sunday 2026-10-18 12:00 in Central Europe. */
#define NOW_S G_GINT64_CONSTANT(1792317600)

static const struct {
    const char *text;
    const char *utc;  /* NULL: refused */
    const char *part; /* of the refusal */
} rows[] = {
    {"2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z", NULL},
    {"2026-12-01T09:00+01:00", "2026-12-01T08:00:00Z", NULL},
    {"2026-12-01 09:00", "2026-12-01T08:00:00Z", NULL},
    {"2026-10-20 09:00", "2026-10-20T07:00:00Z", NULL},
    {"tomorrow 08:30", "2026-10-19T06:30:00Z", NULL},
    {"  Tomorrow 8:30 ", "2026-10-19T06:30:00Z", NULL},
    {"today 18:00", "2026-10-18T16:00:00Z", NULL},
    {"18:00", "2026-10-18T16:00:00Z", NULL},
    {"09:00", "2026-10-19T07:00:00Z", NULL},
    {"monday 09:00", "2026-10-19T07:00:00Z", NULL},
    {"sunday 09:00", "2026-10-25T08:00:00Z", NULL},
    {"in 2h", "2026-10-18T12:00:00Z", NULL},
    {"2026-10-25 02:30", NULL, "comes twice"},
    {"2026-10-25T02:30+02:00", "2026-10-25T00:30:00Z", NULL},
    {"2026-10-25 03:00", "2026-10-25T02:00:00Z", NULL},
    {"2027-03-28 02:30", NULL, "skip"},
    {"2027-03-28 03:00", "2027-03-28T01:00:00Z", NULL},
    {"2026-10-18 11:00", NULL, "gone by"},
    {"today 09:00", NULL, "gone by"},
    {"2026-02-30 09:00", NULL, "no such day"},
    {"tomorrow", NULL, "time of day is missing"},
    {"someday 09:00", NULL, "not known"},
    {"tomorrow 25:00", NULL, "08:30"},
    {"tomorrow 08:30 please", NULL, "08:30"},
    {"", NULL, "08:30"},
    {"in five minutes", NULL, "span"},
};

static void test_rows(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        gint64 us = 0;
        g_test_message("%s", rows[i].text);
        if (when_parse(rows[i].text, NOW_S * CLOCK_SECOND_US, &us, &error)) {
            g_autofree char *utc = clock_format_utc(us);
            g_assert_cmpstr(utc, ==, rows[i].utc);
        } else {
            g_assert_null(rows[i].utc);
            g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
            if (!strstr(error->message, rows[i].part))
                g_error("'%s' lacks '%s'", error->message, rows[i].part);
            g_assert_cmpint(us, ==, 0);
        }
        g_clear_error(&error);
    }
}

static void test_format(void)
{
    g_autofree char *text = when_format(NOW_S * CLOCK_SECOND_US);
    g_assert_cmpstr(text, ==, "2026-10-18 12:00 CEST (+02:00)");
}

int main(int argc, char **argv)
{
    /* A rule, not a name: no zone files needed. */
    setenv("TZ", "CET-1CEST,M3.5.0/2,M10.5.0/3", 1);
    tzset();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/when/parse/rows", test_rows);
    g_test_add_func("/when/format/names-the-zone", test_format);
    return g_test_run();
}

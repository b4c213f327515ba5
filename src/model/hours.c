/*
 * Sending hours. The clock on the wall decides: on the night when an hour is skipped the
 * window is shorter, on the other one longer.
 */
#include "config.h"

#include "model/hours.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define DAY_MINUTES 1440
#define LOOK_DAYS 367
#define DATES_MAX 100
#define ALL_DAYS 0x7fu

struct date_range {
    guint32 first, last; /* julian */
};

struct rule {
    int from, to; /* minutes of the day; from > to: over midnight */
    unsigned days; /* a bit each, Monday the lowest */
    int n_dates;
    struct date_range dates[DATES_MAX];
};

/* ---- reading ---- */

static gboolean read_time(const char *text, int *ret)
{
    gint64 hour, minute;
    g_auto(GStrv) parts = g_strsplit(text, ":", 3);
    if (g_strv_length(parts) != 2 || strlen(parts[1]) != 2 ||
        !g_ascii_string_to_signed(parts[0], 10, 0, 24, &hour, NULL) ||
        !g_ascii_string_to_signed(parts[1], 10, 0, 59, &minute, NULL))
        return FALSE;
    *ret = (int)(hour * 60 + minute);
    return *ret <= DAY_MINUTES;
}

static gboolean read_hours(const char *text, struct rule *r)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 3);
    return g_strv_length(ends) == 2 && read_time(g_strstrip(ends[0]), &r->from) &&
           read_time(g_strstrip(ends[1]), &r->to) && r->from != r->to && r->from < DAY_MINUTES;
}

static int read_day(const char *text)
{
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    gsize len = strlen(text);
    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++)
        if (len >= 3 && len <= strlen(names[i]) && g_ascii_strncasecmp(text, names[i], len) == 0)
            return i;
    return -1;
}

static gboolean read_days(const char *text, struct rule *r)
{
    g_auto(GStrv) words = g_strsplit_set(text, ", \t", -1);
    r->days = 0;
    for (char **word = words; *word; word++) {
        if (!**word)
            continue;
        g_auto(GStrv) ends = g_strsplit(*word, "-", 3);
        guint n = g_strv_length(ends);
        int first = read_day(ends[0]), last = n == 2 ? read_day(ends[1]) : first;
        if (n > 2 || first < 0 || last < 0)
            return FALSE;
        for (int day = first;; day = (day + 1) % 7) { /* "fri-mon" goes over the weekend */
            r->days |= 1u << day;
            if (day == last)
                break;
        }
    }
    return r->days != 0;
}

static gboolean read_date(const char *text, guint32 *ret)
{
    gint64 n[3];
    g_auto(GStrv) parts = g_strsplit(text, "-", 4);
    if (g_strv_length(parts) != 3)
        return FALSE;
    for (int i = 0; i < 3; i++)
        if (!g_ascii_string_to_signed(parts[i], 10, 1, i == 0 ? 9999 : 31, &n[i], NULL))
            return FALSE;
    if (n[0] < 1970 || n[1] > 12 ||
        !g_date_valid_dmy((GDateDay)n[2], (GDateMonth)n[1], (GDateYear)n[0]))
        return FALSE;
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)n[2], (GDateMonth)n[1], (GDateYear)n[0]);
    *ret = g_date_get_julian(&date);
    return TRUE;
}

static gboolean read_dates(const char *text, struct rule *r)
{
    g_auto(GStrv) words = g_strsplit_set(text, ", \t", -1);
    for (char **word = words; *word; word++) {
        if (!**word)
            continue;
        g_auto(GStrv) ends = g_strsplit(*word, "..", 3);
        guint n = g_strv_length(ends);
        struct date_range d;
        if (r->n_dates >= DATES_MAX || n > 2 || !read_date(ends[0], &d.first) ||
            !read_date(ends[n - 1], &d.last) || d.last < d.first)
            return FALSE;
        r->dates[r->n_dates++] = d;
    }
    return TRUE;
}

static gboolean is_set(const char *text)
{
    return text && *text;
}

/* The key of what cannot be read; NULL: all can. */
static const char *read_rule(const struct campaign *c, struct rule *r)
{
    *r = (struct rule){.to = DAY_MINUTES, .days = ALL_DAYS};
    if (is_set(c->hours) && !read_hours(c->hours, r))
        return "hours";
    if (is_set(c->days) && !read_days(c->days, r))
        return "days";
    if (is_set(c->not_on) && !read_dates(c->not_on, r))
        return "not_on";
    return NULL;
}

gboolean hours_check(const struct campaign *c, GError **error)
{
    struct rule r;
    const char *key = read_rule(c, &r);
    if (!key)
        return TRUE;
    const char *text = strcmp(key, "hours") == 0 ? c->hours
                       : strcmp(key, "days") == 0 ? c->days
                                                  : c->not_on;
    const char *like = strcmp(key, "hours") == 0  ? "08:00-18:00"
                       : strcmp(key, "days") == 0 ? "mon-fri"
                                                  : "2026-12-24..2026-12-26, 2027-01-01";
    g_autofree char *shown = text_safe(text, -1, 80);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: '%s' cannot be read. Write it like %s"), key, shown, like);
    return FALSE;
}

/* ---- asking ---- */

static guint32 julian_of(GDateTime *t)
{
    GDate date;
    int y, m, d;
    g_date_time_get_ymd(t, &y, &m, &d);
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)d, (GDateMonth)m, (GDateYear)y);
    return g_date_get_julian(&date);
}

/* Julian day 1 was a Monday. */
static enum hours_cause ask_day(const struct rule *r, guint32 julian)
{
    for (int i = 0; i < r->n_dates; i++)
        if (julian >= r->dates[i].first && julian <= r->dates[i].last)
            return HOURS_DATE;
    return r->days & (1u << ((julian - 1) % 7)) ? HOURS_OPEN : HOURS_DAY;
}

static enum hours_cause ask_rule(const struct rule *r, gint64 at_us)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(at_us / CLOCK_SECOND_US);
    int minute = g_date_time_get_hour(t) * 60 + g_date_time_get_minute(t);
    guint32 today = julian_of(t);
    gboolean is_over_midnight = r->from > r->to;
    if (is_over_midnight && minute < r->to)
        return ask_day(r, today - 1);
    enum hours_cause day = ask_day(r, today);
    if (day != HOURS_OPEN)
        return day;
    return minute >= r->from && (is_over_midnight || minute < r->to) ? HOURS_OPEN : HOURS_TIME;
}

/* The first moment at or behind `from` of that day that is open; where the change of clocks
 * skips it, a later one. 0: none. */
static gint64 opening(const struct rule *r, GDateTime *day, gint64 now_us)
{
    int y, m, d;
    g_date_time_get_ymd(day, &y, &m, &d);
    g_autoptr(GDateTime) t =
        g_date_time_new_local(y, m, d, r->from / 60, r->from % 60, 0);
    gint64 at_us = g_date_time_to_unix(t) * CLOCK_SECOND_US;
    for (int minutes = 0; minutes <= 180; minutes++, at_us += 60 * CLOCK_SECOND_US)
        if (at_us > now_us && ask_rule(r, at_us) == HOURS_OPEN)
            return at_us;
    return 0;
}

static gint64 next_opening(const struct rule *r, gint64 now_us)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(now_us / CLOCK_SECOND_US);
    int y, m, d;
    g_date_time_get_ymd(now, &y, &m, &d);
    g_autoptr(GDateTime) noon = g_date_time_new_local(y, m, d, 12, 0, 0);
    for (int ahead = 0; ahead <= LOOK_DAYS; ahead++) {
        g_autoptr(GDateTime) day = g_date_time_add_days(noon, ahead);
        gint64 at_us = ask_day(r, julian_of(day)) == HOURS_OPEN ? opening(r, day, now_us) : 0;
        if (at_us > 0)
            return at_us;
    }
    return 0;
}

enum hours_cause hours_ask(const struct campaign *c, gint64 now_us, gint64 *ret_next_us)
{
    struct rule r;
    enum hours_cause cause = HOURS_OPEN;
    if (is_set(c->hours) || is_set(c->days) || is_set(c->not_on))
        cause = read_rule(c, &r) ? HOURS_OPEN : ask_rule(&r, now_us);
    if (ret_next_us)
        *ret_next_us = cause == HOURS_OPEN ? now_us : next_opening(&r, now_us);
    return cause;
}

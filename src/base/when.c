/*
 * Moments typed by people. Days and zones are GLib's; here is what the words mean, and that no
 * hour is guessed where the clocks change.
 */
#include "config.h"

#include "base/when.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define MAX_TYPED 64

struct moment { /* local */
    int year, month, day, hour, minute;
};

static gboolean refuse(GError **error, const char *text, const char *why)
{
    g_autofree char *safe = text_safe(text, -1, MAX_TYPED);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("'%s' is no time to begin: %s. Write 2026-12-01T09:00+01:00, \"2026-12-01 09:00\","
          " \"tomorrow 08:30\" or \"in 2h\""),
        safe, why);
    return FALSE;
}

/* ---- from local time to the one moment it means ---- */

static GDateTime *with_offset(const struct moment *m, gint32 offset_s)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_offset(offset_s);
    return g_date_time_new(zone, m->year, m->month, m->day, m->hour, m->minute, 0);
}

/* The moment that has this local time when the zone's offset is `offset_s`; NULL: then it has
 * another. */
static GDateTime *if_it_is(const struct moment *m, GTimeZone *local, gint32 offset_s)
{
    g_autoptr(GDateTime) fixed = with_offset(m, offset_s);
    g_autoptr(GDateTime) here = fixed ? g_date_time_to_timezone(fixed, local) : NULL;
    if (!here || g_date_time_get_hour(here) != m->hour ||
        g_date_time_get_minute(here) != m->minute)
        return NULL;
    return g_steal_pointer(&here);
}

static gint32 offset_near(const struct moment *m, GTimeZone *local, int hours)
{
    g_autoptr(GDateTime) utc = with_offset(m, 0);
    g_autoptr(GDateTime) moved = utc ? g_date_time_add_hours(utc, hours) : NULL;
    g_autoptr(GDateTime) here = moved ? g_date_time_to_timezone(moved, local) : NULL;
    return here ? (gint32)(g_date_time_get_utc_offset(here) / CLOCK_SECOND_US) : 0;
}

static gboolean refuse_twice(GError **error, const char *text, GDateTime *a, GDateTime *b)
{
    g_autofree char *first = g_date_time_format(a, "%Y-%m-%dT%H:%M%:z");
    g_autofree char *second = g_date_time_format(b, "%Y-%m-%dT%H:%M%:z");
    g_autofree char *why = g_strdup_printf(
        _("the clocks go back that night, so it comes twice; write %s or %s"), first, second);
    return refuse(error, text, why);
}

static gboolean to_moment(const char *text, const struct moment *m, gint64 *ret_us,
                          GError **error)
{
    g_autoptr(GTimeZone) local = g_time_zone_new_local();
    if (!g_date_valid_dmy((GDateDay)m->day, (GDateMonth)m->month, (GDateYear)m->year))
        return refuse(error, text, _("there is no such day"));
    /* A change of clocks lies between the two offsets, if there is one near. */
    gint32 before = offset_near(m, local, -26), after = offset_near(m, local, 26);
    g_autoptr(GDateTime) a = if_it_is(m, local, before);
    g_autoptr(GDateTime) b = after != before ? if_it_is(m, local, after) : NULL;
    if (a && b && g_date_time_compare(a, b) != 0)
        return refuse_twice(error, text, a, b);
    GDateTime *it = a ? a : b;
    if (!it)
        return refuse(error, text, _("the clocks go forward then and skip that hour"));
    *ret_us = g_date_time_to_unix(it) * CLOCK_SECOND_US;
    return TRUE;
}

/* ---- words ---- */

static gboolean read_number(const char **p, int max_digits, int *ret)
{
    int n = 0, digits = 0;
    while (g_ascii_isdigit(**p) && digits < max_digits) {
        n = n * 10 + (**p - '0');
        (*p)++;
        digits++;
    }
    *ret = n;
    return digits > 0;
}

/* "8:30", "08:30", "08:30:00": what follows stays in `*p`. */
static gboolean read_time(const char **p, struct moment *m)
{
    int second = 0;
    if (!read_number(p, 2, &m->hour) || **p != ':')
        return FALSE;
    (*p)++;
    if (!read_number(p, 2, &m->minute))
        return FALSE;
    if (**p == ':') {
        (*p)++;
        if (!read_number(p, 2, &second) || second > 59)
            return FALSE;
    }
    return m->hour <= 23 && m->minute <= 59;
}

static gboolean read_date(const char **p, struct moment *m)
{
    const char *start = *p;
    if (read_number(p, 4, &m->year) && **p == '-' && (*p)++ && read_number(p, 2, &m->month) &&
        **p == '-' && (*p)++ && read_number(p, 2, &m->day) && m->year >= 1970)
        return TRUE;
    *p = start;
    return FALSE;
}

static void set_day(struct moment *m, GDateTime *day)
{
    g_date_time_get_ymd(day, &m->year, &m->month, &m->day);
}

static const char *const weekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};

/* Days from `today` that the word means; -1: it is none. */
static int days_ahead(const char *word, gsize len, GDateTime *today)
{
    if (len == 5 && g_ascii_strncasecmp(word, "today", len) == 0)
        return 0;
    if (len == 8 && g_ascii_strncasecmp(word, "tomorrow", len) == 0)
        return 1;
    for (int i = 0; i < (int)G_N_ELEMENTS(weekdays); i++)
        if (len >= 3 && len <= strlen(weekdays[i]) &&
            g_ascii_strncasecmp(word, weekdays[i], len) == 0) {
            int ahead = (i + 1 - g_date_time_get_day_of_week(today) + 7) % 7;
            return ahead == 0 ? 7 : ahead;
        }
    return -1;
}

/* Whether `*p` begins with a day; `*ret_is_named` FALSE: none, it is a time alone. */
static gboolean read_day(const char **p, GDateTime *today, struct moment *m,
                         gboolean *ret_is_named)
{
    gsize len = strspn(*p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    *ret_is_named = TRUE;
    if (len > 0) {
        int ahead = days_ahead(*p, len, today);
        if (ahead < 0)
            return FALSE;
        g_autoptr(GDateTime) day = g_date_time_add_days(today, ahead);
        set_day(m, day);
        *p += len;
    } else if (!read_date(p, m)) {
        *ret_is_named = FALSE;
        set_day(m, today);
    }
    return TRUE;
}

static gboolean parse_local(const char *text, const char *p, gint64 now_us, gint64 *ret_us,
                            GError **error)
{
    struct moment m = {0};
    gboolean is_named = FALSE;
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(now_us / CLOCK_SECOND_US);
    if (!read_day(&p, now, &m, &is_named))
        return refuse(error, text, _("that day is not known"));
    if (is_named) {
        if (!*p)
            return refuse(error, text, _("the time of day is missing"));
        gsize blanks = strspn(p, " \tT");
        if (blanks == 0)
            return refuse(error, text, _("it cannot be read"));
        p += blanks;
    }
    if (!read_time(&p, &m) || *p)
        return refuse(error, text, _("the time of day is not like 08:30"));
    if (!to_moment(text, &m, ret_us, error))
        return FALSE;
    if (is_named || *ret_us > now_us)
        return TRUE;
    g_autoptr(GDateTime) tomorrow = g_date_time_add_days(now, 1);
    set_day(&m, tomorrow);
    return to_moment(text, &m, ret_us, error);
}

gboolean when_parse(const char *text, gint64 now_us, gint64 *ret_us, GError **error)
{
    g_autofree char *trimmed = g_strstrip(g_strndup(text ? text : "", MAX_TYPED + 1));
    gint64 us = 0, seconds = 0;
    if (strlen(trimmed) > MAX_TYPED)
        return refuse(error, trimmed, _("it is too long"));
    if (g_ascii_strncasecmp(trimmed, "in ", 3) == 0) {
        g_autofree char *span = g_strstrip(g_strdup(trimmed + 3));
        if (!clock_parse_span(span, &seconds, NULL))
            return refuse(error, trimmed, _("the span is not like 30m, 2h or 1d"));
        us = now_us + seconds * CLOCK_SECOND_US;
    } else if (!clock_parse_utc(trimmed, &us, NULL) &&
               !parse_local(trimmed, trimmed, now_us, &us, error)) {
        return FALSE;
    }
    if (us < now_us)
        return refuse(error, trimmed, _("it has gone by"));
    *ret_us = us;
    return TRUE;
}

char *when_format(gint64 wall_us)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(wall_us / CLOCK_SECOND_US);
    return g_date_time_format(t, "%Y-%m-%d %H:%M %Z (%:z)");
}

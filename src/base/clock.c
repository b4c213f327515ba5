/*
 * The two clocks, and times and spans as text. The only file that asks the system what time it
 * is; everything that computes with time takes it as an argument. Not for timers: loop.c.
 */
#include "config.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define BOOT_ID_LENGTH 36
#define DAY_S G_GINT64_CONSTANT(86400)
#define MAX_SPAN_S (10 * 365 * DAY_S)
#define SHOWN_CHARS 60

gint64 clock_wall_us(void)
{
    return g_get_real_time();
}

gint64 clock_mono_us(void)
{
    return g_get_monotonic_time();
}

gint64 clock_boot_us(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_BOOTTIME, &t); /* fails for clocks only that the kernel does not have */
    return t.tv_sec * CLOCK_SECOND_US + t.tv_nsec / 1000;
}

static char *read_boot_id(void)
{
    g_autofree char *id = NULL;
    if (g_file_get_contents("/proc/sys/kernel/random/boot_id", &id, NULL, NULL)) {
        g_strstrip(id);
        if (strlen(id) == BOOT_ID_LENGTH)
            return g_steal_pointer(&id);
    }
    return g_strdup("unknown");
}

const char *clock_boot_id(void)
{
    static gsize boot_id; /* a char *, never freed: it holds for the life of the process */
    if (g_once_init_enter(&boot_id))
        g_once_init_leave(&boot_id, (gsize)read_boot_id());
    return (const char *)boot_id;
}

/* Rounds down also before 1970, where C's division would round up. */
static gint64 whole_seconds(gint64 wall_us)
{
    gint64 s = wall_us / CLOCK_SECOND_US;
    return wall_us % CLOCK_SECOND_US < 0 ? s - 1 : s;
}

static void split_local(gint64 wall_us, struct tm *ret)
{
    time_t t = (time_t)whole_seconds(wall_us);
    /* Fails only for years that do not fit an int, which 64-bit microseconds cannot reach. */
    if (!localtime_r(&t, ret))
        memset(ret, 0, sizeof *ret);
}

char *clock_format_utc(gint64 wall_us)
{
    time_t t = (time_t)whole_seconds(wall_us);
    struct tm tm = {0};
    gmtime_r(&t, &tm);
    return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                           tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Days since 1970 of a date in the proleptic Gregorian calendar. */
static gint64 days_from_date(gint64 year, int month, int day)
{
    static const int before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    gint64 y = month > 2 ? year : year - 1; /* whose leap day already was */
    gint64 leap_days = y / 4 - y / 100 + y / 400;
    gint64 leap_days_1969 = 1969 / 4 - 1969 / 100 + 1969 / 400;
    return (year - 1970) * 365 + leap_days - leap_days_1969 + before_month[month - 1] + day - 1;
}

static gint64 day_number(const struct tm *tm)
{
    return days_from_date(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday);
}

char *clock_format_local(gint64 wall_us, gint64 now_us)
{
    struct tm tm, now;
    split_local(wall_us, &tm);
    split_local(now_us, &now);
    gint64 days = day_number(&tm) - day_number(&now);
    char text[64];
    const char *format = days == 0 ? "%H:%M" : "%Y-%m-%d %H:%M";
    if (days != 0 && ABS(days) <= 6)
        format = "%a %H:%M";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the three above */
    gsize len = strftime(text, sizeof text, format, &tm);
#pragma GCC diagnostic pop
    return g_strndup(text, len);
}

char *clock_format_span(gint64 seconds)
{
    gint64 s = MAX(seconds, 0);
    if (s < 60)
        return g_strdup_printf(_("%" PRId64 " s"), s);
    if (s < 3600)
        return g_strdup_printf(_("%" PRId64 " min"), s / 60);
    if (s < DAY_S)
        return g_strdup_printf(_("%" PRId64 " h %02d min"), s / 3600, (int)(s % 3600 / 60));
    return g_strdup_printf(_("%" PRId64 " d %d h"), s / DAY_S, (int)(s % DAY_S / 3600));
}

/* Exactly `n` digits at `*p`, which moves behind them. */
static gboolean read_digits(const char **p, int n, int *ret)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (!g_ascii_isdigit((*p)[i]))
            return FALSE;
        value = value * 10 + ((*p)[i] - '0');
    }
    *p += n;
    *ret = value;
    return TRUE;
}

static gboolean read_char(const char **p, const char *set)
{
    if (!**p || !strchr(set, **p))
        return FALSE;
    (*p)++;
    return TRUE;
}

/* "Z", "+01:00": seconds east of Greenwich. */
static gboolean read_zone(const char **p, int *ret_s)
{
    if (read_char(p, "Zz")) {
        *ret_s = 0;
        return TRUE;
    }
    int sign = **p == '-' ? -1 : 1, hours, minutes;
    if (!read_char(p, "+-") || !read_digits(p, 2, &hours) || !read_char(p, ":") ||
        !read_digits(p, 2, &minutes) || hours > 23 || minutes > 59)
        return FALSE;
    *ret_s = sign * (hours * 3600 + minutes * 60);
    return TRUE;
}

static gint64 read_fraction_us(const char **p)
{
    gint64 us = 0, unit = CLOCK_SECOND_US;
    while (g_ascii_isdigit(**p)) {
        unit /= 10;
        us += (**p - '0') * unit;
        (*p)++;
    }
    return us;
}

static gboolean refuse_time(GError **error, const char *text, const char *why)
{
    g_autofree char *shown = text_safe(text, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("'%s' is not a time: %s. Write it like 2027-03-14T16:00:00+01:00"), shown,
                why);
    return FALSE;
}

gboolean clock_parse_utc(const char *text, gint64 *ret_us, GError **error)
{
    const char *p = text ? text : "";
    int year, month, day, hour, minute, second = 0, zone_s;
    gint64 fraction_us = 0;
    if (!read_digits(&p, 4, &year) || !read_char(&p, "-") || !read_digits(&p, 2, &month) ||
        !read_char(&p, "-") || !read_digits(&p, 2, &day))
        return refuse_time(error, text, _("it does not begin with a date"));
    if (year < 1 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return refuse_time(error, text, _("there is no such day"));
    if (!read_char(&p, "Tt ") || !read_digits(&p, 2, &hour) || !read_char(&p, ":") ||
        !read_digits(&p, 2, &minute))
        return refuse_time(error, text, _("the time of day is missing"));
    if (read_char(&p, ":")) {
        if (!read_digits(&p, 2, &second))
            return refuse_time(error, text, _("the seconds are missing"));
        if (*p == '.' && g_ascii_isdigit(p[1])) {
            p++;
            fraction_us = read_fraction_us(&p);
        }
    }
    /* 60 is a leap second: the next minute's first. */
    if (hour > 23 || minute > 59 || second > 60)
        return refuse_time(error, text, _("there is no such time of day"));
    if (!*p)
        return refuse_time(error, text, _("the time zone is missing (Z is UTC)"));
    if (!read_zone(&p, &zone_s) || *p)
        return refuse_time(error, text, _("the time zone is not Z or like +01:00"));
    gint64 s = days_from_date(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second;
    *ret_us = (s - zone_s) * CLOCK_SECOND_US + fraction_us;
    return TRUE;
}

gboolean clock_parse_span(const char *text, gint64 *ret_s, GError **error)
{
    static const struct {
        char unit;
        gint64 seconds;
    } units[] = {{'\0', 1}, {'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY_S}};
    g_autofree char *shown = text_safe(text, -1, SHOWN_CHARS);
    g_autofree char *trimmed = g_strstrip(g_strdup(text ? text : ""));
    const char *p = trimmed;
    gint64 n = 0;
    for (; g_ascii_isdigit(*p); p++)
        n = MIN(n * 10 + (*p - '0'), MAX_SPAN_S + 1);
    gboolean has_number = p > trimmed;
    while (has_number && *p == ' ')
        p++;
    for (gsize i = 0; has_number && i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_tolower(*p) != units[i].unit || (*p && p[1]))
            continue;
        if (n > MAX_SPAN_S / units[i].seconds) {
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                        _("'%s' is too long: at most 3650d (ten years)"), shown);
            return FALSE;
        }
        *ret_s = n * units[i].seconds;
        return TRUE;
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("'%s' is not a span of time: write a number and s, m, h or d, like 15m"),
                shown);
    return FALSE;
}

char *clock_format_rfc5322(gint64 wall_us)
{
    /* Not strftime: the protocol's names are English in every locale. */
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    split_local(wall_us, &tm);
    long offset_min = tm.tm_gmtoff / 60;
    return g_strdup_printf("%s, %d %s %04d %02d:%02d:%02d %c%02ld%02ld", days[tm.tm_wday],
                           tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
                           tm.tm_min, tm.tm_sec, offset_min < 0 ? '-' : '+',
                           labs(offset_min) / 60, labs(offset_min) % 60);
}

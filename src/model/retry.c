/*
 * When to try again and when to give up. Pure arithmetic: time and chance are arguments. Not
 * for deciding what a reply means: that is reply.c.
 */
#include "config.h"

#include "model/retry.h"

#include <string.h>

#include "base/clock.h"

#define MINUTE_S G_GINT64_CONSTANT(60)
#define HOUR_S (60 * MINUTE_S)
#define LONGEST_S (6 * HOUR_S)
#define JITTER 0.1
#define MAX_RESTART_S 60
#define MAX_HINT_DIGITS 7         /* bounds the arithmetic; more seconds than that is no hint */
#define MAX_HINT_TEXT (16 * 1024) /* a hint stands in the first lines, if at all */

static const gint64 steps_s[] = {5 * MINUTE_S, 15 * MINUTE_S, HOUR_S, 4 * HOUR_S, LONGEST_S};

gint64 retry_delay_s(int attempt, gint64 first_s, gint64 hint_s, double chance)
{
    int step = CLAMP(attempt - 1, 0, (int)G_N_ELEMENTS(steps_s) - 1);
    double factor = 1 - JITTER + 2 * JITTER * CLAMP(chance, 0.0, 1.0);
    factor *= (double)MAX(first_s, 1) / RETRY_FIRST_DEFAULT_S;
    gint64 delay_s = (gint64)((double)steps_s[step] * factor + 0.5);
    return MAX(delay_s, MIN(hint_s, LONGEST_S));
}

gboolean retry_is_expired(gint64 first_us, gint64 next_us, gint64 give_up_s)
{
    if (first_us <= 0 || next_us <= first_us)
        return FALSE;
    return next_us - first_us > give_up_s * CLOCK_SECOND_US;
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\n')
        p++;
    return p;
}

/* Digits at `*p`, which moves behind them; -1 when there are none or too many. */
static gint64 read_number(const char **p)
{
    gint64 n = 0;
    int digits = 0;
    for (; g_ascii_isdigit(**p); (*p)++) {
        if (++digits > MAX_HINT_DIGITS)
            return -1;
        n = n * 10 + (**p - '0');
    }
    return digits ? n : -1;
}

/* "00:04:58" as some greylisters write it. */
static gint64 read_clock(gint64 hours, const char *p)
{
    gint64 part[2];
    for (int i = 0; i < 2; i++) {
        if (*p != ':')
            return 0;
        p++;
        part[i] = read_number(&p);
        if (part[i] < 0 || part[i] > 59)
            return 0;
    }
    return hours * HOUR_S + part[0] * MINUTE_S + part[1];
}

/* What stands behind a phrase such as "try again in": a number and a unit. */
static gint64 read_duration(const char *p)
{
    static const char *const fillers[] = {"about ", "at least ", "another ", "approximately ",
                                          "for "};
    p = skip_blanks(p);
    for (gsize i = 0; i < G_N_ELEMENTS(fillers); i++) {
        if (g_str_has_prefix(p, fillers[i]))
            p = skip_blanks(p + strlen(fillers[i]));
    }
    gint64 n = read_number(&p);
    if (n < 0)
        return 0;
    if (*p == ':')
        return read_clock(n, p);
    if (*p == '-')
        p++;
    p = skip_blanks(p);

    char unit[8] = "";
    for (gsize i = 0; i < sizeof unit - 1 && g_ascii_isalpha(p[i]); i++)
        unit[i] = p[i];
    if (g_str_equal(unit, "s") || g_str_has_prefix(unit, "sec"))
        return n;
    if (g_str_equal(unit, "m") || g_str_has_prefix(unit, "min"))
        return n * MINUTE_S;
    if (g_str_equal(unit, "h") || g_str_equal(unit, "hr") || g_str_equal(unit, "hrs") ||
        g_str_has_prefix(unit, "hour"))
        return n * HOUR_S;
    return 0;
}

gint64 retry_hint_s(const char *reply_text)
{
    static const char *const phrases[] = {
        "again in",     "again after",    "retry in",       "retry after",
        "retry-after:", "retry-after",    "back in",        "back after",
        "wait",         "greylisted for", "graylisted for", "delayed for",
    };
    if (!reply_text)
        return 0;
    g_autofree char *text =
        g_ascii_strdown(reply_text, (gssize)strnlen(reply_text, MAX_HINT_TEXT));
    for (gsize i = 0; i < G_N_ELEMENTS(phrases); i++) {
        for (const char *p = strstr(text, phrases[i]); p; p = strstr(p + 1, phrases[i])) {
            gint64 hint_s = read_duration(p + strlen(phrases[i]));
            if (hint_s > 0)
                return hint_s;
        }
    }
    return 0;
}

gint64 retry_restart_s(int deaths)
{
    if (deaths < 0)
        return 1;
    return deaths >= 6 ? MAX_RESTART_S : (gint64)1 << deaths;
}

/*
 * Limits an hour and a day, and the warm-up of a new sender. Counting is the worker's, keeping
 * the count the store's.
 */
#include "config.h"

#include "model/quota.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define WARM_UP_DAYS_MAX 366
#define WARM_UP_MAX G_GINT64_CONSTANT(1000000000)
#define HOUR_US (3600 * CLOCK_SECOND_US)

static gint64 midnight_of(GDateTime *day)
{
    int y, m, d;
    g_date_time_get_ymd(day, &y, &m, &d);
    g_autoptr(GDateTime) start = g_date_time_new_local(y, m, d, 0, 0, 0);
    return g_date_time_to_unix(start) * CLOCK_SECOND_US;
}

void quota_windows_at(gint64 now_us, struct quota_windows *ret)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(now_us / CLOCK_SECOND_US);
    int y, m, d;
    g_date_time_get_ymd(now, &y, &m, &d);
    g_autoptr(GDateTime) noon = g_date_time_new_local(y, m, d, 12, 0, 0);
    g_autoptr(GDateTime) next = g_date_time_add_days(noon, 1);
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)d, (GDateMonth)m, (GDateYear)y);
    gint64 in_hour_s = g_date_time_get_minute(now) * 60 + g_date_time_get_second(now);
    ret->hour_us = (now_us / CLOCK_SECOND_US - in_hour_s) * CLOCK_SECOND_US;
    ret->hour_end_us = ret->hour_us + HOUR_US;
    /* Where the change of clocks skips midnight, its name may be taken for a moment later. */
    ret->day_us = MIN(midnight_of(now), now_us);
    ret->day_end_us = MAX(midnight_of(next), now_us + 1);
    ret->julian = g_date_get_julian(&date);
}

gboolean quota_windows_hold(const struct quota_windows *w, gint64 now_us)
{
    return now_us >= w->hour_us && now_us < w->hour_end_us && now_us >= w->day_us &&
           now_us < w->day_end_us;
}

static void tighten(struct quota_word *word, enum quota_kind kind, gint64 limit, gint64 used,
                    gint64 again_us)
{
    gint64 left = MAX(0, limit - used);
    if (limit <= 0 || left > word->left || (left == word->left && again_us <= word->again_us))
        return;
    *word = (struct quota_word){kind, limit, left, again_us};
}

void quota_ask(const struct server *s, const struct quota_use *use, struct quota_word *ret)
{
    const struct quota_windows *w = &use->windows;
    gint64 warm_up = quota_warm_up_of(s->warm_up, w->julian);
    *ret = (struct quota_word){.left = G_MAXINT64};
    /* Of two that are used up, the one that lasts longer is told. */
    tighten(ret, QUOTA_HOUR, s->per_hour, use->hour_n, w->hour_end_us);
    tighten(ret, QUOTA_DAY, s->per_day, use->day_n, w->day_end_us);
    tighten(ret, QUOTA_WARM_UP, warm_up, use->day_n, w->day_end_us);
}

/* ---- warm-up ---- */

static gboolean read_date(const char *word, GDate *ret)
{
    gint64 n[3];
    g_auto(GStrv) parts = g_strsplit(word, "-", 4);
    if (g_strv_length(parts) != 3 || strlen(parts[0]) != 4)
        return FALSE;
    for (int i = 0; i < 3; i++)
        if (!g_ascii_string_to_signed(parts[i], 10, 1, 9999, &n[i], NULL))
            return FALSE;
    if (!g_date_valid_dmy((GDateDay)MIN(n[2], 99), (GDateMonth)MIN(n[1], 13), (GDateYear)n[0]))
        return FALSE;
    g_date_clear(ret, 1);
    g_date_set_dmy(ret, (GDateDay)n[2], (GDateMonth)n[1], (GDateYear)n[0]);
    return TRUE;
}

/* With blanks or commas between them. */
static gboolean read_numbers(char **words, GArray *to)
{
    for (; *words; words++) {
        gint64 n;
        if (!**words)
            continue;
        if (!g_ascii_string_to_signed(*words, 10, 1, WARM_UP_MAX, &n, NULL))
            return FALSE;
        g_array_append_val(to, n);
    }
    return to->len > 0 && to->len <= WARM_UP_DAYS_MAX;
}

static gboolean read_warm_up(const char *text, GDate *ret_first, GArray *to)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t,", -1);
    return words[0] && read_date(words[0], ret_first) && read_numbers(words + 1, to);
}

gboolean quota_check_warm_up(const char *text, GError **error)
{
    GDate first;
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!text || !*text || read_warm_up(text, &first, numbers))
        return TRUE;
    g_autofree char *shown = text_safe(text, -1, 80);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("warm_up: '%s' is not a first day and the messages of each day from then on. "
                  "Write it like 2026-12-01 50 100 200 400"),
                shown);
    return FALSE;
}

gint64 quota_warm_up_of(const char *text, guint32 julian)
{
    GDate first;
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!text || !*text || !read_warm_up(text, &first, numbers))
        return 0;
    guint32 begin = g_date_get_julian(&first), at = julian > begin ? julian - begin : 0;
    return at < numbers->len ? g_array_index(numbers, gint64, at) : 0;
}

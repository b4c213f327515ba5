/*
 * A moment as people type it: RFC 3339, "2026-12-01 09:00", "tomorrow 08:30", "monday 9:00",
 * "14:30", "in 2h". Local times are of the process's zone (TZ); hours that occur twice or not
 * at all are refused.
 */
#ifndef CRIER_BASE_WHEN_H
#define CRIER_BASE_WHEN_H

#include <glib.h>

/*
 * Wall microseconds. A time of day without a day is today's, or tomorrow's when today's has
 * gone by; a day's name is the next such day. Refused, each with its reason: what cannot be
 * read, a day that there is not, an hour that the change of clocks skips or repeats (the
 * message names both RFC 3339 spellings), what has gone by.
 */
gboolean when_parse(const char *text, gint64 now_us, gint64 *ret_us, GError **error);

/* "2026-12-01 09:00 CET (+01:00)". Caller frees. */
char *when_format(gint64 wall_us);

#endif

/*
 * Two clocks. Wall time (microseconds since 1970, UTC) for schedules, records and display;
 * monotonic time for intervals and limits. Pure functions elsewhere take `now` as an argument.
 */
#ifndef CRIER_BASE_CLOCK_H
#define CRIER_BASE_CLOCK_H

#include <glib.h>

#define CLOCK_SECOND_US G_GINT64_CONSTANT(1000000)

gint64 clock_wall_us(void);
gint64 clock_mono_us(void);
/* Since the machine was started; as clock_mono_us(), but goes on while it sleeps. */
gint64 clock_boot_us(void);

/* The kernel's boot id (36 characters), read once; "unknown" where there is none. */
const char *clock_boot_id(void);

/* 1795282080123456 -> "2026-11-21T18:08:00Z" (whole seconds). Caller frees. */
char *clock_format_utc(gint64 wall_us);

/* For a person, in the local zone: "14:37" today, "Mon 14:37" within six days, else
 * "2026-11-21 14:37". `now_us` decides what is today. Caller frees. */
char *clock_format_local(gint64 wall_us, gint64 now_us);

/* "3 s", "2 min", "1 h 05 min", "2 d 3 h". Caller frees. */
char *clock_format_span(gint64 seconds);

/* RFC 3339 with zone -> wall microseconds. */
gboolean clock_parse_utc(const char *text, gint64 *ret_us, GError **error);

/* "90", "90s", "15m", "4h", "2d" -> seconds, 0…10 years. */
gboolean clock_parse_span(const char *text, gint64 *ret_s, GError **error);

/* RFC 5322 date-time in the local zone with numeric offset, for the Date field. Caller frees.
 */
char *clock_format_rfc5322(gint64 wall_us);

#endif

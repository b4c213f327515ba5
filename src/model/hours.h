/*
 * When a campaign goes out: times of day, days of the week, and dates on which it does not, in
 * the machine's zone. Pure: the time is an argument.
 */
#ifndef CRIER_MODEL_HOURS_H
#define CRIER_MODEL_HOURS_H

#include <glib.h>

#include "model/campaign.h"

enum hours_cause { HOURS_OPEN, HOURS_DATE, HOURS_DAY, HOURS_TIME, HOURS_CAUSE_COUNT };

/* Hours like "08:00-18:00" or "22:00-06:00", days like "mon-fri, sun", dates like
 * "2026-12-24..2026-12-26, 2027-01-01"; each may be empty. */
gboolean hours_check(const struct campaign *c, GError **error);

/* Whether it may go out at `now_us`, else why not; `*ret_next_us` (may be NULL): the first
 * moment from then on at which it may, 0: within a year there is none. What cannot be read holds
 * nothing up. A night that begins on an allowed day belongs to that day. */
enum hours_cause hours_ask(const struct campaign *c, gint64 now_us, gint64 *ret_next_us);

#endif

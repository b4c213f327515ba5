/*
 * When to try again, and when to give up. Pure arithmetic: time and chance are arguments.
 */
#ifndef CRIER_MODEL_RETRY_H
#define CRIER_MODEL_RETRY_H

#include <glib.h>

#define RETRY_GIVE_UP_DEFAULT_S (2 * 24 * 3600)
#define RETRY_FIRST_DEFAULT_S 300

/*
 * The wait after the `attempt`th (1, 2, …) deferral: 5 min, 15 min, 1 h, 4 h, then every 6 h
 * for a `first_s` of RETRY_FIRST_DEFAULT_S, in proportion for another; jittered by ±10 % with
 * `chance` in 0…1. `hint_s` (0: none) is the receiver's own "try again in N seconds": honoured
 * when longer, up to 6 h. Seconds.
 */
gint64 retry_delay_s(int attempt, gint64 first_s, gint64 hint_s, double chance);

/* True when a delivery first tried at `first_us` must not be tried again at `next_us`. */
gboolean retry_is_expired(gint64 first_us, gint64 next_us, gint64 give_up_s);

/* "try again in 300 seconds", "retry in 5 minutes" -> 300; 0 when the text has no such hint. */
gint64 retry_hint_s(const char *reply_text);

/* Restart back-off of a role: 1, 2, 4 … 60 s for the nth (0, 1, …) death in a row. */
gint64 retry_restart_s(int deaths);

#endif

/*
 * How fast one receiver is given messages: its limit, and less when it asks for that. Half of
 * what it was at once, then back in equal steps (additive increase, multiplicative decrease).
 * `now_us` is monotonic and an argument.
 */
#ifndef CRIER_MODEL_THROTTLE_H
#define CRIER_MODEL_THROTTLE_H

#include <glib.h>

#include "model/pace.h"
#include "model/provider.h"

#define THROTTLE_LEAST_PER_SECOND (1.0 / 60) /* no receiver is slowed down below it */

struct throttle {
    double limit;              /* messages a second that are allowed, 0: any number */
    double base;               /* while it is slowed down: where it climbs back to; else 0 */
    gint64 slow_us;            /* when it was asked for less, 0: never */
    gint64 climbed_us;         /* up to when the way back is reckoned */
    struct pace_bucket bucket; /* its rate is the present one, 0: any number */
};

void throttle_init(struct throttle *t, double limit, gint64 now_us);
/* Another limit; one that is slowed down stays so. */
void throttle_set_limit(struct throttle *t, double limit, gint64 now_us);
gboolean throttle_is_slow(const struct throttle *t);
/* False: nothing is to be asked or counted. */
gboolean throttle_is_on(const struct throttle *t);

/* It asked for less. `measured`: messages a second that it got, for one without a limit. False:
 * this one says the same as the last one, which was in the same quiet_s. */
gboolean throttle_slow_down(struct throttle *t, const struct provider_pace *p, double measured,
                            gint64 now_us);
/* Climbs. True when the rate changed. Called about once a second. */
gboolean throttle_tick(struct throttle *t, const struct provider_pace *p, gint64 now_us);

gboolean throttle_take(struct throttle *t, gint64 now_us);
void throttle_give_back(struct throttle *t);
gint64 throttle_wait_us(struct throttle *t, gint64 now_us);
/* How many could be taken now. */
int throttle_left(struct throttle *t, gint64 now_us);

/* As an earlier life left it: `wait_us` is what was missing until the next message. */
void throttle_restore(struct throttle *t, double rate, double base, gint64 slow_us,
                      gint64 wait_us, gint64 now_us);

#endif

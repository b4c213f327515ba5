/*
 * Halving and climbing. Which replies ask for it is the table's (provider.c), whom it concerns
 * the worker's.
 */
#include "config.h"

#include "model/throttle.h"

#include "base/clock.h"

#define BURST_S 0.1 /* as in pace.c: a tenth of a second's worth may go at once */
#define HALF 0.5

/* What was saved up does not become more by another rate. */
static void set_rate(struct throttle *t, double rate, gint64 now_us)
{
    struct pace_bucket *b = &t->bucket;
    if (b->rate <= 0) {
        pace_init(b, rate, now_us);
        return;
    }
    pace_wait_us(b, now_us); /* fills up to now by the rate of before */
    b->rate = rate;
    b->burst = MAX(1.0, rate * BURST_S);
    b->fill = MIN(b->fill, b->burst);
}

void throttle_init(struct throttle *t, double limit, gint64 now_us)
{
    *t = (struct throttle){.limit = limit};
    pace_init(&t->bucket, limit, now_us);
}

gboolean throttle_is_slow(const struct throttle *t)
{
    return t->base > 0;
}

gboolean throttle_is_on(const struct throttle *t)
{
    return t->bucket.rate > 0;
}

void throttle_set_limit(struct throttle *t, double limit, gint64 now_us)
{
    if (limit == t->limit)
        return;
    t->limit = limit;
    if (throttle_is_slow(t) && limit > 0) {
        t->base = limit;
        if (t->bucket.rate >= limit)
            t->base = 0;
    }
    if (!throttle_is_slow(t))
        set_rate(t, limit, now_us);
}

gboolean throttle_slow_down(struct throttle *t, const struct provider_pace *p, double measured,
                            gint64 now_us)
{
    /* Those that were in flight together get the same answer. */
    if (t->slow_us > 0 && now_us - t->slow_us < p->quiet_s * CLOCK_SECOND_US &&
        throttle_is_slow(t))
        return FALSE;
    double rate = throttle_is_on(t) ? t->bucket.rate : measured;
    rate = MAX(rate, THROTTLE_LEAST_PER_SECOND);
    if (!throttle_is_slow(t))
        t->base = t->limit > 0 ? t->limit : rate;
    t->slow_us = now_us;
    t->climbed_us = now_us + p->quiet_s * CLOCK_SECOND_US;
    /* A limit may lie below the least. */
    set_rate(t, MIN(MAX(rate * HALF, THROTTLE_LEAST_PER_SECOND), rate), now_us);
    return TRUE;
}

gboolean throttle_tick(struct throttle *t, const struct provider_pace *p, gint64 now_us)
{
    if (!throttle_is_slow(t) || now_us <= t->climbed_us)
        return FALSE;
    double step_s = (double)(now_us - t->climbed_us) / (double)CLOCK_SECOND_US;
    double rate = t->bucket.rate + t->base * step_s / (double)MAX(p->climb_s, 1);
    t->climbed_us = now_us;
    if (rate >= t->base) {
        t->base = 0;
        rate = t->limit;
    }
    set_rate(t, rate, now_us);
    return TRUE;
}

gboolean throttle_take(struct throttle *t, gint64 now_us)
{
    return pace_take(&t->bucket, now_us);
}

void throttle_give_back(struct throttle *t)
{
    if (throttle_is_on(t))
        pace_give_back(&t->bucket);
}

gint64 throttle_wait_us(struct throttle *t, gint64 now_us)
{
    return pace_wait_us(&t->bucket, now_us);
}

int throttle_left(struct throttle *t, gint64 now_us)
{
    if (!throttle_is_on(t))
        return G_MAXINT;
    if (pace_wait_us(&t->bucket, now_us) > 0)
        return 0;
    return MAX(1, (int)t->bucket.fill);
}

void throttle_restore(struct throttle *t, double rate, double base, gint64 slow_us,
                      gint64 wait_us, gint64 now_us)
{
    if (base > 0 && rate > 0 && rate < base) {
        t->base = t->limit > 0 ? t->limit : base;
        t->slow_us = slow_us;
        t->climbed_us = now_us;
        pace_init(&t->bucket, MIN(rate, t->base), now_us);
        if (rate >= t->base)
            t->base = 0;
    }
    /* Never longer than one message's time: the rate may have been another one. */
    double missing = (double)MAX(wait_us, 0) / (double)CLOCK_SECOND_US * t->bucket.rate;
    t->bucket.fill = 1 - MIN(missing, 1);
}

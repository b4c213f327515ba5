/*
 * Token buckets and the rate meter. Pure arithmetic: the time is an argument, so a test can
 * walk through a day in a microsecond. Not for choosing limits: those are the server's record.
 */
#include "config.h"

#include "model/pace.h"

#include <math.h>

#include "base/clock.h"

#define BURST_S 0.1 /* seconds' worth of tokens that may be saved up */
#define METER_CONSTANT_S 2.0
/* Sums of fractions end a hair below 1: without this the waiter would wake and wait again. */
#define ROUNDING 1e-6

void pace_init(struct pace_bucket *b, double rate, gint64 now_us)
{
    *b = (struct pace_bucket){.rate = rate > 0 ? rate : 0, .fill = 1, .at_us = now_us};
    b->burst = MAX(1.0, b->rate * BURST_S);
}

static void refill(struct pace_bucket *b, gint64 now_us)
{
    if (now_us > b->at_us) {
        double elapsed_s = (double)(now_us - b->at_us) / (double)CLOCK_SECOND_US;
        b->fill = MIN(b->burst, b->fill + b->rate * elapsed_s);
        b->at_us = now_us;
    }
}

gboolean pace_take(struct pace_bucket *b, gint64 now_us)
{
    if (b->rate <= 0)
        return TRUE;
    refill(b, now_us);
    if (b->fill < 1 - ROUNDING)
        return FALSE;
    b->fill = MAX(0.0, b->fill - 1);
    return TRUE;
}

gint64 pace_wait_us(struct pace_bucket *b, gint64 now_us)
{
    if (b->rate <= 0)
        return 0;
    refill(b, now_us);
    if (b->fill >= 1 - ROUNDING)
        return 0;
    double wait_us = (1 - b->fill) / b->rate * (double)CLOCK_SECOND_US;
    return MAX(1, (gint64)ceil(MIN(wait_us, (double)(G_MAXINT64 / 2))));
}

void pace_give_back(struct pace_bucket *b)
{
    b->fill = MIN(b->burst, b->fill + 1);
}

void pace_meter_init(struct pace_meter *m, gint64 now_us)
{
    *m = (struct pace_meter){.at_us = now_us};
}

double pace_meter_rate(const struct pace_meter *m, gint64 now_us)
{
    if (now_us <= m->at_us)
        return m->per_s;
    double elapsed_s = (double)(now_us - m->at_us) / (double)CLOCK_SECOND_US;
    return m->per_s * exp(-elapsed_s / METER_CONSTANT_S);
}

void pace_meter_count(struct pace_meter *m, int n, gint64 now_us)
{
    m->per_s = pace_meter_rate(m, now_us) + n / METER_CONSTANT_S;
    m->at_us = MAX(m->at_us, now_us);
}

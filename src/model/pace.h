/*
 * Token buckets. `now_us` is monotonic and an argument.
 */
#ifndef CRIER_MODEL_PACE_H
#define CRIER_MODEL_PACE_H

#include <glib.h>

struct pace_bucket {
    double rate;  /* tokens a second; 0: no limit */
    double burst; /* most tokens kept */
    double fill;
    gint64 at_us; /* when `fill` was true */
};

/* A bucket that starts with one token; burst is a tenth of a second's worth, at least 1. */
void pace_init(struct pace_bucket *b, double rate, gint64 now_us);
gboolean pace_take(struct pace_bucket *b, gint64 now_us);
/* Microseconds until a token is there; 0 when one is. */
gint64 pace_wait_us(struct pace_bucket *b, gint64 now_us);
void pace_give_back(struct pace_bucket *b);

/* Messages a second over the last seconds: an exponential mean with a time constant of 2 s. */
struct pace_meter {
    double per_s;
    gint64 at_us;
};
void pace_meter_init(struct pace_meter *m, gint64 now_us);
void pace_meter_count(struct pace_meter *m, int n, gint64 now_us);
double pace_meter_rate(const struct pace_meter *m, gint64 now_us);

#endif

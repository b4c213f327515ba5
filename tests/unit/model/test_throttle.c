/* A receiver's rate: the limit, half of it when it asks, the way back, another life. */
#include "config.h"

#include "model/throttle.h"

#include "base/clock.h"

#define S CLOCK_SECOND_US

static const struct provider_pace pace = {.quiet_s = 30, .climb_s = 600};

/* How many go within `seconds`, asked a thousand times a second. */
static int sent(struct throttle *t, gint64 *now_us, int seconds)
{
    int n = 0;
    for (gint64 end = *now_us + seconds * S; *now_us < end; *now_us += 1000)
        while (n < 1000000 && throttle_take(t, *now_us))
            n++;
    return n;
}

static void test_limit(void)
{
    static const double rates[] = {0.5, 1, 10, 77.7, 400};
    for (gsize i = 0; i < G_N_ELEMENTS(rates); i++) {
        struct throttle t;
        gint64 now = 5 * S;
        throttle_init(&t, rates[i], now);
        g_assert_true(throttle_is_on(&t));
        int n = sent(&t, &now, 100);
        g_test_message("%g a second: %d in 100 s", rates[i], n);
        g_assert_cmpint(n, >=, (int)(rates[i] * 100 * 0.99));
        g_assert_cmpint(n, <=, (int)(rates[i] * 100 + rates[i] * 0.1 + 2));
    }
}

static void test_without_limit(void)
{
    struct throttle t;
    throttle_init(&t, 0, 0);
    g_assert_false(throttle_is_on(&t));
    g_assert_cmpint(throttle_left(&t, 0), ==, G_MAXINT);
    for (int i = 0; i < 1000; i++)
        g_assert_true(throttle_take(&t, 0));
    g_assert_cmpint(throttle_wait_us(&t, 0), ==, 0);
}

static void test_halves_once_a_while(void)
{
    struct throttle t;
    gint64 now = 100 * S;
    throttle_init(&t, 40, now);
    g_assert_true(throttle_slow_down(&t, &pace, 0, now));
    g_assert_cmpfloat(t.bucket.rate, ==, 20);
    g_assert_false(throttle_slow_down(&t, &pace, 0, now + 29 * S)); /* the same wave */
    g_assert_true(throttle_slow_down(&t, &pace, 0, now + 30 * S));
    g_assert_cmpfloat(t.bucket.rate, ==, 10);
    for (int i = 2; i < 40; i++)
        throttle_slow_down(&t, &pace, 0, now + i * 30 * S);
    g_assert_cmpfloat(t.bucket.rate, ==, THROTTLE_LEAST_PER_SECOND);
}

static void test_climbs_by_equal_steps(void)
{
    struct throttle t;
    gint64 now = 100 * S;
    throttle_init(&t, 60, now);
    throttle_slow_down(&t, &pace, 0, now);
    g_assert_false(throttle_tick(&t, &pace, now + 30 * S)); /* quiet first */
    double before = t.bucket.rate;
    for (int i = 31; i <= 40; i++) {
        g_assert_true(throttle_tick(&t, &pace, now + i * S));
        g_assert_cmpfloat_with_epsilon(t.bucket.rate - before, 0.1, 1e-9); /* 60 / 600 */
        before = t.bucket.rate;
    }
    g_assert_true(throttle_is_slow(&t));
    throttle_tick(&t, &pace, now + 400 * S);
    g_assert_false(throttle_is_slow(&t));
    g_assert_cmpfloat(t.bucket.rate, ==, 60);
    g_assert_false(throttle_tick(&t, &pace, now + 500 * S));
}

/* One that had no limit gets half of what it was sent, and none again once it is back there. */
static void test_without_limit_asks(void)
{
    struct throttle t;
    gint64 now = 100 * S;
    throttle_init(&t, 0, now);
    g_assert_true(throttle_slow_down(&t, &pace, 200, now));
    g_assert_cmpfloat(t.bucket.rate, ==, 100);
    g_assert_true(throttle_is_on(&t));
    int n = sent(&t, &now, 10);
    g_assert_cmpint(n, >=, 990);
    g_assert_cmpint(n, <=, 1011);
    throttle_tick(&t, &pace, now + 1000 * S);
    g_assert_false(throttle_is_on(&t));
}

static void test_another_limit(void)
{
    struct throttle t;
    gint64 now = 100 * S;
    throttle_init(&t, 10, now);
    while (throttle_take(&t, now))
        ;
    throttle_set_limit(&t, 1000, now);
    g_assert_cmpint(throttle_left(&t, now), ==, 0); /* nothing is saved up by it */
    throttle_slow_down(&t, &pace, 0, now);
    throttle_set_limit(&t, 600, now);
    g_assert_cmpfloat(t.bucket.rate, ==, 500);
    throttle_set_limit(&t, 400, now);
    g_assert_cmpfloat(t.bucket.rate, ==, 400);
    g_assert_false(throttle_is_slow(&t));
    throttle_set_limit(&t, 0, now);
    g_assert_false(throttle_is_on(&t));
}

static void test_another_life(void)
{
    struct throttle t;
    gint64 now = 100 * S;
    throttle_init(&t, 0.1, now);
    throttle_restore(&t, 0.1, 0, 0, 7 * S, now);
    g_assert_cmpint(throttle_left(&t, now), ==, 0);
    g_assert_cmpint(ABS(throttle_wait_us(&t, now) - 7 * S), <, 1000);
    throttle_restore(&t, 0.1, 0, 0, 999 * S, now); /* the clock was set */
    g_assert_cmpint(ABS(throttle_wait_us(&t, now) - 10 * S), <, 1000);
    throttle_init(&t, 0, now);
    throttle_restore(&t, 25, 100, now - S, -5, now);
    g_assert_true(throttle_is_slow(&t));
    g_assert_cmpfloat(t.bucket.rate, ==, 25);
    g_assert_cmpint(throttle_left(&t, now), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/throttle/limit", test_limit);
    g_test_add_func("/throttle/without-limit", test_without_limit);
    g_test_add_func("/throttle/halves-once-a-while", test_halves_once_a_while);
    g_test_add_func("/throttle/climbs-by-equal-steps", test_climbs_by_equal_steps);
    g_test_add_func("/throttle/without-limit-asks", test_without_limit_asks);
    g_test_add_func("/throttle/another-limit", test_another_limit);
    g_test_add_func("/throttle/another-life", test_another_life);
    return g_test_run();
}

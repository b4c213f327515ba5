/* Token buckets and the meter, walked through time by hand. */
#include "config.h"

#include "model/pace.h"

#include "base/clock.h"

#define S CLOCK_SECOND_US

/* Takes as fast as allowed, waiting exactly as told; how many in `seconds`. */
static int take_for(struct pace_bucket *b, gint64 from_us, gint64 seconds)
{
    int n = 0;
    gint64 now = from_us;
    while (now < from_us + seconds * S) {
        if (pace_take(b, now)) {
            n++;
        } else {
            gint64 wait = pace_wait_us(b, now);
            g_assert_cmpint(wait, >, 0);
            now += wait;
        }
    }
    return n;
}

static void test_rate_is_kept(void)
{
    static const double rates[] = {0.1, 1, 3, 7, 10, 33, 1000, 99999};
    for (gsize i = 0; i < G_N_ELEMENTS(rates); i++) {
        struct pace_bucket b;
        pace_init(&b, rates[i], 5 * S);
        int n = take_for(&b, 5 * S, 100);
        int due = (int)(rates[i] * 100);
        g_assert_cmpint(n, >=, due - 1);
        g_assert_cmpint(n, <=, due + 2);
    }
}

/* After the wait that was announced, a token is there: no second wait, no spinning. */
static void test_wait_is_enough(void)
{
    for (int rate = 1; rate < 2000; rate += 7) {
        struct pace_bucket b;
        gint64 now = 12345;
        pace_init(&b, rate, now);
        for (int n = 0; n < 50; n++) {
            now += pace_wait_us(&b, now);
            g_assert_true(pace_take(&b, now));
        }
    }
}

static void test_no_limit(void)
{
    struct pace_bucket b;
    pace_init(&b, 0, 0);
    for (int n = 0; n < 100000; n++)
        g_assert_true(pace_take(&b, 0));
    g_assert_cmpint(pace_wait_us(&b, 0), ==, 0);
}

static void test_starts_with_one_token(void)
{
    struct pace_bucket b;
    pace_init(&b, 1000, 0);
    g_assert_true(pace_take(&b, 0));
    g_assert_false(pace_take(&b, 0));
    g_assert_cmpint(pace_wait_us(&b, 0), ==, 1000);
}

static void test_burst_is_a_tenth_of_a_second(void)
{
    struct pace_bucket b;
    pace_init(&b, 1000, 0);
    int n = 0;
    while (pace_take(&b, 3600 * S))
        n++;
    g_assert_cmpint(n, ==, 100);
    pace_init(&b, 2, 0);
    g_assert_true(pace_take(&b, 3600 * S));
    g_assert_false(pace_take(&b, 3600 * S));
}

static void test_give_back(void)
{
    struct pace_bucket b;
    pace_init(&b, 1, 0);
    g_assert_true(pace_take(&b, 0));
    pace_give_back(&b);
    g_assert_true(pace_take(&b, 0));
    for (int n = 0; n < 10; n++)
        pace_give_back(&b);
    g_assert_true(pace_take(&b, 0));
    g_assert_false(pace_take(&b, 0));
}

static void test_clock_going_back_gives_nothing(void)
{
    struct pace_bucket b;
    pace_init(&b, 1, 100 * S);
    g_assert_true(pace_take(&b, 100 * S));
    g_assert_false(pace_take(&b, 50 * S));
    g_assert_false(pace_take(&b, 100 * S + S / 2));
    g_assert_true(pace_take(&b, 101 * S));
}

static void test_meter(void)
{
    struct pace_meter m;
    pace_meter_init(&m, 0);
    g_assert_cmpfloat(pace_meter_rate(&m, 0), ==, 0);
    for (gint64 now = 0; now < 60 * S; now += S / 100)
        pace_meter_count(&m, 5, now);
    g_assert_cmpfloat_with_epsilon(pace_meter_rate(&m, 60 * S), 500, 5);
    g_assert_cmpfloat_with_epsilon(pace_meter_rate(&m, 62 * S), 500 / 2.71828, 3);
    g_assert_cmpfloat_with_epsilon(pace_meter_rate(&m, 120 * S), 0, 0.001);
    g_assert_cmpfloat(pace_meter_rate(&m, 0), ==, m.per_s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pace/take/rate-is-kept", test_rate_is_kept);
    g_test_add_func("/pace/take/no-limit", test_no_limit);
    g_test_add_func("/pace/take/starts-with-one-token", test_starts_with_one_token);
    g_test_add_func("/pace/take/burst", test_burst_is_a_tenth_of_a_second);
    g_test_add_func("/pace/take/clock-going-back", test_clock_going_back_gives_nothing);
    g_test_add_func("/pace/wait/is-enough", test_wait_is_enough);
    g_test_add_func("/pace/give-back/up-to-burst", test_give_back);
    g_test_add_func("/pace/meter/rises-and-falls", test_meter);
    return g_test_run();
}

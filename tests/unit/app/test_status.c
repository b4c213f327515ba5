#include "config.h"

#include <glib.h>

#include "app/status.h"

static struct status_campaign campaign(enum campaign_state state, gint64 queued, gint64 leased,
                                       gint64 deferred)
{
    struct status_campaign c = {.campaign = {.state = state}};
    c.counts.state[DELIVERY_QUEUED] = queued;
    c.counts.state[DELIVERY_LEASED] = leased;
    c.counts.state[DELIVERY_DEFERRED] = deferred;
    return c;
}

static void test_shares_by_what_is_left(void)
{
    struct status_campaign a = campaign(CAMPAIGN_SENDING, 290, 10, 0),
                           b = campaign(CAMPAIGN_SENDING, 100, 0, 5),
                           paused = campaign(CAMPAIGN_PAUSED, 1000, 0, 0);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_ptr_array_add(all, &a);
    g_ptr_array_add(all, &b);
    g_ptr_array_add(all, &paused);
    status_share_rate(all, 40);
    g_assert_cmpfloat(a.rate_per_s, ==, 30);
    g_assert_cmpint(a.eta_s, ==, 10);
    g_assert_cmpfloat(b.rate_per_s, ==, 10);
    g_assert_cmpint(b.eta_s, ==, -1); /* five wait for another try: no rate says when */
    g_assert_cmpfloat(paused.rate_per_s, ==, 0);
    g_assert_cmpint(paused.eta_s, ==, -1);
}

static void test_no_rate(void)
{
    struct status_campaign a = campaign(CAMPAIGN_SENDING, 290, 10, 0),
                           through = campaign(CAMPAIGN_SENDING, 0, 0, 0);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_ptr_array_add(all, &a);
    status_share_rate(all, 0);
    g_assert_cmpint(a.eta_s, ==, -1);
    g_ptr_array_index(all, 0) = &through;
    status_share_rate(all, 100);
    g_assert_cmpfloat(through.rate_per_s, ==, 0);
    g_assert_cmpint(through.eta_s, ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/status/shares-by-what-is-left", test_shares_by_what_is_left);
    g_test_add_func("/status/no-rate", test_no_rate);
    return g_test_run();
}

/* When a share of refusals is too much. */
#include "config.h"

#include <glib.h>

#include "store/stop_rule.h"

static void test_share(void)
{
    static const struct {
        gint64 done, failed, percent;
        gboolean is_due;
    } rows[] = {
        {0, 0, 5, FALSE},       {99, 99, 5, FALSE},        {100, 5, 5, FALSE},
        {100, 6, 5, TRUE},      {1000000, 50000, 5, FALSE}, {1000000, 50001, 5, TRUE},
        {100, 100, 0, FALSE},   {100, 100, 100, FALSE},    {100, 1, 1, FALSE},
        {100, 2, 1, TRUE},      {-3, 0, 5, FALSE},
        {G_MAXINT64 / 200, G_MAXINT64 / 200, 5, TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, rows[i].failed,
                       rows[i].done);
        g_assert_true(stop_rule_is_due(rows[i].done, rows[i].failed, rows[i].percent) ==
                      rows[i].is_due);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stop-rule/share", test_share);
    return g_test_run();
}

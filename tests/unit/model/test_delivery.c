/* The states of a delivery: every pair is walked against a picture of the allowed moves. */
#include "config.h"

#include "model/delivery.h"

/* Rows: from; columns: to, in the order of the enum. */
static const char *const picture[DELIVERY_STATE_COUNT] = {
    /*                   Q L A R D U S C */
    [DELIVERY_QUEUED] = ". x x x x x x x",     [DELIVERY_LEASED] = "x . x x x x x x",
    [DELIVERY_ACCEPTED] = ". . . . . . . .",   [DELIVERY_REFUSED] = "x . . . . . . .",
    [DELIVERY_DEFERRED] = "x x x x . x x x",   [DELIVERY_UNCERTAIN] = "x . x x . . . .",
    [DELIVERY_SUPPRESSED] = ". . . . . . . .", [DELIVERY_CANCELLED] = ". . . . . . . .",
};

static void test_every_pair(void)
{
    for (int from = 0; from < DELIVERY_STATE_COUNT; from++) {
        for (int to = 0; to < DELIVERY_STATE_COUNT; to++) {
            gboolean allowed = picture[from][to * 2] == 'x';
            if (delivery_may_move(from, to) != allowed)
                g_error("%s -> %s", delivery_state_name(from), delivery_state_name(to));
        }
    }
}

static void test_out_of_range_never_moves(void)
{
    g_assert_false(delivery_may_move(DELIVERY_STATE_COUNT, DELIVERY_QUEUED));
    g_assert_false(delivery_may_move(DELIVERY_QUEUED, DELIVERY_STATE_COUNT));
    g_assert_false(delivery_may_move((enum delivery_state) - 1, DELIVERY_LEASED));
    g_assert_false(delivery_may_move(DELIVERY_LEASED, (enum delivery_state) - 1));
}

static void test_names_and_numbers_are_stored(void)
{
    static const char *const names[] = {"queued",   "leased",    "accepted",   "refused",
                                        "deferred", "uncertain", "suppressed", "cancelled"};
    g_assert_cmpuint(G_N_ELEMENTS(names), ==, DELIVERY_STATE_COUNT);
    for (int s = 0; s < DELIVERY_STATE_COUNT; s++) {
        enum delivery_state parsed = DELIVERY_STATE_COUNT;
        g_assert_cmpstr(delivery_state_name(s), ==, names[s]);
        g_assert_true(delivery_state_parse(names[s], &parsed));
        g_assert_cmpint(parsed, ==, s);
    }
}

static void test_unknown_names(void)
{
    static const char *const names[] = {"", "Queued", "delivered", "queued ", NULL};
    enum delivery_state parsed = DELIVERY_DEFERRED;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_false(delivery_state_parse(names[i], &parsed));
    g_assert_cmpint(parsed, ==, DELIVERY_DEFERRED);
}

static void test_final_ones(void)
{
    const unsigned final = 1u << DELIVERY_ACCEPTED | 1u << DELIVERY_REFUSED |
                           1u << DELIVERY_SUPPRESSED | 1u << DELIVERY_CANCELLED |
                           1u << DELIVERY_UNCERTAIN;
    for (int s = 0; s < DELIVERY_STATE_COUNT; s++)
        g_assert_cmpint(delivery_is_final(s), ==, (final >> s) & 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/delivery/move/every-pair", test_every_pair);
    g_test_add_func("/delivery/move/out-of-range-never", test_out_of_range_never_moves);
    g_test_add_func("/delivery/state/names-and-numbers", test_names_and_numbers_are_stored);
    g_test_add_func("/delivery/state/unknown-names", test_unknown_names);
    g_test_add_func("/delivery/state/final-ones", test_final_ones);
    return g_test_run();
}

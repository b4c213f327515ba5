/*
 * The phase timers: those of RFC 5321, 4.5.3.2, and what CRIER_TIMERS makes of them.
 */
#include "config.h"

#include "worker/timers.h"

static void test_as_in_the_rfc(void)
{
    struct timers t;
    char *bad = NULL;
    g_assert_true(timers_read(NULL, &t, &bad));
    g_assert_cmpint(t.greeting_s, ==, 5 * 60);
    g_assert_cmpint(t.phases.mail_s, ==, 5 * 60);
    g_assert_cmpint(t.phases.rcpt_s, ==, 5 * 60);
    g_assert_cmpint(t.phases.data_s, ==, 2 * 60);
    g_assert_cmpint(t.phases.block_s, ==, 3 * 60);
    g_assert_cmpint(t.phases.dot_s, ==, 10 * 60);
    g_assert_false(t.is_dot_fixed);
}

static void test_shortened(void)
{
    struct timers t;
    char *bad = NULL;
    g_assert_true(timers_read("rcpt=1  dot=2", &t, &bad));
    g_assert_cmpint(t.phases.rcpt_s, ==, 1);
    g_assert_cmpint(t.phases.dot_s, ==, 2);
    g_assert_cmpint(t.phases.mail_s, ==, 300);
    g_assert_true(t.is_dot_fixed);
}

static void test_what_is_none(void)
{
    static const char *const words[] = {"mail", "mail=", "mail=0", "mail=x", "post=1", "mai=1",
                                        "mail=99999999"};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        struct timers t;
        char *bad = NULL;
        g_autofree char *text = g_strconcat(words[i], " data=7", NULL);
        g_assert_false(timers_read(text, &t, &bad));
        g_assert_cmpstr(bad, ==, words[i]);
        g_assert_cmpint(t.phases.mail_s, ==, 300);
        g_assert_cmpint(t.phases.data_s, ==, 7);
        g_free(bad);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/timers/as-in-the-rfc", test_as_in_the_rfc);
    g_test_add_func("/timers/shortened", test_shortened);
    g_test_add_func("/timers/what-is-none", test_what_is_none);
    return g_test_run();
}

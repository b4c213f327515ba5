/* Exit codes: each kind of trouble has the one the command line promises. */
#include "config.h"

#include "base/error.h"

static void test_exit_codes(void)
{
    static const struct {
        enum crier_error code;
        int exit_code;
    } rows[] = {
        {CRIER_ERROR_FAILED, 1},       {CRIER_ERROR_INVALID, 1},    {CRIER_ERROR_NOT_FOUND, 1},
        {CRIER_ERROR_EXISTS, 1},       {CRIER_ERROR_USAGE, 2},      {CRIER_ERROR_WORKER, 3},
        {CRIER_ERROR_PRECONDITION, 5}, {CRIER_ERROR_TRY_AGAIN, 75},
    };
    g_assert_cmpuint(G_N_ELEMENTS(rows), ==, CRIER_ERROR_COUNT);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = g_error_new_literal(CRIER_ERROR, rows[i].code, "x");
        g_assert_cmpint(error_exit_code(error), ==, rows[i].exit_code);
    }
}

static void test_no_error_is_zero(void)
{
    g_assert_cmpint(error_exit_code(NULL), ==, 0);
}

static void test_other_domains_and_codes_are_one(void)
{
    g_autoptr(GError) other = g_error_new_literal(G_FILE_ERROR, CRIER_ERROR_TRY_AGAIN, "x");
    g_autoptr(GError) beyond = g_error_new_literal(CRIER_ERROR, CRIER_ERROR_COUNT, "x");
    g_assert_cmpint(error_exit_code(other), ==, 1);
    g_assert_cmpint(error_exit_code(beyond), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/exit-code/by-kind", test_exit_codes);
    g_test_add_func("/error/exit-code/no-error-is-zero", test_no_error_is_zero);
    g_test_add_func("/error/exit-code/other-domains-are-one",
                    test_other_domains_and_codes_are_one);
    return g_test_run();
}

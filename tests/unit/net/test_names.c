/* getaddrinfo with a deadline, and the table of this machine. */
#include "config.h"

#include "net/names.h"

#include <glib/gstdio.h>

#include "base/clock.h"
#include "tests/unit/patience.h"

static void test_loopback(void)
{
    struct names_answer *a =
        names_wait(names_ask("localhost"), clock_mono_us() + PATIENCE_MS * 1000);
    g_assert_cmpint(a->status, ==, NAMES_FOUND);
    g_assert_cmpuint(a->addresses->len, >, 0);
    g_assert_null(a->why);
    names_answer_free(a);
    a = names_wait(names_ask("2001:db8::7"), clock_mono_us() + PATIENCE_MS * 1000);
    g_assert_cmpuint(a->addresses->len, ==, 1);
    g_assert_cmpstr(a->addresses->pdata[0], ==, "2001:db8::7");
    names_answer_free(a);
}

/* What is no name is refused by the C library itself, without a name server. */
static void test_none(void)
{
    struct names_answer *a = names_wait(names_ask("a b"), clock_mono_us() + PATIENCE_MS * 1000);
    g_assert_cmpint(a->status, !=, NAMES_FOUND);
    g_assert_cmpint(a->status, !=, NAMES_LATE);
    g_assert_nonnull(a->why);
    g_assert_cmpuint(a->addresses->len, ==, 0);
    names_answer_free(a);
}

static void test_table(void)
{
    static const struct {
        const char *host;
        gboolean is_there;
    } rows[] = {
        {"one.example", TRUE},    {"ONE.example", TRUE}, {"two.example", TRUE},
        {"three.example", FALSE}, {"192.0.2.1", FALSE},  {"four.example", FALSE},
        {"five.example", TRUE},
    };
    static const char text[] = "192.0.2.1 one.example\ttwo.example # three.example\n"
                               "# 192.0.2.2 four.example\n"
                               "2001:db8::1  five.example";
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "crier-names-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    g_assert_cmpint(fd, >=, 0);
    g_assert_true(g_close(fd, NULL));
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(names_is_in_table(path, rows[i].host), ==, rows[i].is_there);
    g_unlink(path);
    g_assert_false(names_is_in_table(path, "one.example"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/names/this-machine-and-literals", test_loopback);
    g_test_add_func("/names/no-name-at-all", test_none);
    g_test_add_func("/names/the-table-of-this-machine", test_table);
    return g_test_run();
}

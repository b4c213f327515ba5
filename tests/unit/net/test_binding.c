/*
 * Addresses to listen on as people write them, ranges of ports, and binding for a moment.
 */
#include "config.h"

#include "net/binding.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

static void test_parse(void)
{
    static const struct {
        const char *text, *shown;
        gboolean is_ipv6, takes_both;
        guint16 port;
    } cases[] = {
        {"*:81", "*:81", TRUE, TRUE, 81},
        {":81", "*:81", TRUE, TRUE, 81},
        {" * : 81 ", "*:81", TRUE, TRUE, 81},
        {"0.0.0.0:81", "0.0.0.0:81", FALSE, FALSE, 81},
        {"127.0.0.1: 0082", "127.0.0.1:82", FALSE, FALSE, 82},
        {"localhost:82", "127.0.0.1:82", FALSE, FALSE, 82},
        {"[::]:81", "[::]:81", TRUE, FALSE, 81},
        {"[::1]: 8081", "[::1]:8081", TRUE, FALSE, 8081},
        {"*:http", "*:80", TRUE, TRUE, 80},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct binding b;
        GError *error = NULL;
        binding_parse(cases[i].text, &b, &error);
        g_assert_no_error(error);
        g_autofree char *shown = binding_text(&b);
        g_assert_cmpstr(shown, ==, cases[i].shown);
        g_assert_cmpint(b.at.is_ipv6, ==, cases[i].is_ipv6);
        g_assert_cmpint(b.takes_both, ==, cases[i].takes_both);
        g_assert_cmpuint(b.at.port, ==, cases[i].port);
    }
}

static void test_refused(void)
{
    static const char *const bad[] = {
        "",
        "*",
        "127.0.0.1",
        "www.example.org:81",
        "*:0",
        "*:65536",
        "*:81x",
        "*:-1",
        "81",
        "http://127.0.0.1:81",
        "a@127.0.0.1:81",
        "[::1",
        "1.2.3:81",
        "1.2.3.4.5:81",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct binding b = {.at.port = 7};
        g_autoptr(GError) error = NULL;
        g_test_message("%s", bad[i]);
        g_assert_false(binding_parse(bad[i], &b, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpuint(b.at.port, ==, 7);
    }
}

static void test_ranges(void)
{
    static const struct {
        const char *reserved;
        guint16 port;
        gboolean is_outgoing;
    } cases[] = {
        {"", 32768, TRUE},
        {"", 60999, TRUE},
        {"", 32767, FALSE},
        {"", 61000, FALSE},
        {"40000\n", 40000, FALSE},
        {"40000,50000-50010\n", 50010, FALSE},
        {"40000,50000-50010\n", 50011, TRUE},
        {"rubbish,9-1,,40000-x", 40001, TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct binding_limits l = {.outgoing = {32768, 60999},
                                   .reserved = binding_read_ranges(cases[i].reserved)};
        g_assert_cmpint(binding_is_outgoing(&l, cases[i].port), ==, cases[i].is_outgoing);
        binding_limits_clear(&l);
    }
}

static void test_limits(void)
{
    struct binding_limits l;
    binding_limits_read(&l);
    g_assert_cmpint(l.privileged_below, >=, 0);
    g_assert_cmpint(l.privileged_below, <=, 65536);
    g_assert_cmpuint(l.outgoing.first, >, 0);
    g_assert_cmpuint(l.outgoing.first, <=, l.outgoing.last);
    binding_limits_clear(&l);
}

static void test_try(void)
{
    static const struct {
        const char *text;
        int why;
    } cases[] = {
        {"203.0.113.7:8081", EADDRNOTAVAIL}, /* TEST-NET-3: nobody has it */
        {"127.0.0.1:1", -1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct binding b, low;
        g_assert_true(binding_parse(cases[i].text, &b, NULL));
        struct binding_limits l;
        binding_limits_read(&l);
        gboolean may = l.may_bind_low || b.at.port >= l.privileged_below;
        low = b;
        int why = binding_try(&low, FALSE);
        g_assert_cmpint(why, ==, cases[i].why >= 0 ? cases[i].why : may ? 0 : EACCES);
        binding_limits_clear(&l);
    }
}

static void test_own_addresses(void)
{
    g_autoptr(GPtrArray) own = binding_own_addresses();
    for (guint i = 0; i < own->len; i++) {
        struct binding b;
        g_autofree char *text = strchr(own->pdata[i], ':')
                                    ? g_strdup_printf("[%s]:8081", (char *)own->pdata[i])
                                    : g_strdup_printf("%s:8081", (char *)own->pdata[i]);
        g_assert_true(binding_parse(text, &b, NULL));
        g_assert_cmpint(binding_try(&b, FALSE), !=, EINVAL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/binding/parse/accepts", test_parse);
    g_test_add_func("/binding/parse/refuses", test_refused);
    g_test_add_func("/binding/outgoing/ranges", test_ranges);
    g_test_add_func("/binding/limits/of-this-system", test_limits);
    g_test_add_func("/binding/try/refusals", test_try);
    g_test_add_func("/binding/own-addresses/can-be-written", test_own_addresses);
    return g_test_run();
}

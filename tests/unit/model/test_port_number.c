/* Facts about port numbers. */
#include "config.h"

#include "model/port_number.h"

static void test_blocked(void)
{
    static const guint16 yes[] = {1, 25, 110, 143, 465, 587, 990, 993, 995, 4190, 6000, 6665,
                                  6669, 6679, 6697, 10080};
    static const guint16 no[] = {0, 2, 80, 81, 82, 443, 2525, 8080, 8081, 6664, 6670, 65535};
    for (gsize i = 0; i < G_N_ELEMENTS(yes); i++)
        g_assert_true(port_number_is_blocked(yes[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(no); i++)
        g_assert_false(port_number_is_blocked(no[i]));
    int n = 0;
    for (int port = 0; port <= 65535; port++)
        n += port_number_is_blocked((guint16)port);
    g_assert_cmpint(n, ==, 82);
}

/* None that a browser refuses, that an outgoing connection may take, or that both want. */
static void test_choices(void)
{
    g_assert_cmpuint(port_number_choices(PORT_TRACKING)[0], ==, 81);
    g_assert_cmpuint(port_number_choices(PORT_TRACKING)[1], ==, 8081);
    g_assert_cmpuint(port_number_choices(PORT_ADMIN)[0], ==, 82);
    g_assert_cmpuint(port_number_choices(PORT_ADMIN)[1], ==, 8082);
    for (const guint16 *a = port_number_choices(PORT_TRACKING); *a; a++) {
        g_assert_false(port_number_is_blocked(*a));
        g_assert_cmpuint(*a, <, 32768);
        for (const guint16 *b = port_number_choices(PORT_ADMIN); *b; b++) {
            g_assert_false(port_number_is_blocked(*b));
            g_assert_cmpuint(*a, !=, *b);
        }
    }
}

static void test_security(void)
{
    static const struct {
        guint16 port;
        enum server_security security;
        const char *warning;
    } rows[] = {
        {465, SERVER_TLS, NULL},
        {465, SERVER_STARTTLS, "port 465 speaks TLS first: use --security tls"},
        {993, SERVER_NONE, "port 993 speaks TLS first: use --security tls"},
        {995, SERVER_STARTTLS, "port 995 speaks TLS first: use --security tls"},
        {25, SERVER_TLS, "port 25 speaks plain first: use --security starttls"},
        {587, SERVER_TLS, "port 587 speaks plain first: use --security starttls"},
        {2525, SERVER_TLS, "port 2525 speaks plain first: use --security starttls"},
        {143, SERVER_TLS, "port 143 speaks plain first: use --security starttls"},
        {110, SERVER_TLS, "port 110 speaks plain first: use --security starttls"},
        {110, SERVER_STARTTLS, NULL},
        {25, SERVER_NONE, NULL},
        {2526, SERVER_TLS, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *warning = port_number_warning(rows[i].port, rows[i].security);
        g_assert_cmpstr(warning, ==, rows[i].warning);
    }
    enum server_security s = SERVER_NONE;
    g_assert_false(port_number_security(80, &s));
    g_assert_true(port_number_security(143, &s));
    g_assert_cmpint(s, ==, SERVER_STARTTLS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/port-number/blocked", test_blocked);
    g_test_add_func("/port-number/choices", test_choices);
    g_test_add_func("/port-number/security", test_security);
    return g_test_run();
}

/* Which provider a domain belongs to, and what asks for less speed. */
#include "config.h"

#include "model/provider.h"

#include "base/error.h"

static struct provider *add(struct providers *all, const char *name, const char *domains,
                            const char *mx, int rank)
{
    struct provider *p = providers_add(all, name);
    g_strfreev(p->domains);
    g_strfreev(p->mx);
    p->domains = g_strsplit(domains, " ", -1);
    p->mx = g_strsplit(mx, " ", -1);
    p->rank = rank;
    return p;
}

static void test_patterns(void)
{
    static const struct {
        const char *pattern, *host;
        gboolean fits;
    } rows[] = {
        {"*.example.org", "mx1.example.org", TRUE},
        {"*.example.org", "a.b.example.org", TRUE},
        {"*.example.org", "example.org", FALSE},
        {"*.example.org", "notexample.org", FALSE},
        {"*.example.org", "mx.example.org.evil.test", FALSE},
        {"MX.Example.org", "mx.example.ORG", TRUE},
        {"mx*.example.*", "mx12.example.co.uk", TRUE},
        {"mx*.example.*", "my.example.org", FALSE},
        {"*", "", TRUE},
        {"", "", TRUE},
        {"", "a", FALSE},
        {"a", "", FALSE},
        {"*a*b*c", "aXbXbXc", TRUE},
        {"*a*b*c", "aXcXb", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s %s", rows[i].pattern, rows[i].host);
        g_assert_cmpint(provider_mx_fits(rows[i].pattern, rows[i].host), ==, rows[i].fits);
    }
}

static void test_belongs(void)
{
    g_autoptr(GError) error = NULL;
    struct providers *all = providers_new();
    add(all, "two", "two.example", "*.two.example", 0);
    add(all, "one", "one.example uno.example", "*.one.example", 0);
    g_assert_true(providers_index(all, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(providers_of_domain(all, "uno.example")->name, ==, "one");
    g_assert_null(providers_of_domain(all, "sub.one.example"));
    /* The nearest MX that anybody claims decides. */
    g_assert_cmpstr(providers_of_mx(all, "mx.else.example a.two.example b.one.example")->name,
                    ==, "two");
    g_assert_null(providers_of_mx(all, "mx.else.example"));
    g_assert_null(providers_of_mx(all, ""));
    providers_free(all);
}

static void test_one_domain_twice(void)
{
    g_autoptr(GError) error = NULL;
    struct providers *all = providers_new();
    add(all, "one", "shared.example", "", 0);
    struct provider *own = add(all, "own", "shared.example", "", 1);
    g_assert_true(providers_index(all, &error));
    g_assert_true(providers_of_domain(all, "shared.example") == own);
    own->rank = 0;
    g_assert_false(providers_index(all, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_cmpstr(
        error->message, ==,
        "the providers one and own both have the domain shared.example. Take it out "
        "of one of them");
    providers_free(all);
}

static void test_limited(void)
{
    struct providers *all = providers_new();
    struct provider *p = providers_add(all, "one");
    g_assert_false(providers_are_limited(all));
    p->per_second = 0.5;
    g_assert_true(providers_are_limited(all));
    p->per_second = 0;
    all->fallback.connections = 1;
    g_assert_true(providers_are_limited(all));
    providers_free(all);
}

static void slow(struct providers *all, enum reply_phase phase, const char *code,
                 const char *enhanced, const char *text)
{
    struct provider_slow *s = g_new0(struct provider_slow, 1);
    s->phase = phase;
    s->code = g_strdup(code);
    s->enhanced = g_strdup(enhanced);
    s->text = g_strdup(text);
    g_ptr_array_add(all->slow, s);
}

static void test_slow_down(void)
{
    static const struct {
        enum reply_phase phase;
        int code;
        const char *enhanced, *text;
        gboolean is;
    } rows[] = {
        {REPLY_RCPT, 421, "", "goodbye", TRUE},
        {REPLY_MAIL, 421, "", "goodbye", FALSE}, /* speaks of the server */
        {REPLY_DOT, 450, "", "Too Many messages", TRUE},
        {REPLY_DOT, 550, "", "too many bad ones", FALSE},
        {REPLY_DATA, 451, "4.7.28", "wait", TRUE},
        {REPLY_DATA, 451, "4.7.2", "greylisted", FALSE},
        {REPLY_RCPT, 0, "", NULL, FALSE},
    };
    struct providers *all = providers_new();
    slow(all, REPLY_PHASE_COUNT, "421", NULL, NULL);
    slow(all, REPLY_PHASE_COUNT, "4xx", NULL, "too many");
    slow(all, REPLY_PHASE_COUNT, "4xx", "4.7.28", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct reply r = {.code = rows[i].code, .text = (char *)rows[i].text};
        g_strlcpy(r.enhanced, rows[i].enhanced, sizeof r.enhanced);
        g_test_message("%d %s", rows[i].code, rows[i].text);
        g_assert_cmpint(providers_is_slow_down(all, rows[i].phase, &r), ==, rows[i].is);
    }
    providers_free(all);
}

static void test_rates(void)
{
    static const char *const bad[] = {"",    "-1",  "nan", "inf",   "0x10",    "1e3",
                                      "1,5", "ten", "1 2", "1.2.3", "0.00001", "1000001"};
    double value = -1;
    g_assert_true(provider_parse_rate("per_second", "0.5", &value, NULL));
    g_assert_cmpfloat(value, ==, 0.5);
    g_assert_true(provider_parse_rate("per_second", "0", &value, NULL));
    g_assert_cmpfloat(value, ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", bad[i]);
        g_assert_false(provider_parse_rate("per_second", bad[i], &value, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpfloat(value, ==, 0);
    }
    g_autofree char *fast = provider_rate_words(12), *slow = provider_rate_words(0.4);
    g_assert_cmpstr(fast, ==, "12 a second");
    g_assert_cmpstr(slow, ==, "one in 2.5 s");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/provider/patterns", test_patterns);
    g_test_add_func("/provider/belongs", test_belongs);
    g_test_add_func("/provider/one-domain-twice", test_one_domain_twice);
    g_test_add_func("/provider/limited", test_limited);
    g_test_add_func("/provider/slow-down", test_slow_down);
    g_test_add_func("/provider/rates", test_rates);
    return g_test_run();
}

/*
 * SPF: how records are read, what macros become, and what check_host() says and why. The cases
 * of the public suite are in tests/system/test_spf.py; here is what it leaves open.
 */
#include "config.h"

#include "doctor/spf.h"

#include <string.h>

#include "doctor/spf_macro.h"
#include "doctor/spf_parse.h"
#include "fakedns.h"

/* ---- macros ---- */

static const char *no_name(void *data)
{
    return "unknown";
}

static char *expand(const char *text, enum spf_macro_use use, const char *ip)
{
    struct spf_address address;
    g_assert_true(spf_address_parse(ip, &address));
    const struct spf_macro_values v = {.ip = &address,
                                       .local = "strong-bad",
                                       .sender_domain = "email.example.com",
                                       .domain = "email.example.com",
                                       .hello = "mx.example.org",
                                       .receiver = "in.example.net",
                                       .now_s = 1795282080,
                                       .validated = no_name};
    g_assert_true(spf_macro_check(text, strlen(text), use, NULL));
    return spf_macro_expand(text, use, &v);
}

/* The examples of RFC 7208 section 7.4, and a few more. */
static void test_expand(void)
{
    static const struct {
        const char *text, *ip, *becomes;
    } rows[] = {
        {"%{s}", "192.0.2.3", "strong-bad@email.example.com"},
        {"%{o}", "192.0.2.3", "email.example.com"},
        {"%{d}", "192.0.2.3", "email.example.com"},
        {"%{d4}", "192.0.2.3", "email.example.com"},
        {"%{d2}", "192.0.2.3", "example.com"},
        {"%{d1}", "192.0.2.3", "com"},
        {"%{dr}", "192.0.2.3", "com.example.email"},
        {"%{d2r}", "192.0.2.3", "example.email"},
        {"%{l}", "192.0.2.3", "strong-bad"},
        {"%{l-}", "192.0.2.3", "strong.bad"},
        {"%{lr}", "192.0.2.3", "strong-bad"},
        {"%{lr-}", "192.0.2.3", "bad.strong"},
        {"%{l1r-}", "192.0.2.3", "strong"},
        {"%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "3.2.0.192.in-addr._spf.example.com"},
        {"%{lr-}.lp._spf.%{d2}", "192.0.2.3", "bad.strong.lp._spf.example.com"},
        {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "192.0.2.3",
         "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
        {"%{d2}.trusted-domains.example.net", "192.0.2.3",
         "example.com.trusted-domains.example.net"},
        {"%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01",
         "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf."
         "example.com"},
        {"%{i}.x.org.", "::ffff:192.0.2.3", "192.0.2.3.x.org"},
        {"%{h}", "192.0.2.3", "mx.example.org"},
        {"%%%_%-%{p}", "192.0.2.3", "% %20unknown"},
        {"%{L}", "192.0.2.3", "strong-bad"},
        {"%{S}", "192.0.2.3", "strong-bad%40email.example.com"},
        {"%{d200}", "192.0.2.3", "email.example.com"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *s = expand(rows[i].text, SPF_MACRO_DOMAIN, rows[i].ip);
        g_assert_cmpstr(s, ==, rows[i].becomes);
    }
    g_autofree char *text =
        expand("Mail from %{c} to %{r} at %{t}. ", SPF_MACRO_TEXT, "2001:db8::1");
    g_assert_cmpstr(text, ==, "Mail from 2001:db8::1 to in.example.net at 1795282080. ");
}

static void test_expand_nothing(void)
{
    struct spf_address address;
    g_autoptr(GString) many = g_string_new("%{l}");
    g_assert_true(spf_address_parse("192.0.2.3", &address));
    struct spf_macro_values v = {.ip = &address,
                                 .local = "gr\xc3\xbc\xc3\x9f"
                                          "e",
                                 .sender_domain = "example.org",
                                 .domain = "example.org",
                                 .hello = "example.org",
                                 .receiver = "unknown",
                                 .validated = no_name};
    /* RFC 8616 section 4: such a local part is in no name of the DNS. */
    g_assert_null(spf_macro_expand("%{l}._spf.%{d}", SPF_MACRO_DOMAIN, &v));
    g_assert_null(spf_macro_expand("%{s}", SPF_MACRO_TEXT, &v));
    g_autofree char *other = spf_macro_expand("%{d}", SPF_MACRO_DOMAIN, &v);
    g_assert_cmpstr(other, ==, "example.org");
    for (int i = 0; i < SPF_EXPANDED_MAX; i++)
        g_string_append(many, "%{d}");
    v.local = "a";
    g_assert_null(spf_macro_expand(many->str, SPF_MACRO_TEXT, &v));
}

static void test_address(void)
{
    static const struct {
        const char *a, *net;
        int bits;
        gboolean is_within;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", 32, TRUE},
        {"192.0.2.1", "192.0.2.0", 31, TRUE},
        {"192.0.2.2", "192.0.2.0", 31, FALSE},
        {"192.0.2.1", "10.0.0.0", 0, TRUE},
        {"192.0.2.1", "::", 0, FALSE},
        {"2001:db8::1", "2001:db8::", 32, TRUE},
        {"2001:db9::1", "2001:db8::", 32, FALSE},
        {"2001:db9::1", "2001:db8::", 31, TRUE},
        {"2001:db8::1", "2001:db8::1", 128, TRUE},
        {"::ffff:192.0.2.1", "192.0.2.1", 32, TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct spf_address a, net;
        g_assert_true(spf_address_parse(rows[i].a, &a));
        g_assert_true(spf_address_parse(rows[i].net, &net));
        g_assert_cmpint(spf_address_within(&a, &net, rows[i].bits), ==, rows[i].is_within);
    }
    struct spf_address none;
    g_assert_false(spf_address_parse("192.0.2", &none));
    g_assert_false(spf_address_parse("", &none));
}

/* ---- records ---- */

static void test_is_record(void)
{
    static const struct {
        const char *text;
        gboolean is_record;
    } rows[] = {
        {"v=spf1", TRUE},   {"V=SPF1 -all", TRUE}, {"v=spf1 ", TRUE}, {"v=spf10", FALSE},
        {" v=spf1", FALSE}, {"v=spf", FALSE},      {"", FALSE},       {"v=spf1\t-all", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(spf_is_record(rows[i].text, strlen(rows[i].text)), ==,
                        rows[i].is_record);
}

/* One mistake anywhere, and what is said of it. */
static void test_mistakes(void)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"v=spf1 ipv4:192.0.2.1 -all", "'ipv4:192.0.2.1': there is no such mechanism"},
        {"v=spf1 a:192.0.2.1 -all", "'a:192.0.2.1': an address belongs behind ip4:"},
        {"v=spf1 ip4:192.0.2.0/33", "'ip4:192.0.2.0/33': it needs an IPv4 address or network"},
        {"v=spf1 ip4:2001:db8::1", "'ip4:2001:db8::1': it needs an IPv4 address or network"},
        {"v=spf1 ip6:192.0.2.1", "'ip6:192.0.2.1': it needs an IPv6 address or network"},
        {"v=spf1 include", "'include': a domain is missing behind it"},
        {"v=spf1 include: x.org",
         "'include:': there must be a domain name with a top-level domain at its end"},
        {"v=spf1 a/24:example.org", "'a/24:example.org': there is no such mechanism"},
        {"v=spf1 a/", "'a/': that is no length of a prefix"},
        {"v=spf1 a//", "'a//': that is no length of a prefix"},
        {"v=spf1 mx/00", "'mx/00': that is no length of a prefix"},
        {"v=spf1 all:x.org", "'all:x.org': nothing may stand behind it"},
        {"v=spf1 exp=a.org exp=b.org", "'exp=b.org': it stands there twice"},
        {"v=spf1 a:%{d0}", "'a:%{d0}': '%' begins no macro that there is"},
        {"v=spf1 a:%{d", "'a:%{d': '%' begins no macro that there is"},
        {"v=spf1 a:%{dx}", "'a:%{dx}': '%' begins no macro that there is"},
        {"v=spf1 a:%{}", "'a:%{}': '%' begins no macro that there is"},
        {"v=spf1 exists:%{t}",
         "'exists:%{t}': the macros c, r and t are for the text of an explanation alone"},
        {"v=spf1 -", "'-': there is no such mechanism"},
        {"v=spf1 --all", "'--all': there is no such mechanism"},
        {"v=spf1 \xe2\x80\x93"
         "all",
         "'–all': there is no such mechanism"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(spf_parse(rows[i].text, strlen(rows[i].text), &error));
        g_assert_cmpstr(error->message, ==, rows[i].why);
    }
}

static void test_terms(void)
{
    static const char text[] = "v=spf1  a:x.example.org/24//64 ~mx//48 Include:%{d}.y "
                               "-ip6:2001:db8::/32 redirect=z.example.org moo= ";
    g_autoptr(GError) error = NULL;
    struct spf_record *r = spf_parse(text, strlen(text), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(r->terms->len, ==, 4);
    const struct spf_term *a = r->terms->pdata[0], *mx = r->terms->pdata[1],
                          *include = r->terms->pdata[2], *ip6 = r->terms->pdata[3];
    g_assert_cmpstr(a->domain, ==, "x.example.org");
    g_assert_cmpint(a->bits4, ==, 24);
    g_assert_cmpint(a->bits6, ==, 64);
    g_assert_cmpint(a->qualifier, ==, '+');
    g_assert_null(mx->domain);
    g_assert_cmpint(mx->bits4, ==, 32);
    g_assert_cmpint(mx->bits6, ==, 48);
    g_assert_cmpint(mx->qualifier, ==, '~');
    g_assert_cmpint(include->mechanism, ==, SPF_INCLUDE);
    g_assert_cmpstr(include->domain, ==, "%{d}.y");
    g_assert_cmpint(ip6->bits6, ==, 32);
    g_assert_true(ip6->net.is_ipv6);
    g_assert_cmpstr(r->redirect, ==, "z.example.org");
    g_assert_null(r->exp);
    spf_record_free(r);
}

/* ---- check_host() ---- */

static const struct {
    const char *name;
    enum dns_type type;
    const char *data;
} zone[] = {
    {"example.org", DNS_TXT, "v=spf1 ip4:192.0.2.0/24 include:_spf.example.net -all"},
    {"example.org", DNS_TXT, "some other text"},
    {"_spf.example.net", DNS_TXT, "v=spf1 a:mail.example.net ~all"},
    {"mail.example.net", DNS_A, "198.51.100.7"},
    {"eleven.example", DNS_TXT,
     "v=spf1 a:mail.example.net a:mail.example.net a:mail.example.net a:mail.example.net "
     "a:mail.example.net a:mail.example.net a:mail.example.net a:mail.example.net "
     "a:mail.example.net a:mail.example.net a:mail.example.net -all"},
    {"inner.example", DNS_TXT, "v=spf1 include:broken.example -all"},
    {"broken.example", DNS_TXT, "v=spf1 ipv4:192.0.2.1"},
    {"lame.example", DNS_TXT, "v=spf1 include:silent.example -all"},
    {"two.example", DNS_TXT, "v=spf1 -all"},
    {"two.example", DNS_TXT, "v=spf1 +all"},
    {"soft.example", DNS_TXT, "v=spf1 ~all"},
    {"silence.example", DNS_TXT, "v=spf1"},
    {"eai.example", DNS_TXT, "v=spf1 exists:%{l}.allowed.example -all"},
    {"postmaster.allowed.example", DNS_A, "127.0.0.2"},
    {"cname.example", DNS_CNAME, "example.org"},
    {"text.example", DNS_TXT, "v=spf1 exp=why.example -all"},
    {"why.example", DNS_TXT, "%{i} may not send for %{d}"},
};

static const struct {
    const char *ip, *domain, *sender;
    enum spf_result result;
    const char *term, *where, *problem, *explanation;
    int n_lookups;
} checks[] = {
    {"192.0.2.77", "example.org", "a@example.org", SPF_PASS, "ip4:192.0.2.0/24", "example.org",
     NULL, NULL, 0},
    {"198.51.100.7", "example.org", "a@example.org", SPF_PASS, "include:_spf.example.net",
     "example.org", NULL, NULL, 2},
    {"198.51.100.8", "example.org", "a@example.org", SPF_FAIL, "-all", "example.org", NULL,
     NULL, 2},
    {"198.51.100.8", "cname.example", "a@cname.example", SPF_FAIL, "-all", "cname.example",
     NULL, NULL, 2},
    {"2001:db8::1", "example.org", "a@example.org", SPF_FAIL, "-all", "example.org", NULL, NULL,
     2},
    {"203.0.113.1", "eleven.example", NULL, SPF_PERMERROR, "a:mail.example.net",
     "eleven.example",
     "it needs more than 10 look-ups; one too many is 'a:mail.example.net' of eleven.example",
     NULL, 11},
    {"203.0.113.1", "inner.example", NULL, SPF_PERMERROR, "include:broken.example",
     "inner.example",
     "the record of broken.example has a mistake, 'ipv4:192.0.2.1': there is no such mechanism",
     NULL, 1},
    {"203.0.113.1", "lame.example", NULL, SPF_TEMPERROR, "include:silent.example",
     "lame.example",
     "silent.example TXT could not be looked up: no name server answered in time", NULL, 1},
    {"203.0.113.1", "two.example", NULL, SPF_PERMERROR, NULL, NULL,
     "two.example has 2 SPF records instead of one", NULL, 0},
    {"203.0.113.1", "soft.example", NULL, SPF_SOFTFAIL, "~all", "soft.example", NULL, NULL, 0},
    {"203.0.113.1", "silence.example", NULL, SPF_NEUTRAL, NULL, NULL, NULL, NULL, 0},
    {"203.0.113.1", "mail.example.net", NULL, SPF_NONE, NULL, NULL, NULL, NULL, 0},
    {"203.0.113.1", "nowhere.example", NULL, SPF_NONE, NULL, NULL, NULL, NULL, 0},
    {"203.0.113.1", "eai.example", "@eai.example", SPF_PASS, "exists:%{l}.allowed.example",
     "eai.example", NULL, NULL, 1},
    {"203.0.113.1", "eai.example",
     "gr\xc3\xbc\xc3\x9f"
     "e@eai.example",
     SPF_FAIL, "-all", "eai.example", NULL, NULL, 1},
    {"203.0.113.1", "text.example", "a@text.example", SPF_FAIL, "-all", "text.example", NULL,
     "203.0.113.1 may not send for text.example", 0},
    {"no address", "example.org", NULL, SPF_NONE, NULL, NULL, NULL, NULL, 0},
};

static void load_zone(struct fakedns *d)
{
    fakedns_init(d);
    for (gsize i = 0; i < G_N_ELEMENTS(zone); i++)
        fakedns_add(d, zone[i].name, zone[i].type, zone[i].data, -1);
    fakedns_fail(d, "silent.example");
}

static void test_check(void)
{
    struct fakedns d;
    load_zone(&d);
    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
        const struct spf_question q = {.ip = checks[i].ip,
                                       .sender = checks[i].sender,
                                       .hello = "mx.example.org",
                                       .ask = fakedns_ask,
                                       .data = &d};
        struct spf_verdict v;
        spf_check(&q, checks[i].domain, &v);
        g_test_message("%s from %s", checks[i].domain, checks[i].ip);
        g_assert_cmpstr(spf_result_name(v.result), ==, spf_result_name(checks[i].result));
        g_assert_cmpstr(v.term, ==, checks[i].term);
        g_assert_cmpstr(v.where, ==, checks[i].where);
        g_assert_cmpstr(v.problem, ==, checks[i].problem);
        g_assert_cmpstr(v.explanation, ==, checks[i].explanation);
        g_assert_cmpint(v.n_lookups, ==, checks[i].n_lookups);
        spf_verdict_clear(&v);
    }
    fakedns_clear(&d);
}

static void test_trail(void)
{
    static const char *const lines[] = {
        "example.org: v=spf1 ip4:192.0.2.0/24 include:_spf.example.net -all",
        "example.org: ip4:192.0.2.0/24 does not match",
        "  _spf.example.net: v=spf1 a:mail.example.net ~all",
        "  _spf.example.net: a:mail.example.net matches",
        "example.org: include:_spf.example.net matches",
    };
    struct fakedns d;
    struct spf_verdict v;
    load_zone(&d);
    const struct spf_question q = {.ip = "198.51.100.7", .ask = fakedns_ask, .data = &d};
    spf_check(&q, "example.org", &v);
    g_assert_cmpuint(v.trail->len, ==, G_N_ELEMENTS(lines));
    g_assert_cmpint(v.n_others, ==, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        g_assert_cmpstr(v.trail->pdata[i], ==, lines[i]);
    spf_verdict_clear(&v);
    fakedns_clear(&d);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spf/macro/expands", test_expand);
    g_test_add_func("/spf/macro/what-cannot-match", test_expand_nothing);
    g_test_add_func("/spf/macro/addresses", test_address);
    g_test_add_func("/spf/parse/what-is-a-record", test_is_record);
    g_test_add_func("/spf/parse/mistakes", test_mistakes);
    g_test_add_func("/spf/parse/terms", test_terms);
    g_test_add_func("/spf/check/results", test_check);
    g_test_add_func("/spf/check/trail", test_trail);
    return g_test_run();
}

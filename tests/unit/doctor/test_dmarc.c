/* DMARC: records as they are written, the walk, and what applies to whom (RFC 9989). */
#include "config.h"

#include "doctor/dmarc.h"

#include <string.h>

#include "fakedns.h"

static void test_parse(void)
{
    static const struct {
        const char *text;
        gboolean is_record, is_policy_valid;
        enum dmarc_policy p, sp, np;
        gboolean is_spf_strict, is_dkim_strict, is_testing, has_reports, has_old_tags;
        char psd;
    } rows[] = {
        {"v=DMARC1; p=reject", TRUE, TRUE, DMARC_REJECT, DMARC_UNSET, DMARC_UNSET, FALSE, FALSE,
         FALSE, FALSE, FALSE, 'u'},
        {"v=DMARC1", TRUE, TRUE, DMARC_UNSET, DMARC_UNSET, DMARC_UNSET, FALSE, FALSE, FALSE,
         FALSE, FALSE, 'u'},
        {" v = DMARC1 ;P = Quarantine ; sp=none;np=reject; aspf=s; ADKIM=s;", TRUE, TRUE,
         DMARC_QUARANTINE, DMARC_NONE, DMARC_REJECT, TRUE, TRUE, FALSE, FALSE, FALSE, 'u'},
        {"v=DMARC1; p=none; rua=mailto:a@example.org, mailto:b@example.org; psd=n; t=y", TRUE,
         TRUE, DMARC_NONE, DMARC_UNSET, DMARC_UNSET, FALSE, FALSE, TRUE, TRUE, FALSE, 'n'},
        {"v=DMARC1; p=rejct; rua=https://example.org", TRUE, FALSE, DMARC_UNSET, DMARC_UNSET,
         DMARC_UNSET, FALSE, FALSE, FALSE, FALSE, FALSE, 'u'},
        {"v=DMARC1; p=none; sp=all; pct=50; psd=maybe; t=1", TRUE, FALSE, DMARC_NONE,
         DMARC_UNSET, DMARC_UNSET, FALSE, FALSE, FALSE, FALSE, TRUE, 'u'},
        {"v=DMARC1 p=reject", FALSE},
        {"v=dmarc1; p=reject", FALSE},
        {"p=reject; v=DMARC1", FALSE},
        {"v=DMARC10; p=reject", FALSE},
        {"v=spf1 -all", FALSE},
        {"", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dmarc_record r;
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(dmarc_parse(rows[i].text, strlen(rows[i].text), &r), ==,
                        rows[i].is_record);
        if (!rows[i].is_record)
            continue;
        g_assert_cmpint(r.p, ==, rows[i].p);
        g_assert_cmpint(r.sp, ==, rows[i].sp);
        g_assert_cmpint(r.np, ==, rows[i].np);
        g_assert_cmpint(r.is_policy_valid, ==, rows[i].is_policy_valid);
        g_assert_cmpint(r.is_spf_strict, ==, rows[i].is_spf_strict);
        g_assert_cmpint(r.is_dkim_strict, ==, rows[i].is_dkim_strict);
        g_assert_cmpint(r.is_testing, ==, rows[i].is_testing);
        g_assert_cmpint(r.has_reports, ==, rows[i].has_reports);
        g_assert_cmpint(r.has_old_tags, ==, rows[i].has_old_tags);
        g_assert_cmpint(r.psd, ==, rows[i].psd);
    }
    struct dmarc_record r;
    g_assert_false(dmarc_parse("v=DMARC1\0; p=none", 17, &r));
}

static const struct {
    const char *name;
    enum dns_type type;
    const char *data;
} zone[] = {
    {"_dmarc.example.com", DNS_TXT, "v=DMARC1; p=reject; sp=quarantine; np=none"},
    {"news.example.com", DNS_A, "192.0.2.1"},
    {"_dmarc.own.example.com", DNS_TXT, "v=DMARC1; p=none"},
    {"_dmarc.dept.example.com", DNS_TXT, "v=DMARC1; p=quarantine; psd=n"},
    {"x.dept.example.com", DNS_MX, "10 mx.example.com"},
    {"_dmarc.bank", DNS_TXT, "v=DMARC1; p=reject; psd=y; t=y"},
    {"_dmarc.mid.bank", DNS_TXT, "v=DMARC1; p=none"},
    {"_dmarc.two.example", DNS_TXT, "v=DMARC1; p=none"},
    {"_dmarc.two.example", DNS_TXT, "v=DMARC1; p=reject"},
    {"_dmarc.beside.example", DNS_TXT, "some words"},
    {"_dmarc.beside.example", DNS_TXT, "v=DMARC1; p=none"},
    {"_dmarc.beside.example", DNS_TXT, "v=dmarc1; p=none"},
    {"_dmarc.odd.example", DNS_TXT, "V=DMARC1; p=none"},
    {"_dmarc.odd.policy.example", DNS_TXT, "v=DMARC1; p=nothing"},
    {"_dmarc.told.policy.example", DNS_TXT, "v=DMARC1; p=nothing; rua=mailto:a@b.example"},
    {"_dmarc.spf.example", DNS_TXT, "v=spf1 -all"},
    {"_dmarc.link.example", DNS_CNAME, "_dmarc.example.com"},
};

static void load_zone(struct fakedns *d)
{
    fakedns_init(d);
    for (gsize i = 0; i < G_N_ELEMENTS(zone); i++)
        fakedns_add(d, zone[i].name, zone[i].type, zone[i].data, -1);
    fakedns_fail(d, "_dmarc.silent.example");
}

static void test_discover(void)
{
    static const struct {
        const char *domain;
        enum dmarc_found found;
        const char *where, *organization;
        enum dmarc_policy policy;
    } rows[] = {
        {"example.com", DMARC_FOUND, "example.com", "example.com", DMARC_REJECT},
        {"news.example.com", DMARC_FOUND, "example.com", "example.com", DMARC_QUARANTINE},
        {"nowhere.example.com", DMARC_FOUND, "example.com", "example.com", DMARC_NONE},
        {"own.example.com", DMARC_FOUND, "own.example.com", "example.com", DMARC_NONE},
        /* A record in between is not the organization's, and does not apply. */
        {"a.own.example.com", DMARC_FOUND, "example.com", "example.com", DMARC_NONE},
        {"x.dept.example.com", DMARC_FOUND, "dept.example.com", "dept.example.com",
         DMARC_QUARANTINE},
        /* The public suffix tests: reject becomes quarantine. */
        {"my.bank", DMARC_FOUND, "bank", "my.bank", DMARC_QUARANTINE},
        {"www.my.bank", DMARC_FOUND, "bank", "my.bank", DMARC_QUARANTINE},
        {"www.mid.bank", DMARC_FOUND, "mid.bank", "mid.bank", DMARC_NONE},
        {"bank", DMARC_FOUND, "bank", "bank", DMARC_QUARANTINE},
        {"two.example", DMARC_SEVERAL, "two.example", "two.example", DMARC_NONE},
        {"beside.example", DMARC_FOUND, "beside.example", "beside.example", DMARC_NONE},
        {"odd.example", DMARC_BROKEN, "odd.example", "odd.example", DMARC_NONE},
        {"odd.policy.example", DMARC_BROKEN, "odd.policy.example", "odd.policy.example",
         DMARC_NONE},
        {"told.policy.example", DMARC_FOUND, "told.policy.example", "told.policy.example",
         DMARC_NONE},
        {"spf.example", DMARC_MISSING, NULL, "spf.example", DMARC_NONE},
        {"none.example", DMARC_MISSING, NULL, "none.example", DMARC_NONE},
        {"silent.example", DMARC_UNKNOWN, "silent.example", "silent.example", DMARC_NONE},
        {"www.silent.example", DMARC_UNKNOWN, "silent.example", "www.silent.example",
         DMARC_NONE},
        {"link.example", DMARC_FOUND, "link.example", "link.example", DMARC_REJECT},
    };
    struct fakedns d;
    load_zone(&d);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dmarc_verdict v;
        dmarc_discover(fakedns_ask, &d, rows[i].domain, &v);
        g_test_message("%s", rows[i].domain);
        g_assert_cmpint(v.found, ==, rows[i].found);
        g_assert_cmpstr(v.where, ==, rows[i].where);
        g_assert_cmpstr(v.organization, ==, rows[i].organization);
        if (v.found == DMARC_FOUND)
            g_assert_cmpint(v.policy, ==, rows[i].policy);
        g_assert_true((v.why != NULL) == (v.found == DMARC_UNKNOWN));
        dmarc_verdict_clear(&v);
    }
    fakedns_clear(&d);
}

/* The example of section 4.10: eight questions, whatever the length. */
static void test_walk(void)
{
    static const char *const asked[] = {
        "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.net",
        "_dmarc.g.h.i.j.mail.example.net",
        "_dmarc.h.i.j.mail.example.net",
        "_dmarc.i.j.mail.example.net",
        "_dmarc.j.mail.example.net",
        "_dmarc.mail.example.net",
        "_dmarc.example.net",
        "_dmarc.net",
    };
    struct fakedns d;
    load_zone(&d);
    g_autofree char *organization =
        dmarc_organization(fakedns_ask, &d, "a.b.c.d.e.f.g.h.i.j.mail.example.net");
    g_assert_cmpstr(organization, ==, "a.b.c.d.e.f.g.h.i.j.mail.example.net");
    g_assert_cmpuint(d.answers->len, ==, G_N_ELEMENTS(asked));
    for (gsize i = 0; i < G_N_ELEMENTS(asked); i++)
        g_assert_cmpstr(((struct dns_answer *)d.answers->pdata[i])->name, ==, asked[i]);
    fakedns_clear(&d);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dmarc/parse", test_parse);
    g_test_add_func("/dmarc/discover", test_discover);
    g_test_add_func("/dmarc/walk-has-eight-questions", test_walk);
    return g_test_run();
}

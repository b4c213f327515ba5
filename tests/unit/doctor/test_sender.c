/* What is said about a sender's domain: SPF, DMARC, reverse names and named servers. */
#include "config.h"

#include "doctor/check_sender.h"

#include <string.h>

#include "doctor/check_srv.h"
#include "doctor/sending.h"
#include "fakedns.h"

static const struct {
    const char *name;
    enum dns_type type;
    const char *data;
} zone[] = {
    {"example.org", DNS_TXT, "v=spf1 ip4:198.51.100.7 include:relay.example -all"},
    {"relay.example", DNS_TXT, "v=spf1 ip4:203.0.113.0/24 -all"},
    {"soft.example", DNS_TXT, "v=spf1 ip4:192.0.2.1 ~all"},
    {"open.example", DNS_TXT, "v=spf1 ip4:192.0.2.1"},
    {"broken.example", DNS_TXT, "v=spf1 ipv4:192.0.2.1 -all"},
    {"eleven.example", DNS_TXT,
     "v=spf1 ip4:198.51.100.7 a:a.x.example a:b.x.example mx:c.x.example include:relay.example "
     "include:relay.example include:relay.example include:relay.example include:relay.example "
     "include:relay.example include:relay.example include:relay.example include:relay.example "
     "-all"},
    {"everybody.example", DNS_TXT, "v=spf1 mx +all"},
    {"a.x.example", DNS_A, "192.0.2.9"},
    {"b.x.example", DNS_A, "192.0.2.9"},
    {"c.x.example", DNS_MX, "10 a.x.example"},
    {"macro.example", DNS_TXT,
     "v=spf1 exists:%{i}.a.example exists:%{i}.b.example "
     "exists:%{i}.c.example -all"},
    /* DMARC */
    {"_dmarc.example.org", DNS_TXT, "v=DMARC1; p=reject; rua=mailto:d@example.org"},
    {"news.example.org", DNS_A, "192.0.2.1"},
    {"_dmarc.strict.example", DNS_TXT, "v=DMARC1; p=quarantine; aspf=s; adkim=s; pct=10"},
    {"_dmarc.two.example", DNS_TXT, "v=DMARC1; p=none"},
    {"_dmarc.two.example", DNS_TXT, "v=DMARC1; p=none"},
    {"_dmarc.odd.example", DNS_TXT, "v=DMARC1 p=none"},
    /* reverse */
    {"mail.example.org", DNS_A, "198.51.100.7"},
    {"alias.example.org", DNS_A, "198.51.100.7"},
    {"7.100.51.198.in-addr.arpa", DNS_PTR, "mail.example.org"},
    {"8.100.51.198.in-addr.arpa", DNS_PTR, "mail.example.org"},
    {"9.100.51.198.in-addr.arpa", DNS_PTR, "other.example.org"},
    {"9.100.51.198.in-addr.arpa", DNS_PTR, "nine.example.org"},
    {"nine.example.org", DNS_A, "198.51.100.9"},
    {"example.org", DNS_MX, "10 mx.example.org"},
    {"null.example", DNS_MX, "0 ."},
    {"address.example", DNS_A, "192.0.2.1"},
    {"empty.example", DNS_TXT, "nothing"},
    /* SRV */
    {"_submission._tcp.example.org", DNS_SRV, "10 0 587 mail.example.org"},
    {"_submissions._tcp.example.org", DNS_SRV, "0 0 465 mail.example.org"},
    {"_imaps._tcp.example.org", DNS_SRV, "0 0 0 ."},
    {"_imap._tcp.example.org", DNS_SRV, "0 0 143 imap.example.org"},
};

static struct fakedns dns;

static GPtrArray *sendings(const char *ours, const char *relay)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    const char *const addresses[] = {ours, relay};
    for (int i = 0; i < 2; i++)
        if (addresses[i]) {
            struct sending *s = g_new0(struct sending, 1);
            s->address = (char *)addresses[i];
            s->of = i == 0 ? SENDING_OURS : SENDING_RELAY;
            g_ptr_array_add(all, s);
        }
    return all;
}

static struct doctor_finding *finding(void)
{
    struct doctor_finding *f = g_new0(struct doctor_finding, 1);
    f->evidence = g_ptr_array_new_with_free_func(g_free);
    return f;
}

static void finding_drop(struct doctor_finding *f)
{
    g_ptr_array_unref(f->evidence);
    g_free(f->text);
    g_free(f->next);
    g_free(f);
}

/* A sentence that warns says who must act and what is to be done. */
static void check_said(const struct sender_said *s, enum doctor_result result, const char *code,
                       const char *text)
{
    g_assert_cmpstr(s->text, ==, text);
    g_assert_cmpint(s->result, ==, result);
    g_assert_cmpstr(s->code, ==, code);
    g_assert_true((s->next != NULL) == (result == DOCTOR_WARN));
    g_assert_true((s->who != DOCTOR_NOBODY) == (result == DOCTOR_WARN));
}

static void test_spf(void)
{
    static const struct {
        const char *domain, *ours, *relay;
        enum doctor_result result;
        const char *code, *text;
    } rows[] = {
        {"example.org", "198.51.100.7", NULL, DOCTOR_OK, NULL,
         "SPF of example.org covers 198.51.100.7"},
        {"example.org", NULL, "203.0.113.25", DOCTOR_OK, NULL,
         "SPF of example.org covers 203.0.113.25"},
        {"example.org", "198.51.100.8", "203.0.113.25", DOCTOR_OK, NULL,
         "SPF of example.org covers 203.0.113.25"},
        {"example.org", "198.51.100.8", NULL, DOCTOR_WARN, "spf-not-covered",
         "SPF of example.org does not cover 198.51.100.8, our address as receivers see it "
         "(fail: "
         "-all at example.org)"},
        {"soft.example", NULL, "203.0.113.25", DOCTOR_WARN, "spf-not-covered",
         "SPF of soft.example does not cover 203.0.113.25, the address of the relay "
         "smtp.relay.example, and includes no provider's (softfail: ~all at soft.example)"},
        {"example.org", NULL, "192.0.2.25", DOCTOR_SKIP, NULL,
         "SPF of example.org is well formed and includes others; 192.0.2.25, the address of "
         "the "
         "relay smtp.relay.example, is not among them, but it may send by another, which a "
         "letter shows"},
        {"open.example", "2001:db8::7", "203.0.113.25", DOCTOR_WARN, "spf-not-covered",
         "SPF of open.example covers neither 2001:db8::7, our address, nor 203.0.113.25, that "
         "of smtp.relay.example (neutral: nothing in it matches)"},
        {"none.example", "198.51.100.7", NULL, DOCTOR_WARN, "no-spf",
         "none.example has no SPF record"},
        {"broken.example", "198.51.100.7", NULL, DOCTOR_WARN, "spf-broken",
         "SPF of broken.example is broken (permerror): the record of broken.example has a "
         "mistake, 'ipv4:192.0.2.1': there is no such mechanism"},
        {"eleven.example", "198.51.100.7", NULL, DOCTOR_WARN, "spf-lookups",
         "SPF of eleven.example covers 198.51.100.7, but its record needs more than 10 "
         "look-ups "
         "in all, and who reads it to the end gives up"},
        {"eleven.example", "198.51.100.8", NULL, DOCTOR_WARN, "spf-broken",
         "SPF of eleven.example is broken (permerror): it needs more than 10 look-ups; one too "
         "many is 'include:relay.example' of eleven.example"},
        {"silent.example", "198.51.100.8", NULL, DOCTOR_WARN, "spf-unknown",
         "SPF of silent.example could not be found out: silent.example TXT could not be looked "
         "up: no name server answered in time"},
        {"everybody.example", "198.51.100.8", NULL, DOCTOR_WARN, "spf-open",
         "SPF of everybody.example lets everybody send (+all at everybody.example), which "
         "receivers take for a sign of spam"},
        /* Only private addresses are known. */
        {"example.org", NULL, NULL, DOCTOR_SKIP, NULL,
         "the SPF record of example.org is well formed; whether it covers us cannot be judged "
         "here, where only private addresses are known"},
        {"macro.example", NULL, NULL, DOCTOR_SKIP, NULL,
         "the SPF record of macro.example is well formed; whether it covers us cannot be "
         "judged "
         "here, where only private addresses are known"},
        {"none.example", NULL, NULL, DOCTOR_WARN, "no-spf", "none.example has no SPF record"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct sender_said said = {.result = DOCTOR_SKIP};
        struct doctor_finding *f = finding();
        g_autoptr(GPtrArray) addresses = sendings(rows[i].ours, rows[i].relay);
        check_spf_judge(fakedns_ask, &dns, rows[i].domain, "a@example.org", "mail.example.org",
                        "smtp.relay.example", addresses, &said, f);
        check_said(&said, rows[i].result, rows[i].code, rows[i].text);
        g_assert_cmpuint(f->evidence->len, >, 0);
        sender_said_clear(&said);
        finding_drop(f);
    }
}

static void test_dmarc(void)
{
    static const struct {
        const char *from, *envelope, *signer;
        gboolean is_spf_failed;
        enum doctor_result result;
        const char *code, *text;
    } rows[] = {
        {"example.org", "example.org", NULL, FALSE, DOCTOR_OK, NULL,
         "DMARC of example.org: policy reject, aligned by SPF alone"},
        {"example.org", "bounce.example.org", "example.org", FALSE, DOCTOR_OK, NULL,
         "DMARC of example.org: policy reject, aligned by SPF and DKIM"},
        {"news.example.org", "other.example", "example.org", FALSE, DOCTOR_OK, NULL,
         "DMARC of news.example.org, found at example.org: policy reject, aligned by DKIM "
         "alone"},
        {"example.org", "other.example", NULL, FALSE, DOCTOR_WARN, "not-aligned",
         "mail from example.org does not pass DMARC (policy reject) unless the relay signs for "
         "example.org: the envelope sender is of other.example, and crier does not sign"},
        {"example.org", "example.org", NULL, TRUE, DOCTOR_WARN, "not-passing",
         "mail from example.org does not pass DMARC (policy reject) unless the relay signs for "
         "example.org: SPF of example.org does not pass, and crier does not sign"},
        {"example.org", "example.org", "example.org", TRUE, DOCTOR_OK, NULL,
         "DMARC of example.org: policy reject, aligned by DKIM alone"},
        {"strict.example", "b.strict.example", "d.strict.example", FALSE, DOCTOR_WARN,
         "not-aligned",
         "mail from strict.example does not pass DMARC (policy quarantine) unless the relay "
         "signs for strict.example: the envelope sender is of b.strict.example, and crier "
         "signs "
         "for d.strict.example"},
        {"example.org", "other.example", "!example.org", FALSE, DOCTOR_WARN, "not-passing",
         "mail from example.org does not pass DMARC (policy reject) unless the relay signs for "
         "example.org: the envelope sender is of other.example, and the signature of "
         "example.org does not pass"},
        {"none.example", "none.example", NULL, FALSE, DOCTOR_WARN, "no-dmarc",
         "none.example has no DMARC record"},
        {"two.example", "two.example", NULL, FALSE, DOCTOR_WARN, "dmarc-several",
         "_dmarc.two.example has more than one DMARC record, so that none of them counts"},
        {"odd.example", "odd.example", NULL, FALSE, DOCTOR_WARN, "dmarc-broken",
         "the DMARC record at _dmarc.odd.example cannot be read: v=DMARC1 p=none"},
        {"mute.example", "mute.example", NULL, FALSE, DOCTOR_WARN, "dmarc-unknown",
         "_dmarc.mute.example could not be looked up: no name server answered in time"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct sender_said said = {.result = DOCTOR_SKIP};
        struct doctor_finding *f = finding();
        g_autoptr(GPtrArray) signers = g_ptr_array_new();
        gboolean is_broken = rows[i].signer && *rows[i].signer == '!';
        if (rows[i].signer && !is_broken)
            g_ptr_array_add(signers, (char *)rows[i].signer);
        const struct sender_mail mail = {.from = rows[i].from,
                                         .envelope = rows[i].envelope,
                                         .is_spf_failed = rows[i].is_spf_failed,
                                         .broken_signer = is_broken ? rows[i].signer + 1 : NULL,
                                         .signers = signers};
        check_dmarc_judge(fakedns_ask, &dns, &mail, &said, f);
        check_said(&said, rows[i].result, rows[i].code, rows[i].text);
        sender_said_clear(&said);
        finding_drop(f);
    }
}

static void test_reverse_address(void)
{
    static const struct {
        const char *address, *pointer, *hello;
        enum doctor_result result;
        const char *code, *text;
    } rows[] = {
        {"198.51.100.7", "7.100.51.198.in-addr.arpa", "mail.example.org", DOCTOR_OK, NULL,
         "198.51.100.7 is mail.example.org, and that name leads back to it"},
        {"198.51.100.7", "7.100.51.198.in-addr.arpa", "alias.example.org", DOCTOR_OK, NULL,
         "198.51.100.7 is mail.example.org, and that name leads back to it"},
        {"198.51.100.9", "9.100.51.198.in-addr.arpa", NULL, DOCTOR_OK, NULL,
         "198.51.100.9 is nine.example.org, and that name leads back to it"},
        {"198.51.100.7", "7.100.51.198.in-addr.arpa", "localhost.localdomain", DOCTOR_WARN,
         "hello-name",
         "we call ourselves localhost.localdomain, but that name is not 198.51.100.7, whose "
         "name is mail.example.org"},
        {"198.51.100.8", "8.100.51.198.in-addr.arpa", "mail.example.org", DOCTOR_WARN,
         "reverse-differs",
         "the reverse name of 198.51.100.8 is mail.example.org, but that name does not lead "
         "back to it"},
        {"198.51.100.1", "1.100.51.198.in-addr.arpa", "mail.example.org", DOCTOR_WARN,
         "no-reverse",
         "198.51.100.1, our address as receivers see it, has no reverse name (PTR)"},
        {"198.51.100.2", "silent.example", "mail.example.org", DOCTOR_WARN, "reverse-unknown",
         "the reverse name of 198.51.100.2 could not be looked up: no name server answered in "
         "time"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct sender_said said = {.result = DOCTOR_SKIP};
        struct doctor_finding *f = finding();
        check_reverse_address(fakedns_ask, &dns, rows[i].address,
                              fakedns_ask(&dns, rows[i].pointer, DNS_PTR), rows[i].hello, &said,
                              f);
        check_said(&said, rows[i].result, rows[i].code, rows[i].text);
        sender_said_clear(&said);
        finding_drop(f);
    }
}

static void test_reverse_domain(void)
{
    static const struct {
        const char *domain;
        enum doctor_result result;
        const char *code, *text;
    } rows[] = {
        {"example.org", DOCTOR_OK, NULL, "example.org takes mail at mx.example.org"},
        {"address.example", DOCTOR_OK, NULL,
         "address.example takes mail at its own address, without MX"},
        {"null.example", DOCTOR_WARN, "null-mx",
         "null.example says by its MX record that it takes no mail (RFC 7505): answers and "
         "bounces cannot arrive, and many receivers refuse such senders"},
        {"empty.example", DOCTOR_WARN, "no-mx",
         "answers and bounces to empty.example cannot arrive: it has neither MX nor address"},
        {"nowhere.example", DOCTOR_WARN, "no-domain",
         "the sender's domain nowhere.example does not exist: many receivers refuse its mail"},
        {"silent.example", DOCTOR_WARN, "domain-unknown",
         "the MX of silent.example could not be looked up: no name server answered in time"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct sender_said said = {.result = DOCTOR_SKIP};
        struct doctor_finding *f = finding();
        check_reverse_domain(fakedns_ask, &dns, rows[i].domain, &said, f);
        check_said(&said, rows[i].result, rows[i].code, rows[i].text);
        sender_said_clear(&said);
        finding_drop(f);
    }
}

static void test_srv(void)
{
    static const struct {
        const char *domain, *host;
        int port;
        enum stream_protocol protocol;
        gboolean is_in_trouble;
        enum doctor_result result;
        const char *text;
    } rows[] = {
        {"example.org", "mail.example.org", 587, STREAM_SMTP, TRUE, DOCTOR_OK,
         "example.org names this very server (SRV)"},
        {"example.org", "Mail.Example.org", 465, STREAM_SMTP, TRUE, DOCTOR_OK,
         "example.org names this very server (SRV)"},
        {"example.org", "mail.example.org", 25, STREAM_SMTP, TRUE, DOCTOR_WARN,
         "example.org names mail.example.org:465 for sending (SRV), not mail.example.org:25"},
        {"example.org", "smtp.example.net", 587, STREAM_SMTP, FALSE, DOCTOR_OK,
         "example.org names mail.example.org:465 for sending (SRV), not smtp.example.net:587"},
        {"example.org", "mail.example.org", 993, STREAM_IMAP, TRUE, DOCTOR_WARN,
         "example.org names imap.example.org:143 for reading mail (SRV), not "
         "mail.example.org:993"},
        {"example.org", "mail.example.org", 995, STREAM_POP3, TRUE, DOCTOR_SKIP,
         "example.org names no server by SRV records"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct check_srv_seen s = {.domain = rows[i].domain,
                                         .protocol = rows[i].protocol,
                                         .host = rows[i].host,
                                         .port = rows[i].port,
                                         .is_in_trouble = rows[i].is_in_trouble};
        struct doctor_finding *f = finding();
        check_srv_judge(fakedns_ask, &dns, &s, f);
        g_assert_cmpstr(f->text, ==, rows[i].text);
        g_assert_cmpint(f->result, ==, rows[i].result);
        finding_drop(f);
    }
}

/* What warns goes before what is well, and the first of two that warn. */
static void test_merge(void)
{
    struct sender_said all = {.result = DOCTOR_SKIP}, one;
    one = (struct sender_said){.result = DOCTOR_SKIP, .text = g_strdup("nothing")};
    sender_said_merge(&all, &one);
    one = (struct sender_said){.result = DOCTOR_OK, .text = g_strdup("well")};
    sender_said_merge(&all, &one);
    g_assert_cmpstr(all.text, ==, "well");
    one = (struct sender_said){.result = DOCTOR_WARN, .text = g_strdup("first")};
    sender_said_merge(&all, &one);
    one = (struct sender_said){.result = DOCTOR_WARN, .text = g_strdup("second")};
    sender_said_merge(&all, &one);
    one = (struct sender_said){.result = DOCTOR_OK, .text = g_strdup("well")};
    sender_said_merge(&all, &one);
    g_assert_null(one.text);
    g_assert_cmpstr(all.text, ==, "first");
    sender_said_clear(&all);
}

/* Ours where mail leaves with it, else the relay's; private ones are nobody's business. */
static void test_sending(void)
{
    static const struct {
        guint16 port;
        const char *user, *seen_as, *source, *address;
        const char *sendings; /* "o" ours, "r" the relay's */
    } rows[] = {
        {25, NULL, "198.51.100.7", "10.0.1.2", "203.0.113.25", "o198.51.100.7 r203.0.113.25"},
        {25, NULL, NULL, "198.51.100.8", "203.0.113.25", "o198.51.100.8 r203.0.113.25"},
        {25, NULL, NULL, "10.0.1.2", "203.0.113.25", "r203.0.113.25"},
        {25, "news", "198.51.100.7", "10.0.1.2", "203.0.113.25", "r203.0.113.25"},
        {587, NULL, "198.51.100.7", "10.0.1.2", "203.0.113.25", "r203.0.113.25"},
        {587, "news", NULL, "10.0.1.2", "10.0.1.25", ""},
        {25, NULL, "100.64.0.1", "fd00::1", "fe80::1%eth0", ""},
        {25, NULL, "2001:db8::7", "fd00::1", "2001:db8::7", "o2001:db8::7"},
        {25, NULL, NULL, NULL, NULL, ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct doctor_subject subject = {.kind = DOCTOR_OF_HOST,
                                               .protocol = STREAM_SMTP,
                                               .port = rows[i].port,
                                               .user = (char *)rows[i].user};
        const struct doctor d = {.subject = &subject,
                                 .facts = {.seen_as = (char *)rows[i].seen_as,
                                           .source = (char *)rows[i].source,
                                           .address = rows[i].address}};
        g_autoptr(GPtrArray) all = sending_addresses(&d);
        g_autoptr(GString) s = g_string_new(NULL);
        for (guint k = 0; k < all->len; k++) {
            const struct sending *one = all->pdata[k];
            g_string_append_printf(s, "%s%c%s", k > 0 ? " " : "",
                                   one->of == SENDING_OURS ? 'o' : 'r', one->address);
        }
        g_assert_cmpstr(s->str, ==, rows[i].sendings);
    }
    const struct doctor_subject mailbox = {.kind = DOCTOR_OF_MAILBOX, .protocol = STREAM_IMAP};
    const struct doctor d = {.subject = &mailbox, .facts = {.address = "203.0.113.25"}};
    g_autoptr(GPtrArray) none = sending_addresses(&d);
    g_assert_cmpuint(none->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fakedns_init(&dns);
    for (gsize i = 0; i < G_N_ELEMENTS(zone); i++)
        fakedns_add(&dns, zone[i].name, zone[i].type, zone[i].data, -1);
    fakedns_fail(&dns, "silent.example");
    fakedns_fail(&dns, "_dmarc.mute.example");
    g_test_add_func("/sender/address", test_sending);
    g_test_add_func("/sender/spf", test_spf);
    g_test_add_func("/sender/dmarc", test_dmarc);
    g_test_add_func("/sender/reverse/address", test_reverse_address);
    g_test_add_func("/sender/reverse/domain", test_reverse_domain);
    g_test_add_func("/sender/srv", test_srv);
    g_test_add_func("/sender/the-worst-is-said", test_merge);
    int code = g_test_run();
    fakedns_clear(&dns);
    return code;
}

/* What is said about a host, by what the name servers and this machine said. */
#include "config.h"

#include "doctor/check_names.h"

#include <string.h>

#include "base/clock.h"
#include "doctor/checks_private.h"

/* ---- answers as tables write them ---- */

struct answers {
    const char *a, *aaaa, *mx; /* "192.0.2.1", "-" none, "!" no such name, "T", "C", "S", "R",
                                  "B": a fault; "=x": no such name, and an alias of x */
};

static void free_answer(gpointer data)
{
    struct dns_answer *a = data;
    for (guint i = 0; i < a->values->len; i++) {
        struct dns_value *v = a->values->pdata[i];
        g_free(v->text);
        g_free(v);
    }
    g_ptr_array_unref(a->values);
    g_free(a->name);
    g_free(a->alias);
    g_free(a->why);
    g_free(a);
}

static void add_value(struct dns_answer *a, const char *text)
{
    struct dns_value *v = g_new0(struct dns_value, 1);
    v->text = g_strdup(text);
    v->len = strlen(text);
    g_ptr_array_add(a->values, v);
}

static const struct dns_answer *make(GPtrArray *all, enum dns_type type, const char *text)
{
    static const struct {
        char letter;
        enum dns_fault fault;
    } letters[] = {{'T', DNS_FAULT_SILENT},
                   {'C', DNS_FAULT_CLOSED},
                   {'S', DNS_FAULT_SERVFAIL},
                   {'R', DNS_FAULT_REFUSED},
                   {'B', DNS_FAULT_BROKEN}};
    struct dns_answer *a = g_new0(struct dns_answer, 1);
    g_ptr_array_add(all, a);
    a->name = g_strdup("smtp.example.org");
    a->type = type;
    a->values = g_ptr_array_new();
    a->took_us = 2 * CLOCK_SECOND_US;
    for (gsize i = 0; i < G_N_ELEMENTS(letters); i++)
        if (text[0] == letters[i].letter && !text[1]) {
            a->status = DNS_FAILED;
            a->fault = letters[i].fault;
            a->why = g_strdup("why");
            return a;
        }
    if (*text == '=')
        a->alias = g_strdup(text + 1);
    a->status = *text == '-'                   ? DNS_NO_DATA
                : *text == '!' || *text == '=' ? DNS_NO_NAME
                                               : DNS_FOUND;
    if (a->status == DNS_FOUND)
        add_value(a, text);
    return a;
}

static const struct {
    const char *system; /* addresses; "!" none; "?" failed; "..." late; "slow ADDRESS" */
    gboolean is_in_table;
    struct answers servers[2];
    enum doctor_result result;
    enum doctor_who who;
    const char *code, *text;
    gboolean goes_on;
} rows[] = {
    {"192.0.2.1",
     FALSE,
     {{"192.0.2.1", "-", "-"}},
     DOCTOR_OK,
     DOCTOR_NOBODY,
     NULL,
     "smtp.example.org is 192.0.2.1",
     TRUE},
    {"192.0.2.1 2001:db8::1",
     FALSE,
     {{"192.0.2.1", "2001:db8::1", "-"}},
     DOCTOR_OK,
     DOCTOR_NOBODY,
     NULL,
     "smtp.example.org is 192.0.2.1, 2001:db8::1",
     TRUE},
    {"2001:db8::1",
     FALSE,
     {{"-", "2001:db8::1", "-"}},
     DOCTOR_OK,
     DOCTOR_NOBODY,
     NULL,
     "smtp.example.org is 2001:db8::1 (IPv6 only)",
     TRUE},
    {"192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5",
     FALSE,
     {{"192.0.2.5", "-", "-"}},
     DOCTOR_OK,
     DOCTOR_NOBODY,
     NULL,
     "smtp.example.org is 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, …",
     TRUE},
    /* The table of this machine. */
    {"10.0.0.5",
     TRUE,
     {{"192.0.2.1", "-", "-"}},
     DOCTOR_WARN,
     DOCTOR_ADMIN,
     "hosts-file",
     "smtp.example.org is 10.0.0.5 by /etc/hosts of this machine, but 192.0.2.1 in the DNS",
     TRUE},
    {"10.0.0.5",
     TRUE,
     {{"10.0.0.5", "-", "-"}},
     DOCTOR_OK,
     DOCTOR_NOBODY,
     NULL,
     "smtp.example.org is 10.0.0.5",
     TRUE},
    {"10.0.0.5",
     FALSE,
     {{"192.0.2.1", "-", "-"}},
     DOCTOR_OK,
     DOCTOR_NOBODY,
     NULL,
     "smtp.example.org is 10.0.0.5",
     TRUE}, /* addresses in turn */
    {"10.0.0.5",
     TRUE,
     {{"T", "T", "T"}},
     DOCTOR_OK,
     DOCTOR_NOBODY,
     NULL,
     "smtp.example.org is 10.0.0.5",
     TRUE},
    /* One of two. */
    {"192.0.2.1",
     FALSE,
     {{"T", "T", "T"}, {"192.0.2.1", "-", "-"}},
     DOCTOR_WARN,
     DOCTOR_ADMIN,
     "dns-one",
     "smtp.example.org is 192.0.2.1, but name server 10.0.0.1 does not answer (2.0 s)",
     TRUE},
    {"...",
     FALSE,
     {{"T", "T", "T"}, {"192.0.2.1", "-", "-"}},
     DOCTOR_WARN,
     DOCTOR_ADMIN,
     "dns-slow",
     "smtp.example.org is 192.0.2.1, but looking it up takes this machine longer than 3 s",
     TRUE},
    {"slow 192.0.2.1",
     FALSE,
     {{"192.0.2.1", "-", "-"}},
     DOCTOR_WARN,
     DOCTOR_ADMIN,
     "dns-slow",
     "smtp.example.org is 192.0.2.1, but looking it up took 2.5 s",
     TRUE},
    /* Nothing is known. */
    {"?",
     FALSE,
     {{"T", "T", "T"}},
     DOCTOR_FAIL,
     DOCTOR_ADMIN,
     "dns-silent",
     "name server 10.0.0.1 does not answer (2.0 s)",
     FALSE},
    {"...",
     FALSE,
     {{"T", "T", "T"}, {"T", "T", "T"}},
     DOCTOR_FAIL,
     DOCTOR_ADMIN,
     "dns-silent",
     "none of the name servers 10.0.0.1, 10.0.0.2 answers (2.0 s)",
     FALSE},
    {"?",
     FALSE,
     {{"C", "C", "C"}},
     DOCTOR_FAIL,
     DOCTOR_ADMIN,
     "dns-closed",
     "nothing answers as a name server at 10.0.0.1: its port is closed, or there is no way to "
     "it",
     FALSE},
    {"?",
     FALSE,
     {{"S", "S", "S"}},
     DOCTOR_FAIL,
     DOCTOR_SERVER,
     "dns-fails",
     "name server 10.0.0.1 cannot find out smtp.example.org: the servers of that domain fail, "
     "or its DNSSEC signature is broken",
     FALSE},
    {"?",
     FALSE,
     {{"-", "S", "-"}},
     DOCTOR_FAIL,
     DOCTOR_SERVER,
     "dns-fails",
     "name server 10.0.0.1 cannot find out smtp.example.org: the servers of that domain fail, "
     "or its DNSSEC signature is broken",
     FALSE},
    {"?",
     FALSE,
     {{"R", "R", "R"}},
     DOCTOR_FAIL,
     DOCTOR_ADMIN,
     "dns-refuses",
     "name server 10.0.0.1 refuses to answer this machine",
     FALSE},
    {"?",
     FALSE,
     {{"B", "B", "B"}},
     DOCTOR_FAIL,
     DOCTOR_ADMIN,
     "dns-broken",
     "what name server 10.0.0.1 sends is no answer: why",
     FALSE},
    {"?",
     FALSE,
     {{NULL}},
     DOCTOR_FAIL,
     DOCTOR_ADMIN,
     "no-dns",
     "this machine does not find smtp.example.org and has no name server",
     FALSE},
    /* It is known that there is none. */
    {"!",
     FALSE,
     {{"!", "!", "!"}},
     DOCTOR_FAIL,
     DOCTOR_YOU,
     "no-name",
     "the name smtp.example.org does not exist",
     FALSE},
    {"?",
     FALSE,
     {{"T", "T", "T"}, {"!", "!", "!"}},
     DOCTOR_FAIL,
     DOCTOR_YOU,
     "no-name",
     "the name smtp.example.org does not exist",
     FALSE},
    {"!",
     FALSE,
     {{"=gone.example.org", "!", "!"}},
     DOCTOR_FAIL,
     DOCTOR_SERVER,
     "no-name",
     "smtp.example.org is an alias of gone.example.org, and that name does not exist",
     FALSE},
    {"!",
     FALSE,
     {{"-", "-", "-"}},
     DOCTOR_FAIL,
     DOCTOR_YOU,
     "no-address",
     "the name smtp.example.org exists, but has no address",
     FALSE},
    {"!",
     FALSE,
     {{"-", "-", "mx1.example.org"}},
     DOCTOR_FAIL,
     DOCTOR_YOU,
     "only-mx",
     "smtp.example.org is a mail domain and no host: it has no address, only an MX record "
     "(mx1.example.org)",
     FALSE},
    {"!",
     FALSE,
     {{"192.0.2.1", "-", "-"}},
     DOCTOR_FAIL,
     DOCTOR_ADMIN,
     "resolver",
     "name server 10.0.0.1 knows smtp.example.org (192.0.2.1), but this machine does not find "
     "it: no",
     FALSE},
};

static struct names_answer *make_system(const char *text)
{
    struct names_answer *a = g_new0(struct names_answer, 1);
    gboolean is_slow = g_str_has_prefix(text, "slow ");
    a->addresses = g_ptr_array_new_with_free_func(g_free);
    a->took_us = is_slow ? 5 * CLOCK_SECOND_US / 2 : 1000;
    a->status = strcmp(text, "!") == 0     ? NAMES_NONE
                : strcmp(text, "?") == 0   ? NAMES_FAILED
                : strcmp(text, "...") == 0 ? NAMES_LATE
                                           : NAMES_FOUND;
    if (a->status != NAMES_FOUND) {
        a->why = a->status == NAMES_LATE ? NULL : g_strdup("no");
        return a;
    }
    g_auto(GStrv) words = g_strsplit(is_slow ? text + 5 : text, " ", -1);
    for (char **word = words; *word; word++)
        g_ptr_array_add(a->addresses, g_strdup(*word));
    return a;
}

static void check_row(gsize i)
{
    static const char *const addresses[] = {"10.0.0.1", "10.0.0.2"};
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_answer);
    struct names_answer *system = make_system(rows[i].system);
    struct check_names_seen s = {
        .host = "smtp.example.org", .system = system, .is_in_table = rows[i].is_in_table};
    struct doctor_finding f = {.evidence = g_ptr_array_new_with_free_func(g_free)};
    for (guint k = 0; k < 2 && rows[i].servers[k].a; k++) {
        s.servers[k].address = addresses[k];
        s.servers[k].a = make(all, DNS_A, rows[i].servers[k].a);
        s.servers[k].aaaa = make(all, DNS_AAAA, rows[i].servers[k].aaaa);
        s.servers[k].mx = make(all, DNS_MX, rows[i].servers[k].mx);
        s.n_servers++;
    }
    g_autoptr(GPtrArray) found = check_names_judge(&s, &f);
    g_test_message("row %d: %s", (int)i, f.text);
    g_assert_cmpstr(f.text, ==, rows[i].text);
    g_assert_cmpint(f.result, ==, rows[i].result);
    g_assert_cmpint(f.who, ==, rows[i].who);
    g_assert_cmpstr(f.code, ==, rows[i].code);
    g_assert_true((found && found->len > 0) == rows[i].goes_on);
    g_assert_true((f.next != NULL) == (f.result != DOCTOR_OK));
    g_assert_cmpuint(f.evidence->len, >, 0);
    g_ptr_array_unref(f.evidence);
    g_free(f.text);
    g_free(f.next);
    names_answer_free(system);
}

static void test_judge(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        check_row(i);
}

static const struct doctor_check list[] = {
    {.number = 4,
     .name = "names",
     .title = "names",
     .of = DOCTOR_OF_ALL,
     .run = doctor_check_names},
    {.number = 0},
};

static const char *expected_address;
static gboolean expected_ipv6;

static void looks(struct doctor *d, struct doctor_finding *f)
{
    g_assert_cmpstr(d->facts.address, ==, expected_address);
    g_assert_cmpint(d->facts.is_ipv6, ==, expected_ipv6);
    doctor_ok(f, g_strdup("well"));
}

/* An address needs no name server, and is what is spoken to. */
static void test_literals(void)
{
    static const struct {
        const char *typed, *address;
        gboolean is_ipv6;
    } literals[] = {
        {"192.0.2.7:25", "192.0.2.7", FALSE},
        {"[2001:db8::1]:25", "2001:db8::1", TRUE},
    };
    static const struct doctor_check both[] = {
        {.number = 4,
         .name = "names",
         .title = "names",
         .of = DOCTOR_OF_ALL,
         .run = doctor_check_names},
        {.number = 5, .name = "x", .title = "x", .of = DOCTOR_OF_ALL, .run = looks},
        {.number = 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(literals); i++) {
        struct doctor_subject *s = doctor_subject_host(literals[i].typed, NULL, NULL);
        expected_address = literals[i].address;
        expected_ipv6 = literals[i].is_ipv6;
        struct doctor_run *r = doctor_run_list(both, s, NULL);
        const struct doctor_finding *f = r->findings->pdata[0];
        g_assert_cmpint(f->result, ==, DOCTOR_SKIP);
        g_assert_null(f->code);
        g_assert_cmpint(((struct doctor_finding *)r->findings->pdata[1])->result, ==,
                        DOCTOR_OK);
        doctor_run_free(r);
    }
}

/* localhost is in the table of every machine, and no name server is asked. */
static void test_localhost(void)
{
    struct doctor_run *r =
        doctor_run_list(list, doctor_subject_host("localhost:25", NULL, NULL), NULL);
    const struct doctor_finding *f = r->findings->pdata[0];
    g_assert_cmpint(f->result, ==, DOCTOR_OK);
    g_assert_true(g_str_has_prefix(f->text, "localhost is "));
    for (guint i = 0; i < f->evidence->len; i++)
        g_assert_null(strstr(f->evidence->pdata[i], "name server"));
    doctor_run_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check_names/judge", test_judge);
    g_test_add_func("/check_names/literals-pass", test_literals);
    g_test_add_func("/check_names/localhost-needs-no-name-server", test_localhost);
    return g_test_run();
}

/* The order of checks, what is left out, the verdict, and how it is told. */
#include "config.h"

#include "doctor/doctor.h"

#include <string.h>

#include "doctor/check_private.h"

static void well(struct doctor *d, struct doctor_finding *f)
{
    doctor_ok(f, g_strdup("well"));
}

static void fails(struct doctor *d, struct doctor_finding *f)
{
    doctor_evidence(f, "seen: %s", "a\rb");
    doctor_transcript(f, '<', "554 go\x1b[2J away");
    doctor_say(f, DOCTOR_FAIL, DOCTOR_NETWORK, "dropped", g_strdup("it is dropped"),
               g_strdup("Ask them."));
}

static void warns(struct doctor *d, struct doctor_finding *f)
{
    doctor_say(f, DOCTOR_WARN, DOCTOR_DOMAIN, "spf", g_strdup("no SPF"), NULL);
}

static void has_nothing(struct doctor *d, struct doctor_finding *f)
{
    doctor_pass(f, g_strdup("nothing to look at"));
}

static gboolean never(const struct doctor *d)
{
    return FALSE;
}

static struct doctor_run *run(const struct doctor_check *list)
{
    GError *error = NULL;
    struct doctor_subject *s = doctor_subject_host("mail.example.org:25", NULL, &error);
    g_assert_no_error(error);
    return doctor_run_list(list, s, NULL);
}

static const struct doctor_finding *at(const struct doctor_run *r, guint i)
{
    g_assert_cmpuint(i, <, r->findings->len);
    return r->findings->pdata[i];
}

static void test_blocked(void)
{
    static const struct doctor_check list[] = {
        {.number = 1, .name = "a", .title = "alpha", .of = DOCTOR_OF_ALL, .run = well},
        {.number = 2,
         .name = "b",
         .title = "beta",
         .needs = {"a"},
         .of = DOCTOR_OF_ALL,
         .run = fails},
        {.number = 3,
         .name = "c",
         .title = "gamma",
         .needs = {"a", "b"},
         .of = DOCTOR_OF_ALL,
         .run = well},
        {.number = 4,
         .name = "d",
         .title = "delta",
         .needs = {"c"},
         .of = DOCTOR_OF_ALL,
         .run = well},
        {.number = 5,
         .name = "e",
         .title = "epsilon",
         .needs = {"a"},
         .of = DOCTOR_OF_ALL,
         .run = has_nothing},
        {.number = 6,
         .name = "f",
         .title = "zeta",
         .needs = {"e"},
         .of = DOCTOR_OF_ALL,
         .run = warns},
        {.number = 0},
    };
    struct doctor_run *r = run(list);
    g_assert_cmpuint(r->findings->len, ==, 6);
    g_assert_cmpint(at(r, 2)->result, ==, DOCTOR_SKIP);
    g_assert_cmpstr(at(r, 2)->text, ==, "not looked at: it needs 2, beta");
    g_assert_cmpstr(at(r, 3)->text, ==, "not looked at: it needs 3, gamma");
    g_assert_cmpint(at(r, 4)->result, ==, DOCTOR_SKIP);
    g_assert_cmpint(at(r, 5)->result, ==, DOCTOR_WARN);
    g_assert_cmpint(doctor_run_result(r), ==, DOCTOR_FAIL);
    g_assert_true(doctor_run_cause(r) == at(r, 1));
    doctor_run_free(r);
}

static void test_left_out(void)
{
    static const struct doctor_check list[] = {
        {.number = 1, .name = "a", .title = "alpha", .of = DOCTOR_OF_MACHINE, .run = fails},
        {.number = 2,
         .name = "b",
         .title = "beta",
         .of = DOCTOR_OF_PEER,
         .is_asked = never,
         .run = fails},
        {.number = 3,
         .name = "c",
         .title = "gamma",
         .needs = {"a", "b"},
         .of = DOCTOR_OF_HOST,
         .run = warns},
        {.number = 0},
    };
    struct doctor_run *r = run(list);
    g_assert_cmpuint(r->findings->len, ==, 1);
    g_assert_cmpint(doctor_run_result(r), ==, DOCTOR_WARN);
    doctor_run_free(r);
}

static void test_verdict_when_well(void)
{
    static const struct doctor_check list[] = {
        {.number = 1, .name = "a", .title = "alpha", .of = DOCTOR_OF_ALL, .run = well},
        {.number = 0},
    };
    struct doctor_run *r = run(list);
    g_autofree char *verdict = doctor_run_verdict(r);
    g_assert_cmpstr(verdict, ==, "mail can go out by mail.example.org:25");
    doctor_run_free(r);
}

/* Who did not log in does not know that mail goes out. */
static void test_verdict_without_login(void)
{
    static const struct doctor_check list[] = {
        {.number = 1, .name = "a", .title = "alpha", .of = DOCTOR_OF_ALL, .run = well},
        {.number = 0},
    };
    struct doctor_subject *s = doctor_subject_host("mail.example.org:25", NULL, NULL);
    s->user = g_strdup("news");
    s->leaves_login = TRUE;
    struct doctor_run *r = doctor_run_list(list, s, NULL);
    g_autofree char *verdict = doctor_run_verdict(r);
    g_assert_cmpstr(verdict, ==,
                    "nothing is wrong with mail.example.org:25 up to the login, which was left "
                    "alone");
    doctor_run_free(r);
}

static void test_told(void)
{
    static const struct doctor_check list[] = {
        {.number = 1, .name = "a", .title = "alpha", .of = DOCTOR_OF_ALL, .run = fails},
        {.number = 0},
    };
    struct doctor_run *r = run(list);
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    doctor_run_json(w, r);
    json_writer_free(w);
    struct json *v = json_parse(json->str, json->len, NULL);
    g_assert_nonnull(v);
    g_assert_cmpstr(json_member_string(v, "result"), ==, "fail");
    g_assert_cmpstr(json_member_string(v, "who"), ==, "network");
    g_assert_cmpstr(json_member_string(v, "next"), ==, "Ask them.");
    g_assert_cmpint(json_member_int(v, "port", 0), ==, 25);
    g_assert_cmpuint(json_size(json_member(v, "checks")), ==, 1);
    json_unref(v);
    g_autofree char *text = doctor_run_text(r);
    g_assert_nonnull(strstr(text, "Verdict:  it is dropped\n"));
    g_assert_nonnull(strstr(text, "[fail]  1  alpha: it is dropped\n"));
    g_assert_nonnull(strstr(text, "-> Ask them.\n"));
    g_assert_nonnull(strstr(text, "seen: a"));
    g_assert_null(strchr(text, '\x1b'));
    g_assert_null(strchr(text, '\r'));
    doctor_run_free(r);
}

/* A list longer than anybody reads does not grow without end. */
static void floods(struct doctor *d, struct doctor_finding *f)
{
    for (int i = 0; i < DOCTOR_MAX_LINES + 5; i++) {
        doctor_evidence(f, "%d", i);
        doctor_transcript(f, '<', "x");
    }
    doctor_ok(f, g_strdup("many"));
}

static void test_bounded(void)
{
    static const struct doctor_check list[] = {
        {.number = 1, .name = "a", .title = "alpha", .of = DOCTOR_OF_ALL, .run = floods},
        {.number = 0},
    };
    struct doctor_run *r = run(list);
    g_assert_cmpuint(at(r, 0)->evidence->len, ==, DOCTOR_MAX_LINES);
    g_assert_cmpuint(at(r, 0)->transcript->len, ==, DOCTOR_MAX_LINES);
    doctor_run_free(r);
}

/* Every check's prerequisites stand before it, and numbers and names are its own. */
static void test_list(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    int number = 0;
    for (const struct doctor_check *c = doctor_checks(); c->number > 0; c++) {
        g_assert_cmpint(c->number, >, number);
        number = c->number;
        g_assert_nonnull(c->run);
        g_assert_nonnull(c->title);
        g_assert_cmpuint(c->of, !=, 0);
        for (int i = 0; i < DOCTOR_NEEDS_MAX && c->needs[i]; i++)
            g_assert_true(g_hash_table_contains(seen, c->needs[i]));
        g_assert_true(g_hash_table_add(seen, (char *)c->name));
    }
    g_assert_cmpint(number, >, 0);
}

static void test_hosts(void)
{
    static const struct {
        const char *text, *host;
        guint16 port;
        enum stream_protocol protocol;
        enum stream_security security;
    } rows[] = {
        {"mail.example.org", "mail.example.org", 25, STREAM_SMTP, STREAM_STARTTLS},
        {"mail.example.org: 2025", "mail.example.org", 2025, STREAM_SMTP, STREAM_STARTTLS},
        {"mail.example.org:465", "mail.example.org", 465, STREAM_SMTP, STREAM_TLS},
        {"imaps://mail.example.org", "mail.example.org", 993, STREAM_IMAP, STREAM_TLS},
        {"IMAPS://mail.example.org:1993", "mail.example.org", 1993, STREAM_IMAP, STREAM_TLS},
        {"pop3://mail.example.org:1110", "mail.example.org", 1110, STREAM_POP3,
         STREAM_STARTTLS},
        {"[2001:db8::1]:995", "2001:db8::1", 995, STREAM_POP3, STREAM_TLS},
        {"mail.example.org:143", "mail.example.org", 143, STREAM_IMAP, STREAM_STARTTLS},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        struct doctor_subject *s = doctor_subject_host(rows[i].text, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(s->host, ==, rows[i].host);
        g_assert_cmpint(s->port, ==, rows[i].port);
        g_assert_cmpint(s->protocol, ==, rows[i].protocol);
        g_assert_cmpint(s->security, ==, rows[i].security);
        doctor_subject_free(s);
    }
    g_assert_null(doctor_subject_host("a:b:c:d", NULL, NULL));
    g_assert_null(doctor_subject_host("mail.example.org:0", NULL, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/doctor/run/leaves-out-what-needs-what-failed", test_blocked);
    g_test_add_func("/doctor/run/leaves-out-what-is-not-for-it", test_left_out);
    g_test_add_func("/doctor/run/verdict-when-all-is-well", test_verdict_when_well);
    g_test_add_func("/doctor/run/verdict-without-login", test_verdict_without_login);
    g_test_add_func("/doctor/run/told-as-json-and-text", test_told);
    g_test_add_func("/doctor/run/lines-are-bounded", test_bounded);
    g_test_add_func("/doctor/list/order", test_list);
    g_test_add_func("/doctor/subject/hosts", test_hosts);
    return g_test_run();
}

/* What settings say against themselves: a subject in, a finding out. */
#include "config.h"

#include "doctor/check_settings.h"

#include <string.h>

struct row {
    const char *text; /* for doctor_subject_host() */
    enum stream_security security;
    const char *user, *ca_file, *from, *code;
    enum doctor_result result;
    const char *part; /* of the sentence */
};

#define ANY DOCTOR_OK, "its settings agree"

static const struct row rows[] = {
    {"mail.example.org:25", STREAM_STARTTLS, NULL, NULL, NULL, NULL, ANY},
    {"mail.example.org:587", STREAM_STARTTLS, "u", NULL, NULL, NULL, ANY},
    {"mail.example.org:465", STREAM_TLS, "u", NULL, NULL, NULL, ANY},
    {"mail.example.org:1025", STREAM_TLS, "u", NULL, NULL, NULL, ANY},
    {"imaps://mail.example.org", STREAM_TLS, "u", NULL, NULL, NULL, ANY},
    {"mail.example.org:465", STREAM_STARTTLS, "u", NULL, NULL, "port-tls", DOCTOR_WARN,
     "port 465 needs TLS from the first byte (implicit TLS), but the security is starttls"},
    {"mail.example.org:993", STREAM_PLAIN, NULL, NULL, NULL, "port-tls", DOCTOR_WARN,
     "the security is none"},
    {"mail.example.org:587", STREAM_TLS, "u", NULL, NULL, "port-starttls", DOCTOR_WARN,
     "port 587 begins without TLS, but the security is tls"},
    {"smtp://mail.example.org:993", STREAM_TLS, NULL, NULL, NULL, "port-protocol", DOCTOR_WARN,
     "port 993 is the one of IMAP, but SMTP is to be spoken there"},
    {"mail.example.org:2525", STREAM_PLAIN, "u", NULL, NULL, "plain-login", DOCTOR_WARN,
     "the password of u goes to mail.example.org unencrypted"},
    {"127.0.0.1:2525", STREAM_PLAIN, "u", NULL, NULL, NULL, ANY},
    {"mail.example.org:587", STREAM_STARTTLS, "u", "/nowhere/ca.pem", NULL, "ca-file",
     DOCTOR_FAIL, "/nowhere/ca.pem"},
    {"mail.example.org:25", STREAM_STARTTLS, NULL, NULL, "me@example.org", NULL, ANY},
    {"mail.example.org:25", STREAM_STARTTLS, NULL, NULL, "me", "from", DOCTOR_WARN,
     "mail is sent from me, which has no domain"},
    {"mail.example.org:25", STREAM_STARTTLS, NULL, NULL, "me@laptop", "from", DOCTOR_WARN,
     "me@laptop"},
};

static struct doctor_finding *finding(void)
{
    struct doctor_finding *f = g_new0(struct doctor_finding, 1);
    f->evidence = g_ptr_array_new_with_free_func(g_free);
    f->transcript = g_ptr_array_new_with_free_func(g_free);
    return f;
}

static void finding_end(struct doctor_finding *f)
{
    g_free(f->text);
    g_free(f->next);
    g_ptr_array_unref(f->evidence);
    g_ptr_array_unref(f->transcript);
    g_free(f);
}

static void test_rows(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        struct doctor_finding *f = finding();
        struct doctor_subject *s = doctor_subject_host(rows[i].text, rows[i].from, &error);
        g_assert_no_error(error);
        if (strstr(rows[i].text, "smtp://"))
            s->protocol = STREAM_SMTP;
        s->security = rows[i].security;
        s->user = g_strdup(rows[i].user);
        s->ca_file = g_strdup(rows[i].ca_file);
        settings_judge(s, f);
        g_test_message("%s: %s", rows[i].text, f->text);
        g_assert_cmpstr(f->code, ==, rows[i].code);
        g_assert_cmpint(f->result, ==, rows[i].result);
        g_assert_nonnull(strstr(f->text, rows[i].part));
        finding_end(f);
        doctor_subject_free(s);
    }
}

static void test_hello(void)
{
    static const struct {
        const char *hello, *user;
        guint16 port;
        gboolean is_told;
    } hellos[] = {
        {"laptop", NULL, 25, TRUE},       {"laptop", "u", 25, FALSE},
        {"laptop", NULL, 587, FALSE},     {"mail.example.org", NULL, 25, FALSE},
        {"localhost", NULL, 25, TRUE},    {"box.localdomain", NULL, 25, TRUE},
        {"[192.0.2.1]", NULL, 25, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(hellos); i++) {
        struct doctor_finding *f = finding();
        struct doctor_subject *s = doctor_subject_host("mail.example.org:25", NULL, NULL);
        s->kind = DOCTOR_OF_SERVER; /* not of what was typed: it has no name of its own */
        s->server.enabled = TRUE;
        s->port = hellos[i].port;
        s->user = g_strdup(hellos[i].user);
        g_free(s->hello);
        s->hello = g_strdup(hellos[i].hello);
        settings_judge(s, f);
        g_test_message("%s: %s", hellos[i].hello, f->text);
        g_assert_cmpint(g_strcmp0(f->code, "hello") == 0, ==, hellos[i].is_told);
        finding_end(f);
        doctor_subject_free(s);
    }
}

static void test_disabled(void)
{
    struct doctor_finding *f = finding();
    struct doctor_subject *s = doctor_subject_host("mail.example.org:587", NULL, NULL);
    s->kind = DOCTOR_OF_SERVER;
    settings_judge(s, f);
    g_assert_cmpstr(f->code, ==, "disabled");
    finding_end(f);
    doctor_subject_free(s);
}

static void test_curl(void)
{
    static const struct {
        unsigned number;
        enum stream_security security;
        gboolean is_told;
    } versions[] = {
        {0x075801, STREAM_STARTTLS, FALSE}, {0x080701, STREAM_STARTTLS, FALSE},
        {0x080800, STREAM_STARTTLS, TRUE},  {0x080800, STREAM_TLS, FALSE},
        {0x080900, STREAM_STARTTLS, FALSE}, {0x080c00, STREAM_STARTTLS, TRUE},
        {0x080c01, STREAM_STARTTLS, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
        struct doctor_finding *f = finding();
        g_assert_cmpint(settings_judge_curl(versions[i].number, "8.x", versions[i].security, f),
                        ==, versions[i].is_told);
        g_assert_cmpint(f->text != NULL, ==, versions[i].is_told);
        finding_end(f);
    }
}

static void test_sqlite(void)
{
    static const struct {
        int number;
        gboolean has;
    } versions[] = {{3040001, TRUE}, {3044005, TRUE},  {3044006, FALSE},
                    {3046001, TRUE}, {3050006, TRUE},  {3050007, FALSE},
                    {3051002, TRUE}, {3051003, FALSE}, {3053000, FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(versions); i++)
        g_assert_cmpint(settings_has_wal_fault(versions[i].number), ==, versions[i].has);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/doctor/settings/agree-or-not", test_rows);
    g_test_add_func("/doctor/settings/hello-name", test_hello);
    g_test_add_func("/doctor/settings/switched-off", test_disabled);
    g_test_add_func("/doctor/settings/libcurl", test_curl);
    g_test_add_func("/doctor/settings/sqlite", test_sqlite);
    return g_test_run();
}

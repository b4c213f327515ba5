/* A report of the doctor read back: what is missing is empty, what is hostile is safe. */
#include "config.h"

#include <string.h>

#include "app/diagnosis.h"
#include "base/clock.h"
#include "base/error.h"

#define STEP(number, result, more)                                                             \
    "{\"number\":" #number                                                                     \
    ",\"check\":\"connect\",\"title\":\"connection\",\"result\":\"" result                     \
    "\",\"text\":\"it is " result "\"" more "}"
#define RUN(steps)                                                                             \
    "{\"kind\":\"server\",\"name\":\"main\",\"protocol\":\"smtp\",\"host\":\"smtp.example."    \
    "org\","                                                                                   \
    "\"port\":25,\"security\":\"starttls\",\"begun\":\"2026-11-22T10:00:00Z\",\"seconds\":1."  \
    "5,"                                                                                       \
    "\"result\":\"fail\",\"verdict\":\"it is dropped\",\"who\":\"network\",\"next\":\"Use "    \
    "587\","                                                                                   \
    "\"checks\":[" steps "]}"

static struct diagnosis *parse(const char *text)
{
    GError *error = NULL;
    struct diagnosis *d = diagnosis_parse(text, strlen(text), &error);
    g_assert_no_error(error);
    g_assert_nonnull(d);
    return d;
}

static void test_run(void)
{
    struct diagnosis *d =
        parse(RUN(STEP(1, "ok", "") "," STEP(8, "fail", ",\"use_port\":587")));
    g_autofree char *begun = clock_format_utc(d->begun_us);
    g_autofree char *subject = diagnosis_subject(d);
    g_assert_cmpstr(d->kind, ==, "server");
    g_assert_cmpstr(begun, ==, "2026-11-22T10:00:00Z");
    g_assert_cmpstr(subject, ==, "server main (smtp.example.org:25)");
    g_assert_cmpint(d->result, ==, DIAGNOSIS_FAIL);
    g_assert_cmpuint(d->steps->len, ==, 2);
    g_assert_cmpint(diagnosis_cause(d)->number, ==, 8);
    g_assert_cmpint(diagnosis_cause(d)->use_port, ==, 587);
    diagnosis_free(d);
}

static void test_runs(void)
{
    struct diagnosis *d =
        parse("{\"format\":1,\"runs\":[" RUN(STEP(3, "warn", "")) "," RUN("") "]}");
    g_assert_cmpuint(d->steps->len, ==, 1);
    g_assert_cmpint(diagnosis_cause(d)->number, ==, 3);
    diagnosis_free(d);
}

static void test_no_report(void)
{
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "{}",
                                        "17",
                                        "{\"runs\":[]}",
                                        "\"\"",
                                        "null",
                                        "{\"runs\":{}}",
                                        "{\"runs\":[17]}"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(diagnosis_parse(texts[i], strlen(texts[i]), &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    }
}

/* Of another kind than it should be, too much of it, or nothing at all. */
static void test_strange_members(void)
{
    struct diagnosis *d =
        parse("{\"checks\":[17,{},{\"number\":\"x\",\"evidence\":3,\"transcript\":[1,\"a\"],"
              "\"use_port\":70000,\"seconds\":\"soon\",\"result\":\"later\"}],\"port\":-5,"
              "\"begun\":\"now\"}");
    const struct diagnosis_step *s = d->steps->pdata[2];
    g_autofree char *text = diagnosis_text(d);
    g_assert_cmpuint(d->steps->len, ==, 3);
    g_assert_cmpint(s->result, ==, DIAGNOSIS_FAIL);
    g_assert_cmpuint(s->transcript->len, ==, 1);
    g_assert_cmpint(s->use_port, <=, 65535);
    g_assert_cmpint(d->port, ==, 0);
    g_assert_nonnull(strstr(text, "this machine"));
    diagnosis_free(d);
}

static void test_hostile(void)
{
    struct diagnosis *d = parse(
        RUN("{\"number\":1,\"result\":\"warn\",\"title\":\"a\\u001b[2J\",\"text\":\"b\\u202e\","
            "\"next\":\"c\\nd\",\"evidence\":[\"e\\u009b\"],\"transcript\":[\"f\\r\"]}"));
    g_autofree char *all = diagnosis_text(d), *one = diagnosis_step_text(diagnosis_cause(d));
    const char *const texts[] = {all, one};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_assert_null(strchr(texts[i], '\x1b'));
        g_assert_null(strchr(texts[i], '\r'));
        g_assert_null(strstr(texts[i], "\u202e"));
        g_assert_null(strstr(texts[i], "\xc2\x9b"));
        g_assert_null(strstr(texts[i], "c\nd"));
    }
    diagnosis_free(d);
}

static void test_text(void)
{
    struct diagnosis *d =
        parse(RUN(STEP(8, "fail",
                       ",\"next\":\"Use another "
                       "port\",\"evidence\":[\"timeout\"],\"transcript\":[\"> EHLO x\"]")));
    g_autofree char *text = diagnosis_text(d);
    g_assert_nonnull(strstr(text, "Verdict:  it is dropped\n"));
    g_assert_nonnull(strstr(text, "To act:   who runs the network in between"));
    g_assert_nonnull(strstr(text, "Next:     Use 587\n"));
    g_assert_nonnull(strstr(text, "[fail]  8  connection: it is fail\n"));
    g_assert_nonnull(strstr(text, "           -> Use another port\n"));
    g_assert_nonnull(strstr(text, "           timeout\n"));
    g_assert_nonnull(strstr(text, "           | > EHLO x\n"));
    diagnosis_free(d);
}

static void test_who(void)
{
    static const char *const words[] = {"you", "admin", "network", "server", "domain"};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        g_assert_nonnull(diagnosis_who(words[i]));
    g_assert_null(diagnosis_who("nobody"));
    g_assert_null(diagnosis_who("somebody-new"));
    g_assert_null(diagnosis_who(NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/diagnosis/run", test_run);
    g_test_add_func("/diagnosis/the-first-of-several", test_runs);
    g_test_add_func("/diagnosis/no-report", test_no_report);
    g_test_add_func("/diagnosis/strange-members", test_strange_members);
    g_test_add_func("/diagnosis/hostile-text-is-safe", test_hostile);
    g_test_add_func("/diagnosis/as-text", test_text);
    g_test_add_func("/diagnosis/who-must-act", test_who);
    return g_test_run();
}

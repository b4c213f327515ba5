/* The judgements of preflight that need nothing but their arguments. */
#include "config.h"

#include "app/check_private.h"

#include <glib.h>

static void test_subjects(void)
{
    static const struct {
        const char *subject;
        enum check_subject verdict;
    } rows[] = {
        {"Ann, spring is here", CHECK_SUBJECT_FINE},
        {"Frühling!", CHECK_SUBJECT_FINE},
        {"¡Hola!", CHECK_SUBJECT_FINE},
        {"", CHECK_SUBJECT_EMPTY},
        {" \t ", CHECK_SUBJECT_EMPTY},
        {", spring is here", CHECK_SUBJECT_ODD},
        {" spring is here", CHECK_SUBJECT_ODD},
        {"Dear , spring is here", CHECK_SUBJECT_ODD},
        {"Welcome !", CHECK_SUBJECT_ODD},
        {"Your order ()", CHECK_SUBJECT_ODD},
        {"Hello {{first_name", CHECK_SUBJECT_ODD},
        {"0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 x",
         CHECK_SUBJECT_FINE},
        {"0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 xy",
         CHECK_SUBJECT_LONG},
        {"éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé x",
         CHECK_SUBJECT_FINE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("'%s'", rows[i].subject);
        g_assert_cmpint(check_subject(rows[i].subject), ==, rows[i].verdict);
    }
}

static void test_organisations(void)
{
    static const struct {
        const char *a, *b;
        gboolean aligned;
    } rows[] = {
        {"example.org", "example.org", TRUE},
        {"Example.org", "bounce.example.ORG", TRUE},
        {"news.example.org", "bounce.example.org", TRUE},
        {"example.org", "example.com", FALSE},
        {"example.org", "notexample.org", FALSE},
        {"one.co.uk", "two.co.uk", FALSE},
        {"one.co.uk", "b.one.co.uk", TRUE},
        {"spring.eu", "b.spring.eu", TRUE},
        {"a.b.spring.eu", "spring.eu", TRUE},
        {"localhost", "localhost", TRUE},
        {"co.uk", "co.uk", TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s %s", rows[i].a, rows[i].b);
        g_assert_cmpint(check_is_aligned(rows[i].a, rows[i].b), ==, rows[i].aligned);
        g_assert_cmpint(check_is_aligned(rows[i].b, rows[i].a), ==, rows[i].aligned);
    }
}

static void test_freemail(void)
{
    static const struct {
        const char *domain, *host;
        gboolean is_foreign;
    } rows[] = {
        {"gmail.com", "smtp.gmail.com", FALSE},   {"GMAIL.com", "mail.example.org", TRUE},
        {"gmail.com", "notgmail.com", TRUE},      {"yahoo.com", "smtp.mail.yahoo.com", FALSE},
        {"yahoo.com", "127.0.0.1", TRUE},         {"outlook.com", "smtp.office365.com", FALSE},
        {"web.de", "smtp.web.de", FALSE},         {"web.de", "mail.gmx.net", TRUE},
        {"example.org", "smtp.gmail.com", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s by %s", rows[i].domain, rows[i].host);
        g_assert_cmpint(check_is_foreign_freemail(rows[i].domain, rows[i].host), ==,
                        rows[i].is_foreign);
    }
}

static void test_scores(void)
{
    static const struct {
        const char *output;
        gboolean has_score;
        double score;
        const char *rules;
    } rows[] = {
        {"X-Spam-Status: No, score=1.5 required=5.0 tests=A,B autolearn=no\nTo: x\n\n", TRUE,
         1.5, "A,B"},
        {"A: b\nX-Spam-Status: Yes, score=12.0 "
         "required=5.0\n\ttests=A,\n\tB\n\tautolearn=no\n\n",
         TRUE, 12.0, "A,B"},
        {"X-Spam-Status: No, score=-0.0 required=5.0 tests=none\r\n\r\n", TRUE, 0.0, "none"},
        {"X-Spam-Status: No, score=-1.1 required=5.0\n\n", TRUE, -1.1, ""},
        {"To: x\n\nX-Spam-Status: No, score=1.5 tests=A\n", FALSE, 0, NULL},
        {"X-Spam-Status: No, score= tests=A\n\n", FALSE, 0, NULL},
        {"", FALSE, 0, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        double score = 99;
        g_autofree char *rules = NULL;
        g_assert_cmpint(check_spam_score(rows[i].output, &score, &rules), ==,
                        rows[i].has_score);
        if (!rows[i].has_score)
            continue;
        g_assert_cmpfloat(score, ==, rows[i].score);
        g_assert_cmpstr(rules, ==, rows[i].rules);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/subject/verdicts", test_subjects);
    g_test_add_func("/check/organisation/aligned", test_organisations);
    g_test_add_func("/check/freemail/foreign-hosts", test_freemail);
    g_test_add_func("/check/spam/scores", test_scores);
    return g_test_run();
}

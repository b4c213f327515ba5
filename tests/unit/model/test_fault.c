/*
 * How a row of the table of our faults is found, how long we rest, and how a reply that was
 * written down is read. Which rows are shipped is test_faultfile.c's.
 */
#include "config.h"

#include "model/fault.h"

#include <string.h>

static struct fault *row(const char *cause, const char *code, const char *enhanced,
                         const char *phrase, const char *provider)
{
    struct fault *f = fault_new();
    f->cause = g_strdup(cause);
    f->code = g_strdup(code);
    f->enhanced = g_strdup(enhanced);
    f->provider = g_strdup(provider);
    if (phrase)
        f->phrases = g_strsplit(phrase, "|", -1);
    f->rest = fault_cause_find(cause) ? fault_cause_find(cause)->rest : FAULT_REST_RECEIVER;
    f->file = g_strdup("test");
    return f;
}

static const char *cause_of(const struct faults *t, int code, const char *enhanced,
                            const char *text, const char *receiver)
{
    struct reply r = {.code = code, .text = (char *)text};
    g_strlcpy(r.enhanced, enhanced, sizeof r.enhanced);
    const struct fault *f = faults_find(t, &r, receiver);
    return f ? f->cause : "";
}

static void test_first_row(void)
{
    struct faults *t = faults_new();
    faults_take(t, row("person", NULL, "5.1.1", NULL, NULL));
    faults_take(t, row("dkim", "550", NULL, "signature", "gmail"));
    faults_take(t, row("policy", "5xx", "5.7.?", "signature|policy", NULL));
    g_assert_cmpstr(cause_of(t, 550, "5.1.1", "signature", "gmail"), ==, "person");
    g_assert_cmpstr(cause_of(t, 550, "5.7.1", "bad signature", "gmail"), ==, "dkim");
    g_assert_cmpstr(cause_of(t, 550, "5.7.1", "bad signature", "yahoo"), ==, "policy");
    g_assert_cmpstr(cause_of(t, 550, "5.7.1", "bad signature", NULL), ==, "policy");
    g_assert_cmpstr(cause_of(t, 554, "5.7.12", "our Policy", "gmail"), ==, "policy");
    g_assert_cmpstr(cause_of(t, 450, "4.7.1", "our policy", "gmail"), ==, "");
    g_assert_cmpstr(cause_of(t, 554, "5.6.1", "our policy", "gmail"), ==, "");
    faults_take(t, row("spf", NULL, "5.7.2?", NULL, NULL));
    g_assert_cmpstr(cause_of(t, 550, "5.7.2", "", NULL), ==, ""); /* no digit behind the 2 */
    g_assert_cmpstr(cause_of(t, 550, "5.7.23", "", NULL), ==, "spf");
    /* Neither an acceptance nor a lost connection is anybody's fault. */
    g_assert_cmpstr(cause_of(t, 250, "5.1.1", "", NULL), ==, "");
    g_assert_cmpstr(cause_of(t, 0, "5.1.1", "", NULL), ==, "");
    faults_free(t);
}

static void test_phrases(void)
{
    static const struct {
        const char *phrase, *text;
        gboolean fits;
    } cases[] = {
        {"spam", "This is SPAM!", TRUE},
        {"spam", "listed at spamhaus", FALSE},
        {"spam", "antispam", FALSE},
        {"spam", "no spamspam but spam", TRUE},
        {"spam*", "listed at Spamhaus", TRUE},
        {"spam*", "antispam", FALSE},
        {"*spam", "antispam", TRUE},
        {"blocked using", "Client host blocked\n  using zen", TRUE},
        {"exceeds * quota", "it exceeds your own quota", TRUE},
        {"exceeds * quota", "quota that it exceeds", FALSE},
        {"exceeds * quota", "exceeds the quotas, the quota", TRUE},
        {"[cs01]", "550 [CS01] no", TRUE},
        {"e-mail", "an e-mail", TRUE},
        {"rbl", "für rblé", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct faults *t = faults_new();
        faults_take(t, row("content", NULL, NULL, cases[i].phrase, NULL));
        g_test_message("%s in %s", cases[i].phrase, cases[i].text);
        g_assert_cmpstr(cause_of(t, 550, "", cases[i].text, NULL), ==,
                        cases[i].fits ? "content" : "");
        faults_free(t);
    }
}

static void test_order_of_tables(void)
{
    struct faults *own = faults_new(), *shipped = faults_new();
    faults_take(own, row("later", NULL, NULL, "spf", NULL));
    faults_take(shipped, row("spf", NULL, NULL, "spf", NULL));
    faults_take_all(own, shipped);
    g_assert_cmpuint(faults_count(own), ==, 2);
    g_assert_cmpstr(cause_of(own, 550, "", "SPF", NULL), ==, "later");
    g_assert_false(fault_is_ours(faults_at(own, 0)));
    g_assert_true(fault_is_ours(faults_at(own, 1)));
    g_assert_false(fault_is_ours(NULL));
    faults_free(own);
}

static void test_words(void)
{
    struct fault *f = row("spf", NULL, NULL, NULL, NULL);
    g_autofree char *shipped = fault_todo(f);
    g_assert_cmpstr(fault_label(f), ==, "SPF");
    g_assert_nonnull(strstr(shipped, "SPF record"));
    f->label = g_strdup("our SPF");
    f->todo = g_strdup("Ring the provider");
    f->link = g_strdup("https://example.org/");
    g_autofree char *own = fault_todo(f);
    g_assert_cmpstr(fault_label(f), ==, "our SPF");
    g_assert_cmpstr(own, ==, "Ring the provider; see https://example.org/");
    fault_free(f);
    for (const struct fault_cause *c = fault_causes(); c->name; c++) {
        g_test_message("%s", c->name);
        g_assert_true(*c->label && *c->todo);
        g_assert_false(g_str_has_suffix(c->todo, "."));
    }
}

static void test_rests(void)
{
    static const gint64 hours[] = {0, 0, 0, 0, 0, 1, 2, 4, 6, 6};
    for (int i = 0; i < (int)G_N_ELEMENTS(hours); i++)
        g_assert_cmpint(fault_rest_s(i), ==, hours[i] * 3600);
    g_assert_cmpint(fault_rest_s(G_MAXINT), ==, 6 * 3600);
    /* As long again as it has taken so far, so each wait is twice the one before. */
    g_assert_cmpint(fault_wait_s(0, 300), ==, 300);
    g_assert_cmpint(fault_wait_s(600, 300), ==, 600);
    g_assert_cmpint(fault_wait_s(90 * 3600, 300), ==, 6 * 3600);
    g_assert_cmpint(fault_wait_s(0, 7 * 3600), ==, 7 * 3600);
}

static void test_written_reply(void)
{
    static const struct {
        const char *text;
        int code;
        const char *enhanced, *said;
    } cases[] = {
        {"550 5.1.1 no", 550, "5.1.1", "no"},
        {"550-5.7.26 not\r\n550-5.7.26 authenticated\r\n550 5.7.26 at all", 550, "5.7.26",
         "not authenticated at all"},
        {"550-5.7.26 not 550-5.7.26 authenticated 550 5.7.26 at all", 550, "5.7.26",
         "not authenticated at all"},
        {"554-no PTR 554-none at all", 554, "", "no PTR none at all"},
        {"554 we have 554 reasons", 554, "", "we have 554 reasons"},
        {" 421 busy ", 421, "", "busy"},
        {"550", 550, "", ""},
        {"550 4.7.1 another class", 550, "", "4.7.1 another class"},
        {"550 5.7 half", 550, "", "5.7 half"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct reply r = {0};
        g_test_message("%s", cases[i].text);
        g_assert_true(fault_parse_reply(cases[i].text, &r));
        g_assert_cmpint(r.code, ==, cases[i].code);
        g_assert_cmpstr(r.enhanced, ==, cases[i].enhanced);
        g_assert_cmpstr(r.text, ==, cases[i].said);
        reply_clear(&r);
    }
    struct reply r = {0};
    g_assert_false(fault_parse_reply("", &r));
    g_assert_false(fault_parse_reply("no code", &r));
    g_assert_false(fault_parse_reply("5500 four digits", &r));
    g_assert_false(fault_parse_reply("150 not SMTP", &r));
    struct reply lines = {.code = 550, .enhanced = "5.7.1", .text = (char *)"one\ntwo"};
    g_autofree char *line = fault_write_reply(&lines);
    g_assert_cmpstr(line, ==, "550 5.7.1 one two");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fault/find/first-row", test_first_row);
    g_test_add_func("/fault/find/phrases", test_phrases);
    g_test_add_func("/fault/find/own-rows-first", test_order_of_tables);
    g_test_add_func("/fault/words", test_words);
    g_test_add_func("/fault/rests", test_rests);
    g_test_add_func("/fault/written-reply", test_written_reply);
    return g_test_run();
}

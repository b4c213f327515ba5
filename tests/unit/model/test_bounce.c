/* What texts about one failed recipient mean. The phrases are made up for the purpose. */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "model/bounce.h"

struct said {
    const char *text;
    const char *status; /* the DSN's; NULL: none */
    enum bounce_reason reason;
    const char *best; /* status of the verdict */
};

static void check(const struct said *rows, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        struct bounce_facts f = {.text = rows[i].text, .status = rows[i].status, .phase = -1};
        struct bounce_verdict v;
        bounce_judge(&f, NULL, &v);
        g_test_message("\"%s\" by %s", rows[i].text, v.rule);
        g_assert_cmpstr(bounce_reason_row(v.reason)->name, ==,
                        bounce_reason_row(rows[i].reason)->name);
        g_assert_cmpint(v.class, ==, bounce_reason_row(rows[i].reason)->class);
        g_assert_cmpstr(v.status, ==, rows[i].best);
    }
}

static void test_phrases(void)
{
    static const struct said rows[] = {
        {"550 5.1.1 <ann@example.org>: No such user here", "5.0.0", BOUNCE_USER_UNKNOWN,
         "5.1.1"},
        {"554 5.7.1 <ann@example.org> User unknown", NULL, BOUNCE_USER_UNKNOWN, "5.7.1"},
        {"550-5.1.1 The email account that you tried\n550-5.1.1 to reach does not\n"
         "550 5.1.1 exist.",
         "5.0.0", BOUNCE_USER_UNKNOWN, "5.1.1"},
        {"Host or domain name not found", "5.0.0", BOUNCE_HOST_UNKNOWN, "5.0.0"},
        {"552 Mailbox full", NULL, BOUNCE_MAILBOX_FULL, ""},
        {"sender address rejected: user unknown", NULL, BOUNCE_SENDER_REFUSED, ""},
    };
    check(rows, G_N_ELEMENTS(rows));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bounce/judge/phrases", test_phrases);
    return g_test_run();
}

/*
 * The script's grammar and its decisions.
 */
#include "config.h"

#include "sink/script.h"

#include <string.h>

#include "base/error.h"

static struct script *parse(const char *text)
{
    GError *error = NULL;
    struct script *s = script_parse(text, strlen(text), "faults", &error);
    g_assert_no_error(error);
    g_assert_nonnull(s);
    return s;
}

static struct sink_verdict ask(struct script *s, enum sink_phase phase, const char *key)
{
    return script_decide(s, phase, &key, 1, 0);
}

static void test_glob(void)
{
    static const struct {
        const char *pattern, *text;
        gboolean fits;
    } rows[] = {
        {"a@b", "a@b", TRUE},
        {"A@b", "a@B", TRUE},
        {"a@b", "a@bc", FALSE},
        {"*@b", "x.y@b", TRUE},
        {"*@b", "x@bb", FALSE},
        {"*", "", TRUE},
        {"?", "", FALSE},
        {"p?@*", "p7@x", TRUE},
        {"*7@*", "p17@x", TRUE},
        {"*ab*ab*", "xabyab", TRUE},
        {"*ab*ab*", "xab", FALSE},
        {"a**b", "ab", TRUE},
        {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(script_glob(rows[i].pattern, rows[i].text), ==, rows[i].fits);
}

static void test_refused(void)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"rcpt * refuze 550", "faults:1: unknown action \"refuze\". Did you mean \"refuse\"?"},
        {"\n# ok\nrcpt *", "faults:3: the action is missing. See crier sink --help"},
        {"bounce *", "faults:1: unknown rule \"bounce\"*"},
        {"rcpt * refuse 450", "faults:1: the code is not a number from 500 to 599: \"450\""},
        {"rcpt * defer", "faults:1: the code is missing. Give a number"},
        {"rcpt * delay -1", "faults:1: the delay is not a number*"},
        {"rcpt * swallow now", "faults:1: nothing may follow swallow: \"now\""},
        {"nth 0 junk", "faults:1: N is not a number*"},
        {"nth 99999999999999999999 junk", "faults:1: N is not a number*"},
        {"share 101 junk", "faults:1: the share is not a number from 0 to 100: \"101\""},
        {"share nan junk", "faults:1: the share is not a number*"},
        {"at lunch nth 1 junk", "faults:1: unknown phase \"lunch\"*"},
        {"at mail rcpt * junk", "faults:1: there is no recipient yet at mail*"},
        {"at mail nth 1 drop-after-dot", "faults:1: drop-after-dot cannot happen at mail*"},
        {"once nth 1 junk", "faults:1: once is for rcpt and share rules"},
        {"greylist soon *", "faults:1: the time is not a number*"},
        {"greylist once", "faults:1: greylist takes a time and one pattern*"},
        {"at dot greylist once *", "faults:1: greylist takes neither*"},
        {"seed x", "faults:1: the seed is not a number*"},
        {"rcpt * refuse 550 a\x01", "faults:1: *"},
        {"\xff", "*UTF-8*"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        g_assert_null(script_parse(rows[i].text, strlen(rows[i].text), "faults", &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!g_pattern_match_simple(rows[i].message, error->message))
            g_error("%s: got \"%s\"", rows[i].text, error->message);
        g_error_free(error);
    }
}

static void test_default_phase(void)
{
    struct script *s = parse("rcpt a@x refuse 550 5.1.1 No such user\nrcpt b@x swallow\n");
    struct sink_verdict v = ask(s, SINK_RCPT, "a@x");
    g_assert_cmpint(v.action, ==, SINK_REFUSE);
    g_assert_cmpint(v.code, ==, 550);
    g_assert_cmpstr(v.text, ==, "5.1.1 No such user");
    g_assert_cmpint(ask(s, SINK_DOT, "a@x").action, ==, SINK_PASS);
    g_assert_cmpint(ask(s, SINK_RCPT, "b@x").action, ==, SINK_PASS);
    g_assert_cmpint(ask(s, SINK_DOT, "b@x").action, ==, SINK_SWALLOW);
    script_free(s);
}

static void test_counts(void)
{
    struct script *s = parse("nth 2 junk\nevery 3 code421\nat connect nth 1 drop\r\n");
    static const enum sink_action due[] = {SINK_PASS, SINK_JUNK, SINK_CODE421,
                                           SINK_PASS, SINK_PASS, SINK_CODE421};
    for (gsize i = 0; i < G_N_ELEMENTS(due); i++)
        g_assert_cmpint(ask(s, SINK_DOT, "a@x").action, ==, due[i]);
    g_assert_cmpint(ask(s, SINK_CONNECT, "1").action, ==, SINK_DROP);
    g_assert_cmpint(ask(s, SINK_CONNECT, "2").action, ==, SINK_PASS);
    script_free(s);
}

static void test_delay_adds_up(void)
{
    struct script *s =
        parse("rcpt * delay 20\nrcpt a* delay 5\nrcpt a@x defer 451 4.3.0 Later\n");
    struct sink_verdict v = ask(s, SINK_RCPT, "a@x");
    g_assert_cmpint(v.delay_ms, ==, 25);
    g_assert_cmpint(v.action, ==, SINK_DEFER);
    g_assert_cmpint(ask(s, SINK_RCPT, "b@x").delay_ms, ==, 20);
    g_assert_cmpint(ask(s, SINK_RCPT, "b@x").action, ==, SINK_PASS);
    script_free(s);
}

/* Which of 10,000 recipients a share takes: about as many as asked, the same ones each time. */
static int count_share(const char *text, guint8 *ret_taken)
{
    struct script *s = parse(text);
    int n = 0;
    for (int i = 0; i < 10000; i++) {
        char address[40];
        g_snprintf(address, sizeof address, "person%d@example.org", i);
        ret_taken[i] = ask(s, SINK_DOT, address).action != SINK_PASS;
        n += ret_taken[i];
    }
    script_free(s);
    return n;
}

static void test_share(void)
{
    static guint8 first[10000], again[10000], other[10000];
    int n = count_share("share 10 junk", first);
    g_assert_cmpint(n, >, 800);
    g_assert_cmpint(n, <, 1200);
    g_assert_cmpint(count_share("share 10 junk", again), ==, n);
    g_assert_cmpmem(first, sizeof first, again, sizeof again);
    count_share("seed 7\nshare 10 junk", other);
    g_assert_cmpint(memcmp(first, other, sizeof first), !=, 0);
    g_assert_cmpint(count_share("share 0 junk", again), ==, 0);
    g_assert_cmpint(count_share("share 100 junk", again), ==, 10000);
    n = count_share("share 10 junk\nshare 10 swallow", again); /* 19 %: they are independent */
    g_assert_cmpint(n, >, 1700);
    g_assert_cmpint(n, <, 2100);
}

static void test_greylist(void)
{
    struct script *s = parse("greylist 60 *@slow\ngreylist once *@twice\n");
    const char *slow = "a@slow";
    g_assert_cmpint(script_decide(s, SINK_RCPT, &slow, 1, 1000).action, ==, SINK_DEFER);
    slow = "A@SLOW";
    g_assert_cmpint(script_decide(s, SINK_RCPT, &slow, 1, 1000 + 59999999).code, ==, 450);
    g_assert_cmpint(script_decide(s, SINK_RCPT, &slow, 1, 1000 + 60000000).action, ==,
                    SINK_PASS);
    g_assert_cmpint(ask(s, SINK_RCPT, "b@twice").action, ==, SINK_DEFER);
    g_assert_cmpint(ask(s, SINK_RCPT, "b@twice").action, ==, SINK_PASS);
    g_assert_cmpint(ask(s, SINK_RCPT, "c@twice").action, ==, SINK_DEFER);
    script_free(s);
}

static void test_once(void)
{
    struct script *s = parse("once rcpt a* drop-before-dot\n");
    g_assert_cmpint(ask(s, SINK_DOT, "a@x").action, ==, SINK_DROP_BEFORE_DOT);
    g_assert_cmpint(ask(s, SINK_DOT, "a@x").action, ==, SINK_PASS);
    g_assert_cmpint(ask(s, SINK_DOT, "a@y").action, ==, SINK_DROP_BEFORE_DOT);
    script_free(s);
}

static void test_any_recipient(void)
{
    struct script *s = parse("at dot rcpt b@x junk\n");
    const char *keys[] = {"a@x", "b@x"};
    g_assert_cmpint(script_decide(s, SINK_DOT, keys, 2, 0).action, ==, SINK_JUNK);
    g_assert_cmpint(script_decide(s, SINK_DOT, keys, 1, 0).action, ==, SINK_PASS);
    script_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/script/glob", test_glob);
    g_test_add_func("/script/parse/refused", test_refused);
    g_test_add_func("/script/decide/default-phase", test_default_phase);
    g_test_add_func("/script/decide/counts", test_counts);
    g_test_add_func("/script/decide/delay-adds-up", test_delay_adds_up);
    g_test_add_func("/script/decide/share", test_share);
    g_test_add_func("/script/decide/greylist", test_greylist);
    g_test_add_func("/script/decide/once", test_once);
    g_test_add_func("/script/decide/any-recipient", test_any_recipient);
    return g_test_run();
}

/*
 * What texts about one failed recipient mean. The texts are made up in the manner of the mail
 * servers that say such things.
 */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "model/bounce.h"
#include "model/bounce_private.h"

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
        g_assert_cmpint(v.fault, ==, bounce_reason_row(rows[i].reason)->fault);
        g_assert_cmpstr(v.status, ==, rows[i].best);
    }
}

static void test_person(void)
{
    static const struct said rows[] = {
        {"550 5.1.1 <ann@example.org>: No such user here", "5.0.0", BOUNCE_USER_UNKNOWN,
         "5.0.0"},
        {"550-5.1.1 The email account that you tried\n550-5.1.1 to reach does not\n"
         "550 5.1.1 exist.",
         "5.0.0", BOUNCE_USER_UNKNOWN, "5.0.0"},
        {"ann@example.org...User unknown", NULL, BOUNCE_USER_UNKNOWN, "5.1.1"},
        {"554 dd This user doesn\xe2\x80\x99t have a mail.example account", NULL,
         BOUNCE_USER_UNKNOWN, "5.1.1"},
        {"550 5.4.1 Recipient address rejected: Access denied", NULL, BOUNCE_USER_UNKNOWN,
         "5.4.1"},
        {"Sorry, no mailbox here by that name. (#5.1.1)", NULL, BOUNCE_USER_UNKNOWN, "5.1.1"},
        {"User \"ann\" was not found; Empf\xc3\xa4nger UNBEKANNT", NULL, BOUNCE_USER_UNKNOWN,
         "5.1.1"},
        {"X-Notes; \x1b$B%f!<%6!<$,B8:_$7$^$;$s\x1b(B", NULL, BOUNCE_USER_UNKNOWN, "5.1.1"},
        {"Host or domain name not found", "5.0.0", BOUNCE_HOST_UNKNOWN, "5.0.0"},
        {"DNS Error: domain example.org: NXDOMAIN", NULL, BOUNCE_HOST_UNKNOWN, "5.1.2"},
        {"556 5.1.10 the domain has a null MX", NULL, BOUNCE_NO_MAIL, "5.1.10"},
        {"552 Mailbox full", NULL, BOUNCE_MAILBOX_FULL, "5.2.2"},
        {"the mailbox is over quota", NULL, BOUNCE_MAILBOX_FULL, "4.2.2"},
        {"550 5.2.1 this mailbox has been disabled", NULL, BOUNCE_DISABLED, "5.2.1"},
        {"551 the user has moved to another house", NULL, BOUNCE_MOVED, "5.1.6"},
    };
    check(rows, G_N_ELEMENTS(rows));
}

static void test_us(void)
{
    static const struct said rows[] = {
        {"554 5.7.1 Client host [192.0.2.1] blocked using a list at Spamhaus", NULL,
         BOUNCE_BLOCKED, "5.7.1"},
        {"550 5.1.1 This message is spam", NULL, BOUNCE_SPAM, "5.1.1"},
        {"550-5.7.26 the SPF check failed and so did DKIM", NULL, BOUNCE_AUTH, "5.7.26"},
        {"450 4.7.25 no PTR record for 192.0.2.1", NULL, BOUNCE_REVERSE_DNS, "4.7.25"},
        {"552 5.3.4 message size exceeds fixed limit", NULL, BOUNCE_TOO_LARGE, "5.3.4"},
        {"421 4.7.0 too many connections from you", NULL, BOUNCE_RATE, "4.7.0"},
        {"550 Sender address rejected: User unknown in table", NULL, BOUNCE_SENDER_REFUSED,
         "5.0.0"},
        {"550 5.7.1 this cannot be", NULL, BOUNCE_POLICY, "5.7.1"},
    };
    check(rows, G_N_ELEMENTS(rows));
}

static void test_later(void)
{
    static const struct said rows[] = {
        {"450 4.2.0 <ann@example.org>: Greylisted for five minutes", NULL, BOUNCE_GREYLISTED,
         "4.2.0"},
        {"450 4.1.1 unverified address: 550 user unknown", NULL, BOUNCE_GREYLISTED, "4.1.1"},
        {"Host or domain name not found: Host not found, try again", NULL, BOUNCE_NETWORK, ""},
        {"connect to mx.example.org[192.0.2.1]: Connection timed out", "4.4.1", BOUNCE_NETWORK,
         "4.4.1"},
        {"DNS says NXDOMAIN", "4.0.0", BOUNCE_NETWORK, "4.0.0"},
        {"retry timeout exceeded", NULL, BOUNCE_EXPIRED, "4.4.7"},
        {"mail loop: too many hops", "5.4.6", BOUNCE_LOOP, "5.4.6"},
        {"554 Relay access denied", NULL, BOUNCE_RELAY, "5.0.0"},
        {"451 mailbox unavailable", "4.0.0", BOUNCE_GREYLISTED, "4.0.0"},
    };
    check(rows, G_N_ELEMENTS(rows));
}

static void test_order(void)
{
    static const struct said rows[] = {
        /* plain words before any code */
        {"554 5.7.1 <ann@example.org> User unknown", "5.7.1", BOUNCE_USER_UNKNOWN, "5.7.1"},
        {"550 5.1.1 mailbox is full", "5.1.1", BOUNCE_MAILBOX_FULL, "5.1.1"},
        /* no such user before full, full before blocked, blocked before too large */
        {"no such user, and the mailbox is full", NULL, BOUNCE_USER_UNKNOWN, "5.1.1"},
        {"mailbox is full of spam", NULL, BOUNCE_MAILBOX_FULL, "4.2.2"},
        {"considered spam: message too large", NULL, BOUNCE_SPAM, ""},
        /* a code before a mere hint */
        {"550 5.2.2 mailbox unavailable", NULL, BOUNCE_MAILBOX_FULL, "5.2.2"},
        {"550 mailbox unavailable", NULL, BOUNCE_USER_UNKNOWN, "5.1.1"},
        /* of two hints the one that spares the address */
        {"550 mailbox unavailable, suspicious", NULL, BOUNCE_SPAM, "5.0.0"},
        /* a filter's name in a host's name says nothing */
        {"host barracuda.example.org said: 550 user unknown", NULL, BOUNCE_USER_UNKNOWN,
         "5.1.1"},
        {"550 5.7.1 we are a domain that does not accept mail from you", NULL, BOUNCE_BLOCKED,
         "5.7.1"},
        /* the longer phrase holds the shorter one */
        {"domain name not found", NULL, BOUNCE_HOST_UNKNOWN, "5.1.2"},
        /* what says least is told apart from what says nothing */
        {"550 nothing of that kind", NULL, BOUNCE_UNKNOWN, "5.0.0"},
        {"", NULL, BOUNCE_UNKNOWN, ""},
    };
    check(rows, G_N_ELEMENTS(rows));
}

static void judge(const struct bounce_facts *f, const struct bounce_rules *rules,
                  enum bounce_reason reason, enum bounce_class class)
{
    struct bounce_verdict v;
    bounce_judge(f, rules, &v);
    g_test_message("by %s", v.rule);
    g_assert_cmpstr(bounce_reason_row(v.reason)->name, ==, bounce_reason_row(reason)->name);
    g_assert_cmpint(v.class, ==, class);
}

static void test_phase(void)
{
    static const struct {
        const char *text;
        int phase;
        enum bounce_reason reason;
    } rows[] = {
        {"550 no", REPLY_RCPT, BOUNCE_USER_UNKNOWN},
        {"550 no (in reply to RCPT TO command)", -1, BOUNCE_USER_UNKNOWN},
        {"550 no", REPLY_MAIL, BOUNCE_SENDER_REFUSED},
        {"550 no (in reply to MAIL FROM command)", -1, BOUNCE_SENDER_REFUSED},
        {"550 no", REPLY_DOT, BOUNCE_UNKNOWN},
        {"550 5.7.1 no", REPLY_RCPT, BOUNCE_POLICY},
        {"550 no such domain", REPLY_MAIL, BOUNCE_SENDER_REFUSED},
        {"550 Unknown user", REPLY_RCPT, BOUNCE_USER_UNKNOWN},
        {"550 Unknown user (in reply to end of DATA command)", -1, BOUNCE_FILTERED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct bounce_facts f = {.text = rows[i].text, .phase = rows[i].phase};
        judge(&f, NULL, rows[i].reason, bounce_reason_row(rows[i].reason)->class);
    }
}

static void test_action(void)
{
    struct bounce_facts f = {.text = "user unknown", .phase = -1, .action = "failed"};
    judge(&f, NULL, BOUNCE_USER_UNKNOWN, BOUNCE_HARD);
    f.action = "Delayed (for a day)";
    judge(&f, NULL, BOUNCE_USER_UNKNOWN, BOUNCE_SOFT);
    f.action = "relayed";
    judge(&f, NULL, BOUNCE_USER_UNKNOWN, BOUNCE_NONE);
}

static void test_around(void)
{
    struct bounce_facts f = {
        .text = "554 alas", .around = "<<< 550 5.1.1 no such user", .phase = -1};
    struct bounce_verdict v;
    bounce_judge(&f, NULL, &v);
    g_assert_cmpint(v.reason, ==, BOUNCE_USER_UNKNOWN);
    g_assert_cmpstr(v.status, ==, "5.1.1");

    /* the server's own words are not overruled */
    f.text = "552 5.2.2 mailbox full";
    bounce_judge(&f, NULL, &v);
    g_assert_cmpint(v.reason, ==, BOUNCE_MAILBOX_FULL);
    g_assert_cmpstr(v.status, ==, "5.2.2");
}

static void test_status(void)
{
    static const struct {
        const char *text, *field, *best;
    } rows[] = {
        {"host said: 550-5.1.1 gone", "5.0.0", "5.0.0"},
        {"host said: 550-5.1.1 gone", "2.0.0", "5.1.1"},
        {"host said: 550-5.1.1 gone", NULL, "5.1.1"},
        {"550 5.7.0 no", "5.7.26 (authentication)", "5.7.26"},
        {"at 5.1.1.9 and version 5.0.12345 nothing", "5.3.0", "5.3.0"},
        {"it ended (#5.4.6).", NULL, "5.4.6"},
        {"2.0.0 sent", NULL, ""},
        {"450 seconds later", "broken", "4.0.0"},
        {"it took 450 seconds", "5.1", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct bounce_facts f = {.text = rows[i].text, .status = rows[i].field, .phase = -1};
        struct bounce_verdict v;
        bounce_judge(&f, NULL, &v);
        g_test_message("%s", rows[i].text);
        g_assert_cmpstr(v.status, ==, rows[i].best);
    }
}

/* The three digits, and what they answered, may stand in the notice's other words. */
static void test_code_around(void)
{
    static const struct {
        const char *text, *around;
        int phase;
        enum bounce_reason reason;
    } rows[] = {
        {"nothing of that kind", "550 nothing (in reply to RCPT TO command)", -1,
         BOUNCE_USER_UNKNOWN},
        {"nothing of that kind", "550 nothing (in reply to MAIL FROM command)", -1,
         BOUNCE_SENDER_REFUSED},
        {"550 nothing of that kind", "nothing (in reply to RCPT TO command)", -1,
         BOUNCE_USER_UNKNOWN},
        {"550 nothing of that kind", "nothing (in reply to RCPT TO command)", REPLY_DOT,
         BOUNCE_UNKNOWN},
        {"nothing of that kind", "nothing (in reply to RCPT TO command)", -1, BOUNCE_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct bounce_facts f = {
            .text = rows[i].text, .around = rows[i].around, .phase = rows[i].phase};
        struct bounce_verdict v;
        bounce_judge(&f, NULL, &v);
        g_test_message("%s: %s", rows[i].around, v.rule);
        g_assert_cmpstr(bounce_reason_row(v.reason)->name, ==,
                        bounce_reason_row(rows[i].reason)->name);
    }
}

/* Of several codes the one that says most, and of equals the first. */
static void test_best_status(void)
{
    static const struct {
        const char *text, *around, *best;
        enum bounce_reason reason;
    } rows[] = {
        {"it said 5.0.0 and then 5.1.1", NULL, "5.1.1", BOUNCE_USER_UNKNOWN},
        {"it said 5.1.1 and then 5.0.0", NULL, "5.1.1", BOUNCE_USER_UNKNOWN},
        {"it said 5.0.0 and then 5.7.0", NULL, "5.7.0", BOUNCE_POLICY},
        {"it said 5.7.0 and then 5.7.26", NULL, "5.7.26", BOUNCE_AUTH},
        {"it said 5.7.0 and then 5.7.9", NULL, "5.7.9", BOUNCE_AUTH},
        {"it said 5.2.2 and then 5.1.1", NULL, "5.2.2", BOUNCE_MAILBOX_FULL},
        {"it said no", "and then 5.1.1", "5.1.1", BOUNCE_USER_UNKNOWN},
        {"it said 5.0.0", "and then 5.1.1", "5.0.0", BOUNCE_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct bounce_facts f = {.text = rows[i].text, .around = rows[i].around, .phase = -1};
        struct bounce_verdict v;
        bounce_judge(&f, NULL, &v);
        g_test_message("%s", rows[i].text);
        g_assert_cmpstr(v.status, ==, rows[i].best);
        g_assert_cmpstr(bounce_reason_row(v.reason)->name, ==,
                        bounce_reason_row(rows[i].reason)->name);
    }
}

/* said.txt: what is known of providers and of the codes' registry, a line each. */
static void test_said(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("CRIER_SRCDIR") ? g_getenv("CRIER_SRCDIR") : ".", "tests",
                         "unit", "model", "said.txt", NULL);
    g_autofree char *text = NULL;
    GError *error = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = 0;
    for (char **line = lines; *line; line++) {
        const char *tab = strchr(*line, '\t');
        if (**line == '#' || !tab)
            continue;
        struct bounce_facts f = {.text = tab + 1, .phase = -1};
        struct bounce_verdict v;
        bounce_judge(&f, NULL, &v);
        g_autofree char *class = g_strndup(*line, (gsize)(tab - *line));
        g_test_message("%s: %s", tab + 1, v.rule);
        g_assert_cmpstr(bounce_class_name(v.class), ==, class);
        n++;
    }
    g_assert_cmpuint(n, >, 400);
}

static void test_words(void)
{
    struct bounce_words w;
    static const char text[] = "<Ann@Example.Org>:\r\n  550-5.1.1 It's  \"OVER-QUOTA\"!";
    bounce_words_read(&w, text, sizeof text - 1);
    g_assert_cmpstr(w.words->str, ==, "@ its over quota ");
    g_assert_cmpint(w.code, ==, 550);
    g_assert_cmpint(w.n_status, ==, 1);
    g_assert_cmpstr(w.status[0], ==, "5.1.1");
    bounce_words_clear(&w);

    /* a Japanese word goes on in the next line */
    bounce_words_read(&w, "\xe5\xae\x9b\r\n\xe5\x85\x88 a\nb", 12);
    g_assert_cmpstr(w.words->str, ==, "\xe5\xae\x9b\xe5\x85\x88 a b ");
    bounce_words_clear(&w);
}

typedef const struct bounce_group *(*table_fn)(void);
static const table_fn tables[] = {
    bounce_phrases_person, bounce_phrases_mailbox, bounce_phrases_us,
    bounce_phrases_later,  bounce_phrases_abroad,
};

static void check_phrase(const char *phrase, GHashTable *seen)
{
    g_test_message("%s", phrase);
    g_assert_true(g_hash_table_add(seen, (gpointer)phrase));
    GString *said = g_string_new(phrase);
    g_string_replace(said, "@", "ann@example.org", 0);
    g_string_replace(said, "*", "xyz", 0);
    GString *want = g_string_new(phrase);
    g_string_replace(want, "*", "xyz", 0);
    g_string_append_c(want, ' ');
    struct bounce_words w;
    bounce_words_read(&w, said->str, said->len);
    g_assert_cmpstr(w.words->str, ==, want->str);
    g_assert_nonnull(bounce_phrase_find(w.words->str, w.words->len));
    bounce_words_clear(&w);
    g_string_free(said, TRUE);
    g_string_free(want, TRUE);
}

/* A phrase that is not written as words are read would never be found; one that stands twice
 * hides what it means. */
static void test_tables(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize t = 0; t < G_N_ELEMENTS(tables); t++) {
        for (const struct bounce_group *g = tables[t](); g->phrases != NULL; g++) {
            g_assert_cmpint(g->rank, <, RANK_COUNT);
            for (const char *const *p = g->phrases; *p != NULL; p++)
                check_phrase(*p, seen);
        }
    }
    g_assert_cmpuint(g_hash_table_size(seen), >, 1000);
}

static void test_names(void)
{
    for (int i = 0; i < BOUNCE_REASON_COUNT; i++) {
        enum bounce_reason r = BOUNCE_UNKNOWN;
        const struct bounce_reason_row *row = bounce_reason_row((enum bounce_reason)i);
        g_assert_true(bounce_reason_parse(row->name, &r));
        g_assert_cmpint(r, ==, i);
        g_assert_nonnull(row->help);
        /* only the address's own fault ends it */
        g_assert_true(row->class != BOUNCE_HARD || row->fault == FAULT_OF_ADDRESS);
    }
    for (int i = 0; i < MAIL_KIND_COUNT; i++) {
        enum mail_kind k = MAIL_OTHER;
        g_assert_true(mail_kind_parse(mail_kind_name((enum mail_kind)i), &k));
        g_assert_cmpint(k, ==, i);
    }
    enum bounce_class c = BOUNCE_NONE;
    g_assert_true(bounce_class_parse("hard", &c) && c == BOUNCE_HARD);
    g_assert_false(bounce_class_parse("harder", &c));
    g_assert_false(bounce_reason_parse(NULL, &(enum bounce_reason){BOUNCE_UNKNOWN}));
    g_assert_cmpstr(bounce_reason_row((enum bounce_reason)9999)->name, ==, "unknown");
}

static void test_user_rules(void)
{
    struct bounce_rules *rules = bounce_rules_new();
    g_assert_no_error(NULL);
    g_assert_true(bounce_rules_add(rules, "mine", "user\\s+unknown.*ticket", BOUNCE_SUSPENDED,
                                   BOUNCE_CLASS_COUNT, NULL));
    g_assert_true(
        bounce_rules_add(rules, "second", "USER unknown", BOUNCE_POLICY, BOUNCE_NONE, NULL));
    g_assert_cmpuint(bounce_rules_count(rules), ==, 2);

    struct bounce_facts f = {.text = "550 User\r\n  unknown;\nticket 4", .phase = -1};
    judge(&f, rules, BOUNCE_SUSPENDED, BOUNCE_SOFT);
    f.text = "550 5.1.1 user unknown";
    judge(&f, rules, BOUNCE_POLICY, BOUNCE_NONE);
    f.text = "550 5.1.1 no such user";
    judge(&f, rules, BOUNCE_USER_UNKNOWN, BOUNCE_HARD);
    bounce_rules_free(rules);
    bounce_rules_free(NULL);
}

static void refuse(const char *pattern, const char *part)
{
    struct bounce_rules *rules = bounce_rules_new();
    GError *error = NULL;
    g_assert_false(bounce_rules_add(rules, "r", pattern, BOUNCE_SPAM, BOUNCE_SOFT, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, part));
    g_assert_cmpuint(bounce_rules_count(rules), ==, 0);
    g_error_free(error);
    bounce_rules_free(rules);
}

static void test_bad_rules(void)
{
    refuse("(open", "regular expression");
    refuse("(open", "‘(open’ at char 5");
    refuse("", "bytes");
    refuse("\xff", "bytes");
    refuse("(*LIMIT_MATCH=4000000000)a", "(*");
    g_autofree char *long_one = g_strnfill(BOUNCE_PATTERN_MAX_BYTES + 1, 'a');
    refuse(long_one, "bytes");
}

/* Each of these would take longer than the world lasts without the limits. */
static void test_catastrophe(void)
{
    static const char *const patterns[] = {"(a+)+$", "(a|aa)+$", "(.*a){25}b",
                                           "^(([a-z])+.)+X$"};
    g_autofree char *text = g_strnfill(BOUNCE_TEXT_MAX_BYTES, 'a');
    text[BOUNCE_TEXT_MAX_BYTES - 1] = '!';
    struct bounce_rules *rules = bounce_rules_new();
    for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++)
        g_assert_true(
            bounce_rules_add(rules, "slow", patterns[i], BOUNCE_SPAM, BOUNCE_SOFT, NULL));
    struct bounce_facts f = {.text = text, .text_len = BOUNCE_TEXT_MAX_BYTES, .phase = -1};
    judge(&f, rules, BOUNCE_UNKNOWN, BOUNCE_SOFT);
    bounce_rules_free(rules);
}

static void test_hostile(void)
{
    gsize len = 4 * 1024 * 1024;
    g_autofree char *text = g_malloc(len);
    static const char *const seeds[] = {
        "user ", "\xff\xfe<a@", "550-",           "5.1.1 ", "<<<",    "@",
        "'",     "\x1b$B",      "mailbox\0full ", "....",   "user * "};
    for (gsize s = 0; s < G_N_ELEMENTS(seeds); s++) {
        gsize n = s == 8 ? 13 : strlen(seeds[s]);
        for (gsize i = 0; i < len; i++)
            text[i] = seeds[s][i % n];
        struct bounce_facts f = {
            .text = text, .text_len = len, .around = text, .around_len = len, .phase = -1};
        struct bounce_verdict v;
        bounce_judge(&f, NULL, &v);
        g_assert_cmpint(v.class, !=, BOUNCE_NONE);
        g_assert_cmpuint(strlen(v.status), <, BOUNCE_STATUS_BYTES);
        g_assert_nonnull(v.rule);
    }
    /* a NUL parts words, what follows counts */
    struct bounce_facts f = {.text = "mailbox\0full", .text_len = 12, .phase = -1};
    judge(&f, NULL, BOUNCE_MAILBOX_FULL, BOUNCE_SOFT);
    /* broken UTF-8 hides nothing */
    f = (struct bounce_facts){.text = "\xc3\x28 no such user \xff", .phase = -1};
    judge(&f, NULL, BOUNCE_USER_UNKNOWN, BOUNCE_HARD);
    /* what stands behind the limit is not read */
    memset(text, '.', len);
    memcpy(text + BOUNCE_TEXT_MAX_BYTES, " no such user", 13);
    f = (struct bounce_facts){.text = text, .text_len = len, .phase = -1};
    judge(&f, NULL, BOUNCE_UNKNOWN, BOUNCE_SOFT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bounce/judge/about-the-person", test_person);
    g_test_add_func("/bounce/judge/about-us", test_us);
    g_test_add_func("/bounce/judge/about-the-way", test_later);
    g_test_add_func("/bounce/judge/what-outranks-what", test_order);
    g_test_add_func("/bounce/judge/the-command-matters", test_phase);
    g_test_add_func("/bounce/judge/the-action-matters", test_action);
    g_test_add_func("/bounce/judge/other-words-when-it-says-nothing", test_around);
    g_test_add_func("/bounce/judge/best-status", test_status);
    g_test_add_func("/bounce/judge/the-code-that-says-most", test_best_status);
    g_test_add_func("/bounce/judge/the-code-stands-elsewhere", test_code_around);
    g_test_add_func("/bounce/judge/said", test_said);
    g_test_add_func("/bounce/judge/hostile-text", test_hostile);
    g_test_add_func("/bounce/words/read", test_words);
    g_test_add_func("/bounce/phrases/written-as-words-and-once", test_tables);
    g_test_add_func("/bounce/names/there-and-back", test_names);
    g_test_add_func("/bounce/rules/come-first", test_user_rules);
    g_test_add_func("/bounce/rules/refused", test_bad_rules);
    g_test_add_func("/bounce/rules/catastrophic-pattern", test_catastrophe);
    return g_test_run();
}

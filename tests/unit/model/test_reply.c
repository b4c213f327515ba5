/*
 * Replies: reading in any cut, bounds, and the meaning of each code in each phase.
 */
#include "config.h"

#include "model/reply.h"

#include <string.h>

#include "base/error.h"

/* Feeds `wire` in pieces of `cut` bytes; returns the number of complete replies, -1 on error.
 */
static int feed_all(struct reply_reader *r, const char *wire, gsize len, gsize cut,
                    GError **error)
{
    int n = 0;
    gsize at = 0;
    while (at < len) {
        gsize piece = MIN(cut, len - at);
        gboolean done = FALSE;
        gssize used = reply_reader_feed(r, wire + at, piece, &done, error);
        if (used < 0)
            return -1;
        g_assert_cmpint(used, >, 0);
        g_assert_true(done || (gsize)used == piece);
        at += (gsize)used;
        n += done;
    }
    return n;
}

static void test_any_cut(void)
{
    static const char wire[] =
        "250-2.1.0 First line\r\n250-2.1.0 second\r\n250 2.1.5 third\r\n";
    for (gsize cut = 1; cut <= sizeof wire; cut++) {
        struct reply_reader r;
        reply_reader_init(&r);
        g_assert_cmpint(feed_all(&r, wire, sizeof wire - 1, cut, NULL), ==, 1);
        g_assert_cmpint(r.reply.code, ==, 250);
        g_assert_cmpstr(r.reply.enhanced, ==, "2.1.0");
        g_assert_cmpstr(r.reply.text, ==, "First line\nsecond\n2.1.5 third");
        reply_reader_clear(&r);
    }
}

static void test_stops_behind_each_reply(void)
{
    static const char wire[] = "250 ok\r\n354 go\r\n";
    struct reply_reader r;
    reply_reader_init(&r);
    gboolean done = FALSE;
    g_assert_cmpint(reply_reader_feed(&r, wire, sizeof wire - 1, &done, NULL), ==, 8);
    g_assert_true(done);
    g_assert_cmpint(r.reply.code, ==, 250);
    g_assert_cmpint(reply_reader_feed(&r, wire + 8, sizeof wire - 9, &done, NULL), ==, 8);
    g_assert_true(done);
    g_assert_cmpint(r.reply.code, ==, 354);
    g_assert_cmpstr(r.reply.text, ==, "go");
    reply_reader_clear(&r);
}

static void test_forms(void)
{
    static const struct {
        const char *wire, *enhanced, *text;
        int code;
    } cases[] = {
        {"250\r\n", "", "", 250},
        {"250 \r\n", "", "", 250},
        {"250 ok\n", "", "ok", 250}, /* a bare LF ends a line: seen in the wild */
        {"550 5.1.1 <a@b>: no such user\r\n", "5.1.1", "<a@b>: no such user", 550},
        {"550 5.1.1\r\n", "5.1.1", "", 550},
        {"421 4.3.2 down\r\n", "4.3.2", "down", 421},
        {"550 4.1.1 wrong class\r\n", "", "4.1.1 wrong class", 550},
        {"550 5.1 short\r\n", "", "5.1 short", 550},
        {"550 5.1.1234 long\r\n", "", "5.1.1234 long", 550},
        {"550 5.123.456 full\r\n", "5.123.456", "full", 550},
        {"550 5..1 empty\r\n", "", "5..1 empty", 550},
        {"250 \xff\xfe\r\n", "", "\xff\xfe", 250},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct reply_reader r;
        reply_reader_init(&r);
        g_assert_cmpint(feed_all(&r, cases[i].wire, strlen(cases[i].wire), 3, NULL), ==, 1);
        g_assert_cmpint(r.reply.code, ==, cases[i].code);
        g_assert_cmpstr(r.reply.enhanced, ==, cases[i].enhanced);
        g_assert_cmpstr(r.reply.text, ==, cases[i].text);
        reply_reader_clear(&r);
    }
}

static void test_bad_syntax(void)
{
    static const char *const cases[] = {
        "hello\r\n",
        "25\r\n",
        "\r\n",
        "150 x\r\n",
        "650 x\r\n",
        "2x0 ok\r\n",
        "250_x\r\n",
        "2500 x\r\n",
        "250-a\r\n251 b\r\n",
        "250 a\rb\r\n",
        "HTTP/1.1 400 Bad Request\r\n",
        "+OK ready\r\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct reply_reader r;
        g_autoptr(GError) error = NULL;
        reply_reader_init(&r);
        g_assert_cmpint(feed_all(&r, cases[i], strlen(cases[i]), 5, &error), ==, -1);
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
        reply_reader_clear(&r);
    }
    struct reply_reader r;
    g_autoptr(GError) error = NULL;
    reply_reader_init(&r);
    g_assert_cmpint(feed_all(&r, "250 a\0b\r\n", 9, 9, &error), ==, -1);
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
    reply_reader_clear(&r);
}

static void test_bad_line_is_shown_safe(void)
{
    struct reply_reader r;
    g_autoptr(GError) error = NULL;
    reply_reader_init(&r);
    g_assert_cmpint(feed_all(&r, "\x1b[2Jboo\r\n", 9, 9, &error), ==, -1);
    g_assert_nonnull(strstr(error->message, "boo"));
    g_assert_null(strchr(error->message, '\x1b'));
    reply_reader_clear(&r);
}

static void test_line_bound(void)
{
    for (int over = 0; over <= 1; over++) {
        struct reply_reader r;
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) wire = g_string_new("250 ");
        while (wire->len < REPLY_MAX_LINE_BYTES - 1u + (gsize)over)
            g_string_append_c(wire, 'x');
        g_string_append(wire, "\r\n");
        reply_reader_init(&r);
        int got = feed_all(&r, wire->str, wire->len, 1000, &error);
        g_assert_cmpint(got, ==, over ? -1 : 1);
        g_assert_true(over == (error != NULL));
        reply_reader_clear(&r);
    }
}

static void test_endless_line_is_bounded(void)
{
    struct reply_reader r;
    g_autoptr(GError) error = NULL;
    char junk[100];
    memset(junk, 'x', sizeof junk);
    reply_reader_init(&r);
    int fed = 0;
    gboolean done;
    while (reply_reader_feed(&r, junk, sizeof junk, &done, &error) > 0)
        g_assert_cmpint(++fed, <, 100);
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
    reply_reader_clear(&r);
}

static void test_line_count_bound(void)
{
    for (int over = 0; over <= 1; over++) {
        struct reply_reader r;
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) wire = g_string_new(NULL);
        for (int i = 1; i < REPLY_MAX_LINES + over; i++)
            g_string_append(wire, "250-x\r\n");
        g_string_append(wire, "250 x\r\n");
        reply_reader_init(&r);
        g_assert_cmpint(feed_all(&r, wire->str, wire->len, 4096, &error), ==, over ? -1 : 1);
        reply_reader_clear(&r);
    }
}

static void test_classes(void)
{
    static const struct {
        enum reply_phase phase;
        int code;
        const char *enhanced, *text;
        enum reply_class class;
    } cases[] = {
        {REPLY_CONNECT, 220, "", "hi", REPLY_PROCEED},
        {REPLY_CONNECT, 421, "", "busy", REPLY_SERVER_LATER},
        {REPLY_CONNECT, 554, "", "no", REPLY_SERVER_REFUSED},
        {REPLY_AUTH, 235, "", "", REPLY_PROCEED},
        {REPLY_AUTH, 454, "4.7.0", "", REPLY_SERVER_LATER},
        {REPLY_AUTH, 535, "5.7.8", "", REPLY_SERVER_REFUSED},
        {REPLY_MAIL, 250, "", "", REPLY_PROCEED},
        {REPLY_MAIL, 421, "", "", REPLY_RECONNECT},
        {REPLY_MAIL, 451, "4.7.1", "", REPLY_SERVER_LATER},
        {REPLY_MAIL, 452, "", "", REPLY_SERVER_LATER},
        {REPLY_MAIL, 550, "5.7.1", "", REPLY_SERVER_REFUSED},
        {REPLY_MAIL, 553, "5.1.8", "", REPLY_SERVER_REFUSED},
        {REPLY_MAIL, 530, "5.7.0", "", REPLY_SERVER_REFUSED},
        {REPLY_MAIL, 552, "", "too big", REPLY_REFUSED},
        {REPLY_MAIL, 550, "5.3.4", "too big", REPLY_REFUSED},
        {REPLY_MAIL, 550, "5.6.7", "", REPLY_REFUSED},
        {REPLY_MAIL, 354, "", "", REPLY_PROTOCOL},
        {REPLY_MAIL, 0, "", NULL, REPLY_RECONNECT},
        {REPLY_RCPT, 250, "", "", REPLY_PROCEED},
        {REPLY_RCPT, 251, "", "", REPLY_PROCEED},
        {REPLY_RCPT, 421, "", "", REPLY_RECONNECT},
        {REPLY_RCPT, 450, "4.2.0", "greylisted", REPLY_LATER},
        {REPLY_RCPT, 452, "4.3.1", "", REPLY_SERVER_LATER},
        {REPLY_RCPT, 550, "5.1.1", "<relay@x>: unknown", REPLY_REFUSED},
        {REPLY_RCPT, 501, "5.1.3", "", REPLY_REFUSED},
        {REPLY_RCPT, 503, "", "login first", REPLY_SERVER_REFUSED},
        {REPLY_RCPT, 530, "5.7.0", "", REPLY_SERVER_REFUSED},
        /* What these say of us is another table's (model/fault). */
        {REPLY_RCPT, 554, "5.7.1", "<a@b>: Relay access denied", REPLY_REFUSED},
        {REPLY_RCPT, 550, "5.7.26", "", REPLY_REFUSED},
        {REPLY_RCPT, 550, "5.7.1", "", REPLY_REFUSED},
        {REPLY_DATA, 354, "", "", REPLY_PROCEED},
        {REPLY_DATA, 250, "", "", REPLY_PROTOCOL},
        {REPLY_DATA, 421, "", "", REPLY_RECONNECT},
        {REPLY_DATA, 451, "", "", REPLY_LATER},
        {REPLY_DATA, 554, "", "", REPLY_REFUSED},
        {REPLY_DATA, 503, "", "", REPLY_PROTOCOL},
        {REPLY_DOT, 250, "", "", REPLY_ACCEPTED},
        {REPLY_DOT, 421, "", "", REPLY_LATER},
        {REPLY_DOT, 451, "", "", REPLY_LATER},
        {REPLY_DOT, 554, "5.7.1", "", REPLY_REFUSED},
        {REPLY_DOT, 550, "5.7.25", "", REPLY_REFUSED},
        {REPLY_DOT, 354, "", "", REPLY_UNCERTAIN},
        {REPLY_DOT, 0, "", NULL, REPLY_UNCERTAIN},
        {REPLY_RSET, 250, "", "", REPLY_PROCEED},
        {REPLY_RSET, 421, "", "", REPLY_RECONNECT},
        {REPLY_RSET, 500, "", "", REPLY_PROTOCOL},
        {REPLY_RSET, 0, "", NULL, REPLY_RECONNECT},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct reply r = {.code = cases[i].code, .text = (char *)cases[i].text};
        g_strlcpy(r.enhanced, cases[i].enhanced, sizeof r.enhanced);
        g_test_message("%s %d %s", reply_phase_name(cases[i].phase), r.code, r.enhanced);
        g_assert_cmpstr(reply_class_name(reply_classify(cases[i].phase, &r)), ==,
                        reply_class_name(cases[i].class));
    }
}

/* Every code in every phase has a class, and "accepted" or "uncertain" only after the dot. */
static void test_every_code(void)
{
    for (int phase = 0; phase < REPLY_PHASE_COUNT; phase++) {
        for (int code = 0; code < 1000; code++) {
            struct reply r = {.code = code};
            enum reply_class c = reply_classify((enum reply_phase)phase, &r);
            gboolean is_final = c == REPLY_ACCEPTED || c == REPLY_UNCERTAIN;
            g_assert_true(!is_final || phase == REPLY_DOT);
            if (phase == REPLY_DOT)
                g_assert_true((c == REPLY_ACCEPTED) == (code / 100 == 2));
            else if (c == REPLY_PROCEED)
                g_assert_true(code / 100 == 2 || code == 354 || code == 334);
        }
    }
}

static void test_rules_have_help(void)
{
    gsize n = 0;
    const struct reply_rule *rules = reply_rules(&n);
    g_assert_cmpuint(n, >, 20);
    for (gsize i = 0; i < n; i++) {
        g_assert_nonnull(rules[i].help);
        g_assert_cmpuint(strlen(rules[i].help), >, 5);
    }
}

static void test_copy(void)
{
    struct reply a = {.code = 550, .enhanced = "5.1.1", .text = g_strdup("no")};
    struct reply b = {.code = 250, .text = g_strdup("old")};
    reply_copy(&b, &a);
    reply_clear(&a);
    g_assert_cmpint(b.code, ==, 550);
    g_assert_cmpstr(b.enhanced, ==, "5.1.1");
    g_assert_cmpstr(b.text, ==, "no");
    reply_copy(&b, &b);
    g_assert_cmpstr(b.text, ==, "no");
    reply_clear(&b);
    g_assert_null(b.text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reply/reader/any-cut", test_any_cut);
    g_test_add_func("/reply/reader/stops-behind-each-reply", test_stops_behind_each_reply);
    g_test_add_func("/reply/reader/forms", test_forms);
    g_test_add_func("/reply/reader/bad-syntax", test_bad_syntax);
    g_test_add_func("/reply/reader/bad-line-is-shown-safe", test_bad_line_is_shown_safe);
    g_test_add_func("/reply/reader/line-bound", test_line_bound);
    g_test_add_func("/reply/reader/endless-line-is-bounded", test_endless_line_is_bounded);
    g_test_add_func("/reply/reader/line-count-bound", test_line_count_bound);
    g_test_add_func("/reply/classify/table", test_classes);
    g_test_add_func("/reply/classify/every-code", test_every_code);
    g_test_add_func("/reply/rules/have-help", test_rules_have_help);
    g_test_add_func("/reply/copy", test_copy);
    return g_test_run();
}

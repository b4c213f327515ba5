/*
 * What is kept of the conversation of a bring-up, and that its secrets are not shown.
 */
#include "config.h"

#include "net/stream_talk.h"

#include <string.h>

#include "model/reply.h"

/* Lines of both sides, "> …" and "< …"; returns what a transcript shows of them. */
static char *talk(struct stream_talk *t, const char *lines)
{
    GString *shown = g_string_new(NULL);
    g_auto(GStrv) list = g_strsplit(lines, "\n", -1);
    for (int i = 0; list[i] && list[i][0]; i++) {
        g_autofree char *line = g_strconcat(list[i] + 2, "\r\n", NULL);
        g_autofree char *show = NULL;
        if (list[i][0] == '>') {
            stream_talk_sent(t, line, strlen(line));
            show = stream_talk_show_sent(t, line, strlen(line));
        } else {
            g_assert_true(stream_talk_received(t, line, strlen(line)));
            show = stream_talk_show_received(t, line, strlen(line));
        }
        g_string_append_printf(shown, "%c %s\n", list[i][0], show);
    }
    return g_string_free(shown, FALSE);
}

static void test_secrets(void)
{
    static const struct {
        const char *said, *shown;
    } cases[] = {
        {"> AUTH PLAIN AGFubgBzM2NyZXQ=\n< 235 in\n", "> AUTH PLAIN ***\n< 235 in\n"},
        {"> auth plain AGFubgBzM2NyZXQ=\n< 235 in\n", "> auth plain ***\n< 235 in\n"},
        {"> AUTH LOGIN\n< 334 VXNlcg==\n> YW5u\n< 334 UGFzcw==\n> czNjcmV0\n< 535 no\n> QUIT\n",
         "> AUTH LOGIN\n< 334 ***\n> ***\n< 334 ***\n> ***\n< 535 no\n> QUIT\n"},
        {"> AUTH CRAM-MD5\n< 334 PDE4OTY=\n> dGltIGI5MTNh\n< 454 later\n> NOOP\n",
         "> AUTH CRAM-MD5\n< 334 ***\n> ***\n< 454 later\n> NOOP\n"},
        {"> AUTH XOAUTH2 dXNlcj1hbm4BYXV0aD0=\n< 334 eyJzdGF0dXMi\n> \n< 535 no\n",
         "> AUTH XOAUTH2 ***\n< 334 ***\n> ***\n< 535 no\n"},
        {"> EHLO x\n< 250-AUTH PLAIN\n< 250 \x1b[2J\n",
         "> EHLO x\n< 250-AUTH PLAIN\n< 250 \\x1b[2J\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct stream_talk t;
        stream_talk_init(&t, STREAM_SMTP);
        g_autofree char *shown = talk(&t, cases[i].said);
        g_assert_cmpstr(shown, ==, cases[i].shown);
        stream_talk_clear(&t);
    }
}

static void test_secrets_of_inboxes(void)
{
    static const struct {
        enum stream_protocol protocol;
        const char *said, *shown;
    } cases[] = {
        {STREAM_IMAP, "< * OK hi\n> A001 LOGIN ann s3cret\n< A001 OK in\n> A002 NOOP\n",
         "< * OK hi\n> A001 LOGIN ***\n< A001 OK in\n> A002 NOOP\n"},
        {STREAM_IMAP, "< * OK hi\n> A001 AUTHENTICATE PLAIN AGFubgBzM2NyZXQ=\n< A001 NO x\n",
         "< * OK hi\n> A001 AUTHENTICATE PLAIN ***\n< A001 NO x\n"},
        {STREAM_IMAP,
         "< * OK hi\n> A001 AUTHENTICATE CRAM-MD5\n< + PDE4OTY=\n> dGltIGI5MTNh\n< A001 OK x\n",
         "< * OK hi\n> A001 AUTHENTICATE CRAM-MD5\n< + ***\n> ***\n< A001 OK x\n"},
        {STREAM_POP3, "< +OK hi\n> USER ann\n< +OK\n> PASS s3 cret\n< +OK in\n> NOOP\n",
         "< +OK hi\n> USER ann\n< +OK\n> PASS ***\n< +OK in\n> NOOP\n"},
        {STREAM_POP3, "< +OK hi\n> APOP ann c4c9334bac560ecc979e58001b3e22fb\n< -ERR no\n",
         "< +OK hi\n> APOP ann ***\n< -ERR no\n"},
        {STREAM_POP3, "< +OK hi\n> AUTH PLAIN\n< + \n> AGFubgBzM2NyZXQ=\n< +OK in\n",
         "< +OK hi\n> AUTH PLAIN\n< + \n> ***\n< +OK in\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct stream_talk t;
        stream_talk_init(&t, cases[i].protocol);
        g_autofree char *shown = talk(&t, cases[i].said);
        g_assert_cmpstr(shown, ==, cases[i].shown);
        stream_talk_clear(&t);
    }
}

static void test_capabilities(void)
{
    struct stream_talk t;
    stream_talk_init(&t, STREAM_SMTP);
    g_free(talk(&t,
                "< 220 hi\n> EHLO x\n< 250-one\n< 250 STARTTLS\n> STARTTLS\n< 220 go\n"
                "> EHLO x\n< 250-two\n< 250-SIZE 5\n< 250 AUTH PLAIN\n> AUTH PLAIN\n< 334 \n"
                "> x\n< 235 2.7.0 welcome\n"));
    g_assert_cmpstr(t.capabilities->str, ==, "two\nSIZE 5\nAUTH PLAIN"); /* those behind TLS */
    g_assert_true(t.is_logged_in);
    g_assert_cmpint(t.code, ==, 235);
    g_assert_cmpstr(t.verbatim->str, ==, "235 2.7.0 welcome");
    stream_talk_clear(&t);
}

static void test_speech(void)
{
    static const struct {
        const char *line;
        enum stream_speech speech;
        gboolean is_good;
    } cases[] = {
        {"220 hi\r\n", STREAM_SPEECH_OURS, TRUE},
        {"220\r\n", STREAM_SPEECH_OURS, TRUE},
        {"220-hi\r\n", STREAM_SPEECH_OURS, TRUE},
        {"554 no\r\n", STREAM_SPEECH_OURS, TRUE},
        {"HTTP/1.1 400 x\r\n", STREAM_SPEECH_HTTP, FALSE},
        {"+OK\r\n", STREAM_SPEECH_OTHER, FALSE},
        {"\r\n", STREAM_SPEECH_OTHER, FALSE},
        {"2204 hi\r\n", STREAM_SPEECH_OTHER, FALSE},
        {"99\r\n", STREAM_SPEECH_OTHER, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct stream_talk t;
        stream_talk_init(&t, STREAM_SMTP);
        g_assert_cmpint(stream_talk_received(&t, cases[i].line, strlen(cases[i].line)), ==,
                        cases[i].is_good);
        g_assert_cmpint(t.speech, ==, cases[i].speech);
        stream_talk_clear(&t);
    }
}

static void test_endless(void)
{
    struct stream_talk t;
    stream_talk_init(&t, STREAM_SMTP);
    int n = 0;
    while (stream_talk_received(&t, "220-and so on\r\n", 15))
        g_assert_cmpint(++n, <, 10 * REPLY_MAX_LINES);
    g_assert_cmpint(n, >=, REPLY_MAX_LINES);
    stream_talk_clear(&t);
    stream_talk_init(&t, STREAM_SMTP);
    g_autofree char *line = g_strnfill(REPLY_MAX_LINE_BYTES + 1, '2');
    g_assert_false(stream_talk_received(&t, line, strlen(line)));
    stream_talk_clear(&t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream-talk/secrets", test_secrets);
    g_test_add_func("/stream-talk/secrets-of-inboxes", test_secrets_of_inboxes);
    g_test_add_func("/stream-talk/capabilities", test_capabilities);
    g_test_add_func("/stream-talk/speech", test_speech);
    g_test_add_func("/stream-talk/endless", test_endless);
    return g_test_run();
}

/*
 * Conversations with the sink over a socket pair: the protocol, each fault of a script, the log
 * and the kept octets.
 */
#include "config.h"

#include "sink/session.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "tests/unit/patience.h"

#define GREETING "220 sink.test ESMTP crier sink\r\n"
#define OPEN "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n"
#define MESSAGE "Message-ID: <1@x>\r\n\r\n..hello\r\n.\r\n"

struct talk {
    struct sink sink;
    char *dir, *log;
    int fd; /* the client's side; -1: closed */
    gboolean is_eof;
    GString *got;
};

static void talk_begin(struct talk *t, const char *script, gboolean keeps)
{
    GError *error = NULL;
    int pair[2];
    *t = (struct talk){.got = g_string_new(NULL)};
    t->dir = g_dir_make_tmp("crier-sink-XXXXXX", NULL);
    t->log = g_build_filename(t->dir, "log", NULL);
    t->sink.hostname = "sink.test";
    t->sink.max_message_bytes = 1000000;
    t->sink.loop = loop_new();
    t->sink.sessions = g_hash_table_new(NULL, NULL);
    t->sink.script = script_parse(script, strlen(script), "script", &error);
    g_assert_no_error(error);
    g_assert_true(tally_open(&t->sink.tally, t->log, &error));
    if (keeps)
        t->sink.maildir = maildir_open(t->dir, &error);
    g_assert_no_error(error);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
    t->fd = pair[0];
    session_new(&t->sink, pair[1]);
}

static void remove_tree(const char *path)
{
    const char *name;
    GDir *dir = g_dir_open(path, 0, NULL);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static void talk_end(struct talk *t)
{
    session_free_all(&t->sink);
    loop_free(t->sink.loop);
    g_hash_table_destroy(t->sink.sessions);
    script_free(t->sink.script);
    maildir_free(t->sink.maildir);
    tally_close(&t->sink.tally);
    if (t->fd >= 0)
        close(t->fd);
    remove_tree(t->dir);
    g_free(t->dir);
    g_free(t->log);
    g_string_free(t->got, TRUE);
}

/* One turn: the sink works, what it said is read. */
static void turn(struct talk *t)
{
    char buf[4096];
    ssize_t n;
    loop_run_once(t->sink.loop, 1000);
    while ((n = read(t->fd, buf, sizeof buf)) > 0)
        g_string_append_len(t->got, buf, n);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        t->is_eof = TRUE;
}

static void say(struct talk *t, const char *data, gsize len)
{
    gint64 deadline = clock_mono_us() + PATIENCE_US;
    while (len && !t->is_eof && clock_mono_us() < deadline) {
        ssize_t n = write(t->fd, data, len);
        if (n > 0) {
            data += n;
            len -= (gsize)n;
        }
        turn(t);
    }
}

static void hear(struct talk *t, const char *text)
{
    gint64 deadline = clock_mono_us() + PATIENCE_US;
    while (!strstr(t->got->str, text) && !t->is_eof && clock_mono_us() < deadline)
        turn(t);
    if (!strstr(t->got->str, text))
        g_error("expected \"%s\", got \"%s\"", text, t->got->str);
}

static void hear_end(struct talk *t)
{
    gint64 deadline = clock_mono_us() + PATIENCE_US;
    while (!t->is_eof && clock_mono_us() < deadline)
        turn(t);
    g_assert_true(t->is_eof);
}

static void converse(struct talk *t, const char *text, const char *last)
{
    say(t, text, strlen(text));
    hear(t, last);
}

/* The log's lines as JSON values. */
static GPtrArray *read_log(struct talk *t)
{
    g_autofree char *text = NULL;
    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify)json_unref);
    g_assert_true(g_file_get_contents(t->log, &text, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(text, "\n", -1);
    for (int i = 0; parts[i] && *parts[i]; i++) {
        GError *error = NULL;
        g_ptr_array_add(lines, json_parse(parts[i], strlen(parts[i]), &error));
        g_assert_no_error(error);
    }
    return lines;
}

static void test_lock_step(void)
{
    struct talk t;
    talk_begin(&t, "", FALSE);
    hear(&t, GREETING);
    converse(&t, "EHLO me\r\n", "250 CHUNKING\r\n");
    g_assert_nonnull(strstr(t.got->str, "250-SIZE 1000000\r\n"));
    converse(&t, "MAIL FROM:<a@x> SIZE=10 BODY=8BITMIME RET=HDRS ENVID=q7\r\n", "250 2.1.0 ");
    converse(&t, "RCPT TO:<b@y> NOTIFY=NEVER ORCPT=rfc822;b@y\r\n", "250 2.1.5 ");
    converse(&t, "DATA\r\n", "354 ");
    converse(&t, MESSAGE, "250 2.0.0 Ok: 1\r\n");
    converse(&t, "QUIT\r\n", "221 2.0.0 Bye\r\n");
    hear_end(&t);
    GPtrArray *log = read_log(&t);
    g_assert_cmpint(log->len, ==, 1);
    struct json *line = g_ptr_array_index(log, 0);
    g_assert_cmpstr(json_member_string(line, "from"), ==, "a@x");
    g_assert_cmpstr(json_member_string(line, "to"), ==, "b@y");
    g_assert_cmpstr(json_member_string(line, "message_id"), ==, "<1@x>");
    g_assert_cmpstr(json_member_string(line, "envid"), ==, "q7");
    g_assert_cmpstr(json_member_string(line, "verdict"), ==, "accepted");
    g_assert_cmpint(json_member_int(line, "code", 0), ==, 250);
    g_assert_cmpint(json_member_int(line, "bytes", 0), ==, strlen(MESSAGE) - 4);
    g_assert_null(json_member(line, "sha256"));
    g_ptr_array_free(log, TRUE);
    talk_end(&t);
}

/* Everything in one write; and again an octet at a time, with the same answers. */
static void test_pipelined(void)
{
    static const char all[] =
        "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<no@y>\r\n"
        "DATA\r\n" MESSAGE "MAIL FROM:<>\r\nRCPT TO:<c@y>\r\nDATA\r\n" MESSAGE "QUIT\r\n";
    g_autofree char *first = NULL;
    for (int round = 0; round < 2; round++) {
        struct talk t;
        talk_begin(&t, "rcpt no@* refuse 550 5.1.1 No such user\n", FALSE);
        for (gsize i = 0; round && i < strlen(all); i++)
            say(&t, all + i, 1);
        if (!round)
            say(&t, all, strlen(all));
        hear(&t, "221 ");
        hear_end(&t);
        g_assert_nonnull(strstr(t.got->str, "550 5.1.1 No such user\r\n354 "));
        g_assert_cmpint(t.sink.tally.messages, ==, 2);
        g_assert_cmpint(t.sink.tally.verdicts[TALLY_ACCEPTED], ==, 2);
        g_assert_cmpint(t.sink.tally.verdicts[TALLY_REFUSED], ==, 1);
        if (round)
            g_assert_cmpstr(t.got->str, ==, first);
        else
            first = g_strdup(t.got->str);
        talk_end(&t);
    }
}

static void test_bad_commands(void)
{
    static const struct {
        const char *before, *line, *reply;
    } rows[] = {
        {"", "MAIL FROM:<a@x>\r\n", "503 5.5.1 EHLO first"},
        {"", "EHLO\r\n", "501 5.5.4"},
        {"", "HTTP/1.1\r\n", "500 5.5.1"},
        {"", "NOOP\n", "500 5.5.2 A line must end in CR LF"},
        {"EHLO me\r\n", "RCPT TO:<b@y>\r\n", "503 5.5.1 MAIL first"},
        {"EHLO me\r\n", "MAIL FROM:a@x\r\n", "501 5.1.7"},
        {"EHLO me\r\n", "MAIL FROM:<a@x> FOO=1\r\n", "555 5.5.4"},
        {"EHLO me\r\n", "MAIL FROM:<a@x> SIZE=1000001\r\n", "552 5.3.4"},
        {"EHLO me\r\n", "MAIL FROM:<\xc3\xa4@x>\r\n", "553 5.6.7"},
        {"EHLO me\r\n", "MAIL FROM:<\xc3\xa4@x> SMTPUTF8\r\n", "250 2.1.0"},
        {"EHLO me\r\n", "MAIL FROM:<\"a>b\"@x>\r\n", "250 2.1.0"},
        {"EHLO me\r\n", "BDAT x\r\n", "501 5.5.4"},
        {"EHLO me\r\nMAIL FROM:<a@x>\r\n", "MAIL FROM:<a@x>\r\n", "503 5.5.1 A transaction"},
        {"EHLO me\r\nMAIL FROM:<a@x>\r\n", "RCPT TO:<>\r\n", "501 5.1.3"},
        {"EHLO me\r\nMAIL FROM:<a@x>\r\n", "DATA\r\n", "554 5.5.1 No valid recipients"},
        {"EHLO me\r\nMAIL FROM:<a@x>\r\n", "BDAT 4 LAST\r\nQUIT", "503 5.5.1 No transaction"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct talk t;
        talk_begin(&t, "", FALSE);
        say(&t, rows[i].before, strlen(rows[i].before));
        converse(&t, rows[i].line, rows[i].reply);
        talk_end(&t);
    }
}

static void test_long_line(void)
{
    struct talk t;
    g_autofree char *line = g_strnfill(20000, 'x');
    talk_begin(&t, "", FALSE);
    say(&t, line, 20000);
    converse(&t, "\r\nNOOP\r\n", "250 2.0.0 Ok\r\n");
    g_assert_nonnull(strstr(t.got->str, "500 5.5.6 Line too long\r\n250 2.0.0"));
    talk_end(&t);
}

/* The kept file is the message without its stuffed dots, whether by DATA or by BDAT. */
static void test_kept(void)
{
    static const char want[] = "Message-ID: <1@x>\r\n\r\n.hello\r\n";
    static const char bdat[] =
        "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 10\r\nMessage-ID"
        "BDAT 0\r\nBDAT 19 LAST\r\n: <1@x>\r\n\r\n.hello\r\n";
    for (int round = 0; round < 2; round++) {
        struct talk t;
        g_autofree char *kept = NULL;
        gsize len = 0;
        talk_begin(&t, "", TRUE);
        converse(&t, round ? bdat : OPEN MESSAGE, "Ok: 1\r\n");
        GPtrArray *log = read_log(&t);
        const char *file = json_member_string(g_ptr_array_index(log, 0), "file");
        g_autofree char *path = g_build_filename(t.dir, file, NULL);
        g_assert_true(g_file_get_contents(path, &kept, &len, NULL));
        g_assert_cmpmem(kept, len, want, strlen(want));
        g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, want, -1);
        g_assert_cmpstr(json_member_string(g_ptr_array_index(log, 0), "sha256"), ==, sum);
        g_ptr_array_free(log, TRUE);
        talk_end(&t);
    }
}

static void test_big_message(void)
{
    struct talk t;
    g_autoptr(GString) body = g_string_new(OPEN);
    for (int i = 0; i < 15000; i++)
        g_string_append(body,
                        "..a line of sixty octets, with a stuffed dot at its beginning\r\n");
    g_string_append(body, ".\r\n");
    talk_begin(&t, "", TRUE);
    say(&t, body->str, body->len);
    hear(&t, "Ok: 1\r\n");
    g_assert_cmpint(t.sink.tally.bytes, ==, (gint64)(body->len - strlen(OPEN) - 3 - 15000));
    g_string_append(body, OPEN); /* now one over --max-size */
    t.sink.max_message_bytes = 1000;
    say(&t, body->str, body->len);
    hear(&t, "552 5.3.4 Message too big\r\n");
    g_assert_cmpint(t.sink.tally.messages, ==, 1);
    g_assert_cmpint(t.sink.tally.verdicts[TALLY_REFUSED], ==, 1);
    talk_end(&t);
}

/* What each fault at the dot says, and whether the message is then in the log as taken. */
static void test_faults_at_dot(void)
{
    static const struct {
        const char *script, *heard, *not_heard, *verdict;
        gboolean is_taken, ends;
        int code;
    } rows[] = {
        {"rcpt * drop-after-dot", "354 ", "Ok: 1", "dropped-after", TRUE, TRUE, 0},
        {"rcpt * half-reply", "\r\n25", "\r\n250 2.0.0", "half-reply", TRUE, TRUE, 0},
        {"rcpt * junk", "not SMTP\r\n", "Ok: 1", "junk", TRUE, FALSE, 0},
        {"at dot rcpt * code421", "421 4.3.2", "Ok: 1", "deferred", FALSE, TRUE, 421},
        {"at dot rcpt * refuse 554 5.7.1 Spam", "554 5.7.1 Spam\r\n", "Ok: 1", "refused", FALSE,
         FALSE, 554},
        {"at dot rcpt * defer 451 4.3.0 Busy", "451 4.3.0 Busy\r\n", "Ok: 1", "deferred", FALSE,
         FALSE, 451},
        {"rcpt * close", "Ok: 1\r\n", "\r\n5", "accepted", TRUE, TRUE, 250},
        {"at dot rcpt * delay 1", "Ok: 1\r\n", "\r\n5", "accepted", TRUE, FALSE, 250},
        {"rcpt * drop-before-dot", "354 ", "Ok: 1", "dropped-before", FALSE, TRUE, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct talk t;
        talk_begin(&t, rows[i].script, TRUE);
        say(&t, OPEN MESSAGE, strlen(OPEN MESSAGE));
        if (rows[i].ends)
            hear_end(&t);
        hear(&t, rows[i].heard);
        g_assert_null(strstr(t.got->str, rows[i].not_heard));
        GPtrArray *log = read_log(&t);
        g_assert_cmpint(log->len, ==, 1);
        struct json *line = g_ptr_array_index(log, 0);
        g_assert_cmpstr(json_member_string(line, "verdict"), ==, rows[i].verdict);
        g_assert_cmpint(json_member_int(line, "code", -1), ==, rows[i].code);
        g_assert_cmpint(t.sink.tally.messages, ==, rows[i].is_taken ? 1 : 0);
        g_assert_cmpint(json_member(line, "file") != NULL, ==, rows[i].is_taken);
        g_ptr_array_free(log, TRUE);
        talk_end(&t);
    }
}

/* Nothing is ever said again, however the client pleads; the message is in the log. */
static void test_swallow(void)
{
    struct talk t;
    talk_begin(&t, "rcpt * swallow", FALSE);
    say(&t, OPEN MESSAGE, strlen(OPEN MESSAGE));
    hear(&t, "354 ");
    gint64 deadline = clock_mono_us() + PATIENCE_US;
    while (!t.sink.tally.messages && clock_mono_us() < deadline)
        turn(&t);
    gsize heard = t.got->len;
    say(&t, "NOOP\r\nQUIT\r\n", 12);
    shutdown(t.fd, SHUT_WR);
    hear_end(&t);
    g_assert_cmpint(t.got->len, ==, heard);
    g_assert_cmpint(t.sink.tally.verdicts[TALLY_SWALLOWED], ==, 1);
    g_assert_cmpint(g_hash_table_size(t.sink.sessions), ==, 0);
    talk_end(&t);
}

static void test_faults_before(void)
{
    static const struct {
        const char *script, *say, *heard;
        gboolean ends;
    } rows[] = {
        {"at connect nth 1 code421", "", "421 4.3.2", TRUE},
        {"at connect nth 1 drop", "", "", TRUE},
        {"at connect nth 1 junk", "", "not SMTP", FALSE},
        {"at ehlo nth 1 refuse 554 5.7.1 No", "EHLO me\r\n", "554 5.7.1 No", FALSE},
        {"at mail every 1 defer 454 4.7.0 Everybody", "EHLO me\r\nMAIL FROM:<a@x>\r\n",
         "454 4.7.0 Everybody", FALSE},
        {"at rcpt nth 1 half-reply", OPEN, "\r\n25", TRUE},
        {"rcpt * defer 450 4.2.0 Later", OPEN, "450 4.2.0 Later\r\n554 5.5.1", FALSE},
        {"at data nth 1 refuse 554 5.6.0 No", OPEN, "554 5.6.0 No", FALSE},
        {"greylist once *", OPEN "RCPT TO:<b@y>\r\n",
         "554 5.5.1 No valid recipients\r\n250 2.1.5", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct talk t;
        talk_begin(&t, rows[i].script, FALSE);
        say(&t, rows[i].say, strlen(rows[i].say));
        hear(&t, rows[i].heard);
        if (rows[i].ends)
            hear_end(&t);
        g_assert_cmpint(t.sink.tally.messages, ==, 0);
        talk_end(&t);
    }
}

/* A log that cannot be written: the message is not taken. */
static void test_full_log(void)
{
    struct talk t;
    talk_begin(&t, "", TRUE);
    close(t.sink.tally.fd);
    t.sink.tally.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    g_assert_cmpint(t.sink.tally.fd, >=, 0);
    converse(&t, OPEN MESSAGE, "451 4.3.0 The log cannot be written\r\n");
    g_assert_cmpint(t.sink.tally.messages, ==, 0);
    g_autofree char *new = g_build_filename(t.dir, "new", NULL);
    g_assert_cmpint(g_rmdir(new), ==, 0); /* it is empty */
    talk_end(&t);
}

/* A client that dies in the middle leaves nothing behind in tmp/ and nothing in the log. */
static void test_client_dies(void)
{
    struct talk t;
    talk_begin(&t, "", TRUE);
    converse(&t, OPEN "half a mess", "354 ");
    close(t.fd);
    gint64 deadline = clock_mono_us() + PATIENCE_US;
    while (g_hash_table_size(t.sink.sessions) && clock_mono_us() < deadline)
        loop_run_once(t.sink.loop, 1000);
    t.fd = -1;
    g_assert_cmpint(g_hash_table_size(t.sink.sessions), ==, 0);
    g_autofree char *tmp = g_build_filename(t.dir, "tmp", NULL);
    g_assert_cmpint(g_rmdir(tmp), ==, 0); /* it is empty */
    GPtrArray *log = read_log(&t);
    g_assert_cmpint(log->len, ==, 0);
    g_ptr_array_free(log, TRUE);
    talk_end(&t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/session/lock-step", test_lock_step);
    g_test_add_func("/session/pipelined", test_pipelined);
    g_test_add_func("/session/bad-commands", test_bad_commands);
    g_test_add_func("/session/long-line", test_long_line);
    g_test_add_func("/session/kept", test_kept);
    g_test_add_func("/session/big-message", test_big_message);
    g_test_add_func("/session/faults-at-dot", test_faults_at_dot);
    g_test_add_func("/session/swallow", test_swallow);
    g_test_add_func("/session/faults-before", test_faults_before);
    g_test_add_func("/session/full-log", test_full_log);
    g_test_add_func("/session/client-dies", test_client_dies);
    return g_test_run();
}

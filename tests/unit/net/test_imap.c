/*
 * The IMAP session over a socket pair: scripts of what the server and the owner do, and the
 * events that must come of it.
 */
#include "config.h"

#include "net/imap.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "tests/unit/patience.h"

#define MESSAGES_SHOWN 20

struct rig {
    struct loop *loop;
    struct imap_session *session; /* NULL once freed */
    int peer;                     /* the server's end, -1 once closed */
    GString *seen;                /* bytes the server has and no step has asked for */
    GString *log;                 /* a line an event */
    char tag[64];
    guint n_messages;
    guint32 last_uid;
    gsize n_octets;
    GString *why;
};

static void on_done(struct imap_session *s, const struct imap_result *r, void *data)
{
    static const char *const statuses[] = {"ok", "no", "bad", "gone", "broken"};
    struct rig *rig = data;
    g_string_append_printf(rig->log, "%s %s", imap_command_name(r->command),
                           statuses[r->status]);
    if (r->n_done > 0)
        g_string_append_printf(rig->log, " done=%u", r->n_done);
    if (r->is_only_marked)
        g_string_append(rig->log, " marked");
    if (r->size >= 0)
        g_string_append_printf(rig->log, " size=%d", (int)r->size);
    if (r->is_cut)
        g_string_append(rig->log, " cut");
    if (*r->code)
        g_string_append_printf(rig->log, " [%s]", r->code);
    g_string_append_c(rig->log, '\n');
}

static void on_message(struct imap_session *s, guint32 uid, gint64 size, void *data)
{
    struct rig *r = data;
    r->n_messages++;
    g_assert_true(size >= 0 || uid > r->last_uid);
    r->last_uid = uid;
    if (r->n_messages > MESSAGES_SHOWN)
        return;
    g_string_append_printf(r->log, "message %u", uid);
    if (size >= 0)
        g_string_append_printf(r->log, " %d", (int)size);
    g_string_append_c(r->log, '\n');
}

static void on_body(struct imap_session *s, const char *octets, gsize len, void *data)
{
    struct rig *r = data;
    g_assert_cmpuint(len, >, 0);
    r->n_octets += len;
    if (r->n_octets <= 1000)
        g_string_append_len(r->log, octets, (gssize)len);
}

static void on_changed(struct imap_session *s, void *data)
{
    struct rig *r = data;
    g_string_append_printf(r->log, "exists %u\n", imap_get_folder(s)->exists);
}

static void on_closed(struct imap_session *s, const GError *why, void *data)
{
    struct rig *r = data;
    g_string_append_printf(r->log, "closed%s\n", why ? "" : " well");
    g_string_assign(r->why, why ? why->message : "");
    imap_free(s);
    r->session = NULL;
}

static void on_line(struct imap_session *s, char direction, const char *text, void *data)
{
    g_assert_null(strpbrk(text, "\r\n\x1b"));
}

static const struct imap_handler handler = {on_done,    on_message, on_body,
                                            on_changed, on_closed,  on_line};

static void on_ready(struct stream *stream, unsigned events, void *data)
{
    struct rig *r = data;
    if (r->session)
        imap_ready(r->session, events);
}

static void rig_init(struct rig *r, const char *capabilities)
{
    static const struct stream_handler stream_handler = {.ready = on_ready};
    int fds[2];
    memset(r, 0, sizeof *r);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_assert_cmpint(fcntl(fds[1], F_SETFL, O_NONBLOCK), ==, 0);
    r->peer = fds[1];
    r->loop = loop_new();
    r->seen = g_string_new(NULL);
    r->log = g_string_new(NULL);
    r->why = g_string_new(NULL);
    r->session =
        imap_new(stream_new_fd(r->loop, fds[0], capabilities, &stream_handler, r), &handler, r);
}

static void rig_clear(struct rig *r)
{
    imap_free(r->session);
    if (r->peer >= 0)
        close(r->peer);
    loop_free(r->loop);
    g_string_free(r->seen, TRUE);
    g_string_free(r->log, TRUE);
    g_string_free(r->why, TRUE);
}

static void turn(struct rig *r, gint64 begun_us)
{
    char buffer[65536];
    gssize n;
    loop_run_once(r->loop, 1000);
    while (r->peer >= 0 && (n = read(r->peer, buffer, sizeof buffer)) > 0)
        g_string_append_len(r->seen, buffer, n);
    if (clock_mono_us() - begun_us > PATIENCE_US)
        g_error("nothing more came; log:\n%sseen:\n%s", r->log->str, r->seen->str);
}

/* The next line of the client, without its end. */
static char *next_line(struct rig *r)
{
    gint64 begun_us = clock_mono_us();
    char *end;
    while (!(end = strstr(r->seen->str, "\r\n")))
        turn(r, begun_us);
    char *line = g_strndup(r->seen->str, (gsize)(end - r->seen->str));
    g_string_erase(r->seen, 0, end + 2 - r->seen->str);
    return line;
}

/* The client says this under a tag, or just this. */
static void expect(struct rig *r, const char *text, gboolean is_tagged)
{
    g_autofree char *line = next_line(r);
    const char *blank = is_tagged ? strchr(line, ' ') : NULL;
    g_assert_true(!is_tagged || blank);
    if (!is_tagged) {
        g_assert_cmpstr(line, ==, text);
        return;
    }
    g_assert_cmpstr(blank + 1, ==, text);
    g_autofree char *tag = g_strndup(line, (gsize)(blank - line));
    g_assert_cmpuint(strlen(tag), >=, 12);
    g_assert_cmpstr(tag, !=, r->tag); /* never the same again */
    g_strlcpy(r->tag, tag, sizeof r->tag);
}

static void say_octets(struct rig *r, const char *octets, gsize len)
{
    gint64 begun_us = clock_mono_us();
    while (len > 0) {
        gssize n = write(r->peer, octets, len);
        if (n > 0) {
            octets += n;
            len -= (gsize)n;
        } else {
            turn(r, begun_us); /* the socket is full */
        }
    }
}

/* "$" is the last tag. */
static void say(struct rig *r, const char *text, const char *end)
{
    g_autoptr(GString) line = g_string_new(text);
    g_string_replace(line, "$", r->tag, 1);
    g_string_append(line, end);
    say_octets(r, line->str, line->len);
}

static void wait_log(struct rig *r, const char *part)
{
    gint64 begun_us = clock_mono_us();
    while (!strstr(r->log->str, part))
        turn(r, begun_us);
}

static void ask(struct rig *r, const char *what)
{
    static const guint32 three[] = {3, 4, 9};
    g_auto(GStrv) words = g_strsplit(what, " ", -1);
    struct imap_session *s = r->session;
    guint32 number = words[1] ? (guint32)g_ascii_strtoull(words[1], NULL, 10) : 0;
    g_assert_true(imap_is_idle(s) || g_str_equal(words[0], "end"));
    if (g_str_equal(words[0], "capability"))
        imap_capability(s);
    else if (g_str_equal(words[0], "select"))
        g_assert_true(imap_select(s, words[1], NULL));
    else if (g_str_equal(words[0], "search"))
        imap_search(s, number);
    else if (g_str_equal(words[0], "sizes"))
        imap_sizes(s, three, 3);
    else if (g_str_equal(words[0], "fetch"))
        imap_fetch(s, number, 20);
    else if (g_str_equal(words[0], "move"))
        g_assert_true(imap_move(s, three, 3, words[1], NULL));
    else if (g_str_equal(words[0], "delete"))
        imap_delete(s, three, 3);
    else if (g_str_equal(words[0], "seen"))
        imap_mark_seen(s, three, 3);
    else if (g_str_equal(words[0], "create"))
        g_assert_true(imap_create(s, words[1], NULL));
    else if (g_str_equal(words[0], "idle"))
        imap_idle(s);
    else if (g_str_equal(words[0], "end"))
        imap_idle_end(s);
    else if (g_str_equal(words[0], "noop"))
        imap_noop(s);
    else if (g_str_equal(words[0], "logout"))
        imap_logout(s);
    else if (g_str_equal(words[0], "tick"))
        imap_tick(s, (gint64)number * CLOCK_SECOND_US);
    else
        g_assert_not_reached();
}

/* Q: the owner asks; T: a second so and so comes; C, D: the client says, with and without a
 * tag; S, R: the server says a line, bytes; X: it closes; L: this is logged. */
static void step(struct rig *r, char what, const char *argument)
{
    switch (what) {
    case 'Q':
        ask(r, argument);
        break;
    case 'T':
        imap_tick(r->session, (gint64)g_ascii_strtoll(argument, NULL, 10) * CLOCK_SECOND_US);
        break;
    case 'C':
        expect(r, argument, TRUE);
        break;
    case 'D':
        expect(r, argument, FALSE);
        break;
    case 'S':
        say(r, argument, "\r\n");
        break;
    case 'R':
        say(r, argument, "");
        break;
    case 'X':
        close(r->peer);
        r->peer = -1;
        break;
    case 'L':
        wait_log(r, argument);
        break;
    default:
        g_assert_not_reached();
    }
}

struct script {
    const char *name, *capabilities, *steps, *log;
    const char *why; /* part of why it closed */
};

#define SELECT(EXISTS, NEXT)                                                                   \
    "Q select INBOX|C SELECT \"INBOX\"|S * " EXISTS " EXISTS|S * OK [UIDVALIDITY 77] x|"       \
    "S * OK [UIDNEXT " NEXT "] x|S $ OK [READ-WRITE] in|L SELECT ok|"
#define FETCH7 "Q fetch 7|C UID FETCH 7 (UID RFC822.SIZE BODY.PEEK[]<0.20>)|"
#define SELECTED "SELECT ok [READ-WRITE]\n"

static const struct script scripts[] = {
    {"select", "", SELECT("3", "10") "S * 4 EXISTS|L exists 4", SELECTED "exists 4\n"},
    {"select-unknown", "", "Q select Nowhere|C SELECT \"Nowhere\"|S $ NO [NONEXISTENT] what?",
     "SELECT no [NONEXISTENT]\n"},
    {"select-umlaut", "",
     "Q select R\xc3\xbc"
     "ck&l\xc3\xa4ufer|"
     "C SELECT \"R&APw-ck&-l&AOQ-ufer\"|S $ OK x",
     "SELECT ok\n"},
    {"search", "",
     SELECT("3", "10") "Q search 1|C UID SEARCH 1:3 UID 1:*|S * SEARCH 3 9 4|"
                       "S $ OK x",
     SELECTED "message 3\nmessage 4\nmessage 9\nSEARCH ok\n"},
    {"search-by-uid", "",
     SELECT("3", "10") "Q search 8|C UID SEARCH UID 8:1007|S * SEARCH 9|"
                       "S $ OK x",
     SELECTED "message 9\nSEARCH ok\n"},
    {"search-empty", "",
     SELECT("0", "10") "Q search 1|C UID SEARCH UID 1:1000|S * SEARCH|S $ OK",
     SELECTED "SEARCH ok\n"},
    {"search-star-names-the-last", "",
     SELECT("2", "4000") "Q search 5|C UID SEARCH 1:2 UID 5:*|"
                         "S * SEARCH 4|S $ OK x",
     SELECTED "SEARCH ok\n"},
    {"search-expunged-between", "",
     SELECT("1002",
            "9000") "Q search 1|C UID SEARCH 1:1000 UID 1:*|S * SEARCH 5|"
                    "S * 3 EXPUNGE|S $ OK|C UID SEARCH 1000:1001 UID 1:*|S * SEARCH 5 6|S $ OK",
     SELECTED "exists 1001\nmessage 5\nmessage 6\nSEARCH ok\n"},
    {"search-new", "",
     SELECT("3", "10") "S * 5 EXISTS|L exists 5|Q search 10|C UID SEARCH 4:5 UID 10:*|"
                       "S * SEARCH 10 11|S $ OK",
     SELECTED "exists 5\nmessage 10\nmessage 11\nSEARCH ok\n"},
    {"search-new-behind-one-gone", "",
     SELECT("3", "10") "S * 2 EXPUNGE|S * 4 EXISTS|L exists 4|Q search 10|"
                       "C UID SEARCH 3:4 UID 10:*|S * SEARCH 10 11|S $ OK",
     SELECTED "exists 2\nexists 4\nmessage 10\nmessage 11\nSEARCH ok\n"},
    {"search-all-with-new", "",
     SELECT("3", "4") "S * 5 EXISTS|L exists 5|Q search 1|C UID SEARCH 1:5 UID 1:*|"
                      "S * SEARCH 1 2 3 9 10|S $ OK",
     SELECTED "exists 5\nmessage 1\nmessage 2\nmessage 3\nmessage 9\nmessage 10\nSEARCH ok\n"},
    {"search-nonsense", "",
     SELECT("3", "10") "Q search 1|C UID SEARCH 1:3 UID 1:*|"
                       "S * SEARCH 1 x",
     SELECTED "SEARCH broken\nclosed\n", "no sense"},
    {"search-overflow", "",
     SELECT("3", "10") "Q search 1|C UID SEARCH 1:3 UID 1:*|"
                       "S * SEARCH 4294967296",
     SELECTED "SEARCH broken\nclosed\n", "no sense"},
    {"sizes", "",
     "Q sizes|C UID FETCH 3:4,9 (UID RFC822.SIZE)|"
     "S * 1 FETCH (RFC822.SIZE 70 UID 3)|S * 2 FETCH (FLAGS (\\Seen))|"
     "S * 2 FETCH (UID 4 FLAGS (\\Seen \"x)\") RFC822.SIZE 8000)|S $ OK",
     "message 3 70\nmessage 4 8000\nFETCH SIZE ok done=3\n"},

    {"fetch", "",
     FETCH7 "S * 2 FETCH (UID 7 RFC822.SIZE 13 BODY[]<0> {13}|R A: b\r\n\r\nbody\n|"
            "S )|S $ OK",
     "A: b\r\n\r\nbody\nFETCH ok size=13\n"},
    {"fetch-uid-behind", "", FETCH7 "S * 2 FETCH (BODY[] {3}|R abc|S  UID 7)|S $ OK",
     "abcFETCH ok size=3\n"},
    {"fetch-quoted", "", FETCH7 "S * 2 FETCH (UID 7 BODY[]<0> \"a\\\"b)\")|S $ OK",
     "a\"b)FETCH ok size=4\n"},
    {"fetch-empty", "", FETCH7 "S * 2 FETCH (UID 7 BODY[]<0> {0}|S )|S $ OK",
     "FETCH ok size=0\n"},
    {"fetch-nil", "", FETCH7 "S * 2 FETCH (UID 7 BODY[]<0> NIL)|S $ OK", "FETCH ok size=0\n"},
    {"fetch-cut", "",
     FETCH7 "S * 2 FETCH (UID 7 RFC822.SIZE 99 BODY[]<0> {20}|"
            "R 12345678901234567890|S )|S $ OK",
     "12345678901234567890FETCH ok size=99 cut\n"},
    {"fetch-more-than-asked", "",
     FETCH7 "S * 2 FETCH (UID 7 BODY[] {25}|"
            "R 1234567890123456789012345|S )|S $ OK",
     "12345678901234567890FETCH ok size=25 cut\n"},
    {"fetch-gone", "", FETCH7 "S $ OK", "FETCH gone\n"},
    /* Lines of a message that look like answers, our own tag among them. */
    {"fetch-answers-in-a-body", "",
     FETCH7 "S * 2 FETCH (UID 7 BODY[]<0> {18}|R A006 OK\r\n|"
            "R * BYE x\r\n|S )|S $ OK",
     "A006 OK\r\n* BYE x\r\nFETCH ok size=18\n"},
    {"fetch-other-message", "", FETCH7 "S * 2 FETCH (UID 8 BODY[]<0> {1}|R x|S )",
     "xFETCH broken\nclosed\n", "another message"},
    {"fetch-literal-bomb", "", FETCH7 "S * 2 FETCH (UID 7 BODY[]<0> {99999999999999999999}",
     "FETCH broken\nclosed\n", "far too long"},
    {"fetch-4-GB", "", FETCH7 "S * 2 FETCH (UID 7 BODY[]<0> {4294967295}",
     "FETCH broken\nclosed\n", "far too long"},
    {"text-literal-bomb", "", FETCH7 "S * 2 FETCH (UID 7 ENVELOPE {100000}",
     "FETCH broken\nclosed\n", "far too long"},
    {"fetch-unasked-literal", "",
     FETCH7 "S * 3 FETCH (UID 6 ENVELOPE {12}|R A1 OK\r\n* BYE|"
            "S )|S * 2 FETCH (UID 7 BODY[] {2}|R ab|S )|S $ OK",
     "abFETCH ok size=2\n"},
    {"closed-in-a-body", "", FETCH7 "S * 2 FETCH (UID 7 BODY[]<0> {13}|R A: |X",
     "A: FETCH broken\nclosed\n", "in the middle of FETCH"},
    {"nul", "", "Q noop|C NOOP|Z", "NOOP broken\nclosed\n", "NUL"},

    {"move", "MOVE UIDPLUS",
     "Q move Done|C UID MOVE 3:4,9 \"Done\"|S * OK [COPYUID 1 3 1] x|"
     "S * 3 EXPUNGE|S $ OK [COPYUID 1 2 3] x",
     "exists 0\nMOVE ok done=3 [COPYUID]\n"},
    {"move-by-copy", "UIDPLUS",
     "Q move D\"one|C UID COPY 3:4,9 \"D\\\"one\"|S $ OK|"
     "C UID STORE 3:4,9 +FLAGS.SILENT (\\Deleted)|S $ OK|C UID EXPUNGE 3:4,9|S $ OK",
     "MOVE ok done=3\n"},
    {"move-without-uidplus", "IDLE",
     "Q move Done|C UID COPY 3:4,9 \"Done\"|S $ OK|"
     "C UID STORE 3:4,9 +FLAGS.SILENT (\\Deleted)|S $ OK",
     "MOVE ok done=3 marked\n"},
    {"move-nowhere", "MOVE",
     "Q move Done|C UID MOVE 3:4,9 \"Done\"|S $ NO [TRYCREATE] no such|"
     "L MOVE no|Q create Done|C CREATE \"Done\"|S $ OK",
     "MOVE no [TRYCREATE]\nCREATE ok\n"},
    {"copy-refused-marks-nothing", "UIDPLUS",
     "Q move Done|C UID COPY 3:4,9 \"Done\"|"
     "S $ NO [OVERQUOTA] full|L MOVE no|Q noop|C NOOP|S $ OK",
     "MOVE no [OVERQUOTA]\nNOOP ok\n"},
    {"delete", "UIDPLUS",
     "Q delete|C UID STORE 3:4,9 +FLAGS.SILENT (\\Deleted)|S $ OK|"
     "C UID EXPUNGE 3:4,9|S $ OK",
     "DELETE ok done=3\n"},
    {"seen", "", "Q seen|C UID STORE 3:4,9 +FLAGS.SILENT (\\Seen)|S $ OK", "STORE ok done=3\n"},

    {"idle", "IDLE",
     "Q idle|C IDLE|S + idling|S * 5 EXISTS|L exists 5|Q end|D DONE|"
     "S * 6 EXISTS|S $ OK",
     "exists 5\nexists 6\nIDLE ok\n"},
    {"idle-ended-at-once", "IDLE", "Q idle|Q end|C IDLE|S + idling|D DONE|S $ OK", "IDLE ok\n"},
    {"idle-ended-by-the-server", "IDLE", "Q idle|C IDLE|S + idling|S $ OK", "IDLE ok\n"},
    {"idle-refused", "", "Q idle|C IDLE|S $ BAD what?", "IDLE bad\n"},
    {"idle-renewed", "IDLE",
     "T 10|Q idle|C IDLE|S + idling|S * 5 EXISTS|L exists 5|T 20|"
     "T 1519|T 1521|D DONE|S $ OK|C IDLE|S + idling|S * 6 EXISTS|L exists 6|Q end|D DONE|S $ "
     "OK",
     "exists 5\nexists 6\nIDLE ok\n"},
    {"idle-and-goodbye", "IDLE", "Q idle|C IDLE|S + idling|S * BYE Server shutting down.|X",
     "IDLE broken\nclosed\n", "goodbye: “Server shutting down.”"},

    {"logout", "", "Q logout|C LOGOUT|S * BYE see you|S $ OK", "closed well\n"},
    {"logout-by-hanging-up", "", "Q logout|C LOGOUT|S * BYE see you|X", "closed well\n"},
    {"logout-without-answer", "", "T 10|Q logout|C LOGOUT|T 11|T 12|T 18", "closed well\n"},
    {"silent", "", "T 10|Q noop|C NOOP|T 11|T 12|T 200|T 320", "NOOP broken\nclosed\n",
     "no answer to NOOP"},
    {"goodbye-unasked", "", "S * BYE [UNAVAILABLE] maintenance|X", "closed\n",
     "“[UNAVAILABLE] maintenance”"},
    {"closed-unasked", "", "X", "closed\n", "closed the connection"},
    {"closed-in-the-middle", "", "Q noop|C NOOP|X", "NOOP broken\nclosed\n", "middle of NOOP"},
    {"wrong-tag", "", "Q noop|C NOOP|S A001 OK done", "NOOP broken\nclosed\n", "A001 OK done"},
    {"tag-unasked", "", "Q noop|C NOOP|S $ OK|L NOOP ok|S $ OK again", "NOOP ok\nclosed\n",
     "OK again"},
    {"no-such-verdict", "", "Q noop|C NOOP|S $ OKAY", "NOOP broken\nclosed\n", "OKAY"},
    {"continuation-unasked", "", "Q noop|C NOOP|S + go on", "NOOP broken\nclosed\n", "go on"},
    {"cut-anywhere", "", "Q noop|C NOOP|R *|R  3 EX|R ISTS\r|R \n$ O|R K fine\r\n",
     "exists 3\nNOOP ok\n"},
    {"escape-sequence", "", "Q noop|C NOOP|S * \x1b[2J\x1b|S $ NO \x1b[2J", "NOOP no\n"},
};

static void run_steps(struct rig *r, const char *steps)
{
    g_auto(GStrv) list = g_strsplit(steps, "|", -1);
    for (int i = 0; list[i]; i++) {
        if (list[i][0] == 'Z')
            say_octets(r, "* a\0b\r\n", 7);
        else if (list[i][0])
            step(r, list[i][0], list[i][1] ? list[i] + 2 : "");
    }
}

static void test_script(gconstpointer data)
{
    const struct script *s = data;
    struct rig r;
    rig_init(&r, s->capabilities);
    run_steps(&r, s->steps);
    gint64 begun_us = clock_mono_us();
    while (r.log->len < strlen(s->log))
        turn(&r, begun_us);
    g_assert_cmpstr(r.log->str, ==, s->log);
    if (s->why && !strstr(r.why->str, s->why))
        g_error("“%s” is not in “%s”", s->why, r.why->str);
    g_assert_cmpuint(r.seen->len, ==, 0);
    rig_clear(&r);
}

/* 20,000 messages with gaps: none is lost, no answer is long. */
static void test_many(void)
{
    enum { N = 20000 };
    struct rig r;
    guint n_windows = 0;
    rig_init(&r, "");
    run_steps(&r, SELECT("20000", "4000000000") "Q search 1|");
    for (guint first = 1; first <= N; first += 1000, n_windows++) {
        g_autofree char *line = g_strdup_printf("UID SEARCH %u:%u UID 1:*", first, first + 999);
        g_autoptr(GString) answer = g_string_new("* SEARCH");
        expect(&r, line, TRUE);
        for (guint i = first; i < first + 1000; i++)
            g_string_append_printf(answer, " %u", i * 190000);
        g_string_append(answer, "\r\n");
        say_octets(&r, answer->str, answer->len);
        say(&r, "$ OK done", "\r\n");
    }
    wait_log(&r, "SEARCH ok");
    g_assert_cmpuint(r.n_messages, ==, N);
    g_assert_cmpuint(r.last_uid, ==, 3800000000u);
    g_assert_cmpuint(n_windows, ==, 20);
    rig_clear(&r);
}

/* A set of 5,000 messages apart from each other goes in commands that servers take. */
static void test_many_moved(void)
{
    enum { N = 5000 };
    static guint32 uids[N];
    struct rig r;
    guint n_named = 0;
    for (guint i = 0; i < N; i++)
        uids[i] = 1000000 + 2 * i;
    rig_init(&r, "MOVE");
    g_assert_true(imap_move(r.session, uids, N, "Done", NULL));
    while (n_named < N) {
        g_autofree char *line = next_line(&r);
        g_auto(GStrv) words = g_strsplit(line, " ", -1);
        g_auto(GStrv) set = g_strsplit(words[3], ",", -1);
        g_assert_cmpuint(strlen(line), <, 1000);
        for (int i = 0; set[i]; i++, n_named++) {
            g_autofree char *number = g_strdup_printf("%u", uids[n_named]);
            g_assert_cmpstr(set[i], ==, number);
        }
        g_strlcpy(r.tag, words[0], sizeof r.tag);
        say(&r, "$ OK", "\r\n");
    }
    wait_log(&r, "MOVE ok done=5000\n");
    rig_clear(&r);
}

static void test_long_line(void)
{
    struct rig r;
    rig_init(&r, "");
    run_steps(&r, "Q noop|C NOOP|");
    g_autofree char *piece = g_strnfill(30000, 'x');
    say_octets(&r, "* ", 2);
    for (int i = 0; i < 3; i++)
        say_octets(&r, piece, 30000);
    wait_log(&r, "closed");
    g_assert_nonnull(strstr(r.why->str, "far too long"));
    rig_clear(&r);
}

/* A megabyte comes through in pieces and whole, with lines in it that look like answers. */
static void test_long_body(void)
{
    enum { N = 1 << 20 };
    struct rig r;
    rig_init(&r, "");
    imap_fetch(r.session, 7, N);
    expect(&r, "UID FETCH 7 (UID RFC822.SIZE BODY.PEEK[]<0.1048576>)", TRUE);
    g_autoptr(GString) body = g_string_new(NULL);
    while (body->len < N)
        g_string_append_printf(body, "%s OK done\r\n)\r\n", r.tag);
    g_string_truncate(body, N);
    say(&r, "* 2 FETCH (UID 7 BODY[]<0> {1048576}", "\r\n");
    say_octets(&r, body->str, body->len);
    say(&r, ")\r\n$ OK", "\r\n");
    wait_log(&r, "FETCH ok size=1048576");
    g_assert_cmpuint(r.n_octets, ==, N);
    rig_clear(&r);
}

static void test_bad_folders(void)
{
    static const char *const names[] = {"", "a\r\nb LOGOUT", "a\tb", "\xff"};
    struct rig r;
    rig_init(&r, "");
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(imap_select(r.session, names[i], &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_true(imap_is_idle(r.session));
    }
    rig_clear(&r);
}

static void test_features(void)
{
    struct rig r;
    rig_init(&r, "IMAP4rev1 IDLE");
    g_assert_true(imap_get_features(r.session)->idle);
    g_assert_false(imap_get_features(r.session)->move);
    run_steps(&r, "Q capability|C CAPABILITY|S * CAPABILITY IMAP4rev1 uidplus MOVE|S $ OK|"
                  "L CAPABILITY ok|");
    g_assert_true(imap_get_features(r.session)->uidplus);
    g_assert_true(imap_get_features(r.session)->move);
    g_assert_false(imap_get_features(r.session)->idle);
    rig_clear(&r);
}

static void test_folder(void)
{
    struct rig r;
    rig_init(&r, "");
    run_steps(&r, SELECT("3", "10"));
    const struct imap_folder *f = imap_get_folder(r.session);
    g_assert_cmpuint(f->exists, ==, 3);
    g_assert_cmpuint(f->uid_validity, ==, 77);
    g_assert_cmpuint(f->uid_next, ==, 10);
    g_assert_false(f->is_read_only);
    run_steps(&r, "Q select Shared|C SELECT \"Shared\"|S $ OK [READ-ONLY] x|L [READ-ONLY]");
    g_assert_true(f->is_read_only);
    g_assert_cmpuint(f->uid_validity, ==, 0);
    rig_clear(&r);
}

static void test_freed_within(void)
{
    struct rig r;
    rig_init(&r, "");
    imap_noop(r.session);
    imap_free(r.session); /* in the middle: nothing is told */
    r.session = NULL;
    loop_run_once(r.loop, 0);
    g_assert_cmpstr(r.log->str, ==, "");
    rig_clear(&r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
        g_autofree char *path = g_strconcat("/imap/script/", scripts[i].name, NULL);
        g_test_add_data_func(path, &scripts[i], test_script);
    }
    g_test_add_func("/imap/many", test_many);
    g_test_add_func("/imap/many-moved", test_many_moved);
    g_test_add_func("/imap/long-line", test_long_line);
    g_test_add_func("/imap/long-body", test_long_body);
    g_test_add_func("/imap/bad-folders", test_bad_folders);
    g_test_add_func("/imap/features", test_features);
    g_test_add_func("/imap/folder", test_folder);
    g_test_add_func("/imap/freed-within", test_freed_within);
    return g_test_run();
}

/*
 * The SMTP session over a socket pair: every fault is a row of data, a short script of what the
 * server and the owner do, and the events that must come of it.
 */
#include "config.h"

#include "net/smtp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "tests/unit/patience.h"

enum answer { ANSWER_GO, ANSWER_HOLD, ANSWER_LATER, ANSWER_FREE };

struct rig {
    struct loop *loop;
    struct stream *stream; /* the session's */
    struct smtp_session *session; /* NULL once freed */
    int peer;                     /* the server's end, -1 once closed */
    GString *seen;                /* bytes the server has and no step has asked for */
    GString *log;                 /* one line an event */
    GString *lines;               /* the transcript */
    enum answer answer;
    gboolean chain; /* send the next message from within the result */
    gboolean free_in_result;
    gboolean was_idle_in_result;
    struct smtp_chunk chunk;
    struct smtp_message message;
};

static void on_authorise(struct smtp_session *s, void *data)
{
    struct rig *r = data;
    g_string_append(r->log, "authorise\n");
    if (r->answer == ANSWER_GO) {
        smtp_go(s);
    } else if (r->answer == ANSWER_HOLD) {
        smtp_hold_back(s);
    } else if (r->answer == ANSWER_FREE) {
        smtp_free(s);
        r->session = NULL;
    }
}

static void on_result(struct smtp_session *s, const struct smtp_result *result, void *data)
{
    struct rig *r = data;
    g_string_append_printf(r->log, "%s %s %d %s|%s\n", reply_phase_name(result->phase),
                           reply_class_name(result->class), result->reply.code,
                           result->reply.enhanced,
                           result->reply.text ? result->reply.text : "-");
    r->was_idle_in_result = smtp_is_idle(s);
    if (r->free_in_result) {
        smtp_free(s);
        r->session = NULL;
    } else if (r->chain) {
        r->chain = FALSE;
        g_assert_true(smtp_send(s, &r->message, NULL));
        /* The reply must outlive that call. */
        g_assert_true(result->reply.code == 0 || result->reply.text[0] != '\0');
    }
}

static void on_closed(struct smtp_session *s, const GError *why, void *data)
{
    struct rig *r = data;
    g_string_append_printf(r->log, "closed%s\n", why ? "" : " well");
    g_assert_true(!why || why->message[0]);
    smtp_free(s);
    r->session = NULL;
}

static void on_line(struct smtp_session *s, char direction, const char *text, void *data)
{
    struct rig *r = data;
    g_string_append_printf(r->lines, "%c %s\n", direction, text);
}

static const struct smtp_handler handler = {on_authorise, on_result, on_closed, on_line};

static void on_ready(struct stream *stream, unsigned events, void *data)
{
    struct rig *r = data;
    if (r->session)
        smtp_ready(r->session, events);
}

static void rig_init(struct rig *r, const char *capabilities, const char *body)
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
    r->lines = g_string_new(NULL);
    r->stream = stream_new_fd(r->loop, fds[0], capabilities, &stream_handler, r);
    r->session = smtp_new(r->stream, &handler, r);
    r->chunk = (struct smtp_chunk){body, strlen(body)};
    r->message = (struct smtp_message){.sender = "s@a.test",
                                       .recipient = "r@b.test",
                                       .chunks = &r->chunk,
                                       .n_chunks = 1,
                                       .size = r->chunk.len};
}

static void rig_clear(struct rig *r)
{
    smtp_free(r->session);
    if (r->peer >= 0)
        close(r->peer);
    loop_free(r->loop);
    g_string_free(r->seen, TRUE);
    g_string_free(r->log, TRUE);
    g_string_free(r->lines, TRUE);
}

static void read_peer(struct rig *r)
{
    char buffer[65536];
    gssize n;
    while (r->peer >= 0 && (n = read(r->peer, buffer, sizeof buffer)) > 0)
        g_string_append_len(r->seen, buffer, n);
}

static void turn(struct rig *r, gint64 begun_us)
{
    loop_run_once(r->loop, 1000);
    read_peer(r);
    if (clock_mono_us() - begun_us > PATIENCE_US)
        g_error("nothing more came; log:\n%sseen:\n%s", r->log->str, r->seen->str);
}

/* Waits until the client has said exactly this. */
static void expect(struct rig *r, const char *bytes, gsize len)
{
    gint64 begun_us = clock_mono_us();
    while (r->seen->len < len)
        turn(r, begun_us);
    g_autofree char *got = g_strndup(r->seen->str, len);
    g_assert_cmpmem(got, len, bytes, len);
    g_string_erase(r->seen, 0, (gssize)len);
}

static void say(struct rig *r, const char *bytes)
{
    g_assert_cmpint(write(r->peer, bytes, strlen(bytes)), ==, strlen(bytes));
}

static void wait_log(struct rig *r, const char *log)
{
    gint64 begun_us = clock_mono_us();
    while (r->log->len < strlen(log))
        turn(r, begun_us);
    g_assert_cmpstr(r->log->str, ==, log);
}

static void wait_idle(struct rig *r)
{
    gint64 begun_us = clock_mono_us();
    while (!smtp_is_idle(r->session))
        turn(r, begun_us);
}

static void close_peer(struct rig *r)
{
    close(r->peer);
    r->peer = -1;
}

static void step_wait(struct rig *r, const char *argument)
{
    gint64 begun_us = clock_mono_us();
    while (!strstr(r->log->str, argument))
        turn(r, begun_us);
}

/* One step of a script: a letter and its argument. */
static void step(struct rig *r, char what, const char *argument)
{
    g_autofree char *line = g_strconcat(argument, "\r\n", NULL);
    switch (what) {
    case 'C': /* the client says this line */
        expect(r, line, strlen(line));
        break;
    case 'S': /* the server says this line */
        say(r, line);
        break;
    case 'R': /* the server says these bytes */
        say(r, argument);
        break;
    case 'X':
        close_peer(r);
        break;
    case 'M': /* the owner has a message */
        wait_idle(r);
        g_assert_true(smtp_send(r->session, &r->message, NULL));
        break;
    case 'E': /* the owner tries an envelope */
        wait_idle(r);
        g_assert_true(smtp_try_envelope(r->session, &r->message, NULL));
        break;
    case 'A': /* how the owner will answer */
        r->answer = (enum answer)(strchr("ghlf", argument[0]) - "ghlf");
        break;
    case 'G':
        smtp_go(r->session);
        break;
    case 'B': /* the loop is busy with others for a turn */
        stream_want(r->stream, 0);
        loop_run_once(r->loop, 0);
        stream_want(r->stream, LOOP_IN);
        break;
    case 'N': /* the next message from within the result */
        r->chain = TRUE;
        break;
    case 'Q':
        smtp_quit(r->session);
        break;
    case 'W': /* until the log has it */
        step_wait(r, argument);
        break;
    case 'T': /* a very long time passes */
        smtp_tick(r->session, 1);
        if (r->session)
            smtp_tick(r->session, 1 + 3600 * CLOCK_SECOND_US);
        break;
    default:
        g_assert_not_reached();
    }
}

static void run_script(struct rig *r, const char *script)
{
    g_auto(GStrv) steps = g_strsplit(script, "|", -1);
    for (int i = 0; steps[i]; i++) {
        if (steps[i][0])
            step(r, steps[i][0], steps[i][1] == ' ' ? steps[i] + 2 : steps[i] + 1);
    }
}

#define MRD "C MAIL FROM:<s@a.test>|C RCPT TO:<r@b.test>|C DATA|"
#define MAIL "C MAIL FROM:<s@a.test>|"
#define RCPT "C RCPT TO:<r@b.test>|"
#define BODY "C Subject: x|C |C hi|C .|"
#define TAKEN "S 250 ok|S 250 ok|S 354 go|"
#define AUTH "authorise\n"
#define DONE AUTH "end of data accepted 250 2.0.0|queued\n"

struct script {
    const char *name, *capabilities, *script, *log;
};
static const struct script scripts[] = {
    {"accepted", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 250 2.0.0 queued|", DONE},
    {"accepted-lock-step", "h",
     "M|" MAIL "S 250 ok|" RCPT "S 250 ok|C DATA|S 354 go|" BODY "S 250 2.0.0 queued|", DONE},
    {"two-messages", "h\nPIPELINING",
     "M|" MRD TAKEN BODY "S 250 2.0.0 queued|M|" MRD TAKEN BODY "S 250 2.0.0 queued|",
     DONE DONE},
    {"next-from-result", "h\nPIPELINING",
     "N|M|" MRD TAKEN BODY "S 250 2.0.0 queued|" MRD TAKEN BODY "S 250 2.0.0 queued|",
     DONE DONE},
    {"multi-line-replies", "h\nPIPELINING",
     "M|" MRD "S 250-one|S 250 two|R 250 |S ok|S 354-a|S 354 b|" BODY
     "S 250-2.0.0 queued|S 250 2.0.0 really|",
     AUTH "end of data accepted 250 2.0.0|queued\nreally\n"},

    /* A refusal never costs the connection, and its reset costs no round trip. */
    {"rcpt-refused", "h\nPIPELINING",
     "M|" MRD "S 250 ok|S 550 5.1.1 no|S 554 no valid|M|C RSET|" MRD "S 250 reset|" TAKEN BODY
     "S 250 2.0.0 queued|",
     "RCPT TO refused 550 5.1.1|no\n" DONE},
    {"rcpt-refused-lock-step", "h",
     "M|" MAIL "S 250 ok|" RCPT "S 550 5.1.1 no|M|C RSET|S 250 reset|" MAIL "S 250 ok|" RCPT
     "S 450 later|",
     "RCPT TO refused 550 5.1.1|no\nRCPT TO later 450 |later\n"},
    {"rcpt-refused-503-to-data", "h\nPIPELINING",
     "M|" MRD "S 250 ok|S 450 4.2.0 greylisted|S 503 no recipients|M|C RSET|" MRD,
     "RCPT TO later 450 4.2.0|greylisted\n"},
    {"mail-refused", "h\nPIPELINING",
     "M|" MRD "S 550 5.7.1 not you|S 503 MAIL first|S 503 RCPT first|M|" MRD,
     "MAIL FROM server-refused 550 5.7.1|not you\n"},
    {"mail-later", "h\nPIPELINING", "M|" MRD "S 451 busy|S 503 x|S 503 x|M|" MRD,
     "MAIL FROM server-later 451 |busy\n"},
    {"mail-too-large", "h\nPIPELINING", "M|" MRD "S 552 5.3.4 too big|S 503 x|S 503 x|M|" MRD,
     "MAIL FROM refused 552 5.3.4|too big\n"},
    {"data-refused", "h\nPIPELINING", "M|" MRD "S 250 ok|S 250 ok|S 554 5.7.1 no|M|C RSET|" MRD,
     "DATA refused 554 5.7.1|no\n"},
    {"final-refused", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 554 5.6.0 spam|M|" MRD,
     AUTH "end of data refused 554 5.6.0|spam\n"},
    {"final-later", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 451 4.3.0 queue|M|" MRD,
     AUTH "end of data later 451 4.3.0|queue\n"},

    /* Nobody accepted and still 354. */
    {"lone-dot", "h\nPIPELINING",
     "M|" MRD "S 250 ok|S 550 5.1.1 no|S 354 go|C .|S 554 no valid recipients|M|C RSET|" MRD,
     "RCPT TO refused 550 5.1.1|no\n"},
    {"lone-dot-taken", "h\nPIPELINING",
     "M|" MRD "S 250 ok|S 550 5.1.1 no|S 354 go|C .|S 250 what|",
     "RCPT TO refused 550 5.1.1|no\nclosed\n"},
    {"lone-dot-lost", "h\nPIPELINING", "M|" MRD "S 250 ok|S 550 5.1.1 no|S 354 go|C .|X|",
     "RCPT TO refused 550 5.1.1|no\nclosed\n"},
    {"no-lone-dot-behind-an-accepted-rcpt", "h\nPIPELINING",
     "M|" MRD "S 550 bad|S 250 ok|S 354 go|", "MAIL FROM server-refused 550 |bad\nclosed\n"},

    /* Holding back. */
    {"hold-back", "h\nPIPELINING", "A h|M|" MRD TAKEN, AUTH "DATA reconnect 0 |-\nclosed\n"},
    {"go-later", "h\nPIPELINING",
     "A l|M|" MRD TAKEN "W authorise|G|" BODY "S 250 2.0.0 queued|", DONE},
    {"421-while-authorising", "h\nPIPELINING",
     "A l|M|" MRD TAKEN "W authorise|S 421 4.4.2 timeout|W closed|",
     AUTH "DATA reconnect 421 4.4.2|timeout\nclosed\n"},
    {"421-unread-when-going", "h\nPIPELINING",
     "A l|M|" MRD TAKEN "W authorise|S 421 4.4.2 timeout|B|G|",
     AUTH "DATA reconnect 421 4.4.2|timeout\nclosed\n"},
    {"lost-while-authorising", "h\nPIPELINING", "A l|M|" MRD TAKEN "W authorise|X|",
     AUTH "DATA reconnect 0 |-\nclosed\n"},
    {"freed-while-authorising", "h\nPIPELINING", "A f|M|" MRD TAKEN, AUTH},
    {"junk-behind-354", "h\nPIPELINING", "M|" MRD "S 250 ok|S 250 ok|R 354 go\r\n250 done\r\n|",
     "DATA protocol 0 |-\nclosed\n"},

    /* 421 in each place. */
    {"421-mail", "h\nPIPELINING", "M|" MRD "S 421 4.3.2 down|",
     "MAIL FROM reconnect 421 4.3.2|down\nclosed\n"},
    {"421-rcpt", "h\nPIPELINING", "M|" MRD "S 250 ok|S 421 down|",
     "RCPT TO reconnect 421 |down\nclosed\n"},
    {"421-data", "h\nPIPELINING", "M|" MRD "S 250 ok|S 250 ok|S 421 down|",
     "DATA reconnect 421 |down\nclosed\n"},
    {"421-data-behind-a-refusal", "h\nPIPELINING", "M|" MRD "S 250 ok|S 550 no|S 421 too many|",
     "RCPT TO refused 550 |no\nclosed\n"},
    {"421-rset", "h\nPIPELINING",
     "M|" MRD "S 250 ok|S 550 no|S 554 x|M|C RSET|" MRD "S 421 down|",
     "RCPT TO refused 550 |no\nRSET reconnect 421 |down\nclosed\n"},
    {"421-final", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 421 4.3.2 down|",
     AUTH "end of data later 421 4.3.2|down\nclosed\n"},
    {"421-behind-250", "h\nPIPELINING",
     "M|" MRD TAKEN BODY "R 250 2.0.0 queued\r\n421 bye\r\n|", DONE "closed\n"},
    {"421-idle", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 250 2.0.0 queued|W queued|S 421 idle|",
     DONE "closed\n"},
    {"421-unread-when-sending", "h\nPIPELINING",
     "M|" MRD TAKEN BODY "S 250 2.0.0 queued|W queued|S 421 idle|B|M|",
     DONE "MAIL FROM reconnect 0 |-\nclosed\n"},
    {"lost-idle", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 250 2.0.0 queued|W queued|X|",
     DONE "closed\n"},

    /* Lost before the dot: certain. After it: uncertain. */
    {"lost-mail", "h\nPIPELINING", "M|" MRD "X|", "MAIL FROM reconnect 0 |-\nclosed\n"},
    {"lost-data", "h\nPIPELINING", "M|" MRD "S 250 ok|S 250 ok|X|",
     "DATA reconnect 0 |-\nclosed\n"},
    {"lost-data-behind-a-refusal", "h\nPIPELINING", "M|" MRD "S 250 ok|S 550 no|X|",
     "RCPT TO refused 550 |no\nclosed\n"},
    {"lost-final", "h\nPIPELINING", "M|" MRD TAKEN BODY "X|",
     AUTH "end of data uncertain 0 |-\nclosed\n"},
    {"half-a-final-line", "h\nPIPELINING", "M|" MRD TAKEN BODY "R 250 2.0.0 que|X|",
     AUTH "end of data uncertain 0 |-\nclosed\n"},
    {"half-a-final-reply", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 250-2.0.0 queued|X|",
     AUTH "end of data uncertain 0 |-\nclosed\n"},
    {"reply-then-lost", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 250 2.0.0 queued|X|",
     DONE "closed\n"},
    {"junk-after-dot", "h\nPIPELINING", "M|" MRD TAKEN BODY "S hello there|",
     AUTH "end of data uncertain 0 |-\nclosed\n"},
    {"354-after-dot", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 354 more|",
     AUTH "end of data uncertain 354 |more\nclosed\n"},
    {"codes-change-after-dot", "h\nPIPELINING", "M|" MRD TAKEN BODY "S 250-a|S 550 b|",
     AUTH "end of data uncertain 0 |-\nclosed\n"},

    /* Not SMTP. */
    {"junk-mail", "h\nPIPELINING", "M|" MRD "S hello|", "MAIL FROM protocol 0 |-\nclosed\n"},
    {"354-to-mail", "h\nPIPELINING", "M|" MRD "S 354 go|",
     "MAIL FROM protocol 354 |go\nclosed\n"},
    {"250-to-data", "h\nPIPELINING", "M|" MRD "S 250 a|S 250 b|S 250 c|",
     "DATA protocol 250 |c\nclosed\n"},
    {"250-to-data-behind-a-refusal", "h\nPIPELINING", "M|" MRD "S 250 a|S 550 b|S 250 c|",
     "RCPT TO refused 550 |b\nclosed\n"},
    {"unasked-when-idle", "h\nPIPELINING", "S 250 surprise|", "closed\n"},
    {"junk-when-idle", "h\nPIPELINING", "R x|", "closed\n"},

    /* Timers. */
    {"silent-mail", "h\nPIPELINING", "M|" MRD "T|", "MAIL FROM reconnect 0 |-\nclosed\n"},
    {"silent-rcpt", "h", "M|" MAIL "S 250 ok|" RCPT "T|", "RCPT TO reconnect 0 |-\nclosed\n"},
    {"silent-data", "h\nPIPELINING",
     "A l|M|" MRD TAKEN "W authorise|T|G|" BODY "S 250 2.0.0 queued|W queued|T|",
     DONE}, /* our own thinking and being idle have no limit */
    {"silent-final", "h\nPIPELINING", "M|" MRD TAKEN BODY "T|",
     AUTH "end of data uncertain 0 |-\nclosed\n"},

    /* Leaving. */
    {"quit", "h\nPIPELINING", "Q|C QUIT|S 221 bye|", "closed well\n"},
    {"quit-closed-at-once", "h\nPIPELINING", "Q|C QUIT|X|", "closed well\n"},
    {"quit-silent", "h\nPIPELINING", "Q|C QUIT|T|", "closed well\n"},
    {"quit-behind-a-message", "h\nPIPELINING",
     "M|Q|" MRD TAKEN BODY "S 250 2.0.0 queued|C QUIT|S 221 bye|", DONE "closed well\n"},

    /* Trying an envelope. */
    {"try", "h\nPIPELINING",
     "E|" MAIL RCPT "C RSET|S 250 ok|S 250 2.1.5 fine|S 250 reset|M|" MRD,
     "RCPT TO proceed 250 2.1.5|fine\n"},
    {"try-lock-step", "h",
     "E|" MAIL "S 250 ok|" RCPT "S 250 2.1.5 fine|C RSET|S 250 reset|M|" MAIL,
     "RCPT TO proceed 250 2.1.5|fine\n"},
    {"try-refused", "h\nPIPELINING",
     "E|" MAIL RCPT "C RSET|S 250 ok|S 550 5.1.1 no|S 250 reset|M|" MRD,
     "RCPT TO refused 550 5.1.1|no\n"},
    {"try-refused-lock-step", "h", "E|" MAIL "S 250 ok|" RCPT "S 550 5.1.1 no|M|C RSET|",
     "RCPT TO refused 550 5.1.1|no\n"},
    {"try-lost-behind-it", "h\nPIPELINING",
     "E|" MAIL RCPT "C RSET|S 250 ok|S 250 2.1.5 fine|X|",
     "RCPT TO proceed 250 2.1.5|fine\nclosed\n"},
};

static void test_script(gconstpointer data)
{
    const struct script *script = data;
    struct rig r;
    rig_init(&r, script->capabilities, "Subject: x\r\n\r\nhi\r\n");
    run_script(&r, script->script);
    wait_log(&r, script->log);
    g_assert_cmpuint(r.seen->len, ==, 0);
    g_assert_true((r.session == NULL) ==
                  (strstr(script->log, "closed") != NULL || strstr(script->script, "A f")));
    rig_clear(&r);
}

static void test_not_idle_before_closed(void)
{
    struct rig r;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    run_script(&r, "M|" MRD TAKEN "C x|C .|R 250 ok\r\n421 bye\r\n|");
    wait_log(&r, AUTH "end of data accepted 250 |ok\nclosed\n");
    g_assert_false(r.was_idle_in_result);
    rig_clear(&r);
}

static void test_busy_is_try_again(void)
{
    struct rig r;
    g_autoptr(GError) error = NULL;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    run_script(&r, "M|");
    g_assert_false(smtp_send(r.session, &r.message, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN);
    run_script(&r, MRD);
    rig_clear(&r);
}

static void test_invalid_leaves_idle(void)
{
    struct rig r;
    g_autoptr(GError) error = NULL;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    r.message.recipient = "a@b\r\nDATA";
    g_assert_false(smtp_send(r.session, &r.message, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_true(smtp_is_idle(r.session));
    g_assert_cmpint(smtp_sent_count(r.session), ==, 0);
    r.message.recipient = "r@b.test";
    run_script(&r, "M|" MRD);
    g_assert_cmpint(smtp_sent_count(r.session), ==, 1);
    rig_clear(&r);
}

static void test_free_in_result(void)
{
    struct rig r;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    r.free_in_result = TRUE;
    run_script(&r, "M|" MRD TAKEN "C x|C .|R 250 ok\r\n421 bye\r\n|");
    wait_log(&r, AUTH "end of data accepted 250 |ok\n");
    g_assert_null(r.session);
    rig_clear(&r);
}

static void test_transcript(void)
{
    struct rig r;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    run_script(&r, "M|" MRD "S 250 2.1.0 ok|S 550-5.1.1 no \x1b[2J|S 550 5.1.1 such|S 554 x|"
                   "W refused|");
    g_assert_cmpstr(r.lines->str, ==,
                    "> MAIL FROM:<s@a.test>\n> RCPT TO:<r@b.test>\n> DATA\n< 250 2.1.0 ok\n"
                    "< 550-5.1.1 no \\x1b[2J\n< 550 5.1.1 such\n< 554 x\n");
    rig_clear(&r);
}

/* A body of many buffers, cut into uneven chunks, to a reader that takes it bit by bit. */
static void test_large_body(void)
{
    enum { LINES = 40000 };
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) want = g_string_new(NULL);
    for (int i = 0; i < LINES; i++) {
        g_string_append_printf(text, "%s%d a line\r\n", i % 3 ? "" : ".", i);
        g_string_append_printf(want, "%s%d a line\r\n", i % 3 ? "" : "..", i);
    }
    g_string_append(want, ".\r\n");
    GArray *chunks = g_array_new(FALSE, FALSE, sizeof(struct smtp_chunk));
    for (gsize at = 0, n = 1; at < text->len; at += n, n = n * 7 % 9973 + 1) {
        struct smtp_chunk c = {text->str + at, MIN(n, text->len - at)};
        g_array_append_val(chunks, c);
    }
    struct rig r;
    rig_init(&r, "h\nPIPELINING", "");
    r.message.chunks = (const struct smtp_chunk *)(void *)chunks->data;
    r.message.n_chunks = chunks->len;
    r.message.size = text->len;
    run_script(&r, "M|" MRD TAKEN);
    expect(&r, want->str, want->len);
    run_script(&r, "S 250 ok|");
    wait_log(&r, AUTH "end of data accepted 250 |ok\n");
    g_array_free(chunks, TRUE);
    rig_clear(&r);
}

enum cut { CUT_LOST, CUT_SILENT, CUT_451, CUT_421, CUT_250 };

/* In the middle of a long body that the server does not read: it certainly did not go. */
static void test_cut_body(gconstpointer data)
{
    static const char *const logs[] = {
        [CUT_LOST] = AUTH "DATA reconnect 0 |-\nclosed\n",
        [CUT_SILENT] = AUTH "DATA reconnect 0 |-\nclosed\n",
        [CUT_451] = AUTH "DATA later 451 |full\nclosed\n",
        [CUT_421] = AUTH "DATA reconnect 421 |bye\nclosed\n",
        [CUT_250] = AUTH "DATA protocol 250 |what\nclosed\n",
    };
    enum cut cut = (enum cut)GPOINTER_TO_INT(data);
    g_autofree char *text = g_strnfill(8 * 1024 * 1024, 'x');
    struct rig r;
    rig_init(&r, "h\nPIPELINING", text);
    run_script(&r, "M|" MRD TAKEN);
    gint64 begun_us = clock_mono_us();
    while (r.log->len == 0) {
        loop_run_once(r.loop, 1000); /* the server's end is not read from here on */
        g_assert_cmpint(clock_mono_us() - begun_us, <, PATIENCE_US);
    }
    g_assert_false(smtp_is_after_dot(r.session));
    g_assert_false(smtp_is_idle(r.session));
    if (cut == CUT_LOST)
        close_peer(&r);
    else if (cut == CUT_SILENT)
        step(&r, 'T', "");
    else
        say(&r, cut == CUT_451   ? "451 full\r\n"
                : cut == CUT_421 ? "421 bye\r\n"
                                 : "250 what\r\n");
    while (r.session) {
        loop_run_once(r.loop, 1000);
        g_assert_cmpint(clock_mono_us() - begun_us, <, PATIENCE_US);
    }
    g_assert_cmpstr(r.log->str, ==, logs[cut]);
    rig_clear(&r);
}

static void test_after_dot(void)
{
    struct rig r;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    run_script(&r, "A l|M|" MRD TAKEN "W authorise|");
    g_assert_false(smtp_is_after_dot(r.session));
    smtp_go(r.session);
    g_assert_true(smtp_is_after_dot(r.session));
    run_script(&r, "C x|C .|S 250 ok|W accepted|");
    g_assert_false(smtp_is_after_dot(r.session));
    rig_clear(&r);
}

/* The send that carries the dot fails: bytes of it may have gone all the same. */
static void test_broken_send_with_dot(void)
{
    struct rig r;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    run_script(&r, "A l|M|" MRD TAKEN "W authorise|");
    g_assert_cmpint(shutdown(r.peer, SHUT_RD), ==, 0);
    smtp_go(r.session);
    g_assert_cmpstr(r.log->str, ==, AUTH); /* callbacks come from the loop only */
    wait_log(&r, AUTH "end of data uncertain 0 |-\nclosed\n");
    rig_clear(&r);
}

/* The same with the envelope: nothing can have gone. */
static void test_broken_send_with_envelope(void)
{
    struct rig r;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    g_assert_cmpint(shutdown(r.peer, SHUT_RD), ==, 0);
    run_script(&r, "M|");
    g_assert_cmpstr(r.log->str, ==, "");
    wait_log(&r, "MAIL FROM reconnect 0 |-\nclosed\n");
    rig_clear(&r);
}

/* Small messages leave in one piece: envelope and body are one send each. */
static void test_one_write_each(void)
{
    struct rig r;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    char buffer[256];
    run_script(&r, "A l|M|");
    gssize n = read(r.peer, buffer, sizeof buffer);
    g_assert_cmpmem(buffer, (gsize)n, "MAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nDATA\r\n",
                    48);
    run_script(&r, TAKEN "W authorise|G|");
    n = read(r.peer, buffer, sizeof buffer);
    g_assert_cmpmem(buffer, (gsize)n, "x\r\n.\r\n", 6);
    rig_clear(&r);
}

static void test_timeouts_by_phase(void)
{
    struct rig r;
    rig_init(&r, "h\nPIPELINING", "x\r\n");
    smtp_set_timeouts(r.session, &(struct smtp_timeouts){.mail_s = 10, .dot_s = 20});
    run_script(&r, "M|" MRD);
    smtp_tick(r.session, 5 * CLOCK_SECOND_US);
    smtp_tick(r.session, 15 * CLOCK_SECOND_US - 1);
    g_assert_cmpstr(r.log->str, ==, "");
    run_script(&r, TAKEN "C x|C .|");
    smtp_tick(r.session, 100 * CLOCK_SECOND_US);
    smtp_tick(r.session, 119 * CLOCK_SECOND_US);
    g_assert_cmpstr(r.log->str, ==, AUTH);
    smtp_tick(r.session, 120 * CLOCK_SECOND_US);
    g_assert_cmpstr(r.log->str, ==, AUTH "end of data uncertain 0 |-\nclosed\n");
    rig_clear(&r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
        g_autofree char *name = g_strconcat("/smtp/script/", scripts[i].name, NULL);
        g_test_add_data_func(name, &scripts[i], test_script);
    }
    static const char *const cuts[] = {"lost", "silent", "451", "421", "250"};
    for (int i = 0; i < (int)G_N_ELEMENTS(cuts); i++) {
        g_autofree char *name = g_strconcat("/smtp/cut-body/", cuts[i], NULL);
        g_test_add_data_func(name, GINT_TO_POINTER(i), test_cut_body);
    }
    g_test_add_func("/smtp/not-idle-before-closed", test_not_idle_before_closed);
    g_test_add_func("/smtp/busy-is-try-again", test_busy_is_try_again);
    g_test_add_func("/smtp/invalid-leaves-idle", test_invalid_leaves_idle);
    g_test_add_func("/smtp/free-in-result", test_free_in_result);
    g_test_add_func("/smtp/transcript", test_transcript);
    g_test_add_func("/smtp/large-body", test_large_body);
    g_test_add_func("/smtp/after-dot", test_after_dot);
    g_test_add_func("/smtp/broken-send/dot", test_broken_send_with_dot);
    g_test_add_func("/smtp/broken-send/envelope", test_broken_send_with_envelope);
    g_test_add_func("/smtp/one-write-each", test_one_write_each);
    g_test_add_func("/smtp/timeouts-by-phase", test_timeouts_by_phase);
    return g_test_run();
}

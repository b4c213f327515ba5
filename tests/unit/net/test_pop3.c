/*
 * The POP3 session over a socket pair: every fault is a row of data, a short script of what the
 * server and the owner do, and the events that must come of it.
 */
#include "config.h"

#include "net/pop3.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "tests/unit/patience.h"

#define MESSAGE_ROOM 32

struct rig {
    struct loop *loop;
    struct stream *stream;        /* the session's */
    struct pop3_session *session; /* NULL once freed */
    int peer;                     /* the server's end, -1 once closed */
    GString *seen;                /* octets the server has and no step has asked for */
    GString *log;                 /* one line an event */
    GString *lines;               /* the transcript */
    gboolean free_in_result;
    const char *next; /* asked for from within the result; NULL: nothing */
};

/* "RETR 3", "TOP 3 10". */
static gboolean ask(struct rig *r, const char *what, GError **error)
{
    g_auto(GStrv) words = g_strsplit(what, " ", 3);
    struct pop3_ask a = {.command = POP3_COMMAND_COUNT, .max_bytes = MESSAGE_ROOM};
    for (int i = 0; i < POP3_COMMAND_COUNT; i++)
        if (strcmp(pop3_command_name((enum pop3_command)i), words[0]) == 0)
            a.command = (enum pop3_command)i;
    g_assert_cmpint(a.command, <, POP3_COMMAND_COUNT);
    if (words[1]) {
        a.number = g_ascii_strtoll(words[1], NULL, 10);
        a.n_lines = words[2] ? g_ascii_strtoll(words[2], NULL, 10) : 0;
    }
    return pop3_ask(r->session, &a, error);
}

static void log_result(struct rig *r, const struct pop3_result *result)
{
    static const char *const outcomes[] = {"ok", "refused", "lost"};
    GString *log = r->log;
    g_string_append_printf(log, "%s %s", pop3_command_name(result->command),
                           outcomes[result->outcome]);
    if (result->outcome == POP3_REFUSED)
        g_string_append_printf(log, " %s|%s", pop3_code_name(result->code), result->text);
    if (result->outcome == POP3_OK && result->command == POP3_STAT)
        g_string_append_printf(log, " %d %d", (int)result->n_messages, (int)result->n_bytes);
    if (result->outcome == POP3_OK && result->command == POP3_QUIT)
        g_string_append_printf(log, " %d deleted", (int)result->n_deleted);
    for (gsize i = 0; i < result->n_items; i++)
        g_string_append_printf(log, " %d:%d:%s", (int)result->items[i].number,
                               (int)result->items[i].bytes,
                               result->items[i].uid ? result->items[i].uid : "-");
    if (result->n_unread > 0)
        g_string_append_printf(log, " unread %d", (int)result->n_unread);
    if (result->message)
        g_string_append_printf(log, " %d {%s}", (int)result->message_len, result->message);
    if (result->capabilities)
        g_string_append_printf(log, "%s%s %s", result->capabilities->top ? " top" : "",
                               result->capabilities->uidl ? " uidl" : "",
                               result->capabilities->sasl);
    g_string_append(log, result->is_cut ? " cut\n" : "\n");
}

static void on_result(struct pop3_session *s, const struct pop3_result *result, void *data)
{
    struct rig *r = data;
    if (r->free_in_result) {
        pop3_free(s);
        r->session = NULL;
    } else if (r->next) {
        const char *next = r->next;
        r->next = NULL;
        g_assert_true(ask(r, next, NULL));
    }
    log_result(r, result); /* it must outlive those calls */
}

static void on_closed(struct pop3_session *s, const GError *why, void *data)
{
    struct rig *r = data;
    g_assert_false(pop3_is_idle(s));
    g_string_append_printf(r->log, "closed%s%s\n", why ? ": " : " well",
                           why ? why->message : "");
    pop3_free(s);
    r->session = NULL;
}

static void on_line(struct pop3_session *s, char direction, const char *text, void *data)
{
    struct rig *r = data;
    g_string_append_printf(r->lines, "%c %s\n", direction, text);
}

static const struct pop3_handler handler = {on_result, on_closed, on_line};

static void on_ready(struct stream *stream, unsigned events, void *data)
{
    struct rig *r = data;
    if (r->session)
        pop3_ready(r->session, events);
}

static void rig_init(struct rig *r)
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
    r->stream = stream_new_fd(r->loop, fds[0], NULL, &stream_handler, r);
    r->session = pop3_new(r->stream, &handler, r);
}

static void rig_clear(struct rig *r)
{
    pop3_free(r->session);
    if (r->peer >= 0)
        close(r->peer);
    loop_free(r->loop);
    g_string_free(r->seen, TRUE);
    g_string_free(r->log, TRUE);
    g_string_free(r->lines, TRUE);
}

static void turn(struct rig *r, gint64 begun_us)
{
    char buffer[4096];
    gssize n;
    loop_run_once(r->loop, 1000);
    while (r->peer >= 0 && (n = read(r->peer, buffer, sizeof buffer)) > 0)
        g_string_append_len(r->seen, buffer, n);
    if (clock_mono_us() - begun_us > PATIENCE_US)
        g_error("nothing more came; log:\n%sseen:\n%s", r->log->str, r->seen->str);
}

/* Waits until the client has said exactly this. */
static void expect(struct rig *r, const char *line)
{
    g_autofree char *whole = g_strconcat(line, "\r\n", NULL);
    gsize len = strlen(whole);
    gint64 begun_us = clock_mono_us();
    while (r->seen->len < len)
        turn(r, begun_us);
    g_autofree char *got = g_strndup(r->seen->str, len);
    g_assert_cmpstr(got, ==, whole);
    g_string_erase(r->seen, 0, (gssize)len);
}

static void say(struct rig *r, const char *bytes, gsize len)
{
    gint64 begun_us = clock_mono_us();
    for (gsize at = 0; at < len;) {
        gssize n = write(r->peer, bytes + at, len - at);
        g_assert_true(n > 0 || errno == EAGAIN);
        at += n > 0 ? (gsize)n : 0;
        if (at < len)
            turn(r, begun_us);
    }
}

static void say_line(struct rig *r, const char *line)
{
    g_autofree char *whole = g_strconcat(line, "\r\n", NULL);
    say(r, whole, strlen(whole));
}

static void wait_log(struct rig *r, const char *part)
{
    gint64 begun_us = clock_mono_us();
    while (!strstr(r->log->str, part))
        turn(r, begun_us);
}

static void wait_idle(struct rig *r)
{
    gint64 begun_us = clock_mono_us();
    while (!pop3_is_idle(r->session))
        turn(r, begun_us);
}

static void pass_time(struct rig *r, gint64 seconds)
{
    pop3_tick(r->session, 1);
    pop3_tick(r->session, 1 + (seconds - 1) * CLOCK_SECOND_US);
    g_assert_nonnull(r->session);
    pop3_tick(r->session, 1 + seconds * CLOCK_SECOND_US);
}

/* One step of a script: a letter and its argument. */
static void step(struct rig *r, char what, const char *argument)
{
    switch (what) {
    case 'A': /* the owner asks for this */
        wait_idle(r);
        g_assert_true(ask(r, argument, NULL));
        break;
    case 'C': /* the client says this line */
        expect(r, argument);
        break;
    case 'S': /* the server says this line */
        say_line(r, argument);
        break;
    case 'R': /* the server says these bytes */
        say(r, argument, strlen(argument));
        break;
    case 'X': /* the server closes */
        close(r->peer);
        r->peer = -1;
        break;
    case 'B': /* the loop is busy with others for a turn */
        stream_want(r->stream, 0);
        loop_run_once(r->loop, 0);
        stream_want(r->stream, LOOP_IN);
        break;
    case 'W': /* until the log has it */
        wait_log(r, argument);
        break;
    case 'T': /* so many seconds pass without a word */
        pass_time(r, g_ascii_strtoll(argument, NULL, 10));
        break;
    case 'F':
        r->free_in_result = TRUE;
        break;
    default:
        g_assert_not_reached();
    }
}

static void run_script(struct rig *r, const char *script)
{
    g_auto(GStrv) steps = g_strsplit(script, "|", -1);
    for (int i = 0; steps[i]; i++)
        if (steps[i][0])
            step(r, steps[i][0], steps[i][1] == ' ' ? steps[i] + 2 : steps[i] + 1);
}

#define UNASKED "the server said something that was not asked for"
#define GONE "closed: the server closed the connection\n"
#define MARK "A DELE 1|C DELE 1|S +OK|A DELE 2|C DELE 2|S +OK|"
#define MARKED "DELE ok\nDELE ok\n"

struct script {
    const char *name, *script, *log;
};
static const struct script scripts[] = {
    {"stat", "A STAT|C STAT|S +OK 2 320|", "STAT ok 2 320\n"},
    {"stat-without-numbers", "A STAT|C STAT|S +OK two messages|",
     "STAT lost\nclosed: the server's answer to STAT has no numbers: two messages\n"},
    {"capa", "A CAPA|C CAPA|S +OK|S TOP|S SASL PLAIN|S UIDL|S X-ODD|S .|",
     "CAPA ok top uidl PLAIN\n"},
    {"capa-unknown", "A CAPA|C CAPA|S -ERR what|A NOOP|C NOOP|S +OK|",
     "CAPA refused |what\nNOOP ok\n"},
    {"uidl", "A UIDL|C UIDL|S +OK|S 1 aa|S 2 bb|S .|", "UIDL ok 1:0:aa 2:0:bb\n"},
    {"uidl-empty", "A UIDL|C UIDL|S +OK|S .|", "UIDL ok\n"},
    {"uidl-odd-lines", "A UIDL|C UIDL|S +OK|S 1 aa|S x|S 2 b b|S 3 cc|S .|",
     "UIDL ok 1:0:aa 3:0:cc unread 2\n"},
    {"uidl-refused", "A UIDL|C UIDL|S -ERR [SYS/TEMP] later|A NOOP|C NOOP|S +OK|",
     "UIDL refused SYS/TEMP|[SYS/TEMP] later\nNOOP ok\n"},
    {"list", "A LIST|C LIST|S +OK|S 1 120|S 2 200|S .|", "LIST ok 1:120:- 2:200:-\n"},
    {"retr", "A RETR 1|C RETR 1|S +OK|S ..a|S .|", "RETR ok 4 {.a\r\n}\n"},
    {"retr-in-bits", "A RETR 1|C RETR 1|R +O|B|R K\r\nhi\r|B|R \n.|B|R \r|B|R \n|",
     "RETR ok 4 {hi\r\n}\n"},
    {"retr-too-large",
     "A RETR 9|C RETR 9|S +OK|S 123456789012345678901234567890|S 12|S .|A RETR 1|C RETR 1|"
     "S +OK|S x|S .|",
     "RETR ok 32 {123456789012345678901234567890\r\n} cut\nRETR ok 3 {x\r\n}\n"},
    {"retr-refused", "A RETR 7|C RETR 7|S -ERR no such message|A RETR 1|C RETR 1|S +OK|S .|",
     "RETR refused |no such message\nRETR ok 0 {}\n"},
    {"top", "A TOP 3 10|C TOP 3 10|S +OK|S Subject: x|S .|", "TOP ok 12 {Subject: x\r\n}\n"},

    /* Only QUIT's +OK deletes. */
    {"quit", "A QUIT|C QUIT|S +OK bye|", "QUIT ok 0 deleted\nclosed well\n"},
    {"deleted", MARK "A QUIT|C QUIT|S +OK|", MARKED "QUIT ok 2 deleted\nclosed well\n"},
    {"deleted-once", "A DELE 1|C DELE 1|S +OK|A DELE 1|C DELE 1|S -ERR is|A QUIT|C QUIT|S +OK|",
     "DELE ok\nDELE refused |is\nQUIT ok 1 deleted\nclosed well\n"},
    {"reset", MARK "A RSET|C RSET|S +OK|A QUIT|C QUIT|S +OK|",
     MARKED "RSET ok\nQUIT ok 0 deleted\nclosed well\n"},
    {"reset-refused", MARK "A RSET|C RSET|S -ERR|A QUIT|C QUIT|S +OK|",
     MARKED "RSET refused |\nQUIT ok 2 deleted\nclosed well\n"},
    {"quit-refused", MARK "A QUIT|C QUIT|S -ERR some not removed|",
     MARKED "QUIT refused |some not removed\nclosed well\n"},
    {"quit-lost", MARK "A QUIT|C QUIT|X|", MARKED "QUIT lost\n" GONE},
    {"quit-half-answered", MARK "A QUIT|C QUIT|R +OK|X|", MARKED "QUIT lost\n" GONE},
    {"quit-unanswered", MARK "A QUIT|C QUIT|T 300|",
     MARKED "QUIT lost\nclosed: no answer to QUIT within 5 min\n"},
    {"words-behind-quit", "A QUIT|C QUIT|R +OK\r\n+OK\r\n|",
     "QUIT ok 0 deleted\nclosed well\n"},

    /* The end in the middle. */
    {"lost-idle", "X|W closed|", GONE},
    {"lost-asked", "A STAT|C STAT|X|", "STAT lost\n" GONE},
    {"lost-in-list", "A UIDL|C UIDL|S +OK|S 1 a|X|", "UIDL lost\n" GONE},
    {"lost-in-message", "A RETR 1|C RETR 1|S +OK|S a|S ..|X|", "RETR lost\n" GONE},
    {"lost-before-the-last-lf", "A RETR 1|C RETR 1|S +OK|R a\r\n.\r|X|", "RETR lost\n" GONE},
    {"unanswered", "A RETR 1|C RETR 1|T 120|",
     "RETR lost\nclosed: no answer to RETR within 2 min\n"},
    {"freed-in-result", "F|A NOOP|C NOOP|S +OK|", "NOOP ok\n"},
    {"freed-in-lost-result", "F|A NOOP|C NOOP|X|", "NOOP lost\n"},

    /* What is no answer, and what nobody asked for. */
    {"junk", "A STAT|C STAT|S * BYE|",
     "STAT lost\nclosed: this is no answer of a POP3 server: * BYE\n"},
    {"unasked", "S +OK hi|W closed|", "closed: " UNASKED "\n"},
    {"told-why", "S -ERR [SYS/TEMP] going down|W closed|",
     "closed: the server closes the connection: [SYS/TEMP] going down\n"},
    {"two-answers", "A STAT|C STAT|R +OK 1 2\r\n+OK\r\n|",
     "STAT ok 1 2\nclosed: " UNASKED "\n"},
    {"unread-when-asking", "A NOOP|C NOOP|S +OK|W NOOP|S -ERR idle too long|B|A STAT|",
     "NOOP ok\nSTAT lost\nclosed: the server closes the connection: idle too long\n"},
    {"half-an-answer-when-asking", "A NOOP|C NOOP|S +OK|W NOOP|R +OK|B|A STAT|",
     "NOOP ok\nSTAT lost\nclosed: " UNASKED "\n"},
};

static void test_script(gconstpointer data)
{
    const struct script *s = data;
    struct rig r;
    rig_init(&r);
    run_script(&r, s->script);
    gint64 begun_us = clock_mono_us();
    while (r.log->len < strlen(s->log))
        turn(&r, begun_us);
    g_assert_cmpstr(r.log->str, ==, s->log);
    rig_clear(&r);
}

/* The next command goes from within the result, whose list stays whole meanwhile. */
static void test_next_in_result(void)
{
    struct rig r;
    rig_init(&r);
    r.next = "LIST";
    run_script(&r, "A UIDL|C UIDL|S +OK|S 1 aa|S .|C LIST|S +OK|S 1 5|S .|W LIST");
    g_assert_cmpstr(r.log->str, ==, "UIDL ok 1:0:aa\nLIST ok 1:5:-\n");
    rig_clear(&r);
}

/* What nobody asked for lies behind all that one read takes: it is no answer to the command
 * that goes from within the result. */
static void test_unasked_behind_a_full_read(void)
{
    enum { READ_BYTES = 16384 }; /* as pop3.c's */
    struct rig r;
    rig_init(&r);
    g_autofree char *body = g_strnfill(READ_BYTES - strlen("+OK\r\n\r\n.\r\n"), 'x');
    g_autofree char *answer = g_strconcat("+OK\r\n", body, "\r\n.\r\n+OK\r\n", NULL);
    g_assert_cmpuint(strlen(answer), ==, READ_BYTES + strlen("+OK\r\n"));
    r.next = "NOOP";
    g_assert_true(ask(&r, "RETR 1", NULL));
    expect(&r, "RETR 1");
    say(&r, answer, strlen(answer));
    wait_log(&r, "closed");
    g_assert_nonnull(strstr(r.log->str, "NOOP lost\nclosed: " UNASKED "\n"));
    rig_clear(&r);
}

static void test_busy(void)
{
    struct rig r;
    g_autoptr(GError) error = NULL;
    rig_init(&r);
    g_assert_true(ask(&r, "NOOP", NULL));
    g_assert_false(ask(&r, "STAT", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN);
    run_script(&r, "C NOOP|S +OK|W NOOP ok");
    g_assert_cmpuint(r.seen->len, ==, 0);
    rig_clear(&r);
}

/* Whoever frees a session deletes nothing: no QUIT may leave. */
static void test_free_is_no_quit(void)
{
    struct rig r;
    rig_init(&r);
    run_script(&r, MARK "W DELE ok\nDELE ok");
    g_assert_cmpint(pop3_count_marked(r.session), ==, 2);
    pop3_free(r.session);
    r.session = NULL;
    char buffer[16];
    g_assert_cmpint(read(r.peer, buffer, sizeof buffer), ==, 0);
    rig_clear(&r);
}

static void test_transcript(void)
{
    struct rig r;
    rig_init(&r);
    run_script(&r, "A CAPA|C CAPA|S +OK hi \x1b[2J|S TOP|S .|A RETR 1|C RETR 1|S +OK|S secret|"
                   "S .|A UIDL|C UIDL|S -ERR no|W UIDL");
    g_assert_cmpstr(r.lines->str, ==,
                    "> CAPA\n< +OK hi \\x1b[2J\n< TOP\n> RETR 1\n< +OK\n> UIDL\n< -ERR no\n");
    rig_clear(&r);
}

/* The numbers and UIDs of many messages, through a socket that takes them piece by piece. */
static void test_many(void)
{
    enum { MANY = 5000 };
    struct rig r;
    g_autoptr(GString) list = g_string_new("+OK\r\n"), log = g_string_new("UIDL ok");
    rig_init(&r);
    for (int i = 1; i <= MANY; i++) {
        g_string_append_printf(list, "%d uid-%d\r\n", i, i * 7);
        g_string_append_printf(log, " %d:0:uid-%d", i, i * 7);
    }
    g_string_append(list, ".\r\n");
    g_string_append(log, "\n");
    g_assert_true(ask(&r, "UIDL", NULL));
    expect(&r, "UIDL");
    say(&r, list->str, list->len);
    wait_log(&r, "\n");
    g_assert_cmpstr(r.log->str, ==, log->str);
    rig_clear(&r);
}

/* One more than there is room for. */
static void test_too_many(void)
{
    struct rig r;
    g_autoptr(GString) list = g_string_new("+OK\r\n");
    rig_init(&r);
    for (int i = 1; i <= POP3_ITEMS_MAX + 1; i++)
        g_string_append_printf(list, "%d 1\r\n", i);
    g_string_append(list, ".\r\n");
    g_assert_true(ask(&r, "LIST", NULL));
    expect(&r, "LIST");
    say(&r, list->str, list->len);
    wait_log(&r, "\n");
    g_assert_nonnull(strstr(r.log->str, " 250000:1:- unread 1\n"));
    rig_clear(&r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
        g_autofree char *path = g_strconcat("/pop3/script/", scripts[i].name, NULL);
        g_test_add_data_func(path, &scripts[i], test_script);
    }
    g_test_add_func("/pop3/next-in-result", test_next_in_result);
    g_test_add_func("/pop3/unasked-behind-a-full-read", test_unasked_behind_a_full_read);
    g_test_add_func("/pop3/busy", test_busy);
    g_test_add_func("/pop3/free-is-no-quit", test_free_is_no_quit);
    g_test_add_func("/pop3/transcript", test_transcript);
    g_test_add_func("/pop3/many", test_many);
    g_test_add_func("/pop3/too-many", test_too_many);
    return g_test_run();
}

/*
 * Several messages in hand over a socket pair, chained or by BDAT, against a small honest server
 * that is made to do one odd thing: any reply at any step, a cut after any octet in either direction, an owner that
 * holds back. What must be true whatever happens is asserted once, in check_fates(): nobody is
 * told to be unsent whose mail the server has, nobody sent whose final reply is not there.
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

#define MESSAGES 4
#define WINDOW 3
#define STILL 20   /* turns without an octet on a socket pair in one thread: none will come */
#define SILENCE "" /* an odd reply: none, and nothing more is said */

/* ---- the server ---- */

struct fate { /* what the server knows of a message */
    gboolean has_all;
    gboolean was_told; /* its final reply left in full */
    int final_code;
};

struct peer {
    int fd; /* -1 once closed */
    GString *in, *out;
    GString *content;
    gboolean is_in_data, has_mail, is_silent, is_cut;
    gboolean is_in_bdat;
    gsize bdat_left;
    gboolean opens_for_nobody; /* 354 although no recipient was taken */
    int to;                    /* the message of this transaction, -1 */
    int n_replies, odd_at;     /* the odd reply takes the place of this one */
    const char *odd;
    gsize read_left, write_left; /* octets until the cut */
    struct fate fates[MESSAGES];
    int empty_bodies; /* taken for somebody: must never be */
    const char *body; /* what each must be; NULL: wire_body() */
};

static const char *body_of(int i)
{
    static const char *const bodies[MESSAGES] = {
        "Subject: a\r\n\r\n.hi\r\n..\r\n", "Subject: b\r\n\r\nMAIL FROM:<x@y>\r\nDATA\r\n",
        "Subject: c\r\n\r\n.\r\n", "Subject: d\r\n\r\nend without a line end"};
    return bodies[i];
}

static char *wire_body(int i, gboolean is_raw)
{
    g_auto(GStrv) lines = g_strsplit(body_of(i), "\r\n", -1);
    GString *s = g_string_new(NULL);
    for (int k = 0; lines[k]; k++) {
        if (lines[k + 1] || lines[k][0])
            g_string_append_printf(s, "%s%s\r\n", lines[k][0] == '.' && !is_raw ? "." : "", lines[k]);
    }
    return g_string_free(s, FALSE);
}

static void peer_close(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

/* The code that was said, 0: none that is one. */
static int peer_reply(struct peer *p, const char *line)
{
    if (p->is_silent)
        return 0;
    if (p->n_replies++ == p->odd_at) {
        line = p->odd;
        p->is_silent = line[0] == '\0';
        p->is_cut = g_str_has_prefix(line, "421") || strcmp(line, "close") == 0;
        if (p->is_cut && line[0] == 'c')
            return 0;
    }
    if (!p->is_silent)
        g_string_append_printf(p->out, "%s\r\n", line);
    return (int)g_ascii_strtoll(line, NULL, 10);
}

static gboolean is_good(int code)
{
    return code >= 200 && code < 400;
}

static void peer_final(struct peer *p)
{
    int code = p->to >= 0 ? peer_reply(p, "250 2.0.0 queued") : peer_reply(p, "554 nobody");
    if (p->to >= 0) {
        g_autofree char *want = wire_body(p->to, p->is_in_bdat);
        g_assert_false(p->fates[p->to].has_all);
        if (p->content->len == 0)
            p->empty_bodies++;
        else
            g_assert_cmpstr(p->content->str, ==, p->body ? p->body : want);
        p->fates[p->to].has_all = TRUE;
        p->fates[p->to].final_code = code;
    }
    p->has_mail = p->is_in_data = FALSE;
    p->to = -1;
}

/* False: more octets are needed. */
static gboolean peer_chunk(struct peer *p)
{
    gsize n = MIN(p->bdat_left, p->in->len);
    g_string_append_len(p->content, p->in->str, (gssize)n);
    g_string_erase(p->in, 0, (gssize)n);
    p->bdat_left -= n;
    if (p->bdat_left > 0)
        return FALSE;
    gboolean was_open = p->has_mail;
    if (p->to >= 0)
        peer_final(p);
    else
        peer_reply(p, "503 nobody");
    p->has_mail = p->has_mail && was_open; /* open still when it took nobody */
    p->is_in_bdat = FALSE;
    return TRUE;
}

static void peer_command(struct peer *p, const char *line)
{
    if (g_str_has_prefix(line, "MAIL FROM:")) {
        p->has_mail =
            p->has_mail ? peer_reply(p, "503 nested") == 0 : is_good(peer_reply(p, "250 ok"));
    } else if (g_str_has_prefix(line, "RCPT TO:<r")) {
        int i = line[10] - '0';
        g_assert_cmpint(i, >=, 0);
        g_assert_cmpint(i, <, MESSAGES);
        int code = p->has_mail ? peer_reply(p, "250 ok") : peer_reply(p, "503 MAIL first");
        p->to = is_good(code) ? i : -1;
    } else if (strcmp(line, "DATA") == 0) {
        gboolean opens = p->to >= 0 || p->opens_for_nobody;
        p->is_in_data = peer_reply(p, opens ? "354 go" : "503 nobody") == 354;
        g_string_truncate(p->content, 0);
    } else if (g_str_has_prefix(line, "BDAT ") && g_str_has_suffix(line, " LAST")) {
        p->bdat_left = (gsize)g_ascii_strtoull(line + 5, NULL, 10);
        g_assert_cmpuint(p->bdat_left, >, 0);
        p->is_in_bdat = TRUE;
        g_string_truncate(p->content, 0);
    } else if (strcmp(line, "RSET") == 0) {
        if (is_good(peer_reply(p, "250 reset"))) {
            p->has_mail = FALSE;
            p->to = -1;
        }
    } else {
        g_error("the client said '%s'", line);
    }
}

static void peer_line(struct peer *p, const char *line)
{
    if (!p->is_in_data)
        peer_command(p, line);
    else if (strcmp(line, ".") == 0)
        peer_final(p);
    else
        g_string_append_printf(p->content, "%s\r\n", line);
}

static void peer_work(struct peer *p)
{
    char *end;
    while (!p->is_cut && !p->is_silent) {
        if (p->is_in_bdat) {
            if (!peer_chunk(p))
                return;
            continue;
        }
        if (!(end = strstr(p->in->str, "\r\n")))
            return;
        g_autofree char *line = g_strndup(p->in->str, (gsize)(end - p->in->str));
        g_string_erase(p->in, 0, end - p->in->str + 2);
        peer_line(p, line);
    }
}

static void peer_write(struct peer *p)
{
    gsize n = MIN(p->out->len, p->write_left);
    if (n > 0)
        g_assert_cmpint(send(p->fd, p->out->str, n, MSG_NOSIGNAL), ==, (gssize)n);
    g_string_erase(p->out, 0, (gssize)n);
    p->write_left -= n;
    if (p->write_left == 0 || p->is_cut)
        peer_close(p);
}

/* Reads, works, writes, as far as it may. */
static void peer_turn(struct peer *p)
{
    char buffer[4096];
    if (p->fd < 0)
        return;
    gssize n = read(p->fd, buffer, MIN(sizeof buffer, p->read_left));
    if (n > 0) {
        g_string_append_len(p->in, buffer, n);
        p->read_left -= (gsize)n;
        peer_work(p);
    }
    if (p->fd >= 0)
        peer_write(p);
    if (p->read_left == 0)
        peer_close(p);
}

/* ---- the owner ---- */

struct rig {
    struct loop *loop;
    struct smtp_session *session; /* NULL once freed */
    struct peer peer;
    struct smtp_chunk chunks[MESSAGES];
    struct smtp_message messages[MESSAGES];
    char addresses[MESSAGES][16];
    int n_sent, n_results, n_authorised, held_back;
    int hold_at; /* this one is held back, -1: none */
    gboolean is_chaining;
    int window; /* 1: no BDAT */
    gboolean was_authorised[MESSAGES];
    struct {
        enum reply_phase phase;
        enum reply_class class;
        int code;
    } results[MESSAGES];
    gboolean is_closed;
};

static void send_next(struct rig *r)
{
    int n_before = r->n_sent;
    while (r->window > 1 && r->n_sent < MESSAGES && smtp_can_send(r->session)) {
        r->was_authorised[r->n_sent] = TRUE;
        g_assert_true(smtp_send(r->session, &r->messages[r->n_sent++], NULL));
    }
    if (r->n_sent > n_before)
        smtp_go(r->session);
    if (r->window > 1)
        return;
    if (r->n_sent < MESSAGES && smtp_can_send(r->session))
        g_assert_true(smtp_send(r->session, &r->messages[r->n_sent++], NULL));
}

static void on_authorise(struct smtp_session *s, void *data)
{
    struct rig *r = data;
    g_assert_cmpint(r->window, ==, 1); /* by BDAT the word comes before */
    int i = r->n_results; /* results come in order, so it is the first without one */
    g_assert_cmpint(i, <, r->n_sent);
    if (i == r->hold_at) {
        r->held_back = i;
        smtp_hold_back(s);
        return;
    }
    r->was_authorised[i] = TRUE;
    if (r->is_chaining)
        send_next(r);
    g_assert_false(smtp_is_after_dot(s));
    smtp_go(s);
}

static void on_result(struct smtp_session *s, const struct smtp_result *result, void *data)
{
    struct rig *r = data;
    g_assert_cmpint(r->n_results, <, r->n_sent);
    r->results[r->n_results].phase = result->phase;
    r->results[r->n_results].class = result->class;
    r->results[r->n_results].code = result->reply.code;
    r->n_results++;
    if (r->window > 1 || r->n_results == r->n_sent)
        send_next(r);
}

static void on_closed(struct smtp_session *s, const GError *why, void *data)
{
    struct rig *r = data;
    g_assert_cmpint(r->n_results, ==, r->n_sent); /* each got its result before */
    r->is_closed = TRUE;
    smtp_free(s);
    r->session = NULL;
}

static const struct smtp_handler handler = {on_authorise, on_result, on_closed, NULL};

static void on_ready(struct stream *stream, unsigned events, void *data)
{
    struct rig *r = data;
    if (r->session)
        smtp_ready(r->session, events);
}

static void rig_init(struct rig *r, int window)
{
    static const struct stream_handler stream_handler = {.ready = on_ready};
    int fds[2];
    memset(r, 0, sizeof *r);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_assert_cmpint(fcntl(fds[1], F_SETFL, O_NONBLOCK), ==, 0);
    r->hold_at = r->held_back = -1;
    r->is_chaining = TRUE;
    r->peer = (struct peer){.fd = fds[1],
                            .in = g_string_new(NULL),
                            .out = g_string_new(NULL),
                            .content = g_string_new(NULL),
                            .to = -1,
                            .odd_at = -1,
                            .read_left = G_MAXSIZE,
                            .write_left = G_MAXSIZE};
    r->loop = loop_new();
    r->session = smtp_new(stream_new_fd(r->loop, fds[0], "h\nPIPELINING\nCHUNKING", &stream_handler, r),
                          &handler, r);
    r->window = smtp_set_window(r->session, window);
    g_assert_cmpint(r->window, ==, window);
    for (int i = 0; i < MESSAGES; i++) {
        g_snprintf(r->addresses[i], sizeof r->addresses[i], "r%d@b.test", i);
        r->chunks[i] = (struct smtp_chunk){body_of(i), strlen(body_of(i))};
        r->messages[i] = (struct smtp_message){.sender = "s@a.test",
                                               .recipient = r->addresses[i],
                                               .chunks = &r->chunks[i],
                                               .n_chunks = 1,
                                               .size = r->chunks[i].len};
    }
}

static void rig_clear(struct rig *r)
{
    smtp_free(r->session);
    peer_close(&r->peer);
    g_string_free(r->peer.in, TRUE);
    g_string_free(r->peer.out, TRUE);
    g_string_free(r->peer.content, TRUE);
    loop_free(r->loop);
}

/* Until everything is sent or the connection is over. */
static void run(struct rig *r)
{
    gint64 begun_us = clock_mono_us();
    int n_still = 0;
    send_next(r);
    while (r->session && r->n_results < MESSAGES) {
        gsize before = r->peer.read_left + r->peer.write_left;
        peer_turn(&r->peer);
        loop_run_once(r->loop, 0);
        n_still = r->peer.read_left + r->peer.write_left == before ? n_still + 1 : 0;
        if (r->session && n_still > STILL) { /* both wait: hours pass */
            smtp_tick(r->session, 1);
            if (r->session)
                smtp_tick(r->session, 1 + 3600 * CLOCK_SECOND_US);
        }
        if (clock_mono_us() - begun_us > PATIENCE_US)
            g_error("stuck: %d sent, %d results, %d replies", r->n_sent, r->n_results,
                    r->peer.n_replies);
    }
}

/* What must be true of every run. */
static void check_fates(const struct rig *r)
{
    g_assert_cmpint(r->n_results, ==, r->n_sent);
    g_assert_cmpint(r->peer.empty_bodies, ==, 0);
    for (int i = 0; i < MESSAGES; i++) {
        const struct fate *f = &r->peer.fates[i];
        if (i >= r->n_sent || !r->was_authorised[i]) {
            g_assert_false(f->has_all);
            g_assert_true(i >= r->n_sent || r->results[i].class != REPLY_ACCEPTED);
            g_assert_true(i >= r->n_sent || r->results[i].class != REPLY_UNCERTAIN);
            continue;
        }
        enum reply_class class = r->results[i].class;
        if (class == REPLY_ACCEPTED)
            g_assert_true(f->has_all && f->final_code / 100 == 2);
        else if (class != REPLY_UNCERTAIN) /* certainly not sent: the server refused it or */
            g_assert_true(!f->has_all || f->final_code >= 400); /* does not have it */
    }
}

/* ---- the tests ---- */

static const int windows[] = {1, 2, WINDOW};

static void test_all_well(gconstpointer data)
{
    struct rig r;
    int window = GPOINTER_TO_INT(data);
    rig_init(&r, window);
    run(&r);
    check_fates(&r);
    for (int i = 0; i < MESSAGES; i++)
        g_assert_cmpint(r.results[i].class, ==, REPLY_ACCEPTED);
    /* By BDAT there is a RSET between two, for the one before may be refused. */
    g_assert_cmpint(r.peer.n_replies, ==, 4 * MESSAGES - (window > 1));
    g_assert_true(smtp_is_idle(r.session));
    rig_clear(&r);
}

static int count_replies(int window)
{
    struct rig r;
    rig_init(&r, window);
    run(&r);
    int n = r.peer.n_replies;
    rig_clear(&r);
    return n;
}

static const char *const odd_replies[] = {
    "250 2.0.0 ok", "354 go",   "421 4.3.2 down", "450 4.2.0 later",  "451 4.3.0 queue",
    "452 full",     "500 what", "503 order",      "550 5.1.1 nobody", "554 5.7.1 spam",
    "hello",        SILENCE,    "close",          "250-more",
};

static gboolean is_refusal(const char *reply)
{
    return g_ascii_isdigit(reply[0]) && reply[0] >= '4' && strncmp(reply, "421", 3) != 0 &&
           strncmp(reply, "50", 2) != 0; /* those are not about this message */
}

/* A refusal costs neither the connection nor another message. */
static void check_refusal(const struct rig *r)
{
    int refused = 0;
    for (int i = 0; i < r->n_results; i++)
        refused += r->results[i].class != REPLY_ACCEPTED;
    g_assert_cmpint(refused, ==, 1);
    if (r->is_closed)
        g_error("closed by %s at %d", r->peer.odd, r->peer.odd_at);
    g_assert_cmpint(r->n_results, ==, MESSAGES);
}

/* Every reply at every step; the rest of them as the server then goes on. */
static void try_every_reply(int window, gboolean opens_for_nobody)
{
    int n = count_replies(window);
    for (int at = 0; at < n; at++) {
        for (gsize k = 0; k < G_N_ELEMENTS(odd_replies); k++) {
            struct rig r;
            rig_init(&r, window);
            r.peer.odd_at = at;
            r.peer.odd = odd_replies[k];
            r.peer.opens_for_nobody = opens_for_nobody;
            run(&r);
            check_fates(&r);
            if (is_refusal(r.peer.odd) && (window == 1 || at % 4 != 3)) /* to the RSET */
                check_refusal(&r);
            rig_clear(&r);
        }
    }
}

static void test_every_reply(gconstpointer data)
{
    try_every_reply(GPOINTER_TO_INT(data), FALSE);
}

static void test_every_reply_354_for_nobody(void)
{
    try_every_reply(1, TRUE);
}

static void measure(int window, gsize *ret_read, gsize *ret_written)
{
    struct rig r;
    rig_init(&r, window);
    run(&r);
    *ret_read = G_MAXSIZE - r.peer.read_left;
    *ret_written = G_MAXSIZE - r.peer.write_left;
    rig_clear(&r);
}

/* The server has read so many octets and is gone. */
static void test_cut_requests(gconstpointer data)
{
    gsize n_read, n_written;
    int window = GPOINTER_TO_INT(data);
    measure(window, &n_read, &n_written);
    g_assert_cmpuint(n_read, >, 300);
    for (gsize cut = 1; cut < n_read; cut++) {
        struct rig r;
        rig_init(&r, window);
        r.peer.read_left = cut;
        run(&r);
        check_fates(&r);
        g_assert_true(r.is_closed);
        rig_clear(&r);
    }
}

/* The server has everything, and so many octets of its replies arrive. */
static void test_cut_replies(gconstpointer data)
{
    gsize n_read, n_written;
    int uncertain = 0, window = GPOINTER_TO_INT(data);
    measure(window, &n_read, &n_written);
    for (gsize cut = 1; cut < n_written; cut++) {
        struct rig r;
        rig_init(&r, window);
        r.peer.write_left = cut;
        run(&r);
        check_fates(&r);
        g_assert_true(r.is_closed);
        int n = 0;
        for (int i = 0; i < r.n_results; i++)
            n += r.results[i].class == REPLY_UNCERTAIN;
        g_assert_cmpint(n, <=, window); /* chained: never more than one is behind its dot */
        uncertain += n;
        rig_clear(&r);
    }
    if (window == 1) /* each final reply has that many octets to be cut in */
        g_assert_cmpint(uncertain, ==, MESSAGES * (int)strlen("250 2.0.0 queued\r\n"));
}

/* The one before keeps its final reply, nothing of the held one leaves. */
static void test_held_back(void)
{
    for (int at = 0; at < MESSAGES; at++) {
        struct rig r;
        rig_init(&r, 1);
        r.hold_at = at;
        run(&r);
        check_fates(&r);
        g_assert_cmpint(r.held_back, ==, at);
        g_assert_true(r.is_closed);
        g_assert_cmpint(r.n_results, ==, at + 1);
        g_assert_cmpint(r.results[at].class, ==, REPLY_RECONNECT);
        for (int i = 0; i < at; i++)
            g_assert_cmpint(r.results[i].class, ==, REPLY_ACCEPTED);
        rig_clear(&r);
    }
}

/* 421 or a close right behind a final reply: the chained one has not been tried. */
static void test_over_behind_a_final_reply(gconstpointer data)
{
    const char *how = data;
    for (int at = 4; at < 4 * MESSAGES; at += 4) { /* the reply to a chained MAIL */
        struct rig r;
        rig_init(&r, 1);
        r.peer.odd_at = at;
        r.peer.odd = how;
        run(&r);
        check_fates(&r);
        int i = at / 4;
        g_assert_cmpint(r.n_results, ==, i + 1);
        g_assert_cmpint(r.results[i - 1].class, ==, REPLY_ACCEPTED);
        g_assert_cmpint(r.results[i].class, ==, REPLY_RECONNECT);
        g_assert_cmpint(r.results[i].phase, ==, REPLY_MAIL);
        rig_clear(&r);
    }
}

/* A lost final reply: that one is uncertain, the one chained to it is not. */
static void test_lost_final_reply(void)
{
    struct rig r;
    rig_init(&r, 1);
    r.peer.odd_at = 3;
    r.peer.odd = "close";
    run(&r);
    check_fates(&r);
    g_assert_cmpint(r.n_results, ==, 2);
    g_assert_cmpint(r.results[0].class, ==, REPLY_UNCERTAIN);
    g_assert_cmpint(r.results[1].class, ==, REPLY_RECONNECT);
    rig_clear(&r);
}

/* The server answers one write of the client, and the client that. */
static void answer_until_sent(struct rig *r, int n)
{
    gint64 begun_us = clock_mono_us();
    peer_turn(&r->peer);
    while (r->n_sent < n) {
        loop_run_once(r->loop, 1000);
        g_assert_cmpint(clock_mono_us() - begun_us, <, PATIENCE_US);
    }
}

/* The dot and the next envelope are one write: one round trip a message. */
static void test_one_write(void)
{
    static const char want[] = "Subject: a\r\n\r\n..hi\r\n...\r\n.\r\n"
                               "MAIL FROM:<s@a.test>\r\nRCPT TO:<r1@b.test>\r\nDATA\r\n";
    char buffer[1024];
    struct rig r;
    rig_init(&r, 1);
    send_next(&r);
    answer_until_sent(&r, 2);
    gssize n = read(r.peer.fd, buffer, sizeof buffer);
    g_assert_cmpmem(buffer, (gsize)n, want, sizeof want - 1);
    rig_clear(&r);
}

/* A quit waits for the chained one, too. */
static void test_busy(void)
{
    g_autoptr(GError) error = NULL;
    struct rig r;
    rig_init(&r, 1);
    r.n_sent = MESSAGES - 2;
    r.n_results = MESSAGES - 2;
    send_next(&r);
    g_assert_false(smtp_can_send(r.session));
    answer_until_sent(&r, MESSAGES);
    g_assert_true(smtp_is_after_dot(r.session));
    g_assert_false(smtp_can_send(r.session)); /* never more than one behind the dot */
    g_assert_false(smtp_send(r.session, &r.messages[0], &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN);
    smtp_quit(r.session);
    while (r.n_results < MESSAGES) {
        peer_turn(&r.peer);
        loop_run_once(r.loop, 0);
    }
    g_assert_cmpint(r.results[MESSAGES - 1].class, ==, REPLY_ACCEPTED);
    char buffer[16];
    gssize n = read(r.peer.fd, buffer, sizeof buffer);
    g_assert_cmpmem(buffer, (gsize)n, "QUIT\r\n", 6);
    rig_clear(&r);
}

/* All of a window in one write. */
static void test_one_write_of_a_window(void)
{
    static const char want[] =
        "MAIL FROM:<s@a.test>\r\nRCPT TO:<r0@b.test>\r\nBDAT 23 LAST\r\n"
        "Subject: a\r\n\r\n.hi\r\n..\r\n"
        "RSET\r\nMAIL FROM:<s@a.test>\r\nRCPT TO:<r1@b.test>\r\nBDAT 37 LAST\r\n"
        "Subject: b\r\n\r\nMAIL FROM:<x@y>\r\nDATA\r\n";
    char buffer[1024];
    struct rig r;
    rig_init(&r, 2);
    send_next(&r);
    g_assert_cmpint(smtp_count_after_dot(r.session), ==, 2);
    gssize n = read(r.peer.fd, buffer, sizeof buffer);
    g_assert_cmpmem(buffer, (gsize)n, want, sizeof want - 1);
    rig_clear(&r);
}

/* Behind a 421 everything that left is uncertain, but for the one it answers. */
static void test_421_in_a_window(void)
{
    struct rig r;
    rig_init(&r, WINDOW);
    r.peer.odd_at = 0;
    r.peer.odd = "421 4.3.2 too many";
    run(&r);
    check_fates(&r);
    g_assert_cmpint(r.n_results, ==, WINDOW);
    g_assert_cmpint(r.results[0].class, ==, REPLY_RECONNECT);
    g_assert_cmpint(r.results[1].class, ==, REPLY_UNCERTAIN);
    g_assert_cmpint(r.results[2].class, ==, REPLY_UNCERTAIN);
    rig_clear(&r);
}

/* One that was taken in hand and not let go yet has certainly not left. */
static void test_unsent_of_a_window(void)
{
    struct rig r;
    rig_init(&r, WINDOW);
    g_assert_true(smtp_send(r.session, &r.messages[r.n_sent++], NULL));
    g_assert_cmpint(smtp_count_after_dot(r.session), ==, 0);
    peer_close(&r.peer);
    gint64 begun_us = clock_mono_us();
    while (r.session) {
        loop_run_once(r.loop, 1000);
        g_assert_cmpint(clock_mono_us() - begun_us, <, PATIENCE_US);
    }
    g_assert_cmpint(r.results[0].class, ==, REPLY_RECONNECT);
    rig_clear(&r);
}

static void test_no_window_without_chunking(void)
{
    static const char *const announced[] = {"h", "h\nPIPELINING", "h\nCHUNKING"};
    for (gsize i = 0; i < G_N_ELEMENTS(announced); i++) {
        struct loop *loop = loop_new();
        static const struct stream_handler none = {NULL};
        int fds[2];
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
        struct smtp_session *s =
            smtp_new(stream_new_fd(loop, fds[0], announced[i], &none, NULL), &handler, NULL);
        g_assert_cmpint(smtp_set_window(s, 8), ==, 1);
        smtp_free(s);
        close(fds[1]);
        loop_free(loop);
    }
}

/* Bodies of many buffers, several in flight, to a server that takes them bit by bit. */
static void test_large_bodies(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 20000; i++)
        g_string_append_printf(text, "%s%d a line\r\n", i % 3 ? "" : ".", i);
    struct rig r;
    rig_init(&r, WINDOW);
    for (int i = 0; i < MESSAGES; i++) {
        r.chunks[i] = (struct smtp_chunk){text->str, text->len};
        r.messages[i].size = text->len;
    }
    r.peer.body = text->str;
    run(&r);
    check_fates(&r);
    g_assert_cmpint(r.results[MESSAGES - 1].class, ==, REPLY_ACCEPTED);
    rig_clear(&r);
}

static void add(const char *name, int window, GTestDataFunc run_test)
{
    g_autofree char *path = g_strdup_printf("/smtp-chain/window-%d/%s", window, name);
    g_test_add_data_func(path, GINT_TO_POINTER(window), run_test);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(windows); i++) {
        add("all-well", windows[i], test_all_well);
        add("every-reply", windows[i], test_every_reply);
        add("cut-requests", windows[i], test_cut_requests);
        add("cut-replies", windows[i], test_cut_replies);
    }
    g_test_add_func("/smtp-chain/every-reply-354-for-nobody", test_every_reply_354_for_nobody);
    g_test_add_func("/smtp-chain/held-back", test_held_back);
    g_test_add_data_func("/smtp-chain/over-behind-a-final-reply/421", "421 4.3.2 down",
                         test_over_behind_a_final_reply);
    g_test_add_data_func("/smtp-chain/over-behind-a-final-reply/close", "close",
                         test_over_behind_a_final_reply);
    g_test_add_func("/smtp-chain/lost-final-reply", test_lost_final_reply);
    g_test_add_func("/smtp-chain/one-write", test_one_write);
    g_test_add_func("/smtp-chain/busy", test_busy);
    g_test_add_func("/smtp-chain/one-write-of-a-window", test_one_write_of_a_window);
    g_test_add_func("/smtp-chain/421-in-a-window", test_421_in_a_window);
    g_test_add_func("/smtp-chain/unsent-of-a-window", test_unsent_of_a_window);
    g_test_add_func("/smtp-chain/no-window-without-chunking", test_no_window_without_chunking);
    g_test_add_func("/smtp-chain/large-bodies", test_large_bodies);
    return g_test_run();
}

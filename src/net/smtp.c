/*
 * One SMTP session: a state machine that runs one transaction after the other over a stream,
 * and knows at every moment whether the message in hand may have been taken. What the bytes of
 * commands and bodies look like is smtp_wire.c's business, what a reply means model/reply.c's,
 * how the connection came up stream.c's. It never decides about people or retries.
 */
#include "config.h"

#include "net/smtp.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/loop.h"
#include "base/text.h"
#include "net/smtp_wire.h"

#define OUT_BYTES 65536 /* the most of a body that is ever copied */
#define IN_BYTES 4096
#define PLAN_MAX 4 /* RSET MAIL RCPT and DATA or RSET */

enum state {
    STATE_IDLE,
    STATE_ENVELOPE,  /* waiting for the replies of the plan */
    STATE_AUTHORISE, /* 354 is there, the owner has not answered */
    STATE_BODY,      /* bytes of the body are leaving */
    STATE_FINAL,     /* the dot is out */
    STATE_LONE_DOT,  /* nobody was accepted and still 354: an empty end of data */
    STATE_QUIT,
    STATE_OVER, /* result and `closed` are due, then nothing more */
    STATE_COUNT
};

#define TO(state) (1u << (state))
static const unsigned moves[STATE_COUNT] = {
    [STATE_IDLE] = TO(STATE_ENVELOPE) | TO(STATE_QUIT) | TO(STATE_OVER),
    [STATE_ENVELOPE] =
        TO(STATE_AUTHORISE) | TO(STATE_LONE_DOT) | TO(STATE_IDLE) | TO(STATE_OVER),
    [STATE_AUTHORISE] = TO(STATE_BODY) | TO(STATE_OVER),
    [STATE_BODY] = TO(STATE_FINAL) | TO(STATE_IDLE) | TO(STATE_OVER),
    [STATE_FINAL] = TO(STATE_IDLE) | TO(STATE_OVER),
    [STATE_LONE_DOT] = TO(STATE_IDLE) | TO(STATE_OVER),
    [STATE_QUIT] = TO(STATE_OVER),
    [STATE_OVER] = 0,
};

struct smtp_session {
    struct stream *stream; /* owned */
    struct smtp_handler handler;
    void *data;
    struct smtp_extensions extensions;
    struct smtp_timeouts timeouts;
    enum state state;

    /* The transaction in hand. */
    gboolean has_message;
    struct smtp_message message; /* what it points to is borrowed until the result */
    struct smtp_body body;
    enum reply_phase plan[PLAN_MAX];
    guint n_plan, n_said, n_answered;
    gboolean is_trial;          /* smtp_try_envelope() */
    gboolean is_taken;          /* RCPT was accepted */
    gboolean is_open;           /* DATA got 354 */
    gboolean is_after_dot;      /* the end of the message was passed to stream_send() */
    gboolean has_outcome;       /* `outcome` is what the result will say */
    struct smtp_result outcome; /* its reply is owned */

    gboolean needs_rset;
    gboolean must_quit; /* after the message in hand */
    gint64 n_transactions;

    struct reply_reader reader;
    gsize in_left; /* bytes received behind the reply that is being handled */

    char *out; /* owned; OUT_BYTES */
    gsize out_pos, out_end;
    gsize blocked_len; /* the length that must be repeated after a send that would block */
    gboolean wants_out;

    guint64 progress;      /* moves whenever the peer or the kernel took or gave something */
    guint64 seen_progress; /* what smtp_tick() saw last */
    gint64 since_us;

    GError *why;        /* owned */
    gboolean is_closed; /* `closed` was called */
    int depth;          /* within smtp_ready() or smtp_tick() */
    gboolean is_freed;
};

static void set_state(struct smtp_session *s, enum state to)
{
    g_assert(moves[s->state] & TO(to));
    s->state = to;
    s->progress++;
}

/* --- the end of a session ----------------------------------------------------------------- */

/* Nothing more is sent or read. The owner hears of it when smtp_ready() or smtp_tick() ends;
 * the descriptor is writable or broken then, so that the loop comes back at once. Takes `why`.
 */
static void end_session(struct smtp_session *s, GError *why)
{
    if (s->state == STATE_OVER) {
        g_clear_error(&why);
        return;
    }
    set_state(s, STATE_OVER);
    s->why = why;
    if (s->depth == 0)
        stream_want(s->stream, LOOP_IN | LOOP_OUT);
}

static GError *new_error(const char *text)
{
    return g_error_new_literal(CRIER_ERROR, CRIER_ERROR_FAILED, text);
}

/* "the server closes the connection: 421 4.3.2 …" */
static GError *new_reply_error(const char *what, const struct reply *r)
{
    g_autofree char *safe = text_safe(r->text, -1, 300);
    return g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED, "%s: %d %s%s%s", what, r->code,
                       r->enhanced, r->enhanced[0] ? " " : "", safe);
}

static void set_outcome(struct smtp_session *s, enum reply_phase phase, enum reply_class class,
                        const struct reply *reply)
{
    static const struct reply none;
    if (!s->has_message || s->has_outcome)
        return; /* the first trouble is the cause of what follows */
    s->has_outcome = TRUE;
    s->outcome.phase = phase;
    s->outcome.class = class;
    reply_copy(&s->outcome.reply, reply ? reply : &none);
}

static enum reply_phase current_phase(const struct smtp_session *s)
{
    if (s->is_after_dot)
        return REPLY_DOT;
    return s->n_answered < s->n_plan ? s->plan[s->n_answered] : REPLY_DATA;
}

/* What the connection's end means for the message in hand when nothing was said about it. */
static void set_outcome_lost(struct smtp_session *s, enum reply_class before_dot)
{
    set_outcome(s, current_phase(s), s->is_after_dot ? REPLY_UNCERTAIN : before_dot, NULL);
}

/* Tells the result. The session is idle meanwhile unless it is over. */
static void tell_result(struct smtp_session *s, const struct smtp_result *r)
{
    s->has_message = FALSE;
    s->has_outcome = FALSE;
    s->is_after_dot = FALSE;
    if (s->state != STATE_OVER)
        set_state(s, STATE_IDLE);
    s->handler.result(s, r, s->data);
}

static void tell_outcome(struct smtp_session *s)
{
    struct smtp_result r = s->outcome;
    memset(&s->outcome, 0, sizeof s->outcome);
    tell_result(s, &r);
    reply_clear(&r.reply);
}

static void destroy(struct smtp_session *s)
{
    stream_free(s->stream);
    smtp_extensions_clear(&s->extensions);
    reply_reader_clear(&s->reader);
    reply_clear(&s->outcome.reply);
    g_clear_error(&s->why);
    g_free(s->out);
    g_free(s);
}

static void enter(struct smtp_session *s)
{
    s->depth++;
}

static void leave(struct smtp_session *s)
{
    if (s->depth == 1 && s->state == STATE_OVER && !s->is_closed && !s->is_freed) {
        set_outcome_lost(s, REPLY_RECONNECT);
        if (s->has_message)
            tell_outcome(s);
        s->is_closed = TRUE;
        if (!s->is_freed)
            s->handler.closed(s, s->why, s->data);
        /* An owner that frees later must not be woken again and again by a broken socket. */
        g_clear_pointer(&s->stream, stream_free);
    }
    if (--s->depth == 0 && s->is_freed)
        destroy(s);
}

/* --- sending ------------------------------------------------------------------------------ */

static void show_line(struct smtp_session *s, char direction, const char *text, gssize len)
{
    g_autofree char *safe = text_safe(text, len, 0);
    s->handler.line(s, direction, safe, s->data);
}

static gboolean fill_out(struct smtp_session *s)
{
    if (s->out_pos < s->out_end)
        return TRUE;
    s->out_pos = s->out_end = 0;
    if (s->state == STATE_BODY)
        s->out_end = smtp_body_fill(&s->body, s->out, OUT_BYTES);
    return s->out_end > 0;
}

/* Sends what there is until all is gone or the kernel is full. */
static void flush_out(struct smtp_session *s)
{
    while (fill_out(s)) {
        if (s->state == STATE_BODY && s->body.is_at_end)
            s->is_after_dot = TRUE; /* before the call: it may take bytes and still fail */
        gsize len = s->blocked_len > 0 ? s->blocked_len : s->out_end - s->out_pos;
        GError *error = NULL;
        gssize n = stream_send(s->stream, s->out + s->out_pos, len, &error);
        if (n < 0) {
            end_session(s, error);
            return;
        }
        if (n == 0) {
            s->blocked_len = len;
            s->wants_out = TRUE;
            stream_want(s->stream, LOOP_IN | LOOP_OUT);
            return;
        }
        s->blocked_len = 0;
        s->out_pos += (gsize)n;
        s->progress++;
    }
    if (s->wants_out) {
        s->wants_out = FALSE;
        stream_want(s->stream, LOOP_IN);
    }
    if (s->state == STATE_BODY)
        set_state(s, STATE_FINAL);
}

/* Room for a command behind what may still be waiting. A server that answers what it was never
 * sent could make commands pile up; it is not spoken to any longer. */
static char *reserve_out(struct smtp_session *s, gsize len)
{
    if (s->out_pos == s->out_end)
        s->out_pos = s->out_end = 0;
    if (OUT_BYTES - s->out_end >= len)
        return s->out + s->out_end;
    end_session(s, new_error(_("the server answers commands before they are sent")));
    return NULL;
}

static void commit_out(struct smtp_session *s, gsize len)
{
    if (s->handler.line)
        show_line(s, '>', s->out + s->out_end, (gssize)len - 2);
    s->out_end += len;
}

static void say_literal(struct smtp_session *s, const char *line)
{
    gsize len = strlen(line);
    char *to = reserve_out(s, len);
    if (!to)
        return;
    memcpy(to, line, len);
    commit_out(s, len);
}

/* Puts the plan's next command into the buffer. */
static void say_next(struct smtp_session *s)
{
    enum reply_phase phase = s->plan[s->n_said++];
    if (phase == REPLY_RSET || phase == REPLY_DATA) {
        say_literal(s, phase == REPLY_RSET ? "RSET\r\n" : "DATA\r\n");
        return;
    }
    char *to = reserve_out(s, phase == REPLY_MAIL ? SMTP_WIRE_MAIL_MAX : SMTP_WIRE_RCPT_MAX);
    if (to)
        commit_out(s, phase == REPLY_MAIL ? smtp_wire_mail(to, &s->message, &s->extensions)
                                          : smtp_wire_rcpt(to, &s->message, &s->extensions));
}

static void say_quit(struct smtp_session *s)
{
    set_state(s, STATE_QUIT);
    say_literal(s, "QUIT\r\n");
    if (s->state == STATE_QUIT)
        flush_out(s);
}

/* --- replies ------------------------------------------------------------------------------ */

/* The transaction ends and the connection lives on. Bytes behind the reply that nothing asked
 * for (an early 421) mean that it must not be used again. */
static void end_transaction(struct smtp_session *s, const struct smtp_result *r)
{
    if (s->in_left > 0)
        end_session(s, new_error(_("the server said something that was not asked for")));
    if (r)
        tell_result(s, r);
    else
        tell_outcome(s);
    if (s->must_quit && s->state == STATE_IDLE && !s->is_freed)
        say_quit(s);
}

static void end_envelope(struct smtp_session *s)
{
    if (!s->is_open) {
        end_transaction(s, NULL);
    } else if (!s->has_outcome && s->in_left > 0) {
        /* Taken for the final reply otherwise, though it was said before the message went. */
        set_outcome(s, REPLY_DATA, REPLY_PROTOCOL, NULL);
        end_session(s, new_error(_("the server said something that was not asked for")));
    } else if (!s->has_outcome) {
        set_state(s, STATE_AUTHORISE);
        s->handler.authorise(s, s->data);
    } else if (s->is_taken) {
        /* A dot now would deliver an empty mail. */
        end_session(s, new_error(_("the server took a recipient without a sender")));
    } else {
        set_state(s, STATE_LONE_DOT);
        say_literal(s, ".\r\n");
        if (s->state == STATE_LONE_DOT)
            flush_out(s);
    }
}

static void note_envelope_reply(struct smtp_session *s, enum reply_phase phase,
                                enum reply_class class, const struct reply *r)
{
    if (class != REPLY_PROCEED)
        set_outcome(s, phase, class, r);
    else if (phase == REPLY_DATA)
        s->is_open = TRUE;
    else
        s->needs_rset = phase != REPLY_RSET;
    if (class == REPLY_PROCEED && phase == REPLY_RCPT) {
        s->is_taken = TRUE;
        if (s->is_trial)
            set_outcome(s, phase, class, r);
    }
}

static void on_envelope_reply(struct smtp_session *s, const struct reply *r)
{
    enum reply_phase phase = s->plan[s->n_answered++];
    enum reply_class class = reply_classify(phase, r);
    /* Behind a refusal 503 and its like are the due answer to RCPT and DATA. */
    if (class == REPLY_PROTOCOL && s->has_outcome && r->code >= 400)
        class = REPLY_REFUSED;
    note_envelope_reply(s, phase, class, r);
    if (class == REPLY_RECONNECT) {
        end_session(s, new_reply_error(_("the server closes the connection"), r));
    } else if (class == REPLY_PROTOCOL) {
        end_session(s, new_reply_error(_("the server gave an answer that does not fit"), r));
    } else if (s->n_answered < s->n_said) {
        return;
    } else if (s->n_said < s->n_plan && class == REPLY_PROCEED) { /* lock step */
        say_next(s);
        if (s->state == STATE_ENVELOPE)
            flush_out(s);
    } else {
        end_envelope(s);
    }
}

static void on_final_reply(struct smtp_session *s, const struct reply *r)
{
    struct smtp_result result = {REPLY_DOT, reply_classify(REPLY_DOT, r), *r};
    s->needs_rset = FALSE;
    if (result.class == REPLY_UNCERTAIN)
        end_session(s, new_reply_error(_("the server gave an answer that does not fit"), r));
    else if (r->code == 421)
        end_session(s, new_reply_error(_("the server closes the connection"), r));
    end_transaction(s, &result);
}

static void on_lone_dot_reply(struct smtp_session *s, const struct reply *r)
{
    if (r->code < 400)
        end_session(s, new_reply_error(_("the server took a message without a recipient"), r));
    else if (r->code == 421)
        end_session(s, new_reply_error(_("the server closes the connection"), r));
    end_transaction(s, NULL);
}

/* A reply while nothing was asked: idle, before the owner's go, or before the dot. The message
 * in hand did certainly not go. */
static void on_unasked_reply(struct smtp_session *s, const struct reply *r)
{
    if (r->code == 421)
        set_outcome(s, REPLY_DATA, REPLY_RECONNECT, r);
    else if (s->state == STATE_BODY && r->code >= 400)
        set_outcome(s, REPLY_DATA, reply_classify(REPLY_DATA, r), r);
    else
        set_outcome(s, REPLY_DATA, REPLY_PROTOCOL, r);
    end_session(s, new_reply_error(r->code == 421
                                       ? _("the server closes the connection")
                                       : _("the server said something that was not asked for"),
                                   r));
}

static void show_reply(struct smtp_session *s, const struct reply *r)
{
    g_auto(GStrv) lines = g_strsplit(r->text, "\n", -1);
    for (guint i = 0; lines[0] && lines[i]; i++) {
        g_autofree char *line =
            g_strdup_printf("%d%c%s%s%s", r->code, lines[i + 1] ? '-' : ' ', r->enhanced,
                            r->enhanced[0] ? " " : "", lines[i]);
        show_line(s, '<', line, -1);
    }
}

static void on_reply(struct smtp_session *s, const struct reply *r)
{
    s->progress++;
    if (s->handler.line)
        show_reply(s, r);
    if (s->state == STATE_ENVELOPE)
        on_envelope_reply(s, r);
    else if (s->is_after_dot)
        on_final_reply(s, r);
    else if (s->state == STATE_LONE_DOT)
        on_lone_dot_reply(s, r);
    else if (s->state == STATE_QUIT)
        end_session(s, NULL);
    else
        on_unasked_reply(s, r);
}

/* No reply at all: junk. `why` is taken. */
static void on_junk(struct smtp_session *s, GError *why)
{
    set_outcome_lost(s, REPLY_PROTOCOL);
    end_session(s, why);
}

static void take_bytes(struct smtp_session *s, const char *data, gsize len)
{
    while (len > 0 && s->state != STATE_OVER && !s->is_freed) {
        gboolean done = FALSE;
        GError *error = NULL;
        gssize used = reply_reader_feed(&s->reader, data, len, &done, &error);
        if (used < 0) {
            on_junk(s, error);
            return;
        }
        data += used;
        len -= (gsize)used;
        s->in_left = len;
        if (done)
            on_reply(s, &s->reader.reply);
        else if (s->state == STATE_IDLE || s->state == STATE_AUTHORISE)
            on_junk(s, new_error(_("the server said something that was not asked for")));
    }
    s->in_left = 0;
}

static void receive(struct smtp_session *s)
{
    char buffer[IN_BYTES];
    gssize n;
    do {
        GError *error = NULL;
        n = stream_recv(s->stream, buffer, sizeof buffer, &error);
        if (n == -2)
            error = s->state == STATE_QUIT ? NULL
                                           : new_error(_("the server closed the connection"));
        if (n < 0)
            end_session(s, error);
        if (n > 0)
            take_bytes(s, buffer, (gsize)n);
    } while (n == (gssize)sizeof buffer && s->state != STATE_OVER && !s->is_freed);
}

/* --- what the owner asks for -------------------------------------------------------------- */

struct smtp_session *smtp_new(struct stream *stream, const struct smtp_handler *h, void *data)
{
    struct smtp_session *s = g_new0(struct smtp_session, 1);
    s->stream = stream;
    s->handler = *h;
    s->data = data;
    s->timeouts = (struct smtp_timeouts){
        .mail_s = SMTP_MAIL_TIMEOUT_S,
        .rcpt_s = SMTP_RCPT_TIMEOUT_S,
        .data_s = SMTP_DATA_TIMEOUT_S,
        .rset_s = SMTP_RSET_TIMEOUT_S,
        .block_s = SMTP_BLOCK_TIMEOUT_S,
        .dot_s = SMTP_DOT_TIMEOUT_S,
        .quit_s = SMTP_QUIT_TIMEOUT_S,
    };
    s->out = g_malloc(OUT_BYTES);
    reply_reader_init(&s->reader);
    smtp_extensions_parse(stream_capabilities(stream), &s->extensions);
    return s;
}

void smtp_free(struct smtp_session *s)
{
    if (!s)
        return;
    s->is_freed = TRUE;
    if (s->depth == 0)
        destroy(s);
}

void smtp_set_timeouts(struct smtp_session *s, const struct smtp_timeouts *t)
{
    s->timeouts = *t;
}

const struct smtp_extensions *smtp_get_extensions(const struct smtp_session *s)
{
    return &s->extensions;
}

gboolean smtp_is_idle(const struct smtp_session *s)
{
    return s->state == STATE_IDLE && !s->must_quit;
}

gboolean smtp_is_after_dot(const struct smtp_session *s)
{
    return s->is_after_dot;
}

gint64 smtp_sent_count(const struct smtp_session *s)
{
    return s->n_transactions;
}

/* What the server said since the loop looked last: a connection with an unread 421 must not be
 * used. Within smtp_ready() everything was read just now. */
static void look_before_use(struct smtp_session *s)
{
    if (s->depth > 0)
        return;
    enter(s);
    receive(s);
    s->depth--; /* not leave(): the callbacks come from the loop */
    if (s->state == STATE_OVER)
        stream_want(s->stream, LOOP_IN | LOOP_OUT);
}

static void make_plan(struct smtp_session *s, gboolean is_trial)
{
    s->n_plan = s->n_said = s->n_answered = 0;
    if (s->needs_rset)
        s->plan[s->n_plan++] = REPLY_RSET;
    s->plan[s->n_plan++] = REPLY_MAIL;
    s->plan[s->n_plan++] = REPLY_RCPT;
    s->plan[s->n_plan++] = is_trial ? REPLY_RSET : REPLY_DATA;
}

static gboolean begin(struct smtp_session *s, const struct smtp_message *m, gboolean is_trial,
                      GError **error)
{
    if (!smtp_is_idle(s)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                            _("the connection is busy or closing"));
        return FALSE;
    }
    if (!smtp_wire_check(m, &s->extensions, error))
        return FALSE;
    look_before_use(s);
    s->has_message = TRUE;
    s->message = *m;
    s->is_trial = is_trial;
    s->is_taken = s->is_open = FALSE;
    s->n_transactions++;
    make_plan(s, is_trial);
    if (s->state == STATE_OVER)
        return TRUE;
    set_state(s, STATE_ENVELOPE);
    do {
        say_next(s);
    } while (s->extensions.pipelining && s->n_said < s->n_plan);
    if (s->state == STATE_ENVELOPE)
        flush_out(s);
    return TRUE;
}

gboolean smtp_send(struct smtp_session *s, const struct smtp_message *m, GError **error)
{
    return begin(s, m, FALSE, error);
}

gboolean smtp_try_envelope(struct smtp_session *s, const struct smtp_message *m, GError **error)
{
    return begin(s, m, TRUE, error);
}

void smtp_go(struct smtp_session *s)
{
    if (s->state == STATE_OVER)
        return; /* the connection broke meanwhile; its result says so */
    g_assert(s->state == STATE_AUTHORISE);
    look_before_use(s);
    if (s->state == STATE_OVER)
        return;
    smtp_body_init(&s->body, s->message.chunks, s->message.n_chunks);
    set_state(s, STATE_BODY);
    flush_out(s);
}

void smtp_hold_back(struct smtp_session *s)
{
    if (s->state == STATE_OVER)
        return;
    g_assert(s->state == STATE_AUTHORISE);
    end_session(s, new_error(_("the message was held back")));
}

void smtp_quit(struct smtp_session *s)
{
    s->must_quit = TRUE;
    if (s->state == STATE_IDLE)
        say_quit(s);
}

void smtp_ready(struct smtp_session *s, unsigned loop_events)
{
    if (s->is_closed)
        return;
    enter(s);
    if ((loop_events & LOOP_OUT) && s->wants_out && s->state != STATE_OVER)
        flush_out(s);
    if ((loop_events & (LOOP_IN | LOOP_HUP)) && s->state != STATE_OVER && !s->is_freed)
        receive(s);
    leave(s);
}

/* --- timers ------------------------------------------------------------------------------- */

/* 0: nothing is waited for that the server owes us. */
static int timeout_s(const struct smtp_session *s)
{
    const struct smtp_timeouts *t = &s->timeouts;
    const int by_phase[REPLY_PHASE_COUNT] = {[REPLY_MAIL] = t->mail_s,
                                             [REPLY_RCPT] = t->rcpt_s,
                                             [REPLY_DATA] = t->data_s,
                                             [REPLY_RSET] = t->rset_s};
    const int by_state[STATE_COUNT] = {[STATE_BODY] = t->block_s,
                                       [STATE_FINAL] = t->dot_s,
                                       [STATE_LONE_DOT] = t->dot_s,
                                       [STATE_QUIT] = t->quit_s};
    return s->state == STATE_ENVELOPE ? by_phase[s->plan[s->n_answered]] : by_state[s->state];
}

static GError *new_timeout_error(const struct smtp_session *s, int limit_s)
{
    g_autofree char *span = clock_format_span(limit_s);
    if (s->state == STATE_BODY)
        return g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED,
                           _("the server took nothing of the message for %s"), span);
    return g_error_new(
        CRIER_ERROR, CRIER_ERROR_FAILED, _("no answer to %s within %s"),
        reply_phase_name(s->state == STATE_LONE_DOT ? REPLY_DOT : current_phase(s)), span);
}

void smtp_tick(struct smtp_session *s, gint64 now_mono_us)
{
    if (s->is_closed)
        return;
    enter(s);
    int limit_s = timeout_s(s);
    if (s->progress != s->seen_progress) {
        s->seen_progress = s->progress;
        s->since_us = now_mono_us;
    } else if (limit_s > 0 && now_mono_us - s->since_us >= limit_s * CLOCK_SECOND_US) {
        end_session(s, s->state == STATE_QUIT ? NULL : new_timeout_error(s, limit_s));
    }
    leave(s);
}

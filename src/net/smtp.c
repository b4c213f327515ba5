/*
 * One SMTP session: a state machine that runs one transaction after the other over a stream,
 * and knows at every moment whether the message in hand may have been taken. What the bytes of
 * commands and bodies look like is smtp_wire.c's business, what a reply means model/reply.c's,
 * how the connection came up stream.c's. It never decides about people or retries.
 */
#include "config.h"

#include "net/smtp_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/loop.h"
#include "base/text.h"

#define IN_BYTES 4096

#define TO(state) (1u << (state))
static const unsigned moves[STATE_COUNT] = {
    [STATE_IDLE] = TO(STATE_ENVELOPE) | TO(STATE_QUIT) | TO(STATE_OVER),
    [STATE_ENVELOPE] = TO(STATE_AUTHORISE) | TO(STATE_LONE_DOT) | TO(STATE_IDLE) |
                       TO(STATE_ENVELOPE) | TO(STATE_OVER),
    [STATE_AUTHORISE] = TO(STATE_BODY) | TO(STATE_OVER),
    [STATE_BODY] = TO(STATE_FINAL) | TO(STATE_IDLE) | TO(STATE_ENVELOPE) | TO(STATE_OVER),
    [STATE_FINAL] = TO(STATE_IDLE) | TO(STATE_ENVELOPE) | TO(STATE_OVER),
    [STATE_LONE_DOT] = TO(STATE_IDLE) | TO(STATE_OVER),
    [STATE_QUIT] = TO(STATE_OVER),
    [STATE_OVER] = 0,
};

void smtp_set_state(struct smtp_session *s, enum smtp_state to)
{
    g_assert(moves[s->state] & TO(to));
    s->state = to;
    s->progress++;
}

/* --- the end of a session ----------------------------------------------------------------- */

/* Nothing more is sent or read. The owner hears of it when smtp_ready() or smtp_tick() ends;
 * the descriptor is writable or broken then, so that the loop comes back at once. Takes `why`.
 */
void smtp_end(struct smtp_session *s, GError *why)
{
    if (s->state == STATE_OVER) {
        g_clear_error(&why);
        return;
    }
    smtp_set_state(s, STATE_OVER);
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

static void set_outcome(struct smtp_hand *h, enum reply_phase phase, enum reply_class class,
                        const struct reply *reply)
{
    static const struct reply none;
    if (h->has_outcome)
        return; /* the first trouble is the cause of what follows */
    h->has_outcome = TRUE;
    h->outcome.phase = phase;
    h->outcome.class = class;
    reply_copy(&h->outcome.reply, reply ? reply : &none);
}

static enum reply_phase current_phase(const struct smtp_hand *h)
{
    if (h->is_after_dot)
        return REPLY_DOT;
    return h->n_answered < h->n_plan ? h->plan[h->n_answered] : REPLY_DATA;
}

/* What the connection's end means for a message in hand when nothing was said about it. */
static void set_outcome_lost(struct smtp_hand *h, enum reply_class before_dot)
{
    set_outcome(h, current_phase(h), h->is_after_dot ? REPLY_UNCERTAIN : before_dot, NULL);
}

/* The connection is over. */
static void settle_lost(struct smtp_hand *h)
{
    set_outcome_lost(h, REPLY_RECONNECT);
    /* By BDAT all of it may be there: a sender that was refused is no certainty when the
     * recipient was accepted all the same. */
    if (h->is_after_dot && h->is_taken)
        h->outcome.class = REPLY_UNCERTAIN;
}

/* Tells the first message's result. Meanwhile the session is idle or has the one behind it in
 * hand, unless it is over. */
static void tell_result(struct smtp_session *s, const struct smtp_result *r)
{
    struct reply kept = smtp_hand(s, 0)->outcome.reply; /* `r` may look into it */
    memset(smtp_hand(s, 0), 0, sizeof s->hands[0]);
    s->first = (s->first + 1) % SMTP_HANDS_MAX;
    s->n_hands--;
    s->n_filled -= s->n_filled > 0;
    if (s->state != STATE_OVER)
        smtp_set_state(s, s->n_hands > 0 ? STATE_ENVELOPE : STATE_IDLE);
    s->handler.result(s, r, s->data);
    reply_clear(&kept);
}

static void tell_outcome(struct smtp_session *s)
{
    struct smtp_result r = smtp_hand(s, 0)->outcome;
    tell_result(s, &r);
}

static void destroy(struct smtp_session *s)
{
    stream_free(s->stream);
    smtp_extensions_clear(&s->extensions);
    reply_reader_clear(&s->reader);
    for (guint i = 0; i < SMTP_HANDS_MAX; i++)
        reply_clear(&s->hands[i].outcome.reply);
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
        while (s->n_hands > 0 && !s->is_freed) {
            settle_lost(smtp_hand(s, 0));
            tell_outcome(s);
        }
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

static void say_quit(struct smtp_session *s)
{
    smtp_set_state(s, STATE_QUIT);
    smtp_say(s, "QUIT\r\n");
    if (s->state == STATE_QUIT)
        smtp_flush(s);
}

/* --- replies ------------------------------------------------------------------------------ */

/* The transaction ends and the connection lives on. Bytes behind the reply that nothing asked
 * for (an early 421) mean that it must not be used again. */
static void end_transaction(struct smtp_session *s, const struct smtp_result *r)
{
    if (s->in_left > 0 && s->n_hands == 1)
        smtp_end(s, new_error(_("the server said something that was not asked for")));
    if (r)
        tell_result(s, r);
    else
        tell_outcome(s);
    if (s->must_quit && s->state == STATE_IDLE && !s->is_freed)
        say_quit(s);
}

static void end_envelope(struct smtp_session *s, struct smtp_hand *h)
{
    if (!h->is_open) {
        end_transaction(s, NULL);
    } else if (!h->has_outcome && s->in_left > 0) {
        /* Taken for the final reply otherwise, though it was said before the message went. */
        set_outcome(h, REPLY_DATA, REPLY_PROTOCOL, NULL);
        smtp_end(s, new_error(_("the server said something that was not asked for")));
    } else if (!h->has_outcome) {
        smtp_set_state(s, STATE_AUTHORISE);
        s->handler.authorise(s, s->data);
    } else if (h->is_taken) {
        /* A dot now would deliver an empty mail. */
        smtp_end(s, new_error(_("the server took a recipient without a sender")));
    } else {
        smtp_set_state(s, STATE_LONE_DOT);
        smtp_say(s, ".\r\n");
        if (s->state == STATE_LONE_DOT)
            smtp_flush(s);
    }
}

static void note_envelope_reply(struct smtp_session *s, struct smtp_hand *h,
                                enum reply_phase phase, enum reply_class class,
                                const struct reply *r)
{
    if (class != REPLY_PROCEED)
        set_outcome(h, phase, class, r);
    else if (phase == REPLY_DATA)
        h->is_open = TRUE;
    else
        s->needs_rset = phase != REPLY_RSET;
    if (class == REPLY_PROCEED && phase == REPLY_RCPT) {
        h->is_taken = TRUE;
        if (h->is_trial)
            set_outcome(h, phase, class, r);
    }
}

/* The final reply of a message by BDAT. Behind a refusal it is a refusal, too. */
static void on_bdat_reply(struct smtp_session *s, const struct reply *r)
{
    struct smtp_hand *h = smtp_hand(s, 0);
    struct smtp_result result = {REPLY_DOT, reply_classify(REPLY_DOT, r), *r};
    gboolean is_refused = h->has_outcome;
    /* What is left of a transaction behind a refused BDAT is not settled (RFC 3030, 2). */
    s->needs_rset = is_refused || result.class != REPLY_ACCEPTED;
    if (is_refused && r->code < 400) {
        h->outcome.class = h->is_taken ? REPLY_UNCERTAIN : h->outcome.class;
        smtp_end(s, new_reply_error(_("the server took a message without a recipient"), r));
    } else if (result.class == REPLY_UNCERTAIN) {
        smtp_end(s, new_reply_error(_("the server gave an answer that does not fit"), r));
    } else if (r->code == 421) {
        smtp_end(s, new_reply_error(_("the server closes the connection"), r));
    } else if (!smtp_has_dot_left(s)) {
        smtp_end(s, new_reply_error(_("the server did not wait for the message's end"), r));
    }
    end_transaction(s, is_refused ? NULL : &result);
}

static void on_envelope_reply(struct smtp_session *s, const struct reply *r)
{
    struct smtp_hand *h = smtp_hand(s, 0);
    enum reply_phase phase = h->plan[h->n_answered++];
    if (phase == REPLY_DOT) {
        on_bdat_reply(s, r);
        return;
    }
    enum reply_class class = reply_classify(phase, r);
    /* Behind a refusal 503 and its like are the due answer to RCPT and DATA. */
    if (class == REPLY_PROTOCOL && h->has_outcome && r->code >= 400)
        class = REPLY_REFUSED;
    /* All of it left with its envelope: only a refusal of that is certain. */
    gboolean is_refusal = (phase == REPLY_MAIL || phase == REPLY_RCPT) && r->code >= 400;
    if (class != REPLY_PROCEED && h->is_after_dot && !is_refusal)
        class = REPLY_UNCERTAIN;
    note_envelope_reply(s, h, phase, class, r);
    if (class == REPLY_RECONNECT || r->code == 421) {
        smtp_end(s, new_reply_error(_("the server closes the connection"), r));
    } else if (class == REPLY_PROTOCOL || class == REPLY_UNCERTAIN) {
        smtp_end(s, new_reply_error(_("the server gave an answer that does not fit"), r));
    } else if (h->n_answered < h->n_said) {
        return;
    } else if (h->n_said < h->n_plan && class == REPLY_PROCEED) { /* lock step */
        smtp_say_next(s, h);
        if (s->state == STATE_ENVELOPE)
            smtp_flush(s);
    } else {
        end_envelope(s, h);
    }
}

static void on_final_reply(struct smtp_session *s, const struct reply *r)
{
    struct smtp_result result = {REPLY_DOT, reply_classify(REPLY_DOT, r), *r};
    s->needs_rset = FALSE;
    if (result.class == REPLY_UNCERTAIN)
        smtp_end(s, new_reply_error(_("the server gave an answer that does not fit"), r));
    else if (r->code == 421)
        smtp_end(s, new_reply_error(_("the server closes the connection"), r));
    else if (!smtp_has_dot_left(s)) /* what still leaves would be taken for something else */
        smtp_end(s, new_reply_error(_("the server did not wait for the message's end"), r));
    end_transaction(s, &result);
}

static void on_lone_dot_reply(struct smtp_session *s, const struct reply *r)
{
    if (r->code < 400)
        smtp_end(s, new_reply_error(_("the server took a message without a recipient"), r));
    else if (r->code == 421)
        smtp_end(s, new_reply_error(_("the server closes the connection"), r));
    end_transaction(s, NULL);
}

/* A reply while nothing was asked: idle, before the owner's go, or before the dot. The message
 * in hand did certainly not go. */
static void on_unasked_reply(struct smtp_session *s, const struct reply *r)
{
    struct smtp_hand *h = smtp_hand(s, 0);
    if (s->n_hands > 0 && r->code == 421)
        set_outcome(h, REPLY_DATA, REPLY_RECONNECT, r);
    else if (s->n_hands > 0 && s->state == STATE_BODY && r->code >= 400)
        set_outcome(h, REPLY_DATA, reply_classify(REPLY_DATA, r), r);
    else if (s->n_hands > 0)
        set_outcome(h, REPLY_DATA, REPLY_PROTOCOL, r);
    smtp_end(s, new_reply_error(r->code == 421
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
        smtp_show_line(s, '<', line, -1);
    }
}

/* A reply to something that was said. */
static gboolean is_expected(const struct smtp_session *s)
{
    const struct smtp_hand *h = &s->hands[s->first];
    return s->state == STATE_ENVELOPE && h->n_answered < h->n_said;
}

static void on_reply(struct smtp_session *s, const struct reply *r)
{
    s->progress++;
    if (s->handler.line)
        show_reply(s, r);
    if (is_expected(s))
        on_envelope_reply(s, r);
    else if (smtp_is_after_dot(s))
        on_final_reply(s, r);
    else if (s->state == STATE_LONE_DOT)
        on_lone_dot_reply(s, r);
    else if (s->state == STATE_QUIT)
        smtp_end(s, NULL);
    else
        on_unasked_reply(s, r);
}

/* No reply at all: junk. `why` is taken. */
static void on_junk(struct smtp_session *s, GError *why)
{
    if (s->n_hands > 0)
        set_outcome_lost(smtp_hand(s, 0), REPLY_PROTOCOL);
    smtp_end(s, why);
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
            smtp_end(s, error);
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
    s->window = 1;
    s->out = g_malloc(SMTP_OUT_BYTES);
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

int smtp_set_window(struct smtp_session *s, int window)
{
    g_assert(s->n_hands == 0);
    gboolean may_bdat = s->extensions.pipelining && s->extensions.chunking;
    s->window = may_bdat ? (guint)CLAMP(window, 1, SMTP_WINDOW_MAX) : 1;
    return (int)s->window;
}

gboolean smtp_can_send(const struct smtp_session *s)
{
    const struct smtp_hand *h = &s->hands[s->first];
    if (s->window > 1 && s->state == STATE_ENVELOPE && h->is_bdat)
        return s->n_hands < s->window && !s->must_quit;
    gboolean may_chain = s->state == STATE_AUTHORISE && s->extensions.pipelining;
    return smtp_is_idle(s) || (may_chain && s->n_hands < 2 && !s->must_quit);
}

int smtp_count_after_dot(const struct smtp_session *s)
{
    guint n = 0;
    while (n < s->n_hands && s->hands[(s->first + n) % SMTP_HANDS_MAX].is_after_dot)
        n++;
    return (int)n;
}

gboolean smtp_is_after_dot(const struct smtp_session *s)
{
    return smtp_count_after_dot(s) > 0;
}

gint64 smtp_sent_count(const struct smtp_session *s)
{
    return s->n_transactions;
}

/* What the server said since the loop looked last: a connection with an unread 421 must not be
 * used. Within smtp_ready(), and until the loop waits again, everything was read just now. */
static void look_before_use(struct smtp_session *s)
{
    if (s->depth > 0 || stream_is_read(s->stream))
        return;
    enter(s);
    receive(s);
    s->depth--; /* not leave(): the callbacks come from the loop */
    if (s->state == STATE_OVER)
        stream_want(s->stream, LOOP_IN | LOOP_OUT);
}

static void make_plan(struct smtp_hand *h, gboolean has_rset)
{
    h->n_plan = h->n_said = h->n_answered = 0;
    if (has_rset)
        h->plan[h->n_plan++] = REPLY_RSET;
    h->plan[h->n_plan++] = REPLY_MAIL;
    h->plan[h->n_plan++] = REPLY_RCPT;
    h->plan[h->n_plan++] = h->is_trial ? REPLY_RSET : h->is_bdat ? REPLY_DOT : REPLY_DATA;
}

static gboolean is_sendable(const struct smtp_session *s, gboolean is_free,
                            const struct smtp_message *m, GError **error)
{
    if (is_free)
        return smtp_wire_check(m, &s->extensions, error);
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                        _("the connection is busy or closing"));
    return FALSE;
}

static struct smtp_hand *take_in_hand(struct smtp_session *s, const struct smtp_message *m,
                                      gboolean is_trial)
{
    struct smtp_hand *h = smtp_hand(s, s->n_hands++);
    h->message = *m;
    h->is_trial = is_trial;
    s->n_transactions++;
    return h;
}

static void begin(struct smtp_session *s, const struct smtp_message *m, gboolean is_trial)
{
    look_before_use(s);
    struct smtp_hand *h = take_in_hand(s, m, is_trial);
    make_plan(h, s->needs_rset);
    if (s->state == STATE_OVER)
        return;
    smtp_set_state(s, STATE_ENVELOPE);
    if (s->extensions.pipelining)
        smtp_say_plan(s, h);
    else
        smtp_say_next(s, h);
    if (s->state == STATE_ENVELOPE)
        smtp_flush(s);
}

/* It leaves with smtp_go(). */
static void begin_bdat(struct smtp_session *s, const struct smtp_message *m)
{
    if (s->n_hands == 0)
        look_before_use(s);
    struct smtp_hand *h = take_in_hand(s, m, FALSE);
    h->is_bdat = TRUE;
    h->bdat_len = smtp_body_init_raw(&h->body, m->chunks, m->n_chunks);
    /* The recipient of the one before may be refused, which leaves it open. */
    make_plan(h, s->needs_rset || s->n_hands > 1);
    if (s->state == STATE_IDLE)
        smtp_set_state(s, STATE_ENVELOPE);
}

gboolean smtp_send(struct smtp_session *s, const struct smtp_message *m, GError **error)
{
    if (!is_sendable(s, smtp_can_send(s), m, error))
        return FALSE;
    if (s->window > 1)
        begin_bdat(s, m);
    else if (s->state == STATE_IDLE)
        begin(s, m, FALSE);
    else /* behind the dot of the one before, which leaves nothing to be reset */
        make_plan(take_in_hand(s, m, FALSE), FALSE);
    return TRUE;
}

gboolean smtp_try_envelope(struct smtp_session *s, const struct smtp_message *m, GError **error)
{
    if (!is_sendable(s, smtp_is_idle(s), m, error))
        return FALSE;
    begin(s, m, TRUE);
    return TRUE;
}

void smtp_go(struct smtp_session *s)
{
    if (s->state == STATE_OVER)
        return; /* the connection broke meanwhile; its result says so */
    if (s->window > 1) {
        smtp_flush(s);
        return;
    }
    g_assert(s->state == STATE_AUTHORISE);
    look_before_use(s);
    if (s->state == STATE_OVER)
        return;
    struct smtp_hand *h = smtp_hand(s, 0);
    smtp_body_init(&h->body, h->message.chunks, h->message.n_chunks);
    smtp_set_state(s, STATE_BODY);
    smtp_flush(s);
}

void smtp_hold_back(struct smtp_session *s)
{
    if (s->state == STATE_OVER)
        return;
    g_assert(s->state == STATE_AUTHORISE);
    smtp_end(s, new_error(_("the message was held back")));
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
        smtp_flush(s);
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
                                             [REPLY_DOT] = t->dot_s,
                                             [REPLY_RSET] = t->rset_s};
    const int by_state[STATE_COUNT] = {[STATE_BODY] = t->block_s,
                                       [STATE_FINAL] = t->dot_s,
                                       [STATE_LONE_DOT] = t->dot_s,
                                       [STATE_QUIT] = t->quit_s};
    const struct smtp_hand *h = &s->hands[s->first];
    return s->state == STATE_ENVELOPE ? by_phase[h->plan[h->n_answered]] : by_state[s->state];
}

static GError *new_timeout_error(const struct smtp_session *s, int limit_s)
{
    g_autofree char *span = clock_format_span(limit_s);
    if (s->state == STATE_BODY)
        return g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED,
                           _("the server took nothing of the message for %s"), span);
    return g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED, _("no answer to %s within %s"),
                       reply_phase_name(s->state == STATE_LONE_DOT
                                            ? REPLY_DOT
                                            : current_phase(&s->hands[s->first])),
                       span);
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
        smtp_end(s, s->state == STATE_QUIT ? NULL : new_timeout_error(s, limit_s));
    }
    leave(s);
}

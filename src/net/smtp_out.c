/*
 * What an SMTP session puts on its stream: commands and bodies through one buffer, in the order
 * in which they must leave, over sends that may take a part. When something may be said, and
 * what an answer means, is smtp.c's.
 */
#include "config.h"

#include "net/smtp_private.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/loop.h"
#include "base/text.h"

/* With RSET and DATA or BDAT, and some room for a body behind it. */
#define ENVELOPE_MAX (SMTP_WIRE_MAIL_MAX + SMTP_WIRE_RCPT_MAX + 64)
#define BODY_ROOM_MIN 16

void smtp_show_line(struct smtp_session *s, char direction, const char *text, gssize len)
{
    g_autofree char *safe = text_safe(text, len, 0);
    s->handler.line(s, direction, safe, s->data);
}

/* The envelope of the message behind, in the same write as the dot when there is room. */
static void say_chained(struct smtp_session *s)
{
    struct smtp_hand *next = smtp_hand(s, 1);
    if (s->n_hands > 1 && next->n_said == 0 && SMTP_OUT_BYTES - s->out_end >= ENVELOPE_MAX)
        smtp_say_plan(s, next);
}

/* As many whole messages as there is room for. */
static void fill_bdat(struct smtp_session *s)
{
    while (s->n_filled < s->n_hands) {
        struct smtp_hand *h = smtp_hand(s, s->n_filled);
        if (SMTP_OUT_BYTES - s->out_end < (h->n_said == 0 ? ENVELOPE_MAX : BODY_ROOM_MIN))
            return;
        if (h->n_said == 0)
            smtp_say_plan(s, h);
        s->out_end +=
            smtp_body_fill(&h->body, s->out + s->out_end, SMTP_OUT_BYTES - s->out_end);
        h->is_after_dot = h->body.is_at_end; /* as below */
        if (!h->body.is_done)
            return;
        h->end_at = s->out_total + s->out_end;
        s->n_filled++;
    }
}

static gboolean fill_out(struct smtp_session *s)
{
    if (s->out_pos < s->out_end)
        return TRUE;
    s->out_pos = s->out_end = 0;
    struct smtp_hand *h = smtp_hand(s, 0);
    if (s->state == STATE_ENVELOPE && h->is_bdat)
        fill_bdat(s);
    if (s->state != STATE_BODY)
        return s->out_end > 0;
    if (!h->body.is_done) {
        s->out_end = smtp_body_fill(&h->body, s->out, SMTP_OUT_BYTES);
        h->end_at = s->out_total + s->out_end;
        /* Before the send: it may take bytes and still fail. */
        h->is_after_dot = h->body.is_at_end;
    }
    if (h->body.is_done)
        say_chained(s);
    return s->out_end > 0;
}

gboolean smtp_has_dot_left(struct smtp_session *s)
{
    const struct smtp_hand *h = smtp_hand(s, 0);
    return h->body.is_done && s->out_total >= h->end_at;
}

void smtp_flush(struct smtp_session *s)
{
    while (fill_out(s)) {
        gsize len = s->blocked_len > 0 ? s->blocked_len : s->out_end - s->out_pos;
        GError *error = NULL;
        gssize n = stream_send(s->stream, s->out + s->out_pos, len, &error);
        if (n < 0) {
            smtp_end(s, error);
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
        s->out_total += (guint64)n;
        s->progress++;
    }
    if (s->wants_out) {
        s->wants_out = FALSE;
        stream_want(s->stream, LOOP_IN);
    }
    if (s->state == STATE_BODY)
        smtp_set_state(s, STATE_FINAL);
}

/* Room for a command behind what may still be waiting. A server that answers what it was never
 * sent could make commands pile up; it is not spoken to any longer. */
static char *reserve_out(struct smtp_session *s, gsize len)
{
    if (s->out_pos == s->out_end)
        s->out_pos = s->out_end = 0;
    if (SMTP_OUT_BYTES - s->out_end >= len)
        return s->out + s->out_end;
    smtp_end(s, g_error_new_literal(CRIER_ERROR, CRIER_ERROR_FAILED,
                                    _("the server answers commands before they are sent")));
    return NULL;
}

static void commit_out(struct smtp_session *s, gsize len)
{
    if (s->handler.line)
        smtp_show_line(s, '>', s->out + s->out_end, (gssize)len - 2);
    s->out_end += len;
}

void smtp_say(struct smtp_session *s, const char *line)
{
    gsize len = strlen(line);
    char *to = reserve_out(s, len);
    if (!to)
        return;
    memcpy(to, line, len);
    commit_out(s, len);
}

void smtp_say_next(struct smtp_session *s, struct smtp_hand *h)
{
    enum reply_phase phase = h->plan[h->n_said++];
    if (phase == REPLY_RSET || phase == REPLY_DATA) {
        smtp_say(s, phase == REPLY_RSET ? "RSET\r\n" : "DATA\r\n");
        return;
    }
    if (phase == REPLY_DOT) {
        char line[48];
        g_snprintf(line, sizeof line, "BDAT %" G_GSIZE_FORMAT " LAST\r\n", h->bdat_len);
        smtp_say(s, line);
        return;
    }
    char *to = reserve_out(s, phase == REPLY_MAIL ? SMTP_WIRE_MAIL_MAX : SMTP_WIRE_RCPT_MAX);
    if (to)
        commit_out(s, phase == REPLY_MAIL ? smtp_wire_mail(to, &h->message, &s->extensions)
                                          : smtp_wire_rcpt(to, &h->message, &s->extensions));
}

void smtp_say_plan(struct smtp_session *s, struct smtp_hand *h)
{
    while (h->n_said < h->n_plan && s->state != STATE_OVER)
        smtp_say_next(s, h);
}

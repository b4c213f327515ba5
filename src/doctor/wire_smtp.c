/*
 * Messages over a connection of the doctor, one after the other, or their envelopes alone. What
 * the replies mean is the checks'.
 */
#include "config.h"

#include "doctor/wire_private.h"

#include "base/i18n.h"
#include "base/text.h"

#define REPLY_CHARS 300

void wire_reply_clear(struct wire_reply *r)
{
    g_clear_pointer(&r->text, g_free);
}

/* The next one that this server can take at all; without one it is goodbye. */
static void send_next(struct wire_mail *m)
{
    for (; m->at < m->n; m->at++) {
        g_autoptr(GError) why = NULL;
        const struct smtp_message *message = &m->messages[m->at];
        if (m->is_trial ? smtp_try_envelope(m->session, message, &why)
                        : smtp_send(m->session, message, &why))
            return;
        m->replies[m->at] = (struct wire_reply){.is_known = TRUE,
                                                .phase = REPLY_MAIL,
                                                .class = REPLY_REFUSED,
                                                .text = text_safe(why->message, -1, 0)};
    }
    smtp_quit(m->session);
}

static void on_authorise(struct smtp_session *s, void *data)
{
    const struct wire_mail *m = data;
    if (m->is_trial)
        smtp_hold_back(s); /* a trial never gets here; if it did, nothing may go out */
    else
        smtp_go(s);
}

static void on_result(struct smtp_session *s, const struct smtp_result *r, void *data)
{
    struct wire_mail *m = data;
    g_autofree char *text = text_safe(r->reply.text, -1, REPLY_CHARS);
    if (m->at < m->n)
        m->replies[m->at++] = (struct wire_reply){
            .is_known = r->reply.code > 0,
            .phase = r->phase,
            .class = r->class,
            .code = r->reply.code,
            .text = g_strdup_printf("%d %s%s%s", r->reply.code, r->reply.enhanced,
                                    *r->reply.enhanced ? " " : "", text)};
    if (smtp_is_idle(s))
        send_next(m);
}

static void on_closed(struct smtp_session *s, const GError *why, void *data)
{
    struct wire_mail *m = data;
    if (m->at < m->n && !m->trouble)
        m->trouble = text_safe(why ? why->message : _("the connection was closed"), -1, 0);
    wire_done(m->wire);
}

static void on_line(struct smtp_session *s, char direction, const char *text, void *data)
{
    const struct wire_mail *m = data;
    wire_line(m->wire, direction, text);
}

static void mail_begin(struct wire *w, struct stream *s, void *data)
{
    static const struct smtp_handler handler = {
        .authorise = on_authorise, .result = on_result, .closed = on_closed, .line = on_line};
    struct wire_mail *m = data;
    m->wire = w;
    m->session = smtp_new(s, &handler, m);
    send_next(m);
}

static void mail_ready(unsigned events, void *data)
{
    const struct wire_mail *m = data;
    smtp_ready(m->session, events);
}

static void mail_tick(gint64 now_us, void *data)
{
    const struct wire_mail *m = data;
    smtp_tick(m->session, now_us);
}

static void mail_over(void *data)
{
    struct wire_mail *m = data;
    smtp_free(m->session);
    m->session = NULL;
}

const struct wire_talk *wire_mail_talk(void)
{
    static const struct wire_talk talk = {mail_begin, mail_ready, mail_tick, mail_over};
    return &talk;
}

void wire_mail_clear(struct wire_mail *m)
{
    g_clear_pointer(&m->trouble, g_free);
}

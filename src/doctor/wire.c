/*
 * Connections of the doctor: who is called, how it is told, and the goodbye of one that was
 * only to be brought up.
 */
#include "config.h"

#include "doctor/wire_private.h"

#include <string.h>

#include "base/hostport.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/talk_private.h"
#include "net/imap.h"
#include "net/pop3.h"
#include "net/stream_chain.h"

#define HEARD_MAX 100

char *wire_where(const struct doctor_subject *s)
{
    const struct hostport at = {.host = s->host, .port = s->port};
    return hostport_format(&at);
}

char *doctor_talk_remedy(const struct doctor_subject *s, const char *option)
{
    if (s->kind == DOCTOR_OF_HOST)
        return g_strdup_printf(_("A record of it needs %s."), option);
    return g_strdup_printf(s->kind == DOCTOR_OF_MAILBOX
                               ? _("Set it so: crier mailbox set %s %s")
                               : _("Set it so: crier server set %s %s"),
                           s->name, option);
}

/* ---- goodbye, in three languages ---- */

struct bye {
    struct wire *wire;
    struct smtp_session *smtp;
    struct imap_session *imap;
    struct pop3_session *pop3;
};

static void on_smtp_authorise(struct smtp_session *s, void *data)
{
    smtp_hold_back(s); /* nothing was sent, so that nobody asks */
}

static void on_smtp_result(struct smtp_session *s, const struct smtp_result *r, void *data)
{
}

static void on_smtp_closed(struct smtp_session *s, const GError *why, void *data)
{
    struct bye *b = data;
    wire_done(b->wire);
}

static void on_smtp_line(struct smtp_session *s, char direction, const char *text, void *data)
{
    const struct bye *b = data;
    wire_line(b->wire, direction, text);
}

static void on_imap_done(struct imap_session *s, const struct imap_result *r, void *data)
{
}

static void on_imap_message(struct imap_session *s, guint32 uid, gint64 size, void *data)
{
}

static void on_imap_body(struct imap_session *s, const char *octets, gsize len, void *data)
{
}

static void on_imap_closed(struct imap_session *s, const GError *why, void *data)
{
    struct bye *b = data;
    wire_done(b->wire);
}

static void on_imap_line(struct imap_session *s, char direction, const char *text, void *data)
{
    const struct bye *b = data;
    wire_line(b->wire, direction, text);
}

static void on_pop3_result(struct pop3_session *s, const struct pop3_result *r, void *data)
{
}

static void on_pop3_closed(struct pop3_session *s, const GError *why, void *data)
{
    struct bye *b = data;
    wire_done(b->wire);
}

static void on_pop3_line(struct pop3_session *s, char direction, const char *text, void *data)
{
    const struct bye *b = data;
    wire_line(b->wire, direction, text);
}

static void bye_begin(struct wire *w, struct stream *s, void *data)
{
    static const struct smtp_handler smtp = {.authorise = on_smtp_authorise,
                                             .result = on_smtp_result,
                                             .closed = on_smtp_closed,
                                             .line = on_smtp_line};
    static const struct imap_handler imap = {.done = on_imap_done,
                                             .message = on_imap_message,
                                             .body = on_imap_body,
                                             .closed = on_imap_closed,
                                             .line = on_imap_line};
    static const struct pop3_handler pop3 = {on_pop3_result, on_pop3_closed, on_pop3_line};
    static const struct pop3_ask quit = {.command = POP3_QUIT};
    struct bye *b = data;
    b->wire = w;
    switch (w->subject->protocol) {
    case STREAM_IMAP:
        b->imap = imap_new(s, &imap, b);
        imap_logout(b->imap);
        break;
    case STREAM_POP3:
        b->pop3 = pop3_new(s, &pop3, b);
        (void)pop3_ask(b->pop3, &quit, NULL); /* it is idle */
        break;
    default:
        b->smtp = smtp_new(s, &smtp, b);
        smtp_quit(b->smtp);
    }
}

static void bye_ready(unsigned events, void *data)
{
    struct bye *b = data;
    if (b->smtp)
        smtp_ready(b->smtp, events);
    else if (b->imap)
        imap_ready(b->imap, events);
    else
        pop3_ready(b->pop3, events);
}

static void bye_tick(gint64 now_us, void *data)
{
    struct bye *b = data;
    if (b->smtp)
        smtp_tick(b->smtp, now_us);
    else if (b->imap)
        imap_tick(b->imap, now_us);
    else
        pop3_tick(b->pop3, now_us);
}

static void bye_over(void *data)
{
    struct bye *b = data;
    if (b->smtp)
        smtp_free(b->smtp);
    if (b->pop3)
        pop3_free(b->pop3);
    imap_free(b->imap);
}

static const struct wire_talk bye_talk = {bye_begin, bye_ready, bye_tick, bye_over};

/* ---- the connection ---- */

void wire_line(struct wire *w, char direction, const char *text)
{
    /* What TLS says to TLS tells nobody anything. */
    if (direction != '*' || !g_str_has_prefix(text, "TLSv1"))
        doctor_transcript(w->finding, direction, text);
}

void wire_done(struct wire *w)
{
    call_end(w->call);
}

static void on_up(struct call *c, struct stream *s, void *data)
{
    struct wire *w = data;
    const GPtrArray *chain = stream_chain(s);
    w->call = c;
    w->peer = g_strdup(stream_peer(s));
    w->capabilities = text_safe_block(stream_capabilities(s), -1, 0);
    if (chain)
        w->chain = g_ptr_array_ref((GPtrArray *)chain);
    if (*w->peer)
        wire_line(w, '*', w->peer);
    w->talk->begin(w, s, w->data);
}

static void on_ready(unsigned events, void *data)
{
    const struct wire *w = data;
    w->talk->ready(events, w->data);
}

static void on_tick(gint64 now_us, void *data)
{
    const struct wire *w = data;
    w->talk->tick(now_us, w->data);
}

static void on_over(void *data)
{
    const struct wire *w = data;
    w->talk->over(w->data);
}

/* What libcurl says behind its last words on what went wrong. */
static gboolean is_chatter(const char *text)
{
    static const char *const begins[] = {"TLSv1", "Closing connection", "shutting down",
                                         "old SSL session", "Connection #"};
    for (gsize i = 0; i < G_N_ELEMENTS(begins); i++)
        if (g_str_has_prefix(text, begins[i]))
            return TRUE;
    return FALSE;
}

static void on_line(char direction, const char *text, void *data)
{
    struct wire *w = data;
    if (direction == '<' && w->heard->len < HEARD_MAX)
        g_ptr_array_add(w->heard, g_strdup(text));
    if (direction == '*' && !is_chatter(text)) {
        g_free(w->trouble);
        w->trouble = g_strdup(text);
        w->has_tls |= g_str_has_prefix(text, "SSL connection using");
    }
    wire_line(w, direction, text);
}

void wire_init(struct wire *w, const struct doctor_subject *s, struct doctor_finding *f)
{
    *w = (struct wire){.subject = s,
                       .finding = f,
                       .security = s->security,
                       .with_login = s->user != NULL,
                       .timeout_s = WIRE_TIMEOUT_S};
    w->heard = g_ptr_array_new_with_free_func(g_free);
    w->trouble = g_strdup("");
}

void wire_run(struct wire *w)
{
    static const struct call_handler handler = {
        .up = on_up, .ready = on_ready, .tick = on_tick, .over = on_over, .line = on_line};
    const struct doctor_subject *s = w->subject;
    struct bye bye = {0};
    struct stream_target target = {
        .protocol = s->protocol,
        .host = s->host,
        .port = s->port,
        .security = w->security,
        .hello = s->hello,
        .user = w->with_login ? s->user : NULL,
        .secret = w->with_login ? s->secret.text : NULL,
        .auth = s->auth,
        .ca_file = s->ca_file,
        .wants_chain = TRUE,
        .is_unverified = w->is_unverified,
    };
    if (!w->talk) {
        w->talk = &bye_talk;
        w->data = &bye;
    }
    call_run(&target, w->timeout_s, &handler, w, &w->outcome);
    w->call = NULL;
    if (w->data == &bye)
        w->data = NULL;
}

void wire_clear(struct wire *w)
{
    call_outcome_clear(&w->outcome);
    g_free(w->peer);
    g_free(w->capabilities);
    g_clear_pointer(&w->chain, g_ptr_array_unref);
    g_ptr_array_unref(w->heard);
    g_free(w->trouble);
}

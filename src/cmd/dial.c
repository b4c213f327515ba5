/*
 * Connects, sends the messages one after the other and notes what was said. A message whose
 * last byte left without a reply stays unknown: nobody tries it again here. Not for choosing
 * what is sent nor for telling how it went.
 */
#include "config.h"

#include "cmd/dial.h"

#include <inttypes.h>
#include <signal.h>

#include "app/secret.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/loop.h"
#include "base/text.h"
#include "net/stream.h"
#include "store/audit.h"

/* A connection that does not come up has the same limit, and knows better what it waited for.
 */
#define GRACE_US (CLOCK_SECOND_US / 2)

struct call {
    struct dial *dial;
    struct loop *loop;
    struct stream_pool *pool;
    struct stream *stream;        /* until the session takes it */
    struct smtp_session *session; /* NULL before the connection is up */
    struct loop_timer *deadline, *second;
    guint at; /* the message in hand, n_messages: all are through */
};

static void note_line(struct call *k, char direction, const char *text)
{
    g_autofree char *safe = text_safe(text, -1, 0);
    dial_steps_line(&k->dial->steps, direction, safe, clock_mono_us());
    if (k->dial->lines->len >= DIAL_MAX_LINES)
        return;
    char *line = g_strdup_printf("%c %s", direction, safe);
    g_ptr_array_add(k->dial->lines, line);
    if (k->dial->line)
        k->dial->line(line, k->dial->data);
}

/* The first trouble stands: what follows it is only the end of the connection. */
static void note_trouble(struct call *k, const char *fault, const char *why)
{
    if (k->dial->trouble || k->at >= k->dial->n_messages)
        return;
    k->dial->fault = fault;
    k->dial->trouble = text_safe(why, -1, 0);
    dial_steps_fail(&k->dial->steps, fault, k->dial->trouble, clock_mono_us());
}

static void note_outcome(struct call *k, enum reply_class class, int code, char *take_sentence)
{
    struct dial_outcome *o = &k->dial->outcomes[k->at++];
    o->is_known = TRUE;
    o->class = class;
    o->code = code;
    o->sentence = take_sentence;
}

/* ---- the conversation ---- */

/* The next message that this server can take at all; without one it is goodbye. */
static void send_next(struct call *k)
{
    while (k->at < k->dial->n_messages) {
        g_autoptr(GError) why = NULL;
        const struct smtp_message *m = &k->dial->messages[k->at];
        if (k->dial->is_trial ? smtp_try_envelope(k->session, m, &why)
                              : smtp_send(k->session, m, &why))
            return;
        note_outcome(k, REPLY_REFUSED, 0, text_safe(why->message, -1, 0));
    }
    smtp_quit(k->session);
}

static void on_smtp_line(struct smtp_session *s, char direction, const char *text, void *data)
{
    note_line(data, direction, text);
}

static void on_authorise(struct smtp_session *s, void *data)
{
    struct call *k = data;
    if (k->dial->is_trial)
        smtp_hold_back(s); /* a trial never gets here; if it did, nothing may go out */
    else
        smtp_go(s);
}

static void on_result(struct smtp_session *s, const struct smtp_result *r, void *data)
{
    struct call *k = data;
    g_autofree char *text = text_safe(r->reply.text, -1, 300);
    char *sentence =
        r->reply.code > 0
            ? g_strdup_printf("%s: %d %s%s%s", reply_phase_name(r->phase), r->reply.code,
                              r->reply.enhanced, *r->reply.enhanced ? " " : "", text)
            : g_strdup_printf("%s: %s", reply_phase_name(r->phase),
                              *text ? text : _("the connection was lost"));
    dial_steps_result(&k->dial->steps, r, sentence, clock_mono_us());
    note_outcome(k, r->class, r->reply.code, sentence);
    if (smtp_is_idle(s))
        send_next(k);
}

static void on_closed(struct smtp_session *s, const GError *why, void *data)
{
    struct call *k = data;
    note_trouble(k, "lost", why ? why->message : _("the connection was closed"));
    smtp_free(s);
    k->session = NULL;
    loop_quit(k->loop);
}

static const struct smtp_handler smtp_handler = {
    .authorise = on_authorise,
    .result = on_result,
    .closed = on_closed,
    .line = on_smtp_line,
};

static void on_up(struct stream *s, void *data)
{
    struct call *k = data;
    dial_steps_up(&k->dial->steps, stream_peer(s), stream_capabilities(s), clock_mono_us());
    if (*stream_peer(s))
        note_line(k, '*', stream_peer(s));
    k->session = smtp_new(s, &smtp_handler, k);
    k->stream = NULL;
    send_next(k);
}

static void on_failed(struct stream *s, enum stream_fault fault, const GError *why, void *data)
{
    struct call *k = data;
    note_trouble(k, stream_fault_name(fault), why->message);
    stream_free(s);
    k->stream = NULL;
    loop_quit(k->loop);
}

static void on_ready(struct stream *s, unsigned events, void *data)
{
    struct call *k = data;
    if (k->session)
        smtp_ready(k->session, events);
}

static void on_stream_line(struct stream *s, char direction, const char *text, void *data)
{
    note_line(data, direction, text);
}

static const struct stream_handler stream_handler = {
    .up = on_up,
    .failed = on_failed,
    .ready = on_ready,
    .line = on_stream_line,
};

static void on_deadline(void *data)
{
    struct call *k = data;
    g_autofree char *why =
        g_strdup_printf(_("it did not come to an end within %" PRId64 " s. Wait longer with "
                          "--timeout, or look whether the port is right"),
                        k->dial->timeout_s);
    k->deadline = NULL;
    note_trouble(k, "timeout", why);
    loop_quit(k->loop);
}

static void on_second(void *data)
{
    struct call *k = data;
    k->second = loop_timer_add(k->loop, clock_mono_us() + CLOCK_SECOND_US, on_second, k);
    if (k->session)
        smtp_tick(k->session, clock_mono_us());
}

/* ---- running it ---- */

enum stream_security dial_security(int security)
{
    switch (security) {
    case SERVER_TLS:
        return STREAM_TLS;
    case SERVER_NONE:
        return STREAM_PLAIN;
    default:
        return STREAM_STARTTLS;
    }
}

static void run_loop(struct call *k, const struct stream_target *target)
{
    k->loop = loop_new();
    k->pool = stream_pool_new(k->loop);
    k->deadline = loop_timer_add(
        k->loop, clock_mono_us() + k->dial->timeout_s * CLOCK_SECOND_US + GRACE_US, on_deadline,
        k);
    on_second(k);
    k->stream = stream_open(k->pool, target, &stream_handler, k);
    loop_run(k->loop);
    loop_timer_remove(k->deadline);
    loop_timer_remove(k->second);
    smtp_free(k->session);
    stream_free(k->stream);
    stream_pool_free(k->pool);
    loop_free(k->loop);
}

static gboolean call_server(const struct cmd_context *c, struct dial *d,
                            const struct hostport *at, GError **error)
{
    const struct server *s = d->server;
    struct secret secret = {0};
    if (s->user && *s->user && !secret_of_server(s, &secret, error))
        return FALSE;
    g_autofree char *hello = settings_hello(c->db, s->hello);
    struct stream_target target = {
        .host = at->host,
        .port = at->port,
        .security = dial_security(s->security),
        .hello = hello,
        .user = s->user && *s->user ? s->user : NULL,
        .secret = secret.text,
        .auth = (enum stream_auth)s->auth,
        .ca_file = s->ca_file && *s->ca_file ? s->ca_file : NULL,
        .connect_timeout_s = (int)d->timeout_s,
    };
    struct call k = {.dial = d};
    signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is told, not our end */
    run_loop(&k, &target);
    secret_clear(&secret);
    return TRUE;
}

gboolean dial_run(const struct cmd_context *c, struct dial *d, GError **error)
{
    struct hostport at = {0};
    d->lines = g_ptr_array_new_with_free_func(g_free);
    d->outcomes = g_new0(struct dial_outcome, d->n_messages);
    dial_steps_begin(&d->steps, d->server, clock_mono_us());
    gboolean ok = server_check(d->server, NULL, error) &&
                  server_endpoint(d->server, &at, error) && call_server(c, d, &at, error);
    hostport_clear(&at);
    d->steps.took_us = clock_mono_us() - d->steps.begun_us;
    if (!ok)
        g_prefix_error(error, _("server %s: "), d->server->name);
    return ok;
}

void dial_clear(struct dial *d)
{
    for (guint i = 0; d->outcomes && i < d->n_messages; i++)
        g_free(d->outcomes[i].sentence);
    g_clear_pointer(&d->outcomes, g_free);
    g_clear_pointer(&d->lines, g_ptr_array_unref);
    g_clear_pointer(&d->trouble, g_free);
    dial_steps_clear(&d->steps);
}

gboolean dial_read_timeout(const struct cmd_context *c, gint64 *ret_s, GError **error)
{
    const char *timeout = cmd_option(c, "timeout");
    gint64 s = DIAL_TIMEOUT_S;
    if (timeout && !clock_parse_span(timeout, &s, error)) {
        g_prefix_error(error, "--timeout: ");
        return cmd_wrong_usage(error);
    }
    *ret_s = CLAMP(s, 1, DIAL_MAX_TIMEOUT_S);
    return TRUE;
}

void dial_put_transcript(struct json_writer *w, const GPtrArray *lines)
{
    json_key(w, "transcript");
    json_begin_array(w);
    for (guint i = 0; i < lines->len; i++)
        json_put_string(w, g_ptr_array_index(lines, i));
    json_end_array(w);
}

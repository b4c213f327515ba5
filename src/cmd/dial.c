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
#include "base/text.h"
#include "net/call.h"
#include "net/stream.h"
#include "store/audit.h"

struct talk {
    struct dial *dial;
    struct call *call;            /* while it runs */
    struct smtp_session *session; /* NULL before the connection is up */
    guint at;                     /* the message in hand, n_messages: all are through */
};

static void note_line(struct talk *k, char direction, const char *text)
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
static void note_trouble(struct talk *k, const char *fault, const char *why)
{
    if (k->dial->trouble || k->at >= k->dial->n_messages)
        return;
    k->dial->fault = fault;
    k->dial->trouble = text_safe(why, -1, 0);
    dial_steps_fail(&k->dial->steps, fault, k->dial->trouble, clock_mono_us());
}

static void note_outcome(struct talk *k, enum reply_class class, int code, char *take_sentence)
{
    struct dial_outcome *o = &k->dial->outcomes[k->at++];
    o->is_known = TRUE;
    o->class = class;
    o->code = code;
    o->sentence = take_sentence;
}

/* ---- the conversation ---- */

/* The next message that this server can take at all; without one it is goodbye. */
static void send_next(struct talk *k)
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
    struct talk *k = data;
    if (k->dial->is_trial)
        smtp_hold_back(s); /* a trial never gets here; if it did, nothing may go out */
    else
        smtp_go(s);
}

static void on_result(struct smtp_session *s, const struct smtp_result *r, void *data)
{
    struct talk *k = data;
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
    struct talk *k = data;
    note_trouble(k, "lost", why ? why->message : _("the connection was closed"));
    call_end(k->call);
}

static const struct smtp_handler smtp_handler = {
    .authorise = on_authorise,
    .result = on_result,
    .closed = on_closed,
    .line = on_smtp_line,
};

static void on_up(struct call *c, struct stream *s, void *data)
{
    struct talk *k = data;
    dial_steps_up(&k->dial->steps, stream_peer(s), stream_capabilities(s), clock_mono_us());
    if (*stream_peer(s))
        note_line(k, '*', stream_peer(s));
    k->call = c;
    k->session = smtp_new(s, &smtp_handler, k);
    send_next(k);
}

static void on_ready(unsigned events, void *data)
{
    const struct talk *k = data;
    smtp_ready(k->session, events);
}

static void on_tick(gint64 now_us, void *data)
{
    const struct talk *k = data;
    smtp_tick(k->session, now_us);
}

static void on_over(void *data)
{
    const struct talk *k = data;
    smtp_free(k->session);
}

static void on_line(char direction, const char *text, void *data)
{
    note_line(data, direction, text);
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

/* A connection that does not come up has the same limit, and knows better what it waited for.
 */
static void note_failure(struct talk *k, const struct call_outcome *o)
{
    g_autofree char *late =
        g_strdup_printf(_("it did not come to an end within %" PRId64 " s. Wait longer with "
                          "--timeout, or look whether the port is right"),
                        k->dial->timeout_s);
    note_trouble(k, stream_fault_name(o->fault), o->is_up ? late : o->why);
}

static void run_call(struct talk *k, const struct stream_target *target)
{
    static const struct call_handler handler = {
        .up = on_up, .ready = on_ready, .tick = on_tick, .over = on_over, .line = on_line};
    struct call_outcome outcome;
    call_run(target, (int)k->dial->timeout_s, &handler, k, &outcome);
    if (!outcome.is_ended)
        note_failure(k, &outcome);
    call_outcome_clear(&outcome);
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
    };
    struct talk k = {.dial = d};
    signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is told, not our end */
    run_call(&k, &target);
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

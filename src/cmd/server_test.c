/*
 * crier server test: connect, log in, try an envelope and take it back. Shows the conversation
 * and ends with one sentence. Never sends a message.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "app/control.h"
#include "app/secret.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/mailaddr.h"
#include "base/process.h"
#include "base/text.h"
#include "net/smtp.h"
#include "net/stream.h"
#include "store/audit.h"
#include "store/campaigns.h"
#include "store/servers.h"

#define DEFAULT_TIMEOUT_S 60
#define MAX_TIMEOUT_S 3600
#define MAX_LINES 2000
/* A connection that does not come up has the same limit, and knows better what it waited for. */
#define GRACE_US (CLOCK_SECOND_US / 2)

struct trial {
    struct server server;
    char *sender, *recipient; /* owned; addresses as on the wire */
    gint64 timeout_s;
    gboolean is_json;

    struct loop *loop;
    struct stream_pool *pool;
    struct stream *stream;        /* until the session takes it */
    struct smtp_session *session; /* NULL before the connection is up */
    struct loop_timer *deadline, *second;

    GPtrArray *lines;    /* of char *, "> EHLO x" */
    const char *fault;   /* a short word for scripts; NULL while it works */
    char *verdict;       /* owned; one sentence */
    gboolean is_decided;
};

/* ---- what to try ---- */

static gboolean address_of(const char *text, char **ret, GError **error)
{
    struct mailaddr a;
    g_autofree char *name = NULL;
    if (!mailbox_parse(text, &name, &a, error))
        return FALSE;
    *ret = mailaddr_format(&a);
    mailaddr_clear(&a);
    return TRUE;
}

static gboolean sender_of_campaign(struct db *db, const char *name, char **ret, GError **error)
{
    struct campaign c;
    if (!campaigns_get(db, name, &c, error))
        return FALSE;
    gboolean ok = FALSE;
    if (c.from && *c.from)
        ok = address_of(c.from, ret, error);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign %s: it has no From address yet. Use --from ADDRESS"), name);
    campaign_clear(&c);
    return ok;
}

/* The sender of the first campaign that goes out by this server. */
static gboolean sender_by_server(struct db *db, const char *server, char **ret, GError **error)
{
    g_autoptr(GPtrArray) all = campaigns_all(db, error);
    if (!all)
        return FALSE;
    for (guint i = 0; i < all->len; i++) {
        const struct campaign *c = g_ptr_array_index(all, i);
        if (g_strcmp0(c->server, server) == 0 && c->from && *c->from)
            return address_of(c->from, ret, error);
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("server %s: no campaign uses it yet, so the sender is not known. Use --from "
                  "ADDRESS"),
                server);
    return FALSE;
}

static gboolean read_trial(const struct cmd_context *c, struct trial *t, GError **error)
{
    const char *from = cmd_option(c, "from"), *campaign = cmd_option(c, "campaign"),
               *to = cmd_option(c, "to"), *timeout = cmd_option(c, "timeout");
    gboolean ok = from       ? address_of(from, &t->sender, error)
                  : campaign ? sender_of_campaign(c->db, campaign, &t->sender, error)
                             : sender_by_server(c->db, t->server.name, &t->sender, error);
    if (!ok)
        return FALSE;
    t->timeout_s = DEFAULT_TIMEOUT_S;
    if (timeout && !clock_parse_span(timeout, &t->timeout_s, error)) {
        g_prefix_error(error, "--timeout: ");
        return FALSE;
    }
    t->timeout_s = CLAMP(t->timeout_s, 1, MAX_TIMEOUT_S);
    return address_of(to ? to : t->sender, &t->recipient, error);
}

/* ---- the conversation ---- */

static void note_line(struct trial *t, char direction, const char *text)
{
    g_autofree char *safe = text_safe(text, -1, 0);
    if (t->lines->len >= MAX_LINES)
        return;
    g_ptr_array_add(t->lines, g_strdup_printf("%c %s", direction, safe));
    if (t->is_json)
        return;
    printf("%c %s\n", direction, safe);
    fflush(stdout);
}

/* The first verdict stands: what follows it is only the end of the connection. */
static void decide(struct trial *t, const char *fault, char *take_verdict)
{
    if (t->is_decided) {
        g_free(take_verdict);
        return;
    }
    t->is_decided = TRUE;
    t->fault = fault;
    t->verdict = take_verdict;
}

static void on_smtp_line(struct smtp_session *s, char direction, const char *text, void *data)
{
    note_line(data, direction, text);
}

static void on_authorise(struct smtp_session *s, void *data)
{
    smtp_hold_back(s); /* an envelope trial never gets here; if it did, nothing may go out */
}

static void on_result(struct smtp_session *s, const struct smtp_result *r, void *data)
{
    struct trial *t = data;
    if (r->class == REPLY_PROCEED) {
        decide(t, NULL,
               g_strdup_printf(_("Server %s works: it takes mail from %s to %s. Nothing was sent."),
                               t->server.name, t->sender, t->recipient));
    } else {
        g_autofree char *text = text_safe(r->reply.text, -1, 300);
        g_autofree char *code =
            r->reply.code > 0 ? g_strdup_printf("%d %s%s", r->reply.code, r->reply.enhanced,
                                                *r->reply.enhanced ? " " : "")
                              : g_strdup("");
        decide(t, reply_class_name(r->class),
               g_strdup_printf(_("server %s did not take the envelope from %s to %s: %s: %s%s"),
                               t->server.name, t->sender, t->recipient,
                               reply_phase_name(r->phase), code,
                               *text ? text : _("the connection was lost")));
    }
    smtp_quit(s);
}

static void on_closed(struct smtp_session *s, const GError *why, void *data)
{
    struct trial *t = data;
    decide(t, "lost",
           g_strdup_printf(_("server %s: the connection was lost: %s"), t->server.name,
                           why ? why->message : _("it was closed")));
    smtp_free(s);
    t->session = NULL;
    loop_quit(t->loop);
}

static const struct smtp_handler smtp_handler = {
    .authorise = on_authorise,
    .result = on_result,
    .closed = on_closed,
    .line = on_smtp_line,
};


static void on_up(struct stream *s, void *data)
{
    struct trial *t = data;
    GError *error = NULL;
    struct smtp_message m = {
        .sender = t->sender,
        .recipient = t->recipient,
        .needs_smtputf8 = !g_str_is_ascii(t->sender) || !g_str_is_ascii(t->recipient),
    };
    if (*stream_peer(s))
        note_line(t, '*', stream_peer(s));
    t->session = smtp_new(s, &smtp_handler, t);
    t->stream = NULL;
    if (smtp_try_envelope(t->session, &m, &error))
        return;
    decide(t, "message", g_strdup_printf(_("server %s: %s"), t->server.name, error->message));
    g_error_free(error);
    smtp_quit(t->session);
}

static void on_failed(struct stream *s, enum stream_fault fault, const GError *why, void *data)
{
    struct trial *t = data;
    decide(t, stream_fault_name(fault),
           g_strdup_printf(_("server %s: %s"), t->server.name, why->message));
    stream_free(s);
    t->stream = NULL;
    loop_quit(t->loop);
}

static void on_ready(struct stream *s, unsigned events, void *data)
{
    struct trial *t = data;
    if (t->session)
        smtp_ready(t->session, events);
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
    struct trial *t = data;
    t->deadline = NULL;
    decide(t, "timeout",
           g_strdup_printf(_("server %s: it did not come to an end within %" PRId64 " s. Wait longer with "
                             "--timeout, or look whether the port is right"), t->server.name,
                           t->timeout_s));
    loop_quit(t->loop);
}

static void on_second(void *data)
{
    struct trial *t = data;
    t->second = loop_timer_add(t->loop, clock_mono_us() + CLOCK_SECOND_US, on_second, t);
    if (t->session)
        smtp_tick(t->session, clock_mono_us());
}

/* ---- running it ---- */

static enum stream_security security_of(const struct server *s)
{
    switch (s->security) {
    case SERVER_TLS:
        return STREAM_TLS;
    case SERVER_NONE:
        return STREAM_PLAIN;
    default:
        return STREAM_STARTTLS;
    }
}

static char *hello_name(const struct cmd_context *c, const struct server *s)
{
    struct settings settings = {0};
    char *name = NULL;
    if (s->hello && *s->hello)
        return g_strdup(s->hello);
    if (settings_load(c->db, &settings, NULL)) {
        if (settings.hello && *settings.hello)
            name = g_strdup(settings.hello);
        settings_clear(&settings);
    }
    return name ? name : g_strdup(g_get_host_name());
}

static void run_loop(struct trial *t, const struct stream_target *target)
{
    t->loop = loop_new();
    t->pool = stream_pool_new(t->loop);
    t->deadline = loop_timer_add(t->loop, clock_mono_us() + t->timeout_s * CLOCK_SECOND_US + GRACE_US,
                                 on_deadline, t);
    on_second(t);
    t->stream = stream_open(t->pool, target, &stream_handler, t);
    loop_run(t->loop);
    loop_timer_remove(t->deadline);
    loop_timer_remove(t->second);
    smtp_free(t->session);
    stream_free(t->stream);
    stream_pool_free(t->pool);
    loop_free(t->loop);
}

static gboolean run_trial(const struct cmd_context *c, struct trial *t, GError **error)
{
    struct hostport at = {0};
    const struct server *s = &t->server;
    GError *why = NULL;
    if (!server_endpoint(s, &at, error)) {
        g_prefix_error(error, _("server %s: "), s->name);
        return FALSE;
    }
    struct secret secret = {0};
    if (s->user && *s->user && !secret_of_server(s, &secret, &why)) {
        hostport_clear(&at);
        g_propagate_error(error, why);
        return FALSE;
    }
    g_autofree char *hello = hello_name(c, s);
    struct stream_target target = {
        .host = at.host,
        .port = at.port,
        .security = security_of(s),
        .hello = hello,
        .user = s->user && *s->user ? s->user : NULL,
        .secret = secret.text,
        .auth = (enum stream_auth)s->auth,
        .ca_file = s->ca_file && *s->ca_file ? s->ca_file : NULL,
        .connect_timeout_s = (int)t->timeout_s,
    };
    signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is a verdict, not our end */
    run_loop(t, &target);
    secret_clear(&secret);
    hostport_clear(&at);
    return TRUE;
}

/* On a terminal what works is said below the conversation; what does not is an error message
 * as everywhere, so that a script that throws the conversation away still shows it. */
static void put_verdict(const struct trial *t)
{
    if (t->fault)
        cmd_warn("%s", t->verdict);
    if (!t->is_json) {
        g_autofree char *safe = text_safe(t->verdict, -1, 0);
        if (!t->fault)
            puts(safe);
        return;
    }
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "server", t->server.name);
    json_kv_bool(w, "ok", t->fault == NULL);
    json_kv_string(w, "fault", t->fault);
    json_kv_string(w, "verdict", t->verdict);
    json_kv_string(w, "sender", t->sender);
    json_kv_string(w, "recipient", t->recipient);
    json_key(w, "transcript");
    json_begin_array(w);
    for (guint i = 0; i < t->lines->len; i++)
        json_put_string(w, g_ptr_array_index(t->lines, i));
    json_end_array(w);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

/* The trouble that the worker met is over: a server that rests until somebody acts goes on. */
static gboolean forgive(const struct cmd_context *c, const struct server *s, GError **error)
{
    g_autofree char *problem = servers_get_problem(c->db, s->id);
    if (!problem || !*problem)
        return TRUE;
    if (!servers_set_problem(c->db, s->id, "", error))
        return FALSE;
    control_nudge(c->ws);
    return TRUE;
}

int cmd_server_test(struct cmd_context *c)
{
    GError *error = NULL;
    struct trial t = {.is_json = cmd_wants_json(c)};
    if (!servers_get(c->db, cmd_word(c, 0), &t.server, &error))
        return cmd_fail(error);
    t.lines = g_ptr_array_new_with_free_func(g_free);
    gboolean ok = server_check(&t.server, NULL, &error) && read_trial(c, &t, &error) &&
                  run_trial(c, &t, &error);
    if (ok)
        put_verdict(&t);
    ok = ok && !t.fault && forgive(c, &t.server, &error);
    g_ptr_array_unref(t.lines);
    g_free(t.sender);
    g_free(t.recipient);
    g_free(t.verdict);
    server_clear(&t.server);
    return error ? cmd_fail(error) : ok ? 0 : 1;
}

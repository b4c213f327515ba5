/*
 * crier mailbox test: connect, log in, count what is in the mailbox. Shows the conversation and
 * ends with one sentence. Never reads, moves or deletes a message.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <signal.h>

#include "app/control.h"
#include "app/secret.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/dial.h"
#include "cmd/mailbox_steps.h"
#include "cmd/tell.h"
#include "net/call.h"
#include "net/mailbox_look.h"
#include "store/mailboxes.h"

static const struct {
    enum stream_protocol protocol;
    const struct mailbox_look_ops *(*ops)(void);
} by_protocol[MAILBOX_PROTOCOL_COUNT] = {
    [MAILBOX_IMAP] = {STREAM_IMAP, mailbox_look_imap},
    [MAILBOX_POP3] = {STREAM_POP3, mailbox_look_pop3},
};

struct trial {
    struct mailbox mailbox;
    gint64 timeout_s;
    gboolean is_json;
    GPtrArray *lines; /* owned; of char *: the conversation, safe to show */
    struct call *call; /* while it runs */
    const struct mailbox_look_ops *ops;
    void *look; /* NULL before the connection is up */
    struct mailbox_steps steps;
    gboolean is_through; /* all was answered; otherwise `trouble` says why not */
    struct mailbox_found found;
    const char *fault; /* a short word for `trouble` */
    char *trouble;     /* owned; safe to show */
};

/* ---- the conversation ---- */

static void note_line(char direction, const char *text, void *data)
{
    struct trial *t = data;
    g_autofree char *safe = text_safe(text, -1, 0);
    mailbox_steps_line(&t->steps, direction, safe);
    if (t->lines->len >= DIAL_MAX_LINES)
        return;
    char *line = g_strdup_printf("%c %s", direction, safe);
    g_ptr_array_add(t->lines, line);
    if (tell_is_wanted())
        tell_put(TELL_LINE, line);
    if (t->is_json)
        return;
    puts(line);
    fflush(stdout);
}

static void fail(struct trial *t, const char *fault, const char *why)
{
    mailbox_steps_fail(&t->steps, fault);
    t->fault = fault;
    t->trouble = text_safe(why, -1, 0);
}

static void on_done(const struct mailbox_found *found, const GError *why, void *data)
{
    struct trial *t = data;
    if (why) {
        fail(t, "mailbox", why->message);
    } else {
        mailbox_steps_done(&t->steps);
        t->found = *found;
        t->is_through = TRUE;
    }
    call_end(t->call);
}

static void on_up(struct call *c, struct stream *s, void *data)
{
    static const struct mailbox_look_handler handler = {on_done, note_line};
    struct trial *t = data;
    if (*stream_peer(s))
        note_line('*', stream_peer(s), t);
    mailbox_steps_up(&t->steps);
    t->call = c;
    t->look = t->ops->begin(s, &t->mailbox, &handler, t);
}

static void on_ready(unsigned events, void *data)
{
    struct trial *t = data;
    t->ops->ready(t->look, events);
}

static void on_tick(gint64 now_us, void *data)
{
    struct trial *t = data;
    t->ops->tick(t->look, now_us);
}

static void on_over(void *data)
{
    struct trial *t = data;
    t->ops->free(t->look);
}

/* A connection that does not come up has the same limit, and knows better what it waited for.
 */
static void take_failure(struct trial *t, const struct call_outcome *o)
{
    g_autofree char *late =
        g_strdup_printf(_("it did not come to an end within %" PRId64 " s. Wait longer with "
                          "--timeout, or look whether the port is right"),
                        t->timeout_s);
    fail(t, stream_fault_name(o->fault), o->is_up ? late : o->why);
}

static void run_call(struct trial *t, const struct stream_target *target)
{
    static const struct call_handler handler = {
        .up = on_up, .ready = on_ready, .tick = on_tick, .over = on_over, .line = note_line};
    struct call_outcome outcome;
    call_run(target, (int)t->timeout_s, &handler, t, &outcome);
    if (!outcome.is_ended)
        take_failure(t, &outcome);
    call_outcome_clear(&outcome);
}

static gboolean call_server(struct trial *t, const struct hostport *at, GError **error)
{
    const struct mailbox *m = &t->mailbox;
    struct secret secret = {0};
    if (!secret_of_mailbox(m, &secret, error))
        return FALSE;
    struct stream_target target = {
        .protocol = by_protocol[m->protocol].protocol,
        .host = at->host,
        .port = at->port,
        .security = dial_security(m->security),
        .user = m->user,
        .secret = secret.text,
        .auth = (enum stream_auth)m->auth,
        .ca_file = m->ca_file && *m->ca_file ? m->ca_file : NULL,
    };
    t->ops = by_protocol[m->protocol].ops();
    mailbox_steps_begin(&t->steps, m);
    signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is told, not our end */
    run_call(t, &target);
    secret_clear(&secret);
    return TRUE;
}

static gboolean run_trial(const struct cmd_context *c, struct trial *t, GError **error)
{
    struct hostport at = {0};
    if (!dial_read_timeout(c, &t->timeout_s, error))
        return FALSE;
    gboolean ok = mailbox_check(&t->mailbox, error) &&
                  mailbox_endpoint(&t->mailbox, &at, error) && call_server(t, &at, error);
    hostport_clear(&at);
    if (!ok)
        g_prefix_error(error, _("mailbox %s: "), t->mailbox.name);
    return ok;
}

/* ---- what to say ---- */

static char *say_count(const struct mailbox_found *f)
{
    if (f->n_bytes < 0)
        return g_strdup_printf(ngettext("%" PRId64 " message is in it",
                                        "%" PRId64 " messages are in it",
                                        (gulong)f->n_messages),
                               f->n_messages);
    g_autofree char *size = g_format_size((guint64)f->n_bytes);
    return g_strdup_printf(ngettext("%" PRId64 " message is in it (%s)",
                                    "%" PRId64 " messages are in it (%s)",
                                    (gulong)f->n_messages),
                           f->n_messages, size);
}

static char *say_works(const struct trial *t)
{
    const struct mailbox_found *f = &t->found;
    const char *name = t->mailbox.name;
    g_autofree char *count = say_count(f);
    if (f->n_twice + f->n_unnamed > 0)
        return g_strdup_printf(
            _("Mailbox %s works: %s, %" PRId64 " of them without a name of their own (UIDL), "
              "so that those are not told apart. Nothing was read or deleted."),
            name, count, f->n_twice + f->n_unnamed);
    if (f->is_read_only)
        return g_strdup_printf(
            _("Mailbox %s works: %s. But mail can only be read there, not moved away or deleted: "
              "whoever runs the server can give the user that right. Nothing was read or "
              "deleted."),
            name, count);
    return g_strdup_printf(_("Mailbox %s works: %s. Nothing was read or deleted."), name,
                           count);
}

static char *say_verdict(const struct trial *t)
{
    return t->is_through ? say_works(t)
                         : g_strdup_printf(_("mailbox %s: %s"), t->mailbox.name, t->trouble);
}

/* What saves work where it is there; without it things go another way. */
static char *say_offers(const struct mailbox_found *f)
{
    const struct {
        const char *name;
        gboolean is_there;
    } offers[] = {{"IDLE", f->idle}, {"MOVE", f->move}, {"UIDPLUS", f->uidplus}};
    g_autoptr(GString) text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(offers); i++)
        if (offers[i].is_there)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", offers[i].name);
    return g_strdup_printf(_("The server offers: %s"), text->len > 0 ? text->str : _("nothing"));
}

static void put_offers_json(struct json_writer *w, const struct mailbox_found *f)
{
    json_kv_bool(w, "read_only", f->is_read_only);
    json_key(w, "offers");
    json_begin_object(w);
    json_kv_bool(w, "idle", f->idle);
    json_kv_bool(w, "move", f->move);
    json_kv_bool(w, "uidplus", f->uidplus);
    json_end_object(w);
}

/* Below the conversation. */
static void put_steps(const struct trial *t)
{
    g_autofree char *steps = mailbox_steps_text(&t->steps);
    puts(steps);
    if (t->is_through && t->found.has_offers) {
        g_autofree char *offers = say_offers(&t->found);
        puts(offers);
    }
    fflush(stdout);
}

static void put_json(const struct trial *t, const char *verdict)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "mailbox", t->mailbox.name);
    json_kv_bool(w, "ok", t->is_through);
    json_kv_string(w, "fault", t->fault);
    json_kv_string(w, "verdict", verdict);
    if (t->is_through) {
        json_kv_int(w, "messages", t->found.n_messages);
        if (t->found.n_bytes >= 0)
            json_kv_int(w, "bytes", t->found.n_bytes);
        json_kv_int(w, "unnamed", t->found.n_twice + t->found.n_unnamed);
    }
    if (t->is_through && t->found.has_offers)
        put_offers_json(w, &t->found);
    mailbox_steps_json(w, &t->steps);
    dial_put_transcript(w, t->lines);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

/* What works is said below the conversation; what does not is an error message as everywhere,
 * so that a script that throws the conversation away still shows it. */
static void put_verdict(const struct trial *t)
{
    g_autofree char *verdict = say_verdict(t);
    if (!t->is_json)
        put_steps(t);
    if (!t->is_through)
        cmd_warn("%s", verdict);
    if (t->is_json) {
        put_json(t, verdict);
    } else if (t->is_through) {
        g_autofree char *safe = text_safe(verdict, -1, 0);
        puts(safe);
    }
}

/* The trouble that its reader met is over. */
static gboolean forgive(const struct cmd_context *c, const struct mailbox *m, GError **error)
{
    g_autofree char *problem = mailboxes_get_problem(c->db, m->id);
    if (!problem || !*problem)
        return TRUE;
    if (!mailboxes_set_problem(c->db, m->id, "", error))
        return FALSE;
    control_nudge(c->ws);
    return TRUE;
}

int cmd_mailbox_test(struct cmd_context *c)
{
    GError *error = NULL;
    struct trial t = {.is_json = cmd_wants_json(c)};
    if (!mailboxes_get(c->db, cmd_word(c, 0), &t.mailbox, &error))
        return cmd_fail(error);
    t.lines = g_ptr_array_new_with_free_func(g_free);
    gboolean ok = run_trial(c, &t, &error);
    if (ok)
        put_verdict(&t);
    ok = ok && t.is_through && forgive(c, &t.mailbox, &error);
    g_ptr_array_unref(t.lines);
    g_free(t.trouble);
    mailbox_clear(&t.mailbox);
    return error ? cmd_fail(error) : ok ? 0 : 1;
}

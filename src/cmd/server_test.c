/*
 * crier server test: connect, log in, try the envelopes that campaigns will use and take them
 * back; where a sender at a mailbox is refused, From's own address too. Shows the conversation
 * and ends with one sentence. Never sends a message.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/control.h"
#include "app/envelopes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/dial.h"
#include "cmd/tell.h"
#include "store/campaigns.h"
#include "store/servers.h"

struct attempt {                 /* one sender to try */
    struct envelope *envelope;   /* owned */
    char *recipient;             /* owned; as on the wire */
    gboolean is_fallback;        /* From's own address instead of one at a mailbox */
    struct dial_outcome outcome; /* sentence owned */
};

struct trial {
    struct server server;
    const char *to; /* NULL: From's own address */
    gint64 timeout_s;
    gboolean is_json;
    GPtrArray *attempts;     /* of struct attempt * */
    GPtrArray *lines;        /* of char * */
    struct dial_steps steps; /* owned; of the first connection */
    gboolean has_steps;
    const char *fault; /* a short word for scripts; NULL while it works */
    char *verdict;     /* owned; one sentence */
};

static void attempt_free(gpointer data)
{
    struct attempt *a = data;
    envelope_free(a->envelope);
    g_free(a->recipient);
    g_free(a->outcome.sentence);
    g_free(a);
}

/* ---- what to try ---- */

static gboolean add_campaign(struct trial *t, struct db *db, const char *name,
                             GPtrArray *envelopes, GError **error)
{
    struct campaign c;
    if (!campaigns_get(db, name, &c, error))
        return FALSE;
    gboolean ok = c.from && *c.from;
    if (ok)
        ok = envelopes_add(envelopes, db, &t->server, name, c.from, c.mailbox, error);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign %s: it has no From address yet. Use --from ADDRESS"), name);
    campaign_clear(&c);
    return ok;
}

static gboolean add_by_server(struct trial *t, struct db *db, GPtrArray *envelopes,
                              GError **error)
{
    if (!envelopes_add_by_server(envelopes, db, &t->server, error))
        return FALSE;
    if (envelopes->len > 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("server %s: no campaign uses it yet, so the sender is not known. Use --from "
                  "ADDRESS"),
                t->server.name);
    return FALSE;
}

/* Takes the envelopes; each goes to From's own address, or to --to. */
static gboolean take_envelopes(struct trial *t, GPtrArray *envelopes, GError **error)
{
    while (envelopes->len > 0) {
        struct attempt *a = g_new0(struct attempt, 1);
        a->envelope = g_ptr_array_steal_index(envelopes, 0);
        g_ptr_array_add(t->attempts, a);
        if (!envelope_address(t->to ? t->to : a->envelope->from, &a->recipient, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_address(const char *option, const char *text, GError **error)
{
    g_autofree char *address = NULL;
    if (!text || envelope_address(text, &address, error))
        return TRUE;
    g_prefix_error(error, "%s", option);
    return cmd_wrong_usage(error);
}

static gboolean read_trial(const struct cmd_context *c, struct trial *t, GError **error)
{
    const char *from = cmd_option(c, "from"), *campaign = cmd_option(c, "campaign"),
               *mailbox = cmd_option(c, "mailbox");
    t->to = cmd_option(c, "to");
    if (mailbox && !from) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--mailbox goes with --from: give the From address too"));
        return FALSE;
    }
    if (!dial_read_timeout(c, &t->timeout_s, error))
        return FALSE;
    g_autoptr(GPtrArray) envelopes = envelopes_new();
    return check_address("--from: ", from, error) && check_address("--to: ", t->to, error) &&
           (from       ? envelopes_add(envelopes, c->db, &t->server, NULL, from, mailbox, error)
            : campaign ? add_campaign(t, c->db, campaign, envelopes, error)
                       : add_by_server(t, c->db, envelopes, error)) &&
           take_envelopes(t, envelopes, error);
}

/* ---- trying it ---- */

static void show_line(const char *line, void *data)
{
    const struct trial *t = data;
    if (tell_is_wanted())
        tell_put(TELL_LINE, line);
    if (t->is_json)
        return;
    puts(line);
    fflush(stdout);
}

static void take_outcomes(struct trial *t, struct dial *d, GPtrArray *open)
{
    for (guint i = 0; i < d->n_messages; i++) {
        struct attempt *a = open->pdata[i];
        a->outcome = d->outcomes[i];
        d->outcomes[i].sentence = NULL;
    }
    for (guint i = 0; i < d->lines->len; i++)
        g_ptr_array_add(t->lines, g_strdup(d->lines->pdata[i]));
    if (!t->has_steps) {
        t->steps = d->steps;
        d->steps = (struct dial_steps){0};
        t->has_steps = TRUE;
    }
    if (d->trouble) {
        t->fault = d->fault;
        g_free(t->verdict);
        t->verdict = g_strdup_printf(_("server %s: %s"), t->server.name, d->trouble);
    }
}

/* One connection for those that have no outcome yet. */
static gboolean dial_open(const struct cmd_context *c, struct trial *t, GPtrArray *open,
                          GError **error)
{
    g_autoptr(GArray) messages = g_array_new(FALSE, TRUE, sizeof(struct smtp_message));
    for (guint i = 0; i < open->len; i++) {
        const struct attempt *a = open->pdata[i];
        struct smtp_message m = {.sender = a->envelope->sender,
                                 .recipient = a->recipient,
                                 .needs_smtputf8 = !g_str_is_ascii(a->envelope->sender) ||
                                                   !g_str_is_ascii(a->recipient)};
        g_array_append_val(messages, m);
    }
    struct dial d = {.server = &t->server,
                     .messages = (const struct smtp_message *)messages->data,
                     .n_messages = messages->len,
                     .timeout_s = t->timeout_s,
                     .is_trial = TRUE,
                     .line = show_line,
                     .data = t};
    t->fault = NULL;
    gboolean ok = dial_run(c, &d, error);
    if (ok)
        take_outcomes(t, &d, open);
    dial_clear(&d);
    return ok;
}

/* Some servers hang up after a refusal: as long as each connection brings an outcome, there is
 * a next. */
static gboolean try_all(const struct cmd_context *c, struct trial *t, GError **error)
{
    for (guint n_before = G_MAXUINT;;) {
        g_autoptr(GPtrArray) open = g_ptr_array_new();
        for (guint i = 0; i < t->attempts->len; i++) {
            struct attempt *a = t->attempts->pdata[i];
            if (!a->outcome.is_known)
                g_ptr_array_add(open, a);
        }
        if (open->len == 0 || open->len == n_before)
            return TRUE;
        n_before = open->len;
        if (!dial_open(c, t, open, error))
            return FALSE;
    }
}

static gboolean is_taken(const struct attempt *a)
{
    return a->outcome.is_known && a->outcome.class == REPLY_PROCEED;
}

/* From's own address, where the server said no to a sender at a mailbox. False: nowhere. */
static gboolean add_fallbacks(struct trial *t)
{
    guint n = t->attempts->len;
    for (guint i = 0; i < n; i++) {
        const struct attempt *a = t->attempts->pdata[i];
        if (!a->envelope->is_verp || is_taken(a) || a->outcome.code / 100 != 5)
            continue;
        struct attempt *plain = g_new0(struct attempt, 1);
        plain->envelope = envelope_new();
        plain->envelope->from = g_strdup(a->envelope->from);
        plain->envelope->sender = g_strdup(a->envelope->from);
        plain->recipient = g_strdup(a->recipient);
        plain->is_fallback = TRUE;
        g_ptr_array_add(t->attempts, plain);
    }
    return t->attempts->len > n;
}

/* ---- what to say ---- */

static const struct attempt *fallback_of(const struct trial *t, const struct attempt *a)
{
    for (guint i = 0; i < t->attempts->len; i++) {
        const struct attempt *other = t->attempts->pdata[i];
        if (other->is_fallback && a->envelope->is_verp &&
            g_str_equal(other->envelope->sender, a->envelope->from) &&
            g_str_equal(other->recipient, a->recipient))
            return other;
    }
    return NULL;
}

static char *say_refused(const struct trial *t, const struct attempt *a)
{
    const struct attempt *plain = fallback_of(t, a);
    const char *name = t->server.name;
    g_autofree char *refusal =
        g_strdup_printf(_("server %s did not take the envelope from %s to %s: %s"), name,
                        a->envelope->sender, a->recipient, a->outcome.sentence);
    if (!plain || !plain->outcome.is_known)
        return g_steal_pointer(&refusal);
    if (is_taken(plain))
        return g_strdup_printf(
            _("%s. It does take %s: use that with crier server set %s --envelope "
              "plain; bounces then come to %s, not to mailbox %s"),
            refusal, plain->envelope->sender, name, plain->envelope->sender,
            a->envelope->mailbox);
    return g_strdup_printf(_("%s. Nor did it take From's own address %s: %s"), refusal,
                           plain->envelope->sender, plain->outcome.sentence);
}

static char *say_works(const struct trial *t)
{
    const struct attempt *a = t->attempts->pdata[0];
    if (t->attempts->len == 1)
        return g_strdup_printf(
            _("Server %s works: it takes mail from %s to %s. Nothing was sent."),
            t->server.name, a->envelope->sender, a->recipient);
    return g_strdup_printf(
        _("Server %s works: it takes mail from each of the %u envelope senders "
          "of its campaigns. Nothing was sent."),
        t->server.name, t->attempts->len);
}

static void decide(struct trial *t)
{
    for (guint i = 0; i < t->attempts->len; i++) {
        const struct attempt *a = t->attempts->pdata[i];
        if (!a->outcome.is_known || is_taken(a))
            continue;
        g_free(t->verdict);
        t->fault = reply_class_name(a->outcome.class);
        t->verdict = say_refused(t, a);
        return;
    }
    if (!t->fault) {
        g_free(t->verdict);
        t->verdict = say_works(t);
    }
}

static void put_envelope(struct json_writer *w, const struct attempt *a)
{
    json_begin_object(w);
    json_key(w, "campaigns");
    json_begin_array(w);
    for (guint i = 0; i < a->envelope->campaigns->len; i++)
        json_put_string(w, a->envelope->campaigns->pdata[i]);
    json_end_array(w);
    json_kv_string(w, "mailbox", a->envelope->mailbox);
    json_kv_string(w, "sender", a->envelope->sender);
    json_kv_string(w, "recipient", a->recipient);
    json_kv_string(w, "envelope", a->envelope->is_verp ? "verp" : "plain");
    json_kv_bool(w, "ok", is_taken(a));
    json_kv_string(w, "reply", is_taken(a) ? NULL : a->outcome.sentence);
    json_end_object(w);
}

static void put_json(const struct trial *t)
{
    const struct attempt *first = t->attempts->pdata[0];
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "server", t->server.name);
    json_kv_bool(w, "ok", t->fault == NULL);
    json_kv_string(w, "fault", t->fault);
    json_kv_string(w, "verdict", t->verdict);
    json_kv_string(w, "sender", first->envelope->sender);
    json_kv_string(w, "recipient", first->recipient);
    json_key(w, "tried");
    json_begin_array(w);
    for (guint i = 0; i < t->attempts->len; i++)
        put_envelope(w, t->attempts->pdata[i]);
    json_end_array(w);
    dial_steps_json(w, &t->steps);
    dial_put_transcript(w, t->lines);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

/* On a terminal what works is said below the conversation; what does not is an error message
 * as everywhere, so that a script that throws the conversation away still shows it. */
static void put_verdict(const struct trial *t)
{
    if (t->fault)
        cmd_warn("%s", t->verdict);
    if (t->is_json) {
        put_json(t);
    } else if (!t->fault) {
        g_autofree char *safe = text_safe(t->verdict, -1, 0);
        puts(safe);
    }
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

static gboolean run_trial(const struct cmd_context *c, struct trial *t, GError **error)
{
    return try_all(c, t, error) && (!add_fallbacks(t) || try_all(c, t, error));
}

int cmd_server_test(struct cmd_context *c)
{
    GError *error = NULL;
    struct trial t = {.is_json = cmd_wants_json(c)};
    if (!servers_get(c->db, cmd_word(c, 0), &t.server, &error))
        return cmd_fail(error);
    t.lines = g_ptr_array_new_with_free_func(g_free);
    t.attempts = g_ptr_array_new_with_free_func(attempt_free);
    gboolean ok = read_trial(c, &t, &error) && run_trial(c, &t, &error);
    if (ok) {
        decide(&t);
        put_verdict(&t);
    }
    ok = ok && !t.fault && forgive(c, &t.server, &error);
    g_ptr_array_unref(t.lines);
    g_ptr_array_unref(t.attempts);
    g_free(t.verdict);
    dial_steps_clear(&t.steps);
    server_clear(&t.server);
    return error ? cmd_fail(error) : ok ? 0 : 1;
}

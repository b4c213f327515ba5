/*
 * crier server test: connect, log in, try the envelopes that campaigns will use and take them
 * back; where a sender at a mailbox is refused, From's own address too. Shows the conversation
 * and ends with one sentence. Never sends a message.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/control.h"
#include "app/letter.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "cmd/dial.h"
#include "cmd/tell.h"
#include "store/campaigns.h"
#include "store/mailboxes.h"
#include "store/pools.h"
#include "store/servers.h"

#define MAX_ENVELOPES 20

struct envelope {             /* one sender to try */
    GPtrArray *campaigns;     /* of char *, owned: whose it is; none when it was named */
    char *from;               /* owned; From's own address */
    char *mailbox;            /* owned; its name, NULL: none */
    char *sender, *recipient; /* owned; as on the wire */
    gboolean is_verp, is_fallback;
    struct dial_outcome outcome; /* sentence owned */
};

struct trial {
    struct server server;
    guint8 key[32];
    const char *to; /* NULL: From's own address */
    gint64 timeout_s;
    gboolean is_json;
    GPtrArray *envelopes; /* of struct envelope * */
    GPtrArray *lines;     /* of char * */
    struct dial_steps steps; /* owned; of the first connection */
    gboolean has_steps;
    const char *fault;    /* a short word for scripts; NULL while it works */
    char *verdict;        /* owned; one sentence */
};

static void envelope_free(gpointer data)
{
    struct envelope *e = data;
    g_ptr_array_unref(e->campaigns);
    g_free(e->from);
    g_free(e->mailbox);
    g_free(e->sender);
    g_free(e->recipient);
    g_free(e->outcome.sentence);
    g_free(e);
}

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

/* The sender that deliveries with this From and mailbox will have; with a token that is
 * nobody's. */
static gboolean set_sender(struct trial *t, struct db *db, struct envelope *e, GError **error)
{
    struct mailbox m;
    g_autofree char *bounce = NULL;
    if (!e->mailbox || t->server.envelope == SERVER_ENVELOPE_PLAIN) {
        e->sender = g_strdup(e->from);
        return TRUE;
    }
    if (!mailboxes_get(db, e->mailbox, &m, error))
        return FALSE;
    gboolean ok = address_of(m.address, &bounce, error);
    mailbox_clear(&m);
    if (!ok)
        return FALSE;
    e->sender = letter_bounce_sender(bounce, t->key, 0);
    e->is_verp = e->sender != NULL;
    if (!e->sender)
        e->sender = g_strdup(e->from);
    return TRUE;
}

static struct envelope *find_same(struct trial *t, const struct envelope *e)
{
    for (guint i = 0; i < t->envelopes->len; i++) {
        struct envelope *other = t->envelopes->pdata[i];
        if (g_str_equal(other->sender, e->sender) && g_str_equal(other->from, e->from))
            return other;
    }
    return NULL;
}

/* `campaign` and `mailbox` may be NULL. Campaigns with the same sender are one trial. */
static gboolean add_envelope(struct trial *t, struct db *db, const char *campaign,
                             const char *from, const char *mailbox, GError **error)
{
    struct envelope *e = g_new0(struct envelope, 1), *same = NULL;
    e->campaigns = g_ptr_array_new_with_free_func(g_free);
    e->mailbox = mailbox && *mailbox ? g_strdup(mailbox) : NULL;
    gboolean ok = address_of(from, &e->from, error) && set_sender(t, db, e, error) &&
                  address_of(t->to ? t->to : from, &e->recipient, error);
    if (ok)
        same = find_same(t, e);
    if (ok && campaign)
        g_ptr_array_add(same ? same->campaigns : e->campaigns, g_strdup(campaign));
    if (ok && !same && t->envelopes->len < MAX_ENVELOPES)
        g_ptr_array_add(t->envelopes, g_steal_pointer(&e));
    g_clear_pointer(&e, envelope_free);
    if (!ok && campaign)
        g_prefix_error(error, _("campaign %s: "), campaign);
    return ok;
}

static gboolean add_campaign(struct trial *t, struct db *db, const char *name, GError **error)
{
    struct campaign c;
    if (!campaigns_get(db, name, &c, error))
        return FALSE;
    gboolean ok = c.from && *c.from;
    if (ok)
        ok = add_envelope(t, db, name, c.from, c.mailbox, error);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign %s: it has no From address yet. Use --from ADDRESS"), name);
    campaign_clear(&c);
    return ok;
}

static gboolean is_over(const struct campaign *c)
{
    return c->state == CAMPAIGN_FINISHED || c->state == CAMPAIGN_CANCELLED;
}

/* Of every campaign that goes out by this server; those that are over only when there is no
 * other. */
static gboolean add_by_server(struct trial *t, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = campaigns_all(db, error);
    if (!all)
        return FALSE;
    for (int over = 0; over <= 1 && t->envelopes->len == 0; over++)
        for (guint i = 0; i < all->len; i++) {
            const struct campaign *c = g_ptr_array_index(all, i);
            if (pools_lead_to(db, c->server, t->server.name) && c->from && *c->from &&
                is_over(c) == over && !add_envelope(t, db, c->name, c->from, c->mailbox, error))
                return FALSE;
        }
    if (t->envelopes->len > 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("server %s: no campaign uses it yet, so the sender is not known. Use --from "
                  "ADDRESS"),
                t->server.name);
    return FALSE;
}

static gboolean check_address(const char *option, const char *text, GError **error)
{
    g_autofree char *address = NULL;
    if (!text || address_of(text, &address, error))
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
    return check_address("--from: ", from, error) && check_address("--to: ", t->to, error) &&
           db_hmac_key(c->db, t->key, error) &&
           (from       ? add_envelope(t, c->db, NULL, from, mailbox, error)
            : campaign ? add_campaign(t, c->db, campaign, error)
                       : add_by_server(t, c->db, error));
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
        struct envelope *e = open->pdata[i];
        e->outcome = d->outcomes[i];
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
        const struct envelope *e = open->pdata[i];
        struct smtp_message m = {.sender = e->sender,
                                 .recipient = e->recipient,
                                 .needs_smtputf8 = !g_str_is_ascii(e->sender) ||
                                                   !g_str_is_ascii(e->recipient)};
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
        for (guint i = 0; i < t->envelopes->len; i++) {
            struct envelope *e = t->envelopes->pdata[i];
            if (!e->outcome.is_known)
                g_ptr_array_add(open, e);
        }
        if (open->len == 0 || open->len == n_before)
            return TRUE;
        n_before = open->len;
        if (!dial_open(c, t, open, error))
            return FALSE;
    }
}

static gboolean is_taken(const struct envelope *e)
{
    return e->outcome.is_known && e->outcome.class == REPLY_PROCEED;
}

/* From's own address, where the server said no to a sender at a mailbox. False: nowhere. */
static gboolean add_fallbacks(struct trial *t)
{
    guint n = t->envelopes->len;
    for (guint i = 0; i < n; i++) {
        const struct envelope *e = t->envelopes->pdata[i];
        if (!e->is_verp || is_taken(e) || e->outcome.code / 100 != 5)
            continue;
        struct envelope *plain = g_new0(struct envelope, 1);
        plain->campaigns = g_ptr_array_new_with_free_func(g_free);
        plain->from = g_strdup(e->from);
        plain->sender = g_strdup(e->from);
        plain->recipient = g_strdup(e->recipient);
        plain->is_fallback = TRUE;
        g_ptr_array_add(t->envelopes, plain);
    }
    return t->envelopes->len > n;
}

/* ---- what to say ---- */

static const struct envelope *fallback_of(const struct trial *t, const struct envelope *e)
{
    for (guint i = 0; i < t->envelopes->len; i++) {
        const struct envelope *other = t->envelopes->pdata[i];
        if (other->is_fallback && e->is_verp && g_str_equal(other->sender, e->from) &&
            g_str_equal(other->recipient, e->recipient))
            return other;
    }
    return NULL;
}

static char *say_refused(const struct trial *t, const struct envelope *e)
{
    const struct envelope *plain = fallback_of(t, e);
    const char *name = t->server.name;
    g_autofree char *refusal =
        g_strdup_printf(_("server %s did not take the envelope from %s to %s: %s"), name,
                        e->sender, e->recipient, e->outcome.sentence);
    if (!plain || !plain->outcome.is_known)
        return g_steal_pointer(&refusal);
    if (is_taken(plain))
        return g_strdup_printf(
            _("%s. It does take %s: use that with crier server set %s --envelope "
              "plain; bounces then come to %s, not to mailbox %s"),
            refusal, plain->sender, name, plain->sender, e->mailbox);
    return g_strdup_printf(_("%s. Nor did it take From's own address %s: %s"), refusal,
                           plain->sender, plain->outcome.sentence);
}

static char *say_works(const struct trial *t)
{
    const struct envelope *e = t->envelopes->pdata[0];
    if (t->envelopes->len == 1)
        return g_strdup_printf(
            _("Server %s works: it takes mail from %s to %s. Nothing was sent."),
            t->server.name, e->sender, e->recipient);
    return g_strdup_printf(
        _("Server %s works: it takes mail from each of the %u envelope senders "
          "of its campaigns. Nothing was sent."),
        t->server.name, t->envelopes->len);
}

static void decide(struct trial *t)
{
    for (guint i = 0; i < t->envelopes->len; i++) {
        const struct envelope *e = t->envelopes->pdata[i];
        if (!e->outcome.is_known || is_taken(e))
            continue;
        g_free(t->verdict);
        t->fault = reply_class_name(e->outcome.class);
        t->verdict = say_refused(t, e);
        return;
    }
    if (!t->fault) {
        g_free(t->verdict);
        t->verdict = say_works(t);
    }
}

static void put_envelope(struct json_writer *w, const struct envelope *e)
{
    json_begin_object(w);
    json_key(w, "campaigns");
    json_begin_array(w);
    for (guint i = 0; i < e->campaigns->len; i++)
        json_put_string(w, e->campaigns->pdata[i]);
    json_end_array(w);
    json_kv_string(w, "mailbox", e->mailbox);
    json_kv_string(w, "sender", e->sender);
    json_kv_string(w, "recipient", e->recipient);
    json_kv_string(w, "envelope", e->is_verp ? "verp" : "plain");
    json_kv_bool(w, "ok", is_taken(e));
    json_kv_string(w, "reply", is_taken(e) ? NULL : e->outcome.sentence);
    json_end_object(w);
}

static void put_json(const struct trial *t)
{
    const struct envelope *first = t->envelopes->pdata[0];
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "server", t->server.name);
    json_kv_bool(w, "ok", t->fault == NULL);
    json_kv_string(w, "fault", t->fault);
    json_kv_string(w, "verdict", t->verdict);
    json_kv_string(w, "sender", first->sender);
    json_kv_string(w, "recipient", first->recipient);
    json_key(w, "tried");
    json_begin_array(w);
    for (guint i = 0; i < t->envelopes->len; i++)
        put_envelope(w, t->envelopes->pdata[i]);
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
    t.envelopes = g_ptr_array_new_with_free_func(envelope_free);
    gboolean ok = read_trial(c, &t, &error) && run_trial(c, &t, &error);
    if (ok) {
        decide(&t);
        put_verdict(&t);
    }
    ok = ok && !t.fault && forgive(c, &t.server, &error);
    g_ptr_array_unref(t.lines);
    g_ptr_array_unref(t.envelopes);
    g_free(t.verdict);
    dial_steps_clear(&t.steps);
    server_clear(&t.server);
    return error ? cmd_fail(error) : ok ? 0 : 1;
}

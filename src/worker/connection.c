/*
 * One connection to a server: opening, message after message, results, its end. What the server
 * is and may is outgoing.c's, what an outcome means outcome.c's.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "model/retry.h"
#include "worker/outcome.h"
#include "worker/outgoing_private.h"
#include "worker/waiting.h"

#define SILENT_MAX 5 /* messages in a row whose final reply was lost: the server rests */

void connection_free(struct connection *c)
{
    for (int i = 0; i < CONNECTION_HANDS_MAX; i++)
        rendered_clear(&c->hands[i].message);
    g_free(c);
}

static struct in_hand *hand_at(struct connection *c, int i)
{
    return &c->hands[(c->first_hand + i) % CONNECTION_HANDS_MAX];
}

/* The first one's lease; it is not in hand any more. Its message is good until its place is
 * taken again. */
static struct lease *pop_hand(struct connection *c)
{
    struct lease *lease = g_steal_pointer(&hand_at(c, 0)->lease);
    c->first_hand = (c->first_hand + 1) % CONNECTION_HANDS_MAX;
    c->n_hands--;
    c->outgoing->n_busy--;
    c->outgoing->n_used -= c->n_hands == 0;
    return lease;
}

static void forget_authorise(struct connection *c)
{
    if (c->is_waiting)
        g_ptr_array_remove_fast(c->outgoing->sender->authorise, c);
    c->is_waiting = FALSE;
}

/* Of those in hand only the first may have left; the one behind its dot has certainly not. */
static void close_hands(struct connection *c, gboolean may_have_left)
{
    struct sender *s = c->outgoing->sender;
    while (c->n_hands > 0) {
        struct lease *lease = pop_hand(c);
        if (may_have_left) {
            struct ledger_outcome o;
            outcome_unseen(c->outgoing->record.id, clock_wall_us(), &o);
            sender_record(s, lease, &o);
        } else {
            sender_give_back(s, lease);
        }
        may_have_left = FALSE;
    }
}

void connection_close(struct connection *c)
{
    struct outgoing *g = c->outgoing;
    if (c->is_dead)
        return;
    c->is_dead = TRUE;
    forget_authorise(c);
    if (!c->smtp)
        g->n_coming--;
    gboolean may_have_left = c->smtp && smtp_is_after_dot(c->smtp);
    smtp_free(g_steal_pointer(&c->smtp));
    stream_free(g_steal_pointer(&c->stream));
    close_hands(c, may_have_left);
    g_ptr_array_remove_fast(g->connections, c);
    g_ptr_array_add(g->dead, c);
}

static struct outcome_context context_of(const struct connection *c, const struct lease *lease)
{
    const struct sending *campaign = sender_campaign(c->outgoing->sender, lease->campaign_id);
    return (struct outcome_context){.now_us = clock_wall_us(),
                                    .server_id = c->outgoing->record.id,
                                    .give_up_s = campaign ? campaign->give_up_s
                                                          : RETRY_GIVE_UP_DEFAULT_S,
                                    .retry_s = c->outgoing->sender->retry_s,
                                    .chance = g_random_double(),
                                    .is_fresh_connection = c->n_done == 0 && !c->is_behind};
}

static void on_authorise(struct smtp_session *smtp, void *data)
{
    struct connection *c = data;
    if (c->outgoing->sender
            ->is_stopping_now) { /* it was chained to one that was past its dot */
        c->is_held_back = TRUE;
        smtp_hold_back(smtp);
        return;
    }
    c->is_waiting = TRUE;
    g_ptr_array_add(c->outgoing->sender->authorise, c);
}

/* What a result says about the server. */
static void judge_server(struct connection *c, const struct smtp_result *r,
                         enum outcome_server server)
{
    struct outgoing *g = c->outgoing;
    g_autofree char *why = NULL;
    gboolean is_silent = r->class == REPLY_UNCERTAIN;
    gboolean is_word =
        server == OUTCOME_SERVER_FINE && !is_silent && r->class != REPLY_RECONNECT;
    if (is_word) {
        c->n_done++;
        g->n_silent = 0;
        g->is_proven = TRUE;
        outgoing_recovered(g);
        return;
    }
    if (is_silent && ++g->n_silent >= SILENT_MAX)
        why = g_strdup_printf(
            _("it took %d messages in a row and gave no final reply, so they are"
              " maybe sent"),
            g->n_silent);
    else if (server == OUTCOME_SERVER_FINE)
        return;
    else if (r->reply.code)
        why = g_strdup_printf(_("it answered %s with %d %s"), reply_phase_name(r->phase),
                              r->reply.code, r->reply.text ? r->reply.text : "");
    else
        why = g_strdup_printf(_("the connection broke at %s"), reply_phase_name(r->phase));
    /* Several connections meet the same trouble at once: it counts once. */
    if (!outgoing_is_resting(g) || (server == OUTCOME_SERVER_PERSON && !g->needs_person))
        outgoing_rest(g, why, server == OUTCOME_SERVER_PERSON);
}

static void on_result(struct smtp_session *smtp, const struct smtp_result *r, void *data)
{
    struct connection *c = data;
    struct outgoing *g = c->outgoing;
    rendered_reset(&hand_at(c, 0)->message);
    struct lease *lease = pop_hand(c);
    struct outcome_context context = context_of(c, lease);
    struct ledger_outcome outcome;
    g_autofree char *text = NULL;
    enum outcome_server server = outcome_of(lease, r, &context, &outcome, &text);
    forget_authorise(c);
    c->is_behind = c->n_hands > 0;
    c->idle_since_us = g->sender->now_us;
    beat_note_reply(&g->live, &r->reply, context.now_us);
    if (c->is_held_back && r->class == REPLY_RECONNECT) {
        sender_give_back(g->sender, lease);
        return;
    }
    if (outcome.counts)
        pace_meter_count(&g->meter, 1, g->sender->now_us);
    sender_record(g->sender, lease, &outcome);
    judge_server(c, r, server);
    if (server == OUTCOME_SERVER_FINE)
        connection_start(c);
}

static void on_closed(struct smtp_session *smtp, const GError *why, void *data)
{
    struct connection *c = data;
    if (why)
        log_debug("server %s: connection closed: %s", c->outgoing->record.name, why->message);
    connection_close(c);
}

static const struct smtp_handler smtp_handler = {
    .authorise = on_authorise, .result = on_result, .closed = on_closed};

static void on_up(struct stream *stream, void *data)
{
    struct connection *c = data;
    struct smtp_timeouts timeouts = {
        SMTP_MAIL_TIMEOUT_S, SMTP_RCPT_TIMEOUT_S,  SMTP_DATA_TIMEOUT_S,
        SMTP_RSET_TIMEOUT_S, SMTP_BLOCK_TIMEOUT_S, (int)c->outgoing->record.reply_timeout_s,
        SMTP_QUIT_TIMEOUT_S};
    c->smtp = smtp_new(g_steal_pointer(&c->stream), &smtp_handler, c);
    smtp_set_timeouts(c->smtp, &timeouts);
    c->idle_since_us = c->outgoing->sender->now_us;
    c->outgoing->n_coming--;
    c->outgoing->is_proven = TRUE;
    c->outgoing->has_asked_again = FALSE;
    c->outgoing->n_refused_more = 0;
}

static void on_failed(struct stream *stream, enum stream_fault fault, const GError *why,
                      void *data)
{
    struct connection *c = data;
    struct outgoing *g = c->outgoing;
    g_autofree char *text = g_strdup(why->message);
    int serial = c->secret_serial;
    connection_close(c);
    if (outgoing_may_ask_again(g, serial, fault))
        return;
    /* Several connections fail at once for one reason: it counts once. */
    if (!outcome_needs_person(fault) && (int)g->connections->len > g->n_coming)
        outgoing_wait_with_more(g, text);
    else if (!outgoing_is_resting(g) || (outcome_needs_person(fault) && !g->needs_person))
        outgoing_rest(g, text, outcome_needs_person(fault));
}

static void on_ready(struct stream *stream, unsigned events, void *data)
{
    struct connection *c = data;
    smtp_ready(c->smtp, events);
}

static const struct stream_handler stream_handler = {
    .up = on_up, .failed = on_failed, .ready = on_ready};

void connection_open(struct outgoing *g)
{
    const struct server *r = &g->record;
    struct stream_target target = {.host = g->endpoint.host,
                                   .port = g->endpoint.port,
                                   .security = r->security == SERVER_TLS ? STREAM_TLS
                                               : r->security == SERVER_STARTTLS
                                                   ? STREAM_STARTTLS
                                                   : STREAM_PLAIN,
                                   .hello = r->hello && *r->hello ? r->hello : g->sender->hello,
                                   .user = r->user && *r->user ? r->user : NULL,
                                   .secret = g->secret,
                                   .auth = (enum stream_auth)r->auth,
                                   .ca_file = r->ca_file && *r->ca_file ? r->ca_file : NULL};
    struct connection *c = g_new0(struct connection, 1);
    c->outgoing = g;
    for (int i = 0; i < CONNECTION_HANDS_MAX; i++)
        rendered_init(&c->hands[i].message);
    c->idle_since_us = g->sender->now_us;
    c->secret_serial = g->secret_serial;
    g_ptr_array_add(g->connections, c);
    g->n_coming++;
    c->stream = stream_open(g->sender->pool, &target, &stream_handler, c);
}

static void refuse_here(struct connection *c, struct lease *lease, const char *why)
{
    struct outcome_context context = context_of(c, lease);
    struct ledger_outcome outcome;
    outcome_local_refusal(why, &context, &outcome);
    sender_record(c->outgoing->sender, lease, &outcome);
}

/* False: the store failed; the lease went back. */
static gboolean start_message(struct connection *c, struct lease *lease)
{
    struct outgoing *g = c->outgoing;
    struct in_hand *hand = hand_at(c, c->n_hands);
    g_autoptr(GError) error = NULL;
    if (!waiting_take(g->sender, lease, outgoing_envelope(g), &hand->message, &error)) {
        if (g_error_matches(error, CRIER_ERROR, CRIER_ERROR_INVALID)) {
            refuse_here(c, lease, error->message);
            return TRUE;
        }
        sender_message_failed(g->sender, lease, error);
        return FALSE;
    }
    const struct rendered *r = &hand->message;
    struct smtp_message m = {.sender = r->envelope.sender,
                             .recipient = lease->address,
                             .envid = r->envelope.envid,
                             .chunks = (const struct smtp_chunk *)r->chunks->data,
                             .n_chunks = r->chunks->len,
                             .size = r->size,
                             .needs_smtputf8 = !g_str_is_ascii(lease->address) ||
                                               !g_str_is_ascii(r->envelope.sender)};
    if (!smtp_send(c->smtp, &m, &error)) {
        rendered_reset(&hand->message);
        refuse_here(c, lease, error->message);
        return TRUE;
    }
    hand->lease = lease;
    c->n_hands++;
    g->n_busy++;
    g->n_used += c->n_hands == 1;
    return TRUE;
}

void connection_quit(struct connection *c)
{
    c->is_quitting = TRUE;
    smtp_quit(c->smtp);
}

struct lease *connection_lease(struct connection *c)
{
    return hand_at(c, 0)->lease;
}

static gboolean is_used_up(const struct outgoing *g, const struct connection *c)
{
    gint64 most = g->record.messages_per_connection;
    return most > 0 && smtp_sent_count(c->smtp) >= most;
}

/* A message that another connection could begin with at once is not chained: the one before it
 * may wait long for its final reply. */
static gboolean may_begin(struct connection *c)
{
    const struct outgoing *g = c->outgoing;
    gint64 n_free = c->n_hands > 0 ? g->record.connections - g->n_used : 0;
    return waiting_peek(&g->waiting) && waiting_count(&g->waiting) > n_free;
}

/* While the session takes one more: the first, or the one behind the dot of the first. */
static void start_messages(struct connection *c)
{
    struct outgoing *g = c->outgoing;
    while (!c->is_dead && !c->is_quitting && smtp_can_send(c->smtp) && outgoing_may_start(g)) {
        outgoing_make_ahead(g);
        if (!may_begin(c))
            return;
        if (is_used_up(g, c)) {
            if (c->n_hands == 0)
                connection_quit(c);
            return;
        }
        if (!pace_take(&g->bucket, g->sender->now_us) ||
            !start_message(c, waiting_pop(&g->waiting)))
            return;
    }
}

void connection_answer(struct connection *c, gboolean may_go)
{
    c->is_waiting = FALSE;
    c->is_held_back = !may_go;
    if (!may_go) {
        smtp_hold_back(c->smtp);
        return;
    }
    /* Here, and not before: whatever is chained to a message that must be held back has to
     * begin anew on another connection. */
    start_messages(c);
    smtp_go(c->smtp);
}

void connection_start(struct connection *c)
{
    if (c->n_hands == 0)
        start_messages(c);
}

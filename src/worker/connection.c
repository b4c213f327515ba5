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
#include "base/text.h"
#include "model/retry.h"
#include "worker/ours.h"
#include "worker/outcome.h"
#include "worker/outgoing_private.h"
#include "worker/timers.h"
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
    c->n_sent -= c->n_sent > 0;
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

/* Of those in hand the first `n_left` may have left; the others have certainly not. */
static void close_hands(struct connection *c, int n_left)
{
    struct sender *s = c->outgoing->sender;
    while (c->n_hands > 0) {
        struct lease *lease = pop_hand(c);
        if (n_left-- > 0) {
            struct ledger_outcome o;
            outcome_unseen(c->outgoing->record.id, sender_wall_us(c->outgoing->sender), &o);
            sender_record(s, lease, &o);
        } else {
            sender_give_back(s, lease);
        }
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
    int n_left = c->smtp ? smtp_count_after_dot(c->smtp) : 0;
    smtp_free(g_steal_pointer(&c->smtp));
    stream_free(g_steal_pointer(&c->stream));
    close_hands(c, n_left);
    g_ptr_array_remove_fast(g->connections, c);
    g_ptr_array_add(g->dead, c);
}

static struct outcome_context context_of(const struct connection *c, const struct lease *lease)
{
    const struct sending *campaign = sender_campaign(c->outgoing->sender, lease->campaign_id);
    return (struct outcome_context){.now_us = sender_wall_us(c->outgoing->sender),
                                    .server_id = c->outgoing->record.id,
                                    .give_up_s = campaign ? campaign->give_up_s
                                                          : RETRY_GIVE_UP_DEFAULT_S,
                                    .retry_s = c->outgoing->sender->retry_s,
                                    .is_fresh_connection = c->n_done == 0 && !c->is_behind};
}

static void ask_word(struct connection *c)
{
    if (!c->is_waiting)
        g_ptr_array_add(c->outgoing->sender->authorise, c);
    c->is_waiting = TRUE;
}

static void on_authorise(struct smtp_session *smtp, void *data)
{
    struct connection *c = data;
    /* It was chained to one that was past its dot. */
    if (c->outgoing->sender->is_stopping_now) {
        c->is_held_back = TRUE;
        smtp_hold_back(smtp);
        return;
    }
    ask_word(c);
}

/* What a result says about the server. */
static void judge_server(struct connection *c, const struct smtp_result *r,
                         enum outcome_server server, gboolean is_ours)
{
    struct outgoing *g = c->outgoing;
    g_autofree char *why = NULL;
    gboolean is_silent = r->class == REPLY_UNCERTAIN;
    gboolean is_word =
        server == OUTCOME_SERVER_FINE && !is_silent && r->class != REPLY_RECONNECT;
    if (is_word) {
        c->n_done++;
        g->n_silent = 0;
        if (is_ours)
            return; /* it answers, but that it lets us through is not said */
        outgoing_recovered(g);
        return;
    }
    gboolean is_first = is_silent && !c->has_lost; /* a window of them is lost at once */
    c->has_lost = c->has_lost || is_silent;
    if (is_first && ++g->n_silent >= SILENT_MAX)
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
    if (r->class != REPLY_ACCEPTED)
        context.chance = g_random_double();
    context.fault = ours_find(g->sender, lease, r);
    enum outcome_server server = outcome_of(lease, r, &context, &outcome, &text);
    if (text && !context.fault && r->class == REPLY_LATER &&
        (context.spared_us = ours_spared_us(g->sender, lease, context.now_us)) > 0) {
        g_clear_pointer(&text, g_free);
        server = outcome_of(lease, r, &context, &outcome, &text);
    }
    if (c->window == 1)
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
    outcome.is_ours = context.fault != NULL;
    if (outcome.to == DELIVERY_ACCEPTED)
        ours_accepted(g);
    if (context.fault)
        ours_refused(g, lease, context.fault, &r->reply);
    sender_record(g->sender, lease, &outcome);
    judge_server(c, r, server, context.fault != NULL);
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
    struct smtp_timeouts timeouts = timers_get()->phases;
    if (!timers_get()->is_dot_fixed)
        timeouts.dot_s = (int)c->outgoing->record.reply_timeout_s;
    c->smtp = smtp_new(g_steal_pointer(&c->stream), &smtp_handler, c);
    smtp_set_timeouts(c->smtp, &timeouts);
    c->window = smtp_set_window(c->smtp, (int)c->outgoing->record.window);
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
                                   .ca_file = r->ca_file && *r->ca_file ? r->ca_file : NULL,
                                   .connect_timeout_s = timers_get()->greeting_s};
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

/* What the session is to send. CRIER_ERROR_INVALID: this server cannot take it. */
static gboolean send_hand(struct connection *c, const struct in_hand *hand, struct lease *lease,
                          GError **error)
{
    const struct rendered *r = &hand->message;
    struct smtp_message m = {.sender = r->envelope.sender,
                             .recipient = lease->address,
                             .envid = r->envelope.envid,
                             .chunks = (const struct smtp_chunk *)r->chunks->data,
                             .n_chunks = r->chunks->len,
                             .size = r->size,
                             .needs_smtputf8 = !text_is_ascii(lease->address) ||
                                               !text_is_ascii(r->envelope.sender)};
    return smtp_send(c->smtp, &m, error);
}

static void take_in_hand(struct connection *c, struct in_hand *hand, struct lease *lease)
{
    hand->lease = lease;
    c->n_hands++;
    c->outgoing->n_busy++;
    c->outgoing->n_used += c->n_hands == 1;
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
    if (c->window > 1) { /* all of it leaves at once, so the word comes first */
        take_in_hand(c, hand, lease);
        ask_word(c);
        return TRUE;
    }
    if (!send_hand(c, hand, lease, &error)) {
        rendered_reset(&hand->message);
        refuse_here(c, lease, error->message);
        return TRUE;
    }
    take_in_hand(c, hand, lease);
    c->n_sent++;
    return TRUE;
}

void connection_quit(struct connection *c)
{
    c->is_quitting = TRUE;
    smtp_quit(c->smtp);
}

int connection_leases(struct connection *c, GPtrArray *out)
{
    int from = c->window > 1 ? c->n_sent : 0, to = c->window > 1 ? c->n_hands : 1;
    for (int i = from; i < to; i++)
        g_ptr_array_add(out, hand_at(c, i)->lease);
    return to - from;
}

static gboolean is_used_up(const struct outgoing *g, const struct connection *c)
{
    gint64 most = g->record.messages_per_connection;
    return most > 0 && smtp_sent_count(c->smtp) + c->n_hands - c->n_sent >= most;
}

/* A message that another connection could begin with at once is not chained: the one before it
 * may wait long for its final reply. */
static gboolean may_begin(struct connection *c)
{
    const struct outgoing *g = c->outgoing;
    gint64 n_free = c->n_hands > 0 ? g->record.connections - g->n_used : 0;
    return waiting_peek(&g->waiting) && waiting_count(&g->waiting) > n_free;
}

static gboolean has_room(const struct connection *c)
{
    return c->n_hands < (c->window > 1 ? c->window : 2) && smtp_can_send(c->smtp);
}

/* While there is room for one more: the first, the one behind the dot of the first, or more by
 * BDAT. */
static void start_messages(struct connection *c)
{
    struct outgoing *g = c->outgoing;
    while (!c->is_dead && !c->is_quitting && has_room(c) && outgoing_may_start(g)) {
        sender_heed_rests(g->sender);
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

/* By BDAT: what may go goes, in one write; what may not goes back, and nothing of it was said. */
static void answer_window(struct connection *c, gboolean ok)
{
    int n = c->n_hands;
    for (int i = c->n_sent; i < n; i++) {
        struct in_hand *hand = hand_at(c, i);
        struct lease *lease = hand->lease;
        g_autoptr(GError) error = NULL;
        gboolean may_go = ok && lease->is_authorised && smtp_can_send(c->smtp);
        if (may_go && send_hand(c, hand, lease, &error)) {
            /* The places of those before that did not go are free. */
            struct in_hand kept = *hand_at(c, c->n_sent);
            *hand_at(c, c->n_sent++) = *hand;
            if (hand_at(c, c->n_sent - 1)->lease != kept.lease)
                *hand = kept;
            continue;
        }
        hand->lease = NULL;
        rendered_reset(&hand->message);
        c->n_hands--;
        c->outgoing->n_busy--;
        if (may_go)
            refuse_here(c, lease, error->message);
        else
            sender_give_back(c->outgoing->sender, lease);
    }
    c->outgoing->n_used -= n > 0 && c->n_hands == 0;
    if (c->n_sent > 0)
        smtp_go(c->smtp);
}

void connection_stop(struct connection *c)
{
    if (!c->smtp || !smtp_is_after_dot(c->smtp)) {
        connection_close(c);
    } else if (c->window > 1 && c->is_waiting) {
        forget_authorise(c);
        answer_window(c, FALSE);
    }
}

void connection_answer(struct connection *c, gboolean ok)
{
    c->is_waiting = FALSE;
    if (c->window > 1) {
        answer_window(c, ok);
        return;
    }
    c->is_held_back = !ok || !hand_at(c, 0)->lease->is_authorised;
    if (c->is_held_back) {
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
    if (c->n_hands == 0 || c->window > 1)
        start_messages(c);
}

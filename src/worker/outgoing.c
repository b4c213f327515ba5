/*
 * A server in use: its connections, its queue of leased deliveries, its pace, and its rest
 * after trouble. What an outcome means is outcome.c's; when to lease is sender.c's.
 */
#include "config.h"

#include "worker/sender.h"

#include <inttypes.h>
#include <string.h>

#include "app/secret.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/process.h"
#include "model/retry.h"
#include "store/servers.h"
#include "worker/link.h"
#include "worker/outcome.h"
#include "worker/waiting.h"

#define MOST_TOKEN_FAULTS 5 /* in a row; then somebody must look at the token command */
#define IDLE_CLOSE_US (5 * CLOCK_SECOND_US)
#define SECRET_WAIT_US (60 * CLOCK_SECOND_US) /* longer than a password command may take */
#define AHEAD_MESSAGES 16                     /* to be signed ahead, beside one a connection */
#define SILENT_MAX 5 /* messages in a row whose final reply was lost: the server rests */

struct connection {
    struct outgoing *outgoing; /* borrowed */
    struct stream *stream;     /* owned until the session takes it */
    struct smtp_session *smtp; /* owned; NULL while it comes up */
    struct lease *lease;       /* the message in hand, NULL */
    struct rendered message;   /* the bytes of the one in hand */
    gint64 n_done;             /* transactions with a final word on this connection */
    gint64 idle_since_us;
    int secret_serial;     /* of the secret it logged in with */
    gboolean is_waiting;   /* in sender->authorise */
    gboolean is_held_back; /* its message was: that says nothing about server or person */
    gboolean is_quitting;
    gboolean is_stale; /* to what the server's record said before; quits */
    gboolean is_dead;  /* only the shell is left, until the next turn */
};

enum secret_state { SECRET_UNKNOWN, SECRET_ASKED, SECRET_HAD };

struct outgoing {
    struct sender *sender; /* borrowed */
    struct server record;
    struct hostport endpoint;
    enum secret_state secret_state;
    gint64 secret_asked_us;   /* monotonic */
    char *secret;             /* owned; wiped */
    gint64 secret_until_us;   /* monotonic: a token is used until then; 0: no end */
    int secret_serial;        /* goes up when the secret is no longer to be used */
    gboolean wants_fresh;     /* the next one must not be a kept one */
    gboolean has_asked_again; /* a token was refused and asked for anew since the last login */
    struct pace_bucket bucket;
    GPtrArray *connections; /* struct connection *, owned by `connections` or `dead` */
    GPtrArray *dead;        /* freed when nobody up the stack can hold one any more */
    struct waiting waiting;
    int n_busy, n_coming;
    int n_faults;            /* in a row */
    int n_silent;            /* final replies lost in a row */
    gint64 rest_until_us;    /* monotonic */
    int n_refused_more;      /* further connections refused in a row while others live */
    gint64 no_more_until_us; /* monotonic: no further connection before */
    int share;               /* the most leases it may hold, so that others have some */
    struct pace_meter meter;
    struct server_live live; /* owned: the last reply; the rest as of outgoing_describe() */
    gboolean needs_person;
    gboolean is_proven; /* a connection came up since the last trouble or change */
    gboolean has_stored_problem;
};

static void connection_close(struct connection *c);
static void start_next(struct connection *c);

/* ---- trouble and rest ---- */

static void store_problem(struct outgoing *g, const char *problem)
{
    g_autoptr(GError) error = NULL;
    if (!servers_set_problem(g->sender->db, g->record.id, problem, &error))
        log_debug("server %s: %s", g->record.name, error->message);
    g->has_stored_problem = *problem != '\0';
}

static void rest(struct outgoing *g, const char *why, gboolean needs_person)
{
    gint64 wait_s = retry_restart_s(g->n_faults++);
    g->rest_until_us = g->sender->now_us + wait_s * CLOCK_SECOND_US;
    g->needs_person = g->needs_person || needs_person;
    g->is_proven = FALSE;
    if (needs_person)
        log_error(
            "server %s: %s. It rests until somebody acts: mend it, then `crier server test"
            " %s`",
            g->record.name, why, g->record.name);
    else
        log_warning("server %s: %s. Tried again in %" PRId64 " s", g->record.name, why, wait_s);
    store_problem(g, why);
    outgoing_sweep(g, TRUE);
}

static gboolean has_token(const struct outgoing *g)
{
    return g->record.auth != SERVER_AUTH_PASSWORD;
}

/* It is asked for when a connection needs it. Those that are up live on. */
static void forget_secret(struct outgoing *g, gboolean wants_fresh)
{
    g_clear_pointer(&g->secret, process_wipe);
    g->secret_state = SECRET_UNKNOWN;
    g->secret_serial++;
    g->wants_fresh = wants_fresh;
}

static void recovered(struct outgoing *g)
{
    g->n_faults = 0;
    if (g->has_stored_problem)
        store_problem(g, "");
}

/* ---- one connection ---- */

static void connection_free(struct connection *c)
{
    rendered_clear(&c->message);
    g_free(c);
}

/* Ends it at once; a lease still in hand goes back, unless its message may have gone out. */
static void connection_close(struct connection *c)
{
    struct outgoing *g = c->outgoing;
    if (c->is_dead)
        return;
    c->is_dead = TRUE;
    if (c->is_waiting)
        g_ptr_array_remove_fast(g->sender->authorise, c);
    c->is_waiting = FALSE;
    if (!c->smtp)
        g->n_coming--;
    gboolean may_have_left = c->lease && c->smtp && smtp_is_after_dot(c->smtp);
    smtp_free(g_steal_pointer(&c->smtp));
    stream_free(g_steal_pointer(&c->stream));
    if (c->lease)
        g->n_busy--;
    if (may_have_left) {
        struct ledger_outcome o;
        outcome_unseen(g->record.id, clock_wall_us(), &o);
        sender_record(g->sender, g_steal_pointer(&c->lease), &o);
    } else if (c->lease) {
        sender_give_back(g->sender, g_steal_pointer(&c->lease));
    }
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
                                    .is_fresh_connection = c->n_done == 0};
}

static void on_authorise(struct smtp_session *smtp, void *data)
{
    struct connection *c = data;
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
        recovered(g);
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
        rest(g, why, server == OUTCOME_SERVER_PERSON);
}

static void on_result(struct smtp_session *smtp, const struct smtp_result *r, void *data)
{
    struct connection *c = data;
    struct outgoing *g = c->outgoing;
    struct lease *lease = g_steal_pointer(&c->lease);
    struct outcome_context context = context_of(c, lease);
    struct ledger_outcome outcome;
    g_autofree char *text = NULL;
    enum outcome_server server = outcome_of(lease, r, &context, &outcome, &text);
    if (c->is_waiting)
        g_ptr_array_remove_fast(g->sender->authorise, c);
    c->is_waiting = FALSE;
    g->n_busy--;
    c->idle_since_us = g->sender->now_us;
    rendered_reset(&c->message);
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
        start_next(c);
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

/* A server that takes fewer connections than it was given: those it took go on. */
static void wait_with_more(struct outgoing *g, const char *why)
{
    if (g->no_more_until_us > g->sender->now_us)
        return;
    gint64 wait_s = retry_restart_s(g->n_refused_more++);
    g->no_more_until_us = g->sender->now_us + wait_s * CLOCK_SECOND_US;
    log_info("server %s: %s. It goes on with the %d connections that are up; more are tried in "
             "%" G_GINT64_FORMAT " s",
             g->record.name, why, (int)g->connections->len - g->n_coming, wait_s);
}

/* A refused token may have ended early: it is asked for once more. True: nothing else is to be
 * done. Several connections may have used the same one. */
static gboolean may_ask_again(struct outgoing *g, int serial, enum stream_fault fault)
{
    if (!has_token(g) || fault != STREAM_FAULT_LOGIN)
        return FALSE;
    if (serial != g->secret_serial)
        return TRUE;
    if (g->has_asked_again)
        return FALSE;
    log_info("server %s: the access token is refused; asking for a new one", g->record.name);
    g->has_asked_again = TRUE;
    forget_secret(g, TRUE);
    return TRUE;
}

static void on_failed(struct stream *stream, enum stream_fault fault, const GError *why,
                      void *data)
{
    struct connection *c = data;
    struct outgoing *g = c->outgoing;
    g_autofree char *text = g_strdup(why->message);
    int serial = c->secret_serial;
    connection_close(c);
    if (may_ask_again(g, serial, fault))
        return;
    /* Several connections fail at once for one reason: it counts once. */
    if (!outcome_needs_person(fault) && (int)g->connections->len > g->n_coming)
        wait_with_more(g, text);
    else if (!outgoing_is_resting(g) || (outcome_needs_person(fault) && !g->needs_person))
        rest(g, text, outcome_needs_person(fault));
}

static void on_ready(struct stream *stream, unsigned events, void *data)
{
    struct connection *c = data;
    smtp_ready(c->smtp, events);
}

static const struct stream_handler stream_handler = {
    .up = on_up, .failed = on_failed, .ready = on_ready};

static void connect_one(struct outgoing *g)
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
    rendered_init(&c->message);
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

static enum server_envelope mode_of(const struct outgoing *g)
{
    return (enum server_envelope)g->record.envelope;
}

static void make_ahead(struct outgoing *g)
{
    waiting_make(&g->waiting, g->sender, g->record.connections + AHEAD_MESSAGES, mode_of(g));
}

/* False: the store failed; the lease went back. */
static gboolean start_message(struct connection *c, struct lease *lease)
{
    struct outgoing *g = c->outgoing;
    g_autoptr(GError) error = NULL;
    if (!waiting_take(g->sender, lease, mode_of(g), &c->message, &error)) {
        if (g_error_matches(error, CRIER_ERROR, CRIER_ERROR_INVALID)) {
            refuse_here(c, lease, error->message);
            return TRUE;
        }
        sender_message_failed(g->sender, lease, error);
        return FALSE;
    }
    const struct rendered *r = &c->message;
    struct smtp_message m = {.sender = r->envelope.sender,
                             .recipient = lease->address,
                             .envid = r->envelope.envid,
                             .chunks = (const struct smtp_chunk *)r->chunks->data,
                             .n_chunks = r->chunks->len,
                             .size = r->size,
                             .needs_smtputf8 = !g_str_is_ascii(lease->address) ||
                                               !g_str_is_ascii(r->envelope.sender)};
    c->lease = lease;
    g->n_busy++;
    if (smtp_send(c->smtp, &m, &error))
        return TRUE;
    if (c->lease != lease) /* it was reported already */
        return TRUE;
    c->lease = NULL;
    g->n_busy--;
    refuse_here(c, lease, error->message);
    return TRUE;
}

struct lease *connection_lease(struct connection *c)
{
    return c->lease;
}

void connection_answer(struct connection *c, gboolean may_go)
{
    c->is_waiting = FALSE;
    c->is_held_back = !may_go;
    if (may_go)
        smtp_go(c->smtp);
    else
        smtp_hold_back(c->smtp);
}

/* ---- the server ---- */

struct outgoing *outgoing_new(struct sender *s, const struct server *record,
                              const char *problem)
{
    struct outgoing *g = g_new0(struct outgoing, 1);
    g->sender = s;
    g->connections = g_ptr_array_new();
    g->dead = g_ptr_array_new_with_free_func((GDestroyNotify)connection_free);
    pace_meter_init(&g->meter, s->now_us);
    g->share = LEDGER_MAX_LEASED;
    server_init(&g->record);
    pace_init(&g->bucket, (double)record->per_second, s->now_us);
    g->has_stored_problem =
        problem && *problem; /* by an earlier life; over with the first success */
    outgoing_update(g, record, problem);
    return g;
}

void outgoing_free(struct outgoing *g)
{
    outgoing_sweep(g, TRUE);
    while (g->connections->len > 0)
        connection_close(g->connections->pdata[0]);
    g_ptr_array_unref(g->connections);
    g_ptr_array_unref(g->dead);
    process_wipe(g->secret);
    g_free(g->live.reply);
    hostport_clear(&g->endpoint);
    server_clear(&g->record);
    g_free(g);
}

static void take_record(struct outgoing *g, const struct server *record)
{
    field_copy_all(server_fields(), &g->record, record);
    g->record.id = record->id;
    g->record.row_version = record->row_version;
    g_free(g->record.name);
    g->record.name = g_strdup(record->name);
    hostport_clear(&g->endpoint);
    g_autoptr(GError) error = NULL;
    if (!server_endpoint(&g->record, &g->endpoint, &error) ||
        !server_check(&g->record, NULL, &error))
        rest(g, error->message, TRUE);
    if (g->bucket.rate != (double)record->per_second)
        pace_init(&g->bucket, (double)record->per_second, g->sender->now_us);
}

static void forgive(struct outgoing *g, gboolean wants_fresh)
{
    g->is_proven = FALSE;
    g->needs_person = FALSE;
    g->rest_until_us = g->no_more_until_us = 0;
    g->n_faults = g->n_silent = g->n_refused_more = 0;
    g->has_asked_again = FALSE;
    forget_secret(g, wants_fresh);
}

/* They may lead to another host or be more than are wanted now. Messages in hand come to their
 * end. */
static void retire_connections(struct outgoing *g)
{
    for (guint i = g->connections->len; i-- > 0;) {
        struct connection *c = g->connections->pdata[i];
        c->is_stale = TRUE;
        if (!c->smtp) {
            connection_close(c);
        } else if (!c->is_quitting) {
            c->is_quitting = TRUE;
            smtp_quit(c->smtp);
        }
    }
}

void outgoing_update(struct outgoing *g, const struct server *record, const char *problem)
{
    if (g->record.row_version != record->row_version) {
        forgive(g, FALSE);
        outgoing_sweep(g, TRUE); /* messages made ahead have the envelope of before */
        take_record(g, record);
        retire_connections(g);
    } else if (g->needs_person && g->has_stored_problem && (!problem || !*problem)) {
        forgive(g, TRUE);
    }
}

void outgoing_secret(struct outgoing *g, const struct link_answer *a)
{
    if (g->secret_state != SECRET_ASKED)
        return; /* the record changed since: it is asked for anew */
    g->secret_state = a->secret ? SECRET_HAD : SECRET_UNKNOWN;
    if (a->secret) {
        gint64 used_s = a->life_s - secret_margin_s(a->life_s);
        g->wants_fresh = FALSE;
        g->secret = g_strdup(a->secret);
        g->secret_until_us = a->life_s > 0 ? clock_mono_us() + used_s * CLOCK_SECOND_US : 0;
        return;
    }
    /* A token server may be out for a while; what reads a password fails for the same reason
     * again. */
    rest(g, a->why, !has_token(g) || g->n_faults >= MOST_TOKEN_FAULTS);
}

void outgoing_queue(struct outgoing *g, struct lease *lease)
{
    waiting_push(&g->waiting, lease);
}

gboolean outgoing_is_resting(const struct outgoing *g)
{
    return g->needs_person || g->rest_until_us > g->sender->now_us;
}

int outgoing_wants(struct outgoing *g)
{
    if (outgoing_is_resting(g))
        return 0;
    /* One second of the present pace, at least two a connection so that none waits for a lease.
     */
    double rate = pace_meter_rate(&g->meter, g->sender->now_us);
    gint64 want = MAX((gint64)rate, 2 * g->record.connections);
    if (g->record.per_second > 0)
        want = MIN(want, MAX(g->record.per_second, g->record.connections));
    want = MIN(want, g->share);
    gint64 have = waiting_count(&g->waiting);
    return have > want / 2 ? 0 : (int)MAX(0, MIN(want - have, g->share - have - g->n_busy));
}

void outgoing_set_share(struct outgoing *g, int share)
{
    g->share = share;
    waiting_trim(&g->waiting, g->sender, share);
}

void outgoing_sweep(struct outgoing *g, gboolean all)
{
    waiting_sweep(&g->waiting, g->sender, all);
}

static gboolean has_secret(struct outgoing *g)
{
    if (!g->record.user || !*g->record.user)
        return TRUE;
    if (g->secret_state == SECRET_HAD && g->secret_until_us > 0 &&
        g->sender->now_us >= g->secret_until_us)
        forget_secret(g, FALSE);
    if (g->secret_state == SECRET_ASKED &&
        g->sender->now_us - g->secret_asked_us > SECRET_WAIT_US)
        g->secret_state = SECRET_UNKNOWN;
    if (g->secret_state == SECRET_UNKNOWN &&
        link_ask_secret(g->sender->link_fd, g->record.id, g->wants_fresh)) {
        g->secret_state = SECRET_ASKED;
        g->secret_asked_us = g->sender->now_us;
    }
    return g->secret_state == SECRET_HAD;
}

static gboolean is_used_up(const struct outgoing *g, const struct connection *c)
{
    gint64 most = g->record.messages_per_connection;
    return most > 0 && smtp_sent_count(c->smtp) >= most;
}

static gboolean may_start(const struct outgoing *g)
{
    return !g->sender->is_draining && !ledger_is_blocked(g->sender->ledger) &&
           !outgoing_is_resting(g);
}

/* The next message on a connection that has none in hand. Straight from the result of the last
 * one: whatever the server said since then was read in the same breath. */
static void start_next(struct connection *c)
{
    struct outgoing *g = c->outgoing;
    while (!c->is_dead && !c->is_quitting && !c->lease && smtp_is_idle(c->smtp) &&
           may_start(g)) {
        make_ahead(g);
        if (!waiting_peek(&g->waiting))
            return;
        if (is_used_up(g, c)) {
            c->is_quitting = TRUE;
            smtp_quit(c->smtp);
            return;
        }
        if (!pace_take(&g->bucket, g->sender->now_us) ||
            !start_message(c, waiting_pop(&g->waiting)))
            return;
    }
}

static int count_connections(const struct outgoing *g)
{
    int n = 0;
    for (guint i = 0; i < g->connections->len; i++)
        n += !((const struct connection *)g->connections->pdata[i])->is_stale;
    return n;
}

void outgoing_turn(struct outgoing *g)
{
    g_ptr_array_set_size(g->dead, 0);
    if (may_start(g))
        make_ahead(g);
    for (guint i = 0; i < g->connections->len && waiting_count(&g->waiting) > 0; i++) {
        struct connection *c = g->connections->pdata[i];
        if (c->smtp)
            start_next(c);
    }
    if (!may_start(g) || waiting_count(&g->waiting) == 0)
        return;
    gint64 wanted = MIN(g->record.connections, waiting_count(&g->waiting) + g->n_busy);
    /* The first goes alone: a wrong password is tried once, not once a connection, before the
     * account is locked for it. */
    if (!g->is_proven)
        wanted = MIN(wanted, 1);
    int have = count_connections(g);
    if (have > 0 && g->no_more_until_us > g->sender->now_us)
        return;
    if (have >= wanted || !has_secret(g))
        return;
    for (; have < wanted && !outgoing_is_resting(g); have++)
        connect_one(g);
}

void outgoing_tick(struct outgoing *g)
{
    gint64 now = g->sender->now_us;
    for (guint i = g->connections->len; i-- > 0;) {
        struct connection *c = g->connections->pdata[i];
        if (!c->smtp)
            continue;
        if (!c->lease && !c->is_quitting &&
            (now - c->idle_since_us > IDLE_CLOSE_US || g->sender->is_draining)) {
            c->is_quitting = TRUE;
            smtp_quit(c->smtp);
        }
        if (!c->is_dead)
            smtp_tick(c->smtp, now);
        i = MIN(i, g->connections->len);
    }
}

int outgoing_busy(const struct outgoing *g)
{
    return g->n_busy;
}

const struct server_live *outgoing_describe(struct outgoing *g)
{
    gint64 rest_us = g->needs_person ? 0 : g->rest_until_us - g->sender->now_us;
    g->live.server_id = g->record.id;
    g->live.connections = (int)g->connections->len - g->n_coming;
    g->live.in_flight = g->n_busy;
    g->live.waiting = (int)waiting_count(&g->waiting);
    g->live.rate_per_s = pace_meter_rate(&g->meter, g->sender->now_us);
    g->live.rest_until_us = rest_us > 0 ? clock_wall_us() + rest_us : 0;
    return &g->live;
}

void outgoing_stop_now(struct outgoing *g)
{
    outgoing_sweep(g, TRUE);
    for (guint i = g->connections->len; i-- > 0;) {
        struct connection *c = g->connections->pdata[i];
        if (!c->smtp || !smtp_is_after_dot(c->smtp))
            connection_close(c);
    }
}

gint64 outgoing_wake_us(const struct outgoing *g)
{
    if (waiting_count(&g->waiting) == 0 || g->needs_person)
        return -1;
    if (g->rest_until_us > g->sender->now_us)
        return g->rest_until_us;
    struct pace_bucket probe = g->bucket;
    gint64 wait = pace_wait_us(&probe, g->sender->now_us);
    return wait > 0 ? g->sender->now_us + wait : -1;
}

/*
 * A server in use: its queue of leased deliveries, its pace, and its rest after trouble. Its
 * connections are connection.c's; when to lease is sender.c's.
 */
#include "config.h"

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
#include "worker/limits.h"
#include "worker/link.h"
#include "worker/outcome.h"
#include "worker/outgoing_private.h"
#include "worker/waiting.h"

#define MOST_TOKEN_FAULTS 5 /* in a row; then somebody must look at the token command */
#define IDLE_CLOSE_US (5 * CLOCK_SECOND_US)
#define SECRET_WAIT_US (60 * CLOCK_SECOND_US) /* longer than a password command may take */
#define MIN_SHARE 10                          /* leases, however many servers there are */
#define AHEAD_MESSAGES 16                     /* to be signed ahead, beside one a connection */

/* ---- trouble and rest ---- */

/* Screens show what is stored, and the doctor comes for that: what a locked database does not take
 * is stored later. Each try may wait for the lock and so holds up the loop: ever more rarely. */
static void store_waiting(struct outgoing *g)
{
    g_autoptr(GError) error = NULL;
    if (!servers_set_problem(g->sender->db, g->record.id, g->unstored, &error)) {
        gint64 wait_s = retry_restart_s(g->n_unstored++);
        g->store_us = g->sender->now_us + wait_s * CLOCK_SECOND_US;
        log_info("server %s: its state is stored later: %s", g->record.name, error->message);
        return;
    }
    g->has_stored_problem = *g->unstored != '\0';
    g_clear_pointer(&g->unstored, g_free);
    g->n_unstored = 0;
}

static void store_problem(struct outgoing *g, const char *problem)
{
    g_free(g->unstored);
    g->unstored = g_strdup(problem);
    store_waiting(g);
}

/* With each success: a try that waits is not made sooner by it. */
static void store_no_problem(struct outgoing *g)
{
    gboolean is_waiting = g->unstored && !*g->unstored;
    if (!g->has_stored_problem)
        g_clear_pointer(&g->unstored, g_free);
    else if (!is_waiting)
        store_problem(g, "");
}

void outgoing_rest(struct outgoing *g, const char *why, gboolean needs_person)
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

void outgoing_recovered(struct outgoing *g)
{
    /* What an older connection still takes does not end a rest, nor the reason that is shown. */
    if (outgoing_is_resting(g))
        return;
    g->is_proven = TRUE;
    g->n_faults = 0;
    store_no_problem(g);
}

enum server_envelope outgoing_envelope(const struct outgoing *g)
{
    return (enum server_envelope)g->record.envelope;
}

void outgoing_make_ahead(struct outgoing *g)
{
    waiting_make(&g->waiting, g->sender, g->record.connections + AHEAD_MESSAGES, outgoing_envelope(g));
}

/* Not where the pace decides when they go: their dates would be of before. */
void outgoing_make_next(struct outgoing *g)
{
    if (g->n_used > 0 && outgoing_may_start(g) && !outgoing_is_at_pace(g))
        waiting_make_next(&g->waiting, g->sender, g->record.window > 1 ? g->n_busy : g->n_used,
                          outgoing_envelope(g));
}

/* A server that takes fewer connections than it was given: those it took go on. */
void outgoing_wait_with_more(struct outgoing *g, const char *why)
{
    if (g->no_more_until_us > g->sender->now_us)
        return;
    gint64 wait_s = retry_restart_s(g->n_refused_more++);
    g->no_more_until_us = g->sender->now_us + wait_s * CLOCK_SECOND_US;
    log_info("server %s: %s. It goes on with the %d connections that are up; more are tried in "
             "%" G_GINT64_FORMAT " s",
             g->record.name, why, (int)g->connections->len - g->n_coming, wait_s);
}

gboolean outgoing_may_ask_again(struct outgoing *g, int serial, enum stream_fault fault)
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

gboolean outgoing_may_start(const struct outgoing *g)
{
    return !g->sender->is_draining && !ledger_is_blocked(g->sender->ledger) &&
           !outgoing_is_resting(g);
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
    g->n_sharing = 1;
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
    /* What --once leaves behind is looked at when it has ended. Any other worker's next life finds
     * the trouble anew. */
    if (g->unstored && g->sender->is_once && !ledger_is_blocked(g->sender->ledger))
        store_waiting(g);
    while (g->connections->len > 0)
        connection_close(g->connections->pdata[0]);
    g_ptr_array_unref(g->connections);
    g_ptr_array_unref(g->dead);
    process_wipe(g->secret);
    g_clear_pointer(&g->refusers, g_hash_table_unref);
    g_free(g->live.reply);
    g_free(g->unstored);
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
        outgoing_rest(g, error->message, TRUE);
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
    g_clear_pointer(&g->unstored, g_free); /* who acted has cleared it, or meant another record */
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
            connection_quit(c);
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
    outgoing_rest(g, a->why, !has_token(g) || g->n_faults >= MOST_TOKEN_FAULTS);
}

void outgoing_queue(struct outgoing *g, struct lease *lease)
{
    waiting_push(&g->waiting, lease);
}

gboolean outgoing_is_resting(const struct outgoing *g)
{
    return g->needs_person || g->rest_until_us > g->sender->now_us;
}

/* One second of the present pace, at least two a connection so that none waits for a lease. */
static gint64 pace_of(const struct outgoing *g)
{
    double rate = pace_meter_rate(&g->meter, g->sender->now_us);
    gint64 want = MAX((gint64)rate, (1 + g->record.window) * g->record.connections);
    return g->record.per_second > 0
               ? MIN(want, MAX(g->record.per_second, g->record.connections))
               : want;
}

/* The most leases it may hold: an equal part of all, and what slower servers leave of theirs. */
static gint64 share_of(const struct outgoing *g)
{
    gint64 all = ledger_max_leased(g->sender->ledger), left = all;
    gint64 equal = MAX(MIN_SHARE, all / g->n_sharing);
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, g->sender->outgoings);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct outgoing *other = value;
        gint64 has = waiting_count(&other->waiting) + other->n_busy;
        if (other != g)
            left -= MIN(equal, MAX(has, outgoing_is_resting(other) ? 0 : pace_of(other)));
    }
    return MAX(equal, left);
}

int outgoing_wants(struct outgoing *g)
{
    if (outgoing_is_resting(g))
        return 0;
    gint64 share = share_of(g), want = MIN(pace_of(g), share);
    gint64 have = waiting_count(&g->waiting);
    /* Each lease is a commit: the fewer the better, as long as none waits for one. What is found
     * out by running dry is forgotten slowly, or it would be found out again and again. */
    if (have > CLAMP(g->low_water, want / 4, want * 3 / 4))
        return 0;
    g->low_water = g->has_run_dry ? MIN(MAX(g->low_water * 2, want / 2), want * 3 / 4)
                                  : g->low_water * 127 / 128;
    g->has_run_dry = FALSE;
    want = MIN(want - have, share - have - g->n_busy);
    return want <= 0 ? 0 : (int)MIN(want, limits_left(g));
}

void outgoing_share_with(struct outgoing *g, int n)
{
    g->n_sharing = n;
    waiting_trim(&g->waiting, g->sender, share_of(g));
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
    if (outgoing_may_start(g))
        outgoing_make_ahead(g);
    g->has_run_dry = g->has_run_dry || (waiting_count(&g->waiting) == 0 && g->n_busy > 0 &&
                                        ledger_is_beside(g->sender->ledger));
    for (guint i = 0; i < g->connections->len && waiting_count(&g->waiting) > 0; i++) {
        struct connection *c = g->connections->pdata[i];
        if (c->smtp)
            connection_start(c);
    }
    if (!outgoing_may_start(g) || waiting_count(&g->waiting) == 0)
        return;
    gint64 wanted = MIN(g->record.connections, waiting_count(&g->waiting) + g->n_busy);
    /* The first goes alone: a wrong password is tried once, not once a connection, before the
     * account is locked for it. */
    if (!g->is_proven)
        wanted = MIN(wanted, 1);
    int have = count_connections(g);
    if (have > 0 && g->no_more_until_us > g->sender->now_us)
        return;
    if (have >= wanted || !has_secret(g) ||
        !fence_lets(g->sender, &g->record, g->endpoint.port))
        return;
    for (; have < wanted && !outgoing_is_resting(g); have++)
        connection_open(g);
}

void outgoing_tick(struct outgoing *g)
{
    gint64 now = g->sender->now_us;
    for (guint i = g->connections->len; i-- > 0;) {
        struct connection *c = g->connections->pdata[i];
        if (!c->smtp)
            continue;
        if (c->n_hands == 0 && !c->is_quitting &&
            (now - c->idle_since_us > IDLE_CLOSE_US || g->sender->is_draining)) {
            connection_quit(c);
        }
        if (!c->is_dead)
            smtp_tick(c->smtp, now);
        i = MIN(i, g->connections->len);
    }
    if (g->unstored && now >= g->store_us)
        store_waiting(g);
}

int outgoing_busy(const struct outgoing *g)
{
    return g->n_busy;
}

gboolean outgoing_is_at_pace(const struct outgoing *g)
{
    struct pace_bucket probe = g->bucket;
    return pace_wait_us(&probe, g->sender->now_us) > 0;
}

const char *outgoing_name(const struct outgoing *g)
{
    return g->record.name;
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
    limits_describe(g, &g->live);
    return &g->live;
}

gint64 outgoing_full_until_us(struct outgoing *g)
{
    return limits_until_us(g);
}

void outgoing_count(struct outgoing *g)
{
    limits_count(g);
}

void outgoing_stop_now(struct outgoing *g)
{
    outgoing_sweep(g, TRUE);
    for (guint i = g->connections->len; i-- > 0;) {
        connection_stop(g->connections->pdata[i]);
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

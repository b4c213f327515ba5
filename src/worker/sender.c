/*
 * The send role: which campaigns go out, leasing for them, the word "authorised", commits, and
 * the ways to end. A server's connections are outgoing.c's.
 */
#include "config.h"

#include "worker/sender.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/schedule.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/process.h"
#include "store/campaigns.h"
#include "worker/harden.h"
#include "worker/link.h"
#include "worker/receivers.h"
#include "worker/worker.h"

#define LOOK_US 250000 /* changes of rows are noticed at least this often */
#define STOP_WAIT_US (10 * CLOCK_SECOND_US) /* for final replies at a stop */
#define BLOCKED_TRY_US (500 * 1000)
#define STALLED_US (5 * CLOCK_SECOND_US)
/* The ledger walks along its tables: what is behind it is of no more use, and pushes what the
 * loop needs out of a processor's cache. The loop itself looks up next to nothing. */
#define LEDGER_CACHE_KIB 640
#define LOOP_CACHE_KIB 256
/* To a server next door, on two processors: a seventh more messages a second, at half the
 * wake-ups. Longer pauses let the server run dry, and without `few` so do these. */
#define GATHER_FEW 4
#define GATHER_US 20

struct sending *sender_campaign(struct sender *s, gint64 campaign_id)
{
    return g_hash_table_lookup(s->sendings, &campaign_id);
}

static void sending_free(gpointer p)
{
    struct sending *c = p;
    sending_forget_pace(c);
    routes_forget(c);
    g_free(c->name);
    g_free(c);
}

/* For the rate that is shown, and for the server's limits. */
static void count_message(struct sender *s, const struct ledger_outcome *o)
{
    struct outgoing *g =
        o->phase == REPLY_CONNECT ? NULL : g_hash_table_lookup(s->outgoings, &o->server_id);
    pace_meter_count(&s->meter, 1, s->now_us);
    if (g)
        outgoing_count(g);
}

void sender_record(struct sender *s, struct lease *lease, const struct ledger_outcome *o)
{
    struct sending *c = sender_campaign(s, lease->campaign_id);
    if (c) {
        c->n_out--;
        if (o->to == DELIVERY_QUEUED || o->to == DELIVERY_DEFERRED)
            c->is_drained = FALSE;
        if (c->n_out == 0)
            c->look_again_us = 0; /* it may be finished */
    }
    if (o->counts)
        count_message(s, o);
    if (receivers_wants_outcome(lease, o))
        receivers_outcome(s->receivers, lease, o, pace_meter_rate(&s->meter, s->now_us),
                          s->now_us);
    signing_forget(g_steal_pointer(&lease->user));
    ledger_record(s->ledger, lease, o);
}

void sender_give_back(struct sender *s, struct lease *lease)
{
    struct ledger_outcome o = {.to = lease->is_stopped ? lease->stop_to : DELIVERY_QUEUED,
                               .at_us = sender_wall_us(s)};
    sender_record(s, lease, &o);
}

static void stall(struct sender *s, gint64 campaign_id, const char *why)
{
    struct sending *c = sender_campaign(s, campaign_id);
    if (!c || c->stalled_until_us > s->now_us)
        return;
    c->stalled_until_us = s->now_us + STALLED_US;
    log_error("campaign %s: its content cannot be made into a message: %s", c->name, why);
}

static void hold(struct sender *s, gint64 campaign_id, const char *why)
{
    struct sending *c = sender_campaign(s, campaign_id);
    g_autoptr(GError) error = NULL;
    if (!c || !c->is_seen)
        return;
    c->is_seen = FALSE; /* nothing more of it is leased; it is read again when it is resumed */
    s->must_reload = TRUE;
    log_error("campaign %s: it is held: %s", c->name, why);
    if (!campaigns_move(s->db, campaign_id, CAMPAIGN_HELD, why, &error))
        log_error("campaign %s: %s", c->name, error->message);
}

void sender_message_failed(struct sender *s, struct lease *lease, const GError *why)
{
    gint64 campaign_id = lease->campaign_id;
    sender_give_back(s, lease);
    if (g_error_matches(why, CRIER_ERROR, CRIER_ERROR_PRECONDITION))
        hold(s, campaign_id, why->message);
    else
        stall(s, campaign_id, why->message);
}

/* ---- what is to be sent ---- */

static void take_campaign(struct sender *s, const struct campaign *record)
{
    struct sending *c = sender_campaign(s, record->id);
    if (!c) {
        c = g_new0(struct sending, 1);
        c->id = record->id;
        c->name = g_strdup(record->name);
        g_hash_table_insert(s->sendings, &c->id, c);
        log_info("campaign %s: sending", c->name);
    }
    c->is_seen = TRUE;
    c->is_drained = FALSE;
    c->give_up_s = record->give_up_s;
    sending_take_pace(s, c, record);
    routes_take(s, c, record->server);
}

static gboolean forget_unseen(gpointer key, gpointer value, gpointer data)
{
    struct sending *c = value;
    /* One that still has messages in hand is kept until they are recorded. */
    return !c->is_seen && c->n_out == 0 && !c->is_leasing;
}

static gboolean load_settings(struct sender *s, GError **error)
{
    struct settings settings = {0};
    if (!settings_load(s->db, &settings, error))
        return FALSE;
    g_free(s->hello);
    s->hello = g_strdup(*settings.hello ? settings.hello : g_get_host_name());
    s->retry_s = settings.retry_s;
    log_set_level((enum log_level)settings.log_level);
    settings_clear(&settings);
    return TRUE;
}

/* A server that hangs must not hold all the leases there are. */
static void share_out(struct sender *s)
{
    g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct sending *c = value;
        if (c->is_seen)
            routes_add_to(c, used);
    }
    int n = MAX(1, (int)g_hash_table_size(used));
    g_hash_table_iter_init(&i, used);
    while (g_hash_table_iter_next(&i, &value, NULL))
        outgoing_share_with(value, n);
}

/* The campaigns that are in state sending, and their servers, as they are now. */
static void reload(struct sender *s)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = campaigns_all(s->db, &error);
    if (!all || !load_settings(s, &error)) {
        log_warning("%s", error->message);
        return;
    }
    if (s->receivers)
        receivers_look(s->receivers, s->now_us);
    if (!render_refresh_keys(s->render, &error)) {
        log_warning("%s", error->message);
        return;
    }
    s->must_reload = FALSE;
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &value))
        ((struct sending *)value)->is_seen = FALSE;
    for (guint k = 0; k < all->len; k++) {
        const struct campaign *record = all->pdata[k];
        if (record->state == CAMPAIGN_SENDING)
            take_campaign(s, record);
    }
    g_hash_table_foreach_remove(s->sendings, forget_unseen, NULL);
    share_out(s);
}

void sender_sweep_stopped(struct sender *s, gboolean all)
{
    GHashTableIter i;
    gpointer g;
    g_hash_table_iter_init(&i, s->outgoings);
    while (g_hash_table_iter_next(&i, NULL, &g))
        outgoing_sweep(g, all);
}

static void look_for_changes(struct sender *s)
{
    g_autoptr(GError) error = NULL;
    int stopped = ledger_recheck(s->ledger, &error);
    if (stopped < 0)
        log_warning("%s", error->message);
    if (stopped > 0)
        sender_sweep_stopped(s, FALSE);
    if (s->n_changes != ledger_changes(s->ledger))
        s->must_reload = TRUE;
    s->n_changes = ledger_changes(s->ledger);
    if (s->must_reload && !s->is_draining)
        reload(s);
}

/* ---- one turn ---- */

void sender_log_blocked(struct sender *s, const char *what, const char *why)
{
    if (s->blocked_logged_us && s->now_us - s->blocked_logged_us < 10 * CLOCK_SECOND_US)
        return;
    s->blocked_logged_us = s->now_us;
    log_error("%s: %s", what, why);
}

static void authorise_waiting(struct sender *s)
{
    while (s->authorise->len > 0) {
        g_autoptr(GPtrArray) batch = s->authorise;
        s->authorise = g_ptr_array_new();
        g_autoptr(GPtrArray) leases = g_ptr_array_new();
        for (guint i = 0; i < batch->len; i++)
            connection_leases(batch->pdata[i], leases);
        g_autoptr(GError) error = NULL;
        gboolean ok = ledger_authorise(s->ledger, (struct lease **)leases->pdata,
                                       (int)leases->len, &error);
        if (!ok)
            sender_log_blocked(s, _("nothing is sent"), error->message);
        for (guint i = 0; i < batch->len; i++)
            connection_answer(batch->pdata[i], ok);
    }
}

static void commit(struct sender *s, gboolean force)
{
    g_autoptr(GError) error = NULL;
    gboolean ok = ledger_look(s->ledger, &error);
    if (ok && !force && ledger_is_blocked(s->ledger) && s->now_us < s->blocked_try_us)
        return;
    if (ok && ledger_commit(s->ledger, force, s->now_us, &error))
        return;
    s->blocked_try_us = s->now_us + BLOCKED_TRY_US;
    sender_log_blocked(s, _("outcomes wait in memory, nothing new is sent"), error->message);
    g_free(s->note);
    s->note = g_strdup(error->message);
}

static gboolean has_busy(struct sender *s)
{
    GHashTableIter i;
    gpointer g;
    g_hash_table_iter_init(&i, s->outgoings);
    while (g_hash_table_iter_next(&i, NULL, &g))
        if (outgoing_busy(g) > 0)
            return TRUE;
    return FALSE;
}

static void turn_outgoings(struct sender *s)
{
    GHashTableIter i;
    gpointer g;
    g_hash_table_iter_init(&i, s->outgoings);
    while (g_hash_table_iter_next(&i, NULL, &g))
        outgoing_turn(g);
}

static void turn(struct sender *s)
{
    authorise_waiting(s);
    sender_look_at_clock(s);
    if (s->must_reload)
        look_for_changes(s);
    if (!s->is_draining && !ledger_is_blocked(s->ledger) && s->receivers)
        sender_lease_all(s);
    turn_outgoings(s);
    commit(s, FALSE);
}

/* While the servers have something to do: what they are sent next is ready when they ask. */
static void make_next(struct sender *s)
{
    GHashTableIter i;
    gpointer g;
    g_hash_table_iter_init(&i, s->outgoings);
    while (g_hash_table_iter_next(&i, NULL, &g))
        outgoing_make_next(g);
}

/* Nothing in hand, nothing due, nothing resting: for --once. */
static gboolean is_idle(struct sender *s)
{
    GHashTableIter i;
    gpointer value;
    if (has_busy(s) || s->must_reload || ledger_is_blocked(s->ledger) ||
        ledger_is_beside(s->ledger))
        return FALSE;
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct sending *c = value;
        gboolean has_server = c->routes && c->routes->len > 0;
        gboolean is_waiting_for_server = c->opens_us > 0 || !routes_may_send(c);
        if (c->n_out > 0 ||
            (c->is_seen && has_server && !c->is_drained && !is_waiting_for_server) ||
            (!is_waiting_for_server && sender_waits_for_receivers(s, value)))
            return FALSE;
        /* Its last outcome came just now: the next lease finds nothing and finishes it. */
        if (c->is_seen && has_server && c->look_again_us == 0)
            return FALSE;
    }
    return TRUE;
}

static gint64 next_wake(struct sender *s)
{
    gint64 wake = s->now_us + (s->lease_again ? 0 : LOOK_US);
    gint64 due = ledger_commit_due_us(s->ledger);
    if (due >= 0)
        wake = MIN(wake, ledger_is_blocked(s->ledger) ? s->now_us + BLOCKED_TRY_US : due);
    GHashTableIter i;
    gpointer g;
    g_hash_table_iter_init(&i, s->outgoings);
    while (g_hash_table_iter_next(&i, NULL, &g)) {
        gint64 w = outgoing_wake_us(g);
        if (w >= 0)
            wake = MIN(wake, w);
    }
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &g)) {
        gint64 wait_us = sending_wait_us(s, g), held_us = sender_held_due_us(s, g);
        if (wait_us > 0)
            wake = MIN(wake, s->now_us + wait_us);
        if (held_us > s->now_us)
            wake = MIN(wake, held_us);
    }
    return wake;
}

/* ---- timers, signals, the link ---- */

static void beat(struct sender *s)
{
    gboolean is_blocked = ledger_is_blocked(s->ledger) || !s->providers;
    struct role_row row = {.role = (char *)"send",
                           .pid = getpid(),
                           .since_us = s->since_us,
                           .beat_us = clock_wall_us(),
                           .boot_id = (char *)clock_boot_id(),
                           .note =
                               is_blocked && s->note ? s->note : (char *)"",
                           .hardened = s->hardened,
                           .rate = pace_meter_rate(&s->meter, s->now_us)};
    GHashTableIter i;
    gpointer g;
    g_hash_table_iter_init(&i, s->outgoings);
    while (g_hash_table_iter_next(&i, NULL, &g)) {
        row.in_flight += outgoing_busy(g);
        outgoing_tick(g);
    }
    g_autoptr(GError) error = NULL;
    if (!beat_write(s, &row, &error))
        log_debug("heartbeat: %s", error->message);
    else if (!ledger_is_blocked(s->ledger))
        workspace_ballast_make(
            s->ws); /* given up on a full disk, there again when there is room */
}

static void on_beat(void *data)
{
    struct sender *s = data;
    beat(s);
    if (!ledger_is_blocked(s->ledger))
        sender_look_at_refusals(s);
    sender_tick_receivers(s);
    fence_look(s);
    loop_timer_add(s->loop, s->now_us + CLOCK_SECOND_US, on_beat, s);
}

static void on_look(void *data)
{
    struct sender *s = data;
    look_for_changes(s);
    loop_timer_add(s->loop, s->now_us + LOOK_US, on_look, s);
}

static void drain(struct sender *s, const char *why)
{
    if (s->is_draining)
        return;
    log_info("draining: %s", why);
    s->is_draining = TRUE;
    s->stop_deadline_us = s->now_us + 6 * STOP_WAIT_US;
    sender_sweep_stopped(s, TRUE);
}

static void stop_now(struct sender *s)
{
    GHashTableIter i;
    gpointer g;
    drain(s, "stop now");
    s->is_stopping_now = TRUE;
    s->stop_deadline_us = s->now_us + STOP_WAIT_US;
    g_hash_table_iter_init(&i, s->outgoings);
    while (g_hash_table_iter_next(&i, NULL, &g))
        outgoing_stop_now(g);
}

static void on_signal(int signum, void *data)
{
    struct sender *s = data;
    if (signum == SIGUSR1)
        s->must_reload = TRUE;
    else if (signum == SIGINT && s->is_draining)
        stop_now(s);
    else
        drain(s, signum == SIGINT ? "interrupted" : "told to end");
}

static void on_committed(int fd, unsigned events, void *data)
{
    struct sender *s = data;
    ledger_event(s->ledger);
}

static void on_link(int fd, unsigned events, void *data)
{
    struct sender *s = data;
    struct link_answer answer = {0};
    int got = link_next_answer(fd, &answer);
    struct outgoing *g = got > 0 ? g_hash_table_lookup(s->outgoings, &answer.server_id) : NULL;
    if (g)
        outgoing_secret(g, &answer);
    link_answer_clear(&answer);
    if (got == 0) {
        drain(s, "the supervisor is gone");
        loop_watch_remove(s->link_watch);
        close(fd);
        s->link_fd = -1;
    }
}

/* ---- beginning and end ---- */

static void outgoing_free_item(gpointer g)
{
    outgoing_free(g);
}

static gboolean sender_begin(struct sender *s, GError **error)
{
    struct ledger_recovered found;
    s->db = db_open(s->ws->db_path, DB_USE_VERB, error);
    if (!s->db)
        return FALSE;
    db_set_actor(s->db, "worker");
    if (!ledger_recover(s->db, s->ws, &found, error))
        return FALSE;
    if (found.replayed + found.uncertain + found.requeued > 0)
        log_notice("recovered: %" PRId64 " outcomes from the journal, %" PRId64
                   " uncertain, %" PRId64 " queued again%s",
                   found.replayed, found.uncertain, found.requeued,
                   found.rebooted ? " (after a reboot)" : "");
    s->ledger_db = db_open(s->ws->db_path, DB_USE_VERB, error);
    s->ledger = s->ledger_db ? ledger_open(s->ledger_db, s->ws, error) : NULL;
    s->render = s->ledger ? render_new(s->db, s->ws, error) : NULL;
    if (!s->render || !db_set_cache(s->db, LOOP_CACHE_KIB, error) ||
        !db_set_cache(s->ledger_db, LEDGER_CACHE_KIB, error) ||
        !ledger_go_beside(s->ledger, s->db, error))
        return FALSE;
    sender_begin_clock(s);
    return load_settings(s, error) && sender_open_receivers(s, error) && fence_raise(s, error);
}

static void sender_end(struct sender *s)
{
    if (s->outgoings)
        g_hash_table_remove_all(s->outgoings); /* gives leases back to the ledger */
    ledger_close(s->ledger);
    sender_close_receivers(s);
    if (s->db)
        beat_gone(s->db);
    g_clear_pointer(&s->outgoings, g_hash_table_unref);
    g_clear_pointer(&s->sendings, g_hash_table_unref);
    signing_free(s->signing);
    render_free(s->render);
    stream_pool_free(s->pool);
    harden_free(s->harden);
    loop_free(s->loop);
    db_close(s->ledger_db);
    db_close(s->db);
    g_ptr_array_unref(s->authorise);
    g_free(s->hello);
    g_free(s->note);
}

static gint64 earlier(gint64 a_us, gint64 b_us)
{
    return a_us <= 0 ? b_us : b_us <= 0 ? a_us : MIN(a_us, b_us);
}

static void say_next(struct sender *s)
{
    gint64 due = earlier(ledger_next_due_us(s->db, NULL), schedule_next_us(s->db));
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        struct sending *c = value;
        gint64 held_us = c->is_seen ? sender_held_due_us(s, c) : 0;
        if (held_us > 0)
            due = earlier(due, clock_wall_us() + MAX(0, held_us - s->now_us));
        if (c->is_seen && !c->is_serverless)
            due = earlier(due, MAX(routes_full_until_us(c), c->opens_us));
    }
    g_autofree char *when = due > 0 ? clock_format_local(due, clock_wall_us()) : NULL;
    if (when)
        log_notice("nothing is due now; the next is due at %s", when);
    else
        log_notice("nothing is due");
}

static gboolean must_end(struct sender *s)
{
    if (s->is_draining)
        return !has_busy(s) || s->now_us > s->stop_deadline_us;
    return s->is_once && is_idle(s);
}

static void run(struct sender *s)
{
    s->now_us = clock_mono_us();
    sender_look_back(s);
    s->must_reload = TRUE;
    on_look(s);
    on_beat(s);
    loop_watch_add(s->loop, ledger_event_fd(s->ledger), LOOP_IN, on_committed, s);
    if (s->link_fd >= 0)
        s->link_watch = loop_watch_add(s->loop, s->link_fd, LOOP_IN, on_link, s);
    while (!must_end(s)) {
        gboolean was_told = s->must_reload;
        turn(s);
        /* What this turn has changed is read anew at once, and --once may end after that; what
         * could not be read waits. */
        gboolean is_news = s->must_reload != was_told;
        if (s->must_start_anew)
            drain(s, "to start anew");
        if (s->authorise->len == 0) {
            ledger_write_down(s->ledger);
            make_next(s);
            loop_run_once(s->loop, is_news ? 0 : MAX(0, next_wake(s) - s->now_us));
        }
        s->now_us = clock_mono_us();
    }
    ledger_wait(s->ledger);
    sender_take_leased(s);
    commit(s, TRUE);
    if (s->is_once)
        say_next(s);
}

int sender_run(const struct workspace *w, const struct worker_options *o, GError **error)
{
    struct sender s = {.ws = w,
                       .link_fd = o->link_fd,
                       .is_once = o->is_once,
                       .loop = loop_new(),
                       .authorise = g_ptr_array_new(),
                       .since_us = clock_wall_us(),
                       .clock_offset_us = clock_wall_us() - clock_mono_us(),
                       .now_us = clock_mono_us()};
    loop_gather(s.loop, GATHER_FEW, GATHER_US);
    s.pool = stream_pool_new(s.loop);
    s.signing = signing_new(s.loop);
    s.outgoings =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, outgoing_free_item);
    s.sendings = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, sending_free);
    pace_meter_init(&s.meter, s.now_us);
    int code = 0;
    loop_signal_add(s.loop, SIGTERM, on_signal, &s);
    loop_signal_add(s.loop, SIGINT, on_signal, &s);
    loop_signal_add(s.loop, SIGUSR1, on_signal, &s);
    if (sender_begin(&s, error)) {
        run(&s);
        code = s.must_start_anew ? WORKER_EXIT_ANEW : 0;
    } else {
        code = error_exit_code(*error);
    }
    sender_end(&s);
    return code;
}

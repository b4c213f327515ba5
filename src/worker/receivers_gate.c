/*
 * The gate at leasing: who may go now, who waits, and who of those is next. It runs inside the
 * ledger's transaction, so everything it does is written down until that is committed.
 */
#include "config.h"

#include "worker/receivers_private.h"

#include "base/clock.h"
#include "model/fault.h"

#define KEPT_WAIT_US (CLOCK_SECOND_US / 4) /* a shorter wait is over before the next life */

static struct receiver_wait *wait_of(struct receiver *r, gint64 campaign_id)
{
    for (guint i = 0; i < r->waits->len; i++) {
        struct receiver_wait *w = &g_array_index(r->waits, struct receiver_wait, i);
        if (w->campaign_id == campaign_id)
            return w;
    }
    return NULL;
}

static gint64 n_waiting(struct receiver *r, gint64 campaign_id)
{
    const struct receiver_wait *w = r->n_waiting > 0 ? wait_of(r, campaign_id) : NULL;
    return w ? w->n : 0;
}

void receivers_wait(struct receiver *r, gint64 campaign_id, gint64 n)
{
    struct receiver_wait *w = wait_of(r, campaign_id);
    if (!w) {
        struct receiver_wait fresh = {.campaign_id = campaign_id};
        g_array_append_val(r->waits, fresh);
        w = &g_array_index(r->waits, struct receiver_wait, r->waits->len - 1);
    }
    n = MAX(n, -w->n);
    w->n += n;
    r->n_waiting += n;
    if (w->n == 0)
        g_array_remove_index_fast(r->waits, (guint)(w - (struct receiver_wait *)r->waits->data));
}

static struct receiver *of_hold(struct receivers *all, gint64 hold_id)
{
    return g_hash_table_lookup(all->by_hold, &hold_id);
}

/* ---- asked by the ledger ---- */

/* It has rested because of us, and whether that is over one message is to show. */
static gboolean is_probing(const struct receiver *r)
{
    return r->n_ours >= FAULT_ROW_LENGTH;
}

static gint64 connections_of(const struct receiver *r)
{
    return is_probing(r) ? 1 : r->of->connections;
}

static gboolean is_full(const struct receiver *r)
{
    return connections_of(r) > 0 && r->n_in_flight >= connections_of(r);
}

static gint64 wait_at(struct receivers *all, struct receiver *r, enum hold_cause cause)
{
    if (r->n_waiting == 0 && r->row.since_us == 0)
        r->row.since_us = clock_wall_us();
    if (r->row.cause != cause || !r->is_listed) {
        r->row.cause = cause;
        receivers_list(all, r);
    }
    return receivers_row_id(all, r);
}

static gint64 ask(void *data, gint64 campaign_id, const char *address, gboolean is_held,
                  void **ret_receiver)
{
    struct receivers *all = data;
    struct receiver *r = receivers_find(all, address, FALSE);
    if (!r || (!r->is_listed && !provider_is_limited(r->of)))
        return 0;
    enum hold_cause pace = throttle_is_slow(&r->throttle) ? HOLD_SLOW : HOLD_RATE;
    if (receiver_rests(r))
        return wait_at(all, r, r->rest_cause);
    if (!is_held && n_waiting(r, campaign_id) > 0)
        return wait_at(all, r, r->row.cause); /* behind those */
    if (is_full(r))
        return wait_at(all, r, is_probing(r) ? HOLD_OURS : HOLD_CONNECTIONS);
    if (!throttle_take(&r->throttle, all->now_us))
        return wait_at(all, r, pace);
    r->n_in_flight++;
    struct receiver_asked done = {.r = r};
    g_array_append_val(all->asked, done);
    if (throttle_wait_us(&r->throttle, all->now_us) >= KEPT_WAIT_US)
        receivers_mark(all, r);
    *ret_receiver = r;
    return 0;
}

/* How many of those who wait may go now. */
static int may_go(struct receivers *all, struct receiver *r)
{
    if (r->is_moved)
        return (int)MIN(r->n_waiting, G_MAXINT); /* they are asked about anew */
    if (receiver_rests(r) || is_full(r))
        return 0;
    int n = throttle_left(&r->throttle, all->now_us);
    gint64 most = connections_of(r);
    return most > 0 ? (int)MIN(n, most - r->n_in_flight) : n;
}

/* Of several campaigns that wait for one receiver the next but one goes, too: one of them may
 * be paused and never ask. */
static gboolean is_anothers_turn(struct receiver *r, gint64 campaign_id)
{
    gboolean is = r->waits->len > 1 && r->last_served == campaign_id && !r->is_passed_over;
    r->is_passed_over = is;
    if (!is)
        r->last_served = campaign_id;
    return is;
}

static gboolean next(void *data, gint64 campaign_id, guint *at, gint64 *ret_hold, int *ret_max)
{
    struct receivers *all = data;
    for (; *at < all->listed->len; (*at)++) {
        struct receiver *r = all->listed->pdata[*at];
        int n = n_waiting(r, campaign_id) > 0 ? may_go(all, r) : 0;
        if (n <= 0 || is_anothers_turn(r, campaign_id))
            continue;
        *ret_hold = r->row.id;
        *ret_max = r->waits->len > 1 ? MAX(1, n / (int)r->waits->len) : n;
        (*at)++;
        return TRUE;
    }
    return FALSE;
}

static gint64 waiting(void *data, gint64 hold_id, gint64 campaign_id)
{
    struct receiver *r = of_hold(data, hold_id);
    return r ? n_waiting(r, campaign_id) : 0;
}

static void moved(void *data, gint64 hold_id, gint64 campaign_id, gint64 n)
{
    struct receivers *all = data;
    struct receiver *r = of_hold(all, hold_id);
    if (!r)
        return;
    gint64 before = r->n_waiting;
    receivers_wait(r, campaign_id, n);
    struct receiver_asked done = {.r = r, .campaign_id = campaign_id, .n = r->n_waiting - before};
    g_array_append_val(all->asked, done);
}

static void undo(const struct receiver_asked *a)
{
    if (a->campaign_id > 0) {
        receivers_wait(a->r, a->campaign_id, -a->n);
        return;
    }
    a->r->n_in_flight--;
    throttle_give_back(&a->r->throttle);
}

static void settled(void *data, gboolean ok)
{
    struct receivers *all = data;
    for (guint i = all->asked->len; !ok && i-- > 0;)
        undo(&g_array_index(all->asked, struct receiver_asked, i));
    g_array_set_size(all->asked, 0);
    receivers_written(all, ok);
}

/* ---- writing ---- */

static gboolean write_one(struct receivers *all, struct db *db, struct receiver *r,
                          GError **error)
{
    gint64 wall_us = clock_wall_us();
    gint64 wait_us = throttle_wait_us(&r->throttle, all->now_us);
    struct hold h = r->row;
    if (r->row.id == 0) {
        if (wait_us < KEPT_WAIT_US && !receivers_is_special(r))
            return TRUE; /* nothing that a row were worth */
        h.id = receivers_row_id(all, r);
    }
    h.receiver = r->name;
    h.label = (char *)receiver_label(r);
    h.until_us = !receiver_rests(r)                   ? 0
                 : r->rest_until_us == HOLD_FOR_EVER ? HOLD_FOR_EVER
                                                     : wall_us + r->rest_until_us - all->now_us;
    h.next_us = wait_us > 0 ? wall_us + wait_us : 0;
    h.rate = r->throttle.bucket.rate;
    h.base_rate = r->throttle.base;
    h.slow_us =
        r->throttle.slow_us > 0 ? wall_us + r->throttle.slow_us - all->now_us : 0;
    h.connections = r->of->connections;
    h.n_ours = r->n_ours;
    return holds_put(db, &h, error);
}

gboolean receivers_write(struct receivers *all, struct db *db, GError **error)
{
    for (guint i = 0; i < all->dirty->len; i++)
        if (!write_one(all, db, all->dirty->pdata[i], error))
            return FALSE;
    return TRUE;
}

void receivers_written(struct receivers *all, gboolean ok)
{
    if (!ok)
        return;
    for (guint i = 0; i < all->dirty->len; i++)
        ((struct receiver *)all->dirty->pdata[i])->is_dirty = FALSE;
    g_ptr_array_set_size(all->dirty, 0);
}

static gboolean gate_write(void *data, struct db *db, GError **error)
{
    return receivers_write(data, db, error);
}

void receivers_make_gate(struct receivers *all)
{
    all->gate = (struct lease_gate){.data = all,
                                    .ask = ask,
                                    .next = next,
                                    .waiting = waiting,
                                    .moved = moved,
                                    .write = gate_write,
                                    .settled = settled};
}

const struct lease_gate *receivers_gate(struct receivers *all, gint64 now_us)
{
    all->now_us = now_us;
    return all->is_limited || all->listed->len > 0 || all->dirty->len > 0 ? &all->gate : NULL;
}

gint64 receivers_due_us(struct receivers *all, gint64 campaign_id, gint64 now_us)
{
    gint64 due_us = 0;
    for (guint i = 0; i < all->listed->len; i++) {
        struct receiver *r = all->listed->pdata[i];
        gint64 at_us = now_us;
        if (r->n_waiting == 0 || n_waiting(r, campaign_id) == 0 ||
            (is_full(r) && !r->is_moved))
            continue;
        if (r->is_moved)
            at_us = now_us;
        else if (receiver_rests(r))
            at_us = r->rest_until_us;
        else
            at_us += throttle_wait_us(&r->throttle, now_us);
        if (at_us < HOLD_FOR_EVER && (due_us == 0 || at_us < due_us))
            due_us = at_us;
    }
    return due_us;
}

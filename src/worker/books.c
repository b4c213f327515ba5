/*
 * The books of a campaign: counters against rows, the move to finished, and what an earlier
 * life of the worker left open; and what a jump of the clock does to them. When to look is
 * sender.c's business.
 */
#include "config.h"

#include "worker/sender.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/log.h"
#include "store/adding.h"
#include "store/campaigns.h"
#include "store/deliveries.h"
#include "store/stop_rule.h"
#include "worker/receivers.h"
#include "worker/worker.h"

static gboolean compare_books(struct sender *s, gint64 id, gboolean *ret_is_right,
                              GError **error)
{
    struct campaign_counts kept, counted;
    if (!campaigns_counts(s->db, id, &kept, error) ||
        !campaigns_recount(s->db, id, &counted, error))
        return FALSE;
    *ret_is_right = kept.total == counted.total;
    for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
        *ret_is_right = *ret_is_right && kept.state[i] == counted.state[i];
    return TRUE;
}

/* Invariant I1: the counters are what the rows are. A campaign whose books do not balance is
 * held: sending on could lose or double somebody. */
static gboolean books_balance(struct sender *s, gint64 id, const char *name)
{
    g_autoptr(GError) error = NULL;
    gboolean is_right = FALSE;
    gboolean ok = compare_books(s, id, &is_right, &error);
    /* Another process may have moved rows between the two counts: only one that nobody can
     * disturb is a verdict. */
    if (ok && !is_right && (ok = db_begin(s->db, &error))) {
        ok = compare_books(s, id, &is_right, &error);
        db_rollback(s->db);
    }
    if (!ok) {
        log_warning("campaign %s: cannot be counted: %s", name, error->message);
        return FALSE;
    }
    if (is_right)
        return TRUE;
    log_error(
        "campaign %s: its counters differ from its rows; it is held. `crier db check` shows"
        " where",
        name);
    if (!campaigns_move(s->db, id, CAMPAIGN_HELD, _("its counters differ from its rows"),
                        &error))
        log_error("campaign %s: %s", name, error->message);
    return FALSE;
}

static gboolean is_all_out(const struct campaign_counts *n)
{
    return n->state[DELIVERY_QUEUED] == 0 && n->state[DELIVERY_LEASED] == 0 &&
           n->state[DELIVERY_DEFERRED] == 0;
}

/* Looked at once more inside the transaction: a person who sends the uncertain ones again may
 * have queued them since, or be about to. */
static gboolean move_to_finished(struct sender *s, const struct sending *c, GError **error)
{
    struct campaign_counts n;
    if (!db_begin(s->db, error))
        return FALSE;
    if (!adding_is_under_way(s->db, c->id) && campaigns_counts(s->db, c->id, &n, error) &&
        is_all_out(&n) && campaigns_move(s->db, c->id, CAMPAIGN_FINISHED, NULL, error) &&
        db_commit(s->db, error))
        return TRUE;
    db_rollback(s->db);
    return FALSE;
}

void sender_finish(struct sender *s, struct sending *c)
{
    struct campaign_counts n;
    g_autoptr(GError) error = NULL;
    if (!campaigns_counts(s->db, c->id, &n, &error) || !is_all_out(&n))
        return;
    gboolean is_growing = adding_is_under_way(s->db, c->id);
    if (!is_growing && !books_balance(s, c->id, c->name))
        return;
    if (is_growing || !move_to_finished(s, c, &error)) {
        if (error)
            log_warning("campaign %s: %s", c->name, error->message);
        else
            c->look_again_us = 0; /* somebody more comes: not idle, --once waits, too */
        return;
    }
    log_notice("campaign %s: finished: %" PRId64 " accepted, %" PRId64 " refused, %" PRId64
               " uncertain",
               c->name, n.state[DELIVERY_ACCEPTED], n.state[DELIVERY_REFUSED],
               n.state[DELIVERY_UNCERTAIN]);
    s->must_reload = TRUE;
}

/* Whoever has not gone yet was counted as they were put into the queue, in the transactions that
 * did it; millions of them need not be counted again before the first message. */
static gboolean has_begun(struct sender *s, gint64 id)
{
    struct campaign_counts n;
    return !campaigns_counts(s->db, id, &n, NULL) || n.state[DELIVERY_QUEUED] < n.total;
}

/* What an earlier life left open: a cancelling that was cut short, books to be compared. */
void sender_look_back(struct sender *s)
{
    g_autoptr(GPtrArray) all = campaigns_all(s->db, NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct campaign *c = all->pdata[i];
        gboolean more = c->state == CAMPAIGN_CANCELLED;
        while (more && deliveries_cancel_some(s->db, c->id, &more, NULL))
            ;
        if (c->state == CAMPAIGN_SENDING && has_begun(s, c->id))
            books_balance(s, c->id, c->name);
    }
}

gint64 sender_wall_us(const struct sender *s)
{
    return clock_mono_us() + s->clock_offset_us;
}

/* One that sleeping does not move, so that it can be compared with that of another life. */
static gint64 kept_offset_us(void)
{
    return clock_wall_us() - clock_boot_us();
}

void sender_begin_clock(struct sender *s)
{
    g_autoptr(GError) error = NULL;
    gint64 jump = 0;
    gboolean ok =
        ledger_clock_begin(s->ledger, kept_offset_us(), WORKER_CLOCK_JUMP_US, &jump, &error);
    if (jump != 0)
        log_warning("the clock jumped by %+" PRId64 " s while nothing was sent: who waits to be"
                    " tried again waits as long as before",
                    jump / CLOCK_SECOND_US);
    if (!ok)
        log_warning("who waits to be tried again could not be moved along with the clock: %s",
                    error->message);
}

void sender_look_at_clock(struct sender *s)
{
    g_autoptr(GError) error = NULL;
    gint64 offset = clock_wall_us() - clock_mono_us(), jump = offset - s->clock_offset_us;
    s->clock_offset_us = offset;
    if (ABS(jump) < WORKER_CLOCK_JUMP_US)
        return;
    if (s->receivers)
        receivers_clock_jumped(s->receivers);
    if (!ledger_clock_jumped(s->ledger, jump, kept_offset_us(), &error))
        log_warning("the clock jumped by %+" PRId64 " s; who waits to be tried again could not be"
                    " moved along with it: %s",
                    jump / CLOCK_SECOND_US, error->message);
}

/* Too many refusals harm the sender's name with every further message. */
void sender_look_at_refusals(struct sender *s)
{
    GHashTableIter i;
    gpointer p;
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &p)) {
        const struct sending *c = p;
        g_autoptr(GError) error = NULL;
        g_autofree char *why = stop_rule_look(s->db, c->id, &error);
        if (!why || !campaigns_move(s->db, c->id, CAMPAIGN_HELD, why, &error)) {
            if (error)
                log_debug("campaign %s: %s", c->name, error->message);
            continue;
        }
        log_warning("campaign %s is held: %s", c->name, why);
        s->must_reload = TRUE;
    }
}

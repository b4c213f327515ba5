/*
 * Who is leased now: how many each campaign wants, the transaction for all of them, and what comes
 * of it. By which server somebody goes is routes.c's, when messages leave outgoing.c's.
 */
#include "config.h"

#include "worker/sender.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "worker/receivers.h"

#define DRAINED_LOOK_US CLOCK_SECOND_US

int sender_campaigns_on(struct sender *s, const struct outgoing *g)
{
    int n = 0;
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct sending *c = value;
        n += c->is_seen && !c->is_drained && routes_has(c, g);
    }
    return MAX(n, 1);
}

/* What was asked for has come; `ok`: it was committed. */
static void take_leases(struct sender *s, struct sending *c, int asked, GPtrArray *leases,
                        gboolean has_more, gboolean ok)
{
    gboolean may_go = c->is_seen && c->routes && c->routes->len > 0 && !s->is_draining;
    sending_give_back(c, asked - (int)leases->len);
    if (!ok)
        return;
    c->n_out += (int)leases->len;
    c->is_drained = !has_more;
    s->lease_again = s->lease_again || (has_more && (int)leases->len < asked);
    /* An outcome that was recorded since may be the last one. */
    gboolean is_due = c->n_out == 0 && ledger_has_waiting(s->ledger);
    c->look_again_us = is_due ? 0 : s->now_us + DRAINED_LOOK_US;
    for (guint i = 0; i < leases->len; i++) {
        if (may_go)
            routes_queue(c, leases->pdata[i]);
        else
            sender_give_back(s, leases->pdata[i]);
    }
    if (c->n_out == 0 && c->is_drained && !s->is_draining)
        sender_finish(s, c);
}

void sender_take_leased(struct sender *s)
{
    for (struct ledger_leased *got; (got = ledger_next_leased(s->ledger));
         ledger_leased_free(got)) {
        struct sending *c = sender_campaign(s, got->campaign_id);
        c->is_leasing = FALSE;
        take_leases(s, c, got->asked, got->leases, got->has_more, got->ok);
    }
}

static void lease_now(struct sender *s, struct sending *c, int want)
{
    g_autoptr(GPtrArray) leases = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    gboolean has_more = TRUE;
    gboolean ok =
        ledger_lease(s->ledger, c->id, want, sender_wall_us(s), leases, &has_more, &error);
    if (!ok)
        sender_log_blocked(s, _("nothing new is sent"), error->message);
    take_leases(s, c, want, leases, has_more, ok);
}

/* How many it should have now, at most `room`. */
static int wants_leases(struct sender *s, struct sending *c, int room)
{
    if (!c->is_seen || s->now_us < c->stalled_until_us)
        return 0;
    gint64 held_us = sender_held_due_us(s, c);
    if (c->is_drained && s->now_us < c->look_again_us && (held_us == 0 || s->now_us < held_us))
        return 0;
    gboolean is_closed = sending_closed_until_us(s, c) > 0;
    int want = is_closed ? 0 : routes_wants(s, c);
    if (want <= 0) {
        gboolean is_waiting = is_closed || !routes_may_send(c);
        if (is_waiting && c->n_out == 0 && s->now_us >= c->look_again_us) {
            c->look_again_us = s->now_us + DRAINED_LOOK_US;
            sender_finish(s, c);
        }
        return 0;
    }
    return sending_take(s, c, MIN(want, room));
}

/* One transaction for all of them. */
static void lease_beside(struct sender *s)
{
    g_autoptr(GArray) wants = g_array_new(FALSE, FALSE, sizeof(struct ledger_want));
    int room = ledger_room(s->ledger);
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        struct sending *c = value;
        struct ledger_want want = {.campaign_id = c->id, .max = wants_leases(s, c, room)};
        if (want.max <= 0)
            continue;
        room -= want.max;
        c->is_leasing = TRUE;
        g_array_append_val(wants, want);
    }
    /* Finishing a campaign writes, but not by the ledger's handle: none is running still. */
    if (wants->len > 0)
        ledger_lease_beside(s->ledger, (const struct ledger_want *)wants->data, wants->len,
                            sender_wall_us(s));
}

static void lease_one_by_one(struct sender *s)
{
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        int want = wants_leases(s, value, ledger_room(s->ledger));
        if (want > 0) {
            sender_set_gate(s, value);
            lease_now(s, value, want);
        }
    }
}

void sender_heed_rests(struct sender *s)
{
    if (s->receivers && receivers_must_sweep(s->receivers))
        sender_sweep_stopped(s, FALSE);
}

void sender_lease_all(struct sender *s)
{
    sender_take_leased(s);
    sender_heed_rests(s);
    if (ledger_is_beside(s->ledger))
        return;
    s->lease_again = FALSE;
    sender_set_gate(s, NULL);
    if (ledger_can_go_beside(s->ledger))
        lease_beside(s);
    else
        lease_one_by_one(s);
}

/*
 * Receivers between the sender and its campaigns: their table, who is held for one of them, and
 * when to look again. What a receiver is and may is receivers.c's.
 */
#include "config.h"

#include "worker/sender.h"

#include "app/provider_table.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/log.h"
#include "worker/ours.h"
#include "worker/receivers.h"

#define HELD_LOOK_US 20000 /* at most so often: each look is a commit */
#define ONCE_WAIT_US (60 * CLOCK_SECOND_US) /* --once waits for a turn that comes so soon */

/* A mistake in the workspace's table must not become mail without limits: before the first
 * table is right nothing is leased, later the one before stays. */
static void refuse_table(struct sender *s, const char *why)
{
    if (!s->providers && g_strcmp0(s->note, why) == 0)
        return; /* it is looked at each second */
    log_error("%s%s", s->providers ? "the table of providers stays as it was: " : "", why);
    if (s->providers)
        return;
    g_free(s->note);
    s->note = g_strdup(why);
}

static gboolean make_receivers(struct sender *s, struct providers *table)
{
    g_autoptr(GError) error = NULL;
    s->receivers = receivers_new(s->db, s->ledger, table, s->now_us, &error);
    if (!s->receivers)
        log_error("%s", error->message);
    return s->receivers != NULL;
}

/* Limits changed: everybody is looked at again. */
static void forget_drained(struct sender *s)
{
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, s->sendings);
    while (g_hash_table_iter_next(&i, NULL, &value))
        ((struct sending *)value)->is_drained = FALSE;
}

static void load_table(struct sender *s)
{
    g_autoptr(GError) error = NULL;
    struct providers *table = provider_table_load(s->provider_table, s->db, &error);
    if (!table) {
        refuse_table(s, error->message);
        return;
    }
    if (s->receivers) {
        receivers_take_table(s->receivers, table, s->now_us);
    } else if (!make_receivers(s, table)) {
        providers_free(table);
        return;
    }
    providers_free(s->providers);
    s->providers = table;
    forget_drained(s);
}

gboolean sender_open_receivers(struct sender *s, GError **error)
{
    s->provider_table = provider_table_open(s->ws, error);
    s->ours = s->provider_table ? ours_open(s->ws, error) : NULL;
    if (!s->ours)
        return FALSE;
    load_table(s);
    return TRUE;
}

void sender_close_receivers(struct sender *s)
{
    receivers_free(s->receivers);
    providers_free(s->providers);
    provider_table_free(s->provider_table);
    ours_free(s->ours);
}

void sender_tick_receivers(struct sender *s)
{
    if (!s->receivers || provider_table_has_changed(s->provider_table, s->db))
        load_table(s);
    ours_tick(s->ours);
    if (s->receivers)
        receivers_tick(s->receivers, s->now_us);
}

gint64 sender_held_due_us(struct sender *s, struct sending *c)
{
    gint64 due_us = s->receivers ? receivers_due_us(s->receivers, c->id, s->now_us) : 0;
    return due_us > 0 ? MAX(due_us, c->held_look_us) : 0;
}

void sender_set_gate(struct sender *s, struct sending *c)
{
    ledger_set_gate(s->ledger, receivers_gate(s->receivers, s->now_us));
    if (c)
        c->held_look_us = s->now_us + HELD_LOOK_US;
}

gboolean sender_waits_for_receivers(struct sender *s, struct sending *c)
{
    gint64 due_us = c->is_seen ? sender_held_due_us(s, c) : 0;
    return due_us > 0 && due_us - s->now_us < ONCE_WAIT_US;
}

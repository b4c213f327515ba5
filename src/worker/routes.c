/*
 * Which server a campaign's next messages go by: its only one, or those of its pool by weight
 * and order. What each may send is outgoing.c's, the rule of the choice model/pool.c's.
 *
 * Weights are kept strictly, so one that is slow holds up the others, but for two that do not:
 * one at its limit a second, and, for a minute, one that took nothing for a while although it
 * was its turn.
 */
#include "config.h"

#include "worker/sender.h"

#include "base/clock.h"
#include "base/log.h"
#include "model/pool.h"
#include "store/pools.h"
#include "store/servers.h"

#define PATIENCE_US (2 * CLOCK_SECOND_US)
#define PASSED_US (60 * CLOCK_SECOND_US)

struct route {
    gint64 server_id;
    struct outgoing *outgoing; /* borrowed */
    struct pool_turn turn;     /* as of routes_wants() */
    gint64 passed_until_us;    /* monotonic */
    gint64 full_since_us;      /* monotonic: it was its turn and it had no room; 0: not so */
};

static struct route *route_at(const struct sending *c, guint i)
{
    return &g_array_index(c->routes, struct route, i);
}

/* ---- from the record ---- */

/* NULL: it is switched off. */
static struct outgoing *outgoing_for(struct sender *s, const struct server *record)
{
    struct outgoing *g = g_hash_table_lookup(s->outgoings, &record->id);
    if (!record->enabled) {
        if (g)
            outgoing_sweep(g, TRUE);
        return NULL;
    }
    g_autofree char *problem = servers_get_problem(s->db, record->id);
    if (g) {
        outgoing_update(g, record, problem);
    } else {
        g = outgoing_new(s, record, problem);
        g_hash_table_insert(s->outgoings, g_memdup2(&record->id, sizeof record->id), g);
    }
    return g;
}

static const struct route *find(const GArray *routes, gint64 server_id)
{
    for (guint i = 0; i < routes->len; i++) {
        const struct route *r = &g_array_index(routes, struct route, i);
        if (r->server_id == server_id)
            return r;
    }
    return NULL;
}

/* What those it no longer goes by have not begun with goes by the others. */
static void leave(const GArray *before, const GArray *now)
{
    for (guint i = 0; i < before->len; i++) {
        const struct route *r = &g_array_index(before, struct route, i);
        if (!find(now, r->server_id))
            outgoing_sweep(r->outgoing, TRUE);
    }
}

void routes_take(struct sender *s, struct sending *c, const char *name)
{
    g_autoptr(GError) error = NULL;
    struct pool_servers found;
    g_autoptr(GArray) before = c->routes;
    c->routes = g_array_new(FALSE, TRUE, sizeof(struct route));
    if (!pools_find(s->db, name, &found, &error)) {
        log_debug("campaign %s: %s", c->name, error->message);
    } else {
        for (guint i = 0; i < found.all->len; i++) {
            const struct pool_server *member = found.all->pdata[i];
            const struct route *old = before ? find(before, member->record.id) : NULL;
            struct route r = {.server_id = member->record.id,
                              .turn = {.weight = member->weight},
                              .outgoing = outgoing_for(s, &member->record)};
            if (old && old->turn.weight == r.turn.weight) {
                r.turn = old->turn;
                r.passed_until_us = old->passed_until_us;
                r.full_since_us = old->full_since_us;
            }
            if (r.outgoing)
                g_array_append_val(c->routes, r);
        }
        pool_servers_clear(&found);
    }
    if (before)
        leave(before, c->routes);
    if (c->routes->len == 0 && !c->is_serverless)
        log_error("campaign %s: waits: its server '%s' is switched off or not there", c->name,
                  name);
    c->is_serverless = c->routes->len == 0;
}

void routes_forget(struct sending *c)
{
    g_clear_pointer(&c->routes, g_array_unref);
}

/* ---- what they do ---- */

gboolean routes_has(const struct sending *c, const struct outgoing *g)
{
    for (guint i = 0; c->routes && i < c->routes->len; i++)
        if (route_at(c, i)->outgoing == g)
            return TRUE;
    return FALSE;
}

void routes_add_to(const struct sending *c, GHashTable *used)
{
    for (guint i = 0; c->routes && i < c->routes->len; i++)
        g_hash_table_add(used, route_at(c, i)->outgoing);
}

/* Does not rest, and may be given more. */
static gboolean may_send(const struct route *r)
{
    return !outgoing_is_resting(r->outgoing) && outgoing_full_until_us(r->outgoing) == 0;
}

gboolean routes_may_send(const struct sending *c)
{
    for (guint i = 0; c->routes && i < c->routes->len; i++)
        if (may_send(route_at(c, i)))
            return TRUE;
    return FALSE;
}

gint64 routes_full_until_us(const struct sending *c)
{
    gint64 first_us = 0;
    for (guint i = 0; c->routes && i < c->routes->len; i++) {
        gint64 until_us = outgoing_full_until_us(route_at(c, i)->outgoing);
        if (until_us == 0)
            return 0;
        first_us = first_us == 0 ? until_us : MIN(first_us, until_us);
    }
    return first_us;
}

/* ---- the choice ---- */

static void look_at(struct sender *s, struct route *r)
{
    int wants = outgoing_wants(r->outgoing);
    r->turn.room = wants > 0 ? MAX(1, wants / sender_campaigns_on(s, r->outgoing)) : 0;
    r->turn.may_send = may_send(r);
    r->turn.is_passed = s->now_us < r->passed_until_us || outgoing_is_at_pace(r->outgoing);
}

static int get_turns(const struct sending *c, struct pool_turn *ret)
{
    for (guint i = 0; i < c->routes->len; i++)
        ret[i] = route_at(c, i)->turn;
    return (int)c->routes->len;
}

static gboolean has_other_with_room(const struct pool_turn *turns, int n, int but)
{
    for (int i = 0; i < n; i++)
        if (i != but && turns[i].weight > 0 && turns[i].may_send && turns[i].room > 0)
            return TRUE;
    return FALSE;
}

/* The others have waited for it long enough. */
static void pass_over(struct sender *s, const struct sending *c, struct route *r)
{
    if (r->full_since_us == 0)
        r->full_since_us = s->now_us;
    if (s->now_us - r->full_since_us < PATIENCE_US)
        return;
    r->full_since_us = 0;
    r->passed_until_us = s->now_us + PASSED_US;
    log_info("campaign %s: server %s takes its share too slowly; the others of the pool do not"
             " wait for it for a minute",
             c->name, outgoing_name(r->outgoing));
}

int routes_wants(struct sender *s, struct sending *c)
{
    struct pool_turn turns[POOL_MAX_MEMBERS];
    int n = 0, total = 0, picked = POOL_NOBODY, full = POOL_NOBODY;
    for (guint i = 0; c->routes && i < c->routes->len; i++)
        look_at(s, route_at(c, i));
    if (c->routes)
        n = get_turns(c, turns);
    while (total < ledger_max_leased(s->ledger) && (picked = pool_pick(turns, n, &full)) >= 0) {
        route_at(c, (guint)picked)->full_since_us = 0;
        total++;
    }
    if (picked == POOL_FULL && full >= 0 && has_other_with_room(turns, n, full))
        pass_over(s, c, route_at(c, (guint)full));
    return total;
}

void routes_queue(struct sending *c, struct lease *lease)
{
    struct pool_turn turns[POOL_MAX_MEMBERS];
    int n = get_turns(c, turns);
    int picked = pool_pick(turns, n, NULL);
    for (int i = 0; i < n; i++)
        route_at(c, (guint)i)->turn = turns[i];
    /* It goes as it was planned, so there is one. */
    outgoing_queue(route_at(c, picked >= 0 ? (guint)picked : 0)->outgoing, lease);
}

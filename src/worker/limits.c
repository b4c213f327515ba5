/*
 * A server's limits an hour and a day in the worker: what was used is read when an hour or a day
 * begins, or the clock was set, and counted on from there.
 */
#include "config.h"

#include "worker/limits.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/server_use.h"
#include "worker/waiting.h"

#define KEPT_US (3 * 24 * 3600 * CLOCK_SECOND_US)

static gboolean read_use(struct outgoing *g, gint64 now_us, GError **error)
{
    struct sender *s = g->sender;
    struct quota_use use = {0};
    quota_windows_at(now_us, &use.windows);
    /* What has an outcome and no row yet would be forgotten. */
    if (!ledger_commit(s->ledger, TRUE, s->now_us, error) ||
        !server_use_sum(s->db, g->record.id, use.windows.hour_us, &use.hour_n, error) ||
        !server_use_sum(s->db, g->record.id, use.windows.day_us, &use.day_n, error))
        return FALSE;
    g->use = use;
    return server_use_forget(s->db, now_us - KEPT_US, error);
}

/* False: it is not known, so nothing may go. */
static gboolean ask(struct outgoing *g, struct quota_word *ret)
{
    gint64 now_us = clock_wall_us();
    g_autoptr(GError) error = NULL;
    const struct server *r = &g->record;
    *ret = (struct quota_word){.left = G_MAXINT64};
    if (r->per_hour <= 0 && r->per_day <= 0 && (!r->warm_up || !*r->warm_up))
        return TRUE;
    if (!quota_windows_hold(&g->use.windows, now_us) && !read_use(g, now_us, &error)) {
        log_debug("server %s: %s", r->name, error->message);
        return FALSE;
    }
    quota_ask(r, &g->use, ret);
    return TRUE;
}

gint64 limits_left(struct outgoing *g)
{
    struct quota_word word;
    if (!ask(g, &word))
        return 0;
    return MAX(0, word.left - waiting_count(&g->waiting) - g->n_busy);
}

void limits_count(struct outgoing *g)
{
    g->use.hour_n++;
    g->use.day_n++;
}

gint64 limits_until_us(struct outgoing *g)
{
    struct quota_word word;
    return ask(g, &word) && word.left == 0 ? word.again_us : 0;
}

void limits_describe(struct outgoing *g, struct server_live *ret)
{
    struct quota_word word = {0};
    /* It is asked inside a transaction: nothing is read here. */
    gboolean is_known = quota_windows_hold(&g->use.windows, clock_wall_us());
    if (is_known)
        quota_ask(&g->record, &g->use, &word);
    gboolean is_full = is_known && word.left == 0;
    ret->limit_kind = is_full ? (int)word.kind : 0;
    ret->limit_n = is_full ? word.limit : 0;
    ret->limit_until_us = is_full ? word.again_us : 0;
}

/*
 * Words for limits, the same on every screen and in explain. What holds is decided by the
 * worker.
 */
#include "config.h"

#include "app/pace_words.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/hours.h"
#include "model/provider.h"
#include "model/quota.h"

/* Each has two %s: how many, and when again. */
static const char *const limit_words[QUOTA_KIND_COUNT] = {
    [QUOTA_HOUR] = N_("hourly limit of %s reached, again at %s"),
    [QUOTA_DAY] = N_("daily limit of %s reached, again at %s"),
    [QUOTA_WARM_UP] = N_("warm-up: today's %s are sent, again at %s"),
};

char *pace_words_limit(const struct server_live *l)
{
    if (l->limit_kind <= QUOTA_NONE || l->limit_kind >= QUOTA_KIND_COUNT)
        return NULL;
    g_autofree char *n = text_grouped(l->limit_n);
    g_autofree char *again = clock_format_local(l->limit_until_us, l->at_us);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return g_strdup_printf(_(limit_words[l->limit_kind]), n, again);
#pragma GCC diagnostic pop
}

static const char *setting_of(const struct campaign *c, enum hours_cause cause)
{
    return cause == HOURS_DATE ? c->not_on : cause == HOURS_DAY ? c->days : c->hours;
}

/* Each has one %s: the setting. */
static const char *const hours_words[HOURS_CAUSE_COUNT] = {
    [HOURS_DATE] = N_("it is not sent on this date (%s)"),
    [HOURS_DAY] = N_("today is none of its sending days (%s)"),
    [HOURS_TIME] = N_("outside of its sending hours (%s)"),
};

char *pace_words_hours(const struct campaign *c, gint64 now_us)
{
    gint64 next_us = 0;
    enum hours_cause cause = hours_ask(c, now_us, &next_us);
    if (cause == HOURS_OPEN)
        return NULL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_autofree char *why = g_strdup_printf(_(hours_words[cause]), setting_of(c, cause));
#pragma GCC diagnostic pop
    if (next_us == 0)
        return g_strdup_printf(_("%s, and so it is for a whole year"), why);
    g_autofree char *next = clock_format_local(next_us, now_us);
    return g_strdup_printf(_("%s, it goes on at %s"), why, next);
}

char *pace_words_spread(const struct campaign *c, gint64 people)
{
    if (c->spread_s <= 0)
        return NULL;
    g_autofree char *span = clock_format_span(c->spread_s);
    g_autofree char *hourly = text_grouped(MAX(1, people * 3600 / c->spread_s));
    return g_strdup_printf(_("spread over %s: about %s an hour"), span, hourly);
}

/* ---- receivers ---- */

static char *with_reply(char *take_words, const struct hold *h)
{
    g_autofree char *words = take_words;
    if (!h->reply || !*h->reply)
        return g_steal_pointer(&words);
    g_autofree char *reply = text_safe(h->reply, -1, 200);
    return g_strdup_printf(_("%s; it said: %s"), words, reply);
}

static char *rest_words(const struct hold *h)
{
    gint64 now_us = clock_wall_us();
    g_autofree char *until =
        h->until_us == HOLD_FOR_EVER ? NULL : clock_format_local(h->until_us, now_us);
    if (!until)
        return g_strdup(_("it rests until somebody wakes it"));
    if (h->until_us <= now_us)
        return g_strdup(_("its rest is over"));
    return g_strdup_printf(_("it rests until %s"), until);
}

char *pace_words_hold_cause(const struct hold *h)
{
    g_autofree char *rate =
        h->rate > 0 ? provider_rate_words(h->rate) : g_strdup(_("as fast as it goes"));
    if (h->until_us > 0 || h->cause == HOLD_OURS || h->cause == HOLD_USER)
        return with_reply(rest_words(h), h);
    if (h->base_rate > 0)
        return with_reply(g_strdup_printf(_("it asked for less: %s at present"), rate), h);
    if (h->cause == HOLD_CONNECTIONS)
        return g_strdup_printf(ngettext("%" PRId64 " message in flight at once",
                                        "%" PRId64 " messages in flight at once",
                                        (unsigned long)h->connections),
                               h->connections);
    return g_steal_pointer(&rate);
}

char *pace_words_hold(const struct hold *h)
{
    g_autofree char *n = text_grouped(h->n_waiting);
    g_autofree char *cause = pace_words_hold_cause(h);
    if (h->n_waiting == 0)
        return g_strdup_printf("%s: %s", h->label, cause);
    return g_strdup_printf(_("%s: %s waiting: %s"), h->label, n, cause);
}

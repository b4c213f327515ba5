/*
 * Small pure functions from records to words. Nothing here draws.
 */
#include "config.h"

#include "tui/words.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

#define DAY_S 86400
#define RATE_WHOLE 9.95 /* from here on no decimals */
#define RATE_LEAST 0.05 /* less is none */

struct state_word {
    const char *word; /* N_() */
    enum term_role role;
};

static const struct state_word campaign_words[CAMPAIGN_STATE_COUNT] = {
    [CAMPAIGN_DRAFT] = {N_("draft"), ROLE_NORMAL},
    [CAMPAIGN_PREPARING] = {N_("preparing"), ROLE_NORMAL},
    [CAMPAIGN_SCHEDULED] = {N_("scheduled"), ROLE_NORMAL},
    [CAMPAIGN_SENDING] = {N_("sending"), ROLE_OK},
    [CAMPAIGN_PAUSED] = {N_("paused"), ROLE_WARN},
    [CAMPAIGN_HELD] = {N_("held"), ROLE_ERROR},
    [CAMPAIGN_FINISHED] = {N_("finished"), ROLE_NORMAL},
    [CAMPAIGN_CANCELLED] = {N_("cancelled"), ROLE_NORMAL},
};

static const struct state_word delivery_words[DELIVERY_STATE_COUNT] = {
    [DELIVERY_QUEUED] = {N_("queued"), ROLE_NORMAL},
    [DELIVERY_LEASED] = {N_("sending"), ROLE_NORMAL},
    [DELIVERY_ACCEPTED] = {N_("accepted"), ROLE_OK},
    [DELIVERY_REFUSED] = {N_("refused"), ROLE_ERROR},
    [DELIVERY_DEFERRED] = {N_("waiting"), ROLE_NORMAL},
    [DELIVERY_UNCERTAIN] = {N_("maybe sent"), ROLE_WARN},
    [DELIVERY_SUPPRESSED] = {N_("never mail"), ROLE_NORMAL},
    [DELIVERY_CANCELLED] = {N_("cancelled"), ROLE_NORMAL},
};

const char *words_campaign_state(enum campaign_state s)
{
    return s < CAMPAIGN_STATE_COUNT ? _(campaign_words[s].word) : "?";
}

const char *words_campaign_state_at(int i)
{
    return i < CAMPAIGN_STATE_COUNT ? words_campaign_state((enum campaign_state)i) : NULL;
}

enum term_role words_campaign_role(enum campaign_state s)
{
    return s < CAMPAIGN_STATE_COUNT ? campaign_words[s].role : ROLE_NORMAL;
}

const char *words_delivery_state(enum delivery_state s)
{
    return s < DELIVERY_STATE_COUNT ? _(delivery_words[s].word) : "?";
}

enum term_role words_delivery_role(enum delivery_state s)
{
    return s < DELIVERY_STATE_COUNT ? delivery_words[s].role : ROLE_NORMAL;
}

static const struct {
    enum said_effect effect;
    const char *word; /* N_() */
    enum term_role role;
    gsize count; /* where it stands in struct campaign_counts */
} effect_words[] = {
    {SAID_HARD, N_("bounced hard"), ROLE_ERROR,
     G_STRUCT_OFFSET(struct campaign_counts, bounced_hard)},
    {SAID_SOFT, N_("bounced soft"), ROLE_WARN,
     G_STRUCT_OFFSET(struct campaign_counts, bounced_soft)},
    {SAID_COMPLAINED, N_("complained"), ROLE_ERROR,
     G_STRUCT_OFFSET(struct campaign_counts, complained)},
    {SAID_UNSUBSCRIBED, N_("unsubscribed"), ROLE_NORMAL,
     G_STRUCT_OFFSET(struct campaign_counts, unsubscribed)},
};

const char *words_effect(enum said_effect e)
{
    for (gsize i = 0; i < G_N_ELEMENTS(effect_words); i++)
        if (effect_words[i].effect == e)
            return _(effect_words[i].word);
    return "?";
}

enum term_role words_effect_role(enum said_effect e)
{
    for (gsize i = 0; i < G_N_ELEMENTS(effect_words); i++)
        if (effect_words[i].effect == e)
            return effect_words[i].role;
    return ROLE_NORMAL;
}

gint64 words_effect_count(const struct campaign_counts *c, enum said_effect e)
{
    for (gsize i = 0; i < G_N_ELEMENTS(effect_words); i++)
        if (effect_words[i].effect == e)
            return G_STRUCT_MEMBER(gint64, c, effect_words[i].count);
    return 0;
}

gint64 words_failed(const struct campaign_counts *c)
{
    return c->state[DELIVERY_REFUSED] + c->bounced_hard + c->bounced_soft;
}

gint64 words_people(const struct campaign_counts *c)
{
    return c->total - c->state[DELIVERY_SUPPRESSED];
}

gint64 words_left(const struct campaign_counts *c)
{
    return c->state[DELIVERY_QUEUED] + c->state[DELIVERY_LEASED] + c->state[DELIVERY_DEFERRED];
}

gint64 words_done(const struct campaign_counts *c)
{
    return words_people(c) - words_left(c);
}

char *words_rate(double per_s)
{
    if (per_s < RATE_LEAST)
        return g_strdup("-");
    return g_strdup_printf(per_s >= RATE_WHOLE ? _("%.0f/s") : _("%.1f/s"), per_s);
}

char *words_span(gint64 s)
{
    if (s < 0)
        return g_strdup("-");
    if (s < 60)
        return g_strdup_printf(_("%" PRId64 "s"), s);
    if (s < 3600)
        return g_strdup_printf(_("%" PRId64 "m%02d"), s / 60, (int)(s % 60));
    if (s < DAY_S)
        return g_strdup_printf(_("%" PRId64 "h%02d"), s / 3600, (int)(s % 3600 / 60));
    return g_strdup_printf(_("%" PRId64 "d%dh"), s / DAY_S, (int)(s % DAY_S / 3600));
}

/* The day's number in the local zone. */
static gint64 day_of(gint64 wall_us)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(wall_us / CLOCK_SECOND_US);
    return (g_date_time_to_unix(t) + g_date_time_get_utc_offset(t) / CLOCK_SECOND_US) / DAY_S;
}

char *words_when(gint64 wall_us, gint64 now_us)
{
    if (wall_us <= 0)
        return g_strdup("-");
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(wall_us / CLOCK_SECOND_US);
    gint64 days = day_of(wall_us) - day_of(now_us);
    g_autofree char *time = g_date_time_format(t, "%H:%M");
    if (days == 0)
        return g_strdup_printf(_("today %s"), time);
    if (days == 1)
        return g_strdup_printf(_("tomorrow %s"), time);
    if (days == -1)
        return g_strdup_printf(_("yesterday %s"), time);
    return clock_format_local(wall_us, now_us);
}

char *words_number(gint64 n)
{
    return n == 0 ? g_strdup("-") : text_grouped(n);
}

/*
 * When a campaign that is being sent may go out, and how fast when it is spread over a time. What
 * its server allows is limits.c's.
 */
#include "config.h"

#include "worker/sender.h"

#include "base/clock.h"
#include "base/log.h"
#include "model/hours.h"
#include "store/campaigns.h"

#define HOURS_LOOK_US CLOCK_SECOND_US

void sending_take_pace(struct sender *s, struct sending *c, const struct campaign *record)
{
    struct campaign_counts n;
    double rate = 0;
    if (record->spread_s > 0 && campaigns_counts(s->db, record->id, &n, NULL))
        rate = (double)n.total / (double)record->spread_s;
    if (!c->record) {
        c->record = g_new0(struct campaign, 1);
        campaign_init(c->record);
    }
    field_copy_all(campaign_fields(), c->record, record);
    c->hours_looked_us = 0;
    if (c->spread.rate != rate)
        pace_init(&c->spread, rate, s->now_us);
}

gint64 sending_closed_until_us(struct sender *s, struct sending *c)
{
    gint64 now_us = clock_wall_us(), next_us = 0;
    if (c->hours_looked_us > 0 && s->now_us - c->hours_looked_us < HOURS_LOOK_US)
        return c->opens_us;
    gboolean was_closed = c->opens_us > 0;
    c->hours_looked_us = s->now_us;
    if (hours_ask(c->record, now_us, &next_us) == HOURS_OPEN)
        next_us = 0;
    else if (next_us == 0)
        next_us = G_MAXINT64; /* not within a year */
    c->opens_us = next_us;
    if (was_closed != (next_us > 0)) {
        g_autofree char *at = next_us > 0 && next_us < G_MAXINT64
                                  ? clock_format_local(next_us, now_us)
                                  : NULL;
        if (next_us == 0)
            log_info("campaign %s: within its sending hours again", c->name);
        else
            log_info("campaign %s: outside of its sending hours until %s", c->name,
                     at ? at : "?");
    }
    return c->opens_us;
}

int sending_take(struct sender *s, struct sending *c, int want)
{
    int n = 0;
    while (n < want && pace_take(&c->spread, s->now_us))
        n++;
    return n;
}

void sending_give_back(struct sending *c, int n)
{
    for (; n > 0; n--)
        pace_give_back(&c->spread);
}

gint64 sending_wait_us(struct sender *s, struct sending *c)
{
    return c->is_seen && c->opens_us == 0 ? pace_wait_us(&c->spread, s->now_us) : 0;
}

void sending_forget_pace(struct sending *c)
{
    if (c->record)
        campaign_clear(c->record);
    g_clear_pointer(&c->record, g_free);
}

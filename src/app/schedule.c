/*
 * Schedules. The clock is the caller's: the worker asks each second, the tests say any time.
 */
#include "config.h"

#include "app/schedule.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/when.h"
#include "store/campaigns.h"
#include "store/counters.h"

gboolean schedule_campaign(struct db *db, const struct start_request *q, gint64 at_us,
                           gboolean is_exact, GError **error)
{
    struct campaign c = {0};
    struct start_request wide = *q;
    if (!campaigns_get(db, q->name, &c, error))
        return FALSE;
    if (q->people_min == q->people_max && !is_exact) {
        wide.people_min = q->people_min - q->people_min / 10;
        wide.people_max = q->people_max + q->people_max / 10;
    }
    gboolean ok = start_freeze(db, &c, q, CAMPAIGN_SCHEDULED, error) &&
                  campaigns_schedule(db, c.id, at_us, wide.people_min, wide.people_max, error);
    campaign_clear(&c);
    return ok;
}

gboolean schedule_cancel(struct db *db, const char *name, GError **error)
{
    struct campaign c = {0};
    gboolean ok = campaigns_get(db, name, &c, error);
    if (ok && c.state != CAMPAIGN_SCHEDULED) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign '%s' is not scheduled: it is %s"), name,
                    campaign_state_word(c.state));
        ok = FALSE;
    }
    ok = ok && campaigns_move(db, c.id, CAMPAIGN_DRAFT, NULL, error) &&
         campaigns_schedule(db, c.id, 0, 0, 0, error);
    campaign_clear(&c);
    return ok;
}

/* The scheduled campaign that is to begin first; NULL: none. */
static const struct campaign_brief *first_of(const GPtrArray *scheduled)
{
    const struct campaign_brief *first = NULL;
    for (guint i = 0; i < scheduled->len; i++) {
        const struct campaign_brief *c = scheduled->pdata[i];
        if (c->schedule_us > 0 && (!first || c->schedule_us < first->schedule_us))
            first = c;
    }
    return first;
}

char *schedule_due(struct db *db, gint64 now_us, GError **error)
{
    g_autoptr(GPtrArray) all =
        counters_campaigns(db, COUNTERS_STATE(CAMPAIGN_SCHEDULED), error);
    const struct campaign_brief *c = all ? first_of(all) : NULL;
    return c && c->schedule_us <= now_us ? g_strdup(c->name) : NULL;
}

gint64 schedule_next_us(struct db *db)
{
    g_autoptr(GPtrArray) all = counters_campaigns(db, COUNTERS_STATE(CAMPAIGN_SCHEDULED), NULL);
    const struct campaign_brief *c = all ? first_of(all) : NULL;
    return c ? c->schedule_us : 0;
}

static gboolean check_not_late(const struct campaign *c, gint64 now_us, GError **error)
{
    gint64 late_s = (now_us - c->schedule_us) / CLOCK_SECOND_US;
    if (late_s <= SCHEDULE_LATE_S || c->late == CAMPAIGN_LATE_SEND)
        return TRUE;
    g_autofree char *due = when_format(c->schedule_us);
    g_autofree char *span = clock_format_span(late_s);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("late schedule: it was to begin at %s, %s ago, and no worker ran"), due,
                span);
    return FALSE;
}

/* Whatever keeps it from beginning as confirmed is for a person to look at: it is not tried
 * again. */
static void hold(struct db *db, gint64 id, const GError *why)
{
    struct campaign c = {0};
    if (error_exit_code(why) == ERROR_EXIT_TRY_AGAIN || !campaigns_get_id(db, id, &c, NULL))
        return; /* locked or full: the next second tries again */
    if (c.state == CAMPAIGN_SCHEDULED || c.state == CAMPAIGN_PREPARING)
        campaigns_move(db, id, CAMPAIGN_HELD, why->message, NULL);
    campaign_clear(&c);
}

gboolean schedule_begin(struct db *db, const char *name, gint64 now_us, GError **error)
{
    struct campaign c = {0};
    struct campaign_counts n;
    g_autoptr(GError) why = NULL;
    if (!campaigns_get(db, name, &c, error))
        return FALSE;
    struct start_request q = {.name = name,
                              .people_min = c.schedule_min,
                              .people_max = c.schedule_max,
                              .is_scheduled = TRUE};
    gboolean ok = check_not_late(&c, now_us, &why) && start_campaign(db, &q, &n, &why);
    if (!ok) {
        hold(db, c.id, why);
        g_propagate_error(error, g_steal_pointer(&why));
    }
    campaign_clear(&c);
    return ok;
}

/*
 * Gathers Home's rows from the status and the counters.
 */
#include "config.h"

#include "tui/home_data.h"

#include <string.h>

#include "app/mailbox_now.h"
#include "base/clock.h"
#include "store/events.h"

static void row_free(gpointer p)
{
    struct home_row *r = p;
    g_free(r->name);
    g_free(r->title);
    g_free(r->text);
    g_free(r->next);
    g_free(r->verb);
    g_free(r->server);
    g_free(r);
}

static struct home_row *add(GPtrArray *rows, enum home_kind kind, const char *name,
                            const char *title)
{
    struct home_row *r = g_new0(struct home_row, 1);
    r->kind = kind;
    r->name = g_strdup(name);
    r->title = g_strdup(title && *title ? title : name);
    r->eta_s = -1;
    g_ptr_array_add(rows, r);
    return r;
}

static gboolean is_under_way(enum campaign_state s)
{
    return s == CAMPAIGN_SENDING || s == CAMPAIGN_PAUSED || s == CAMPAIGN_HELD ||
           s == CAMPAIGN_PREPARING;
}

static void add_campaign(GPtrArray *rows, enum home_kind kind,
                         const struct status_campaign *c)
{
    struct home_row *r = add(rows, kind, c->campaign.name, c->campaign.title);
    r->state = c->campaign.state;
    r->counts = c->counts;
    r->expected = c->expected;
    r->rate_per_s = c->rate_per_s;
    r->eta_s = c->eta_s;
    r->at_us = c->campaign.schedule_us;
    r->server = g_strdup(c->campaign.server);
}

static void add_sending(GPtrArray *rows, const struct status *s)
{
    for (guint i = 0; i < s->campaigns->len; i++) {
        const struct status_campaign *c = s->campaigns->pdata[i];
        if (is_under_way(c->campaign.state))
            add_campaign(rows, HOME_SENDING, c);
    }
}

static void add_next(GPtrArray *rows, const struct status *s)
{
    for (guint i = 0; i < s->next->len; i++)
        add_campaign(rows, HOME_NEXT, s->next->pdata[i]);
}

/* Problems, then what is no fault but should be known. */
static void add_problems(GPtrArray *rows, const GPtrArray *from, gboolean is_note)
{
    for (guint i = 0; i < from->len; i++) {
        const struct status_problem *p = from->pdata[i];
        struct home_row *r = add(rows, HOME_PROBLEM, p->name ? p->name : p->kind, NULL);
        r->text = g_strdup(p->what);
        r->next = g_strdup(p->next);
        r->verb = g_strdup(p->verb);
        r->screen = p->screen;
        r->is_note = is_note;
    }
}

static void add_done(GPtrArray *rows, const struct status *s)
{
    for (guint i = 0; i < s->ended->len; i++) {
        const struct status_campaign *c = s->ended->pdata[i];
        add_campaign(rows, HOME_DONE, c);
        ((struct home_row *)rows->pdata[rows->len - 1])->at_us = c->campaign.finished_us;
    }
}

static gboolean load_minutes(struct home_data *d, struct db *db, gint64 now_us, GError **error)
{
    struct minute_count minutes[HOME_MINUTES];
    d->first_minute = now_us / COUNTERS_MINUTE_US - HOME_MINUTES + 1;
    if (!counters_minutes(db, 0, d->first_minute, HOME_MINUTES, minutes, error))
        return FALSE;
    for (int i = 0; i < HOME_MINUTES; i++) {
        d->accepted[i] = minutes[i].accepted;
        d->failed[i] = minutes[i].refused;
    }
    return TRUE;
}

gboolean home_data_load(struct home_data *d, struct db *db, const struct status *s,
                        gint64 now_us, GError **error)
{
    struct home_data fresh = {.rows = g_ptr_array_new_with_free_func(row_free)};
    add_sending(fresh.rows, s);
    add_next(fresh.rows, s);
    add_problems(fresh.rows, s->problems, FALSE);
    add_problems(fresh.rows, s->notes, TRUE);
    add_done(fresh.rows, s);
    fresh.hour = s->last_hour;
    if (!load_minutes(&fresh, db, now_us, error) ||
        !(fresh.servers = servers_live(db, now_us, error)) ||
        !(fresh.mailboxes = mailboxes_now(db, error)) ||
        !(fresh.events = events_page(db, 0, 0, HOME_EVENTS, error))) {
        home_data_clear(&fresh);
        return FALSE;
    }
    home_data_clear(d);
    *d = fresh;
    return TRUE;
}

void home_data_clear(struct home_data *d)
{
    g_clear_pointer(&d->rows, g_ptr_array_unref);
    g_clear_pointer(&d->servers, g_ptr_array_unref);
    g_clear_pointer(&d->mailboxes, g_ptr_array_unref);
    g_clear_pointer(&d->events, g_ptr_array_unref);
}

int home_data_count(const struct home_data *d, enum home_kind kind)
{
    int n = 0;
    for (guint i = 0; d->rows && i < d->rows->len; i++)
        n += ((const struct home_row *)d->rows->pdata[i])->kind == kind;
    return n;
}

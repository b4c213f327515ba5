/*
 * A walk from hour to hour: what the servers may still be given in each, as long as the campaign
 * is within its hours, until all are out.
 */
#include "config.h"

#include "model/estimate.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/hours.h"

#define UNLIMITED 1e18

struct walk {
    const struct campaign *campaign; /* borrowed */
    struct estimate_server *servers; /* owned; their use as it grows */
    int n;
    double left;
    gint64 now_us;
    struct estimate *ret; /* borrowed */
};

/* A new hour, and perhaps a new day. */
static void renew(struct estimate_server *s, gint64 now_us)
{
    struct quota_use *u = &s->use;
    struct quota_windows fresh;
    if (quota_windows_hold(&u->windows, now_us))
        return;
    quota_windows_at(now_us, &fresh);
    if (fresh.hour_us != u->windows.hour_us)
        u->hour_n = 0;
    if (fresh.day_us != u->windows.day_us)
        u->day_n = 0;
    u->windows = fresh;
}

/* What it may be given from now to `end_us`, and how fast. */
static double room_of(const struct estimate_server *s, gint64 now_us, gint64 end_us,
                      double *ret_rate)
{
    struct quota_word word;
    quota_ask(s->record, &s->use, &word);
    gint64 per_second = s->record->per_second;
    double seconds = (double)(end_us - now_us) / CLOCK_SECOND_US;
    double room = word.left == G_MAXINT64 ? UNLIMITED : (double)word.left;
    *ret_rate = room <= 0 ? 0 : per_second > 0 ? (double)per_second : UNLIMITED;
    return per_second > 0 ? MIN(room, (double)per_second * seconds) : room;
}

/* Open from now on to the end of the hour, or to where it closes within it: then it is closed at
 * that moment, to the second. */
static gint64 slice_end(const struct walk *w)
{
    gint64 open_us = w->now_us, end_us = w->servers[0].use.windows.hour_end_us;
    for (int i = 1; i < w->n; i++)
        end_us = MIN(end_us, w->servers[i].use.windows.hour_end_us);
    if (hours_ask(w->campaign, end_us - 1, NULL) == HOURS_OPEN)
        return end_us;
    while (end_us - open_us > CLOCK_SECOND_US) {
        gint64 middle_us = open_us + (end_us - open_us) / 2;
        if (hours_ask(w->campaign, middle_us, NULL) == HOURS_OPEN)
            open_us = middle_us;
        else
            end_us = middle_us;
    }
    return end_us;
}

static double rate_of_campaign(const struct campaign *c, gint64 people)
{
    return c->spread_s > 0 ? (double)people / (double)c->spread_s : UNLIMITED;
}

/* Gives `given` out in the measure of each one's room. */
static void use_up(struct walk *w, gint64 end_us, double room, double given)
{
    double rate;
    for (int i = 0; i < w->n; i++) {
        double share = room_of(&w->servers[i], w->now_us, end_us, &rate) * given / room;
        gint64 n = (gint64)(MIN(share, 1e15) + 0.5);
        w->servers[i].use.hour_n += n;
        w->servers[i].use.day_n += n;
    }
}

/* One slice; true when all are out by its end. */
static gboolean walk_slice(struct walk *w, double campaign_rate)
{
    double room = 0, rate = 0, one;
    gint64 end_us = slice_end(w);
    for (int i = 0; i < w->n; i++) {
        room += room_of(&w->servers[i], w->now_us, end_us, &one);
        rate += one;
    }
    double seconds = (double)(end_us - w->now_us) / CLOCK_SECOND_US;
    rate = MIN(rate, campaign_rate);
    room = MIN(room, campaign_rate < UNLIMITED ? campaign_rate * seconds : UNLIMITED);
    if (room >= w->left) {
        double last = rate < UNLIMITED ? w->left / rate : 0;
        w->ret->end_us = w->now_us + (gint64)(last * CLOCK_SECOND_US);
        return TRUE;
    }
    if (room > 0)
        use_up(w, end_us, room, room);
    /* Less than its pace alone would give: a limit is used up before the next slice. */
    w->ret->is_held_up = w->ret->is_held_up || room < rate * seconds - 1;
    w->left -= room;
    w->now_us = end_us;
    return FALSE;
}

static gboolean has_limit(const struct campaign *c, const struct estimate_server *s, int n)
{
    g_autofree char *words = estimate_limits(c, s, n);
    return *words != '\0';
}

static void walk_all(struct walk *w, double rate)
{
    gint64 last_us = w->now_us + ESTIMATE_DAYS_MAX * 24 * 3600 * CLOCK_SECOND_US;
    while (w->ret->end_us == 0 && w->now_us < last_us) {
        gint64 opens_us = 0;
        if (hours_ask(w->campaign, w->now_us, &opens_us) != HOURS_OPEN) {
            w->now_us = opens_us > 0 ? opens_us : last_us;
            continue;
        }
        for (int i = 0; i < w->n; i++)
            renew(&w->servers[i], w->now_us);
        walk_slice(w, rate);
    }
}

void estimate_make(const struct campaign *c, const struct estimate_server *servers, int n,
                   gint64 people, gint64 begin_us, struct estimate *ret)
{
    *ret = (struct estimate){.end_us = people <= 0 || n == 0 ? begin_us : 0,
                             .has_limit = has_limit(c, servers, n)};
    struct walk w = {.campaign = c,
                     .servers = g_memdup2(servers, (gsize)n * sizeof *servers),
                     .n = n,
                     .left = (double)people,
                     .now_us = begin_us,
                     .ret = ret};
    walk_all(&w, rate_of_campaign(c, people));
    g_free(w.servers);
}

/* As by a server without limits; the first one goes at once. */
gint64 estimate_receiver(const struct campaign *c, double per_second, gint64 people,
                         gint64 begin_us)
{
    struct server record = {0};
    struct estimate_server server = {.record = &record};
    struct estimate e = {0};
    struct walk w = {.campaign = c,
                     .servers = &server,
                     .n = 1,
                     .left = (double)(people - 1),
                     .now_us = begin_us,
                     .ret = &e};
    walk_all(&w, per_second);
    return e.end_us;
}

/* ---- words ---- */

static void add_word(GString *all, const char *word)
{
    if (*word)
        g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", word);
}

/* The sum of a limit over all of them; 0: one has none. */
static gint64 sum_of(const struct estimate_server *servers, int n, gsize offset)
{
    gint64 sum = 0;
    for (int i = 0; i < n; i++) {
        gint64 one = G_STRUCT_MEMBER(gint64, servers[i].record, offset);
        if (one <= 0)
            return 0;
        sum += one;
    }
    return sum;
}

static void add_sums(GString *all, const struct estimate_server *servers, int n)
{
    static const struct {
        gsize offset;
        const char *words; /* one %s */
    } limits[] = {
        {G_STRUCT_OFFSET(struct server, per_second), N_("%s a second")},
        {G_STRUCT_OFFSET(struct server, per_hour), N_("%s an hour")},
        {G_STRUCT_OFFSET(struct server, per_day), N_("%s a day")},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
        gint64 sum = sum_of(servers, n, limits[i].offset);
        if (sum == 0)
            continue;
        g_autofree char *grouped = text_grouped(sum);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        g_autofree char *word = g_strdup_printf(_(limits[i].words), grouped);
#pragma GCC diagnostic pop
        add_word(all, word);
    }
}

static const char *text_or_none(const char *text)
{
    return text ? text : "";
}

char *estimate_limits(const struct campaign *c, const struct estimate_server *servers, int n)
{
    GString *all = g_string_new(NULL);
    gboolean has_warm_up = n > 0;
    for (int i = 0; i < n; i++)
        has_warm_up = has_warm_up && *text_or_none(servers[i].record->warm_up);
    add_sums(all, servers, n);
    add_word(all, has_warm_up ? _("warm-up") : "");
    add_word(all, text_or_none(c->hours));
    add_word(all, text_or_none(c->days));
    g_autofree char *dates =
        *text_or_none(c->not_on) ? g_strdup_printf(_("not on %s"), c->not_on) : g_strdup("");
    add_word(all, dates);
    g_autofree char *span = c->spread_s > 0 ? clock_format_span(c->spread_s) : NULL;
    g_autofree char *spread =
        span ? g_strdup_printf(_("spread over %s"), span) : g_strdup("");
    add_word(all, spread);
    return g_string_free(all, FALSE);
}

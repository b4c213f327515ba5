/*
 * Preflight of the time that it takes, at least: by the limits of its servers, of what is left of
 * them in this hour and on this day, by the campaign's own hours and by the receiver that takes
 * longest. The arithmetic is model/estimate.c's.
 */
#include "config.h"

#include "app/check_private.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/estimate.h"
#include "store/server_use.h"

static void read_use(struct check *c, struct estimate_server *s, gint64 begin_us)
{
    struct quota_use use = {0};
    quota_windows_at(begin_us, &use.windows);
    if (server_use_sum(c->db, s->record->id, use.windows.hour_us, &use.hour_n, NULL) &&
        server_use_sum(c->db, s->record->id, use.windows.day_us, &use.day_n, NULL))
        s->use = use;
}

/* Those that get mail: in reserve and switched off ones do not shorten it. */
static GArray *find_servers(struct check *c, gint64 begin_us)
{
    GArray *all = g_array_new(FALSE, TRUE, sizeof(struct estimate_server));
    for (guint i = 0; i < c->servers.all->len; i++) {
        const struct pool_server *p = c->servers.all->pdata[i];
        struct estimate_server s = {.record = &p->record};
        if (p->weight == 0 || (c->servers.is_pool && !p->record.enabled))
            continue;
        read_use(c, &s, begin_us);
        g_array_append_val(all, s);
    }
    return all;
}

static void say_unlimited(struct check *c, const char *people)
{
    if (c->servers.is_pool)
        check_add(c, CHECK_OK, "limits",
                  _("Not all servers of pool '%s' have limits: %s messages go out as fast as they "
                    "take them."),
                  c->campaign.server, people);
    else
        check_add(c, CHECK_OK, "limits",
                  _("Server '%s' has no limits but %" PRId64
                    " connections: %s messages go out as fast as it takes them."),
                  c->server.name, c->server.connections, people);
}

static void say_limited(struct check *c, const struct estimate *e, const char *limits,
                        const char *people, gint64 begin_us)
{
    if (e->end_us == 0) {
        check_add(c, CHECK_WARN, "limits",
                  _("By the limits (%s) %s messages take longer than %d days. Raise them, or "
                    "take fewer people."),
                  limits, people, ESTIMATE_DAYS_MAX);
        return;
    }
    g_autofree char *length = clock_format_span((e->end_us - begin_us) / CLOCK_SECOND_US);
    g_autofree char *end = clock_format_local(e->end_us, clock_wall_us());
    check_add(c, e->is_held_up ? CHECK_WARN : CHECK_OK, "limits",
              e->is_held_up
                  ? _("By the limits (%s) %s messages do not go out at one go: it takes at least "
                      "%s, until %s.")
                  : _("By the limits (%s) %s messages take %s, until %s."),
              limits, people, length, end);
}

/* Whoever is limited besides goes out meanwhile: the longest of both. */
static void add_slowest(struct estimate *e, GString *limits, const struct check_slowest *s)
{
    if (!s->words || e->end_us == 0 || (s->end_us > 0 && s->end_us <= e->end_us))
        return;
    e->end_us = s->end_us;
    e->has_limit = TRUE;
    g_string_append_printf(limits, "%s%s", limits->len > 0 ? ", " : "", s->words);
}

void check_limits(struct check *c, gint64 begin_us, const struct check_slowest *slowest)
{
    struct estimate e;
    gint64 people = c->report->people;
    if (people == 0)
        return;
    g_autoptr(GArray) servers = find_servers(c, begin_us);
    const struct estimate_server *all = (const struct estimate_server *)servers->data;
    estimate_make(&c->campaign, all, (int)servers->len, people, begin_us, &e);
    g_autofree char *grouped = text_grouped(people);
    g_autofree char *words = estimate_limits(&c->campaign, all, (int)servers->len);
    g_autoptr(GString) limits = g_string_new(words);
    add_slowest(&e, limits, slowest);
    if (e.has_limit)
        say_limited(c, &e, limits->str, grouped, begin_us);
    else
        say_unlimited(c, grouped);
}

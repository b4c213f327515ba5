/*
 * Preflight of a pool: each of its servers, and how long all of them together take. A campaign's
 * only server is check_setup.c's.
 */
#include "config.h"

#include "app/check_private.h"

#include <inttypes.h>

#include "app/members.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/server_live.h"

static void check_member(struct check *c, const struct pool_server *s)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *warning = NULL;
    const char *name = s->record.name;
    g_autofree char *problem = servers_get_problem(c->db, s->record.id);
    if (!s->record.enabled)
        check_add(c, CHECK_WARN, "server",
                  _("Server '%s' of the pool is switched off. `crier server set %s --enabled "
                    "yes` switches it on."),
                  name, name);
    else if (!server_check(&s->record, &warning, &why))
        check_add(c, CHECK_FAIL, "server", _("Server '%s' cannot be used: %s"), name,
                  why->message);
    else if (problem && *problem)
        check_add(c, CHECK_WARN, "server",
                  _("Server '%s' had a problem: %s. `crier server test %s` tries it."), name,
                  problem, name);
    else if (warning)
        check_add(c, CHECK_WARN, "server", _("Server '%s': %s"), name, warning);
}

/* As the worker would choose at this moment. */
static void check_choice(struct check *c)
{
    g_autoptr(GPtrArray) live = servers_live(c->db, clock_wall_us(), NULL);
    struct members *m = members_load(c->db, c->campaign.server, live, NULL);
    g_autofree char *goes = m ? members_words(m) : NULL;
    if (goes)
        check_add(c, CHECK_OK, "server", _("Pool '%s': it %s."), c->campaign.server, goes);
    else
        check_add(c, CHECK_FAIL, "server",
                  _("Pool '%s': none of its servers may send now. `crier pool show %s` says why."),
                  c->campaign.server, c->campaign.server);
    for (guint i = 0; m && i < m->all->len; i++) {
        const struct member *one = m->all->pdata[i];
        g_autofree char *words = member_words(m, one);
        check_add(c, CHECK_OK, "server", _("Pool '%s': %s: %s."), c->campaign.server, one->server,
                  words);
    }
    members_free(m);
}

void check_pool(struct check *c)
{
    check_choice(c);
    for (guint i = 0; i < c->servers.all->len; i++)
        check_member(c, c->servers.all->pdata[i]);
    for (guint i = 0; i < c->servers.missing->len; i++)
        check_add(c, CHECK_WARN, "server",
                  _("Server '%s' of the pool is not there any more. `crier pool set %s` and the "
                    "servers that stay takes it out."),
                  (const char *)c->servers.missing->pdata[i], c->campaign.server);
}

/* The limits of those with a weight together; 0: one of them has none. */
static gint64 sum_of(const struct check *c, gint64 (*get)(const struct server *s))
{
    gint64 sum = 0;
    for (guint i = 0; i < c->servers.all->len; i++) {
        const struct pool_server *s = c->servers.all->pdata[i];
        if (s->weight == 0 || !s->record.enabled)
            continue;
        if (get(&s->record) == 0)
            return 0;
        sum += get(&s->record);
    }
    return sum;
}

static gint64 per_second_of(const struct server *s)
{
    return s->per_second;
}

static gint64 per_day_of(const struct server *s)
{
    return s->per_day;
}

void check_pool_limits(struct check *c, gint64 begin_us)
{
    gint64 people = c->report->people, now_us = clock_wall_us();
    gint64 per_day = sum_of(c, per_day_of);
    gint64 span = check_span_s(people, sum_of(c, per_second_of), per_day);
    if (people == 0)
        return;
    g_autofree char *grouped = text_grouped(people);
    if (span < 0) {
        check_add(c, CHECK_OK, "limits",
                  _("Not all servers of pool '%s' have limits: %s messages go out as fast as they "
                    "take them."),
                  c->campaign.server, grouped);
        return;
    }
    g_autofree char *length = clock_format_span(span);
    g_autofree char *end = clock_format_local(begin_us + span * CLOCK_SECOND_US, now_us);
    check_add(c, per_day > 0 && people > per_day ? CHECK_WARN : CHECK_OK, "limits",
              _("By all servers of pool '%s' together %s messages take at least %s, until %s."),
              c->campaign.server, grouped, length, end);
}

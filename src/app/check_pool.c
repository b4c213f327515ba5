/*
 * Preflight of a pool: each of its servers. A campaign's only server is check_setup.c's, how long
 * all of them together take check_limits.c's.
 */
#include "config.h"

#include "app/check_private.h"

#include <inttypes.h>

#include "app/members.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/server_live.h"

gboolean check_server_record(struct check *c, const struct server *s)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *warning = NULL;
    g_autofree char *problem = servers_get_problem(c->db, s->id);
    if (!server_check(s, &warning, &why))
        check_add(c, CHECK_FAIL, "server", _("Server '%s' cannot be used: %s"), s->name,
                  why->message);
    else if (problem && *problem)
        check_add(c, CHECK_WARN, "server",
                  _("Server '%s' had a problem: %s. `crier server test %s` tries it."), s->name,
                  problem, s->name);
    else if (warning)
        check_add(c, CHECK_WARN, "server", _("Server '%s': %s"), s->name, warning);
    else
        return TRUE;
    return FALSE;
}

static void check_member(struct check *c, const struct pool_server *member)
{
    const struct server *s = &member->record;
    if (s->enabled)
        check_server_record(c, s);
    else
        check_add(c, CHECK_WARN, "server",
                  _("Server '%s' of the pool is switched off. `crier server set %s --enabled "
                    "yes` switches it on."),
                  s->name, s->name);
}

/* As the worker would choose at this moment. */
static void check_choice(struct check *c)
{
    g_autoptr(GPtrArray) live = servers_live(c->db, clock_wall_us(), NULL);
    struct members *m = members_load(c->db, c->campaign.server, live, clock_wall_us(), NULL);
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

/*
 * One step of a server's speed, with its question: the limit is the server's, so it holds for
 * every campaign that goes over it.
 */
#include "config.h"

#include "tui/server_speed.h"

#include <inttypes.h>

#include "base/i18n.h"
#include "store/pools.h"
#include "store/servers.h"
#include "tui/confirm.h"

gint64 server_speed_step(gint64 per_second, double rate_per_s, gboolean is_faster)
{
    if (per_second == 0)
        return is_faster || rate_per_s < 2.0 ? 0 : (gint64)(rate_per_s / 2.0);
    gint64 step = MAX(per_second / 4, 1);
    return MAX(is_faster ? per_second + step : per_second - step, 1);
}

struct change {
    char *server; /* owned */
    gint64 per_second;
};

static void free_change(gpointer p)
{
    struct change *c = p;
    g_free(c->server);
    g_free(c);
}

static void put(struct ui *ui, void *data)
{
    const struct change *c = data;
    struct server s = {0};
    g_autoptr(GError) error = NULL;
    if (!servers_get(ui_db(ui), c->server, &s, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    s.per_second = c->per_second;
    if (servers_put(ui_db(ui), &s, &error)) {
        ui_nudge(ui);
        ui_say(ui, _("%s: at most %" PRId64 " messages a second."), c->server, c->per_second);
    } else {
        ui_fail(ui, g_steal_pointer(&error));
    }
    server_clear(&s);
    ui_reload(ui);
}

static gboolean is_pool(struct ui *ui, const char *name)
{
    struct pool_servers found;
    if (!pools_find(ui_db(ui), name, &found, NULL))
        return FALSE;
    gboolean is = found.is_pool;
    pool_servers_clear(&found);
    return is;
}

void server_speed_change(struct ui *ui, const char *server, double rate_per_s,
                         gboolean is_faster, guint32 asked_by)
{
    struct server s = {0};
    g_autoptr(GError) error = NULL;
    if (is_pool(ui, server)) {
        ui_say(ui, _("%s is a pool: each of its servers has its own limit. To set one: 4, Enter, "
                     "Limits."),
               server);
        return;
    }
    if (!servers_get(ui_db(ui), server, &s, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    gint64 was = s.per_second, next = server_speed_step(was, rate_per_s, is_faster);
    server_clear(&s);
    if (next == was) {
        ui_say(ui, was == 0 ? _("%s has no limit. To set one: 4, Enter, Limits.")
                            : _("%s sends at most 1 message a second already."),
               server);
        return;
    }
    struct change *c = g_new0(struct change, 1);
    c->server = g_strdup(server);
    c->per_second = next;
    g_autofree char *text = g_strdup_printf(
        was == 0 ? _("%s gets a limit: at most %" PRId64 " messages a second, for all campaigns "
                     "that go over it.")
                 : _("%s: at most %" PRId64 " messages a second from now on, for all campaigns "
                     "that go over it."),
        server, next);
    const struct confirm q = {.level = CONFIRM_YES,
                              .title = is_faster ? _("Faster?") : _("Slower?"),
                              .text = text,
                              .action = is_faster ? _("Faster") : _("Slower"),
                              .asked_by = asked_by};
    confirm_ask(ui, &q, put, c, free_change);
}

/*
 * crier pool: servers that stand in for each other. Which of them sends is the worker's choice.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/members.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/pools.h"
#include "store/server_live.h"

static const struct output_column columns[] = {
    {"name", N_("Name")},
    {"servers", N_("Servers")},
    {"now", N_("Now")},
    {NULL},
};

struct put {
    struct db *db;
    const GPtrArray *live; /* borrowed */
};

static void put_pool(struct json_writer *w, const void *record, void *data)
{
    const struct pool *p = record;
    const struct put *put = data;
    struct members *m = members_load(put->db, p->name, put->live, clock_wall_us(), NULL);
    members_json(w, p, m);
    members_free(m);
}

int cmd_pool_list(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = pools_all(c->db, &error);
    g_autoptr(GPtrArray) live = all ? servers_live(c->db, clock_wall_us(), &error) : NULL;
    struct put put = {c->db, live};
    return cmd_put_list(c, columns, live ? all : NULL, put_pool, &put, error);
}

int cmd_pool_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct pool p;
    g_autoptr(GPtrArray) live = servers_live(c->db, clock_wall_us(), &error);
    struct put put = {c->db, live};
    if (!live || !pools_get(c->db, cmd_word(c, 0), &p, &error))
        return cmd_fail(error);
    cmd_put_record(c, columns, &p, put_pool, &put);
    pool_clear(&p);
    return 0;
}

/* The words behind the name are the servers; --servers says the same in one. */
static gboolean take_servers(const struct cmd_context *c, struct pool *p, GError **error)
{
    guint n = 0;
    if (!cmd_set_fields(c, p, &n, error))
        return FALSE;
    g_autoptr(GString) words = g_string_new(NULL);
    for (guint i = 1; i < cmd_words(c); i++)
        g_string_append_printf(words, "%s%s", i > 1 ? " " : "", cmd_word(c, i));
    if ((n > 0) == (words->len > 0)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("which servers? Name them with their weights, as in: crier pool set %s "
                      "main:3 second:1"),
                    p->name);
        return FALSE;
    }
    if ((words->len == 0 || field_set_key(pool_fields(), p, "servers", words->str, error)) &&
        pool_check(p, error))
        return TRUE;
    return cmd_wrong_usage(error);
}

static gboolean is_new(GError **why, GError **error)
{
    if (g_error_matches(*why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(why));
    return FALSE;
}

int cmd_pool_set(struct cmd_context *c)
{
    GError *error = NULL, *why = NULL;
    struct pool p;
    if (!pools_get(c->db, cmd_word(c, 0), &p, &why)) {
        if (!is_new(&why, &error))
            return cmd_fail(error);
        g_clear_error(&why);
        if (!cmd_check_new_name(cmd_word(c, 0), &error))
            return cmd_fail(error);
        pool_init(&p);
        p.name = g_strdup(cmd_word(c, 0));
    }
    gboolean is_made = p.id == 0;
    gboolean ok = take_servers(c, &p, &error) && pools_put(c->db, &p, &error);
    if (ok && is_made)
        cmd_say(_("Pool %s is there: %s. A campaign uses it like a server: crier campaign set "
                  "CAMPAIGN --server %s"),
                p.name, p.servers, p.name);
    pool_clear(&p);
    return ok ? 0 : cmd_fail(error);
}

int cmd_pool_delete(struct cmd_context *c)
{
    GError *error = NULL;
    if (!pools_delete(c->db, cmd_word(c, 0), &error))
        return cmd_fail(error);
    cmd_say(
        _("Pool %s is deleted; its servers are still there. For 30 days crier undo or crier "
          "bin restore brings it back."),
        cmd_word(c, 0));
    return 0;
}

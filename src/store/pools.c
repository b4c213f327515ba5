/*
 * Pool records, and the servers behind a name. Which of them sends is the worker's choice.
 */
#include "config.h"

#include "store/pools.h"

#include "base/error.h"
#include "base/i18n.h"
#include "store/records_private.h"
#include "store/servers.h"

static gboolean check_members(struct db *db, const struct pool *p, GError **error)
{
    g_autoptr(GPtrArray) members = pool_parse(p->servers, error);
    for (guint i = 0; members && i < members->len; i++) {
        const struct pool_member *m = members->pdata[i];
        struct server s = {0};
        if (!servers_get(db, m->server, &s, error))
            return FALSE;
        server_clear(&s);
    }
    return members != NULL;
}

static gboolean check(void *record, GError **error)
{
    return pool_check(record, error);
}

static gboolean check_new(struct db *db, const void *record, GError **error)
{
    const struct pool *p = record;
    return check_members(db, p, error) && pools_check_free_name(db, p->name, error) &&
           record_check_free_name(
               db, servers_kind(), p->name,
               N_("there is a server '%s' already, and campaigns name servers and pools alike. "
                  "Choose another name for the pool"),
               error);
}

static gboolean check_change(struct db *db, const void *old, const void *new, GError **error)
{
    return check_members(db, new, error) && record_check_current(pools_kind(), old, new, error);
}

static gboolean before_delete(struct db *db, const void *record, GError **error)
{
    return record_check_unused(db, pools_kind(), "server", ((const struct pool *)record)->name,
                               error);
}

RECORD_FREE(pool)

const struct record_kind *pools_kind(void)
{
    static const struct record_kind kind = {
        .noun = "pool",
        .fields = pool_fields,
        RECORD_IN(struct pool),
        .free = pool_free,
        .told = "servers",
        .is_told_changed = TRUE,
        .check = check,
        .check_new = check_new,
        .check_change = check_change,
        .before_delete = before_delete,
        .namesakes = "server",
        .words =
            {
                .no_such = N_("there is no pool '%s'"),
                .remedy = N_("crier pool list shows which there are; crier pool set %s "
                             "SERVER:WEIGHT makes it"),
                .gone = N_("pool %d is not there any more: somebody deleted it"),
                .changed =
                    N_("pool '%s' was changed by somebody else meanwhile. Look at it again, "
                       "then repeat your change"),
                .bad_name = N_("pool name '%s': use 1 to 64 of a-z, 0-9, '-', '_' and '.', "
                               "beginning with a letter or digit"),
                .taken =
                    N_("there is a pool '%s' already, and campaigns name servers and pools "
                       "alike. Choose another name"),
                .in_use =
                    N_("pool '%s' is used by campaign '%s' (%s). Give that campaign another "
                       "server or pool, or let it finish or cancel it, first"),
            },
    };
    return &kind;
}

RECORD_READS(pools, pools_kind, struct pool)
RECORD_PUT(pools, pools_kind, struct pool)
RECORD_DELETE(pools, pools_kind)

/* ---- names ---- */

gboolean pools_check_free_name(struct db *db, const char *name, GError **error)
{
    const struct record_kind *kind = pools_kind();
    return record_check_free_name(db, kind, name, kind->words.taken, error);
}

gboolean pools_check_unused(struct db *db, const char *server, GError **error)
{
    g_autoptr(GPtrArray) all = pools_all(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct pool *p = all->pdata[i];
        if (!pool_names(p->servers, server))
            continue;
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("server '%s' is in pool '%s'. Take it out first, with: crier pool set %s "
                      "and the servers that stay"),
                    server, p->name, p->name);
        return FALSE;
    }
    return all != NULL;
}

/* ---- what a campaign goes by ---- */

static void pool_server_free(gpointer data)
{
    struct pool_server *s = data;
    server_clear(&s->record);
    g_free(s);
}

void pool_servers_clear(struct pool_servers *s)
{
    g_clear_pointer(&s->all, g_ptr_array_unref);
    g_clear_pointer(&s->missing, g_ptr_array_unref);
}

/* NOT_FOUND is no failure here: `*ret_is_there`. */
static gboolean add_server(struct db *db, const char *name, int weight, GPtrArray *to,
                           gboolean *ret_is_there, GError **error)
{
    g_autoptr(GError) why = NULL;
    struct pool_server *s = g_new0(struct pool_server, 1);
    s->weight = weight;
    *ret_is_there = servers_get(db, name, &s->record, &why);
    if (*ret_is_there) {
        g_ptr_array_add(to, s);
        return TRUE;
    }
    g_free(s);
    if (g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

static gboolean add_members(struct db *db, const struct pool *p, struct pool_servers *ret,
                            GError **error)
{
    g_autoptr(GPtrArray) members = pool_parse(p->servers, error);
    for (guint i = 0; members && i < members->len; i++) {
        const struct pool_member *m = members->pdata[i];
        gboolean is_there;
        if (!add_server(db, m->server, m->weight, ret->all, &is_there, error))
            return FALSE;
        if (!is_there)
            g_ptr_array_add(ret->missing, g_strdup(m->server));
    }
    return members != NULL;
}

static gboolean find(struct db *db, const char *name, struct pool_servers *ret, GError **error)
{
    struct pool p;
    int rc = record_look(db, pools_kind(), name, &p, error);
    if (rc < 0)
        return FALSE;
    if (rc > 0) {
        ret->is_pool = TRUE;
        gboolean ok = add_members(db, &p, ret, error);
        pool_clear(&p);
        return ok;
    }
    struct pool_server *s = g_new0(struct pool_server, 1);
    s->weight = 1;
    if (servers_get(db, name, &s->record, error)) {
        g_ptr_array_add(ret->all, s);
        return TRUE;
    }
    g_free(s);
    return FALSE;
}

gboolean pools_find(struct db *db, const char *name, struct pool_servers *ret, GError **error)
{
    struct pool_servers found = {.all = g_ptr_array_new_with_free_func(pool_server_free),
                                 .missing = g_ptr_array_new_with_free_func(g_free)};
    if (find(db, name ? name : "", &found, error)) {
        *ret = found;
        return TRUE;
    }
    pool_servers_clear(&found);
    return FALSE;
}

static gboolean is_well(struct db *db, const struct server *s)
{
    g_autofree char *problem = servers_get_problem(db, s->id);
    return s->enabled && (!problem || !*problem);
}

static void take_record(struct server *to, const struct server *from)
{
    server_init(to);
    field_copy_all(server_fields(), to, from);
    to->id = from->id;
    to->row_version = from->row_version;
    to->name = g_strdup(from->name);
}

gboolean pools_find_one(struct db *db, const char *name, struct server *ret, GError **error)
{
    struct pool_servers found;
    const struct pool_server *best = NULL;
    if (!pools_find(db, name, &found, error))
        return FALSE;
    for (guint i = 0; i < found.all->len; i++) {
        const struct pool_server *s = found.all->pdata[i];
        if (!best || (is_well(db, &s->record) && !is_well(db, &best->record)))
            best = s;
    }
    if (best)
        take_record(ret, &best->record);
    else
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
            _("pool '%s': none of its servers is there any more. Name others with: crier "
              "pool set %s SERVER:WEIGHT"),
            name, name);
    pool_servers_clear(&found);
    return best != NULL;
}

gboolean pools_lead_to(struct db *db, const char *name, const char *server)
{
    struct pool p;
    if (g_strcmp0(name, server) == 0)
        return TRUE;
    if (!name || !*name || record_look(db, pools_kind(), name, &p, NULL) <= 0)
        return FALSE;
    gboolean has = pool_names(p.servers, server);
    pool_clear(&p);
    return has;
}

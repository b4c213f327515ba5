/*
 * Pool records, and the servers behind a name. Which of them sends is the worker's choice.
 */
#include "config.h"

#include "store/pools.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/campaign.h"
#include "store/bin_private.h"
#include "store/servers.h"
#include "store/sql.h"
#include "store/undolog_private.h"

#define POOL_COLUMNS "SELECT id, name, row_version, servers FROM pool"

static void read_pool(sqlite3_stmt *s, struct pool *ret)
{
    pool_init(ret);
    ret->id = sql_int64(s, 0);
    ret->name = sql_text(s, 1);
    ret->row_version = sql_int64(s, 2);
    sql_read_fields(s, pool_fields(), ret);
}

static int read_one(struct db *db, sqlite3_stmt *s, struct pool *ret, GError **error)
{
    int rc = sql_step(db, s, error);
    if (rc > 0) {
        read_pool(s, ret);
        sqlite3_reset(s);
    }
    return rc;
}

/* 1 found, 0 not, -1 error. */
static int look(struct db *db, const char *name, struct pool *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, POOL_COLUMNS " WHERE name = ? AND deleted_us IS NULL", error);
    if (s == NULL)
        return -1;
    sql_bind(s, "s", name);
    return read_one(db, s, ret, error);
}

gboolean pools_get(struct db *db, const char *name, struct pool *ret, GError **error)
{
    int rc = look(db, name, ret, error);
    if (rc != 0)
        return rc > 0;
    g_autofree char *shown = text_safe(name, -1, 80);
    g_autofree char *no_such = g_strdup_printf(_("there is no pool '%s'"), shown);
    g_autofree char *remedy = g_strdup_printf(
        _("crier pool list shows which there are; crier pool set %s SERVER:WEIGHT makes it"),
        shown);
    return sql_not_found(db, "SELECT name FROM pool WHERE deleted_us IS NULL", name, no_such,
                         remedy, error);
}

gboolean pools_get_id(struct db *db, gint64 id, struct pool *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, POOL_COLUMNS " WHERE id = ? AND deleted_us IS NULL", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = read_one(db, s, ret, error);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("pool %d is not there any more: somebody deleted it"), (int)id);
    return rc > 0;
}

static void pool_free(gpointer data)
{
    pool_clear(data);
    g_free(data);
}

GPtrArray *pools_all(struct db *db, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, POOL_COLUMNS " WHERE deleted_us IS NULL ORDER BY name", error);
    if (s == NULL)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(pool_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct pool *one = g_new0(struct pool, 1);
        read_pool(s, one);
        g_ptr_array_add(all, one);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

/* ---- names ---- */

gboolean pools_check_free_name(struct db *db, const char *name, GError **error)
{
    gint64 taken;
    if (!sql_int(db, error, 0, &taken, "SELECT id FROM pool WHERE name = ?", "s", name))
        return FALSE;
    if (taken == 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                _("there is a pool '%s' already, and campaigns name servers and pools alike. "
                  "Choose another name"),
                name);
    return FALSE;
}

static gboolean check_no_server(struct db *db, const char *name, GError **error)
{
    gint64 taken;
    if (!sql_int(db, error, 0, &taken, "SELECT id FROM server WHERE name = ?", "s", name))
        return FALSE;
    if (taken == 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                _("there is a server '%s' already, and campaigns name servers and pools alike. "
                  "Choose another name for the pool"),
                name);
    return FALSE;
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

/* ---- writing ---- */

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

static gboolean insert(struct db *db, struct pool *p, GError **error)
{
    if (!pools_check_free_name(db, p->name, error) || !check_no_server(db, p->name, error))
        return FALSE;
    sqlite3_stmt *s =
        sql_prepare(db, "INSERT INTO pool (name, servers) VALUES (:name_, :servers)", error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_text(s, sqlite3_bind_parameter_index(s, ":name_"), p->name, -1,
                      SQLITE_TRANSIENT);
    sql_bind_fields(s, pool_fields(), p);
    if (!sql_run(db, s, error))
        return FALSE;
    p->id = sqlite3_last_insert_rowid(db_handle(db));
    p->row_version = 1;
    return audit_write(db, "new", "pool", p->name, p->servers, error);
}

static gboolean check_change(const struct pool *old, const struct pool *new, GError **error)
{
    if (old->row_version == new->row_version)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                _("pool '%s' was changed by somebody else meanwhile. Look at it again, then "
                  "repeat your change"),
                new->name);
    return FALSE;
}

static gboolean update(struct db *db, struct pool *p, GError **error)
{
    struct pool old;
    if (!pools_get_id(db, p->id, &old, error))
        return FALSE;
    gboolean may_change =
        check_change(&old, p, error) &&
        undolog_note_change(db, "pool", old.name, old.id, pool_fields(), &old, p, NULL, error);
    pool_clear(&old);
    if (!may_change ||
        !sql_do(db, error,
                "UPDATE pool SET row_version = row_version + 1, servers = ?1 WHERE id = ?2",
                "si", p->servers, p->id) ||
        !audit_write(db, "change", "pool", p->name, p->servers, error))
        return FALSE;
    p->row_version++;
    return TRUE;
}

static gboolean check_name(const char *name, GError **error)
{
    if (text_is_slug(name))
        return TRUE;
    g_autofree char *shown = text_safe(name, -1, 80);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("pool name '%s': use 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a "
                  "letter or digit"),
                shown);
    return FALSE;
}

gboolean pools_put(struct db *db, struct pool *p, GError **error)
{
    gboolean own;
    if (!check_name(p->name, error) || !pool_check(p, error) || !sql_enter(db, &own, error))
        return FALSE;
    gint64 id = p->id, row_version = p->row_version;
    gboolean ok =
        check_members(db, p, error) && (id == 0 ? insert(db, p, error) : update(db, p, error));
    ok = sql_leave(db, own, ok, error);
    if (!ok) {
        p->id = id;
        p->row_version = row_version;
    }
    return ok;
}

static gboolean check_no_campaign(struct db *db, const char *name, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT name, state FROM campaign WHERE server = ? AND state NOT IN (?, ?)"
                    " AND deleted_us IS NULL LIMIT 1",
                    error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "sii", name, (gint64)CAMPAIGN_FINISHED, (gint64)CAMPAIGN_CANCELLED);
    int rc = sql_step(db, s, error);
    if (rc > 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("pool '%s' is used by campaign '%s' (%s). Give that campaign another "
                      "server or pool, or let it finish or cancel it, first"),
                    name, sql_peek(s, 0), campaign_state_word(sqlite3_column_int(s, 1)));
    sqlite3_reset(s);
    return rc == 0;
}

gboolean pools_delete(struct db *db, const char *name, GError **error)
{
    struct pool p;
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = pools_get(db, name, &p, error);
    if (ok) {
        ok = check_no_campaign(db, name, error) && bin_take(db, "pool", p.id, name, error) &&
             audit_write(db, "delete", "pool", name, p.servers, error);
        pool_clear(&p);
    }
    return sql_leave(db, own, ok, error);
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
    int rc = look(db, name, &p, error);
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
    if (!name || !*name || look(db, name, &p, NULL) <= 0)
        return FALSE;
    gboolean has = pool_names(p.servers, server);
    pool_clear(&p);
    return has;
}

/*
 * Server records. Passwords are never among them: only where to get one.
 */
#include "config.h"

#include "store/servers.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/campaign.h"
#include "store/bin_private.h"
#include "store/pools.h"
#include "store/sql.h"
#include "store/undolog_private.h"

#define SERVER_COLUMNS                                                                         \
    "SELECT id, name, row_version, host, security, plain_host, user, password_command,"        \
    " password_file, ca_file, hello, connections, per_second, messages_per_connection, "       \
    "reply_timeout_s AS reply_timeout,"                                                        \
    " enabled, auth, token_command, envelope, per_day, window,"                                \
    " per_hour, warm_up FROM server"

static void read_server(sqlite3_stmt *s, struct server *ret)
{
    server_init(ret);
    ret->id = sql_int64(s, 0);
    g_free(ret->name);
    ret->name = sql_text(s, 1);
    ret->row_version = sql_int64(s, 2);
    sql_read_fields(s, server_fields(), ret);
}

static int read_one(struct db *db, sqlite3_stmt *s, struct server *ret, GError **error)
{
    int rc = sql_step(db, s, error);
    if (rc > 0) {
        struct server found = {0};
        read_server(s, &found);
        sqlite3_reset(s);
        *ret = found;
    }
    return rc;
}

gboolean servers_get(struct db *db, const char *name, struct server *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, SERVER_COLUMNS " WHERE name = ? AND deleted_us IS NULL", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "s", name);
    int rc = read_one(db, s, ret, error);
    if (rc != 0)
        return rc > 0;
    g_autofree char *shown = text_safe(name, -1, 80);
    g_autofree char *no_such = g_strdup_printf(_("there is no server '%s'"), shown);
    g_autofree char *remedy =
        g_strdup_printf(_("Add it with: crier server add %s --host HOST:PORT"), shown);
    return sql_not_found(db, "SELECT name FROM server WHERE deleted_us IS NULL", name, no_such,
                         remedy, error);
}

gboolean servers_get_id(struct db *db, gint64 id, struct server *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, SERVER_COLUMNS " WHERE id = ? AND deleted_us IS NULL", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = read_one(db, s, ret, error);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("server %d is not there any more: somebody deleted it"), (int)id);
    return rc > 0;
}

static void server_free(gpointer data)
{
    server_clear(data);
    g_free(data);
}

GPtrArray *servers_all(struct db *db, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, SERVER_COLUMNS " WHERE deleted_us IS NULL ORDER BY name", error);
    if (s == NULL)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(server_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct server *one = g_new0(struct server, 1);
        read_server(s, one);
        g_ptr_array_add(all, one);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

/* ---- writing ---- */

static gboolean insert(struct db *db, struct server *v, GError **error)
{
    gint64 taken;
    if (!pools_check_free_name(db, v->name, error) ||
        !sql_int(db, error, 0, &taken, "SELECT id FROM server WHERE name = ?", "s", v->name))
        return FALSE;
    if (taken != 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("there is a server '%s' already. Choose another name, or change that one "
                      "with: crier server set %s"),
                    v->name, v->name);
        return FALSE;
    }
    sqlite3_stmt *s = sql_prepare(
        db,
        "INSERT INTO server (name, host, security, plain_host, user, password_command,"
        " password_file, ca_file, hello, connections, per_second, messages_per_connection, "
        "reply_timeout_s,"
        " enabled, auth, token_command, envelope, per_day, per_hour, warm_up, window)"
        " VALUES (:name_, ifnull(:host, ''), "
        ":security, :plain_host, :user,"
        " :password_command, :password_file, :ca_file, :hello, :connections, :per_second,"
        " :messages_per_connection, :reply_timeout, :enabled, :auth, :token_command, :envelope,"
        " :per_day, :per_hour, :warm_up, :window)",
        error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_text(s, sqlite3_bind_parameter_index(s, ":name_"), v->name, -1,
                      SQLITE_TRANSIENT);
    sql_bind_fields(s, server_fields(), v);
    if (!sql_run(db, s, error))
        return FALSE;
    v->id = sqlite3_last_insert_rowid(db_handle(db));
    v->row_version = 1;
    return audit_write(db, "new", "server", v->name, v->host, error);
}

static char *changed_keys(const struct server *old, const struct server *new)
{
    g_autoptr(GString) keys = g_string_new(NULL);
    for (const struct field *f = server_fields(); f->key != NULL; f++)
        if (!field_equal(f, old, new))
            g_string_append_printf(keys, "%s%s", keys->len > 0 ? ", " : "", f->key);
    return g_string_free(g_steal_pointer(&keys), FALSE);
}

static gboolean update(struct db *db, struct server *v, GError **error)
{
    struct server old = {0};
    if (!servers_get_id(db, v->id, &old, error))
        return FALSE;
    g_autofree char *keys = changed_keys(&old, v);
    gboolean is_current = old.row_version == v->row_version;
    gboolean is_noted =
        !is_current || undolog_note_change(db, "server", old.name, old.id, server_fields(),
                                           &old, v, NULL, error);
    server_clear(&old);
    if (!is_noted)
        return FALSE;
    if (!is_current) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("server '%s' was changed by somebody else meanwhile. Look at it again, "
                      "then repeat your change"),
                    v->name);
        return FALSE;
    }
    /* A changed record may have removed the cause of its problem: the worker tries it anew. */
    sqlite3_stmt *s =
        sql_prepare(db,
                    "UPDATE server SET row_version = row_version + 1, problem = NULL,"
                    " host = ifnull(:host, ''), security = :security, plain_host = "
                    ":plain_host, user = :user,"
                    " password_command = :password_command, password_file = :password_file,"
                    " ca_file = :ca_file, hello = :hello, connections = :connections,"
                    " per_second = :per_second, messages_per_connection = "
                    ":messages_per_connection, reply_timeout_s = :reply_timeout,"
                    " enabled = :enabled, auth = :auth, token_command = :token_command,"
                    " envelope = :envelope, per_day = :per_day, per_hour = :per_hour,"
                    " warm_up = :warm_up, window = :window WHERE id = :id_",
                    error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_int64(s, sqlite3_bind_parameter_index(s, ":id_"), v->id);
    sql_bind_fields(s, server_fields(), v);
    if (!sql_run(db, s, error) || !audit_write(db, "change", "server", v->name, keys, error))
        return FALSE;
    v->row_version++;
    return TRUE;
}

gboolean servers_put(struct db *db, struct server *v, GError **error)
{
    if (!text_is_slug(v->name)) {
        g_autofree char *shown = text_safe(v->name, -1, 80);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("server name '%s': use 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning "
                      "with a letter or digit"),
                    shown);
        return FALSE;
    }
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gint64 id = v->id, row_version = v->row_version;
    gboolean ok = id == 0 ? insert(db, v, error) : update(db, v, error);
    ok = sql_leave(db, own, ok, error);
    if (!ok) {
        v->id = id;
        v->row_version = row_version;
    }
    return ok;
}

static gboolean check_unused(struct db *db, const char *name, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT name, state FROM campaign WHERE server = ? AND state NOT IN (?, ?)"
        " AND deleted_us IS NULL LIMIT 1",
        error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "sii", name, (gint64)CAMPAIGN_FINISHED, (gint64)CAMPAIGN_CANCELLED);
    int rc = sql_step(db, s, error);
    if (rc > 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("server '%s' is used by campaign '%s' (%s). Give that campaign another "
                      "server, or let it finish or cancel it, first"),
                    name, sql_peek(s, 0), campaign_state_word(sqlite3_column_int(s, 1)));
    sqlite3_reset(s);
    return rc == 0;
}

gboolean servers_delete(struct db *db, const char *name, GError **error)
{
    struct server v = {0};
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = servers_get(db, name, &v, error);
    if (ok) {
        ok = check_unused(db, name, error) && pools_check_unused(db, name, error) &&
             bin_take(db, "server", v.id, name, error) &&
             sql_do(db, error, "DELETE FROM server_live WHERE server_id = ?", "i", v.id) &&
             audit_write(db, "delete", "server", name, v.host, error);
        server_clear(&v);
    }
    return sql_leave(db, own, ok, error);
}

gboolean servers_set_problem(struct db *db, gint64 id, const char *problem, GError **error)
{
    return sql_do(db, error,
                  "UPDATE server SET problem_us = CASE WHEN ?1 = '' THEN NULL"
                  " WHEN problem IS NULL THEN ?3 ELSE problem_us END,"
                  " problem = nullif(?1, '') WHERE id = ?2",
                  "sii", problem, id, clock_wall_us());
}

char *servers_get_problem(struct db *db, gint64 id)
{
    sqlite3_stmt *s = sql_prepare(db, "SELECT problem FROM server WHERE id = ?", NULL);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", id);
    char *problem = sql_step(db, s, NULL) > 0 ? sql_text(s, 0) : NULL;
    sqlite3_reset(s);
    return problem;
}

/*
 * Mailbox records: where bounces and unsubscribe requests come in. Passwords are never among
 * them, only where to get one. Reading a mailbox is not for here.
 */
#include "config.h"

#include "store/mailboxes.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/campaign.h"
#include "store/bin_private.h"
#include "store/sql.h"
#include "store/undolog_private.h"

#define MAILBOX_COLUMNS                                                                        \
    "SELECT id, name, row_version, address, protocol, host, security, plain_host, user,"       \
    " password_command, password_file, token_command, auth, ca_file, folder, enabled"          \
    " FROM mailbox"

static void read_mailbox(sqlite3_stmt *s, struct mailbox *ret)
{
    mailbox_init(ret);
    ret->id = sql_int64(s, 0);
    ret->name = sql_text(s, 1);
    ret->row_version = sql_int64(s, 2);
    sql_read_fields(s, mailbox_fields(), ret);
}

static int read_one(struct db *db, sqlite3_stmt *s, struct mailbox *ret, GError **error)
{
    int rc = sql_step(db, s, error);
    if (rc > 0) {
        read_mailbox(s, ret);
        sqlite3_reset(s);
    }
    return rc;
}

gboolean mailboxes_get(struct db *db, const char *name, struct mailbox *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, MAILBOX_COLUMNS " WHERE name = ? AND deleted_us IS NULL", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "s", name);
    int rc = read_one(db, s, ret, error);
    if (rc != 0)
        return rc > 0;
    g_autofree char *shown = text_safe(name, -1, 80);
    g_autofree char *no_such = g_strdup_printf(_("there is no mailbox '%s'"), shown);
    g_autofree char *remedy = g_strdup_printf(
        _("Add it with: crier mailbox add %s --address ADDRESS --host HOST --user USER"),
        shown);
    return sql_not_found(db, "SELECT name FROM mailbox WHERE deleted_us IS NULL", name, no_such,
                         remedy, error);
}

gboolean mailboxes_get_id(struct db *db, gint64 id, struct mailbox *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, MAILBOX_COLUMNS " WHERE id = ? AND deleted_us IS NULL", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = read_one(db, s, ret, error);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("mailbox %d is not there any more: somebody deleted it"), (int)id);
    return rc > 0;
}

static void mailbox_free(gpointer data)
{
    mailbox_clear(data);
    g_free(data);
}

GPtrArray *mailboxes_all(struct db *db, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, MAILBOX_COLUMNS " WHERE deleted_us IS NULL ORDER BY name", error);
    if (s == NULL)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(mailbox_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct mailbox *one = g_new0(struct mailbox, 1);
        read_mailbox(s, one);
        g_ptr_array_add(all, one);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

/* ---- writing ---- */

/* A campaign that is not over and names it: its name and state; 0 none, -1 error. */
static int used_by(struct db *db, const char *name, gboolean and_drafts, char **ret_campaign,
                   enum campaign_state *ret_state, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT name, state FROM campaign WHERE mailbox = ?"
                                  " AND state NOT IN (?, ?) AND (? OR state <> ?)"
                                  " AND deleted_us IS NULL LIMIT 1",
                                  error);
    if (s == NULL)
        return -1;
    sql_bind(s, "siiii", name, (gint64)CAMPAIGN_FINISHED, (gint64)CAMPAIGN_CANCELLED,
             (gint64)and_drafts, (gint64)CAMPAIGN_DRAFT);
    int rc = sql_step(db, s, error);
    if (rc > 0) {
        *ret_campaign = sql_text(s, 0);
        *ret_state = (enum campaign_state)sql_int64(s, 1);
        sqlite3_reset(s);
    }
    return rc;
}

static gboolean insert(struct db *db, struct mailbox *m, GError **error)
{
    gint64 taken;
    if (!sql_int(db, error, 0, &taken, "SELECT id FROM mailbox WHERE name = ?", "s", m->name))
        return FALSE;
    if (taken != 0) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_EXISTS,
            _("there is a mailbox '%s' already. Choose another name, or change that one "
              "with: crier mailbox set %s"),
            m->name, m->name);
        return FALSE;
    }
    sqlite3_stmt *s = sql_prepare(
        db,
        "INSERT INTO mailbox (name, address, protocol, host, security, plain_host, user,"
        " password_command, password_file, token_command, auth, ca_file, folder, enabled)"
        " VALUES (:name_, ifnull(:address, ''), :protocol, ifnull(:host, ''), :security,"
        " :plain_host, :user, :password_command, :password_file, :token_command, :auth, "
        ":ca_file,"
        " :folder, :enabled)",
        error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_text(s, sqlite3_bind_parameter_index(s, ":name_"), m->name, -1,
                      SQLITE_TRANSIENT);
    sql_bind_fields(s, mailbox_fields(), m);
    if (!sql_run(db, s, error))
        return FALSE;
    m->id = sqlite3_last_insert_rowid(db_handle(db));
    m->row_version = 1;
    return audit_write(db, "new", "mailbox", m->name, m->address, error);
}

static char *changed_keys(const struct mailbox *old, const struct mailbox *new)
{
    g_autoptr(GString) keys = g_string_new(NULL);
    for (const struct field *f = mailbox_fields(); f->key != NULL; f++)
        if (!field_equal(f, old, new))
            g_string_append_printf(keys, "%s%s", keys->len > 0 ? ", " : "", f->key);
    return g_string_free(g_steal_pointer(&keys), FALSE);
}

static gboolean check_change(struct db *db, const struct mailbox *old,
                             const struct mailbox *new, GError **error)
{
    g_autofree char *campaign = NULL;
    enum campaign_state state;
    if (old->row_version != new->row_version) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("mailbox '%s' was changed by somebody else meanwhile. Look at it again, "
                      "then repeat your change"),
                    new->name);
        return FALSE;
    }
    if (g_strcmp0(old->address, new->address) == 0)
        return TRUE;
    int rc = used_by(db, new->name, FALSE, &campaign, &state, error);
    if (rc > 0)
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("mailbox '%s': campaign '%s' (%s) goes out with the address %s, and its "
              "bounces come back to it. Add a second mailbox, or let that campaign finish "
              "or cancel it, first"),
            new->name, campaign, campaign_state_word(state), old->address);
    return rc == 0;
}

static gboolean update(struct db *db, struct mailbox *m, GError **error)
{
    struct mailbox old;
    if (!mailboxes_get_id(db, m->id, &old, error))
        return FALSE;
    g_autofree char *keys = changed_keys(&old, m);
    gboolean may_change = check_change(db, &old, m, error) &&
                          undolog_note_change(db, "mailbox", old.name, old.id, mailbox_fields(),
                                              &old, m, NULL, error);
    mailbox_clear(&old);
    if (!may_change)
        return FALSE;
    /* A changed record may have removed the cause of its problem. */
    sqlite3_stmt *s = sql_prepare(
        db,
        "UPDATE mailbox SET row_version = row_version + 1, problem = NULL,"
        " address = ifnull(:address, ''), protocol = :protocol, host = ifnull(:host, ''),"
        " security = :security, plain_host = :plain_host, user = :user,"
        " password_command = :password_command, password_file = :password_file,"
        " token_command = :token_command, auth = :auth, ca_file = :ca_file, folder = :folder,"
        " enabled = :enabled WHERE id = :id_",
        error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_int64(s, sqlite3_bind_parameter_index(s, ":id_"), m->id);
    sql_bind_fields(s, mailbox_fields(), m);
    if (!sql_run(db, s, error) || !audit_write(db, "change", "mailbox", m->name, keys, error))
        return FALSE;
    m->row_version++;
    return TRUE;
}

gboolean mailboxes_put(struct db *db, struct mailbox *m, GError **error)
{
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gint64 id = m->id, row_version = m->row_version;
    gboolean ok = id == 0 ? insert(db, m, error) : update(db, m, error);
    ok = sql_leave(db, own, ok, error);
    if (!ok) {
        m->id = id;
        m->row_version = row_version;
    }
    return ok;
}

static gboolean check_unused(struct db *db, const char *name, GError **error)
{
    g_autofree char *campaign = NULL;
    enum campaign_state state;
    int rc = used_by(db, name, TRUE, &campaign, &state, error);
    if (rc > 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("mailbox '%s' is used by campaign '%s' (%s). Give that campaign another "
                      "mailbox, or let it finish or cancel it, first"),
                    name, campaign, campaign_state_word(state));
    return rc == 0;
}

gboolean mailboxes_delete(struct db *db, const char *name, GError **error)
{
    struct mailbox m;
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = mailboxes_get(db, name, &m, error);
    if (ok) {
        ok = check_unused(db, name, error) && bin_take(db, "mailbox", m.id, name, error) &&
             audit_write(db, "delete", "mailbox", name, m.address, error);
        mailbox_clear(&m);
    }
    return sql_leave(db, own, ok, error);
}

gboolean mailboxes_set_problem(struct db *db, gint64 id, const char *problem, GError **error)
{
    return sql_do(db, error, "UPDATE mailbox SET problem = nullif(?, '') WHERE id = ?", "si",
                  problem, id);
}

char *mailboxes_get_problem(struct db *db, gint64 id)
{
    sqlite3_stmt *s = sql_prepare(db, "SELECT problem FROM mailbox WHERE id = ?", NULL);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", id);
    char *problem = sql_step(db, s, NULL) > 0 ? sql_text(s, 0) : NULL;
    sqlite3_reset(s);
    return problem;
}

/*
 * Lists and who is on them, with consent: what was agreed to, where and when.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/field.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/campaign.h"
#include "store/campaigns.h"
#include "store/bin_private.h"
#include "store/people_private.h"
#include "store/sql.h"
#include "store/undolog_private.h"

#define DELETE_BATCH 5000
/* A deleted list's id is kept under its name: suppressions for it still hold when a list of
 * that name is made again. */
#define DELETED_PREFIX "deleted_list:"

const struct field *list_fields(void)
{
    static const struct field table[] = {
        {.key = "title",
         .type = FIELD_LINE,
         .offset = G_STRUCT_OFFSET(struct list, title),
         .max = 200,
         .help = N_("What people who are on the list know it by")},
        {.key = NULL},
    };
    return table;
}

void list_clear(struct list *l)
{
    g_free(l->name);
    g_free(l->title);
    memset(l, 0, sizeof *l);
}

/* ---- lists ---- */

static gboolean check_new(struct db *db, const char *name, const char *title, GError **error)
{
    g_autofree char *shown = text_safe(name, -1, 80);
    if (!text_is_slug(name)) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("list name '%s': use 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with "
              "a letter or digit"),
            shown);
        return FALSE;
    }
    if (title != NULL && !text_check_line(_("title"), title, (gssize)strlen(title), 200, error))
        return FALSE;
    gint64 taken;
    if (!sql_int(db, error, 0, &taken, "SELECT id FROM list WHERE name = ?", "s", name))
        return FALSE;
    if (taken == 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                _("there is a list '%s' already. Choose another name"), shown);
    return FALSE;
}

/* Who left a list of that name that is in the bin now meant this one, too. */
static gboolean take_rules_of_binned(struct db *db, const char *name, gint64 id, GError **error)
{
    gint64 after = 0;
    for (;;) {
        gint64 binned = 0;
        if (!sql_int(db, error, 0, &binned,
                     "SELECT id FROM list WHERE deleted_us IS NOT NULL AND id > ?"
                     " AND " BIN_SHOWN("name") " = ? ORDER BY id LIMIT 1",
                     "is", after, name))
            return FALSE;
        if (binned == 0)
            return TRUE;
        if (!suppression_copy_list(db, binned, id, error))
            return FALSE;
        after = binned;
    }
}

static gboolean insert_list(struct db *db, const char *name, const char *title, gint64 *ret_id,
                            GError **error)
{
    g_autofree char *key = g_strconcat(DELETED_PREFIX, name, NULL);
    gint64 former;
    if (!sql_int(db, error, 0, &former, "SELECT value FROM meta WHERE key = ?", "s", key) ||
        !sql_do(db, error,
                "INSERT INTO list (id, name, title, created_us)"
                " VALUES (nullif(?, 0), ?, ifnull(?, ''), ?)",
                "issi", former, name, title, clock_wall_us()))
        return FALSE;
    *ret_id = sqlite3_last_insert_rowid(db_handle(db));
    return sql_do(db, error, "DELETE FROM meta WHERE key = ?", "s", key) &&
           take_rules_of_binned(db, name, *ret_id, error) &&
           audit_write(db, "new", "list", name, title, error);
}

gboolean list_new(struct db *db, const char *name, const char *title, gint64 *ret_id,
                  GError **error)
{
    gboolean own;
    gint64 id = 0;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = check_new(db, name, title, error) && insert_list(db, name, title, &id, error);
    if (!sql_leave(db, own, ok, error))
        return FALSE;
    if (ret_id != NULL)
        *ret_id = id;
    return TRUE;
}

#define LIST_COLUMNS                                                                           \
    "SELECT l.id, l.name, l.row_version, l.title, l.created_us,"                               \
    " (SELECT count(*) FROM membership m WHERE m.list_id = l.id) FROM list l"

static void read_list(sqlite3_stmt *s, struct list *l)
{
    l->id = sql_int64(s, 0);
    l->name = sql_text(s, 1);
    l->row_version = sql_int64(s, 2);
    l->title = sql_text(s, 3);
    l->created_us = sql_int64(s, 4);
    l->members = sql_int64(s, 5);
}

static gboolean fail_no_list(struct db *db, const char *name, GError **error)
{
    g_autofree char *shown = text_safe(name, -1, 80);
    g_autofree char *no_such = g_strdup_printf(_("there is no list '%s'"), shown);
    g_autofree char *remedy = g_strdup_printf(_("Make it with: crier list new %s"), shown);
    return sql_not_found(db, "SELECT name FROM list WHERE deleted_us IS NULL", name, no_such, remedy, error);
}

gboolean list_get(struct db *db, const char *name, struct list *ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, LIST_COLUMNS " WHERE l.name = ? AND l.deleted_us IS NULL", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "s", name);
    int rc = sql_step(db, s, error);
    if (rc == 0)
        return fail_no_list(db, name, error);
    if (rc < 0)
        return FALSE;
    memset(ret, 0, sizeof *ret);
    read_list(s, ret);
    sqlite3_reset(s);
    return TRUE;
}

gboolean list_get_id(struct db *db, gint64 id, struct list *ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, LIST_COLUMNS " WHERE l.id = ? AND l.deleted_us IS NULL", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = sql_step(db, s, error);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("list %d is not there any more: somebody deleted it"), (int)id);
    if (rc <= 0)
        return FALSE;
    memset(ret, 0, sizeof *ret);
    read_list(s, ret);
    sqlite3_reset(s);
    return TRUE;
}

/* ---- changing ---- */

static gboolean update(struct db *db, const struct list *l, GError **error)
{
    struct list old;
    if (!list_get_id(db, l->id, &old, error))
        return FALSE;
    gboolean is_current = old.row_version == l->row_version;
    if (!is_current)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("list '%s' was changed by somebody else meanwhile. Look at it again, "
                      "then repeat your change"),
                    old.name);
    gboolean ok =
        is_current &&
        undolog_note_change(db, "list", old.name, old.id, list_fields(), &old, l, NULL, error) &&
        sql_do(db, error,
               "UPDATE list SET row_version = row_version + 1, title = ifnull(?, '')"
               " WHERE id = ?",
               "si", l->title, l->id) &&
        audit_write(db, "change", "list", old.name, "title", error);
    list_clear(&old);
    return ok;
}

gboolean list_put(struct db *db, struct list *l, GError **error)
{
    gboolean own;
    if (!sql_enter(db, &own, error) ||
        !sql_leave(db, own, update(db, l, error), error))
        return FALSE;
    l->row_version++;
    return TRUE;
}

static void list_free(gpointer data)
{
    list_clear(data);
    g_free(data);
}

GPtrArray *list_all(struct db *db, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, LIST_COLUMNS " WHERE l.deleted_us IS NULL ORDER BY l.name", error);
    if (s == NULL)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(list_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct list *l = g_new0(struct list, 1);
        read_list(s, l);
        g_ptr_array_add(all, l);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

/* ---- deleting ---- */

static gboolean names(char *const *lists, const char *name)
{
    return lists != NULL && g_strv_contains((const char *const *)lists, name);
}

static gboolean check_unused(struct db *db, const char *name, GError **error)
{
    g_autoptr(GPtrArray) all = campaigns_all(db, error);
    if (all == NULL)
        return FALSE;
    for (guint i = 0; i < all->len; i++) {
        const struct campaign *c = g_ptr_array_index(all, i);
        if (c->state == CAMPAIGN_FINISHED || c->state == CAMPAIGN_CANCELLED ||
            (!names(c->lists, name) && !names(c->exclude, name)))
            continue;
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("list '%s' is used by campaign '%s' (%s). Take it out of that campaign, or "
              "let it finish or cancel it, first"),
            name, c->name, campaign_state_word(c->state));
        return FALSE;
    }
    return TRUE;
}

static gboolean delete_some(struct db *db, gint64 id, gint64 *ret_n, GError **error)
{
    if (!db_begin(db, error))
        return FALSE;
    gboolean ok =
        sql_do(db, error,
               "DELETE FROM membership WHERE list_id = ?1 AND person_id IN (SELECT"
               " person_id FROM membership WHERE list_id = ?1 ORDER BY person_id LIMIT ?2)",
               "ii", id, (gint64)DELETE_BATCH);
    *ret_n = ok ? sql_changes(db) : 0;
    return sql_leave(db, TRUE, ok, error);
}

/* Suppressions for it still hold: for the list that has the name now, else for the one that
 * gets it next. */
static gboolean keep_rules(struct db *db, gint64 id, const char *name, GError **error)
{
    g_autofree char *key = g_strconcat(DELETED_PREFIX, name, NULL);
    gint64 heir = 0;
    if (!sql_int(db, error, 0, &heir,
                 "SELECT coalesce((SELECT id FROM list WHERE name = ?1),"
                 " (SELECT value FROM meta WHERE key = ?2))",
                 "ss", name, key))
        return FALSE;
    if (heir == 0)
        return sql_do(db, error,
                      "INSERT INTO meta (key, value) SELECT ?1, ?2 WHERE EXISTS"
                      " (SELECT 1 FROM suppression WHERE list_id = ?2)",
                      "si", key, id);
    return suppression_copy_list(db, id, heir, error) &&
           sql_do(db, error, "DELETE FROM suppression WHERE list_id = ?", "i", id);
}

static gboolean delete_record(struct db *db, gint64 id, const char *name, GError **error)
{
    return sql_do(db, error, "DELETE FROM membership WHERE list_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM campaign_list WHERE list_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM list WHERE id = ?", "i", id) &&
           keep_rules(db, id, name, error);
}

gboolean list_destroy(struct db *db, gint64 id, const char *name, GError **error)
{
    gint64 n = DELETE_BATCH;
    while (n > 0)
        if (!delete_some(db, id, &n, error))
            return FALSE;
    return db_begin(db, error) &&
           sql_leave(db, TRUE, delete_record(db, id, name, error), error);
}

static gboolean throw_away(struct db *db, const char *name, GError **error)
{
    gint64 id;
    if (!sql_int(db, error, 0, &id,
                 "SELECT id FROM list WHERE name = ? AND deleted_us IS NULL", "s", name))
        return FALSE;
    if (id == 0)
        return fail_no_list(db, name, error);
    return check_unused(db, name, error) && bin_take(db, "list", id, name, error) &&
           audit_write(db, "delete", "list", name, "", error);
}

gboolean list_delete(struct db *db, const char *name, GError **error)
{
    gboolean own;
    return sql_enter(db, &own, error) &&
           sql_leave(db, own, throw_away(db, name, error), error);
}

/* ---- memberships ---- */

gboolean consent_id(struct db *db, const struct consent *c, gint64 *ret_id, GError **error)
{
    *ret_id = 0;
    if (c == NULL || (c->text == NULL && c->source == NULL))
        return TRUE;
    const char *text = c->text != NULL ? c->text : "";
    const char *source = c->source != NULL ? c->source : "";
    return sql_do(db, error,
                  "INSERT INTO consent (text, source) VALUES (?, ?) ON CONFLICT DO NOTHING",
                  "ss", text, source) &&
           sql_int(db, error, 0, ret_id, "SELECT id FROM consent WHERE text = ? AND source = ?",
                   "ss", text, source);
}

static gboolean join(struct db *db, gint64 list_id, gint64 person_id, const struct consent *c,
                     GError **error)
{
    gint64 consent;
    /* A later joining without a word of consent does not take away the one that is there. */
    return consent_id(db, c, &consent, error) &&
           sql_do(
               db, error,
               "INSERT INTO membership (list_id, person_id, consent_id, consent_us, joined_us,"
               " retain_until_us) VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?, nullif(?, 0))"
               " ON CONFLICT (list_id, person_id) DO UPDATE SET"
               " consent_us = CASE WHEN excluded.consent_id IS NULL THEN consent_us"
               " ELSE excluded.consent_us END,"
               " consent_id = coalesce(excluded.consent_id, consent_id),"
               " retain_until_us = coalesce(excluded.retain_until_us, retain_until_us)",
               "iiiiii", list_id, person_id, consent, c != NULL ? c->at_us : (gint64)0,
               clock_wall_us(), c != NULL ? c->retain_until_us : (gint64)0);
}

/* The person by number: what is in the audit can never be erased, a person must be. */
static gboolean audit_member(struct db *db, const char *action, gint64 list_id,
                             gint64 person_id, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, "SELECT " BIN_SHOWN("name") " FROM list WHERE id = ?", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", list_id);
    g_autofree char *list = sql_step(db, s, NULL) > 0 ? sql_text(s, 0) : NULL;
    sqlite3_reset(s);
    g_autofree char *who = g_strdup_printf("person #%" G_GINT64_FORMAT, person_id);
    return audit_write(db, action, "list", list, who, error);
}

gboolean membership_add(struct db *db, gint64 list_id, gint64 person_id,
                        const struct consent *c, GError **error)
{
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = join(db, list_id, person_id, c, error) &&
                  audit_member(db, "join", list_id, person_id, error);
    return sql_leave(db, own, ok, error);
}

/* Before it is deleted: what a rejoining needs. */
static gboolean note_leave(struct db *db, gint64 list_id, gint64 person_id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT l.name, p.address, json_object('detail', p.address, 'joined_us', m.joined_us,"
        " 'consent_text', c.text, 'consent_source', c.source, 'consent_us', m.consent_us,"
        " 'retain_until_us', m.retain_until_us, 'import', m.import_id), p.address_key FROM membership m"
        " JOIN list l ON l.id = m.list_id JOIN person p ON p.id = m.person_id"
        " LEFT JOIN consent c ON c.id = m.consent_id WHERE m.list_id = ? AND m.person_id = ?",
        error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "ii", list_id, person_id);
    int rc = sql_step(db, s, error);
    if (rc <= 0)
        return rc == 0;
    g_autofree char *list = sql_text(s, 0), *data = sql_text(s, 2), *key = sql_text(s, 3);
    sqlite3_reset(s);
    const struct undolog_note n = {"leave", "list", list, list_id, data, person_id, key};
    return undolog_note(db, &n, NULL, error);
}

gboolean membership_remove(struct db *db, gint64 list_id, gint64 person_id, GError **error)
{
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = note_leave(db, list_id, person_id, error) &&
                  sql_do(db, error, "DELETE FROM membership WHERE list_id = ? AND person_id = ?",
                         "ii", list_id, person_id);
    if (ok && sql_changes(db) > 0)
        ok = audit_member(db, "leave", list_id, person_id, error);
    return sql_leave(db, own, ok, error);
}

static void membership_free(gpointer data)
{
    struct membership *m = data;
    g_free(m->list);
    g_free(m->consent_text);
    g_free(m->consent_source);
    g_free(m);
}

GPtrArray *membership_of(struct db *db, gint64 person_id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT l.name, c.text, c.source, m.consent_us, m.joined_us, m.retain_until_us"
        " FROM list l CROSS JOIN membership m ON m.list_id = l.id AND m.person_id = ?"
        " LEFT JOIN consent c ON c.id = m.consent_id WHERE l.deleted_us IS NULL"
        " ORDER BY l.name",
        error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", person_id);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(membership_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct membership *m = g_new0(struct membership, 1);
        m->list = sql_text(s, 0);
        m->consent_text = sql_text(s, 1);
        m->consent_source = sql_text(s, 2);
        m->consent_us = sql_int64(s, 3);
        m->joined_us = sql_int64(s, 4);
        m->retain_until_us = sql_int64(s, 5);
        g_ptr_array_add(all, m);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

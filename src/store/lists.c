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
#include "store/records_private.h"
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

static void read_also(sqlite3_stmt *s, void *record)
{
    struct list *l = record;
    l->created_us = sql_int64(s, RECORD_ALSO);
    l->members = sql_int64(s, RECORD_ALSO + 1);
}

RECORD_FREE(list)

const struct record_kind *lists_kind(void)
{
    static const struct record_kind kind = {
        .noun = "list",
        .fields = list_fields,
        RECORD_IN(struct list),
        .free = list_free,
        .also = "created_us,"
                " (SELECT count(*) FROM membership WHERE list_id = list.id)",
        .read = read_also,
        .destroy = list_destroy,
        .words = {
            .no_such = N_("there is no list '%s'"),
            .remedy = N_("Make it with: crier list new %s"),
            .gone = N_("list %d is not there any more: somebody deleted it"),
            .changed = N_("list '%s' was changed by somebody else meanwhile. Look at it again, "
                          "then repeat your change"),
            .bad_name = N_("list name '%s': use 1 to 64 of a-z, 0-9, '-', '_' and '.', "
                           "beginning with a letter or digit"),
            .taken = N_("there is a list '%s' already. Choose another name"),
        },
    };
    return &kind;
}

RECORD_READS(list, lists_kind, struct list)
RECORD_PUT(list, lists_kind, struct list)

static gboolean check_new(struct db *db, const char *name, const char *title, GError **error)
{
    return record_check_name(lists_kind(), name, error) &&
           (title == NULL ||
            text_check_line(_("title"), title, (gssize)strlen(title), 200, error)) &&
           record_check_free_name(db, lists_kind(), name, lists_kind()->words.taken, error);
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
        return record_fail_none(db, lists_kind(), name, error);
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

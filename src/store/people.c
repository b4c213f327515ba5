/*
 * People: one row an address, with custom fields as a JSON object of strings. Memberships are
 * in lists.c, whole files of people in import.c.
 */
#include "config.h"

#include "store/people.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/bin_private.h"
#include "store/people_private.h"
#include "store/sql.h"
#include "store/undolog_private.h"

#define PERSON_COLUMNS                                                                         \
    "p.id, p.address, p.address_key, p.domain, p.fields, p.created_us, p.updated_us,"          \
    " p.row_version"

static void read_person(sqlite3_stmt *s, struct person *p)
{
    p->id = sql_int64(s, 0);
    p->address = sql_text(s, 1);
    p->address_key = sql_text(s, 2);
    p->domain = sql_text(s, 3);
    p->fields_json = sql_text(s, 4);
    p->created_us = sql_int64(s, 5);
    p->updated_us = sql_int64(s, 6);
    p->row_version = sql_int64(s, 7);
}

static gboolean fail_nobody(const char *address_key, GError **error)
{
    g_autofree char *shown = text_safe(address_key, -1, 320);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                _("there is nobody with the address %s. Add them with: crier people add %s"),
                shown, shown);
    return FALSE;
}

gboolean people_get(struct db *db, const char *address_key, struct person *ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT " PERSON_COLUMNS " FROM person p WHERE p.address_key = ?", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "s", address_key);
    int rc = sql_step(db, s, error);
    if (rc == 0)
        return fail_nobody(address_key, error);
    if (rc < 0)
        return FALSE;
    struct person found = {0};
    read_person(s, &found);
    sqlite3_reset(s);
    *ret = found;
    return TRUE;
}

gboolean people_get_id(struct db *db, gint64 id, struct person *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, "SELECT " PERSON_COLUMNS " FROM person p WHERE p.id = ?", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = sql_step(db, s, error);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("person %" PRId64 " is not there any more: somebody removed them"), id);
    if (rc <= 0)
        return FALSE;
    struct person found = {0};
    read_person(s, &found);
    sqlite3_reset(s);
    *ret = found;
    return TRUE;
}

/* ---- writing ---- */

/* By number: what is in the audit can never be erased, a person must be. */
static gboolean audit_person(struct db *db, const char *action, gint64 id, GError **error)
{
    g_autofree char *name = g_strdup_printf("#%" G_GINT64_FORMAT, id);
    return audit_write(db, action, "person", name, "", error);
}

gboolean person_next_id(struct db *db, gint64 *ret_id, GError **error)
{
    return sql_int(db, error, 1, ret_id,
                   "SELECT 1 + max((SELECT ifnull(max(id), 0) FROM person),"
                   " (SELECT ifnull(max(value), 0) FROM meta WHERE key = 'person_floor'))",
                   "");
}

gboolean person_keep_id_used(struct db *db, gint64 id, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO meta (key, value) VALUES ('person_floor', ?)"
                  " ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)",
                  "i", id);
}

static gboolean insert(struct db *db, struct person *p, gint64 now, GError **error)
{
    gint64 taken;
    if (!sql_int(db, error, 0, &taken, "SELECT id FROM person WHERE address_key = ?", "s",
                 p->address_key))
        return FALSE;
    if (taken != 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("%s is known already. Change the fields with: crier people set %s"),
                    p->address, p->address);
        return FALSE;
    }
    if (!person_next_id(db, &p->id, error) ||
        !sql_do(db, error,
                "INSERT INTO person (id, address, address_key, domain, fields, created_us,"
                " updated_us) VALUES (?1, ?2, ?3, ?4, ifnull(?5, '{}'), ?6, ?6)",
                "issssi", p->id, p->address, p->address_key, p->domain, p->fields_json, now))
        return FALSE;
    p->row_version = 1;
    p->created_us = p->updated_us = now;
    return suppression_keep_erased(db, p->address, p->address_key, error) &&
           audit_person(db, "new", p->id, error);
}

/* Before it is stored. Where the version is another one, nothing will be. */
static gboolean note_change(struct db *db, const struct person *p, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT address, address_key, json_object('address', address, 'key', address_key,"
        " 'domain', domain, 'fields', fields, 'new', ?3)"
        " FROM person WHERE id = ?1 AND row_version = ?2",
        error);
    if (s == NULL)
        return FALSE;
    g_autofree char *hash = undolog_person_hash(p->address, p->fields_json);
    sql_bind(s, "iis", p->id, p->row_version, hash);
    int rc = sql_step(db, s, error);
    if (rc <= 0)
        return rc == 0;
    g_autofree char *address = sql_text(s, 0), *key = sql_text(s, 1), *data = sql_text(s, 2);
    sqlite3_reset(s);
    const struct undolog_note n = {"change", "person", address, p->id, data, p->id, key};
    return undolog_note(db, &n, NULL, error);
}

static gboolean update(struct db *db, struct person *p, gint64 now, GError **error)
{
    if (!note_change(db, p, error) ||
        !sql_do(db, error,
                "UPDATE person SET address = ?, address_key = ?, domain = ?,"
                " fields = ifnull(?, '{}'), updated_us = ?, row_version = row_version + 1"
                " WHERE id = ? AND row_version = ?",
                "ssssiii", p->address, p->address_key, p->domain, p->fields_json, now, p->id,
                p->row_version))
        return FALSE;
    if (sql_changes(db) == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("%s was changed or removed by somebody else meanwhile. Look again, then "
                      "repeat your change"),
                    p->address);
        return FALSE;
    }
    p->row_version++;
    p->updated_us = now;
    return suppression_keep_erased(db, p->address, p->address_key, error) &&
           audit_person(db, "change", p->id, error);
}

gboolean people_put(struct db *db, struct person *p, GError **error)
{
    if (!person_is_storable(p, error))
        return FALSE;
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    const struct person before = *p;
    gint64 now = clock_wall_us();
    gboolean ok = p->id == 0 ? insert(db, p, now, error) : update(db, p, now, error);
    ok = sql_leave(db, own, ok, error);
    if (!ok) {
        p->id = before.id;
        p->row_version = before.row_version;
        p->created_us = before.created_us;
        p->updated_us = before.updated_us;
    }
    return ok;
}

gboolean person_is_storable(const struct person *p, GError **error)
{
    if (p->address == NULL || p->address_key == NULL || p->domain == NULL ||
        *p->address_key == '\0') {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("a person without an address"));
        return FALSE;
    }
    if (!text_check_line("address", p->address, (gssize)strlen(p->address), 1000, error) ||
        !text_check_line("address", p->address_key, (gssize)strlen(p->address_key), 1000,
                         error))
        return FALSE;
    if (p->fields_json == NULL || p->fields_json[0] == '{')
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("the fields of %s are not a JSON object"), p->address);
    return FALSE;
}

/* Deliveries stay, with their address: they are the proof of what was sent. One that is not
 * sent yet finds nobody behind it and is not sent. */
gboolean people_remove(struct db *db, const char *address_key, GError **error)
{
    gboolean own;
    gint64 id;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = sql_int(db, error, 0, &id, "SELECT id FROM person WHERE address_key = ?", "s",
                          address_key);
    if (ok && id == 0)
        ok = fail_nobody(address_key, error);
    ok = ok && bin_take_person(db, id, error) &&
         sql_do(
             db, error,
             "DELETE FROM membership WHERE person_id = ? AND list_id IN (SELECT id FROM list)",
             "i", id) &&
         person_keep_id_used(db, id, error) &&
         sql_do(db, error, "DELETE FROM person WHERE id = ?", "i", id) &&
         audit_person(db, "remove", id, error);
    return sql_leave(db, own, ok, error);
}

/* ---- pages ---- */

static void person_free(gpointer data)
{
    person_clear(data);
    g_free(data);
}

static sqlite3_stmt *prepare_page(struct db *db, gint64 list_id, gint64 after_id, int max,
                                  GError **error)
{
    sqlite3_stmt *s =
        list_id == 0 ? sql_prepare(db,
                                   "SELECT " PERSON_COLUMNS " FROM person p WHERE p.id > ?2"
                                   " ORDER BY p.id LIMIT ?3",
                                   error)
                     : sql_prepare(db,
                                   "SELECT " PERSON_COLUMNS
                                   " FROM membership m JOIN person p ON p.id = m.person_id"
                                   " WHERE m.list_id = ?1 AND m.person_id > ?2"
                                   " ORDER BY m.person_id LIMIT ?3",
                                   error);
    if (s != NULL) {
        sqlite3_bind_int64(s, 2, after_id);
        sqlite3_bind_int(s, 3, max);
        if (list_id != 0)
            sqlite3_bind_int64(s, 1, list_id);
    }
    return s;
}

GPtrArray *people_page(struct db *db, gint64 list_id, gint64 after_id, int max, GError **error)
{
    sqlite3_stmt *s = prepare_page(db, list_id, after_id, max, error);
    if (s == NULL)
        return NULL;
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func(person_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct person *p = g_new0(struct person, 1);
        read_person(s, p);
        g_ptr_array_add(page, p);
    }
    return rc == 0 ? g_steal_pointer(&page) : NULL;
}

gint64 people_count(struct db *db, gint64 list_id, GError **error)
{
    gint64 n;
    gboolean ok = list_id == 0 ? sql_int(db, error, 0, &n, "SELECT count(*) FROM person", "")
                               : sql_int(db, error, 0, &n,
                                         "SELECT count(*) FROM membership WHERE list_id = ?",
                                         "i", list_id);
    return ok ? n : -1;
}

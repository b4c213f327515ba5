/*
 * People in the bin: the record and the memberships as JSON, because the row itself goes. Their
 * deliveries stay in the ledger and are theirs again when they are restored: numbers of people
 * are never used twice.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "store/bin_private.h"
#include "store/people_private.h"
#include "store/sql.h"
#include "store/undolog_private.h"

/* ---- in ---- */

/* [[list, joined, consent text, source, when, retain until, import], …] */
static gboolean put_memberships(struct db *db, gint64 person_id, struct json_writer *w,
                                GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT m.list_id, m.joined_us, c.text, c.source, m.consent_us, m.retain_until_us,"
        " m.import_id FROM list l CROSS JOIN membership m ON m.list_id = l.id"
        " AND m.person_id = ? LEFT JOIN consent c ON c.id = m.consent_id ORDER BY l.id",
        error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", person_id);
    int rc;
    json_begin_array(w);
    while ((rc = sql_step(db, s, error)) > 0) {
        json_begin_object(w);
        json_kv_int(w, "list", sql_int64(s, 0));
        json_kv_int(w, "joined_us", sql_int64(s, 1));
        json_kv_string(w, "consent_text", (const char *)sqlite3_column_text(s, 2));
        json_kv_string(w, "consent_source", (const char *)sqlite3_column_text(s, 3));
        json_kv_int(w, "consent_us", sql_int64(s, 4));
        json_kv_int(w, "retain_until_us", sql_int64(s, 5));
        json_kv_int(w, "import", sql_int64(s, 6));
        json_end_object(w);
    }
    json_end_array(w);
    return rc == 0;
}

static gboolean put_person(struct db *db, const struct person *p, GString *out, GError **error)
{
    struct json_writer *w = json_writer_new_string(out, FALSE);
    json_begin_object(w);
    json_kv_string(w, "address", p->address);
    json_kv_string(w, "domain", p->domain);
    json_kv_string(w, "fields", p->fields_json);
    json_kv_int(w, "created_us", p->created_us);
    json_kv_int(w, "row_version", p->row_version);
    json_key(w, "memberships");
    gboolean ok = put_memberships(db, p->id, w, error);
    json_end_object(w);
    json_writer_free(w);
    return ok;
}

gboolean bin_take_person(struct db *db, gint64 person_id, GError **error)
{
    struct person p = {0};
    g_autoptr(GString) payload = g_string_new(NULL);
    gboolean ok =
        people_get_id(db, person_id, &p, error) && put_person(db, &p, payload, error) &&
        sql_do(db, error,
               "INSERT INTO bin (noun, name, record_id, actor, deleted_us, address_key,"
               " payload) VALUES ('person', ?, ?, ?, ?, ?, ?)",
               "sisiss", p.address, p.id, db_actor(db), clock_wall_us(), p.address_key,
               payload->str) &&
        undolog_note_delete(db, "person", p.address, sqlite3_last_insert_rowid(db_handle(db)),
                            p.id, p.address_key, error);
    person_clear(&p);
    return ok;
}

/* ---- out ---- */

static gboolean rejoin(struct db *db, gint64 person_id, const struct json *m, int *left_out,
                       GError **error)
{
    gint64 list_id = json_member_int(m, "list", 0), there = 0, consent = 0;
    struct consent c = {.text = json_member_string(m, "consent_text"),
                        .source = json_member_string(m, "consent_source")};
    if (!sql_int(db, error, 0, &there, "SELECT id FROM list WHERE id = ?", "i", list_id))
        return FALSE;
    if (there == 0) {
        (*left_out)++;
        return TRUE;
    }
    return consent_id(db, &c, &consent, error) &&
           sql_do(db, error,
                  "INSERT INTO membership (list_id, person_id, consent_id, consent_us,"
                  " joined_us, retain_until_us, import_id)"
                  " VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?, nullif(?, 0), nullif(?, 0))",
                  "iiiiiii", list_id, person_id, consent, json_member_int(m, "consent_us", 0),
                  json_member_int(m, "joined_us", 0), json_member_int(m, "retain_until_us", 0),
                  json_member_int(m, "import", 0));
}

static gboolean check_free(struct db *db, const char *address, const char *key, GError **error)
{
    gint64 taken = 0;
    if (!sql_int(db, error, 0, &taken, "SELECT id FROM person WHERE address_key = ?", "s", key))
        return FALSE;
    if (taken == 0)
        return TRUE;
    g_autofree char *shown = text_safe(address, -1, 320);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                _("%s is known again since, so nothing is restored. crier people show %s shows "
                  "what is held now"),
                shown, shown);
    return FALSE;
}

static gboolean insert_person(struct db *db, gint64 id, const char *key, const struct json *p,
                              GError **error)
{
    const char *address = json_member_string(p, "address");
    return check_free(db, address, key, error) &&
           sql_do(db, error,
                  "INSERT INTO person (id, address, address_key, domain, fields, created_us,"
                  " updated_us, row_version) VALUES (?, ?, ?, ?, ifnull(?, '{}'), ?, ?, ?)",
                  "issssiii", id, address, key, json_member_string(p, "domain"),
                  json_member_string(p, "fields"), json_member_int(p, "created_us", 0),
                  clock_wall_us(), json_member_int(p, "row_version", 0) + 1) &&
           suppression_keep_erased(db, address, key, error);
}

static gboolean put_back(struct db *db, gint64 id, const char *key, const struct json *p,
                         struct bin_restored *r, GError **error)
{
    const struct json *memberships = json_member(p, "memberships");
    if (!insert_person(db, id, key, p, error))
        return FALSE;
    r->name = g_strdup(json_member_string(p, "address"));
    for (gsize i = 0; i < json_size(memberships); i++)
        if (!rejoin(db, id, json_at(memberships, i), &r->left_out, error))
            return FALSE;
    return TRUE;
}

gboolean bin_restore_person(struct db *db, gint64 bin_id, struct bin_restored *r,
                            GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, "SELECT record_id, address_key, payload FROM bin WHERE id = ?", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", bin_id);
    if (sql_step(db, s, error) <= 0)
        return FALSE;
    gint64 id = sql_int64(s, 0);
    g_autofree char *key = sql_text(s, 1), *payload = sql_text(s, 2);
    sqlite3_reset(s);
    struct json *p = json_parse(payload, strlen(payload), error);
    gboolean ok = p != NULL && put_back(db, id, key, p, r, error);
    json_unref(p);
    return ok;
}

/* ---- telling ---- */

GPtrArray *bin_held_of(struct db *db, gint64 person_id, const char *address_key, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT json_object('kept', 'bin', 'since', strftime('%Y-%m-%dT%H:%M:%SZ',"
        " deleted_us / 1000000, 'unixepoch'), 'record', json(payload)) FROM bin"
        " WHERE address_key = ?1 UNION ALL SELECT json_object('kept', 'undo', 'since',"
        " strftime('%Y-%m-%dT%H:%M:%SZ', at_us / 1000000, 'unixepoch'), 'action', action,"
        " 'name', name, 'record', json(data)) FROM undo"
        " WHERE address_key = ?1 OR (?2 > 0 AND person_id = ?2)",
        error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "si", address_key, person_id);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0)
        g_ptr_array_add(all, sql_text(s, 0));
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

/* ---- for good ---- */

gboolean bin_forget_person(struct db *db, gint64 person_id, const char *address_key,
                           gint64 *ret_n, GError **error)
{
    if (!sql_do(db, error,
                "DELETE FROM bin WHERE address_key = ?1 OR (noun = 'person'"
                " AND record_id = ?2)",
                "si", address_key, person_id))
        return FALSE;
    *ret_n = sql_changes(db);
    return undolog_forget_person(db, person_id, address_key, error);
}

/*
 * What was deleted: kept for 30 days, put back, or ended. What may be deleted is each record's
 * own business.
 */
#include "config.h"

#include "store/bin.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/audit.h"
#include "store/bin_private.h"
#include "store/inbound.h"
#include "store/records_private.h"
#include "store/recovery.h"
#include "store/undolog.h"
#include "store/undolog_private.h"

#define MAX_NAME 64
#define MAX_NUMBER 10000
#define DAY_US (24 * 3600 * CLOCK_SECOND_US)

/* ---- in ---- */

gboolean bin_take(struct db *db, const char *noun, gint64 id, const char *name, GError **error)
{
    gint64 now = clock_wall_us();
    if (!sql_do(db, error,
                "INSERT INTO bin (noun, name, record_id, actor, deleted_us)"
                " VALUES (?, ?, ?, ?, ?)",
                "ssisi", noun, name, id, db_actor(db), now))
        return FALSE;
    gint64 bin_id = sqlite3_last_insert_rowid(db_handle(db));
    return sql_do(db, error,
                  sql_text_of("UPDATE ", noun,
                              " SET name = name || '~' || ?1, deleted_us = ?2,"
                              " row_version = row_version + 1"
                              " WHERE id = ?3 AND deleted_us IS NULL"),
                  "iii", bin_id, now, id) &&
           undolog_note_delete(db, noun, name, bin_id, 0, NULL, error);
}

/* ---- reading ---- */

static void entry_clear(struct bin_entry *e)
{
    g_free(e->noun);
    g_free(e->name);
    g_free(e->actor);
}

static void entry_free(gpointer data)
{
    entry_clear(data);
    g_free(data);
}

GPtrArray *bin_page(struct db *db, gint64 before_id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT id, noun, name, actor, deleted_us FROM bin"
                                  " WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2",
                                  error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", before_id, (gint64)max);
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func(entry_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct bin_entry *e = g_new0(struct bin_entry, 1);
        *e = (struct bin_entry){
            .id = sql_int64(s, 0),
            .noun = sql_text(s, 1),
            .name = sql_text(s, 2),
            .actor = sql_text(s, 3),
            .deleted_us = sql_int64(s, 4),
        };
        e->ends_us = e->deleted_us + BIN_DAYS * DAY_US;
        g_ptr_array_add(page, e);
    }
    return rc == 0 ? g_steal_pointer(&page) : NULL;
}

gint64 bin_count(struct db *db, GError **error)
{
    gint64 n = 0;
    return sql_int(db, error, 0, &n, "SELECT count(*) FROM bin", "") ? n : -1;
}

struct row {
    gint64 id, record_id;
    char *noun, *name; /* owned */
};

static void row_clear(struct row *r)
{
    g_free(r->noun);
    g_free(r->name);
}

static gboolean get_row(struct db *db, gint64 id, struct row *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, "SELECT id, record_id, noun, name FROM bin WHERE id = ?", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = sql_step(db, s, error);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("there is no entry %" PRId64 " in the bin. See those there are with: "
                      "crier bin list"),
                    id);
    if (rc <= 0)
        return FALSE;
    *ret = (struct row){sql_int64(s, 0), sql_int64(s, 1), sql_text(s, 2), sql_text(s, 3)};
    sqlite3_reset(s);
    return TRUE;
}

/* ---- out ---- */

void bin_restored_clear(struct bin_restored *r)
{
    g_free(r->noun);
    g_free(r->name);
    g_free(r->was);
    memset(r, 0, sizeof *r);
}

static gboolean is_taken(struct db *db, const char *table, const char *name, gboolean *ret,
                         GError **error)
{
    gint64 taken = 0;
    if (!sql_int(db, error, 0, &taken,
                 sql_text_of("SELECT id FROM ", table, " WHERE name = ?"), "s", name))
        return FALSE;
    *ret = *ret || taken != 0;
    return TRUE;
}

/* The name itself, else "spring-2", "spring-3" …; a long one is cut. NULL on error. */
static char *free_name(struct db *db, const struct record_kind *k, const char *name, GError **error)
{
    for (int n = 1; n < MAX_NUMBER; n++) {
        gboolean taken = FALSE;
        g_autofree char *tail = n > 1 ? g_strdup_printf("-%d", n) : g_strdup("");
        g_autofree char *made = g_strdup_printf(
            "%.*s%s", (int)MIN(strlen(name), MAX_NAME - strlen(tail)), name, tail);
        if (!is_taken(db, k->noun, made, &taken, error) ||
            (k->namesakes != NULL && !is_taken(db, k->namesakes, made, &taken, error)))
            return NULL;
        if (!taken)
            return g_steal_pointer(&made);
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                _("%s and %d names like it are taken. Delete some of them"), name, MAX_NUMBER);
    return NULL;
}

/* Who left the list that has the name now meant this one too. */
static gboolean restore_list_rules(struct db *db, const struct row *r, GError **error)
{
    gint64 namesake = 0;
    if (strcmp(r->noun, "list") != 0)
        return TRUE;
    return sql_int(db, error, 0, &namesake, "SELECT id FROM list WHERE name = ?", "s",
                   r->name) &&
           (namesake == 0 || suppression_copy_list(db, namesake, r->record_id, error));
}

static gboolean may_come_back(struct db *db, const struct record_kind *k, gint64 id,
                              GError **error)
{
    if (k->check_back == NULL)
        return TRUE;
    void *record = record_in_bin(db, k, id, error);
    gboolean ok = record != NULL && k->check_back(db, record, error);
    if (record != NULL)
        k->free(record);
    return ok;
}

static gboolean restore_row(struct db *db, const struct row *r, struct bin_restored *done,
                            GError **error)
{
    const struct record_kind *k = record_kind_of(r->noun);
    if (k == NULL)
        return bin_restore_person(db, r->id, done, error);
    if (!may_come_back(db, k, r->record_id, error))
        return FALSE;
    done->name = free_name(db, k, r->name, error);
    if (done->name == NULL || !restore_list_rules(db, r, error) ||
        !sql_do(db, error,
                sql_text_of("UPDATE ", k->noun,
                            " SET name = ?1, deleted_us = NULL, row_version = row_version + 1"
                            " WHERE id = ?2 AND deleted_us IS NOT NULL"),
                "si", done->name, r->record_id))
        return FALSE;
    if (strcmp(done->name, r->name) != 0)
        done->was = g_strdup(r->name);
    return TRUE;
}

static gboolean restore(struct db *db, gint64 id, struct bin_restored *done, GError **error)
{
    struct row r;
    if (!get_row(db, id, &r, error))
        return FALSE;
    done->noun = g_strdup(r.noun);
    g_autofree char *number = g_strdup_printf("#%" PRId64, r.record_id);
    gboolean is_person = strcmp(r.noun, "person") == 0;
    gboolean ok =
        restore_row(db, &r, done, error) &&
        sql_do(db, error, "DELETE FROM bin WHERE id = ?", "i", id) &&
        sql_do(db, error,
               "UPDATE undo SET undone_us = ? WHERE action = 'delete'"
               " AND record_id = ?",
               "ii", clock_wall_us(), id) &&
        audit_write(db, "restore", r.noun, is_person ? number : done->name, done->was, error);
    row_clear(&r);
    return ok;
}

gboolean bin_restore(struct db *db, gint64 id, struct bin_restored *ret, GError **error)
{
    gboolean own;
    struct bin_restored done = {0};
    if (!sql_enter(db, &own, error))
        return FALSE;
    if (sql_leave(db, own, restore(db, id, &done, error), error)) {
        *ret = done;
        return TRUE;
    }
    bin_restored_clear(&done);
    return FALSE;
}

/* ---- the end ---- */

static gboolean forget(struct db *db, const struct row *r, GError **error)
{
    g_autofree char *number = g_strdup_printf("#%" PRId64, r->record_id);
    gboolean is_person = strcmp(r->noun, "person") == 0;
    return sql_do(db, error, "DELETE FROM bin WHERE id = ?", "i", r->id) &&
           sql_do(db, error, "DELETE FROM undo WHERE action = 'delete' AND record_id = ?", "i",
                  r->id) &&
           audit_write(db, "destroy", r->noun, is_person ? number : r->name, "", error);
}

/* Of a person the entry is all there is. */
static gboolean destroy(struct db *db, const struct row *r, GError **error)
{
    const struct record_kind *k = record_kind_of(r->noun);
    if (k == NULL)
        return TRUE;
    if (k->destroy != NULL)
        return k->destroy(db, r->record_id, r->name, error);
    return sql_do(db, error, sql_text_of("DELETE FROM ", k->noun, " WHERE id = ?"), "i",
                  r->record_id);
}

gboolean bin_drop(struct db *db, gint64 id, GError **error)
{
    struct row r;
    if (!get_row(db, id, &r, error))
        return FALSE;
    /* The entry last: what is cut short is still in the bin. */
    gboolean ok = destroy(db, &r, error) && db_begin(db, error) &&
                  sql_leave(db, TRUE, forget(db, &r, error), error);
    row_clear(&r);
    return ok;
}

gboolean bin_empty(struct db *db, gint64 before_us, gint64 *ret_n, GError **error)
{
    for (*ret_n = 0;; (*ret_n)++) {
        gint64 id = 0;
        if (!sql_int(db, error, 0, &id,
                     "SELECT id FROM bin WHERE deleted_us < ? ORDER BY id LIMIT 1", "i",
                     before_us))
            return FALSE;
        if (id == 0)
            return TRUE;
        if (!bin_drop(db, id, error))
            return FALSE;
        db_give_way(db);
    }
}

/* Mail that came back before is not kept whole; without the setting nothing goes. */
static gint64 mail_before_us(struct db *db, gint64 now_us)
{
    struct settings s = {0};
    if (!settings_load(db, &s, NULL))
        return 0;
    gint64 before_us = now_us - s.keep_mail_s * CLOCK_SECOND_US;
    settings_clear(&s);
    return before_us;
}

gboolean bin_has_expired(struct db *db, gint64 now_us)
{
    gint64 oldest = G_MAXINT64;
    sql_int(db, NULL, G_MAXINT64, &oldest,
            "SELECT min(ifnull((SELECT deleted_us FROM bin ORDER BY id LIMIT 1), ?1),"
            " ifnull((SELECT at_us FROM undo ORDER BY id LIMIT 1), ?1),"
            " ifnull((SELECT min(saved_us) FROM recovery), ?1))",
            "i", G_MAXINT64);
    return oldest < now_us - BIN_DAYS * DAY_US ||
           inbound_has_to_prune(db, mail_before_us(db, now_us));
}

gboolean bin_expire(struct db *db, gint64 now_us, gint64 *ret_n, GError **error)
{
    gint64 before_us = now_us - BIN_DAYS * DAY_US;
    return bin_empty(db, before_us, ret_n, error) && undolog_prune(db, before_us, error) &&
           recovery_prune(db, before_us, error) &&
           inbound_prune(db, mail_before_us(db, now_us), error);
}

/*
 * The other half of a difference import: who is on the list but was not in the file. Only the
 * membership goes; the person and what was sent to them stay.
 */
#include "config.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/db_private.h"
#include "store/import_private.h"
#include "store/sql.h"

#define PAGE_ROWS 5000
#define BATCH_ROWS 1000

/* One page of members behind `*after`; how many there were, -1 on error. */
static int count_page(struct people_import *im, sqlite3_stmt *look, gint64 *after,
                      gint64 *missing, GError **error)
{
    sqlite3_stmt *s = sql_prepare(im->db,
                                  "SELECT p.id, p.address_key FROM membership m"
                                  " JOIN person p ON p.id = m.person_id"
                                  " WHERE m.list_id = ? AND m.person_id > ?"
                                  " ORDER BY m.person_id LIMIT ?",
                                  error);
    if (s == NULL)
        return -1;
    sql_bind(s, "iii", im->list_id, *after, (gint64)PAGE_ROWS);
    int rc, n = 0;
    while ((rc = sql_step(im->db, s, error)) > 0) {
        *after = sql_int64(s, 0);
        n++;
        sqlite3_bind_int64(look, 1, import_key_hash(sql_peek(s, 1)));
        *missing += sqlite3_step(look) != SQLITE_ROW;
        sqlite3_reset(look);
    }
    return rc == 0 ? n : -1;
}

gboolean people_import_missing(struct people_import *im, gint64 *ret_n, GError **error)
{
    g_assert(im->dry_run);
    sqlite3_stmt *look = NULL;
    gint64 after = 0, missing = 0;
    int n = PAGE_ROWS;
    if (sqlite3_prepare_v2(im->seen, "SELECT 1 FROM seen WHERE hash = ?", -1, &look, NULL) !=
        SQLITE_OK) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                    _("temporary file of the dry run: %s. Free some space and try again"),
                    sqlite3_errmsg(im->seen));
        return FALSE;
    }
    while (n == PAGE_ROWS)
        n = count_page(im, look, &after, &missing, error);
    sqlite3_finalize(look);
    if (n < 0)
        return FALSE;
    *ret_n = missing;
    return TRUE;
}

/* Who joined while the file was read is not missing from it. */
#define MISSING                                                                                \
    " FROM membership WHERE list_id = ?1 AND person_id > ?2 AND ifnull(import_id, 0) <> ?3"    \
    " AND joined_us < ?4"

static gboolean drop_some(struct people_import *im, gint64 *after, gint64 *ret_n,
                          GError **error)
{
    gint64 end = 0;
    *ret_n = 0;
    if (!sql_int(im->db, error, 0, &end,
                 "SELECT ifnull(max(person_id), 0) FROM (SELECT person_id" MISSING
                 " ORDER BY person_id LIMIT ?5)",
                 "iiiii", im->list_id, *after, im->id, im->begun_us, (gint64)BATCH_ROWS))
        return FALSE;
    if (end == 0)
        return TRUE;
    if (!sql_do(im->db, error,
                "INSERT INTO import_row (import_id, person_id, had_joined, has_left, version,"
                " old_consent_id, old_consent_us, old_joined_us, old_retain_until_us,"
                " old_import_id)"
                " SELECT ?3, person_id, 1, 1, 0, consent_id, consent_us, joined_us,"
                " retain_until_us, import_id" MISSING " AND person_id <= ?5",
                "iiiii", im->list_id, *after, im->id, im->begun_us, end) ||
        !sql_do(
            im->db, error,
            "DELETE FROM membership WHERE list_id = ?1 AND person_id > ?2 AND person_id <= ?5"
            " AND ifnull(import_id, 0) <> ?3 AND joined_us < ?4",
            "iiiii", im->list_id, *after, im->id, im->begun_us, end))
        return FALSE;
    *ret_n = sql_changes(im->db);
    *after = end;
    return TRUE;
}

gboolean people_import_drop_missing(struct people_import *im, gint64 *ret_n, GError **error)
{
    g_assert(im->id != 0);
    gint64 after = 0, all = 0, n = 0;
    do {
        if (!db_begin(im->db, error) ||
            !sql_leave(im->db, TRUE, drop_some(im, &after, &n, error), error))
            return FALSE;
        all += n;
        db_give_way(im->db);
    } while (n > 0);
    *ret_n = all;
    if (all == 0)
        return TRUE;
    g_autofree char *text = g_strdup_printf("%s: %" G_GINT64_FORMAT " left", im->source, all);
    return db_begin(im->db, error) &&
           sql_leave(im->db, TRUE,
                     audit_write(im->db, "sync", "list", im->list_name, text, error), error);
}

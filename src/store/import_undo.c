/*
 * Imports that were, and taking one back: who was new goes again, who was known gets back what
 * was changed. What happened to a person since is never undone with it: who was mailed, changed
 * or came again stays, and is counted under the reason.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/people_private.h"
#include "store/sql.h"
#include "store/undolog_private.h"

#define BATCH_ROWS 1000

const char *import_undo_name(enum import_undo u)
{
    static const char *const names[UNDO_COUNT] = {
        [UNDO_REMOVED] = "removed",         [UNDO_LEFT] = "left",
        [UNDO_RESTORED] = "restored",       [UNDO_REJOINED] = "rejoined",
        [UNDO_KEPT_MAILED] = "kept_mailed", [UNDO_KEPT_CHANGED] = "kept_changed",
        [UNDO_KEPT_AGAIN] = "kept_again",   [UNDO_KEPT_ELSEWHERE] = "kept_elsewhere",
    };
    g_assert(u < UNDO_COUNT);
    return names[u];
}

/* ---- reading ---- */

void import_record_clear(struct import_record *r)
{
    g_free(r->list);
    g_free(r->source);
    g_free(r->actor);
    g_free(r->counts);
    memset(r, 0, sizeof *r);
}

static void record_free(gpointer data)
{
    import_record_clear(data);
    g_free(data);
}

#define RECORD_COLUMNS                                                                         \
    "SELECT i.id, l.name, i.source, i.actor, i.counts, i.begun_us, ifnull(i.ended_us, 0),"     \
    " ifnull(i.undone_us, 0) FROM import i LEFT JOIN list l ON l.id = i.list_id"         \
    " AND l.deleted_us IS NULL"

static void read_record(sqlite3_stmt *s, struct import_record *r)
{
    r->id = sql_int64(s, 0);
    r->list = sql_text(s, 1);
    r->source = sql_text(s, 2);
    r->actor = sql_text(s, 3);
    r->counts = sql_text(s, 4);
    r->begun_us = sql_int64(s, 5);
    r->ended_us = sql_int64(s, 6);
    r->undone_us = sql_int64(s, 7);
}

static GPtrArray *read_records(struct db *db, sqlite3_stmt *s, GError **error)
{
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func(record_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct import_record *r = g_new0(struct import_record, 1);
        read_record(s, r);
        g_ptr_array_add(page, r);
    }
    return rc == 0 ? g_steal_pointer(&page) : NULL;
}

GPtrArray *imports_page(struct db *db, gint64 before_id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db, RECORD_COLUMNS " WHERE ?1 = 0 OR i.id < ?1 ORDER BY i.id DESC LIMIT ?2", error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", before_id, (gint64)max);
    return read_records(db, s, error);
}

GPtrArray *imports_of_person(struct db *db, gint64 person_id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        RECORD_COLUMNS " WHERE EXISTS (SELECT 1 FROM import_row r WHERE r.import_id = i.id"
                       " AND r.person_id = ?1)"
                       " OR EXISTS (SELECT 1 FROM import_new n WHERE n.import_id = i.id"
                       " AND n.first_id <= ?1 AND n.end_id > ?1)"
                       " OR EXISTS (SELECT 1 FROM membership m WHERE m.list_id = i.list_id"
                       " AND m.person_id = ?1 AND m.import_id = i.id) ORDER BY i.id",
        error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", person_id);
    return read_records(db, s, error);
}

gboolean import_get(struct db *db, gint64 id, struct import_record *ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    RECORD_COLUMNS " WHERE i.id = ?1 OR (?1 = 0 AND i.undone_us IS"
                                   " NULL) ORDER BY i.id DESC LIMIT 1",
                    error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = sql_step(db, s, error);
    if (rc > 0) {
        memset(ret, 0, sizeof *ret);
        read_record(s, ret);
        sqlite3_reset(s);
    } else if (rc == 0 && id == 0) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                            _("there is no import to undo. See those that were with: crier "
                              "people imports"));
    } else if (rc == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("there is no import %" PRId64 ". See those that were with: crier people "
                      "imports"),
                    id);
    }
    return rc > 0;
}

/* ---- undoing ---- */

struct undo {
    struct db *db; /* borrowed */
    gint64 id, list_id, begun_us;
    gboolean dry_run;
    gint64 *n; /* borrowed; UNDO_COUNT */
    gint64 n_seen, total;
};

struct fate { /* of one person, as read */
    gint64 person_id;
    gboolean is_member, is_ours, is_mailed, is_elsewhere;
    gint64 version, version_now; /* as good as; as it is */
    /* --- of who was known --- */
    gboolean exists, had_joined, has_left, has_fields;
    gint64 version_then;
};

/* The membership is this import's, or of one that was undone since. */
#define IS_OURS                                                                                \
    "(m.import_id = ?1 OR EXISTS (SELECT 1 FROM import i WHERE i.id = m.import_id"             \
    " AND i.undone_us IS NOT NULL))"

static gboolean each_fate(struct undo *u, sqlite3_stmt *s, GArray *fates, GError **error)
{
    int rc;
    while ((rc = sql_step(u->db, s, error)) > 0) {
        struct fate f = {
            .person_id = sql_int64(s, 0),
            .version = sql_int64(s, 1),
            .is_member = sql_int64(s, 2) != 0,
            .is_ours = sql_int64(s, 3) != 0,
            .is_mailed = sql_int64(s, 4) != 0,
            .is_elsewhere = sql_int64(s, 5) != 0,
            .exists = sql_int64(s, 6) != 0,
            .had_joined = sql_int64(s, 7) != 0,
            .has_left = sql_int64(s, 8) != 0,
            .has_fields = sql_int64(s, 9) != 0,
            .version_then = sql_int64(s, 10),
        };
        g_array_append_val(fates, f);
    }
    return rc == 0;
}

static gboolean read_new(struct undo *u, gint64 from, gint64 end, GArray *fates, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        u->db,
        "SELECT p.id, p.row_version, m.person_id IS NOT NULL, " IS_OURS ","
        " EXISTS (SELECT 1 FROM delivery d WHERE d.person_id = p.id),"
        " EXISTS (SELECT 1 FROM list l CROSS JOIN membership o ON o.list_id = l.id"
        " AND o.person_id = p.id WHERE l.id <> ?2), 1, 0, 0, 0, 1"
        " FROM person p LEFT JOIN membership m ON m.list_id = ?2 AND m.person_id = p.id"
        " WHERE p.id >= ?3 AND p.id < ?4 ORDER BY p.id LIMIT ?5",
        error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "iiiii", u->id, u->list_id, from, end, (gint64)BATCH_ROWS);
    return each_fate(u, s, fates, error);
}

static gboolean read_known(struct undo *u, gint64 after, GArray *fates, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        u->db,
        "SELECT r.person_id, ifnull(p.row_version, 0), m.person_id IS NOT NULL, " IS_OURS ","
        " EXISTS (SELECT 1 FROM delivery d JOIN campaign c ON c.id = d.campaign_id"
        " JOIN campaign_list cl ON cl.campaign_id = c.id AND cl.list_id = ?2"
        " AND cl.is_excluded = 0"
        " WHERE d.person_id = r.person_id AND ifnull(c.started_us, ?4) >= ?4), 0,"
        " p.id IS NOT NULL, r.had_joined, r.has_left, r.old_fields IS NOT NULL, r.version"
        " FROM import_row r LEFT JOIN person p ON p.id = r.person_id"
        " LEFT JOIN membership m ON m.list_id = ?2 AND m.person_id = r.person_id"
        " WHERE r.import_id = ?1 AND r.is_undone = 0 AND r.person_id > ?3 ORDER BY r.person_id "
        "LIMIT ?5",
        error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "iiiii", u->id, u->list_id, after, u->begun_us, (gint64)BATCH_ROWS);
    return each_fate(u, s, fates, error);
}

static gboolean leave(struct undo *u, gint64 person_id, GError **error)
{
    return sql_do(u->db, error, "DELETE FROM membership WHERE list_id = ? AND person_id = ?",
                  "ii", u->list_id, person_id);
}

/* A later import that was undone has left a version that is as good as the one before it. */
static gboolean reduce_version(struct undo *u, struct fate *f, GError **error)
{
    for (gint64 before = 0; f->version != f->version_then; f->version = before) {
        if (!sql_int(
                u->db, error, 0, &before,
                "SELECT r.old_version FROM import i JOIN import_row r ON r.import_id = i.id"
                " AND r.person_id = ?2 WHERE i.id > ?1 AND i.undone_us IS NOT NULL"
                " AND r.is_undone = 1 AND r.version = ?3",
                "iii", u->id, f->person_id, f->version))
            return FALSE;
        if (before == 0 || before >= f->version)
            return TRUE;
    }
    return TRUE;
}

static enum import_undo judge_new(const struct fate *f)
{
    if (f->is_mailed)
        return UNDO_KEPT_MAILED;
    if (f->is_member && !f->is_ours)
        return UNDO_KEPT_AGAIN;
    if (f->version != f->version_then)
        return UNDO_KEPT_CHANGED;
    return f->is_elsewhere ? UNDO_KEPT_ELSEWHERE : UNDO_REMOVED;
}

static gboolean undo_new(struct undo *u, const struct fate *f, GError **error)
{
    enum import_undo what = judge_new(f);
    u->n[what]++;
    if (u->dry_run || (what != UNDO_REMOVED && what != UNDO_KEPT_ELSEWHERE))
        return TRUE;
    return leave(u, f->person_id, error) &&
           (what != UNDO_REMOVED ||
            sql_do(u->db, error, "DELETE FROM person WHERE id = ?", "i", f->person_id));
}

/* The principal thing that becomes of somebody who was known. */
static enum import_undo judge_known(const struct fate *f)
{
    if (!f->exists || (f->has_left && f->is_member))
        return UNDO_KEPT_CHANGED;
    if (f->has_left)
        return UNDO_REJOINED;
    if (f->is_member && !f->is_ours)
        return UNDO_KEPT_AGAIN;
    if (f->has_fields && f->version != f->version_then)
        return UNDO_KEPT_CHANGED;
    if (f->had_joined)
        return UNDO_RESTORED;
    return f->is_mailed ? UNDO_KEPT_MAILED : UNDO_LEFT;
}

static gboolean put_back(struct undo *u, const struct fate *f, enum import_undo what,
                         GError **error)
{
    if (what == UNDO_REJOINED)
        return sql_do(u->db, error,
                      "INSERT INTO membership (list_id, person_id, consent_id, consent_us,"
                      " joined_us, retain_until_us, import_id) SELECT ?1, person_id,"
                      " old_consent_id, old_consent_us, old_joined_us, old_retain_until_us,"
                      " old_import_id FROM import_row WHERE import_id = ?2 AND person_id = ?3",
                      "iii", u->list_id, u->id, f->person_id);
    if (f->has_fields &&
        !sql_do(u->db, error,
                "UPDATE person SET fields = (SELECT old_fields FROM import_row WHERE"
                " import_id = ?1 AND person_id = ?2), updated_us = ?3,"
                " row_version = row_version + 1 WHERE id = ?2",
                "iii", u->id, f->person_id, clock_wall_us()))
        return FALSE;
    if (what == UNDO_LEFT)
        return leave(u, f->person_id, error);
    if (!f->had_joined || !f->is_member)
        return TRUE;
    return sql_do(u->db, error,
                  "UPDATE membership SET (consent_id, consent_us, retain_until_us, import_id) ="
                  " (SELECT old_consent_id, old_consent_us, old_retain_until_us, old_import_id"
                  " FROM import_row WHERE import_id = ?1 AND person_id = ?2)"
                  " WHERE list_id = ?3 AND person_id = ?2",
                  "iii", u->id, f->person_id, u->list_id);
}

static gboolean undo_known(struct undo *u, const struct fate *f, GError **error)
{
    enum import_undo what = judge_known(f);
    u->n[what]++;
    if (u->dry_run)
        return TRUE;
    gboolean changes = what == UNDO_REJOINED || what == UNDO_LEFT || what == UNDO_RESTORED ||
                       (what == UNDO_KEPT_MAILED && f->has_fields);
    return (!changes || put_back(u, f, what, error)) &&
           sql_do(u->db, error,
                  "UPDATE import_row SET is_undone = 1, old_fields = NULL, version = ?3"
                  " WHERE import_id = ?1 AND person_id = ?2",
                  "iii", u->id, f->person_id,
                  changes && f->has_fields ? f->version_now + 1 : (gint64)0);
}

/* One batch: the people from `from` (of a range of new ones up to `end`; of known ones when it
 * is 0). In one transaction they are read and changed. */
static gboolean undo_batch(struct undo *u, gint64 *from, gint64 end, gboolean *ret_more,
                           GError **error)
{
    g_autoptr(GArray) fates = g_array_new(FALSE, FALSE, sizeof(struct fate));
    gboolean ok =
        end > 0 ? read_new(u, *from, end, fates, error) : read_known(u, *from, fates, error);
    for (guint i = 0; ok && i < fates->len; i++) {
        struct fate *f = &g_array_index(fates, struct fate, i);
        f->version_now = f->version;
        ok = reduce_version(u, f, error);
        ok = ok && (end > 0 ? undo_new(u, f, error) : undo_known(u, f, error));
        *from = end > 0 ? f->person_id + 1 : f->person_id;
    }
    *ret_more = fates->len == BATCH_ROWS;
    u->n_seen += fates->len;
    return ok && (u->dry_run || end == 0 || *from == 0 ||
                  person_keep_id_used(u->db, *from - 1, error));
}

static gboolean undo_all_of(struct undo *u, gint64 from, gint64 end, GError **error)
{
    for (gboolean more = TRUE; more;) {
        if (u->dry_run) {
            if (!undo_batch(u, &from, end, &more, error))
                return FALSE;
            undolog_tell(u->db, u->n_seen, u->total);
            continue;
        }
        if (!db_begin(u->db, error) ||
            !sql_leave(u->db, TRUE, undo_batch(u, &from, end, &more, error), error))
            return FALSE;
        undolog_tell(u->db, u->n_seen, u->total);
        db_give_way(u->db);
    }
    return TRUE;
}

/* The ranges of new people: (first, end) one behind the other. */
static GArray *ranges_of(struct undo *u, GError **error)
{
    sqlite3_stmt *s = sql_prepare(u->db,
                                  "SELECT first_id, end_id FROM import_new WHERE import_id = ?"
                                  " ORDER BY first_id",
                                  error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", u->id);
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(gint64));
    int rc;
    while ((rc = sql_step(u->db, s, error)) > 0) {
        gint64 first = sql_int64(s, 0), end = sql_int64(s, 1);
        g_array_append_val(ranges, first);
        g_array_append_val(ranges, end);
    }
    return rc == 0 ? g_steal_pointer(&ranges) : NULL;
}

static gboolean count_people(struct undo *u, GError **error)
{
    return sql_int(u->db, error, 0, &u->total,
                   "SELECT (SELECT count(*) FROM import_new n JOIN person p"
                   " ON p.id >= n.first_id AND p.id < n.end_id WHERE n.import_id = ?1)"
                   " + (SELECT count(*) FROM import_row WHERE import_id = ?1 AND is_undone = 0)",
                   "i", u->id);
}

static gboolean undo_people(struct undo *u, GError **error)
{
    g_autoptr(GArray) ranges = count_people(u, error) ? ranges_of(u, error) : NULL;
    if (ranges == NULL)
        return FALSE;
    for (guint i = 0; i < ranges->len; i += 2)
        if (!undo_all_of(u, g_array_index(ranges, gint64, i),
                         g_array_index(ranges, gint64, i + 1), error))
            return FALSE;
    return undo_all_of(u, 0, 0, error);
}

static gboolean write_undone(struct undo *u, const struct import_record *r, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *name = g_strdup_printf("#%" G_GINT64_FORMAT, u->id);
    g_string_append_printf(text, "%s:", r->source);
    for (int i = 0; i < UNDO_COUNT; i++)
        g_string_append_printf(text, "%s %" G_GINT64_FORMAT " %s", i > 0 ? "," : "", u->n[i],
                               import_undo_name(i));
    return sql_do(u->db, error, "UPDATE import SET undone_us = ? WHERE id = ?", "ii",
                  clock_wall_us(), u->id) &&
           sql_do(u->db, error,
                  "UPDATE undo SET undone_us = ? WHERE action = 'import' AND record_id = ?",
                  "ii", clock_wall_us(), u->id) &&
           audit_write(u->db, "undo", "import", name, text->str, error);
}

gboolean import_undo(struct db *db, gint64 id, gboolean dry_run, gint64 ret_n[UNDO_COUNT],
                     GError **error)
{
    struct import_record r = {0};
    struct undo u = {.db = db, .dry_run = dry_run, .n = ret_n};
    memset(ret_n, 0, sizeof(gint64) * UNDO_COUNT);
    if (!import_get(db, id, &r, error))
        return FALSE;
    u.id = r.id;
    u.begun_us = r.begun_us;
    gboolean ok =
        sql_int(db, error, 0, &u.list_id, "SELECT list_id FROM import WHERE id = ?", "i", r.id);
    if (ok && r.undone_us > 0) {
        g_autofree char *when = clock_format_utc(r.undone_us);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("import %" PRId64 " was undone already (%s)"), r.id, when);
        ok = FALSE;
    }
    if (ok && !r.list) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
            _("import %" PRId64 ": its list is deleted, and with it what could be undone. "
              "While it is in the bin, restore it first: crier bin list"),
            r.id);
        ok = FALSE;
    }
    ok = ok && undo_people(&u, error) &&
         (dry_run ||
          (db_begin(db, error) && sql_leave(db, TRUE, write_undone(&u, &r, error), error)));
    import_record_clear(&r);
    return ok;
}

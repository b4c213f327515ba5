/*
 * Rows of table doctor_verdict. When the doctor is to be run by itself is app/doctor_due.c's.
 */
#include "config.h"

#include "store/doctor_verdicts.h"

#include <string.h>

#include "base/clock.h"
#include "store/sql.h"

/* So long a verdict stands for trouble whose beginning is not known. */
#define EXPLAINS_US (7200 * CLOCK_SECOND_US)

void doctor_verdict_free(struct doctor_verdict *v)
{
    if (!v)
        return;
    g_free(v->kind);
    g_free(v->name);
    g_free(v->result);
    g_free(v->text);
    g_free(v->code);
    g_free(v->who);
    g_free(v->next);
    g_free(v->cause);
    g_free(v->report);
    g_free(v);
}

static void free_item(gpointer v)
{
    doctor_verdict_free(v);
}

static gboolean put(struct db *db, const struct doctor_verdict *v, GError **error)
{
    return sql_do(
               db, error,
               "INSERT INTO doctor_verdict (kind, record_id, name, begun_us, took_us, result,"
               " text, code, who, next, cause, report)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               "sisiisssssss", v->kind, v->record_id, v->name, v->begun_us, v->took_us,
               v->result, v->text, v->code, v->who, v->next, v->cause, v->report) &&
           sql_do(db, error,
                  "DELETE FROM doctor_verdict WHERE kind = ?1 AND record_id = ?2"
                  " AND (?2 > 0 OR name = ?3) AND id NOT IN (SELECT id FROM doctor_verdict"
                  " WHERE kind = ?1 AND record_id = ?2 AND (?2 > 0 OR name = ?3)"
                  " ORDER BY id DESC LIMIT ?4)",
                  "sisi", v->kind, v->record_id, v->name, (gint64)DOCTOR_VERDICTS_KEPT);
}

gboolean doctor_verdicts_put(struct db *db, const struct doctor_verdict *v, GError **error)
{
    if (!db_begin(db, error))
        return FALSE;
    if (put(db, v, error) && db_commit(db, error))
        return TRUE;
    db_rollback(db);
    return FALSE;
}

#define COLUMNS                                                                                \
    "SELECT v.id, v.kind, CASE v.kind WHEN 'server' THEN s.name WHEN 'mailbox' THEN m.name"    \
    " ELSE v.name END, v.record_id, v.begun_us, v.took_us, v.result,"                          \
    " v.text, v.code, v.who, v.next, v.cause"
#define REPORT 12 /* the column behind them */
#define FROM                                                                                   \
    " FROM doctor_verdict v"                                                                   \
    " LEFT JOIN server s ON v.kind = 'server' AND s.id = v.record_id AND s.deleted_us IS NULL" \
    " LEFT JOIN mailbox m ON v.kind = 'mailbox' AND m.id = v.record_id"                        \
    " AND m.deleted_us IS NULL"                                                                \
    " WHERE (v.record_id = 0 OR s.id OR m.id)"

static struct doctor_verdict *read_row(sqlite3_stmt *s)
{
    struct doctor_verdict *v = g_new0(struct doctor_verdict, 1);
    v->id = sql_int64(s, 0);
    v->kind = sql_text(s, 1);
    v->name = sql_text(s, 2);
    v->record_id = sql_int64(s, 3);
    v->begun_us = sql_int64(s, 4);
    v->took_us = sql_int64(s, 5);
    v->result = sql_text(s, 6);
    v->text = sql_text(s, 7);
    v->code = sql_text(s, 8);
    v->who = sql_text(s, 9);
    v->next = sql_text(s, 10);
    v->cause = sql_text(s, 11);
    return v;
}

GPtrArray *doctor_verdicts_all(struct db *db, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        COLUMNS FROM " AND NOT EXISTS (SELECT 1 FROM doctor_verdict n WHERE n.kind = v.kind"
                     " AND n.record_id = v.record_id AND (n.record_id > 0 OR n.name = v.name)"
                     " AND n.id > v.id) ORDER BY v.kind, v.name",
        error);
    if (!s)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_item);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_ptr_array_add(all, read_row(s));
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

gboolean doctor_verdicts_latest(struct db *db, const char *kind, gint64 record_id,
                                const char *name, struct doctor_verdict **ret, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    COLUMNS ", v.report" FROM " AND v.kind = ?1 AND v.record_id = ?2"
                            " AND (?2 > 0 OR v.name = ?3)"
                            " ORDER BY v.id DESC LIMIT 1",
                    error);
    if (!s)
        return FALSE;
    sql_bind(s, "sis", kind, record_id, name);
    struct doctor_verdict *v = NULL;
    int step = sql_step(db, s, error);
    if (step > 0) {
        v = read_row(s);
        v->report = sql_text(s, REPORT);
        sqlite3_reset(s);
    }
    if (step < 0)
        return FALSE;
    *ret = v;
    return TRUE;
}

struct doctor_verdict *doctor_verdicts_since(struct db *db, const char *kind, gint64 record_id,
                                             gint64 since_us, gboolean and_warnings)
{
    gint64 from_us = since_us > 0 ? since_us : clock_wall_us() - EXPLAINS_US;
    sqlite3_stmt *s = sql_prepare(
        db, COLUMNS FROM " AND v.kind = ?1 AND v.record_id = ?2 ORDER BY v.id DESC LIMIT 1",
        NULL);
    if (!s)
        return NULL;
    sql_bind(s, "si", kind, record_id);
    struct doctor_verdict *v = sql_step(db, s, NULL) > 0 ? read_row(s) : NULL;
    sqlite3_reset(s);
    if (v && v->begun_us >= from_us &&
        (strcmp(v->result, "fail") == 0 || (and_warnings && strcmp(v->result, "warn") == 0)))
        return v;
    doctor_verdict_free(v);
    return NULL;
}

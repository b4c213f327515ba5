/*
 * Inside the store only: statements over SQLite. Not included from outside this folder.
 */
#ifndef CRIER_STORE_SQL_H
#define CRIER_STORE_SQL_H

#include <glib.h>
#include <sqlite3.h>

#include "base/field.h"
#include "store/db.h"

sqlite3 *db_handle(struct db *db);

/* A prepared statement for the literal `sql`, cached by its address; reset and with cleared
 * bindings. Borrowed from `db`. NULL on error. */
sqlite3_stmt *sql_prepare(struct db *db, const char *sql, GError **error);

/* A statement on one of our tables, or by one of our columns, as good as a literal: never of
 * data. Not freed. */
const char *sql_text_of(const char *before, const char *table, const char *after);

/* A statement stays the caller's until it is prepared again: no recursion over the same
 * literal, and who leaves a row unread resets it (sqlite3_reset) so that no read transaction
 * stays open. */

/* One step: 1 a row, 0 done (the statement is reset), -1 error (set, reset). */
int sql_step(struct db *db, sqlite3_stmt *s, GError **error);
/* Steps to the end and resets. */
gboolean sql_run(struct db *db, sqlite3_stmt *s, GError **error);
/* sql_prepare() + binds + sql_run(): types 'i' gint64, 's' const char * (NULL is NULL), 'd'
 * double. sql_do(db, error, "UPDATE … WHERE id = ?", "si", text, id) */
gboolean sql_do(struct db *db, GError **error, const char *sql, const char *types, ...);
/* Binds from position 1 by types as above; texts are SQLITE_TRANSIENT. */
void sql_bind(sqlite3_stmt *s, const char *types, ...);
/* First column of the first row, `fallback` when there is none. False on error. */
gboolean sql_int(struct db *db, GError **error, gint64 fallback, gint64 *ret, const char *sql,
                 const char *types, ...);

/* Rows changed by the last INSERT, UPDATE or DELETE. */
gint64 sql_changes(struct db *db);

/* For what may be called inside a transaction or alone: begins one unless one is open; leave
 * commits (ok) or rolls back only what enter began, and returns whether all is well. */
gboolean sql_enter(struct db *db, gboolean *ret_own, GError **error);
gboolean sql_leave(struct db *db, gboolean own, gboolean ok, GError **error);

char *sql_text(sqlite3_stmt *s, int column); /* copy; NULL stays NULL */
const char *sql_peek(sqlite3_stmt *s,
                     int column); /* borrowed until the next step; "" for NULL */
gint64 sql_int64(sqlite3_stmt *s, int column);

/* Binds :key for each field of the table that the statement names; reads columns named like
 * fields. */
void sql_bind_fields(sqlite3_stmt *s, const struct field *table, const void *record);
void sql_read_fields(sqlite3_stmt *s, const struct field *table, void *record);

/* Turns the handle's last failure into CRIER_ERROR_TRY_AGAIN (busy, locked, full, I/O),
 * CRIER_ERROR_EXISTS (unique), CRIER_ERROR_INVALID (a CHECK) or CRIER_ERROR_FAILED, "WHAT:
 * WHY". `what` NULL: "database PATH". Always returns FALSE. */
gboolean sql_fail(struct db *db, const char *what, GError **error);

/* NOT_FOUND: "NO_SUCH. Did you mean 'NEAR'?" or "NO_SUCH. REMEDY". `all_names` is a literal
 * statement whose rows are the known names. Always returns FALSE. */
gboolean sql_not_found(struct db *db, const char *all_names, const char *word,
                       const char *no_such, const char *remedy, GError **error);

/* Appends to the audit inside the caller's transaction. */
gboolean audit_write(struct db *db, const char *action, const char *noun, const char *name,
                     const char *detail, GError **error);

#endif

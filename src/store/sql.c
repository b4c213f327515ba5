/*
 * Statements: prepared once, found again by the address of their literal, bound, stepped, read;
 * and the one place that turns SQLite's result codes into sentences for a person. Not for
 * knowledge of any table.
 */
#include "config.h"

#include "store/sql.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/field.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/db_private.h"

#define FIRST_SLOTS 128

/* ---- errors ---- */

static const char *full_reason(int saved_errno)
{
    if (saved_errno == EDQUOT)
        return _("your disk quota is used up. Free some space and try again");
    if (saved_errno == EFBIG)
        return _(
            "the file has reached the file-size limit (ulimit -f). Raise it and try again");
    return _("the disk is full. Free some space and try again");
}

static gboolean is_full(int code, int saved_errno)
{
    if (code == SQLITE_FULL)
        return TRUE;
    return (code == SQLITE_IOERR || code == SQLITE_CANTOPEN) &&
           (saved_errno == ENOSPC || saved_errno == EDQUOT || saved_errno == EFBIG);
}

static gboolean fail_constraint(int extended, const char *reason, const char *what,
                                GError **error)
{
    enum crier_error code = CRIER_ERROR_FAILED;
    if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
        extended == SQLITE_CONSTRAINT_ROWID)
        code = CRIER_ERROR_EXISTS;
    else if (extended == SQLITE_CONSTRAINT_CHECK)
        code = CRIER_ERROR_INVALID;
    g_set_error(error, CRIER_ERROR, code, "%s: %s", what, reason);
    return FALSE;
}

/* `detail` is SQLite's own text, `saved_errno` the system's last error of that handle. */
static gboolean fail_with(int extended, int saved_errno, const char *detail, const char *what,
                          GError **error)
{
    int code = extended & 0xff;
    if (is_full(code, saved_errno)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN, "%s: %s", what,
                    full_reason(saved_errno));
        return FALSE;
    }
    switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                    _("%s: another process keeps it locked (waited %d s). Try again later, or "
                      "end the program that holds it"),
                    what, DB_BUSY_MS / 1000);
        return FALSE;
    case SQLITE_IOERR:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                    _("%s: the disk reported an error (%s). Look after the disk, then try "
                      "again"),
                    what, saved_errno != 0 ? g_strerror(saved_errno) : detail);
        return FALSE;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("%s: it cannot be written. Check the owner and mode of the file and its "
                      "folder, and whether the file system is mounted read-only"),
                    what);
        return FALSE;
    case SQLITE_NOTADB:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("%s: it is not a crier database (wrong file header). Name another "
                      "workspace, or bring back a backup with: crier db restore FILE"),
                    what);
        return FALSE;
    case SQLITE_CORRUPT:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("%s: the file is damaged or cut short. Bring back a backup with: "
                      "crier db restore FILE (the damaged file is kept beside it)"),
                    what);
        return FALSE;
    case SQLITE_CANTOPEN:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be opened: %s"),
                    what, saved_errno != 0 ? error_why(saved_errno) : detail);
        return FALSE;
    case SQLITE_CONSTRAINT:
        return fail_constraint(extended, detail, what, error);
    default:
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, "%s: %s", what, detail);
        return FALSE;
    }
}

gboolean sql_fail_handle(sqlite3 *handle, const char *path, const char *what, GError **error)
{
    g_autofree char *shown = text_safe(path, -1, 0);
    g_autofree char *named =
        what != NULL ? g_strdup(what) : g_strdup_printf(_("database %s"), shown);
    int extended = handle != NULL ? sqlite3_extended_errcode(handle) : SQLITE_NOMEM;
    int saved_errno = handle != NULL ? sqlite3_system_errno(handle) : 0;
    /* The text lives in the handle only until its next call. */
    g_autofree char *detail =
        g_strdup(handle != NULL ? sqlite3_errmsg(handle) : sqlite3_errstr(SQLITE_NOMEM));
    return fail_with(extended, saved_errno, detail, named, error);
}

gboolean sql_fail(struct db *db, const char *what, GError **error)
{
    return sql_fail_handle(db->handle, db->path, what, error);
}

gboolean sql_not_found(struct db *db, const char *all_names, const char *word,
                       const char *no_such, const char *remedy, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    sqlite3_stmt *s = sql_prepare(db, all_names, NULL);
    while (s != NULL && sql_step(db, s, NULL) > 0)
        g_ptr_array_add(names, sql_text(s, 0));
    g_ptr_array_add(names, NULL);
    const char *near = text_nearest(word, (const char *const *)names->pdata);
    g_autofree char *hint =
        near != NULL ? g_strdup_printf(_("Did you mean '%s'?"), near) : g_strdup(remedy);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND, _("%s. %s"), no_such, hint);
    return FALSE;
}

/* ---- the cache ---- */

static guint slot_of(const struct db *db, const char *sql)
{
    guint64 h = (guint64)(guintptr)sql * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
    guint i = (guint)(h >> 40) & (db->n_slots - 1);
    while (db->slots[i].sql != NULL && db->slots[i].sql != sql)
        i = (i + 1) & (db->n_slots - 1);
    return i;
}

static void grow_cache(struct db *db)
{
    struct sql_slot *old = db->slots;
    guint n_old = db->n_slots;
    db->n_slots = n_old > 0 ? n_old * 2 : FIRST_SLOTS;
    db->slots = g_new0(struct sql_slot, db->n_slots);
    for (guint i = 0; i < n_old; i++)
        if (old[i].sql != NULL)
            db->slots[slot_of(db, old[i].sql)] = old[i];
    g_free(old);
}

void sql_clear_cache(struct db *db)
{
    for (guint i = 0; i < db->n_slots; i++)
        sqlite3_finalize(db->slots[i].stmt);
    g_clear_pointer(&db->slots, g_free);
    db->n_slots = db->used_slots = 0;
}

void sql_reset_all(struct db *db)
{
    for (guint i = 0; i < db->n_slots; i++)
        if (db->slots[i].stmt != NULL && sqlite3_stmt_busy(db->slots[i].stmt))
            sqlite3_reset(db->slots[i].stmt);
}

sqlite3_stmt *sql_prepare(struct db *db, const char *sql, GError **error)
{
    if (db->used_slots * 2 >= db->n_slots)
        grow_cache(db);
    struct sql_slot *slot = &db->slots[slot_of(db, sql)];
    if (slot->stmt != NULL) {
        if (sqlite3_stmt_busy(slot->stmt))
            sqlite3_reset(slot->stmt);
        sqlite3_clear_bindings(slot->stmt);
        return slot->stmt;
    }
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
        SQLITE_OK) {
        sql_fail(db, NULL, error);
        return NULL;
    }
    slot->sql = sql;
    slot->stmt = stmt;
    db->used_slots++;
    return stmt;
}

const char *sql_text_of(const char *before, const char *table, const char *after)
{
    g_autofree char *text = g_strconcat(before, table, after, NULL);
    return g_intern_string(text);
}

/* ---- running ---- */

int sql_step(struct db *db, sqlite3_stmt *s, GError **error)
{
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE)
        sql_fail(db, NULL, error);
    sqlite3_reset(s);
    return rc == SQLITE_DONE ? 0 : -1;
}

gboolean sql_run(struct db *db, sqlite3_stmt *s, GError **error)
{
    int rc;
    while ((rc = sql_step(db, s, error)) > 0)
        ;
    return rc == 0;
}

/* `life`: SQLITE_STATIC where the texts outlive the run, which saves a copy of each. */
static void bind_list(sqlite3_stmt *s, const char *types, sqlite3_destructor_type life,
                      va_list args)
{
    for (int i = 0; types[i] != '\0'; i++) {
        const char *text;
        switch (types[i]) {
        case 'i':
            sqlite3_bind_int64(s, i + 1, va_arg(args, gint64));
            break;
        case 'd':
            sqlite3_bind_double(s, i + 1, va_arg(args, double));
            break;
        case 's':
            text = va_arg(args, const char *);
            if (text == NULL)
                sqlite3_bind_null(s, i + 1);
            else
                sqlite3_bind_text(s, i + 1, text, -1, life);
            break;
        default:
            g_assert_not_reached();
        }
    }
}

void sql_bind(sqlite3_stmt *s, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    bind_list(s, types, SQLITE_TRANSIENT, args);
    va_end(args);
}

gboolean sql_do(struct db *db, GError **error, const char *sql, const char *types, ...)
{
    sqlite3_stmt *s = sql_prepare(db, sql, error);
    if (s == NULL)
        return FALSE;
    va_list args;
    va_start(args, types);
    bind_list(s, types, SQLITE_STATIC, args);
    va_end(args);
    return sql_run(db, s, error);
}

gboolean sql_int(struct db *db, GError **error, gint64 fallback, gint64 *ret, const char *sql,
                 const char *types, ...)
{
    sqlite3_stmt *s = sql_prepare(db, sql, error);
    if (s == NULL)
        return FALSE;
    va_list args;
    va_start(args, types);
    bind_list(s, types, SQLITE_STATIC, args);
    va_end(args);
    int rc = sql_step(db, s, error);
    if (rc < 0)
        return FALSE;
    *ret = rc > 0 && sqlite3_column_type(s, 0) != SQLITE_NULL ? sqlite3_column_int64(s, 0)
                                                              : fallback;
    if (rc > 0)
        sqlite3_reset(s);
    return TRUE;
}

gint64 sql_changes(struct db *db)
{
    return sqlite3_changes(db->handle);
}

gboolean sql_enter(struct db *db, gboolean *ret_own, GError **error)
{
    *ret_own = sqlite3_get_autocommit(db->handle) != 0;
    return *ret_own ? db_begin(db, error) : TRUE;
}

gboolean sql_leave(struct db *db, gboolean own, gboolean ok, GError **error)
{
    if (!own)
        return ok;
    if (ok)
        return db_commit(db, error);
    db_rollback(db);
    return FALSE;
}

/* ---- reading ---- */

char *sql_text(sqlite3_stmt *s, int column)
{
    return g_strdup((const char *)sqlite3_column_text(s, column));
}

const char *sql_peek(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text != NULL ? text : "";
}

gint64 sql_int64(sqlite3_stmt *s, int column)
{
    return sqlite3_column_int64(s, column);
}

/* ---- fields ---- */

static gboolean is_number(const struct field *f)
{
    return f->type == FIELD_INT || f->type == FIELD_SPAN || f->type == FIELD_BOOL ||
           f->type == FIELD_CHOICE;
}

static void bind_field(sqlite3_stmt *s, int at, const struct field *f, const void *record)
{
    if (is_number(f)) {
        sqlite3_bind_int64(s, at, field_get_int(f, record));
    } else if (f->type == FIELD_SLUGS) {
        g_autofree char *text = field_get(f, record);
        sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
    } else {
        const char *text = G_STRUCT_MEMBER(const char *, (void *)record, f->offset);
        if (text == NULL)
            sqlite3_bind_null(s, at);
        else
            sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
    }
}

void sql_bind_fields(sqlite3_stmt *s, const struct field *table, const void *record)
{
    for (const struct field *f = table; f->key != NULL; f++) {
        char name[80];
        g_snprintf(name, sizeof name, ":%s", f->key);
        int at = sqlite3_bind_parameter_index(s, name);
        if (at > 0)
            bind_field(s, at, f, record);
    }
}

/* What the database holds was checked when it was put there: numbers are stored as they are, so
 * that a limit that became narrower since does not hide a record. */
static void read_field(sqlite3_stmt *s, int column, const struct field *f, void *record)
{
    switch (f->type) {
    case FIELD_INT:
    case FIELD_SPAN:
        G_STRUCT_MEMBER(gint64, record, f->offset) = sqlite3_column_int64(s, column);
        break;
    case FIELD_BOOL:
        G_STRUCT_MEMBER(gboolean, record, f->offset) = sqlite3_column_int(s, column) != 0;
        break;
    case FIELD_CHOICE:
        G_STRUCT_MEMBER(int, record, f->offset) = sqlite3_column_int(s, column);
        break;
    case FIELD_SLUGS:
        field_set(f, record, sql_peek(s, column), NULL);
        break;
    default: {
        char **text = field_text_ref(f, record);
        g_free(*text);
        *text = sql_text(s, column);
    }
    }
}

void sql_read_fields(sqlite3_stmt *s, const struct field *table, void *record)
{
    int n = sqlite3_column_count(s);
    for (int i = 0; i < n; i++) {
        const char *name = sqlite3_column_name(s, i);
        for (const struct field *f = table; f->key != NULL; f++)
            if (strcmp(f->key, name) == 0) {
                read_field(s, i, f, record);
                break;
            }
    }
}

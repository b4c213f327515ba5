/*
 * Records that have a field table: read, added, changed under their row version, put into the
 * bin. What a server or a campaign is in particular is in the file of its kind.
 *
 * Statements are made here of tables of this program, never of data: the names of columns are
 * keys of fields. A made text is interned, so that the cache finds it by its address.
 */
#include "config.h"

#include "store/records_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/bin_private.h"
#include "store/undolog_private.h"

static const struct record_kind *(*const kinds[])(void) = {
    campaigns_kind, lists_kind, servers_kind, pools_kind, mailboxes_kind, ports_kind,
};

const struct record_kind *record_kind_of(const char *noun)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i]()->noun, noun) == 0)
            return kinds[i]();
    return NULL;
}

static gint64 *id_of(const struct record_kind *k, void *record)
{
    return &G_STRUCT_MEMBER(gint64, record, k->id_at);
}

static gint64 *row_version_of(const struct record_kind *k, void *record)
{
    return &G_STRUCT_MEMBER(gint64, record, k->row_version_at);
}

static const char *name_of(const struct record_kind *k, const void *record)
{
    return G_STRUCT_MEMBER(const char *, (void *)record, k->name_at);
}

/* One of the kind's sentences. */
static char *say(const char *message, ...)
{
    va_list args;
    va_start(args, message);
    char *said = g_strdup_vprintf(_(message), args);
    va_end(args);
    return said;
}

static gboolean fail(GError **error, enum crier_error code, const char *message,
                     const char *name)
{
    g_autofree char *said = say(message, name, name);
    g_set_error_literal(error, CRIER_ERROR, code, said);
    return FALSE;
}

void *record_new(const struct record_kind *k)
{
    void *record = g_malloc0(k->size);
    field_init_all(k->fields(), record);
    return record;
}

/* ---- statements ---- */

static const char *taken_text(GString *text)
{
    const char *kept = g_intern_string(text->str);
    g_string_free(text, TRUE);
    return kept;
}

static const char *column_end(const struct field *f)
{
    return f->type == FIELD_SPAN ? "_s" : "";
}

static gboolean is_long(const struct field *f)
{
    return f->type == FIELD_TEXT;
}

/* `is` of the column deleted_us: NULL or NOT NULL. */
static const char *select_text(const struct record_kind *k, gboolean has_long, const char *is,
                               const char *where)
{
    GString *text = g_string_new("SELECT id, name, row_version");
    if (k->also != NULL)
        g_string_append_printf(text, ", %s", k->also);
    for (const struct field *f = k->fields(); f->key != NULL; f++)
        if (has_long || !is_long(f))
            g_string_append_printf(text, ", [%s%s] AS [%s]", f->key, column_end(f), f->key);
    g_string_append_printf(text, " FROM %s WHERE deleted_us IS %s%s", k->noun, is, where);
    return taken_text(text);
}

/* A required text may not be NULL in the database, though a cleared record has none. */
static void append_value(GString *text, const struct field *f)
{
    gboolean is_required = (f->flags & FIELD_REQUIRED) != 0;
    g_string_append_printf(text, is_required ? "ifnull(:%s, '')" : ":%s", f->key);
}

static const char *insert_text(const struct record_kind *k)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "INSERT INTO %s (name", k->noun);
    if (k->created_us_at != 0)
        g_string_append(text, ", created_us");
    for (const struct field *f = k->fields(); f->key != NULL; f++)
        g_string_append_printf(text, ", [%s%s]", f->key, column_end(f));
    g_string_append(text,
                    k->created_us_at != 0 ? ") VALUES (:name_, :now_" : ") VALUES (:name_");
    for (const struct field *f = k->fields(); f->key != NULL; f++) {
        g_string_append(text, ", ");
        append_value(text, f);
    }
    g_string_append_c(text, ')');
    return taken_text(text);
}

static const char *update_text(const struct record_kind *k)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "UPDATE %s SET row_version = row_version + 1%s", k->noun,
                           k->update_also != NULL ? k->update_also : "");
    for (const struct field *f = k->fields(); f->key != NULL; f++) {
        g_string_append_printf(text, ", [%s%s] = ", f->key, column_end(f));
        append_value(text, f);
    }
    g_string_append(text, " WHERE id = :id_");
    return taken_text(text);
}

/* ---- reading ---- */

static void read_row(const struct record_kind *k, sqlite3_stmt *s, void *record)
{
    *id_of(k, record) = sql_int64(s, 0);
    G_STRUCT_MEMBER(char *, record, k->name_at) = sql_text(s, 1);
    *row_version_of(k, record) = sql_int64(s, 2);
    sql_read_fields(s, k->fields(), record);
    if (k->read != NULL)
        k->read(s, record);
}

static int read_one(struct db *db, const struct record_kind *k, sqlite3_stmt *s, void *ret,
                    GError **error)
{
    int rc = sql_step(db, s, error);
    if (rc <= 0)
        return rc;
    void *record = record_new(k);
    read_row(k, s, record);
    sqlite3_reset(s);
    if (k->load != NULL && !k->load(db, record, error)) {
        k->free(record);
        return -1;
    }
    memcpy(ret, record, k->size);
    g_free(record);
    return 1;
}

int record_look(struct db *db, const struct record_kind *k, const char *name, void *ret,
                GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, select_text(k, TRUE, "NULL", " AND name = ?"), error);
    if (s == NULL)
        return -1;
    sql_bind(s, "s", name);
    return read_one(db, k, s, ret, error);
}

gboolean record_fail_none(struct db *db, const struct record_kind *k, const char *name,
                          GError **error)
{
    g_autofree char *shown = text_safe(name, -1, 80);
    g_autofree char *no_such = say(k->words.no_such, shown);
    g_autofree char *remedy = say(k->words.remedy, shown);
    return sql_not_found(db,
                         sql_text_of("SELECT name FROM ", k->noun, " WHERE deleted_us IS NULL"),
                         name, no_such, remedy, error);
}

gboolean record_get(struct db *db, const struct record_kind *k, const char *name, void *ret,
                    GError **error)
{
    int rc = record_look(db, k, name, ret, error);
    return rc == 0 ? record_fail_none(db, k, name, error) : rc > 0;
}

static void fail_gone(const struct record_kind *k, gint64 id, GError **error)
{
    g_autofree char *gone = say(k->words.gone, (int)id);
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND, gone);
}

gboolean record_get_id(struct db *db, const struct record_kind *k, gint64 id, void *ret,
                       GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, select_text(k, TRUE, "NULL", " AND id = ?"), error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = read_one(db, k, s, ret, error);
    if (rc == 0)
        fail_gone(k, id, error);
    return rc > 0;
}

void *record_in_bin(struct db *db, const struct record_kind *k, gint64 id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, select_text(k, TRUE, "NOT NULL", " AND id = ?"), error);
    if (s == NULL)
        return NULL;
    void *record = record_new(k);
    sql_bind(s, "i", id);
    int rc = sql_step(db, s, error);
    if (rc > 0) {
        read_row(k, s, record);
        sqlite3_reset(s);
        return record;
    }
    if (rc == 0)
        fail_gone(k, id, error);
    k->free(record);
    return NULL;
}

static void drop_long(const struct record_kind *k, void *record)
{
    for (const struct field *f = k->fields(); f->key != NULL; f++)
        if (is_long(f))
            g_clear_pointer(field_text_ref(f, record), g_free);
}

GPtrArray *record_all(struct db *db, const struct record_kind *k, GError **error)
{
    const char *order = k->order != NULL ? k->order : " ORDER BY name";
    sqlite3_stmt *s = sql_prepare(db, select_text(k, FALSE, "NULL", order), error);
    if (s == NULL)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(k->free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        void *record = record_new(k);
        read_row(k, s, record);
        drop_long(k, record);
        g_ptr_array_add(all, record);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

char *record_problem(struct db *db, const struct record_kind *k, gint64 id)
{
    sqlite3_stmt *s =
        sql_prepare(db, sql_text_of("SELECT problem FROM ", k->noun, " WHERE id = ?"), NULL);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", id);
    char *problem = sql_step(db, s, NULL) > 0 ? sql_text(s, 0) : NULL;
    sqlite3_reset(s);
    return problem;
}

/* ---- writing ---- */

static int parameter(sqlite3_stmt *s, const char *name)
{
    return sqlite3_bind_parameter_index(s, name);
}

static const char *told(const struct record_kind *k, const void *record)
{
    if (k->told == NULL)
        return "";
    return *field_text_ref(field_find(k->fields(), k->told), (void *)record);
}

gboolean record_check_free_name(struct db *db, const struct record_kind *k, const char *name,
                                const char *message, GError **error)
{
    gint64 taken;
    if (!sql_int(db, error, 0, &taken,
                 sql_text_of("SELECT id FROM ", k->noun, " WHERE name = ?"), "s", name))
        return FALSE;
    return taken == 0 || fail(error, CRIER_ERROR_EXISTS, message, name);
}

gboolean record_check_current(const struct record_kind *k, const void *old, const void *new,
                              GError **error)
{
    if (*row_version_of(k, (void *)old) == *row_version_of(k, (void *)new))
        return TRUE;
    return fail(error, CRIER_ERROR_PRECONDITION, k->words.changed, name_of(k, old));
}

static gboolean insert(struct db *db, const struct record_kind *k, void *record, GError **error)
{
    const char *name = name_of(k, record);
    if ((k->check_new != NULL && !k->check_new(db, record, error)) ||
        !record_check_free_name(db, k, name, k->words.taken, error))
        return FALSE;
    sqlite3_stmt *s = sql_prepare(db, insert_text(k), error);
    if (s == NULL)
        return FALSE;
    gint64 now = clock_wall_us();
    sqlite3_bind_text(s, parameter(s, ":name_"), name, -1, SQLITE_TRANSIENT);
    if (k->created_us_at != 0)
        sqlite3_bind_int64(s, parameter(s, ":now_"), now);
    sql_bind_fields(s, k->fields(), record);
    if (!sql_run(db, s, error))
        return FALSE;
    *id_of(k, record) = sqlite3_last_insert_rowid(db_handle(db));
    *row_version_of(k, record) = 1;
    if (k->created_us_at != 0)
        G_STRUCT_MEMBER(gint64, record, k->created_us_at) = now;
    return audit_write(db, "new", k->noun, name, told(k, record), error);
}

static char *changed_keys(const struct record_kind *k, const void *old, const void *new)
{
    g_autoptr(GString) keys = g_string_new(NULL);
    for (const struct field *f = k->fields(); f->key != NULL; f++)
        if (!field_equal(f, old, new))
            g_string_append_printf(keys, "%s%s", keys->len > 0 ? ", " : "", f->key);
    return g_string_free(g_steal_pointer(&keys), FALSE);
}

static gboolean check_change(struct db *db, const struct record_kind *k, const void *old,
                             const void *new, GError **error)
{
    return k->check_change != NULL ? k->check_change(db, old, new, error)
                                   : record_check_current(k, old, new, error);
}

static gboolean write_change(struct db *db, const struct record_kind *k, void *old,
                             void *record, GError **error)
{
    const GPtrArray *parts = k->other_parts != NULL ? k->other_parts(old, record) : NULL;
    g_autofree char *keys = changed_keys(k, old, record);
    if (!check_change(db, k, old, record, error) ||
        !undolog_note_change(db, k->noun, name_of(k, old), *id_of(k, old), k->fields(), old,
                             record, parts, error))
        return FALSE;
    sqlite3_stmt *s = sql_prepare(db, update_text(k), error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_int64(s, parameter(s, ":id_"), *id_of(k, record));
    sql_bind_fields(s, k->fields(), record);
    return sql_run(db, s, error) &&
           audit_write(db, "change", k->noun, name_of(k, old),
                       k->is_told_changed ? told(k, record) : keys, error);
}

static gboolean update(struct db *db, const struct record_kind *k, void *record, GError **error)
{
    void *old = g_malloc0(k->size);
    gboolean ok = record_get_id(db, k, *id_of(k, record), old, error) &&
                  write_change(db, k, old, record, error);
    k->free(old);
    if (ok)
        (*row_version_of(k, record))++;
    return ok;
}

gboolean record_check_name(const struct record_kind *k, const char *name, GError **error)
{
    if (k->words.bad_name == NULL || text_is_slug(name))
        return TRUE;
    g_autofree char *shown = text_safe(name, -1, 80);
    return fail(error, CRIER_ERROR_INVALID, k->words.bad_name, shown);
}

gboolean record_put(struct db *db, const struct record_kind *k, void *record, GError **error)
{
    gboolean own;
    if (!record_check_name(k, name_of(k, record), error) ||
        (k->check != NULL && !k->check(record, error)) || !sql_enter(db, &own, error))
        return FALSE;
    gint64 id = *id_of(k, record), row_version = *row_version_of(k, record);
    gboolean ok = id == 0 ? insert(db, k, record, error) : update(db, k, record, error);
    ok = sql_leave(db, own, ok, error);
    if (!ok) {
        *id_of(k, record) = id;
        *row_version_of(k, record) = row_version;
    }
    return ok;
}

/* ---- deleting ---- */

int record_used_by(struct db *db, const char *column, const char *name, gboolean and_drafts,
                   char **ret_campaign, enum campaign_state *ret_state, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    sql_text_of("SELECT name, state FROM campaign WHERE ", column,
                                " = ? AND state NOT IN (?, ?) AND (? OR state <> ?)"
                                " AND deleted_us IS NULL LIMIT 1"),
                    error);
    if (s == NULL)
        return -1;
    sql_bind(s, "siiii", name, (gint64)CAMPAIGN_FINISHED, (gint64)CAMPAIGN_CANCELLED,
             (gint64)and_drafts, (gint64)CAMPAIGN_DRAFT);
    int rc = sql_step(db, s, error);
    if (rc > 0) {
        *ret_campaign = sql_text(s, 0);
        *ret_state = (enum campaign_state)sql_int64(s, 1);
        sqlite3_reset(s);
    }
    return rc;
}

gboolean record_check_unused(struct db *db, const struct record_kind *k, const char *column,
                             const char *name, GError **error)
{
    g_autofree char *campaign = NULL;
    enum campaign_state state;
    int rc = record_used_by(db, column, name, TRUE, &campaign, &state, error);
    if (rc > 0) {
        g_autofree char *said =
            say(k->words.in_use, name, campaign, campaign_state_word(state));
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, said);
    }
    return rc == 0;
}

gboolean record_delete(struct db *db, const struct record_kind *k, const char *name,
                       GError **error)
{
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    void *record = g_malloc0(k->size);
    gboolean ok = record_get(db, k, name, record, error) &&
                  (k->before_delete == NULL || k->before_delete(db, record, error)) &&
                  bin_take(db, k->noun, *id_of(k, record), name, error) &&
                  audit_write(db, "delete", k->noun, name, told(k, record), error);
    k->free(record);
    return sql_leave(db, own, ok, error);
}

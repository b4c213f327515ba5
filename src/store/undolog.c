/*
 * Writing down what can be taken back, and finding it again. How each kind is taken back is
 * undolog_apply.c's.
 */
#include "config.h"

#include "store/undolog.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "store/db_private.h"
#include "store/parts.h"
#include "store/sql.h"
#include "store/undolog_private.h"

#define NEW_GROUP -1
/* More of a record's old content than this is not kept for an undo. */
#define MAX_OLD_BYTES (8 * 1024 * 1024)

/* ---- writing down ---- */

void undolog_group_begin(struct db *db)
{
    db->undo_group = NEW_GROUP;
}

void undolog_group_end(struct db *db)
{
    db->undo_group = 0;
}

gboolean undolog_note(struct db *db, const struct undolog_note *n, gint64 *ret_id,
                      GError **error)
{
    if (ret_id != NULL)
        *ret_id = 0;
    if (db->is_undoing)
        return TRUE;
    gint64 group = MAX(db->undo_group, 0);
    if (!sql_do(db, error,
                "INSERT INTO undo (group_id, at_us, actor, action, noun, name, record_id, data,"
                " person_id, address_key) VALUES (?, ?, ?, ?, ?, ?, ?, ifnull(?, '{}'),"
                " nullif(?, 0), ?)",
                "iissssisis", group, clock_wall_us(), db_actor(db), n->action, n->noun,
                n->name != NULL ? n->name : "", n->record_id, n->data, n->person_id,
                n->address_key))
        return FALSE;
    gint64 id = sqlite3_last_insert_rowid(db_handle(db));
    if (group == 0 && !sql_do(db, error, "UPDATE undo SET group_id = id WHERE id = ?", "i", id))
        return FALSE;
    if (db->undo_group == NEW_GROUP)
        db->undo_group = id;
    if (ret_id != NULL)
        *ret_id = id;
    return TRUE;
}

gboolean undolog_note_delete(struct db *db, const char *noun, const char *name, gint64 bin_id,
                             gint64 person_id, const char *address_key, GError **error)
{
    const struct undolog_note n = {.action = "delete",
                                   .noun = noun,
                                   .name = name,
                                   .record_id = bin_id,
                                   .person_id = person_id,
                                   .address_key = address_key};
    return undolog_note(db, &n, NULL, error);
}

/* What it was, and a hash of what it became: who undoes must not undo somebody's later change.
 */
static char *changes_json(const struct field *table, const void *old, const void *new,
                          const GPtrArray *new_parts, gboolean *ret_any)
{
    struct json *all = json_new_object(), *before = json_new_object(),
                *after = json_new_object();
    g_autoptr(GString) keys = g_string_new(NULL);
    gsize size = 0;
    for (const struct field *f = table; f->key != NULL; f++) {
        if (field_equal(f, old, new) || (f->flags & FIELD_SECRET) != 0)
            continue;
        g_autofree char *was = field_get(f, old), *is = field_get(f, new);
        g_autofree char *hash = crypto_sha256_hex(is, strlen(is));
        g_string_append_printf(keys, "%s%s", keys->len > 0 ? ", " : "", f->key);
        size += strlen(was);
        json_set_string(before, f->key, size <= MAX_OLD_BYTES ? was : "");
        json_set_string(after, f->key, hash);
    }
    if (new_parts != NULL) {
        g_autofree char *hash = parts_hash(new_parts);
        g_string_append_printf(keys, "%sparts", keys->len > 0 ? ", " : "");
        json_set_string(all, "parts", hash);
    }
    *ret_any = keys->len > 0;
    json_set_string(all, "detail", keys->str);
    if (size > MAX_OLD_BYTES)
        json_set_string(all, "too_large", "yes");
    json_set_take(all, "old", before);
    json_set_take(all, "new", after);
    char *text = json_dump(all);
    json_unref(all);
    return text;
}

gboolean undolog_note_change(struct db *db, const char *noun, const char *name, gint64 id,
                             const struct field *table, const void *old, const void *new,
                             const GPtrArray *new_parts, GError **error)
{
    gboolean any = FALSE;
    gint64 undo_id = 0;
    g_autofree char *data = changes_json(table, old, new, new_parts, &any);
    const struct undolog_note n = {
        .action = "change", .noun = noun, .name = name, .record_id = id, .data = data};
    if (!any)
        return TRUE;
    return undolog_note(db, &n, &undo_id, error) &&
           (new_parts == NULL || undo_id == 0 || parts_keep(db, id, undo_id, error));
}

char *undolog_person_hash(const char *address, const char *fields_json)
{
    g_autofree char *all = g_strconcat(address, "\n", fields_json ? fields_json : "{}", NULL);
    return crypto_sha256_hex(all, strlen(all));
}

gboolean undolog_forget_person(struct db *db, gint64 person_id, const char *address_key,
                               GError **error)
{
    return sql_do(db, error, "DELETE FROM undo WHERE person_id = ? OR address_key = ?", "is",
                  person_id, address_key);
}

gboolean undolog_prune(struct db *db, gint64 before_us, GError **error)
{
    if (!db_begin(db, error))
        return FALSE;
    gboolean ok = parts_drop_kept(db, before_us, error) &&
                  sql_do(db, error, "DELETE FROM undo WHERE at_us < ?", "i", before_us);
    return sql_leave(db, TRUE, ok, error);
}

/* ---- reading ---- */

static void undolog_row_free(gpointer data)
{
    struct undolog_row *r = data;
    g_free(r->actor);
    g_free(r->action);
    g_free(r->noun);
    g_free(r->name);
    g_free(r->detail);
    g_free(r);
}

static char *detail_of(const char *data)
{
    struct json *all = json_parse(data, strlen(data), NULL);
    char *detail = g_strdup(all != NULL ? json_member_string(all, "detail") : NULL);
    json_unref(all);
    return detail != NULL ? detail : g_strdup("");
}

GPtrArray *undolog_page(struct db *db, gint64 before_id, int max, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT u.id, u.at_us, u.actor, u.action, u.noun, u.name,"
                    " json_object('detail', json_extract(u.data, '$.detail')),"
                    " (SELECT count(*) FROM undo g WHERE g.group_id = u.id AND g.id >= u.id),"
                    " ifnull(u.undone_us, 0) FROM undo u WHERE u.group_id = u.id"
                    " AND (?1 = 0 OR u.id < ?1) ORDER BY u.id DESC LIMIT ?2",
                    error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", before_id, (gint64)max);
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func(undolog_row_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct undolog_row *r = g_new0(struct undolog_row, 1);
        r->id = sql_int64(s, 0);
        r->at_us = sql_int64(s, 1);
        r->actor = sql_text(s, 2);
        r->action = sql_text(s, 3);
        r->noun = sql_text(s, 4);
        r->name = sql_text(s, 5);
        r->detail = detail_of(sql_peek(s, 6));
        r->n = sql_int64(s, 7);
        r->undone_us = sql_int64(s, 8);
        g_ptr_array_add(page, r);
    }
    return rc == 0 ? g_steal_pointer(&page) : NULL;
}

gboolean undolog_last(struct db *db, gint64 *ret_id, GError **error)
{
    gint64 id = 0;
    if (!sql_int(db, error, 0, &id,
                 "SELECT group_id FROM undo WHERE actor = ? AND undone_us IS NULL"
                 " ORDER BY id DESC LIMIT 1",
                 "s", db_actor(db)))
        return FALSE;
    if (id == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("there is nothing of yours (%s) to undo. See what others did with: crier "
                      "undo --list"),
                    db_actor(db));
    else
        *ret_id = id;
    return id != 0;
}

GPtrArray *undolog_not_possible(struct db *db, gint64 id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT a.noun, a.name, a.action, a.detail FROM audit a JOIN undo u ON u.id = ?1"
        " WHERE a.actor = u.actor AND a.at_us > u.at_us AND (a.action IN ('erase', 'destroy')"
        " OR (a.action = 'move' AND a.noun = 'campaign'))"
        " ORDER BY a.id DESC LIMIT ?2",
        error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", id, (gint64)max);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0)
        g_ptr_array_add(all, g_strdup_printf("%s %s: %s%s%s", sql_peek(s, 0), sql_peek(s, 1),
                                             sql_peek(s, 2), *sql_peek(s, 3) ? " " : "",
                                             sql_peek(s, 3)));
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

/* ---- taking back ---- */

void undolog_done_clear(struct undolog_done *u)
{
    g_clear_pointer(&u->said, g_ptr_array_unref);
    g_clear_pointer(&u->kept, g_ptr_array_unref);
    memset(u, 0, sizeof *u);
}

static void step_free(gpointer data)
{
    struct undolog_step *s = data;
    g_free(s->action);
    g_free(s->noun);
    g_free(s->name);
    g_free(s->data);
    g_free(s);
}

/* The last first. Those that were undone already are left out. */
static GPtrArray *steps_of(struct db *db, gint64 group, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT id, record_id, ifnull(person_id, 0), action, noun, name, data"
                    " FROM undo WHERE group_id = ? AND undone_us IS NULL ORDER BY id DESC",
                    error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", group);
    g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(step_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct undolog_step *step = g_new0(struct undolog_step, 1);
        *step = (struct undolog_step){sql_int64(s, 0), sql_int64(s, 1), sql_int64(s, 2),
                                      sql_text(s, 3),  sql_text(s, 4),  sql_text(s, 5),
                                      sql_text(s, 6)};
        g_ptr_array_add(steps, step);
    }
    return rc == 0 ? g_steal_pointer(&steps) : NULL;
}

static gboolean check_there(struct db *db, gint64 group, const GPtrArray *steps, GError **error)
{
    gint64 undone_us = 0;
    if (steps->len > 0)
        return TRUE;
    if (!sql_int(db, error, 0, &undone_us, "SELECT max(undone_us) FROM undo WHERE group_id = ?",
                 "i", group))
        return FALSE;
    g_autofree char *when = clock_format_local(undone_us, clock_wall_us());
    if (undone_us > 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("number %" PRId64 " was undone already (%s)"), group, when);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("there is nothing with the number %" PRId64 " to undo. See what there is "
                      "with: crier undo --list"),
                    group);
    return FALSE;
}

static gboolean mark(struct db *db, const struct undolog_step *s, GError **error)
{
    g_autofree char *number = g_strdup_printf("#%" PRId64, s->id);
    g_autofree char *what = g_strdup_printf("%s %s", s->action, s->noun);
    return sql_do(db, error, "UPDATE undo SET undone_us = ? WHERE id = ?", "ii",
                  clock_wall_us(), s->id) &&
           audit_write(db, "undo", "undo", number, what, error);
}

/* In one transaction, so that a kill never leaves it done and not marked; but for an import,
 * which is taken back in batches and knows itself how far it came. */
static gboolean take_back(struct db *db, const struct undolog_step *s, char **ret_said,
                          GError **error)
{
    if (undolog_is_batched(s) && !undolog_apply(db, s, ret_said, error))
        return FALSE;
    if (!db_begin(db, error))
        return FALSE;
    gboolean ok =
        (undolog_is_batched(s) || undolog_apply(db, s, ret_said, error)) && mark(db, s, error);
    return sql_leave(db, TRUE, ok, error);
}

void undolog_watch(struct db *db, void (*progress)(gint64 done, gint64 total, void *data),
                   void *data)
{
    db->undo_progress = progress;
    db->undo_data = data;
}

void undolog_tell(struct db *db, gint64 done, gint64 total)
{
    if (db->undo_progress)
        db->undo_progress(done, total, db->undo_data);
}

gboolean undolog_do(struct db *db, gint64 id, struct undolog_done *ret, GError **error)
{
    g_autoptr(GPtrArray) steps = steps_of(db, id, error);
    if (steps == NULL || !check_there(db, id, steps, error))
        return FALSE;
    struct undolog_done u = {.said = g_ptr_array_new_with_free_func(g_free),
                             .kept = g_ptr_array_new_with_free_func(g_free)};
    g_autoptr(GError) first = NULL;
    /* Of many the steps are counted, of one what it is made of. */
    void (*progress)(gint64 done, gint64 total, void *data) = db->undo_progress;
    gboolean counts_steps = progress && steps->len > 1;
    db->undo_progress = counts_steps ? NULL : progress;
    db->is_undoing = TRUE;
    for (guint i = 0; i < steps->len; i++) {
        g_autoptr(GError) why = NULL;
        char *said = NULL;
        gboolean is_back = take_back(db, steps->pdata[i], &said, &why);
        if (counts_steps)
            progress(i + 1, steps->len, db->undo_data);
        if (is_back) {
            u.n++;
            g_ptr_array_add(u.said, said);
            continue;
        }
        g_free(said);
        g_ptr_array_add(u.kept, g_strdup(why->message));
        if (first == NULL)
            first = g_steal_pointer(&why);
    }
    db->is_undoing = FALSE;
    db->undo_progress = progress;
    if (u.n > 0) {
        *ret = u;
        return TRUE;
    }
    undolog_done_clear(&u);
    g_propagate_error(error, g_steal_pointer(&first));
    return FALSE;
}

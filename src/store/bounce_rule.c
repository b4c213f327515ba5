/*
 * Rows of table bounce_rule.
 */
#include "config.h"

#include "store/bounce_rule.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/sql.h"

void bounce_rule_clear(struct bounce_rule *r)
{
    g_free(r->pattern);
    g_free(r->reason);
    g_free(r->class);
    g_free(r->actor);
    *r = (struct bounce_rule){0};
}

static void free_row(gpointer p)
{
    bounce_rule_clear(p);
    g_free(p);
}

GPtrArray *bounce_rule_all(struct db *db, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT id, position, pattern, reason, class, actor, created_us FROM"
                    " bounce_rule ORDER BY position, id",
                    error);
    if (!s)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_row);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct bounce_rule *r = g_new0(struct bounce_rule, 1);
        *r = (struct bounce_rule){sql_int64(s, 0), sql_int64(s, 1), sql_text(s, 2),
                                  sql_text(s, 3),  sql_text(s, 4),  sql_text(s, 5),
                                  sql_int64(s, 6)};
        g_ptr_array_add(all, r);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

/* ---- compiling ---- */

static gboolean compile(struct bounce_rules *rules, const struct bounce_rule *r, GError **error)
{
    enum bounce_reason reason = BOUNCE_UNKNOWN;
    enum bounce_class class = BOUNCE_CLASS_COUNT;
    g_autofree char *id = g_strdup_printf("%" PRId64, r->id);
    const char *wrong = !bounce_reason_parse(r->reason, &reason)             ? r->reason
                        : *r->class && !bounce_class_parse(r->class, &class) ? r->class
                                                                             : NULL;
    if (!wrong)
        return bounce_rules_add(rules, id, r->pattern, reason, class, error);
    g_autofree char *shown = text_safe(wrong, -1, 80);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("'%s' is neither a reason nor a class of bounces"), shown);
    return FALSE;
}

struct bounce_rules *bounce_rule_load(struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = bounce_rule_all(db, error);
    if (!all)
        return NULL;
    struct bounce_rules *rules = bounce_rules_new();
    for (guint i = 0; i < all->len; i++)
        compile(rules, all->pdata[i], NULL);
    return rules;
}

static gboolean check(struct db *db, const struct bounce_rule *r, GError **error)
{
    struct bounce_rules *rules = bounce_rule_load(db, error);
    gboolean ok = rules && compile(rules, r, error);
    bounce_rules_free(rules);
    return ok;
}

/* ---- changing ---- */

static gboolean insert(struct db *db, struct bounce_rule *r, GError **error)
{
    if (!sql_do(db, error,
                "INSERT INTO bounce_rule (position, pattern, reason, class, actor, created_us)"
                " VALUES ((SELECT ifnull(max(position), 0) + 1 FROM bounce_rule), ?1, ?2, ?3,"
                " ?4, ?5)",
                "ssssi", r->pattern, r->reason, r->class, db_actor(db), clock_wall_us()))
        return FALSE;
    r->id = sqlite3_last_insert_rowid(db_handle(db));
    g_autofree char *name = g_strdup_printf("#%" PRId64, r->id);
    return audit_write(db, "add", "bounce rule", name, r->pattern, error);
}

gboolean bounce_rule_add(struct db *db, struct bounce_rule *r, GError **error)
{
    gboolean own = FALSE;
    return check(db, r, error) && sql_enter(db, &own, error) &&
           sql_leave(db, own, insert(db, r, error), error);
}

static gboolean must_be_there(struct db *db, gint64 id, GError **error)
{
    if (sql_changes(db) > 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                _("there is no bounce rule %" PRId64 ". See them with: crier bounce rules"),
                id);
    return FALSE;
}

gboolean bounce_rule_remove(struct db *db, gint64 id, GError **error)
{
    gboolean own = FALSE;
    g_autofree char *name = g_strdup_printf("#%" PRId64, id);
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = sql_do(db, error, "DELETE FROM bounce_rule WHERE id = ?1", "i", id) &&
                  must_be_there(db, id, error) &&
                  audit_write(db, "delete", "bounce rule", name, "", error);
    return sql_leave(db, own, ok, error);
}

gboolean bounce_rule_move(struct db *db, gint64 id, gint64 position, GError **error)
{
    gboolean own = FALSE;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok =
        sql_do(db, error, "UPDATE bounce_rule SET position = position + 1 WHERE position >= ?1",
               "i", position) &&
        sql_do(db, error, "UPDATE bounce_rule SET position = ?2 WHERE id = ?1", "ii", id,
               position) &&
        must_be_there(db, id, error);
    return sql_leave(db, own, ok, error);
}

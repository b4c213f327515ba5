/*
 * Rows of table bounce_rule.
 */
#include "config.h"

#include "store/bounce_rule.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "store/bounce_rule_private.h"
#include "store/sql.h"
#include "store/undolog_private.h"

void bounce_rule_clear(struct bounce_rule *r)
{
    g_free(r->name);
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

#define RULE_COLUMNS                                                                           \
    "SELECT id, position, name, pattern, reason, class, actor, created_us FROM bounce_rule"

static void read_rule(sqlite3_stmt *s, struct bounce_rule *r)
{
    *r = (struct bounce_rule){sql_int64(s, 0), sql_int64(s, 1), sql_text(s, 2),
                              sql_text(s, 3),  sql_text(s, 4),  sql_text(s, 5),
                              sql_text(s, 6),  sql_int64(s, 7)};
}

GPtrArray *bounce_rule_all(struct db *db, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, RULE_COLUMNS " ORDER BY position, id", error);
    if (!s)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_row);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct bounce_rule *r = g_new0(struct bounce_rule, 1);
        read_rule(s, r);
        g_ptr_array_add(all, r);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

gboolean bounce_rule_get(struct db *db, const char *name, struct bounce_rule *ret,
                         GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, RULE_COLUMNS " WHERE name = ?1 OR CAST(id AS TEXT) = ?1"
                                     " ORDER BY name = ?1 DESC LIMIT 1",
                    error);
    if (!s)
        return FALSE;
    sql_bind(s, "s", name);
    int step = sql_step(db, s, error);
    if (step > 0) {
        read_rule(s, ret);
        sqlite3_reset(s);
    }
    if (step != 0)
        return step > 0;
    g_autofree char *safe = text_safe(name, -1, 80);
    g_autofree char *none = g_strdup_printf(_("there is no bounce rule '%s'"), safe);
    return sql_not_found(db, "SELECT name FROM bounce_rule", name, none,
                         _("See them with: crier bounce rules list"), error);
}

/* ---- compiling ---- */

static gboolean compile(struct bounce_rules *rules, const struct bounce_rule *r, GError **error)
{
    enum bounce_reason reason = BOUNCE_UNKNOWN;
    enum bounce_class class = BOUNCE_CLASS_COUNT;
    const char *id = r->name && *r->name ? r->name : "?";
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

struct bounce_rules *bounce_rule_load_with(struct db *db, const struct bounce_rule *r,
                                           gboolean is_without, GError **error)
{
    g_autoptr(GPtrArray) all = bounce_rule_all(db, error);
    if (!all)
        return NULL;
    struct bounce_rules *rules = bounce_rules_new();
    gboolean is_in = is_without;
    for (guint i = 0; i < all->len; i++) {
        const struct bounce_rule *one = all->pdata[i];
        gboolean is_it = r && r->id > 0 && one->id == r->id;
        if (!is_it)
            compile(rules, one, NULL);
        else if (!is_without)
            compile(rules, r, NULL);
        is_in = is_in || is_it;
    }
    if (r && !is_in)
        compile(rules, r, NULL);
    return rules;
}

char *bounce_rule_stamp(struct db *db)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT ifnull(group_concat(id || ':' || position || ':' || pattern || ':' || reason"
        " || ':' || class, char(10)), '') FROM bounce_rule",
        NULL);
    char *stamp = NULL;
    if (s && sql_step(db, s, NULL) > 0) {
        stamp = sql_text(s, 0);
        sqlite3_reset(s);
    }
    return stamp;
}

struct bounce_rules *bounce_rule_load(struct db *db, GError **error)
{
    return bounce_rule_load_with(db, NULL, FALSE, error);
}

static gboolean check_name(struct db *db, const struct bounce_rule *r, GError **error)
{
    gint64 taken = 0;
    if (!r->name || !*r->name)
        return TRUE;
    g_autofree char *safe = text_safe(r->name, -1, 80);
    if (!text_is_slug(r->name)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("'%s' is no name for a rule: 1 to 64 of a-z, 0-9, '-', '_' and '.', and a "
                      "letter or digit first"),
                    safe);
        return FALSE;
    }
    if (!sql_int(db, error, 0, &taken,
                 "SELECT id FROM bounce_rule WHERE name = ?1 AND id <> ?2", "si", r->name,
                 r->id))
        return FALSE;
    if (taken > 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("there is a bounce rule '%s' already. Change it with: crier bounce rules "
                      "set %s"),
                    safe, safe);
    return taken == 0;
}

/* What is our fault marks nobody, whatever its class. */
static gboolean check_class(const struct bounce_rule *r, GError **error)
{
    enum bounce_reason reason = BOUNCE_UNKNOWN;
    bounce_reason_parse(r->reason, &reason);
    if (g_strcmp0(r->class, bounce_class_name(BOUNCE_HARD)) != 0 ||
        bounce_reason_row(reason)->fault != FAULT_OF_US)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("reason %s is our own fault, which is held against nobody, so class hard would "
                  "do nothing. Leave the class out, or choose another reason"),
                r->reason);
    return FALSE;
}

gboolean bounce_rule_check(struct db *db, const struct bounce_rule *r, GError **error)
{
    struct bounce_rules *rules = bounce_rule_load_with(db, r, TRUE, error);
    gboolean ok = rules && compile(rules, r, error) &&
                  bounce_rules_check(r->pattern, error) && check_class(r, error) &&
                  check_name(db, r, error);
    bounce_rules_free(rules);
    return ok;
}

/* ---- what can be undone ---- */

static struct json *to_json(const struct bounce_rule *r)
{
    struct json *all = json_new_object();
    g_autofree char *position = g_strdup_printf("%" PRId64, r->position);
    g_autofree char *created = g_strdup_printf("%" PRId64, r->created_us);
    json_set_string(all, "name", r->name);
    json_set_string(all, "pattern", r->pattern);
    json_set_string(all, "reason", r->reason);
    json_set_string(all, "class", r->class);
    json_set_string(all, "actor", r->actor);
    json_set_string(all, "position", position);
    json_set_string(all, "created_us", created);
    return all;
}

static gboolean find(struct db *db, gint64 id, struct bounce_rule *ret, gboolean *ret_found,
                     GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, RULE_COLUMNS " WHERE id = ?1", error);
    if (!s)
        return FALSE;
    sql_bind(s, "i", id);
    int step = sql_step(db, s, error);
    *ret_found = step > 0;
    if (step > 0) {
        read_rule(s, ret);
        sqlite3_reset(s);
    }
    return step >= 0;
}

/* What the rule is now, as an undo compares it; NULL: there is none. Caller frees. */
static gboolean snapshot(struct db *db, gint64 id, char **ret, GError **error)
{
    struct bounce_rule r = {0};
    gboolean found = FALSE;
    if (!find(db, id, &r, &found, error))
        return FALSE;
    struct json *all = found ? to_json(&r) : NULL;
    *ret = all ? json_dump(all) : NULL;
    json_unref(all);
    bounce_rule_clear(&r);
    return TRUE;
}

/* `was`: what it was before; what it is now is looked up. */
static gboolean note(struct db *db, gint64 id, const char *name, const char *detail,
                     const char *was, GError **error)
{
    g_autofree char *is = NULL;
    if (!snapshot(db, id, &is, error))
        return FALSE;
    struct json *all = json_new_object();
    json_set_string(all, "detail", detail);
    json_set_string(all, "was", was ? was : "");
    json_set_string(all, "is", is ? is : "");
    g_autofree char *data = json_dump(all);
    json_unref(all);
    const struct undolog_note n = {
        .action = "rule", .noun = "bounce rule", .name = name, .record_id = id, .data = data};
    return undolog_note(db, &n, NULL, error);
}

static gint64 number_in(const struct json *all, const char *key)
{
    const char *text = json_member_string(all, key);
    return text ? g_ascii_strtoll(text, NULL, 10) : 0;
}

static gboolean put_as_it_was(struct db *db, gint64 id, const char *was, GError **error)
{
    if (!sql_do(db, error, "DELETE FROM bounce_rule WHERE id = ?1", "i", id))
        return FALSE;
    if (!*was)
        return TRUE;
    struct json *all = json_parse(was, strlen(was), error);
    struct bounce_rule r = {.id = id};
    if (!all)
        return FALSE;
    r.name = (char *)json_member_string(all, "name");
    gboolean ok =
        check_name(db, &r, error) &&
        sql_do(db, error,
               "INSERT INTO bounce_rule (id, position, name, pattern, reason, class, actor,"
               " created_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
               "iisssssi", id, number_in(all, "position"), r.name,
               json_member_string(all, "pattern"), json_member_string(all, "reason"),
               json_member_string(all, "class"), json_member_string(all, "actor"),
               number_in(all, "created_us"));
    json_unref(all);
    return ok;
}

gboolean bounce_rule_undo(struct db *db, const struct undolog_step *s, const struct json *data,
                          char **ret_said, GError **error)
{
    g_autofree char *is = NULL, *safe = text_safe(s->name, -1, 80);
    const char *was = json_member_string(data, "was"), *left = json_member_string(data, "is");
    if (!snapshot(db, s->record_id, &is, error))
        return FALSE;
    if (!was || g_strcmp0(is ? is : "", left) != 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("bounce rule %s was changed again since, so nothing is taken back. Change "
                      "it by hand: crier bounce rules set %s"),
                    safe, safe);
        return FALSE;
    }
    if (!put_as_it_was(db, s->record_id, was, error))
        return FALSE;
    *ret_said = *was ? g_strdup_printf(_("bounce rule %s is as it was"), safe)
                     : g_strdup_printf(_("bounce rule %s is gone again"), safe);
    return TRUE;
}

/* ---- changing ---- */

static gboolean insert(struct db *db, struct bounce_rule *r, GError **error)
{
    if (!sql_do(db, error,
                "INSERT INTO bounce_rule (position, name, pattern, reason, class, actor,"
                " created_us) VALUES ((SELECT ifnull(max(position), 0) + 1 FROM bounce_rule),"
                " ifnull(?6, ''), ?1, ?2, ifnull(?3, ''), ?4, ?5)",
                "ssssis", r->pattern, r->reason, r->class, db_actor(db), clock_wall_us(),
                r->name))
        return FALSE;
    r->id = sqlite3_last_insert_rowid(db_handle(db));
    if (!r->name || !*r->name) {
        g_free(r->name);
        r->name = g_strdup_printf("rule-%" PRId64, r->id);
    }
    return sql_do(db, error, "UPDATE bounce_rule SET name = ?2 WHERE id = ?1", "is", r->id,
                  r->name) &&
           note(db, r->id, r->name, _("added"), NULL, error) &&
           audit_write(db, "add", "bounce rule", r->name, r->pattern, error);
}

gboolean bounce_rule_add(struct db *db, struct bounce_rule *r, GError **error)
{
    gboolean own = FALSE;
    return bounce_rule_check(db, r, error) && sql_enter(db, &own, error) &&
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

/* `does` one statement; around it what an undo needs. */
static gboolean change(struct db *db, const struct bounce_rule *r, const char *detail,
                       const char *action,
                       gboolean (*does)(struct db *db, const struct bounce_rule *r,
                                        GError **error),
                       GError **error)
{
    struct bounce_rule old = {0};
    gboolean own = FALSE, found = FALSE;
    g_autofree char *was = NULL;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = find(db, r->id, &old, &found, error) && snapshot(db, r->id, &was, error) &&
                  does(db, r, error) && must_be_there(db, r->id, error) &&
                  note(db, r->id, old.name, detail, was, error) &&
                  audit_write(db, action, "bounce rule", old.name, "", error);
    bounce_rule_clear(&old);
    return sql_leave(db, own, ok, error);
}

static gboolean update(struct db *db, const struct bounce_rule *r, GError **error)
{
    return sql_do(db, error,
                  "UPDATE bounce_rule SET name = ?2, pattern = ?3, reason = ?4, class = ?5"
                  " WHERE id = ?1",
                  "issss", r->id, r->name, r->pattern, r->reason, r->class ? r->class : "");
}

static gboolean delete (struct db *db, const struct bounce_rule *r, GError **error)
{
    return sql_do(db, error, "DELETE FROM bounce_rule WHERE id = ?1", "i", r->id);
}

static gboolean move(struct db *db, const struct bounce_rule *r, GError **error)
{
    return sql_do(db, error,
                  "UPDATE bounce_rule SET position = position + 1 WHERE position >= ?1", "i",
                  r->position) &&
           sql_do(db, error, "UPDATE bounce_rule SET position = ?2 WHERE id = ?1", "ii", r->id,
                  r->position);
}

gboolean bounce_rule_set(struct db *db, const struct bounce_rule *r, GError **error)
{
    return bounce_rule_check(db, r, error) &&
           change(db, r, _("changed"), "set", update, error);
}

gboolean bounce_rule_remove(struct db *db, gint64 id, GError **error)
{
    const struct bounce_rule r = {.id = id};
    return change(db, &r, _("deleted"), "delete", delete, error);
}

gboolean bounce_rule_move(struct db *db, gint64 id, gint64 position, GError **error)
{
    const struct bounce_rule r = {.id = id, .position = position};
    return change(db, &r, _("moved"), "move", move, error);
}

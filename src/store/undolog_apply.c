/*
 * Taking one step back, a function a kind. Each looks first whether what was done is still as
 * it was left: somebody's later change is never lost.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "store/bin.h"
#include "store/bounce_rule_private.h"
#include "store/campaigns.h"
#include "store/deliveries_undo.h"
#include "store/parts.h"
#include "store/people.h"
#include "store/records_private.h"
#include "store/reread.h"
#include "store/undolog_private.h"

/* ---- deletes ---- */

static gboolean undelete(struct db *db, const struct undolog_step *s, const struct json *data,
                         char **ret_said, GError **error)
{
    struct bin_restored r = {0};
    if (!bin_restore(db, s->record_id, &r, error))
        return FALSE;
    g_autofree char *safe = text_safe(r.name, -1, 320);
    *ret_said = r.was != NULL ? g_strdup_printf(_("%s %s is back as %s: the name %s is taken"),
                                                r.noun, r.was, safe, r.was)
                              : g_strdup_printf(_("%s %s is back"), r.noun, safe);
    bin_restored_clear(&r);
    return TRUE;
}

/* ---- imports ---- */

static gboolean unimport(struct db *db, const struct undolog_step *s, const struct json *data,
                         char **ret_said, GError **error)
{
    gint64 n[UNDO_COUNT] = {0};
    if (!import_undo(db, s->record_id, FALSE, n, error))
        return FALSE;
    gint64 kept = n[UNDO_KEPT_MAILED] + n[UNDO_KEPT_CHANGED] + n[UNDO_KEPT_AGAIN] +
                  n[UNDO_KEPT_ELSEWHERE];
    *ret_said = g_strdup_printf(
        _("import %" PRId64 " into %s is taken back: people removed %" PRId64
          ", off the list %" PRId64 ", as before %" PRId64 ", kept because something happened "
          "to them since %" PRId64),
        s->record_id, s->name, n[UNDO_REMOVED], n[UNDO_LEFT],
        n[UNDO_RESTORED] + n[UNDO_REJOINED], kept);
    return TRUE;
}

/* ---- changes of records ---- */

static gboolean fail_changed(const struct undolog_step *s, const char *key, GError **error)
{
    g_autofree char *safe = text_safe(s->name, -1, 320);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                _("%s %s: %s was changed again since, so nothing is taken back. Change it by "
                  "hand"),
                s->noun, safe, key);
    return FALSE;
}

static gboolean take_old(const struct undolog_step *s, const struct record_kind *k,
                         const struct json *data, void *record, GError **error)
{
    const struct json *old = json_member(data, "old"), *new = json_member(data, "new");
    for (const struct field *f = k->fields(); f->key != NULL; f++) {
        const char *was = json_member_string(old, f->key);
        const char *became = json_member_string(new, f->key);
        if (was == NULL || became == NULL)
            continue;
        g_autofree char *now = field_get(f, record);
        g_autofree char *hash = crypto_sha256_hex(now, strlen(now));
        if (strcmp(hash, became) != 0)
            return fail_changed(s, f->key, error);
        if (!field_set(f, record, was, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean take_old_parts(struct db *db, const struct undolog_step *s,
                               const struct json *data, struct campaign *c, GError **error)
{
    const char *became = json_member_string(data, "parts");
    if (became == NULL)
        return TRUE;
    g_autofree char *now = parts_hash(c->parts);
    if (strcmp(now, became) != 0)
        return fail_changed(s, _("what is attached"), error);
    g_clear_pointer(&c->parts, g_ptr_array_unref);
    c->parts = parts_get(db, c->id, PARTS_KEPT(s->id), error);
    return c->parts != NULL;
}

static gboolean unchange_record(struct db *db, const struct undolog_step *s,
                                const struct record_kind *k, const struct json *data,
                                char **ret_said, GError **error)
{
    if (json_member_string(data, "too_large") != NULL) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("%s %s: what was there before was too large to be kept"), s->noun,
                    s->name);
        return FALSE;
    }
    void *r = g_malloc0(k->size);
    gboolean ok = record_get_id(db, k, s->record_id, r, error) &&
                  take_old(s, k, data, r, error) &&
                  (k != campaigns_kind() || take_old_parts(db, s, data, r, error)) &&
                  (k->put != NULL ? k->put(db, r, error) : record_put(db, k, r, error));
    k->free(r);
    if (ok)
        *ret_said = g_strdup_printf(_("%s %s is as it was: %s"), s->noun, s->name,
                                    json_member_string(data, "detail"));
    return ok;
}

/* The address and the fields of a person. */
static gboolean unchange_person(struct db *db, const struct undolog_step *s,
                                const struct json *data, char **ret_said, GError **error)
{
    struct person p;
    const char *old[] = {json_member_string(data, "address"), json_member_string(data, "key"),
                         json_member_string(data, "domain"),
                         json_member_string(data, "fields")};
    if (!people_get_id(db, s->record_id, &p, error))
        return FALSE;
    g_autofree char *hash = undolog_person_hash(p.address, p.fields_json);
    gboolean ok = g_strcmp0(hash, json_member_string(data, "new")) == 0 ||
                  fail_changed(s, _("the record"), error);
    char **members[] = {&p.address, &p.address_key, &p.domain, &p.fields_json};
    for (gsize i = 0; ok && i < G_N_ELEMENTS(members); i++) {
        g_free(*members[i]);
        *members[i] = g_strdup(old[i]);
    }
    ok = ok && people_put(db, &p, error);
    if (ok)
        *ret_said = g_strdup_printf(_("%s is as before"), p.address);
    person_clear(&p);
    return ok;
}

static gboolean unchange(struct db *db, const struct undolog_step *s, const struct json *data,
                         char **ret_said, GError **error)
{
    const struct record_kind *k = record_kind_of(s->noun);
    return k != NULL ? unchange_record(db, s, k, data, ret_said, error)
                     : unchange_person(db, s, data, ret_said, error);
}

/* ---- lists of people ---- */

static gboolean unleave(struct db *db, const struct undolog_step *s, const struct json *data,
                        char **ret_said, GError **error)
{
    struct person p;
    struct list l;
    struct consent c = {.text = json_member_string(data, "consent_text"),
                        .source = json_member_string(data, "consent_source"),
                        .at_us = json_member_int(data, "consent_us", 0),
                        .retain_until_us = json_member_int(data, "retain_until_us", 0)};
    if (!list_get_id(db, s->record_id, &l, error))
        return FALSE;
    if (!people_get_id(db, s->person_id, &p, error)) {
        list_clear(&l);
        return FALSE;
    }
    gboolean ok = membership_add(db, l.id, p.id, &c, error) &&
                  sql_do(db, error,
                         "UPDATE membership SET joined_us = ?, import_id = nullif(?, 0)"
                         " WHERE list_id = ? AND person_id = ?",
                         "iiii", json_member_int(data, "joined_us", 0),
                         json_member_int(data, "import", 0), l.id, p.id);
    if (ok)
        *ret_said = g_strdup_printf(_("%s is on list %s again"), p.address, l.name);
    person_clear(&p);
    list_clear(&l);
    return ok;
}

static gboolean unsuppress(struct db *db, const struct undolog_step *s, const struct json *data,
                           char **ret_said, GError **error)
{
    g_autofree char *safe = text_safe(s->name, -1, 320);
    g_autofree char *number = g_strdup_printf("#%" PRId64, s->record_id);
    if (!sql_do(db, error, "DELETE FROM suppression WHERE id = ?", "i", s->record_id))
        return FALSE;
    if (sql_changes(db) == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("%s: that entry is not there any more"), safe);
        return FALSE;
    }
    *ret_said = g_strdup_printf(_("%s can be mailed again"), safe);
    return audit_write(db, "unsuppress", "suppression", number, "", error);
}

/* With its own number, so that what was done to it before can be taken back, too. */
static gboolean resuppress(struct db *db, const struct undolog_step *s, const struct json *data,
                           char **ret_said, GError **error)
{
    g_autofree char *safe = text_safe(s->name, -1, 320);
    g_autofree char *number = g_strdup_printf("#%" PRId64, s->record_id);
    if (!sql_do(db, error,
                "INSERT OR IGNORE INTO suppression (id, address_key, list_id, address, reason,"
                " evidence, actor, created_us) VALUES (?, ?, ?, ?, ?, ifnull(?, ''), ?, ?)",
                "isissssi", s->record_id, json_member_string(data, "key"),
                json_member_int(data, "list", 0), s->name, json_member_string(data, "reason"),
                json_member_string(data, "evidence"), json_member_string(data, "actor"),
                json_member_int(data, "created_us", 0)))
        return FALSE;
    *ret_said = sql_changes(db) > 0
                    ? g_strdup_printf(_("%s is never mailed, as before"), safe)
                    : g_strdup_printf(_("%s is never mailed: that was so already"), safe);
    return audit_write(db, "suppress", "suppression", number, "undo", error);
}

/* ---- all of them ---- */

static const struct {
    const char *action;
    gboolean (*apply)(struct db *db, const struct undolog_step *s, const struct json *data,
                      char **ret_said, GError **error);
    gboolean is_batched;
} actions[] = {
    {"delete", undelete, FALSE},     {"import", unimport, TRUE},
    {"change", unchange, FALSE},     {"leave", unleave, FALSE},
    {"suppress", unsuppress, FALSE}, {"unsuppress", resuppress, FALSE},
    {"join", deliveries_unjoin, FALSE},
    {"resend-refused", deliveries_unresend, FALSE},
    {"resend-maybe", deliveries_unresend_maybe, FALSE},
    {"leave-maybe", deliveries_unleave, FALSE},
    {"assign", reread_undo, TRUE},   {"reread", reread_undo, TRUE},
    {"rule", bounce_rule_undo, FALSE},
};

gboolean undolog_is_batched(const struct undolog_step *s)
{
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
        if (strcmp(actions[i].action, s->action) == 0)
            return actions[i].is_batched;
    return FALSE;
}

gboolean undolog_apply(struct db *db, const struct undolog_step *s, char **ret_said,
                       GError **error)
{
    struct json *data = json_parse(s->data, strlen(s->data), error);
    gboolean ok = FALSE;
    if (data == NULL)
        return FALSE;
    gsize i = 0;
    while (i < G_N_ELEMENTS(actions) && strcmp(actions[i].action, s->action) != 0)
        i++;
    if (i < G_N_ELEMENTS(actions))
        ok = actions[i].apply(db, s, data, ret_said, error);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("this crier does not know how to undo '%s'"), s->action);
    json_unref(data);
    return ok;
}

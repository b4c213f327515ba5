/*
 * Campaign records: reading, writing while they are drafts, moving their state, deleting.
 * Frozen versions and counters are in contents.c, delivery rows in deliveries.c.
 */
#include "config.h"

#include "store/campaigns.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/hours.h"
#include "store/bin_private.h"
#include "store/holds.h"
#include "store/hooks.h"
#include "store/parts.h"
#include "store/sql.h"
#include "store/undolog_private.h"

#define DELETE_BATCH 5000

#define HEAD                                                                                   \
    "SELECT id, name, state, held_reason, row_version, content_version, created_us,"           \
    " started_us, finished_us, title, \"from\", reply_to, subject, lists, exclude, server,"    \
    " html_file, text_file, list_id, give_up_s AS give_up, markdown_file, layout, logo,"       \
    " postal_address, preheader, mailbox, late, only_campaign, only_version, max_failed," \
    " hours, days, not_on, spread_s AS spread,"                                                 \
    " schedule_us, schedule_min, schedule_max, is_edited"
#define BODIES ", html, text, markdown"

/* ---- reading ---- */

static void read_campaign(sqlite3_stmt *s, struct campaign *c)
{
    campaign_init(c);
    c->id = sql_int64(s, 0);
    g_free(c->name);
    c->name = sql_text(s, 1);
    c->state = (enum campaign_state)sql_int64(s, 2);
    g_free(c->held_reason);
    c->held_reason = sql_text(s, 3);
    c->row_version = sql_int64(s, 4);
    c->content_version = sql_int64(s, 5);
    c->created_us = sql_int64(s, 6);
    c->started_us = sql_int64(s, 7);
    c->finished_us = sql_int64(s, 8);
    sql_read_fields(s, campaign_fields(), c);
    /* Behind the fields, whose number may change: by name. */
    for (int i = 9; i < sqlite3_column_count(s); i++) {
        const char *column = sqlite3_column_name(s, i);
        if (strcmp(column, "schedule_us") == 0)
            c->schedule_us = sql_int64(s, i);
        else if (strcmp(column, "schedule_min") == 0)
            c->schedule_min = sql_int64(s, i);
        else if (strcmp(column, "schedule_max") == 0)
            c->schedule_max = sql_int64(s, i);
        else if (strcmp(column, "is_edited") == 0)
            c->is_edited = sql_int64(s, i) != 0;
    }
}

/* 1 found, 0 none, -1 error. `s` is bound. */
static int read_one(struct db *db, sqlite3_stmt *s, struct campaign *ret, GError **error)
{
    int rc = sql_step(db, s, error);
    if (rc > 0) {
        struct campaign found = {0};
        read_campaign(s, &found);
        sqlite3_reset(s);
        found.parts = parts_get(db, found.id, PARTS_WORKING, error);
        if (found.parts == NULL) {
            campaign_clear(&found);
            return -1;
        }
        *ret = found;
    }
    return rc;
}

gboolean campaigns_get(struct db *db, const char *name, struct campaign *ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, HEAD BODIES " FROM campaign WHERE name = ?"
                                               " AND deleted_us IS NULL", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "s", name);
    int rc = read_one(db, s, ret, error);
    if (rc != 0)
        return rc > 0;
    g_autofree char *shown = text_safe(name, -1, 80);
    g_autofree char *no_such = g_strdup_printf(_("there is no campaign '%s'"), shown);
    g_autofree char *remedy = g_strdup_printf(_("Make it with: crier campaign new %s"), shown);
    return sql_not_found(db, "SELECT name FROM campaign WHERE deleted_us IS NULL", name, no_such, remedy, error);
}

gboolean campaigns_get_id(struct db *db, gint64 id, struct campaign *ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, HEAD BODIES " FROM campaign WHERE id = ? AND deleted_us IS NULL", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = read_one(db, s, ret, error);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("campaign %d is not there any more: somebody deleted it"), (int)id);
    return rc > 0;
}

static void campaign_free(gpointer data)
{
    campaign_clear(data);
    g_free(data);
}

GPtrArray *campaigns_all(struct db *db, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, HEAD " FROM campaign WHERE deleted_us IS NULL ORDER BY id", error);
    if (s == NULL)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(campaign_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct campaign *c = g_new0(struct campaign, 1);
        read_campaign(s, c);
        g_clear_pointer(&c->html, g_free);
        g_clear_pointer(&c->text, g_free);
        g_clear_pointer(&c->markdown, g_free);
        g_ptr_array_add(all, c);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

/* ---- hashes ---- */

char *campaigns_hash(const struct campaign *c)
{
    g_autoptr(GString) all = g_string_new(NULL);
    struct campaign plain;
    campaign_init(&plain);
    for (const struct field *f = campaign_fields(); f->key != NULL; f++) {
        if ((f->flags & FIELD_SPARSE) != 0 && field_equal(f, c, &plain))
            continue;
        g_autofree char *value = field_get(f, c);
        /* Lengths, so that no value can pretend to be the next key. */
        g_string_append_printf(all, "%s %" G_GSIZE_FORMAT ":%s\n", f->key, strlen(value),
                               value);
    }
    campaign_clear(&plain);
    for (guint i = 0; c->parts != NULL && i < c->parts->len; i++) {
        const struct part *p = c->parts->pdata[i];
        g_autofree char *hash =
            crypto_sha256_hex(g_bytes_get_data(p->data, NULL), g_bytes_get_size(p->data));
        g_string_append_printf(all, "part %d %s\n%s\n%s\n%s\n%s\n", (int)p->kind, p->file,
                               p->name, p->type, p->content_id != NULL ? p->content_id : "",
                               hash);
    }
    return crypto_sha256_hex(all->str, all->len);
}

char *campaigns_applied_hash(struct db *db, gint64 id)
{
    sqlite3_stmt *s = sql_prepare(db, "SELECT applied_hash FROM campaign WHERE id = ?", NULL);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", id);
    char *hash = sql_step(db, s, NULL) > 0 ? sql_text(s, 0) : NULL;
    sqlite3_reset(s);
    return hash;
}

/* ---- writing ---- */

static void bind_named(sqlite3_stmt *s, const char *name, gint64 value)
{
    sqlite3_bind_int64(s, sqlite3_bind_parameter_index(s, name), value);
}

static void bind_named_text(sqlite3_stmt *s, const char *name, const char *value)
{
    sqlite3_bind_text(s, sqlite3_bind_parameter_index(s, name), value, -1, SQLITE_TRANSIENT);
}

static gboolean insert(struct db *db, struct campaign *c, const char *applied_hash,
                       GError **error)
{
    gint64 taken;
    if (!sql_int(db, error, 0, &taken, "SELECT id FROM campaign WHERE name = ?", "s", c->name))
        return FALSE;
    if (taken != 0) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_EXISTS,
            _("there is a campaign '%s' already. Choose another name, or change that one "
              "with: crier campaign set %s"),
            c->name, c->name);
        return FALSE;
    }
    sqlite3_stmt *s = sql_prepare(
        db,
        "INSERT INTO campaign (name, created_us, applied_hash, title, \"from\", reply_to, "
        "subject,"
        " lists, exclude, server, html, text, html_file, text_file, list_id, give_up_s, "
        "markdown,"
        " markdown_file, layout, logo, postal_address, preheader, mailbox, late,"
        " only_campaign, only_version, max_failed, hours, days, not_on, spread_s)"
        " VALUES (:name_, :now_, :hash_, :title, :from, :reply_to, :subject, :lists, :exclude,"
        " :server, :html, :text, :html_file, :text_file, :list_id, :give_up, :markdown,"
        " :markdown_file, :layout, :logo, :postal_address, :preheader, :mailbox, :late,"
        " :only_campaign, :only_version, :max_failed, :hours, :days, :not_on, :spread)",
        error);
    if (s == NULL)
        return FALSE;
    gint64 now = clock_wall_us();
    bind_named_text(s, ":name_", c->name);
    bind_named(s, ":now_", now);
    bind_named_text(s, ":hash_", applied_hash);
    sql_bind_fields(s, campaign_fields(), c);
    if (!sql_run(db, s, error))
        return FALSE;
    c->id = sqlite3_last_insert_rowid(db_handle(db));
    if (!parts_put(db, c->id, c->parts, error) ||
        !audit_write(db, "new", "campaign", c->name, "", error))
        return FALSE;
    c->row_version = 1;
    c->created_us = now;
    c->state = CAMPAIGN_DRAFT;
    return TRUE;
}

static char *changed_keys(const struct campaign *old, const struct campaign *new)
{
    g_autoptr(GString) keys = g_string_new(NULL);
    for (const struct field *f = campaign_fields(); f->key != NULL; f++)
        if (!field_equal(f, old, new))
            g_string_append_printf(keys, "%s%s", keys->len > 0 ? ", " : "", f->key);
    return g_string_free(g_steal_pointer(&keys), FALSE);
}

static gboolean check_change(const struct campaign *old, const struct campaign *c,
                             GError **error)
{
    if (!campaign_check_edit(old, old, error)) /* whoever changed it: not now */
        return FALSE;
    if (old->row_version != c->row_version) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("campaign '%s' was changed by somebody else meanwhile. Look at it again, "
                      "then repeat your change"),
                    old->name);
        return FALSE;
    }
    return campaign_check_edit(old, c, error);
}

static gboolean update(struct db *db, struct campaign *c, const char *applied_hash,
                       GError **error)
{
    struct campaign old = {0};
    if (!campaigns_get_id(db, c->id, &old, error))
        return FALSE;
    g_autofree char *keys = changed_keys(&old, c);
    gboolean has_other_parts = c->parts != NULL && !parts_equal(old.parts, c->parts);
    gboolean ok = check_change(&old, c, error) &&
                  undolog_note_change(db, "campaign", old.name, old.id, campaign_fields(), &old, c,
                                   has_other_parts ? c->parts : NULL, error);
    campaign_clear(&old);
    if (!ok)
        return FALSE;
    sqlite3_stmt *s = sql_prepare(
        db,
        "UPDATE campaign SET row_version = row_version + 1,"
        " applied_hash = coalesce(:hash_, applied_hash), title = :title, \"from\" = :from,"
        " reply_to = :reply_to, subject = :subject, lists = :lists, exclude = :exclude,"
        " server = :server, html = :html, text = :text, html_file = :html_file,"
        " text_file = :text_file, list_id = :list_id, give_up_s = :give_up,"
        " markdown = :markdown, markdown_file = :markdown_file, layout = :layout, logo = :logo,"
        " postal_address = :postal_address, preheader = :preheader, mailbox = :mailbox,"
        " late = :late, only_campaign = :only_campaign, only_version = :only_version,"
        " max_failed = :max_failed, hours = :hours, days = :days, not_on = :not_on,"
        " spread_s = :spread,"
        " is_edited = is_edited OR state <> :draft_ WHERE id = :id_",
        error);
    if (s == NULL)
        return FALSE;
    bind_named_text(s, ":hash_", applied_hash);
    bind_named(s, ":id_", c->id);
    bind_named(s, ":draft_", CAMPAIGN_DRAFT);
    sql_bind_fields(s, campaign_fields(), c);
    /* A record without parts loaded (campaign set of one key) keeps the ones that are there. */
    if (!sql_run(db, s, error) ||
        (c->parts != NULL && !parts_put(db, c->id, c->parts, error)) ||
        !audit_write(db, "change", "campaign", c->name, keys, error))
        return FALSE;
    c->row_version++;
    return TRUE;
}

gboolean campaigns_put(struct db *db, struct campaign *c, const char *applied_hash,
                       GError **error)
{
    if (!text_is_slug(c->name)) {
        g_autofree char *shown = text_safe(c->name, -1, 80);
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("campaign name '%s': use 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning "
              "with a letter or digit"),
            shown);
        return FALSE;
    }
    gboolean own;
    if (!hours_check(c, error) || !sql_enter(db, &own, error))
        return FALSE;
    struct campaign before = *c;
    gboolean ok =
        c->id == 0 ? insert(db, c, applied_hash, error) : update(db, c, applied_hash, error);
    ok = sql_leave(db, own, ok, error);
    if (!ok) {
        c->id = before.id;
        c->row_version = before.row_version;
        c->created_us = before.created_us;
    }
    return ok;
}

/* ---- deleting ---- */

static gboolean delete_some(struct db *db, gint64 id, gint64 *ret_n, GError **error)
{
    gint64 n_held = 0;
    if (!db_begin(db, error))
        return FALSE;
    gboolean ok = sql_do(db, error,
                         "DELETE FROM attempt WHERE delivery_id IN (SELECT id FROM delivery"
                         " WHERE campaign_id = ? ORDER BY person_id LIMIT ?)",
                         "ii", id, (gint64)DELETE_BATCH) &&
                  sql_do(db, error,
                         "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery"
                         " WHERE campaign_id = ? ORDER BY person_id LIMIT ?)",
                         "ii", id, (gint64)DELETE_BATCH);
    *ret_n = ok ? sql_changes(db) : 0;
    ok = ok && holds_forget_some(db, id, DELETE_BATCH, &n_held, error);
    *ret_n = MAX(*ret_n, n_held);
    return sql_leave(db, TRUE, ok, error);
}

static gboolean delete_record(struct db *db, gint64 id, GError **error)
{
    return parts_delete(db, id, error) &&
           sql_do(db, error, "DELETE FROM content WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM campaign_list WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM campaign WHERE id = ?", "i", id);
}

static gboolean delete_counters(struct db *db, gint64 id, GError **error)
{
    return sql_do(db, error, "DELETE FROM campaign_counter WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM domain_counter WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM minute_counter WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM reply_counter WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM event WHERE campaign_id = ?", "i", id);
}

/* In batches, so that no other process waits for it; one that was cut short is completed by
 * doing it again. */
gboolean campaigns_destroy(struct db *db, gint64 id, GError **error)
{
    gint64 n = DELETE_BATCH;
    if (!db_begin(db, error) || !sql_leave(db, TRUE, delete_counters(db, id, error), error))
        return FALSE;
    while (n > 0)
        if (!delete_some(db, id, &n, error))
            return FALSE;
    return db_begin(db, error) && sql_leave(db, TRUE, delete_record(db, id, error), error);
}

static gboolean check_deletable(const struct campaign *c, GError **error)
{
    if (c->state == CAMPAIGN_DRAFT || c->state == CAMPAIGN_FINISHED ||
        c->state == CAMPAIGN_CANCELLED)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("campaign '%s' is %s and cannot be deleted. Cancel it first: crier "
                  "campaign cancel %s"),
                c->name, campaign_state_word(c->state), c->name);
    return FALSE;
}

gboolean campaigns_delete(struct db *db, const char *name, GError **error)
{
    struct campaign c = {0};
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = campaigns_get(db, name, &c, error) && check_deletable(&c, error) &&
                  bin_take(db, "campaign", c.id, c.name, error) &&
                  audit_write(db, "delete", "campaign", c.name, "", error);
    campaign_clear(&c);
    return sql_leave(db, own, ok, error);
}

/* ---- state ---- */

static gboolean move(struct db *db, const struct campaign *c, enum campaign_state to,
                     const char *reason, GError **error)
{
    if (!campaign_check_move(c->name, c->state, to, error))
        return FALSE;
    gint64 now = clock_wall_us();
    gboolean starts = to == CAMPAIGN_SENDING;
    gboolean ends = to == CAMPAIGN_FINISHED || to == CAMPAIGN_CANCELLED;
    g_autofree char *detail =
        g_strdup_printf("%s -> %s%s%s", campaign_state_name(c->state), campaign_state_name(to),
                        reason != NULL ? ": " : "", reason != NULL ? reason : "");
    return sql_do(
               db, error,
               "UPDATE campaign SET state = ?1, held_reason = ?2,"
               " started_us = CASE WHEN ?3 THEN coalesce(started_us, ?5) ELSE started_us END,"
               " finished_us = CASE WHEN ?4 THEN ?5 END, row_version = row_version + 1,"
               /* What was written for those who never get it is not what it said. */
               " is_edited = CASE WHEN ?4 THEN 0 ELSE is_edited END"
               " WHERE id = ?6",
               "isiiii", (gint64)to, to == CAMPAIGN_HELD ? reason : NULL, (gint64)starts,
               (gint64)ends, now, c->id) &&
           audit_write(db, "move", "campaign", c->name, detail, error) &&
           hooks_note(db, c->id, c->name, to, reason, error);
}

gboolean campaigns_move(struct db *db, gint64 id, enum campaign_state to, const char *reason,
                        GError **error)
{
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    struct campaign c = {0};
    gboolean ok = campaigns_get_id(db, id, &c, error) && move(db, &c, to, reason, error);
    campaign_clear(&c);
    return sql_leave(db, own, ok, error);
}

gboolean campaigns_schedule(struct db *db, gint64 id, gint64 at_us, gint64 people_min,
                            gint64 people_max, GError **error)
{
    gboolean own;
    struct campaign c = {0};
    if (!sql_enter(db, &own, error))
        return FALSE;
    g_autofree char *detail = at_us > 0 ? clock_format_utc(at_us) : g_strdup("");
    gboolean ok = campaigns_get_id(db, id, &c, error) &&
                  sql_do(db, error,
                         "UPDATE campaign SET schedule_us = nullif(?2, 0), schedule_min = ?3,"
                         " schedule_max = ?4, row_version = row_version + 1 WHERE id = ?1",
                         "iiii", id, at_us, people_min, people_max) &&
                  audit_write(db, "schedule", "campaign", c.name, detail, error);
    campaign_clear(&c);
    return sql_leave(db, own, ok, error);
}

/*
 * Who did what (append-only), the user's settings, and the rows by which a worker shows that it
 * lives. Not for internal facts of the database (meta.c).
 */
#include "config.h"

#include "store/audit.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/field.h"
#include "base/i18n.h"
#include "base/log.h"
#include "store/sql.h"

/* ---- audit ---- */

gboolean audit_write(struct db *db, const char *action, const char *noun, const char *name,
                     const char *detail, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO audit (at_us, actor, action, noun, name, detail)"
                  " VALUES (?, ?, ?, ?, ?, ?)",
                  "isssss", clock_wall_us(), db_actor(db), action, noun,
                  name != NULL ? name : "", detail != NULL ? detail : "");
}

static void audit_row_free(gpointer data)
{
    struct audit_row *r = data;
    g_free(r->actor);
    g_free(r->action);
    g_free(r->noun);
    g_free(r->name);
    g_free(r->detail);
    g_free(r);
}

static GPtrArray *read_rows(struct db *db, sqlite3_stmt *s, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(audit_row_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct audit_row *r = g_new0(struct audit_row, 1);
        r->id = sql_int64(s, 0);
        r->at_us = sql_int64(s, 1);
        r->actor = sql_text(s, 2);
        r->action = sql_text(s, 3);
        r->noun = sql_text(s, 4);
        r->name = sql_text(s, 5);
        r->detail = sql_text(s, 6);
        g_ptr_array_add(rows, r);
    }
    return rc == 0 ? g_steal_pointer(&rows) : NULL;
}

GPtrArray *audit_page(struct db *db, gint64 after_id, int max, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT id, at_us, actor, action, noun, name, detail FROM audit"
                    " WHERE id > ? ORDER BY id LIMIT ?",
                    error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", after_id, (gint64)max);
    return read_rows(db, s, error);
}

GPtrArray *audit_page_before(struct db *db, gint64 before_id, int max, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT id, at_us, actor, action, noun, name, detail FROM audit"
                    " WHERE id < ? ORDER BY id DESC LIMIT ?",
                    error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", before_id, (gint64)max);
    return read_rows(db, s, error);
}

GPtrArray *audit_about(struct db *db, const char *noun, const char *name, const char *detail,
                       GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT id, at_us, actor, action, noun, name, detail FROM audit"
                    " WHERE (noun = ? AND name = ?) OR detail = ? ORDER BY id",
                    error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "sss", noun, name, detail);
    return read_rows(db, s, error);
}

/* ---- settings ---- */

static const char *const log_levels[] = {"debug", "info", "notice", "warning", "error", NULL};
G_STATIC_ASSERT(G_N_ELEMENTS(log_levels) == LOG_LEVEL_COUNT + 1);

const struct field *settings_fields(void)
{
    static const struct field table[] = {
        {.key = "organisation",
         .type = FIELD_LINE,
         .offset = G_STRUCT_OFFSET(struct settings, organisation),
         .max = 200,
         .help = N_("Who sends: the name shown in new campaigns")},
        {.key = "hello",
         .type = FIELD_LINE,
         .offset = G_STRUCT_OFFSET(struct settings, hello),
         .max = 255,
         .help =
             N_("The name we greet servers with (EHLO), for those without one of their own")},
        {.key = "give_up",
         .type = FIELD_SPAN,
         .offset = G_STRUCT_OFFSET(struct settings, give_up_s),
         .fallback = "2d",
         .min = 60,
         .max = 30 * 24 * 3600,
         .help = N_("How long a deferred message is tried again, for new campaigns")},
        {.key = "retry",
         .type = FIELD_SPAN,
         .offset = G_STRUCT_OFFSET(struct settings, retry_s),
         .fallback = "5m",
         .min = 1,
         .max = 6 * 3600,
         .help =
             N_("The wait before a deferred message is tried again; later waits grow with it:"
                " 3, 12, 48, 72 times as long")},
        {.key = "log_level",
         .type = FIELD_CHOICE,
         .offset = G_STRUCT_OFFSET(struct settings, log_level),
         .fallback = "info",
         .choices = log_levels,
         .help = N_("The least important kind of line in the log")},
        {.key = "hook_command",
         .type = FIELD_COMMAND,
         .offset = G_STRUCT_OFFSET(struct settings, hook_command),
         .help = N_("A command that is run, without a shell, when a campaign is finished,"
                    " paused, held or cancelled, or a receiver refuses us; its standard input"
                    " says which, as JSON")},
        {.key = "hook_mail",
         .type = FIELD_MAILBOX,
         .offset = G_STRUCT_OFFSET(struct settings, hook_mail),
         .help = N_("The address that gets a short mail when a campaign is finished, paused,"
                    " held or cancelled, or a receiver refuses us")},
        {.key = "soft_bounces",
         .type = FIELD_INT,
         .offset = G_STRUCT_OFFSET(struct settings, soft_bounces),
         .fallback = "5",
         .min = 1,
         .max = 1000,
         .help = N_("After so many messages in a row that came back without a final word about"
                    " the address (a full mailbox), it is never mailed again")},
        {.key = "soft_within",
         .type = FIELD_SPAN,
         .offset = G_STRUCT_OFFSET(struct settings, soft_within_s),
         .fallback = "30d",
         .min = 3600,
         .max = 3650 * 24 * 3600,
         .help = N_("The time within which they count")},
        {.key = "keep_mail",
         .type = FIELD_SPAN,
         .offset = G_STRUCT_OFFSET(struct settings, keep_mail_s),
         .fallback = "400d",
         .min = 7 * 24 * 3600,
         .max = 3650 * 24 * 3600,
         .help = N_("How long mail that came back is kept whole, to be shown and read anew; what"
                    " it said, and what followed, stays for ever")},
        {.key = NULL},
    };
    return table;
}

void settings_clear(struct settings *s)
{
    field_clear_all(settings_fields(), s);
}

gboolean settings_load(struct db *db, struct settings *ret, GError **error)
{
    struct settings found = {0};
    field_init_all(settings_fields(), &found);
    sqlite3_stmt *s = sql_prepare(db, "SELECT key, value FROM setting", error);
    int rc = -1;
    while (s != NULL && (rc = sql_step(db, s, error)) > 0) {
        /* A key of a newer version, or a limit that became narrower: the default is in force.
         */
        const struct field *f = field_find(settings_fields(), sql_peek(s, 0));
        if (f != NULL)
            field_set(f, &found, sql_peek(s, 1), NULL);
    }
    if (rc != 0 || !sql_int(db, error, 0, &found.row_version,
                            "SELECT value FROM meta WHERE key = 'settings_version'", "")) {
        settings_clear(&found);
        return FALSE;
    }
    *ret = found;
    return TRUE;
}

char *settings_hello(struct db *db, const char *own)
{
    struct settings settings = {0};
    char *name = own && *own ? g_strdup(own) : NULL;
    if (!name && settings_load(db, &settings, NULL)) {
        if (settings.hello && *settings.hello)
            name = g_strdup(settings.hello);
        settings_clear(&settings);
    }
    return name ? name : g_strdup(g_get_host_name());
}

/* The text as it is stored: checked, and normalised by the field. */
static char *normalise(const struct field *f, const char *value, GError **error)
{
    struct settings s = {0};
    field_init_all(settings_fields(), &s);
    char *text = field_set(f, &s, value, error) ? field_get(f, &s) : NULL;
    settings_clear(&s);
    return text;
}

static gboolean store_setting(struct db *db, const char *key, const char *value, GError **error)
{
    if (!sql_do(db, error,
                "INSERT INTO meta (key, value) VALUES ('settings_version', 1)"
                " ON CONFLICT (key) DO UPDATE SET value = value + 1",
                ""))
        return FALSE;
    if (value == NULL)
        return sql_do(db, error, "DELETE FROM setting WHERE key = ?", "s", key) &&
               audit_write(db, "set", "setting", key, _("default"), error);
    return sql_do(db, error,
                  "INSERT INTO setting (key, value, actor, changed_us) VALUES (?, ?, ?, ?)"
                  " ON CONFLICT (key) DO UPDATE SET value = excluded.value,"
                  " actor = excluded.actor, changed_us = excluded.changed_us",
                  "sssi", key, value, db_actor(db), clock_wall_us()) &&
           audit_write(db, "set", "setting", key, value, error);
}

gboolean settings_set(struct db *db, const char *key, const char *value, GError **error)
{
    const struct field *f = field_find(settings_fields(), key);
    if (f == NULL) {
        struct settings none = {0};
        /* Says which key is near. */
        return field_set_key(settings_fields(), &none, key, value, error);
    }
    g_autofree char *text = NULL;
    if (value != NULL && *value != '\0' && (text = normalise(f, value, error)) == NULL)
        return FALSE;
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    return sql_leave(db, own, store_setting(db, f->key, text, error), error);
}

static gboolean put_changed(struct db *db, const struct settings *new,
                            const struct settings *old, GError **error)
{
    struct settings plain = {0};
    gboolean ok = TRUE;
    field_init_all(settings_fields(), &plain);
    for (const struct field *f = settings_fields(); ok && f->key != NULL; f++) {
        if (field_equal(f, new, old))
            continue;
        g_autofree char *value = field_equal(f, new, &plain) ? NULL : field_get(f, new);
        ok = store_setting(db, f->key, value, error);
    }
    settings_clear(&plain);
    return ok;
}

static gboolean put_settings(struct db *db, struct settings *s, gint64 *ret_version,
                             GError **error)
{
    struct settings old;
    if (!settings_load(db, &old, error))
        return FALSE;
    gboolean ok = old.row_version == s->row_version;
    if (!ok)
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                            _("the settings were changed by somebody else meanwhile. Look at "
                              "them again, then repeat your change"));
    ok = ok && put_changed(db, s, &old, error) &&
         sql_int(db, error, 0, ret_version,
                 "SELECT value FROM meta WHERE key = 'settings_version'", "");
    settings_clear(&old);
    return ok;
}

gboolean settings_put(struct db *db, struct settings *s, GError **error)
{
    gboolean own;
    gint64 version = 0;
    if (!sql_enter(db, &own, error) ||
        !sql_leave(db, own, put_settings(db, s, &version, error), error))
        return FALSE;
    s->row_version = version;
    return TRUE;
}

char *settings_origin(struct db *db, const char *key)
{
    const struct field *f = field_find(settings_fields(), key);
    sqlite3_stmt *s =
        sql_prepare(db, "SELECT actor, changed_us FROM setting WHERE key = ?", NULL);
    if (f == NULL || s == NULL)
        return NULL;
    sql_bind(s, "s", f->key);
    char *origin = NULL;
    if (sql_step(db, s, NULL) > 0) {
        g_autofree char *when = clock_format_local(sql_int64(s, 1), clock_wall_us());
        origin = g_strdup_printf("%s, %s", sql_peek(s, 0), when);
        sqlite3_reset(s);
    }
    return origin;
}

/* ---- roles ---- */

gboolean role_beat(struct db *db, const struct role_row *r, GError **error)
{
    return sql_do(
        db, error,
        "INSERT INTO role (role, pid, since_us, beat_us, boot_id, note, in_flight, rate,"
        " hardened) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (role) DO UPDATE SET"
        " pid = excluded.pid, since_us = excluded.since_us, beat_us = excluded.beat_us,"
        " boot_id = excluded.boot_id, note = excluded.note,"
        " in_flight = excluded.in_flight, rate = excluded.rate,"
        " hardened = excluded.hardened",
        "siiissidi", r->role, r->pid, r->since_us, r->beat_us,
        r->boot_id != NULL ? r->boot_id : "", r->note != NULL ? r->note : "", r->in_flight,
        r->rate, (gint64)r->hardened);
}

gboolean role_gone(struct db *db, const char *role, GError **error)
{
    return sql_do(db, error, "DELETE FROM role WHERE role = ?", "s", role);
}

static void role_row_free(gpointer data)
{
    struct role_row *r = data;
    g_free(r->role);
    g_free(r->boot_id);
    g_free(r->note);
    g_free(r);
}

GPtrArray *role_all(struct db *db, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT role, pid, since_us, beat_us, boot_id, note, in_flight, rate, hardened FROM role",
        error);
    if (s == NULL)
        return NULL;
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(role_row_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct role_row *r = g_new0(struct role_row, 1);
        r->role = sql_text(s, 0);
        r->pid = sql_int64(s, 1);
        r->since_us = sql_int64(s, 2);
        r->beat_us = sql_int64(s, 3);
        r->boot_id = sql_text(s, 4);
        r->note = sql_text(s, 5);
        r->in_flight = sql_int64(s, 6);
        r->rate = sqlite3_column_double(s, 7);
        r->hardened = (int)sql_int64(s, 8);
        g_ptr_array_add(rows, r);
    }
    return rc == 0 ? g_steal_pointer(&rows) : NULL;
}

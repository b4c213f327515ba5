/*
 * Is this file ours, how old is its schema, and bringing it up to date: an automatic backup,
 * then all migrations in one transaction. The migrations themselves are in schema.c.
 */
#include "config.h"

#include <errno.h>
#include <glib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/db_private.h"
#include "store/schema.h"
#include "store/sql.h"

static gboolean fail_foreign(struct db *db, GError **error)
{
    g_autofree char *shown = text_safe(db->path, -1, 0);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_FAILED,
        _("database %s: it belongs to another program. Name another workspace (-w DIR)"),
        shown);
    return FALSE;
}

static gboolean fail_newer(struct db *db, gint64 version, GError **error)
{
    g_autofree char *shown = text_safe(db->path, -1, 0);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("database %s: its schema %d is newer than schema %d, the newest that this "
                  "crier knows. Install the newer crier; nothing was changed"),
                shown, (int)version, schema_newest());
    return FALSE;
}

gboolean migrate_check_file(struct db *db, gint64 *ret_version, gboolean *ret_is_empty,
                            GError **error)
{
    gint64 application, version, tables;
    /* Another process may be making it, in one transaction: asked for last, an application id
     * that is not there means that there were no tables either. */
    if (!db_ask(db->handle, "SELECT count(*) FROM sqlite_master", 0, &tables) ||
        !db_ask(db->handle, "PRAGMA user_version", 0, &version) ||
        !db_ask(db->handle, "PRAGMA application_id", 0, &application))
        return sql_fail(db, NULL, error);
    gboolean is_empty = application == 0 && version == 0 && tables == 0;
    if (is_empty && db->use == DB_USE_READ) {
        g_autofree char *shown = text_safe(db->path, -1, 0);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("database %s: there is nothing in it yet. Make it with: crier init"),
                    shown);
        return FALSE;
    }
    if (!is_empty && application != SCHEMA_APPLICATION_ID)
        return fail_foreign(db, error);
    if (version > schema_newest() && db->use != DB_USE_READ)
        return fail_newer(db, version, error);
    *ret_version = version;
    *ret_is_empty = is_empty;
    return TRUE;
}

/* DIR/backups/crier-schema-1-20261121T180800Z.db; a number is added when that is taken. */
static char *backup_name(struct db *db, int version, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(db->path);
    g_autofree char *backups = g_build_filename(dir, "backups", NULL);
    if (g_mkdir_with_parents(backups, 0700) != 0) {
        g_autofree char *shown = text_safe(backups, -1, 0);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("folder %s for the backup before the migration cannot be made: %s"),
                    shown, g_strerror(errno));
        return NULL;
    }
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(clock_wall_us() / CLOCK_SECOND_US);
    g_autofree char *stamp = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    for (int n = 0;; n++) {
        g_autofree char *number = n > 0 ? g_strdup_printf("-%d", n) : g_strdup("");
        char *path =
            g_strdup_printf("%s/crier-schema-%d-%s%s.db", backups, version, stamp, number);
        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return path;
        g_free(path);
    }
}

static gboolean back_up(struct db *db, int version, GError **error)
{
    g_autofree char *to = backup_name(db, version, error);
    if (to != NULL && db_backup(db, to, NULL, NULL, error))
        return TRUE;
    g_prefix_error(error, _("nothing was migrated: "));
    return FALSE;
}

static gboolean set_numbers(struct db *db, int version, GError **error)
{
    g_autofree char *sql = g_strdup_printf("PRAGMA application_id=%d; PRAGMA user_version=%d",
                                           SCHEMA_APPLICATION_ID, version);
    return db_script(db, sql, error);
}

static gboolean check_references(struct db *db, GError **error)
{
    gint64 broken = 0;
    if (!db_ask(db->handle, "SELECT count(*) FROM pragma_foreign_key_check", 0, &broken))
        return sql_fail(db, NULL, error);
    if (broken == 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("database: %d rows would lose what they refer to"), (int)broken);
    return FALSE;
}

/* Inside the transaction. `version` is what was backed up. */
static gboolean apply_all(struct db *db, const struct schema_migration *list, gint64 version,
                          GError **error)
{
    gint64 now;
    if (!db_ask(db->handle, "PRAGMA user_version", 0, &now))
        return sql_fail(db, NULL, error);
    int reached = (int)now;
    for (const struct schema_migration *m = list; m->version > 0; m++) {
        if (m->version <= now)
            continue;
        /* Somebody else migrated a part since the backup: ours would not hold what is there. */
        if (now != version) {
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                        _("database: another process is migrating it. Try again"));
            return FALSE;
        }
        if (!db_script(db, m->sql, error)) {
            g_prefix_error(error, _("migration %d (%s): "), m->version, _(m->help));
            return FALSE;
        }
        reached = m->version;
    }
    if (reached == now)
        return TRUE;
    return set_numbers(db, reached, error) && check_references(db, error) &&
           (now > 0 || (meta_store_identity(db, error) && meta_store_checked(db, error)));
}

gboolean migrate_run(struct db *db, const struct schema_migration *list, GError **error)
{
    gint64 version;
    if (!db_ask(db->handle, "PRAGMA user_version", 0, &version))
        return sql_fail(db, NULL, error);
    int newest = 0;
    for (const struct schema_migration *m = list; m->version > 0; m++)
        newest = m->version;
    /* Another process may have made or migrated it while we waited. */
    if (version >= newest)
        return TRUE;
    if (version > 0 && !back_up(db, (int)version, error))
        return FALSE;
    /* A migration may rebuild a table that others refer to; the pragma is void inside. */
    if (!db_script(db, "PRAGMA foreign_keys=OFF", error) || !db_begin(db, error))
        return FALSE;
    gboolean ok = sql_leave(db, TRUE, apply_all(db, list, version, error), error);
    return db_script(db, "PRAGMA foreign_keys=ON", ok ? error : NULL) && ok;
}

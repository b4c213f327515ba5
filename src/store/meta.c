/*
 * Internal facts of a database: the HMAC key, whose file it is (invariant I8), whether the last
 * worker closed it. Not for the user's settings (audit.c).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/campaign.h"
#include "store/db_private.h"
#include "store/hooks.h"
#include "store/sql.h"

#define KEY_BYTES 32
#define DAY_US (24 * 3600 * CLOCK_SECOND_US)

char *meta_get(struct db *db, const char *key)
{
    sqlite3_stmt *s = sql_prepare(db, "SELECT value FROM meta WHERE key = ?", NULL);
    if (s == NULL)
        return NULL;
    sql_bind(s, "s", key);
    char *value = sql_step(db, s, NULL) > 0 ? sql_text(s, 0) : NULL;
    sqlite3_reset(s);
    return value;
}

gboolean meta_set(struct db *db, const char *key, const char *value, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO meta (key, value) VALUES (?, ?)"
                  " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                  "ss", key, value);
}

/* ---- the key ---- */

/* 1 there, 0 not there, -1 error. */
static int read_key(struct db *db, guint8 ret_key[KEY_BYTES], GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, "SELECT value FROM meta WHERE key = 'hmac_key'", error);
    if (s == NULL)
        return -1;
    int rc = sql_step(db, s, error);
    if (rc > 0 && sqlite3_column_bytes(s, 0) == KEY_BYTES)
        memcpy(ret_key, sqlite3_column_blob(s, 0), KEY_BYTES);
    else if (rc > 0)
        rc = 0;
    sqlite3_reset(s);
    return rc;
}

gboolean db_hmac_key(struct db *db, guint8 ret_key[32], GError **error)
{
    int rc = read_key(db, ret_key, error);
    if (rc != 0)
        return rc > 0;
    guint8 key[KEY_BYTES];
    crypto_random(key, sizeof key);
    /* Two processes may come here at once: the first one's key stays. */
    sqlite3_stmt *s = sql_prepare(
        db, "INSERT INTO meta (key, value) VALUES ('hmac_key', ?) ON CONFLICT DO NOTHING",
        error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_blob(s, 1, key, sizeof key, SQLITE_TRANSIENT);
    gboolean ok = sql_run(db, s, error);
    sqlite3_clear_bindings(s);
    explicit_bzero(key, sizeof key);
    return ok && read_key(db, ret_key, error) > 0;
}

/* ---- whose file it is ---- */

static char *machine_hash(void)
{
    g_autofree char *id = file_read("/etc/machine-id", 4096, NULL, NULL);
    g_strstrip(id != NULL ? id : (id = g_strdup("unknown")));
    /* machine-id(5): never shown as it is, only hashed with something of the application's. */
    g_autofree char *text = g_strconcat("crier:", id, NULL);
    char *hex = crypto_sha256_hex(text, strlen(text));
    hex[32] = '\0';
    return hex;
}

/* Machine, inode and time of birth of the file: a copy differs in one of them. The device
 * number alone may change from boot to boot, so it stands in only where there is no time of
 * birth. stat and statx open nothing. NULL when the file cannot be looked at. */
static char *identity_of(const char *path)
{
    struct statx sx;
    if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &sx) != 0)
        return NULL;
    g_autofree char *machine = machine_hash();
    if ((sx.stx_mask & STATX_BTIME) != 0)
        return g_strdup_printf(
            "machine %s inode %" G_GUINT64_FORMAT " born %" G_GINT64_FORMAT ".%09u", machine,
            (guint64)sx.stx_ino, (gint64)sx.stx_btime.tv_sec, sx.stx_btime.tv_nsec);
    return g_strdup_printf("machine %s inode %" G_GUINT64_FORMAT " device %u:%u", machine,
                           (guint64)sx.stx_ino, sx.stx_dev_major, sx.stx_dev_minor);
}

gboolean meta_store_identity(struct db *db, GError **error)
{
    g_autofree char *identity = identity_of(db->path);
    if (identity != NULL)
        return meta_set(db, "identity", identity, error);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("database: its file is gone"));
    return FALSE;
}

gboolean meta_store_checked(struct db *db, GError **error)
{
    g_autofree char *now = g_strdup_printf("%" G_GINT64_FORMAT, clock_wall_us());
    return meta_set(db, "checked_us", now, error);
}

static gboolean hold_one(struct db *db, gint64 id, const char *name, GError **error)
{
    return sql_do(db, error,
                  "UPDATE campaign SET state = ?, held_reason = ?,"
                  " row_version = row_version + 1 WHERE id = ?",
                  "isi", (gint64)CAMPAIGN_HELD, "copied database", id) &&
           audit_write(db, "hold", "campaign", name, "copied database", error) &&
           hooks_note(db, id, name, CAMPAIGN_HELD, "copied database", error);
}

/* Returns how many, -1 on error. Inside a transaction. */
static int hold_all(struct db *db, GError **error)
{
    int n = 0;
    for (;; n++) {
        sqlite3_stmt *s = sql_prepare(
            db, "SELECT id, name FROM campaign WHERE state IN (?, ?, ?) ORDER BY id LIMIT 1",
            error);
        if (s == NULL)
            return -1;
        sql_bind(s, "iii", (gint64)CAMPAIGN_PREPARING, (gint64)CAMPAIGN_SCHEDULED,
                 (gint64)CAMPAIGN_SENDING);
        int rc = sql_step(db, s, error);
        if (rc <= 0)
            return rc < 0 ? -1 : n;
        gint64 id = sql_int64(s, 0);
        g_autofree char *name = sql_text(s, 1);
        sqlite3_reset(s);
        if (!hold_one(db, id, name, error))
            return -1;
    }
}

int db_claim_identity(struct db *db, GError **error)
{
    g_autofree char *stored = meta_get(db, "identity");
    g_autofree char *identity = identity_of(db->path);
    if (stored != NULL && g_strcmp0(stored, identity) == 0)
        return 0;
    if (!db_begin(db, error))
        return -1;
    /* What the other database had still to tell, it tells itself. */
    int n = stored == NULL || hooks_drop_waiting(db, "copied database", error)
                ? hold_all(db, error)
                : -1;
    gboolean ok = n >= 0 && meta_store_identity(db, error);
    return sql_leave(db, TRUE, ok, error) ? n : -1;
}

/* ---- after a crash ---- */

/* Each page is read once, so a cache is of no use to it, and what it took a worker would keep. */
static gboolean quick_check(struct db *db, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, "PRAGMA quick_check(1)", error);
    if (s == NULL || !db_script(db, "PRAGMA cache_size=-100", error))
        return FALSE;
    int rc = sql_step(db, s, error);
    g_autofree char *found = rc > 0 ? sql_text(s, 0) : g_strdup("?");
    sqlite3_reset(s);
    db_script(db, "PRAGMA cache_size=-2000", NULL); /* SQLite's own */
    if (rc < 0 || g_str_equal(found, "ok"))
        return rc >= 0;
    g_autofree char *shown = text_safe(db->path, -1, 0);
    g_autofree char *reason = text_safe(found, -1, 300);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("database %s: the file is damaged (%s). Bring back a backup with: crier db "
                  "restore FILE (the damaged file is kept beside it)"),
                shown, reason);
    return FALSE;
}

gboolean meta_check_after_crash(struct db *db, GError **error)
{
    g_autofree char *open_since = meta_get(db, "worker_open");
    g_autofree char *checked = meta_get(db, "checked_us");
    gint64 now = clock_wall_us();
    gint64 age = checked != NULL ? now - g_ascii_strtoll(checked, NULL, 10) : DAY_US;
    g_autofree char *now_text = g_strdup_printf("%" G_GINT64_FORMAT, now);
    if (open_since != NULL || age >= DAY_US || age < 0) {
        if (!quick_check(db, error))
            return FALSE;
        meta_store_checked(db, NULL);
    }
    /* A full disk must not keep the worker from starting: then the next start checks too much
     * or too little, and nothing else. */
    db->is_marked = meta_set(db, "worker_open", now_text, NULL);
    return TRUE;
}

void meta_mark_closed(struct db *db)
{
    if (db->is_marked)
        sql_do(db, NULL, "DELETE FROM meta WHERE key = 'worker_open'", "");
    db->is_marked = FALSE;
}

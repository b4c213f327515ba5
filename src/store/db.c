/*
 * One handle on the database: opening it with every setting that safety needs, transactions,
 * the checkpoint lock, closing. Not for migrations (migrate.c), internal facts (meta.c), checks
 * and copies of the whole file (backup.c).
 *
 * The database file itself is touched by SQLite alone: POSIX locks are lost when any descriptor
 * of a file is closed by a process that has it open a second time.
 */
#include "config.h"

#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/process.h"
#include "base/text.h"
#include "store/attempt_rows.h"
#include "store/db_private.h"
#include "store/schema.h"
#include "store/sql.h"

#define POLL_US 5000
#define WAIT_US 1000
#define WAIT_SHORT 200 /* so often WAIT_US, then POLL_US */
#define GIVE_WAY_US 20000

/* ---- small things ---- */

const char *db_library(int *ret_number)
{
    if (ret_number)
        *ret_number = sqlite3_libversion_number();
    return sqlite3_libversion();
}

sqlite3 *db_handle(struct db *db)
{
    return db->handle;
}

const char *db_path(const struct db *db)
{
    return db->path;
}

void db_set_actor(struct db *db, const char *actor)
{
    g_free(db->actor);
    db->actor = g_strdup(actor);
}

const char *db_actor(const struct db *db)
{
    /* Asking for the login name may ask a directory server: only who writes pays for it. */
    if (db->actor == NULL)
        ((struct db *)db)->actor = process_login_name();
    return db->actor;
}

static int open_lock(const struct db *db)
{
    g_autofree char *path = g_strconcat(db->path, "-ckpt", NULL);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* ---- waiting for another writer ---- */

/*
 * SQLite's lock is not fair: who writes batch after batch (an import) gives it back for
 * microseconds only, and a worker that waits could miss that moment for seconds. So who waits
 * says so by a lock of its own, and who has just committed a batch looks for it.
 */
static gboolean lock_waiting(const struct db *db, int type)
{
    struct flock range = {
        .l_type = (short)type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    return fcntl(db->wait_fd, F_OFD_SETLK, &range) == 0;
}

static int wait_a_little(void *data, int n)
{
    struct db *db = data;
    gint64 now = clock_mono_us();
    if (n == 0)
        db->wait_until_us = now + db->busy_ms * (gint64)1000;
    if (now >= db->wait_until_us)
        return 0;
    if (n == 0 && db->is_beginning && (db->wait_fd >= 0 || (db->wait_fd = open_lock(db)) >= 0))
        db->says_waiting = lock_waiting(db, F_RDLCK);
    g_usleep(n < WAIT_SHORT ? WAIT_US : POLL_US);
    return 1;
}

static void waited(struct db *db)
{
    db->is_beginning = FALSE;
    if (db->says_waiting)
        db->says_waiting = !lock_waiting(db, F_UNLCK);
}

gboolean db_is_awaited(struct db *db)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    if (db->wait_fd < 0 && (db->wait_fd = open_lock(db)) < 0)
        return FALSE;
    return fcntl(db->wait_fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

void db_give_way(struct db *db)
{
    gint64 end = clock_mono_us() + GIVE_WAY_US;
    while (db_is_awaited(db) && clock_mono_us() < end)
        g_usleep(WAIT_US / 2);
}

void db_set_timeout(struct db *db, int ms)
{
    db->busy_ms = ms;
    sqlite3_busy_handler(db->handle, wait_a_little, db);
}

gboolean db_script(struct db *db, const char *sql, GError **error)
{
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sql_fail(db, NULL, error);
    return TRUE;
}

gboolean db_ask(sqlite3 *handle, const char *sql, gint64 fallback, gint64 *ret)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(handle, sql, -1, &s, NULL) != SQLITE_OK)
        return FALSE;
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *ret = sqlite3_column_int64(s, 0);
    else if (rc == SQLITE_DONE)
        *ret = fallback;
    /* finalize gives the step's error back, so that the handle's text stays the right one */
    sqlite3_finalize(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* ---- transactions ---- */

gboolean db_begin(struct db *db, GError **error)
{
    g_assert(sqlite3_get_autocommit(db->handle));
    db->is_beginning = TRUE;
    gboolean ok = sql_do(db, error, "BEGIN IMMEDIATE", "");
    waited(db);
    return ok;
}

gboolean db_commit(struct db *db, GError **error)
{
    g_assert(!sqlite3_get_autocommit(db->handle));
    if (sql_do(db, error, "COMMIT", ""))
        return TRUE;
    db_rollback(db);
    return FALSE;
}

gboolean db_set_cache(struct db *db, int kib, GError **error)
{
    g_autofree char *sql = g_strdup_printf("PRAGMA cache_size=-%d", kib);
    return db_script(db, sql, error);
}

void db_rollback(struct db *db)
{
    sql_reset_all(db);
    /* Full disks and I/O errors make SQLite roll back by itself. */
    if (!sqlite3_get_autocommit(db->handle))
        sql_do(db, NULL, "ROLLBACK", "");
}

gboolean db_part_begin(struct db *db, GError **error)
{
    g_assert(!sqlite3_get_autocommit(db->handle));
    return sql_do(db, error, "SAVEPOINT part", "");
}

gboolean db_part_end(struct db *db, gboolean is_kept, GError **error)
{
    if (!is_kept) {
        sql_reset_all(db);
        if (!sql_do(db, error, "ROLLBACK TO part", ""))
            return FALSE;
    }
    return sql_do(db, error, "RELEASE part", "");
}

/*
 * The first of the two headers of the WAL index, which every commit of anybody changes (it holds
 * a counter and a checksum; SQLite, "WAL-mode File Format", 2.1). SQLite's own test for a change
 * compares the same bytes, but behind a lock that costs two system calls. False: it cannot be
 * seen.
 */
static gboolean read_wal_index(struct db *db, guint8 ret[DB_WAL_INDEX_HEADER_BYTES])
{
    enum { REGION_BYTES = 32768 };
    sqlite3_file *file = NULL;
    void volatile *region = NULL;
    if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
            SQLITE_OK ||
        !file || !file->pMethods || file->pMethods->iVersion < 2 || !file->pMethods->xShmMap ||
        file->pMethods->xShmMap(file, 0, REGION_BYTES, 0, &region) != SQLITE_OK || !region)
        return FALSE;
    file->pMethods->xShmBarrier(file);
    memcpy(ret, (const void *)region, DB_WAL_INDEX_HEADER_BYTES);
    return TRUE;
}

gint64 db_data_version(struct db *db)
{
    guint8 now[DB_WAL_INDEX_HEADER_BYTES];
    gint64 version;
    /* Not before SQLite has opened the index itself. It is read before SQLite is asked: what is
     * committed between the two is asked for once more the next time. */
    gboolean is_seen = db->data_version > 0 && read_wal_index(db, now);
    if (is_seen && memcmp(now, db->seen, sizeof now) == 0)
        return db->data_version;
    if (!sql_int(db, NULL, -1, &version, "PRAGMA data_version", ""))
        return -1;
    db->data_version = version;
    if (is_seen)
        memcpy(db->seen, now, sizeof now);
    return version;
}

/* ---- the checkpoint lock ---- */

static gboolean take_checkpoint_lock(struct db *db)
{
    if (db->checkpoint_fd >= 0)
        return TRUE;
    int fd = open_lock(db);
    if (fd < 0)
        return FALSE;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return FALSE;
    }
    db->checkpoint_fd = fd;
    return TRUE;
}

static void give_checkpoint_lock(struct db *db)
{
    if (db->checkpoint_fd >= 0)
        close(db->checkpoint_fd);
    db->checkpoint_fd = -1;
}

/* While somebody writes without a pause, pages come during every checkpoint, so the log never
 * begins anew and grows for as long as that lasts. Once it is large, the few that came meanwhile
 * are moved with writers waiting: the next of them begins it anew. */
static void begin_log_anew(struct db *db)
{
    db_set_timeout(db, DB_WRITERS_WAIT_MS);
    db->is_beginning = TRUE; /* it takes the writers' lock */
    sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_FULL, NULL, NULL);
    waited(db);
    db_set_timeout(db, DB_BUSY_MS);
}

static void checkpoint_now(struct db *db)
{
    if (!take_checkpoint_lock(db))
        return;
    int log_pages = 0, moved_pages = 0;
    if (sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &log_pages,
                                  &moved_pages) == SQLITE_OK &&
        log_pages == moved_pages) {
        db->wal_pages = 0;
        if (log_pages > DB_WAL_PAGES)
            begin_log_anew(db);
    }
    if (db->use != DB_USE_WORKER)
        give_checkpoint_lock(db);
}

void db_checkpoint(struct db *db)
{
    if (db->use != DB_USE_READ && db->wal_pages >= DB_CHECKPOINT_PAGES)
        checkpoint_now(db);
}

static int note_wal_pages(void *data, sqlite3 *handle, const char *schema, int pages)
{
    ((struct db *)data)->wal_pages = pages;
    return SQLITE_OK;
}

/* ---- opening ---- */

static gint64 size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (gint64)st.st_size : -1;
}

/* SQLite takes an empty file for a new database and deletes the WAL beside it. When somebody
 * cut or removed the file, that WAL may hold the only copy of outcomes: stop first. */
static gboolean check_orphaned_wal(const struct db *db, GError **error)
{
    g_autofree char *wal = g_strconcat(db->path, "-wal", NULL);
    if (size_of(db->path) > 0 || size_of(wal) <= 0)
        return TRUE;
    g_autofree char *shown = text_safe(db->path, -1, 0);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("database %s: the file is missing or empty, but its log (%s-wal) is not. "
                  "Bring the file back, or restore a backup with: crier db restore FILE"),
                shown, shown);
    return FALSE;
}

/* Made by us before SQLite sees it, because SQLite would make it readable by others. */
static gboolean create_file(const struct db *db, GError **error)
{
    struct stat st;
    if (stat(db->path, &st) == 0 && !S_ISREG(st.st_mode)) {
        g_autofree char *shown = text_safe(db->path, -1, 0);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("database %s: it is not a regular file. Move it away, or name another "
                      "workspace (-w DIR)"),
                    shown);
        return FALSE;
    }
    if (size_of(db->path) >= 0)
        return TRUE;
    int fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 || errno == EEXIST)
        return TRUE;
    int saved = errno;
    g_autofree char *shown = text_safe(db->path, -1, 0);
    gboolean is_full = saved == ENOSPC || saved == EDQUOT;
    g_set_error(error, CRIER_ERROR, is_full ? CRIER_ERROR_TRY_AGAIN : CRIER_ERROR_FAILED,
                _("database %s: it cannot be made: %s"), shown, error_why(saved));
    return FALSE;
}

static gboolean open_handle(struct db *db, GError **error)
{
    static gsize is_configured;
    if (g_once_init_enter(&is_configured)) {
        /* Nobody reads the counts, and each allocation would take a lock for them. */
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        g_once_init_leave(&is_configured, 1);
    }
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= db->use == DB_USE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (sqlite3_open_v2(db->path, &db->handle, flags, NULL) != SQLITE_OK)
        return sql_fail(db, NULL, error);
    /* Without the right to write, SQLite opens for reading and fails much later. */
    if (db->use != DB_USE_READ && sqlite3_db_readonly(db->handle, "main") == 1) {
        g_autofree char *shown = text_safe(db->path, -1, 0);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("database %s: the file is read-only. Check its owner and mode, and "
                      "whether the file system is mounted read-only"),
                    shown);
        return FALSE;
    }
    return TRUE;
}

/* What needs no access to the file. */
static gboolean set_safe(struct db *db, GError **error)
{
    static const struct {
        int option, value;
    } configs[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
    };
    db_set_timeout(db, DB_BUSY_MS);
    if (attempt_rows_register(db->handle) != SQLITE_OK)
        return sql_fail(db, NULL, error);
    for (gsize i = 0; i < G_N_ELEMENTS(configs); i++)
        if (sqlite3_db_config(db->handle, configs[i].option, configs[i].value, NULL) !=
            SQLITE_OK)
            return sql_fail(db, NULL, error);
    int persist = 1, chunk = DB_CHUNK_BYTES;
    if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &persist) !=
            SQLITE_OK ||
        sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk) != SQLITE_OK)
        return sql_fail(db, NULL, error);
    if (db->use == DB_USE_READ)
        sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    return db_script(db,
                     "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
                     "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY",
                     error);
}

static gboolean set_wal(struct db *db, GError **error)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db->handle, "PRAGMA journal_mode=WAL", -1, &s, NULL) != SQLITE_OK)
        return sql_fail(db, NULL, error);
    gboolean is_wal =
        sqlite3_step(s) == SQLITE_ROW && g_ascii_strcasecmp(sql_peek(s, 0), "wal") == 0;
    if (sqlite3_finalize(s) != SQLITE_OK)
        return sql_fail(db, NULL, error);
    if (!is_wal) {
        g_autofree char *shown = text_safe(db->path, -1, 0);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("database %s: this file system cannot share memory between processes, "
                      "which the write-ahead log needs. Put the workspace on a local disk"),
                    shown);
    }
    return is_wal;
}

/* What touches the file; only after it proved to be ours. */
static gboolean set_durable(struct db *db, gboolean is_empty, GError **error)
{
    if (db->use != DB_USE_READ) {
        if (is_empty && !db_script(db, "PRAGMA page_size=4096", error))
            return FALSE;
        if (!set_wal(db, error))
            return FALSE;
    }
    if (!db_script(db, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0", error))
        return FALSE;
    /* After the pragma, which would take the hook away. */
    sqlite3_wal_hook(db->handle, note_wal_pages, db);
    return TRUE;
}

/* A database is made by one process at a time: the switch to WAL does not wait for locks. */
static gboolean make_new(struct db *db, GError **error)
{
    gint64 deadline = clock_mono_us() + DB_BUSY_MS * (gint64)1000;
    while (!take_checkpoint_lock(db)) {
        if (clock_mono_us() > deadline) {
            g_autofree char *shown = text_safe(db->path, -1, 0);
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                        _("database %s: another process is making it and has not finished. Try "
                          "again later"),
                        shown);
            return FALSE;
        }
        g_usleep(POLL_US);
    }
    gboolean ok = set_durable(db, TRUE, error) && migrate_run(db, schema_migrations, error);
    give_checkpoint_lock(db);
    return ok;
}

static gboolean open_existing(struct db *db, gint64 version, GError **error)
{
    if (!set_durable(db, FALSE, error))
        return FALSE;
    if (db->use == DB_USE_READ || version == schema_newest())
        return TRUE;
    return migrate_run(db, schema_migrations, error);
}

static gboolean open_all(struct db *db, GError **error)
{
    if (!check_orphaned_wal(db, error))
        return FALSE;
    if (db->use != DB_USE_READ && !create_file(db, error))
        return FALSE;
    gint64 version;
    gboolean is_empty;
    if (!open_handle(db, error) || !set_safe(db, error) ||
        !migrate_check_file(db, &version, &is_empty, error))
        return FALSE;
    if (!(is_empty ? make_new(db, error) : open_existing(db, version, error)))
        return FALSE;
    /* A second handle of the worker (a role's) finds the lock taken: the first has checked. */
    if (db->use == DB_USE_WORKER && take_checkpoint_lock(db))
        return meta_check_after_crash(db, error);
    return TRUE;
}

static void release(struct db *db)
{
    sql_clear_cache(db);
    sqlite3_close_v2(db->handle);
    give_checkpoint_lock(db);
    if (db->wait_fd >= 0)
        close(db->wait_fd);
    g_free(db->path);
    g_free(db->actor);
    g_free(db);
}

struct db *db_open(const char *path, enum db_use use, GError **error)
{
    struct db *db = g_new0(struct db, 1);
    db->path = g_canonicalize_filename(path, NULL);
    db->use = use;
    db->checkpoint_fd = -1;
    db->wait_fd = -1;
    if (open_all(db, error))
        return db;
    release(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db_rollback(db);
    meta_mark_closed(db);
    /* The statements first: one that was left on a row would hold the checkpoint back. */
    sql_clear_cache(db);
    if (db->use != DB_USE_READ && db->wal_pages > 0)
        checkpoint_now(db);
    release(db);
}

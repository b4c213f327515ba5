/*
 * Inside db.c, sql.c, migrate.c, meta.c and backup.c, and for a word with the handle in
 * recovery.c, undolog.c and people_erase.c: what a handle is made of. Other files of the store
 * use sql.h.
 */
#ifndef CRIER_STORE_DB_PRIVATE_H
#define CRIER_STORE_DB_PRIVATE_H

#include <glib.h>
#include <sqlite3.h>

#include "store/db.h"

struct schema_migration;

#define DB_BUSY_MS 5000
#define DB_PAGE_BYTES 4096
#define DB_CHUNK_BYTES (1024 * 1024)
/* A checkpoint is worth its two fsyncs from here on. */
#define DB_CHECKPOINT_PAGES 1000
/* From here on the write-ahead log has to begin anew: 64 MB. */
#define DB_WAL_PAGES 16000
/* How long a checkpoint may wait for others while it keeps them from writing. */
#define DB_WRITERS_WAIT_MS 30

/* Open addressing by the address of the literal: one multiplication and one compare on a hit.
 */
struct sql_slot {
    const char *sql;    /* borrowed: a literal */
    sqlite3_stmt *stmt; /* owned */
};

#define DB_WAL_INDEX_HEADER_BYTES 48

struct db {
    sqlite3 *handle; /* owned */
    char *path;      /* owned */
    char *actor;     /* owned; NULL: the login name, asked for when first needed */
    enum db_use use;
    int checkpoint_fd;    /* the lock beside the database, -1: not held */
    int wait_fd;          /* the same file, for telling others that we wait; -1: not open */
    gint64 wait_until_us; /* monotonic; of the wait that goes on */
    gboolean is_beginning, says_waiting;
    int busy_ms;
    gboolean is_marked;     /* we set the "open by a worker" row */
    int wal_pages;          /* after our last commit */
    gint64 data_version;    /* as of `seen`; 0: not asked for yet */
    guint8 seen[DB_WAL_INDEX_HEADER_BYTES];
    struct sql_slot *slots; /* owned */
    guint n_slots, used_slots;
    gint64 undo_group; /* undolog.c: 0 each step alone, -1 the next step begins one, else its id */
    gboolean is_undoing;
    void (*undo_progress)(gint64 done, gint64 total, void *data); /* NULL: nobody looks */
    void *undo_data;
};

/* Free of the handle's life: errors of a handle that is not a struct db yet. Returns FALSE. */
gboolean sql_fail_handle(sqlite3 *handle, const char *path, const char *what, GError **error);
void sql_clear_cache(struct db *db);
void sql_reset_all(struct db *db);

/* Runs a literal script without rows. */
gboolean db_script(struct db *db, const char *sql, GError **error);
/* The first column of a literal statement on any handle; `fallback` when there is no row. */
gboolean db_ask(sqlite3 *handle, const char *sql, gint64 fallback, gint64 *ret);

/* migrate.c: refuses what is not ours; makes or migrates. */
gboolean migrate_check_file(struct db *db, gint64 *ret_version, gboolean *ret_is_empty,
                            GError **error);
gboolean migrate_run(struct db *db, const struct schema_migration *list, GError **error);

/* meta.c: internal facts. NULL and no error when there is none. Caller frees. */
char *meta_get(struct db *db, const char *key);
gboolean meta_set(struct db *db, const char *key, const char *value, GError **error);
gboolean meta_store_identity(struct db *db, GError **error);
gboolean meta_store_checked(struct db *db, GError **error); /* now: it is whole */
/* quick_check when the last worker ended without closing, or once a day. */
gboolean meta_check_after_crash(struct db *db, GError **error);
void meta_mark_closed(struct db *db);

#endif

/*
 * The database: opening with every setting that safety needs (RELIABILITY, "SQLite"),
 * migrations, transactions, the checkpoint lock.
 */
#ifndef CRIER_STORE_DB_H
#define CRIER_STORE_DB_H

#include <glib.h>

struct db;

enum db_use {
    DB_USE_VERB,   /* a command or screen: no checkpoints while a worker runs */
    DB_USE_WORKER, /* the holder of the worker's lock: quick_check, checkpoints */
    DB_USE_READ,   /* read only (crier sql, a newer schema) */
};

/*
 * Opens, makes or migrates (automatic backup first, one transaction). Errors, one sentence
 * each: not a database, another program's database, newer schema (CRIER_ERROR_FAILED, names
 * both numbers), read-only file, locked and disk full (CRIER_ERROR_TRY_AGAIN).
 */
struct db *db_open(const char *path, enum db_use use, GError **error);
void db_close(struct db *db); /* checkpoints when it may; NULL is fine */
const char *db_path(const struct db *db);
/* The library behind: "3.40.1"; `ret_number` (may be NULL): 3040001. Static. */
const char *db_library(int *ret_number);

/* Who does it, for the audit; copied. Default: the login name. */
void db_set_actor(struct db *db, const char *actor);
const char *db_actor(const struct db *db);

/* How long a call waits for another's lock before it fails with TRY_AGAIN; 5 s unless set. */
void db_set_timeout(struct db *db, int ms);
/* How much it keeps of the pages it has seen; 2,000 KiB unless set. */
gboolean db_set_cache(struct db *db, int kib, GError **error);

/* BEGIN IMMEDIATE … COMMIT. Nested begins are a bug. Rollback is safe at any time. */
gboolean db_begin(struct db *db, GError **error);
gboolean db_commit(struct db *db, GError **error);
void db_rollback(struct db *db);
/* Inside a transaction: a part of it that can be dropped alone. Parts do not nest. */
gboolean db_part_begin(struct db *db, GError **error);
gboolean db_part_end(struct db *db, gboolean is_kept, GError **error);
/* Somebody waits to begin a transaction of his own. One system call. */
gboolean db_is_awaited(struct db *db);
/* For work in many batches, between two of them: lets others write who wait for it. Costs one
 * system call when nobody does. */
void db_give_way(struct db *db);

/* Moves when another connection commits; never inside a read transaction. -1 on error. */
gint64 db_data_version(struct db *db);

/* Checkpoints (PASSIVE) when this process can take the checkpoint lock; cheap when little is
 * there. The worker calls it between bursts, verbs at close. */
void db_checkpoint(struct db *db);

/* Settings and keys. db_meta_* are internal facts (hmac_key, machine id), settings the user's.
 */
gboolean db_hmac_key(struct db *db, guint8 ret_key[32], GError **error); /* made at first use */

/* Invariant I8: the stored machine id and inode match this file. On a mismatch holds every
 * sending, preparing or scheduled campaign with the reason "copied database", stores the new
 * identity, returns the number held; -1 on error. Called by the worker under its lock. */
int db_claim_identity(struct db *db, GError **error);

/* db check: integrity_check (or quick_check), foreign keys, counters against a full count,
 * conservation per campaign. Each finding is passed to `say` (ok or not). False when one is
 * bad. */
gboolean db_check(struct db *db, gboolean quick,
                  void (*say)(gboolean ok, const char *sentence, void *data), void *data,
                  GError **error);

/* Looks at the pages of the file for at most `ms` (quick_check). `*ret_is_whole` FALSE: the time
 * was over before. `*ret_damage`: the first damage, NULL: none was found; caller frees. FALSE:
 * the file cannot be read. */
gboolean db_look(struct db *db, int ms, gboolean *ret_is_whole, char **ret_damage,
                 GError **error);

/* sqlite3_backup into a new file (never over an existing one), in steps; `progress` may be
 * NULL. */
gboolean db_backup(struct db *db, const char *to,
                   void (*progress)(int done, int total, void *data), void *data,
                   GError **error);

/* Puts backup `from` in place of `path` (which is moved aside to PATH.before-restore-TIME,
 * never deleted); checks it first, marks it as restored so that it never sends by itself (I8).
 * The caller holds the worker's lock. `*ret_moved_to` may be NULL; caller frees. */
gboolean db_restore(const char *path, const char *from, char **ret_moved_to, GError **error);

#endif

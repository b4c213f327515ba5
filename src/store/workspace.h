/*
 * A workspace: one private folder that holds the database, the flight journal, the locks and
 * the log. Made by any verb where there is none.
 */
#ifndef CRIER_STORE_WORKSPACE_H
#define CRIER_STORE_WORKSPACE_H

#include <glib.h>

struct workspace {
    char *dir;          /* owned; absolute */
    char *db_path;      /* owned; DIR/crier.db */
    char *log_path;     /* owned; DIR/crier.log */
    char *journal_path; /* owned; DIR/flight.journal */
    char *lock_path;    /* owned; DIR/worker.lock */
    char *ballast_path; /* owned; DIR/ballast */
};

/* `dir` NULL: CRIER_WORKSPACE, else $XDG_DATA_HOME/crier. Makes it 0700 where missing; refuses
 * folders that others may write to, a workspace that belongs to another user (root included),
 * and network file systems. */
struct workspace *workspace_open(const char *dir, GError **error);
/* Whether there is one that workspace_open() would not have to make. */
gboolean workspace_is_there(const char *dir);
void workspace_free(struct workspace *w);

/*
 * The worker's lock (invariant I7): flock on worker.lock, without CLOEXEC so that every role
 * inherits it. The text in it (pid, start time, host) is only for people. Returns the
 * descriptor or -1; when another worker holds it: CRIER_ERROR_WORKER naming pid, start time and
 * host.
 */
int workspace_lock_worker(const struct workspace *w, GError **error);

/* Whether a worker (or an orphaned role) holds the lock now, its pid (0 unknown) and start. */
gboolean workspace_worker_is_running(const struct workspace *w, gint64 *ret_pid,
                                     gint64 *ret_since_us);

/* The 4 MiB ballast file: freed on a full disk so that outcomes in memory can be written. */
gboolean workspace_ballast_make(const struct workspace *w);
gboolean workspace_ballast_free(const struct workspace *w);

#endif

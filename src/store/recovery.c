/*
 * Rows of what is being typed. Not for drafts that were saved: those are the records
 * themselves.
 */
#include "config.h"

#include "store/recovery.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/db_private.h"
#include "store/sql.h"

void recovery_clear(struct recovery *r)
{
    g_free(r->session);
    g_free(r->actor);
    g_free(r->noun);
    g_free(r->name);
    g_free(r->fields);
    memset(r, 0, sizeof *r);
}

/* ---- sessions ---- */

/* When a process was started, in the kernel's ticks since the boot, so that a number that came
 * again is told from the one before; -1: there is no such process (or it cannot be seen). */
static gint64 started_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
    g_autofree char *stat = NULL;
    if (!g_file_get_contents(path, &stat, NULL, NULL))
        return -1;
    /* proc_pid_stat(5): the second field is the name in brackets, which may hold anything; the
     * 22nd is the start. */
    const char *rest = strrchr(stat, ')');
    for (int field = 2; rest != NULL && field < 22; field++)
        rest = strchr(rest + 1, ' ');
    return rest != NULL ? g_ascii_strtoll(rest + 1, NULL, 10) : -1;
}

static char *session_of(pid_t pid, gint64 started)
{
    return g_strdup_printf("%s %d %" PRId64, clock_boot_id(), (int)pid, started);
}

const char *recovery_session(void)
{
    static char *session;
    static pid_t made_by;
    if (session == NULL || made_by != getpid()) {
        g_free(session);
        made_by = getpid();
        session = session_of(made_by, started_of(made_by));
    }
    return session;
}

gboolean recovery_is_alive(const char *session)
{
    gsize boot = strlen(clock_boot_id());
    if (strncmp(session, clock_boot_id(), boot) != 0 || session[boot] != ' ')
        return FALSE;
    gint64 pid = g_ascii_strtoll(session + boot + 1, NULL, 10);
    if (pid <= 0 || pid > G_MAXINT)
        return FALSE;
    gint64 started = started_of((pid_t)pid);
    g_autofree char *now = session_of((pid_t)pid, started);
    return started > 0 && strcmp(now, session) == 0;
}

/* ---- writing ---- */

static gboolean save(struct db *db, const char *noun, const char *name, gint64 row_version,
                     const char *fields, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO recovery (session, actor, noun, name, row_version, fields,"
                  " saved_us) VALUES (?, ?, ?, ?, ?, ?, ?)"
                  " ON CONFLICT (session, noun, name) DO UPDATE SET actor = excluded.actor,"
                  " row_version = excluded.row_version, fields = excluded.fields,"
                  " saved_us = excluded.saved_us",
                  "ssssisi", recovery_session(), db_actor(db), noun, name, row_version, fields,
                  clock_wall_us());
}

/* A screen waits for it: rather not saved this time than a key that hangs. */
static gboolean begin_soon(struct db *db, GError **error)
{
    int usual = db->busy_ms;
    db_set_timeout(db, RECOVERY_WAIT_MS);
    gboolean ok = db_begin(db, error);
    db_set_timeout(db, usual);
    return ok;
}

gboolean recovery_save(struct db *db, const char *noun, const char *name, gint64 row_version,
                       const char *fields, GError **error)
{
    if (strlen(fields) > RECOVERY_MAX_BYTES) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("the edit is too long to be kept while it is typed. Save it "
                              "now and then"));
        return FALSE;
    }
    return begin_soon(db, error) &&
           sql_leave(db, TRUE,
                     save(db, noun, name != NULL ? name : "", row_version, fields, error),
                     error);
}

gboolean recovery_drop(struct db *db, gint64 id, GError **error)
{
    return sql_do(db, error, "DELETE FROM recovery WHERE id = ?", "i", id);
}

gboolean recovery_drop_own(struct db *db, const char *noun, const char *name, GError **error)
{
    gint64 id = 0;
    /* Mostly there is none, and then nothing need be written. */
    if (!sql_int(db, error, 0, &id,
                 "SELECT id FROM recovery WHERE session = ? AND noun = ? AND name = ?", "sss",
                 recovery_session(), noun, name != NULL ? name : ""))
        return FALSE;
    return id == 0 ||
           (begin_soon(db, error) && sql_leave(db, TRUE, recovery_drop(db, id, error), error));
}

/* ---- reading ---- */

#define COLUMNS "SELECT id, session, actor, noun, name, row_version, saved_us"

static void read_row(sqlite3_stmt *s, struct recovery *r)
{
    *r = (struct recovery){
        .id = sql_int64(s, 0),
        .session = sql_text(s, 1),
        .actor = sql_text(s, 2),
        .noun = sql_text(s, 3),
        .name = sql_text(s, 4),
        .row_version = sql_int64(s, 5),
        .saved_us = sql_int64(s, 6),
    };
}

static void recovery_free(gpointer data)
{
    recovery_clear(data);
    g_free(data);
}

GPtrArray *recovery_all(struct db *db, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, COLUMNS " FROM recovery ORDER BY saved_us DESC, id DESC", error);
    if (s == NULL)
        return NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(recovery_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct recovery *r = g_new0(struct recovery, 1);
        read_row(s, r);
        if (recovery_is_alive(r->session))
            recovery_free(r);
        else
            g_ptr_array_add(all, r);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

gboolean recovery_get(struct db *db, gint64 id, struct recovery *ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, COLUMNS ", fields FROM recovery WHERE id = ?", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = sql_step(db, s, error);
    if (rc == 0)
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                            _("that edit is not kept any more: somebody restored it or threw "
                              "it away"));
    if (rc <= 0)
        return FALSE;
    read_row(s, ret);
    ret->fields = sql_text(s, 7);
    sqlite3_reset(s);
    return TRUE;
}

gboolean recovery_prune(struct db *db, gint64 before_us, GError **error)
{
    g_autoptr(GPtrArray) all = recovery_all(db, error);
    for (guint i = 0; all != NULL && i < all->len; i++) {
        const struct recovery *r = all->pdata[i];
        if (r->saved_us < before_us && !recovery_drop(db, r->id, error))
            return FALSE;
    }
    return all != NULL;
}

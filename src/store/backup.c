/*
 * The whole file: checking it, copying it out while it is in use, putting a copy back. Nothing
 * here opens the database by any other way than SQLite, and nothing is ever deleted.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/delivery.h"
#include "store/campaigns.h"
#include "store/db.h"
#include "store/db_private.h"
#include "store/holds.h"
#include "store/schema.h"
#include "store/sql.h"

#define STEP_PAGES 1024
/* Each commit of another process starts a copy in steps over; then it is done in one. */
#define MAX_RESTARTS 3

/* ---- check ---- */

struct check {
    struct db *db;
    void (*say)(gboolean ok, const char *sentence, void *data);
    void *data;
    gboolean is_good;
};

G_GNUC_PRINTF(3, 4)
static void tell(struct check *c, gboolean ok, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    if (!ok)
        c->is_good = FALSE;
    if (c->say != NULL)
        c->say(ok, sentence, c->data);
}

static gboolean check_pages(struct check *c, gboolean quick, GError **error)
{
    sqlite3_stmt *s = quick ? sql_prepare(c->db, "PRAGMA quick_check(20)", error)
                            : sql_prepare(c->db, "PRAGMA integrity_check(20)", error);
    int rc = -1;
    while (s != NULL && (rc = sql_step(c->db, s, error)) > 0) {
        g_autofree char *line = text_safe(sql_peek(s, 0), -1, 300);
        if (g_str_equal(line, "ok"))
            tell(c, TRUE,
                 quick ? _("The file is well-formed.")
                       : _("The file is well-formed and its indexes are right."));
        else
            tell(c, FALSE, _("The file is damaged: %s."), line);
    }
    return rc == 0;
}

/* A thread that stops the handle's statement when its time is over: within one step SQLite
 * looks at nothing else while it goes through the pages. */
struct stop {
    GMutex lock;
    GCond is_done_now;
    gboolean is_done, has_stopped;
    gint64 until_us; /* monotonic, as g_cond_wait_until() has it */
    sqlite3 *handle;
};

static gpointer stop_in_time(gpointer data)
{
    struct stop *t = data;
    g_mutex_lock(&t->lock);
    while (!t->is_done && !t->has_stopped)
        if (!g_cond_wait_until(&t->is_done_now, &t->lock, t->until_us)) {
            t->has_stopped = TRUE;
            sqlite3_interrupt(t->handle);
        }
    g_mutex_unlock(&t->lock);
    return NULL;
}

gboolean db_look(struct db *db, int ms, gboolean *ret_is_whole, char **ret_damage,
                 GError **error)
{
    struct stop stop = {.until_us = g_get_monotonic_time() + ms * (gint64)1000,
                        .handle = db->handle};
    sqlite3_stmt *s = sql_prepare(db, "PRAGMA quick_check(1)", error);
    if (s == NULL)
        return FALSE;
    g_autoptr(GError) why = NULL;
    g_mutex_init(&stop.lock);
    g_cond_init(&stop.is_done_now);
    GThread *thread = g_thread_new("stop", stop_in_time, &stop);
    int rc = sql_step(db, s, &why);
    g_autofree char *found = rc > 0 ? text_safe(sql_peek(s, 0), -1, 300) : NULL;
    g_mutex_lock(&stop.lock);
    stop.is_done = TRUE;
    g_cond_signal(&stop.is_done_now);
    g_mutex_unlock(&stop.lock);
    g_thread_join(thread);
    sqlite3_reset(s);
    g_mutex_clear(&stop.lock);
    g_cond_clear(&stop.is_done_now);
    *ret_is_whole = !stop.has_stopped;
    *ret_damage = NULL;
    if (stop.has_stopped)
        return TRUE; /* a row of before is as likely about the interruption */
    if (rc <= 0) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!g_str_equal(found, "ok"))
        *ret_damage = g_steal_pointer(&found);
    return TRUE;
}

static gboolean check_references(struct check *c, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        c->db, "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
        error);
    int rc = -1, n = 0;
    for (; s != NULL && (rc = sql_step(c->db, s, error)) > 0; n++)
        tell(c, FALSE, _("%d rows of table %s refer to a %s that is not there."),
             (int)sql_int64(s, 2), sql_peek(s, 0), sql_peek(s, 1));
    if (rc == 0 && n == 0)
        tell(c, TRUE, _("Every row that is referred to is there."));
    return rc == 0;
}

/* What the counters say against what the rows say; a campaign's sentence names the first
 * difference. */
static void compare_counts(struct check *c, const char *name,
                           const struct campaign_counts *kept,
                           const struct campaign_counts *found)
{
    gint64 sum = 0;
    for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
        sum += found->state[i];
    if (sum != found->total)
        tell(c, FALSE,
             _("Campaign %s: its states add up to %" PRId64 ", but it has %" PRId64 " people."),
             name, sum, found->total);
    if (kept->total != found->total)
        tell(c, FALSE,
             _("Campaign %s: the counter says %" PRId64 " people, the ledger has %" PRId64 "."),
             name, kept->total, found->total);
    for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
        if (kept->state[i] != found->state[i])
            tell(c, FALSE,
                 _("Campaign %s: the counter says %" PRId64 " %s, the ledger has %" PRId64 "."),
                 name, kept->state[i], delivery_state_name(i), found->state[i]);
    if (kept->undecided != found->undecided)
        tell(c, FALSE,
             _("Campaign %s: the counter says %" PRId64 " undecided, the ledger has %" PRId64
               "."),
             name, kept->undecided, found->undecided);
}

struct books { /* of one campaign at one moment */
    struct campaign campaign;
    struct campaign_counts kept, found;
    gint64 has_counter, n_lost;
};

/* The campaign, too: its state says what has to be true of its rows. */
static gboolean read_books(struct db *db, gint64 id, struct books *b, GError **error)
{
    return campaigns_get_id(db, id, &b->campaign, error) &&
           sql_int(db, error, 0, &b->has_counter,
                   "SELECT 1 FROM campaign_counter WHERE campaign_id = ?", "i", id) &&
           campaigns_counts(db, id, &b->kept, error) &&
           campaigns_recount(db, id, &b->found, error) &&
           holds_lost(db, id, &b->n_lost, error);
}

/* A campaign that is being built or taken apart has no counters yet. */
static gboolean has_books(const struct books *b)
{
    const struct campaign *c = &b->campaign;
    gboolean is_half_built = c->state == CAMPAIGN_HELD && b->kept.total == 0;
    return c->state != CAMPAIGN_PREPARING && c->content_version > 0 && !is_half_built &&
           (b->has_counter != 0 || c->state == CAMPAIGN_SENDING);
}

static void say_books(struct check *c, const struct books *b)
{
    compare_counts(c, b->campaign.name, &b->kept, &b->found);
    if (b->n_lost > 0)
        tell(c, FALSE,
             _("Campaign %s: %" PRId64 " people wait, and nothing says for what. The worker "
               "finds them when it starts."),
             b->campaign.name, b->n_lost);
}

/* All of it of one moment, or others at work would make it differ. */
static gboolean check_campaign(struct check *c, gint64 id, GError **error)
{
    struct books b = {0};
    g_autoptr(GError) why = NULL;
    if (!db_script(c->db, "BEGIN", error))
        return FALSE;
    gboolean ok = read_books(c->db, id, &b, &why);
    db_rollback(c->db);
    if (ok && has_books(&b))
        say_books(c, &b);
    campaign_clear(&b.campaign);
    if (ok || g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND))
        return TRUE; /* or it was deleted meanwhile */
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

static gboolean check_campaigns(struct check *c, GError **error)
{
    g_autoptr(GPtrArray) all = campaigns_all(c->db, error);
    if (all == NULL)
        return FALSE;
    for (guint i = 0; i < all->len; i++) {
        const struct campaign *one = g_ptr_array_index(all, i);
        if (!check_campaign(c, one->id, error))
            return FALSE;
    }
    if (c->is_good)
        tell(c, TRUE,
             ngettext("Every counter agrees with the ledger (%u campaign).",
                      "Every counter agrees with the ledger (%u campaigns).", all->len),
             all->len);
    return TRUE;
}

gboolean db_check(struct db *db, gboolean quick,
                  void (*say)(gboolean ok, const char *sentence, void *data), void *data,
                  GError **error)
{
    struct check c = {.db = db, .say = say, .data = data, .is_good = TRUE};
    if (!check_pages(&c, quick, error) || !check_references(&c, error) ||
        !check_campaigns(&c, error))
        return FALSE;
    if (!c.is_good)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("the database is not in order. Keep the file, and bring back a backup "
                      "with: crier db restore FILE"));
    return c.is_good;
}

/* ---- copying ---- */

static gboolean fail_file(const char *path, const char *what, GError **error)
{
    int saved = errno;
    g_autofree char *shown = text_safe(path, -1, 0);
    gboolean is_full = saved == ENOSPC || saved == EDQUOT;
    g_set_error(error, CRIER_ERROR,
                is_full           ? CRIER_ERROR_TRY_AGAIN
                : saved == EEXIST ? CRIER_ERROR_EXISTS
                                  : CRIER_ERROR_FAILED,
                "%s: %s: %s", shown, what, error_why(saved));
    return FALSE;
}

static void sync_folder_of(const char *path)
{
    g_autofree char *dir = g_path_get_dirname(path);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* A new file of our own, private before its first byte. */
static gboolean make_private(const char *path, const char *shown_path, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_file(shown_path, _("it cannot be made"), error);
    close(fd);
    return TRUE;
}

static gboolean copy_pages(sqlite3_backup *b, void (*progress)(int, int, void *), void *data)
{
    int rc, last_left = G_MAXINT, restarts = 0;
    do {
        rc = sqlite3_backup_step(b, restarts < MAX_RESTARTS ? STEP_PAGES : -1);
        int left = sqlite3_backup_remaining(b), total = sqlite3_backup_pagecount(b);
        /* Begun again from the first page, it gets no further than before. */
        if (left >= last_left)
            restarts++;
        last_left = left;
        if (progress != NULL)
            progress(total - left, total, data);
    } while (rc == SQLITE_OK);
    return rc == SQLITE_DONE;
}

/* Copies `from` into the new file `to`, which the caller made. The copy gets a plain journal,
 * so that it is one file. */
static gboolean copy_database(sqlite3 *from, const char *from_path, const char *to,
                              void (*progress)(int, int, void *), void *data, GError **error)
{
    sqlite3 *copy = NULL;
    gboolean ok =
        sqlite3_open_v2(to, &copy,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                        NULL) == SQLITE_OK;
    /* Nobody else knows the file yet: its journal may stay in memory, a crash leaves junk. */
    ok = ok && sqlite3_exec(copy, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=FULL", NULL,
                            NULL, NULL) == SQLITE_OK;
    sqlite3_backup *b = ok ? sqlite3_backup_init(copy, "main", from, "main") : NULL;
    ok = b != NULL && copy_pages(b, progress, data);
    ok = (b == NULL || sqlite3_backup_finish(b) == SQLITE_OK) && ok;
    ok = ok && sqlite3_exec(copy, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) == SQLITE_OK;
    /* Errors of reading the source are copied to the destination's handle by finish. */
    if (!ok)
        sql_fail_handle(copy, to, NULL, error);
    sqlite3_close(copy);
    return ok;
}

gboolean db_backup(struct db *db, const char *to,
                   void (*progress)(int done, int total, void *data), void *data,
                   GError **error)
{
    g_autofree char *partial = g_strdup_printf("%s.partial-%ld", to, (long)getpid());
    if (access(to, F_OK) == 0) {
        g_autofree char *shown = text_safe(to, -1, 0);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("%s: a backup is never written over another file. Choose another name"),
                    shown);
        return FALSE;
    }
    if (!make_private(partial, to, error))
        return FALSE;
    gboolean ok = copy_database(db->handle, db->path, partial, progress, data, error);
    /* link, unlike rename, refuses a name that appeared meanwhile. */
    if (ok && link(partial, to) != 0)
        ok = fail_file(to, _("the backup cannot get its name"), error);
    unlink(partial);
    if (ok)
        sync_folder_of(to);
    return ok;
}

/* ---- restore ---- */

static gboolean fail_backup(const char *from, const char *why, GError **error)
{
    g_autofree char *shown = text_safe(from, -1, 0);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("backup %s: %s"), shown, why);
    return FALSE;
}

/* A finished backup has no WAL and is opened without a trace beside it (it may lie on a
 * read-only medium); a raw copy with its WAL is opened as a database in use. */
static gboolean open_backup(const char *from, sqlite3 **ret, GError **error)
{
    g_autofree char *wal = g_strconcat(from, "-wal", NULL);
    g_autofree char *full = g_canonicalize_filename(from, NULL);
    g_autofree char *plain = g_filename_to_uri(full, NULL, NULL);
    struct stat st;
    gboolean has_wal = stat(wal, &st) == 0 && st.st_size > 0;
    g_autofree char *uri =
        g_strconcat(plain, has_wal ? "?mode=ro" : "?mode=ro&immutable=1", NULL);
    if (stat(from, &st) != 0)
        return fail_file(from, _("the backup cannot be read"), error);
    if (!S_ISREG(st.st_mode))
        return fail_backup(
            from, _("it is not a regular file. Name a file that crier db backup made"), error);
    if (sqlite3_open_v2(uri, ret,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                            SQLITE_OPEN_EXRESCODE,
                        NULL) == SQLITE_OK)
        return TRUE;
    return sql_fail_handle(*ret, from, NULL, error);
}

static gboolean is_sound(sqlite3 *handle)
{
    sqlite3_stmt *s = NULL;
    gboolean ok =
        sqlite3_prepare_v2(handle, "PRAGMA integrity_check(1)", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW && g_str_equal(sql_peek(s, 0), "ok");
    sqlite3_finalize(s);
    return ok;
}

static gboolean fail_foreign(const char *from, GError **error)
{
    return fail_backup(
        from,
        _("it is not a crier database. Nothing was changed; name a file that crier "
          "db backup made"),
        error);
}

static gboolean check_backup(sqlite3 *handle, const char *from, GError **error)
{
    gint64 application, version;
    sqlite3_busy_timeout(handle, DB_BUSY_MS);
    if (!db_ask(handle, "PRAGMA application_id", 0, &application) ||
        !db_ask(handle, "PRAGMA user_version", 0, &version)) {
        if (sqlite3_errcode(handle) == SQLITE_NOTADB)
            return fail_foreign(from, error);
        return sql_fail_handle(handle, from, NULL, error);
    }
    if (application != SCHEMA_APPLICATION_ID)
        return fail_foreign(from, error);
    if (version > schema_newest()) {
        g_autofree char *why = g_strdup_printf(_("its schema %d is newer than schema %d, the "
                                                 "newest that this crier knows. Nothing "
                                                 "was changed; install the newer crier"),
                                               (int)version, schema_newest());
        return fail_backup(from, why, error);
    }
    if (!is_sound(handle))
        return fail_backup(from, _("it is damaged. Nothing was changed; name another backup"),
                           error);
    return TRUE;
}

/* Whatever file it becomes, its identity will not match, so the worker holds every campaign. */
static gboolean mark_restored(const char *path, GError **error)
{
    sqlite3 *handle = NULL;
    gboolean ok =
        sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL) ==
            SQLITE_OK &&
        sqlite3_exec(handle,
                     "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;"
                     "INSERT OR REPLACE INTO meta (key, value) VALUES ('identity', 'restored');"
                     "DELETE FROM role",
                     NULL, NULL, NULL) == SQLITE_OK;
    if (!ok)
        sql_fail_handle(handle, path, NULL, error);
    sqlite3_close(handle);
    return ok;
}

/* A sound database is written out into its file first, so that file and WAL need not move
 * together; a damaged one keeps its WAL. */
static void empty_wal(const char *path)
{
    sqlite3 *handle = NULL;
    int on = 1;
    if (sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
        sqlite3_busy_timeout(handle, DB_BUSY_MS);
        sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    sqlite3_close(handle);
}

/* The WAL of the old file must be gone before the new one gets the name: SQLite would play it
 * into the new file. */
static gboolean swap_in(const char *path, const char *fresh, const char *aside, GError **error)
{
    static const char *const tails[] = {"-wal", "-shm"};
    struct stat st;
    if (stat(path, &st) == 0)
        empty_wal(path);
    if (link(path, aside) != 0 && errno != ENOENT)
        return fail_file(aside, _("the old database cannot be moved aside"), error);
    for (gsize i = 0; i < G_N_ELEMENTS(tails); i++) {
        g_autofree char *old = g_strconcat(path, tails[i], NULL);
        g_autofree char *to = g_strconcat(aside, tails[i], NULL);
        if (rename(old, to) != 0 && errno != ENOENT)
            return fail_file(old, _("it cannot be moved aside"), error);
    }
    sync_folder_of(path);
    if (rename(fresh, path) != 0)
        return fail_file(path, _("the backup cannot take its place"), error);
    sync_folder_of(path);
    return TRUE;
}

static char *aside_name(const char *path)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(clock_wall_us() / CLOCK_SECOND_US);
    g_autofree char *stamp = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    for (int n = 0;; n++) {
        char *name = n == 0 ? g_strdup_printf("%s.before-restore-%s", path, stamp)
                            : g_strdup_printf("%s.before-restore-%s-%d", path, stamp, n);
        if (access(name, F_OK) != 0)
            return name;
        g_free(name);
    }
}

static gboolean prepare_fresh(const char *from, const char *fresh, GError **error)
{
    sqlite3 *source = NULL;
    gboolean ok = open_backup(from, &source, error) && check_backup(source, from, error) &&
                  make_private(fresh, fresh, error) &&
                  copy_database(source, from, fresh, NULL, NULL, error) &&
                  mark_restored(fresh, error);
    sqlite3_close(source);
    return ok;
}

gboolean db_restore(const char *path, const char *from, char **ret_moved_to, GError **error)
{
    g_autofree char *fresh = g_strdup_printf("%s.restoring-%ld", path, (long)getpid());
    g_autofree char *aside = aside_name(path);
    /* Left by a killed restore of the same pid. */
    unlink(fresh);
    gboolean ok = prepare_fresh(from, fresh, error) && swap_in(path, fresh, aside, error);
    if (!ok) {
        unlink(fresh);
        return FALSE;
    }
    if (ret_moved_to != NULL)
        *ret_moved_to = access(aside, F_OK) == 0 ? g_steal_pointer(&aside) : NULL;
    return TRUE;
}

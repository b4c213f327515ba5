/*
 * Opening: the settings as they read back, every bad file, migrations, transactions, locks.
 */
#include "config.h"

#include "place.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/db_private.h"
#include "store/schema.h"

/* ---- settings ---- */

static void settings_read_back(struct place *p, gconstpointer data)
{
    static const struct {
        const char *sql;
        gint64 value;
    } wanted[] = {
        {"PRAGMA synchronous", 2}, /* FULL */
        {"PRAGMA foreign_keys", 1},
        {"PRAGMA trusted_schema", 0},
        {"PRAGMA cell_size_check", 1},
        {"PRAGMA mmap_size", 0},
        {"PRAGMA temp_store", 2}, /* memory */
        {"PRAGMA page_size", 4096},
        {"PRAGMA wal_autocheckpoint", 0},
        {"PRAGMA application_id", SCHEMA_APPLICATION_ID},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
        g_assert_cmpint(number_of(p->db, wanted[i].sql), ==, wanted[i].value);
    g_assert_cmpint(number_of(p->db, "PRAGMA user_version"), ==, schema_newest());
    sqlite3_stmt *s = sql_prepare(p->db, "PRAGMA journal_mode", NULL);
    g_assert_cmpint(sql_step(p->db, s, NULL), ==, 1);
    g_assert_cmpstr(sql_peek(s, 0), ==, "wal");
    sqlite3_reset(s);
}

static void configs_read_back(struct place *p, gconstpointer data)
{
    static const struct {
        int option, value;
    } wanted[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++) {
        int value = -1;
        g_assert_cmpint(sqlite3_db_config(db_handle(p->db), wanted[i].option, -1, &value), ==,
                        SQLITE_OK);
        g_assert_cmpint(value, ==, wanted[i].value);
    }
    int persists = -1;
    sqlite3_file_control(db_handle(p->db), "main", SQLITE_FCNTL_PERSIST_WAL, &persists);
    g_assert_cmpint(persists, ==, 1);
}

static void codes_are_extended(struct place *p, gconstpointer data)
{
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('a', 1)");
    sql_do(p->db, NULL, "INSERT INTO list (name, created_us) VALUES ('a', 1)", "");
    g_assert_cmpint(sqlite3_errcode(db_handle(p->db)), ==, SQLITE_CONSTRAINT_UNIQUE);
}

static void files_are_private_and_in_chunks(struct place *p, gconstpointer data)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    struct stat st;
    mode_t old = umask(0);
    g_autofree char *path = g_build_filename(p->dir, "other.db", NULL);
    struct db *db = db_open(path, DB_USE_VERB, NULL);
    umask(old);
    for (gsize i = 0; i < G_N_ELEMENTS(tails); i++) {
        g_autofree char *file = g_strconcat(path, tails[i], NULL);
        g_assert_cmpint(stat(file, &st), ==, 0);
        g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    }
    run(db, "INSERT INTO list (name, created_us) VALUES ('a', 1)");
    db_close(db);
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_size % DB_CHUNK_BYTES, ==, 0);
    g_autofree char *wal = g_strconcat(path, "-wal", NULL);
    g_assert_cmpint(stat(wal, &st), ==, 0);
}

static void defensive_means_it(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_assert_true(db_script(p->db, "PRAGMA writable_schema=ON", NULL));
    g_assert_false(sql_do(p->db, &error, "DELETE FROM sqlite_master", ""));
    assert_fails(error, CRIER_ERROR_FAILED, "sqlite_master");
}

/* ---- bad files ---- */

static void put_file(const char *path, const char *bytes, gsize len)
{
    g_assert_true(g_file_set_contents(path, bytes, (gssize)len, NULL));
}

static void foreign_file_is_refused(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *path = g_build_filename(p->dir, "text.db", NULL);
    g_autofree char *junk = g_strnfill(8192, 'x');
    g_autofree char *after = NULL;
    put_file(path, junk, 8192);
    g_assert_null(db_open(path, DB_USE_VERB, &error));
    assert_fails(error, CRIER_ERROR_FAILED, "not a crier database");
    g_assert_true(g_file_get_contents(path, &after, NULL, NULL));
    g_assert_cmpstr(after, ==, junk);
}

static void make_foreign(const char *path, const char *sql)
{
    sqlite3 *h = NULL;
    g_assert_cmpint(sqlite3_open(path, &h), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(h, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    sqlite3_close(h);
}

static void foreign_database_is_refused(struct place *p, gconstpointer data)
{
    static const char *const kinds[] = {
        "PRAGMA application_id=77; CREATE TABLE t (x)",
        "CREATE TABLE t (x)", /* no application id at all */
        "PRAGMA user_version=3",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        GError *error = NULL;
        g_autofree char *name = g_strdup_printf("foreign%d.db", (int)i);
        g_autofree char *path = g_build_filename(p->dir, name, NULL);
        make_foreign(path, kinds[i]);
        g_assert_null(db_open(path, DB_USE_VERB, &error));
        assert_fails(error, CRIER_ERROR_FAILED, "belongs to another program");
        /* Still in the mode that its owner chose. */
        g_autofree char *wal = g_strconcat(path, "-wal", NULL);
        g_assert_false(g_file_test(wal, G_FILE_TEST_EXISTS));
    }
}

static void newer_schema_is_read_only(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('kept', 1)");
    g_autofree char *bump = g_strdup_printf("PRAGMA user_version=%d", schema_newest() + 41);
    g_assert_true(db_script(p->db, bump, NULL));
    g_clear_pointer(&p->db, db_close);
    g_assert_null(db_open(p->ws->db_path, DB_USE_VERB, &error));
    g_autofree char *theirs = g_strdup_printf("schema %d", schema_newest() + 41);
    g_autofree char *ours = g_strdup_printf("schema %d,", schema_newest());
    g_assert_nonnull(strstr(error->message, ours));
    assert_fails(error, CRIER_ERROR_FAILED, theirs);
    p->db = db_open(p->ws->db_path, DB_USE_READ, &error);
    g_assert_no_error(error);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM list"), ==, 1);
    g_assert_false(sql_do(p->db, &error, "DELETE FROM list", ""));
    assert_fails(error, CRIER_ERROR_FAILED, "cannot be written");
}

static void nothing_to_read(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *path = g_build_filename(p->dir, "none.db", NULL);
    g_assert_null(db_open(path, DB_USE_READ, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
    g_clear_error(&error);
    put_file(path, "", 0);
    g_assert_null(db_open(path, DB_USE_READ, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "nothing in it");
}

static void truncated_file_is_damage(struct place *p, gconstpointer data)
{
    /* A page and a half, whole pages, and less than the header. */
    static const int sizes[] = {6000, 3 * 4096, 60};
    for (int i = 0; i < 1000; i++)
        sql_do(p->db, NULL,
               "INSERT INTO audit (at_us, actor, action, noun, name, detail)"
               " VALUES (1, ?1, ?1, ?1, ?1, ?1)",
               "s", "some text that fills the pages of the table");
    g_clear_pointer(&p->db, db_close);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        GError *error = NULL;
        g_autofree char *copy = g_strdup_printf("%s/cut%d.db", p->dir, (int)i);
        g_autofree char *bytes = NULL;
        gsize len;
        g_assert_true(g_file_get_contents(p->ws->db_path, &bytes, &len, NULL));
        g_assert_cmpint(len, >, sizes[i]);
        put_file(copy, bytes, sizes[i]);
        struct db *db = db_open(copy, DB_USE_WORKER, &error);
        g_assert_null(db);
        assert_fails(error, CRIER_ERROR_FAILED, "database");
        g_assert_true(g_file_test(copy, G_FILE_TEST_EXISTS));
    }
}

static void empty_file_beside_a_log_is_refused(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct stat st;
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('only in the log', 1)");
    g_autofree char *wal = g_strconcat(p->ws->db_path, "-wal", NULL);
    g_autofree char *cut = g_build_filename(p->dir, "cut.db", NULL);
    g_autofree char *cut_wal = g_strconcat(cut, "-wal", NULL);
    g_autofree char *bytes = NULL;
    gsize len;
    g_assert_true(g_file_get_contents(wal, &bytes, &len, NULL));
    g_assert_cmpint(len, >, 0);
    put_file(cut_wal, bytes, len);
    g_assert_null(db_open(cut, DB_USE_VERB, &error));
    assert_fails(error, CRIER_ERROR_FAILED, "missing or empty");
    put_file(cut, "", 0);
    g_assert_null(db_open(cut, DB_USE_VERB, &error));
    assert_fails(error, CRIER_ERROR_FAILED, "missing or empty");
    g_assert_cmpint(stat(cut_wal, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, len);
}

/* Root may write anything, so a child without rights opens the file. */
static void read_only_file_is_said(struct place *p, gconstpointer data)
{
    g_clear_pointer(&p->db, db_close);
    g_assert_cmpint(chmod(p->dir, 0755), ==, 0);
    g_assert_cmpint(chmod(p->ws->db_path, 0444), ==, 0);
    pid_t pid = fork();
    if (pid == 0) {
        GError *error = NULL;
        if (geteuid() == 0 && seteuid(65534) != 0)
            _exit(3);
        if (db_open(p->ws->db_path, DB_USE_VERB, &error) != NULL)
            _exit(4);
        gboolean ok = g_error_matches(error, CRIER_ERROR, CRIER_ERROR_FAILED) &&
                      strstr(error->message, "read-only") != NULL;
        _exit(ok ? 0 : 5);
    }
    int status;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

/* ---- locks ---- */

static void locked_is_try_again(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct db *other = db_open(p->ws->db_path, DB_USE_VERB, &error);
    g_assert_no_error(error);
    g_assert_true(db_begin(other, NULL));
    db_set_timeout(p->db, 20);
    g_assert_false(db_begin(p->db, &error));
    assert_fails(error, CRIER_ERROR_TRY_AGAIN, "locked");
    /* Reading and opening need not wait for a writer. */
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM list"), ==, 0);
    struct db *third = db_open(p->ws->db_path, DB_USE_VERB, &error);
    g_assert_no_error(error);
    db_close(third);
    db_rollback(other);
    g_assert_true(db_begin(p->db, &error));
    db_rollback(p->db);
    db_close(other);
}

static gpointer begin_and_end(gpointer data)
{
    struct db *db = data;
    g_autoptr(GError) error = NULL;
    g_assert_true(db_begin(db, &error));
    db_rollback(db);
    return NULL;
}

/* Who holds the database learns that another would begin, until he has. */
static void holder_knows_who_waits(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct db *other = db_open(p->ws->db_path, DB_USE_VERB, &error);
    gint64 deadline = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
    g_assert_no_error(error);
    db_set_timeout(other, 60000);
    g_assert_false(db_is_awaited(p->db));
    g_assert_true(db_begin(p->db, NULL));
    g_assert_false(db_is_awaited(p->db));
    GThread *thread = g_thread_new("other", begin_and_end, other);
    while (!db_is_awaited(p->db))
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    db_rollback(p->db);
    g_thread_join(thread);
    g_assert_false(db_is_awaited(p->db));
    db_close(other);
}

static gboolean lock_is_free(struct place *p)
{
    g_autofree char *path = g_strconcat(p->ws->db_path, "-ckpt", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(fd, >=, 0);
    gboolean is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;
    close(fd);
    return is_free;
}

static void checkpoint_lock_is_kept_by_the_worker(struct place *p, gconstpointer data)
{
    g_assert_true(lock_is_free(p));
    reopen(p, DB_USE_WORKER);
    g_assert_false(lock_is_free(p));
    /* A role's handle opens beside it. */
    GError *error = NULL;
    struct db *role = db_open(p->ws->db_path, DB_USE_WORKER, &error);
    g_assert_no_error(error);
    db_close(role);
    g_assert_false(lock_is_free(p));
    reopen(p, DB_USE_VERB);
    g_assert_true(lock_is_free(p));
}

static void fill(struct db *db, int rows)
{
    g_assert_true(db_begin(db, NULL));
    for (int i = 0; i < rows; i++)
        g_assert_true(
            sql_do(db, NULL,
                   "INSERT INTO audit (at_us, actor, action, noun, name, detail)"
                   " VALUES (1, '', '', '', '', ?)",
                   "s",
                   "0123456789012345678901234567890123456789012345678901234567890123"
                   "0123456789012345678901234567890123456789012345678901234567890123"));
    g_assert_true(db_commit(db, NULL));
}

static void only_the_holder_checkpoints(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    reopen(p, DB_USE_WORKER);
    struct db *verb = db_open(p->ws->db_path, DB_USE_VERB, &error);
    g_assert_no_error(error);
    fill(verb, 40000);
    g_assert_cmpint(verb->wal_pages, >=, DB_CHECKPOINT_PAGES);
    db_checkpoint(verb);
    g_assert_cmpint(verb->wal_pages, >=, DB_CHECKPOINT_PAGES);
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('a', 1)");
    g_assert_cmpint(p->db->wal_pages, >=, DB_CHECKPOINT_PAGES);
    db_checkpoint(p->db);
    g_assert_cmpint(p->db->wal_pages, ==, 0);
    db_close(verb);
}

/* ---- transactions ---- */

static void rollback_is_always_safe(struct place *p, gconstpointer data)
{
    db_rollback(p->db);
    g_assert_true(db_begin(p->db, NULL));
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('a', 1)");
    sqlite3_stmt *s = sql_prepare(p->db, "SELECT name FROM list", NULL);
    g_assert_cmpint(sql_step(p->db, s, NULL), ==, 1);
    db_rollback(p->db);
    db_rollback(p->db);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM list"), ==, 0);
}

static void failed_commit_rolls_back(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_assert_true(db_script(p->db, "PRAGMA defer_foreign_keys=ON", NULL));
    g_assert_true(db_begin(p->db, NULL));
    g_assert_true(db_script(p->db, "PRAGMA defer_foreign_keys=ON", NULL));
    run(p->db, "INSERT INTO campaign_list VALUES (5, 5, 0)");
    g_assert_false(db_commit(p->db, &error));
    assert_fails(error, CRIER_ERROR_FAILED, "FOREIGN KEY");
    g_assert_true(db_begin(p->db, &error));
    g_assert_no_error(error);
    db_rollback(p->db);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM campaign_list"), ==, 0);
}

static void data_version_moves_for_others(struct place *p, gconstpointer data)
{
    struct db *other = db_open(p->ws->db_path, DB_USE_VERB, NULL);
    gint64 before = db_data_version(p->db);
    g_assert_cmpint(before, >=, 0);
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('mine', 1)");
    g_assert_cmpint(db_data_version(p->db), ==, before);
    run(other, "INSERT INTO list (name, created_us) VALUES ('theirs', 1)");
    g_assert_cmpint(db_data_version(p->db), !=, before);
    db_close(other);
}

/* A full disk, made by a limit on the pages of the file. */
static void full_is_try_again(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_assert_true(db_script(p->db, "PRAGMA max_page_count=1", NULL));
    g_assert_true(db_begin(p->db, NULL));
    gboolean ok = TRUE;
    g_autofree char *big = g_strnfill(100000, 'x');
    for (int i = 0; i < 100 && ok; i++)
        ok = sql_do(p->db, &error,
                    "INSERT INTO audit (at_us, actor, action, noun, name, detail)"
                    " VALUES (1, '', '', '', '', ?)",
                    "s", big);
    g_assert_false(ok);
    assert_fails(error, CRIER_ERROR_TRY_AGAIN, "disk is full");
    db_rollback(p->db);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit"), ==, 0);
}

/* ---- migrations ---- */

static const struct schema_migration later[] = {
    {1, "as it was", "SELECT 1"},
    {1000, "one more", "CREATE TABLE added (x); INSERT INTO added VALUES (5)"},
    {0, NULL, NULL},
};

static char *backups_dir(struct place *p)
{
    return g_build_filename(p->dir, "backups", NULL);
}

static void new_one_needs_no_backup(struct place *p, gconstpointer data)
{
    g_autofree char *dir = backups_dir(p);
    g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
    g_assert_cmpint(number_of(p->db, "PRAGMA user_version"), ==, schema_newest());
}

static void migration_leaves_a_backup(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    run(p->db, "INSERT INTO list (name, created_us) VALUES ('before', 1)");
    g_assert_true(migrate_run(p->db, later, &error));
    g_assert_no_error(error);
    g_assert_cmpint(number_of(p->db, "PRAGMA user_version"), ==, 1000);
    g_assert_cmpint(number_of(p->db, "PRAGMA foreign_keys"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT x FROM added"), ==, 5);
    g_autofree char *dir = backups_dir(p);
    GDir *d = g_dir_open(dir, 0, NULL);
    g_assert_nonnull(d);
    const char *name = g_dir_read_name(d);
    g_autofree char *prefix = g_strdup_printf("crier-schema-%d-", schema_newest());
    g_assert_true(g_str_has_prefix(name, prefix));
    g_autofree char *path = g_build_filename(dir, name, NULL);
    struct db *old = db_open(path, DB_USE_VERB, &error);
    g_assert_no_error(error);
    g_assert_cmpint(number_of(old, "SELECT count(*) FROM list"), ==, 1);
    g_assert_cmpint(number_of(old, "PRAGMA user_version"), ==, schema_newest());
    db_close(old);
    g_dir_close(d);
    /* Again: nothing to do. */
    g_assert_true(migrate_run(p->db, later, &error));
}

static void failed_migration_changes_nothing(struct place *p, gconstpointer data)
{
    static const struct schema_migration bad[] = {
        {1, "as it was", "SELECT 1"},
        {1000, "half", "CREATE TABLE added (x); INSERT INTO no_such_table VALUES (5)"},
        {0, NULL, NULL},
    };
    GError *error = NULL;
    g_assert_false(migrate_run(p->db, bad, &error));
    assert_fails(error, CRIER_ERROR_FAILED, "migration 1000 (half)");
    g_assert_cmpint(number_of(p->db, "PRAGMA user_version"), ==, schema_newest());
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM sqlite_master WHERE name = 'added'"),
                    ==, 0);
    g_assert_cmpint(number_of(p->db, "PRAGMA foreign_keys"), ==, 1);
}

static void migration_keeps_references(struct place *p, gconstpointer data)
{
    static const struct schema_migration breaks[] = {
        {1000, "as it was", "SELECT 1"},
        {1001, "breaks", "INSERT INTO campaign_list VALUES (5, 5, 0)"},
        {0, NULL, NULL},
    };
    GError *error = NULL;
    g_assert_false(migrate_run(p->db, breaks, &error));
    assert_fails(error, CRIER_ERROR_FAILED, "refer");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM campaign_list"), ==, 0);
}

/* Eight processes make the same database at once; all of them can use it. */
static void many_make_it_at_once(struct place *p, gconstpointer data)
{
    g_autofree char *path = g_build_filename(p->dir, "fresh.db", NULL);
    pid_t pids[8];
    for (gsize i = 0; i < G_N_ELEMENTS(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            GError *error = NULL;
            struct db *db = db_open(path, DB_USE_VERB, &error);
            if (db == NULL) {
                g_printerr("%s\n", error->message);
                _exit(1);
            }
            gboolean ok = sql_do(db, &error,
                                 "INSERT INTO audit (at_us, actor, action, noun, name, detail)"
                                 " VALUES (1, '', '', '', '', '')",
                                 "");
            db_close(db);
            _exit(ok ? 0 : 2);
        }
    }
    for (gsize i = 0; i < G_N_ELEMENTS(pids); i++) {
        int status;
        g_assert_cmpint(waitpid(pids[i], &status, 0), ==, pids[i]);
        g_assert_cmpint(status, ==, 0);
    }
    struct db *db = db_open(path, DB_USE_VERB, NULL);
    g_assert_cmpint(number_of(db, "SELECT count(*) FROM audit"), ==, G_N_ELEMENTS(pids));
    db_close(db);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/db/settings/read-back", settings_read_back);
    TEST("/db/settings/configs-read-back", configs_read_back);
    TEST("/db/settings/codes-are-extended", codes_are_extended);
    TEST("/db/settings/files-are-private-and-in-chunks", files_are_private_and_in_chunks);
    TEST("/db/settings/defensive", defensive_means_it);
    TEST("/db/bad/foreign-file", foreign_file_is_refused);
    TEST("/db/bad/foreign-database", foreign_database_is_refused);
    TEST("/db/bad/newer-schema", newer_schema_is_read_only);
    TEST("/db/bad/nothing-to-read", nothing_to_read);
    TEST("/db/bad/truncated", truncated_file_is_damage);
    TEST("/db/bad/empty-beside-a-log", empty_file_beside_a_log_is_refused);
    TEST("/db/bad/read-only", read_only_file_is_said);
    TEST("/db/bad/locked", locked_is_try_again);
    TEST("/db/bad/full", full_is_try_again);
    TEST("/db/holder-knows-who-waits", holder_knows_who_waits);
    TEST("/db/checkpoint/lock-is-kept-by-the-worker", checkpoint_lock_is_kept_by_the_worker);
    TEST("/db/checkpoint/only-the-holder", only_the_holder_checkpoints);
    TEST("/db/transaction/rollback-is-always-safe", rollback_is_always_safe);
    TEST("/db/transaction/failed-commit-rolls-back", failed_commit_rolls_back);
    TEST("/db/transaction/data-version", data_version_moves_for_others);
    TEST("/db/migrate/new-one-needs-no-backup", new_one_needs_no_backup);
    TEST("/db/migrate/leaves-a-backup", migration_leaves_a_backup);
    TEST("/db/migrate/failure-changes-nothing", failed_migration_changes_nothing);
    TEST("/db/migrate/keeps-references", migration_keeps_references);
    TEST("/db/open/many-at-once", many_make_it_at_once);
    return g_test_run();
}

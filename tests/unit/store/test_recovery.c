/*
 * What was being typed when a session ended.
 */
#include "config.h"

#include "place.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/db_private.h"
#include "store/recovery.h"

#define DEAD "00000000-0000-0000-0000-000000000000 12 34"

static void save(struct db *db, const char *noun, const char *name, const char *fields)
{
    GError *error = NULL;
    g_assert_true(recovery_save(db, noun, name, 7, fields, &error));
    g_assert_no_error(error);
}

/* As if who typed had been killed. */
static void kill_sessions(struct db *db)
{
    run(db, "UPDATE recovery SET session = '" DEAD "'");
}

static void a_save_replaces_the_one_before(struct place *p, gconstpointer data)
{
    save(p->db, "campaign", "spring", "{\"subject\":\"S\"}");
    save(p->db, "campaign", "spring", "{\"subject\":\"Sp\"}");
    save(p->db, "campaign", NULL, "{}");
    save(p->db, "server", "spring", "{}");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM recovery"), ==, 3);
    kill_sessions(p->db);
    g_autoptr(GPtrArray) all = recovery_all(p->db, NULL);
    g_assert_cmpuint(all->len, ==, 3);
    const struct recovery *oldest = all->pdata[2];
    g_assert_cmpstr(oldest->noun, ==, "campaign");
    g_assert_null(oldest->fields);
    struct recovery r;
    g_assert_true(recovery_get(p->db, oldest->id, &r, NULL));
    g_assert_cmpstr(r.name, ==, "spring");
    g_assert_cmpstr(r.actor, ==, "tester");
    g_assert_cmpint(r.row_version, ==, 7);
    g_assert_cmpstr(r.fields, ==, "{\"subject\":\"Sp\"}");
    recovery_clear(&r);
}

static void who_still_types_is_left_alone(struct place *p, gconstpointer data)
{
    save(p->db, "campaign", "spring", "{}");
    g_autoptr(GPtrArray) none = recovery_all(p->db, NULL);
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_true(recovery_prune(p->db, G_MAXINT64, NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM recovery"), ==, 1);
    g_assert_true(recovery_drop_own(p->db, "campaign", "other", NULL));
    g_assert_true(recovery_drop_own(p->db, "campaign", "spring", NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM recovery"), ==, 0);
}

static void what_is_dropped_is_gone(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct recovery r;
    save(p->db, "campaign", "spring", "{}");
    gint64 id = number_of(p->db, "SELECT id FROM recovery");
    g_assert_true(recovery_drop(p->db, id, NULL));
    g_assert_true(recovery_drop(p->db, id, NULL));
    g_assert_false(recovery_get(p->db, id, &r, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "not kept any more");
}

static void old_ones_are_pruned(struct place *p, gconstpointer data)
{
    save(p->db, "campaign", "old", "{}");
    run(p->db, "UPDATE recovery SET saved_us = 1000");
    save(p->db, "campaign", "new", "{}");
    kill_sessions(p->db);
    g_assert_true(recovery_prune(p->db, clock_wall_us() - 3600 * CLOCK_SECOND_US, NULL));
    g_autoptr(GPtrArray) all = recovery_all(p->db, NULL);
    g_assert_cmpuint(all->len, ==, 1);
    g_assert_cmpstr(((const struct recovery *)all->pdata[0])->name, ==, "new");
}

/* It must not wait as long as a verb does; whoever holds the lock here never gives it back. */
static void a_locked_database_fails_softly(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct db *other = db_open(p->ws->db_path, DB_USE_VERB, NULL);
    save(p->db, "campaign", "spring", "{\"a\":\"1\"}");
    g_assert_true(db_begin(other, NULL));
    g_assert_false(recovery_save(p->db, "campaign", "spring", 7, "{\"a\":\"2\"}", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN);
    g_clear_error(&error);
    g_assert_cmpint(p->db->busy_ms, ==, DB_BUSY_MS);
    g_assert_cmpint(RECOVERY_WAIT_MS, <=, 100);
    db_rollback(other);
    db_close(other);
    save(p->db, "campaign", "spring", "{\"a\":\"3\"}");
}

static void too_much_is_refused(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *much = g_strnfill(RECOVERY_MAX_BYTES + 1, 'x');
    g_assert_false(recovery_save(p->db, "campaign", "spring", 1, much, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "too long");
}

static void a_session_is_this_process_only(void)
{
    g_assert_true(recovery_is_alive(recovery_session()));
    g_assert_false(recovery_is_alive(DEAD));
    g_assert_false(recovery_is_alive(""));
    g_assert_false(recovery_is_alive(clock_boot_id()));
    /* The same number again, of a process that began at another time. */
    g_autofree char *later = g_strconcat(recovery_session(), "1", NULL);
    g_assert_false(recovery_is_alive(later));
}

static void a_child_is_another_session(void)
{
    g_autofree char *mine = g_strdup(recovery_session());
    pid_t child = fork();
    if (child == 0)
        _exit(strcmp(mine, recovery_session()) == 0);
    int status = -1;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    g_autofree char *its = g_strdup_printf("%s %d 5", clock_boot_id(), (int)child);
    g_assert_false(recovery_is_alive(its));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/recovery/a-save-replaces-the-one-before", a_save_replaces_the_one_before);
    TEST("/recovery/who-still-types-is-left-alone", who_still_types_is_left_alone);
    TEST("/recovery/what-is-dropped-is-gone", what_is_dropped_is_gone);
    TEST("/recovery/old-ones-are-pruned", old_ones_are_pruned);
    TEST("/recovery/a-locked-database-fails-softly", a_locked_database_fails_softly);
    TEST("/recovery/too-much-is-refused", too_much_is_refused);
    g_test_add_func("/recovery/a-session-is-this-process-only", a_session_is_this_process_only);
    g_test_add_func("/recovery/a-child-is-another-session", a_child_is_another_session);
    return g_test_run();
}

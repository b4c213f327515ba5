/*
 * The folder, the worker's lock, the ballast.
 */
#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "place.h"

struct folder {
    char *dir;
};

static void folder_begin(struct folder *f, gconstpointer data)
{
    f->dir = g_dir_make_tmp("crier-workspace-XXXXXX", NULL);
    g_assert_nonnull(f->dir);
}

static void folder_end(struct folder *f, gconstpointer data)
{
    remove_tree(f->dir);
    g_free(f->dir);
}

static void makes_a_private_folder(struct folder *f, gconstpointer data)
{
    struct stat st;
    GError *error = NULL;
    g_autofree char *dir = g_build_filename(f->dir, "a", "b", NULL);
    mode_t old = umask(0);
    struct workspace *w = workspace_open(dir, &error);
    umask(old);
    g_assert_no_error(error);
    g_assert_cmpint(stat(dir, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0700);
    g_assert_true(g_path_is_absolute(w->dir));
    g_assert_true(g_str_has_prefix(w->db_path, w->dir));
    workspace_free(w);
}

static void environment_names_it(struct folder *f, gconstpointer data)
{
    g_autofree char *dir = g_build_filename(f->dir, "named", NULL);
    g_setenv("CRIER_WORKSPACE", dir, TRUE);
    struct workspace *w = workspace_open(NULL, NULL);
    g_unsetenv("CRIER_WORKSPACE");
    g_assert_nonnull(w);
    g_assert_cmpstr(w->dir, ==, dir);
    workspace_free(w);
}

static void refuses_what_others_may_write(struct folder *f, gconstpointer data)
{
    GError *error = NULL;
    g_assert_cmpint(chmod(f->dir, 0777), ==, 0);
    g_assert_null(workspace_open(f->dir, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "chmod go-w");
    g_assert_cmpint(chmod(f->dir, 0770), ==, 0);
    g_assert_null(workspace_open(f->dir, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "chmod go-w");
}

static void refuses_what_belongs_to_another(struct folder *f, gconstpointer data)
{
    GError *error = NULL;
    if (geteuid() != 0) {
        g_test_skip("only root can give a folder away");
        return;
    }
    g_assert_cmpint(chown(f->dir, 12345, 12345), ==, 0);
    g_assert_null(workspace_open(f->dir, &error));
    assert_fails(error, CRIER_ERROR_FAILED, "belongs to");
}

/* ---- the lock ---- */

static void second_worker_is_told_who(struct folder *f, gconstpointer data)
{
    GError *error = NULL;
    gint64 pid = 0, since = 0;
    struct workspace *w = workspace_open(f->dir, NULL);
    g_assert_false(workspace_worker_is_running(w, NULL, NULL));
    int fd = workspace_lock_worker(w, &error);
    g_assert_cmpint(fd, >=, 0);
    g_assert_true(workspace_worker_is_running(w, &pid, &since));
    g_assert_cmpint(pid, ==, getpid());
    g_assert_cmpint(ABS(since - g_get_real_time()), <, 60 * G_USEC_PER_SEC);
    g_assert_cmpint(workspace_lock_worker(w, &error), ==, -1);
    g_autofree char *who = g_strdup_printf("pid %d since 2", (int)getpid());
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    g_assert_nonnull(strstr(error->message, host));
    assert_fails(error, CRIER_ERROR_WORKER, who);
    close(fd);
    g_assert_false(workspace_worker_is_running(w, NULL, NULL));
    fd = workspace_lock_worker(w, &error);
    g_assert_no_error(error);
    close(fd);
    workspace_free(w);
}

/* The worker dies, its role lives on with the inherited descriptor: nobody else gets the lock.
 */
static void role_keeps_the_lock(struct folder *f, gconstpointer data)
{
    GError *error = NULL;
    struct workspace *w = workspace_open(f->dir, NULL);
    int go[2], ready[2];
    char byte;
    g_assert_cmpint(pipe(go), ==, 0);
    g_assert_cmpint(pipe(ready), ==, 0);
    pid_t worker = fork();
    if (worker == 0) {
        if (workspace_lock_worker(w, NULL) < 0)
            _exit(1);
        if (fork() == 0) {
            close(go[1]);
            if (write(ready[1], "r", 1) != 1 || read(go[0], &byte, 1) < 0)
                _exit(1);
        }
        _exit(0);
    }
    close(ready[1]);
    g_assert_cmpint(read(ready[0], &byte, 1), ==, 1);
    int status;
    g_assert_cmpint(waitpid(worker, &status, 0), ==, worker);
    g_assert_true(workspace_worker_is_running(w, NULL, NULL));
    g_assert_cmpint(workspace_lock_worker(w, &error), ==, -1);
    assert_fails(error, CRIER_ERROR_WORKER, "still finishing");
    close(go[1]);
    /* End of file of `ready`: the role is gone. */
    g_assert_cmpint(read(ready[0], &byte, 1), ==, 0);
    int fd = workspace_lock_worker(w, &error);
    g_assert_no_error(error);
    close(fd);
    close(go[0]);
    close(ready[0]);
    workspace_free(w);
}

static void one_of_many_wins(struct folder *f, gconstpointer data)
{
    enum { N = 20 };
    struct workspace *w = workspace_open(f->dir, NULL);
    int over[2];
    char byte;
    pid_t pids[N];
    g_assert_cmpint(pipe(over), ==, 0);
    for (int i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            GError *error = NULL;
            close(over[1]);
            if (workspace_lock_worker(w, &error) < 0)
                _exit(g_error_matches(error, CRIER_ERROR, CRIER_ERROR_WORKER) &&
                              strstr(error->message, "pid ") != NULL
                          ? 3
                          : 9);
            /* The winner stays until all others have tried. */
            _exit(read(over[0], &byte, 1) == 0 ? 0 : 9);
        }
    }
    int won = 0, lost = 0;
    for (int i = 0; i < N; i++) {
        int status;
        g_assert_cmpint(wait(&status), >, 0);
        won += WIFEXITED(status) && WEXITSTATUS(status) == 0;
        lost += WIFEXITED(status) && WEXITSTATUS(status) == 3;
        if (lost == N - 1 && won == 0)
            close(over[1]);
    }
    g_assert_cmpint(won, ==, 1);
    g_assert_cmpint(lost, ==, N - 1);
    close(over[0]);
    workspace_free(w);
}

/* ---- ballast ---- */

static void ballast_is_real_and_goes(struct folder *f, gconstpointer data)
{
    struct stat st;
    struct workspace *w = workspace_open(f->dir, NULL);
    g_assert_true(workspace_ballast_make(w));
    g_assert_true(workspace_ballast_make(w));
    g_assert_cmpint(stat(w->ballast_path, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, 4 * 1024 * 1024);
    g_assert_cmpint(st.st_blocks * 512, >=, 4 * 1024 * 1024);
    g_assert_true(workspace_ballast_free(w));
    g_assert_cmpint(stat(w->ballast_path, &st), ==, 0);
    g_assert_cmpint(st.st_blocks, ==, 0);
    workspace_free(w);
}

#define FOLDER_TEST(path, function)                                                            \
    g_test_add((path), struct folder, NULL, folder_begin, function, folder_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FOLDER_TEST("/workspace/open/makes-a-private-folder", makes_a_private_folder);
    FOLDER_TEST("/workspace/open/environment-names-it", environment_names_it);
    FOLDER_TEST("/workspace/open/others-may-write", refuses_what_others_may_write);
    FOLDER_TEST("/workspace/open/belongs-to-another", refuses_what_belongs_to_another);
    FOLDER_TEST("/workspace/lock/second-is-told-who", second_worker_is_told_who);
    FOLDER_TEST("/workspace/lock/role-keeps-it", role_keeps_the_lock);
    FOLDER_TEST("/workspace/lock/one-of-many", one_of_many_wins);
    FOLDER_TEST("/workspace/ballast/real-and-goes", ballast_is_real_and_goes);
    return g_test_run();
}

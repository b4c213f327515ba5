/*
 * A temporary workspace with an open database, for the tests of the store.
 */
#ifndef CRIER_TEST_STORE_PLACE_H
#define CRIER_TEST_STORE_PLACE_H

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "store/bin.h"
#include "store/db.h"
#include "store/sql.h"
#include "store/workspace.h"

struct place {
    char *dir;
    struct workspace *ws;
    struct db *db;
};

static inline void remove_tree(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_remove(path);
}

static inline void reopen(struct place *p, enum db_use use)
{
    GError *error = NULL;
    db_close(p->db);
    p->db = db_open(p->ws->db_path, use, &error);
    g_assert_no_error(error);
    db_set_actor(p->db, "tester");
}

static inline void place_begin(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    p->dir = g_dir_make_tmp("crier-store-XXXXXX", &error);
    g_assert_no_error(error);
    p->ws = workspace_open(p->dir, &error);
    g_assert_no_error(error);
    p->db = NULL;
    reopen(p, DB_USE_VERB);
}

static inline void place_end(struct place *p, gconstpointer data)
{
    db_close(p->db);
    workspace_free(p->ws);
    remove_tree(p->dir);
    g_free(p->dir);
}

/* Closes, with everything in the file itself: the log beside it would hide what a test does to
 * the file. */
static inline void close_into_file(struct place *p)
{
    g_autofree char *wal = g_strconcat(p->ws->db_path, "-wal", NULL);
    db_close(p->db);
    p->db = NULL;
    g_remove(wal);
}

static inline gint64 number_of(struct db *db, const char *sql)
{
    GError *error = NULL;
    gint64 n = 0;
    gboolean ok = sql_int(db, &error, -1, &n, sql, "");
    g_assert_no_error(error);
    g_assert_true(ok);
    return n;
}

static inline void run(struct db *db, const char *sql)
{
    GError *error = NULL;
    gboolean ok = sql_do(db, &error, sql, "");
    g_assert_no_error(error);
    g_assert_true(ok);
}

/* What was deleted goes for good. */
static inline void empty_bin(struct db *db)
{
    GError *error = NULL;
    gint64 n = 0;
    gboolean ok = bin_empty(db, G_MAXINT64, &n, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpint(n, >, 0);
}

/* The failure has this code and its sentence holds this text; it is freed. */
#define assert_fails(error, expected_code, part)                                               \
    do {                                                                                       \
        g_assert_error((error), CRIER_ERROR, (int)(expected_code));                            \
        if (strstr((error)->message, (part)) == NULL)                                          \
            g_error("'%s' is not in: %s", (part), (error)->message);                           \
        g_clear_error(&(error));                                                               \
    } while (0)

#define TEST(path, function)                                                                   \
    g_test_add((path), struct place, NULL, place_begin, function, place_end)

#endif

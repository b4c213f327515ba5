/*
 * How long another writer waits for the database: begins, writes a row and commits, again and
 * again, until it is told to end (SIGTERM); prints the waits of BEGIN in ms. Usage: bench_writer
 * DATABASE
 */
#include "config.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>

#include "store/audit.h"
#include "store/db.h"

#define PAUSE_US 3000

static volatile sig_atomic_t is_over;

static void end(int signal)
{
    is_over = 1;
}

static int by_size(gconstpointer a, gconstpointer b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    return (x > y) - (x < y);
}

static gboolean write_one(struct db *db, GArray *waits, GError **error)
{
    struct role_row row = {.role = (char *)"bench", .pid = 1, .since_us = 1, .beat_us = 1,
                           .boot_id = (char *)"bench", .note = (char *)""};
    gint64 began = g_get_monotonic_time();
    if (!db_begin(db, error))
        return FALSE;
    gint64 wait = g_get_monotonic_time() - began;
    g_array_append_val(waits, wait);
    return role_beat(db, &row, error) && db_commit(db, error);
}

int main(int argc, char **argv)
{
    GError *error = NULL;
    struct db *db = argc == 2 ? db_open(argv[1], DB_USE_VERB, &error) : NULL;
    g_autoptr(GArray) waits = g_array_new(FALSE, FALSE, sizeof(gint64));
    gboolean ok = db != NULL;
    signal(SIGTERM, end);
    while (ok && !is_over) {
        ok = write_one(db, waits, &error);
        g_usleep(PAUSE_US);
    }
    role_gone(db, "bench", NULL);
    db_close(db);
    if (!ok || waits->len == 0) {
        fprintf(stderr, "bench_writer: %s\n", error ? error->message : "nothing was written");
        return 1;
    }
    g_array_sort(waits, by_size);
    printf("%u writes, median %.2f ms, worst %.2f ms\n", waits->len,
           (double)g_array_index(waits, gint64, waits->len / 2) / 1e3,
           (double)g_array_index(waits, gint64, waits->len - 1) / 1e3);
    return 0;
}

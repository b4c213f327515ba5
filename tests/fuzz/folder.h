/* A temporary folder for targets that read files; made once, removed at exit. */
#ifndef CRIER_TESTS_FUZZ_FOLDER_H
#define CRIER_TESTS_FUZZ_FOLDER_H

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

static char *fuzz_folder;

static void fuzz_folder_remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        fuzz_folder_remove_tree(child);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static void fuzz_folder_end(void)
{
    fuzz_folder_remove_tree(fuzz_folder);
    g_free(fuzz_folder);
}

/* The path of `name` in it. Caller frees. */
static inline char *fuzz_folder_path(const char *name)
{
    if (!fuzz_folder) {
        /* In memory where there is such a place: our writers wait for the disk. */
        fuzz_folder = g_mkdtemp(g_strdup("/dev/shm/crier-fuzz-XXXXXX"));
        if (!fuzz_folder)
            fuzz_folder = g_dir_make_tmp("crier-fuzz-XXXXXX", NULL);
        g_assert_nonnull(fuzz_folder);
        atexit(fuzz_folder_end);
    }
    return g_build_filename(fuzz_folder, name, NULL);
}

/* Writes `name` in it. Not by g_file_set_contents(), which waits for the disk. */
static inline void fuzz_folder_put(const char *name, const void *data, gsize len)
{
    g_autofree char *path = fuzz_folder_path(name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, len, file) != len || fclose(file) != 0)
        g_error("%s cannot be written", path);
}

#endif

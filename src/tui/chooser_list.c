/*
 * Reading a folder for the chooser. Nothing is opened, no link is followed further than stat
 * does, and nothing is changed.
 */
#include "config.h"

#include "tui/chooser_list.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"

static void file_free(gpointer data)
{
    struct chooser_file *f = data;
    g_free(f->name);
    g_free(f);
}

gboolean chooser_has_suffix(const char *name, const char *const *suffixes)
{
    if (!suffixes || !suffixes[0])
        return TRUE;
    gsize len = strlen(name);
    for (; *suffixes; suffixes++) {
        gsize n = strlen(*suffixes);
        if (len > n && g_ascii_strcasecmp(name + len - n, *suffixes) == 0)
            return TRUE;
    }
    return FALSE;
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const struct chooser_file *x = *(const struct chooser_file *const *)a;
    const struct chooser_file *y = *(const struct chooser_file *const *)b;
    if (x->is_folder != y->is_folder)
        return x->is_folder ? -1 : 1;
    if (!x->is_folder && x->changed_us != y->changed_us)
        return x->changed_us > y->changed_us ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* NULL when it is neither a file nor a folder: pipes and devices have no business here. */
static struct chooser_file *look_at(int dir, const char *name)
{
    struct stat st;
    if (fstatat(dir, name, &st, 0) != 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
        return NULL;
    struct chooser_file *f = g_new0(struct chooser_file, 1);
    f->name = g_strdup(name);
    f->is_folder = S_ISDIR(st.st_mode);
    f->size = st.st_size;
    f->changed_us = (gint64)st.st_mtim.tv_sec * CLOCK_SECOND_US + st.st_mtim.tv_nsec / 1000;
    return f;
}

static void take_entry(GPtrArray *files, DIR *dir, const char *name,
                       const char *const *suffixes, int *left_out)
{
    struct chooser_file *f = look_at(dirfd(dir), name);
    if (!f)
        return;
    if (files->len < CHOOSER_FILES_MAX &&
        (f->is_folder || chooser_has_suffix(name, suffixes))) {
        g_ptr_array_add(files, f);
        return;
    }
    ++*left_out;
    file_free(f);
}

GPtrArray *chooser_list(const char *folder, const char *const *suffixes, gboolean with_hidden,
                        int *ret_left_out, GError **error)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND, _("%s cannot be read: %s"),
                    folder, error_why(errno));
        return NULL;
    }
    GPtrArray *files = g_ptr_array_new_with_free_func(file_free);
    int left_out = 0;
    for (struct dirent *d; (d = readdir(dir));) {
        gboolean is_up = strcmp(d->d_name, "..") == 0;
        if (strcmp(d->d_name, ".") == 0 || (is_up && strcmp(folder, "/") == 0))
            continue;
        if (is_up || with_hidden || d->d_name[0] != '.')
            take_entry(files, dir, d->d_name, suffixes, &left_out);
    }
    closedir(dir);
    g_ptr_array_sort(files, compare);
    *ret_left_out = left_out;
    return files;
}

char *chooser_size(gint64 bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    if (bytes < 1000)
        return g_strdup_printf("%" G_GINT64_FORMAT " B", bytes);
    double n = (double)bytes / 1000;
    guint unit = 0;
    for (; n >= 999.5 && unit + 1 < G_N_ELEMENTS(units); unit++)
        n /= 1000;
    return g_strdup_printf(n < 9.95 ? "%.1f %s" : "%.0f %s", n, units[unit]);
}

char *chooser_path(const char *folder, const char *typed)
{
    if (typed[0] == '~' && (typed[1] == '/' || typed[1] == '\0')) {
        g_autofree char *path = g_build_filename(g_get_home_dir(), typed + 1, NULL);
        return g_canonicalize_filename(path, "/");
    }
    return g_canonicalize_filename(typed, folder);
}

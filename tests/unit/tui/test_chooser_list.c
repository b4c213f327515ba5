/* Folders as the file chooser shows them. */
#include "config.h"

#include "tui/chooser_list.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <glib/gstdio.h>

static char *make_folder(void)
{
    g_autoptr(GError) error = NULL;
    char *dir = g_dir_make_tmp("crier-chooser-XXXXXX", &error);
    g_assert_no_error(error);
    return dir;
}

static void make_file(const char *dir, const char *name, gsize bytes, time_t changed)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *text = g_strnfill(bytes, 'x');
    struct utimbuf times = {changed, changed};
    g_assert_true(g_file_set_contents(path, text, (gssize)bytes, NULL));
    g_assert_cmpint(utime(path, &times), ==, 0);
}

static void remove_folder(char *dir)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(d));) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_dir_close(d);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
    g_free(dir);
}

/* "a,b,c/" of a listing. Caller frees. */
static char *names_of(const GPtrArray *files)
{
    g_autoptr(GString) s = g_string_new(NULL);
    for (guint i = 0; i < files->len; i++) {
        const struct chooser_file *f = files->pdata[i];
        g_string_append_printf(s, "%s%s%s", i ? "," : "", f->name, f->is_folder ? "/" : "");
    }
    return g_string_free(g_steal_pointer(&s), FALSE);
}

static void assert_lists(const char *dir, const char *const *suffixes, gboolean with_hidden,
                         const char *expected, int expected_left_out)
{
    g_autoptr(GError) error = NULL;
    int left_out = -1;
    g_autoptr(GPtrArray) files = chooser_list(dir, suffixes, with_hidden, &left_out, &error);
    g_assert_no_error(error);
    g_autofree char *names = names_of(files);
    g_assert_cmpstr(names, ==, expected);
    g_assert_cmpint(left_out, ==, expected_left_out);
}

static void test_list(void)
{
    static const char *const csv[] = {".csv", ".txt", NULL};
    char *dir = make_folder();
    g_autofree char *sub = g_build_filename(dir, "sub", NULL);
    g_autofree char *fifo = g_build_filename(dir, "pipe.csv", NULL);
    g_autofree char *broken = g_build_filename(dir, "broken.csv", NULL);
    make_file(dir, "old.csv", 10, 1000);
    make_file(dir, "new.CSV", 10, 3000);
    make_file(dir, "flyer.pdf", 10, 2000);
    make_file(dir, ".hidden.csv", 10, 4000);
    make_file(dir, ".csv", 10, 5000);
    g_assert_cmpint(mkdir(sub, 0700), ==, 0);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(symlink("nowhere", broken), ==, 0);
    assert_lists(dir, csv, FALSE, "../,sub/,new.CSV,old.csv", 1);
    assert_lists(dir, NULL, FALSE, "../,sub/,new.CSV,flyer.pdf,old.csv", 0);
    assert_lists(dir, NULL, TRUE, "../,sub/,.csv,.hidden.csv,new.CSV,flyer.pdf,old.csv", 0);
    remove_folder(dir);
}

static void test_list_fails(void)
{
    g_autoptr(GError) error = NULL;
    int left_out = 7;
    g_assert_null(chooser_list("/nonexistent/folder", NULL, FALSE, &left_out, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "/nonexistent/folder"));
    g_assert_cmpint(left_out, ==, 7);
}

static void test_suffix(void)
{
    static const char *const images[] = {".png", ".jpg", NULL};
    static const char *const none[] = {NULL};
    g_assert_true(chooser_has_suffix("a.PNG", images));
    g_assert_true(chooser_has_suffix("a.b.jpg", images));
    g_assert_false(chooser_has_suffix("png", images));
    g_assert_false(chooser_has_suffix(".png", images));
    g_assert_false(chooser_has_suffix("", images));
    g_assert_true(chooser_has_suffix("anything", NULL));
    g_assert_true(chooser_has_suffix("anything", none));
}

static void test_size(void)
{
    static const struct {
        gint64 bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},
        {999, "999 B"},
        {1000, "1.0 kB"},
        {9949, "9.9 kB"},
        {9950, "10 kB"},
        {412345, "412 kB"},
        {999499, "999 kB"},
        {999500, "1.0 MB"},
        {3400000, "3.4 MB"},
        {G_GINT64_CONSTANT(5000000000), "5.0 GB"},
        {G_GINT64_CONSTANT(99000000000000), "99 TB"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = chooser_size(rows[i].bytes);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void test_path(void)
{
    g_autofree char *home = g_canonicalize_filename(g_get_home_dir(), "/");
    g_autofree char *in_home = g_build_filename(home, "x", NULL);
    const struct {
        const char *typed, *path;
    } rows[] = {
        {"x.csv", "/data/in/x.csv"},
        {"../x", "/data/x"},
        {"/etc//./hosts", "/etc/hosts"},
        {"~", home},
        {"~/x", in_home},
        {"~x", "/data/in/~x"},
        {"a/b", "/data/in/a/b"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = chooser_path("/data/in", rows[i].typed);
        g_assert_cmpstr(path, ==, rows[i].path);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/chooser_list/list", test_list);
    g_test_add_func("/chooser_list/fails", test_list_fails);
    g_test_add_func("/chooser_list/suffix", test_suffix);
    g_test_add_func("/chooser_list/size", test_size);
    g_test_add_func("/chooser_list/path", test_path);
    return g_test_run();
}

/* What a person set and finds again: two terminals at once, spoiled and unwritable files. */
#include "config.h"

#include "tui/prefs.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *dir, *path;

static void begin(void)
{
    dir = g_dir_make_tmp("crier-prefs-XXXXXX", NULL);
    path = g_build_filename(dir, "crier", "ui.ini", NULL);
    prefs_reset(path);
}

static void end(void)
{
    g_autofree char *folder = g_path_get_dirname(path);
    prefs_reset(NULL);
    (void)unlink(path);
    (void)rmdir(folder);
    (void)rmdir(dir);
    g_clear_pointer(&dir, g_free);
    g_clear_pointer(&path, g_free);
}

static void assert_kept(const char *group, const char *key, const char *expected)
{
    prefs_reset(path);
    g_autofree char *value = prefs_get(group, key);
    g_assert_cmpstr(value, ==, expected);
}

static void test_kept(void)
{
    begin();
    g_assert_null(prefs_get("table x", "sort"));
    g_assert_true(prefs_set("table x", "sort", "name-,\n=[ö]", NULL));
    assert_kept("table x", "sort", "name-,\n=[ö]");
    struct stat st;
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    g_assert_true(prefs_set("table x", "sort", NULL, NULL));
    assert_kept("table x", "sort", NULL);
    g_assert_true(prefs_set("table y", "sort", NULL, NULL));
    end();
}

static void test_bool(void)
{
    begin();
    g_assert_true(prefs_get_bool("pager", "folded", TRUE));
    g_assert_false(prefs_get_bool("pager", "folded", FALSE));
    g_assert_true(prefs_set("pager", "folded", "no", NULL));
    g_assert_false(prefs_get_bool("pager", "folded", TRUE));
    g_assert_true(prefs_set("pager", "folded", "yes", NULL));
    g_assert_true(prefs_get_bool("pager", "folded", FALSE));
    end();
}

/* Another terminal wrote meanwhile: its choice stays. */
static void test_two_at_once(void)
{
    begin();
    g_assert_true(prefs_set("a", "k", "ours", NULL));
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autofree char *theirs = g_strconcat(text, "\n[b]\nk=theirs\n", NULL);
    g_assert_true(g_file_set_contents(path, theirs, -1, NULL));
    g_assert_true(prefs_set("a", "k", "ours again", NULL));
    assert_kept("b", "k", "theirs");
    assert_kept("a", "k", "ours again");
    end();
}

static void test_unchanged_writes_nothing(void)
{
    begin();
    g_assert_true(prefs_set("a", "k", "v", NULL));
    g_assert_cmpint(unlink(path), ==, 0);
    g_assert_true(prefs_set("a", "k", "v", NULL));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    end();
}

static void test_spoiled(void)
{
    begin();
    g_assert_true(prefs_set("a", "k", "v", NULL));
    g_assert_true(g_file_set_contents(path, "no [ini\n\x01\xff", -1, NULL));
    assert_kept("a", "k", NULL);
    g_assert_true(prefs_set("a", "k", "v", NULL));
    assert_kept("a", "k", "v");
    end();
}

static void test_cannot_be_written(void)
{
    begin();
    g_autofree char *file = g_build_filename(dir, "crier", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(file, "a file where the folder must be", -1, NULL));
    g_assert_false(prefs_set("a", "k", "v", &error));
    g_assert_nonnull(error);
    g_autofree char *value = prefs_get("a", "k"); /* but it holds until the program ends */
    g_assert_cmpstr(value, ==, "v");
    (void)unlink(file);
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/prefs/kept", test_kept);
    g_test_add_func("/prefs/bool", test_bool);
    g_test_add_func("/prefs/two-at-once", test_two_at_once);
    g_test_add_func("/prefs/unchanged-writes-nothing", test_unchanged_writes_nothing);
    g_test_add_func("/prefs/spoiled", test_spoiled);
    g_test_add_func("/prefs/cannot-be-written", test_cannot_be_written);
    return g_test_run();
}

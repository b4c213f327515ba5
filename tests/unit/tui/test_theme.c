/* A theme of one's own: what a good file does, what is told of a wrong one. */
#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "tui/term_private.h"
#include "tui/theme.h"

static const struct {
    const char *text;
    const char *told; /* NULL: it is fine */
} files[] = {
    {"roles = { title = { fg = 231; bg = 24; bold = true; }; };", NULL},
    {"roles = { tab-current = { reverse = true; }; };", NULL},
    {"roles = { };", NULL},
    {"roles = { titel = { fg = 1; }; };", "Did you mean title?"},
    {"roles = { nothing-like-it = { fg = 1; }; };", "There are normal, title"},
    {"roles = { title = { fg = 256; }; };", "from 0 to 255"},
    {"roles = { title = { fg = -1; }; };", "from 0 to 255"},
    {"roles = { title = { fg = \"red\"; }; };", "from 0 to 255"},
    {"roles = { title = { bold = 1; }; };", "true or false"},
    {"roles = { title = { blink = true; }; };", "a role has"},
    {"roles = { title = 7; };", "in braces"},
    {"colours = { };", "no group roles"},
};

static void test_files(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-theme-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "theme.cfg", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(g_file_set_contents(path, files[i].text, -1, NULL));
        gboolean ok = theme_load(path, &error);
        g_test_message("%s: %s", files[i].text, error ? error->message : "fine");
        g_assert_true(ok == (files[i].told == NULL));
        if (!ok) {
            g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
            g_assert_nonnull(strstr(error->message, files[i].told));
        }
    }
    g_remove(path);
    g_assert_true(theme_load(path, NULL));
    g_rmdir(dir);
}

static void test_looks(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-theme-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "theme.cfg", NULL);
    struct term_look shipped = term_look_of(THEME_AUTO, ROLE_ERROR);
    g_assert_true(g_file_set_contents(path, files[0].text, -1, NULL));
    g_assert_true(theme_load(path, NULL));
    struct term_look title = term_look_of(THEME_OWN, ROLE_TITLE);
    struct term_look error = term_look_of(THEME_OWN, ROLE_ERROR);
    g_assert_cmpint(title.fg, ==, 231);
    g_assert_cmpint(title.bg, ==, 24);
    g_assert_true(title.is_bold && !title.is_reverse && !title.is_underlined);
    g_assert_cmpint(error.fg, ==, shipped.fg);
    g_assert_cmpint(term_look_of(THEME_AUTO, ROLE_TITLE).fg, ==, -1);
    /* A file with a mistake leaves nothing of itself. */
    g_assert_true(g_file_set_contents(path, "roles = { title = { fg = 9; }; key = 1; };", -1,
                                      NULL));
    g_assert_false(theme_load(path, NULL));
    g_assert_cmpint(term_look_of(THEME_OWN, ROLE_TITLE).fg, ==, -1);
    g_remove(path);
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/theme/files", test_files);
    g_test_add_func("/theme/looks", test_looks);
    return g_test_run();
}

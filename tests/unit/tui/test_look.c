/* How the screens look: what is kept, and what the command line and the environment say first. */
#include "config.h"

#include "tui/look.h"

#include <unistd.h>

#include "tui/prefs.h"

static char *dir, *path;

static void begin(void)
{
    dir = g_dir_make_tmp("crier-look-XXXXXX", NULL);
    path = g_build_filename(dir, "ui.ini", NULL);
    prefs_reset(path);
    g_unsetenv("NO_COLOR");
}

static void end(void)
{
    prefs_reset(NULL);
    (void)unlink(path);
    (void)rmdir(dir);
    g_clear_pointer(&dir, g_free);
    g_clear_pointer(&path, g_free);
}

static void assert_same(const struct look *a, const struct look *b)
{
    g_assert_cmpint(a->theme, ==, b->theme);
    g_assert_cmpint(a->glyphs, ==, b->glyphs);
    g_assert_cmpint(a->has_mouse, ==, b->has_mouse);
    g_assert_cmpint(a->is_accessible, ==, b->is_accessible);
}

static void test_kept(void)
{
    static const struct look rows[] = {
        {-1, -1, FALSE, FALSE},
        {THEME_DARK, GLYPHS_ASCII, TRUE, TRUE},
        {THEME_HIGH_CONTRAST, -1, FALSE, TRUE},
        {-1, GLYPHS_UTF8, TRUE, FALSE},
    };
    begin();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct look got;
        g_assert_true(look_write(&rows[i], NULL));
        prefs_reset(path);
        look_read(&got);
        assert_same(&got, &rows[i]);
    }
    end();
}

static void test_unknown_words(void)
{
    const struct look usual = {-1, -1, FALSE, FALSE};
    struct look got;
    begin();
    g_assert_true(prefs_set("screens", "theme", "plaid", NULL));
    g_assert_true(prefs_set("screens", "glyphs", "", NULL));
    g_assert_true(prefs_set("screens", "mouse", "perhaps", NULL));
    look_read(&got);
    assert_same(&got, &usual);
    end();
}

static void test_command_line_first(void)
{
    const struct look kept = {THEME_LIGHT, GLYPHS_ASCII, TRUE, TRUE};
    struct ui_options open = {.term = {.theme = -1, .glyphs = -1}};
    struct ui_options said = {.term = {.theme = THEME_DARK, .glyphs = GLYPHS_UTF8}};
    begin();
    g_assert_true(look_write(&kept, NULL));
    look_complete(&open);
    g_assert_cmpint(open.term.theme, ==, THEME_LIGHT);
    g_assert_cmpint(open.term.glyphs, ==, GLYPHS_ASCII);
    g_assert_true(open.term.has_mouse && open.is_accessible);
    look_complete(&said);
    g_assert_cmpint(said.term.theme, ==, THEME_DARK);
    g_assert_cmpint(said.term.glyphs, ==, GLYPHS_UTF8);
    end();
}

static void test_no_color_first(void)
{
    const struct look kept = {.theme = THEME_LIGHT, .glyphs = -1};
    struct ui_options o = {.term = {.theme = -1, .glyphs = -1}};
    begin();
    g_assert_true(look_write(&kept, NULL));
    g_setenv("NO_COLOR", "1", TRUE);
    look_complete(&o);
    g_assert_cmpint(o.term.theme, ==, -1); /* the terminal then takes no colours */
    g_setenv("NO_COLOR", "", TRUE);
    look_complete(&o);
    g_assert_cmpint(o.term.theme, ==, THEME_LIGHT);
    end();
}

static void test_words(void)
{
    const char *const *words = look_glyph_words();
    g_assert_cmpstr(words[0], ==, "auto");
    g_assert_cmpstr(words[1 + GLYPHS_ASCII], ==, "ascii");
    g_assert_null(words[1 + GLYPHS_COUNT]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/look/kept", test_kept);
    g_test_add_func("/look/unknown-words", test_unknown_words);
    g_test_add_func("/look/command-line-first", test_command_line_first);
    g_test_add_func("/look/no-color-first", test_no_color_first);
    g_test_add_func("/look/words", test_words);
    return g_test_run();
}

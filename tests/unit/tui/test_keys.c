/* The person's own keys: what is told of a file with a mistake, and what a good one does. */
#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "tui/action.h"
#include "tui/keys.h"
#include "tui/views.h"

static const struct {
    const char *text;
    const char *told; /* a part of the message; NULL: it is fine */
} files[] = {
    {"keys = { campaigns = { pause = \"f5\"; }; };", NULL},
    {"keys = { global = { reload = \"ctrl-r\"; }; };", NULL},
    {"keys = { };", NULL},
    {"keys = { campaings = { pause = \"f5\"; }; };", "Did you mean campaigns?"},
    {"keys = { campaigns = { pausee = \"f5\"; }; };", "Did you mean pause?"},
    {"keys = { campaigns = { pause = \"f55\"; }; };", "this is no key"},
    {"keys = { campaigns = { pause = 5; }; };", "this is no key"},
    {"keys = { campaigns = \"P\"; };", "in braces"},
    {"keys = { campaigns = { pause = \"n\"; }; };", "would be both"},
    {"buttons = { };", "no group keys"},
};

static const struct action *action_of(const char *view, const char *name)
{
    const struct view_ops *ops = views_find(view);
    g_assert_nonnull(ops);
    for (const struct action *a = ops->actions; a->name; a++)
        if (strcmp(a->name, name) == 0)
            return a;
    g_assert_not_reached();
}

static void test_files(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-keys-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "keys.cfg", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(g_file_set_contents(path, files[i].text, -1, NULL));
        gboolean ok = keys_load(path, &error);
        g_test_message("%s: %s", files[i].text, error ? error->message : "fine");
        g_assert_true(ok == (files[i].told == NULL));
        if (!ok) {
            g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
            g_assert_nonnull(strstr(error->message, files[i].told));
            g_assert_nonnull(strstr(error->message, "keys.cfg:"));
        }
    }
    g_autoptr(GError) broken = NULL;
    g_assert_true(g_file_set_contents(path, "keys = {", -1, NULL));
    g_assert_false(keys_load(path, &broken));
    g_remove(path);
    g_assert_true(keys_load(path, NULL));
    g_rmdir(dir);
    action_forget_keys();
}

static void test_moved(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-keys-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "keys.cfg", NULL);
    const struct action *pause = action_of("campaigns", "pause");
    const struct view_ops *ops = views_find("campaigns");
    g_assert_cmpuint(action_key("campaigns", pause), ==, 'P');
    g_assert_true(g_file_set_contents(path, files[0].text, -1, NULL));
    g_assert_true(keys_load(path, NULL));
    g_assert_cmpuint(action_key("campaigns", pause), ==, TK_F5);
    g_assert_true(action_of_key("campaigns", ops->actions, TK_F5) == pause);
    g_assert_null(action_of_key("campaigns", ops->actions, 'P'));
    g_assert_cmpuint(action_key("home", action_of("home", "pause")), ==, 'P');
    /* A file with a mistake leaves none of the person's keys. */
    g_assert_true(g_file_set_contents(path, "keys = { campaigns = { pause = \"f6\"; open = 1; }; };", -1, NULL));
    g_assert_false(keys_load(path, NULL));
    g_assert_cmpuint(action_key("campaigns", pause), ==, 'P');
    g_remove(path);
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keys/files", test_files);
    g_test_add_func("/keys/moved", test_moved);
    return g_test_run();
}

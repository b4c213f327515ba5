/*
 * Reading the file of keys and checking it against the tables of all views, so that a wrong word
 * is told and not silently without effect.
 */
#include "config.h"

#include "tui/keys.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/cfgtree.h"
#include "tui/help.h"
#include "tui/ui_private.h"
#include "tui/views.h"

static gboolean fail_at(GError **error, const char *label, const struct cfg_node *n,
                        const char *why)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "%s:%d: %s: %s", label, n->line,
                n->name ? n->name : "", why);
    return FALSE;
}

/* `names` is NULL-ended; both it and its words are taken. */
static gboolean fail_name(GError **error, const char *label, const struct cfg_node *n,
                          const char *what, GPtrArray *names)
{
    g_ptr_array_add(names, NULL);
    const char *near = text_nearest(n->name, (const char *const *)names->pdata);
    g_autofree char *why = near ? g_strdup_printf(_("there is no %s of this name. Did you mean "
                                                    "%s?"),
                                                  what, near)
                                : g_strdup_printf(_("there is no %s of this name; the manual (F1) "
                                                    "lists them"),
                                                  what);
    return fail_at(error, label, n, why);
}

static const struct action *actions_of(const char *view, gboolean *ret_is_there)
{
    const struct view_ops *ops = views_find(view);
    *ret_is_there = ops || strcmp(view, HELP_GLOBAL) == 0;
    return ops ? ops->actions : strcmp(view, HELP_GLOBAL) == 0 ? ui_global_actions() : NULL;
}

static gboolean fail_view(GError **error, const char *label, const struct cfg_node *n)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const struct view_ops *const *v = views_all(); *v; v++)
        g_ptr_array_add(names, (gpointer)(*v)->name);
    g_ptr_array_add(names, (gpointer)HELP_GLOBAL);
    return fail_name(error, label, n, _("view"), names);
}

static gboolean has_action(const struct action *table, const char *name)
{
    for (; table && table->name; table++)
        if (strcmp(table->name, name) == 0)
            return TRUE;
    return FALSE;
}

static gboolean fail_action(GError **error, const char *label, const struct cfg_node *n,
                            const struct action *table)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (; table && table->name; table++)
        g_ptr_array_add(names, (gpointer)table->name);
    return fail_name(error, label, n, _("action"), names);
}

/* After all of a view's keys are set: does one key mean two things? */
static gboolean check_shared(const struct cfg_node *view, const struct action *table,
                             const char *label, GError **error)
{
    for (const struct action *a = table; a && a->name; a++)
        for (const struct action *b = a + 1; b->name; b++)
            if (action_key(view->name, a) == action_key(view->name, b)) {
                g_autofree char *key = term_key_name(action_key(view->name, a));
                g_autofree char *why =
                    g_strdup_printf(_("the key %s would be both %s and %s. Give one of them "
                                      "another key"),
                                    key, a->name, b->name);
                return fail_at(error, label, view, why);
            }
    return TRUE;
}

static gboolean take_view(const struct cfg_node *view, const char *label, GError **error)
{
    gboolean is_there;
    const struct action *table = actions_of(view->name, &is_there);
    if (!is_there)
        return fail_view(error, label, view);
    if (view->type != CFG_GROUP)
        return fail_at(error, label, view,
                       _("a view's keys stand in braces: campaigns = { pause = \"f5\"; };"));
    for (guint i = 0; i < view->children->len; i++) {
        const struct cfg_node *n = view->children->pdata[i];
        guint32 key;
        if (!has_action(table, n->name))
            return fail_action(error, label, n, table);
        if (n->type != CFG_TEXT || !term_key_parse(n->text, &key))
            return fail_at(error, label, n,
                           _("this is no key. Keys are written \"P\", \"ctrl-s\", \"alt-x\", "
                             "\"f5\", \"enter\""));
        action_set_key(view->name, n->name, key);
    }
    return check_shared(view, table, label, error);
}

gboolean keys_load(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *file = g_path_get_basename(path);
    action_forget_keys();
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    struct cfg_node *root = cfgtree_read(folder, file, path, error);
    if (!root)
        return FALSE;
    const struct cfg_node *keys = cfgtree_member(root, "keys");
    gboolean ok = TRUE;
    for (guint i = 0; keys && keys->type == CFG_GROUP && ok && i < keys->children->len; i++)
        ok = take_view(keys->children->pdata[i], path, error);
    if (!keys)
        ok = fail_at(error, path, root, _("it has no group keys = { … };"));
    cfgtree_free(root);
    if (!ok)
        action_forget_keys();
    return ok;
}

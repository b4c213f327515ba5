/*
 * Keys of actions: the rows' own and a person's. Reading the keys file is here; what a key does
 * is the rows'.
 */
#include "config.h"

#include "tui/action.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "transfer/cfgtree.h"

static GHashTable *own_keys; /* "view.action" -> key */

guint32 action_key(const char *view, const struct action *a)
{
    gpointer key;
    if (!own_keys)
        return a->key;
    g_autofree char *name = g_strdup_printf("%s.%s", view, a->name);
    return g_hash_table_lookup_extended(own_keys, name, NULL, &key) ? GPOINTER_TO_UINT(key)
                                                                    : a->key;
}

void action_forget_keys(void)
{
    g_clear_pointer(&own_keys, g_hash_table_unref);
}

const struct action *action_of_key(const char *view, const struct action *table, guint32 key)
{
    for (const struct action *a = table; a && a->name; a++)
        if (action_key(view, a) == key)
            return a;
    for (const struct action *a = table; a && a->name; a++)
        if (a->alias != 0 && a->alias == key)
            return a;
    return NULL;
}

static gboolean fail_at(GError **error, const char *label, const struct cfg_node *n,
                        const char *why)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "%s:%d: %s: %s", label, n->line,
                n->name ? n->name : "", why);
    return FALSE;
}

static gboolean take_view(const struct cfg_node *view, const char *label, GError **error)
{
    if (view->type != CFG_GROUP)
        return fail_at(error, label, view,
                       _("a view's keys stand in braces: campaigns = { pause = \"f5\"; };"));
    for (guint i = 0; i < view->children->len; i++) {
        const struct cfg_node *n = view->children->pdata[i];
        guint32 key;
        if (n->type != CFG_TEXT || !term_key_parse(n->text, &key))
            return fail_at(error, label, n,
                           _("this is no key. Keys are written \"P\", \"ctrl-s\", \"alt-x\", "
                             "\"f5\", \"enter\""));
        g_autofree char *name = g_strdup_printf("%s.%s", view->name, n->name);
        g_hash_table_insert(own_keys, g_steal_pointer(&name), GUINT_TO_POINTER(key));
    }
    return TRUE;
}

gboolean action_load_keys(const char *path, GError **error)
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
    own_keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; keys && keys->type == CFG_GROUP && ok && i < keys->children->len; i++)
        ok = take_view(keys->children->pdata[i], path, error);
    cfgtree_free(root);
    if (!ok)
        action_forget_keys();
    return ok;
}

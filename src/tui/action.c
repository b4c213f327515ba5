/*
 * Keys of actions: the rows' own and a person's. Reading the file of keys is keys.c's; what a key
 * does is the rows'.
 */
#include "config.h"

#include "tui/action.h"

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

void action_set_key(const char *view, const char *action, guint32 key)
{
    if (!own_keys)
        own_keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(own_keys, g_strdup_printf("%s.%s", view, action), GUINT_TO_POINTER(key));
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

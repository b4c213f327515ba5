/*
 * Reading a theme. How roles look in the shipped ones is term_names.c's.
 */
#include "config.h"

#include "tui/theme.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/cfgtree.h"
#include "tui/term_private.h"

#define COLOURS 256

static gboolean fail_at(GError **error, const char *label, const struct cfg_node *n,
                        const char *why)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "%s:%d: %s: %s", label, n->line,
                n->name ? n->name : "", why);
    return FALSE;
}

static gboolean take_colour(const struct cfg_node *n, const char *label, short *ret,
                            GError **error)
{
    if (n->type != CFG_INT || n->number < 0 || n->number >= COLOURS)
        return fail_at(error, label, n, _("a colour is a number from 0 to 255"));
    *ret = (short)n->number;
    return TRUE;
}

static gboolean take_switch(const struct cfg_node *n, const char *label, gboolean *ret,
                            GError **error)
{
    if (n->type != CFG_BOOL)
        return fail_at(error, label, n, _("this is true or false"));
    *ret = n->number != 0;
    return TRUE;
}

static gboolean take_member(const struct cfg_node *n, const char *label, struct term_look *look,
                            GError **error)
{
    if (strcmp(n->name, "fg") == 0)
        return take_colour(n, label, &look->fg, error);
    if (strcmp(n->name, "bg") == 0)
        return take_colour(n, label, &look->bg, error);
    if (strcmp(n->name, "bold") == 0)
        return take_switch(n, label, &look->is_bold, error);
    if (strcmp(n->name, "reverse") == 0)
        return take_switch(n, label, &look->is_reverse, error);
    if (strcmp(n->name, "underline") == 0)
        return take_switch(n, label, &look->is_underlined, error);
    return fail_at(error, label, n, _("a role has fg, bg, bold, reverse and underline"));
}

static gboolean take_role(const struct cfg_node *n, const char *label, GError **error)
{
    const char *const *names = term_role_names();
    struct term_look look = {-1, -1, FALSE, FALSE, FALSE};
    int role = 0;
    while (names[role] && strcmp(names[role], n->name) != 0)
        role++;
    if (!names[role]) {
        const char *near = text_nearest(n->name, names);
        g_autofree char *all = g_strjoinv(", ", (char **)names);
        g_autofree char *why =
            near ? g_strdup_printf(_("there is no role of this name. Did you mean %s?"), near)
                 : g_strdup_printf(_("there is no role of this name. There are %s"), all);
        return fail_at(error, label, n, why);
    }
    if (n->type != CFG_GROUP)
        return fail_at(error, label, n, _("a role stands in braces: title = { fg = 7; };"));
    for (guint i = 0; i < n->children->len; i++)
        if (!take_member(n->children->pdata[i], label, &look, error))
            return FALSE;
    term_set_own((enum term_role)role, &look);
    return TRUE;
}

gboolean theme_load(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *file = g_path_get_basename(path);
    theme_forget();
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    struct cfg_node *root = cfgtree_read(folder, file, path, error);
    if (!root)
        return FALSE;
    const struct cfg_node *roles = cfgtree_member(root, "roles");
    gboolean ok = roles && roles->type == CFG_GROUP;
    if (!ok)
        fail_at(error, path, root, _("it has no group roles = { … };"));
    for (guint i = 0; ok && i < roles->children->len; i++)
        ok = take_role(roles->children->pdata[i], path, error);
    cfgtree_free(root);
    if (!ok)
        theme_forget();
    return ok;
}

void theme_forget(void)
{
    term_set_own(ROLE_COUNT, NULL);
}

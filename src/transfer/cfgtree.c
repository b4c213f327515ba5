/*
 * Configuration text to a tree: the door to libconfig. The file may come from a stranger, so
 * its text is read and scanned by us (cfgscan.c) and libconfig only gets a string. What the
 * keys mean is not known here.
 */
#include "config.h"

#include "transfer/cfgtree.h"

#include <libconfig.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/cfgscan.h"

/* libconfig 1.5 loses a few bytes when its parser stops at a string; the leak checker must not
 * blame us for them. */
#if defined(__SANITIZE_ADDRESS__)
void __lsan_disable(void);
void __lsan_enable(void);
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

static gboolean refuse(const char *label, int line, const char *message, GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "%s:%d: %s", label, line, message);
    return FALSE;
}

void cfgtree_free(struct cfg_node *n)
{
    if (!n)
        return;
    if (n->children)
        g_ptr_array_unref(n->children);
    g_free(n->name);
    g_free(n->text);
    g_free(n);
}

static void free_child(gpointer n)
{
    cfgtree_free(n);
}

const struct cfg_node *cfgtree_member(const struct cfg_node *group, const char *name)
{
    for (guint i = 0; group->children && i < group->children->len; i++) {
        const struct cfg_node *n = group->children->pdata[i];
        if (n->name && strcmp(n->name, name) == 0)
            return n;
    }
    return NULL;
}

/* ---- libconfig's settings to nodes ---- */

static enum cfg_type type_of(const config_setting_t *s)
{
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_GROUP:
        return CFG_GROUP;
    case CONFIG_TYPE_LIST:
    case CONFIG_TYPE_ARRAY:
        return CFG_LIST;
    case CONFIG_TYPE_STRING:
        return CFG_TEXT;
    case CONFIG_TYPE_BOOL:
        return CFG_BOOL;
    case CONFIG_TYPE_FLOAT:
        return CFG_FLOAT;
    default:
        return CFG_INT;
    }
}

/* Checked again: escapes like \xff can make what the file's own text was not. */
static gboolean take_text(struct cfg_node *n, const config_setting_t *s, const char *key,
                          const char *label, GError **error)
{
    const char *text = config_setting_get_string(s);
    g_autoptr(GError) why = NULL;
    if (!text_check_utf8(key, text, strlen(text), CFGTREE_MAX_STRING, &why))
        return refuse(label, n->line, why->message, error);
    n->text = g_strdup(text);
    return TRUE;
}

/* Depth is bounded by the scan before. `key` names the list that an element stands in. */
static struct cfg_node *convert(const config_setting_t *s, const char *key, const char *label,
                                GError **error)
{
    struct cfg_node *n = g_new0(struct cfg_node, 1);
    n->type = type_of(s);
    n->name = g_strdup(config_setting_name(s));
    n->line = config_setting_source_line(s);
    if (n->name)
        key = n->name;
    if (n->type == CFG_INT)
        n->real = (double)(n->number = config_setting_get_int64(s));
    else if (n->type == CFG_FLOAT)
        n->real = config_setting_get_float(s);
    else if (n->type == CFG_BOOL)
        n->number = config_setting_get_bool(s) != 0;
    else if (n->type == CFG_TEXT && !take_text(n, s, key, label, error))
        g_clear_pointer(&n, cfgtree_free);
    if (!n || (n->type != CFG_GROUP && n->type != CFG_LIST))
        return n;
    n->children = g_ptr_array_new_with_free_func(free_child);
    for (int i = 0; i < config_setting_length(s); i++) {
        struct cfg_node *child =
            convert(config_setting_get_elem(s, (unsigned)i), key, label, error);
        if (!child) {
            cfgtree_free(n);
            return NULL;
        }
        g_ptr_array_add(n->children, child);
    }
    return n;
}

/* ---- text ---- */

static gboolean parse_failed(const config_t *config, const char *label, GError **error)
{
    const char *why = config_error_text(config);
    int line = config_error_line(config);
    if (why && strcmp(why, "syntax error") == 0)
        why =
            _("this cannot be read. Settings look like key = \"value\"; and each { and ( needs "
              "its } and ) (look at the lines before, too)");
    else if (why && strcmp(why, "duplicate setting name") == 0)
        why = _("this key is there twice. Remove one of them");
    else if (why && strcmp(why, "mismatched element type in array") == 0)
        why = _("the values in [ ] are not of one type. Use ( ) or make them alike");
    return refuse(label, line, why ? why : _("this cannot be read"), error);
}

struct cfg_node *cfgtree_parse(const char *text, gsize len, const char *label, GError **error)
{
    int line = 0;
    g_autoptr(GError) why = NULL;
    g_autofree char *checked = cfgscan_check(text, len, CFGTREE_MAX_STRING, &line, &why);
    if (!checked) {
        refuse(label, line, why->message, error);
        return NULL;
    }
    config_t config;
    config_init(&config);
    __lsan_disable();
    int status = config_read_string(&config, checked);
    __lsan_enable();
    struct cfg_node *root = NULL;
    if (status == CONFIG_TRUE)
        root = convert(config_root_setting(&config), "", label, error);
    else
        parse_failed(&config, label, error);
    config_destroy(&config);
    return root;
}

struct cfg_node *cfgtree_read(const char *folder, const char *file, const char *label,
                              GError **error)
{
    gsize len = 0;
    g_autofree char *text = file_read_beneath(folder, file, CFGTREE_MAX_BYTES, &len, error);
    if (!text) {
        g_prefix_error(error, "%s: ", label);
        return NULL;
    }
    return cfgtree_parse(text, len, label, error);
}

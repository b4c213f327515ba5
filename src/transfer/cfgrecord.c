/*
 * Field tables and configuration nodes. Reading sets one key at a time, so that the caller can
 * have keys of its own; writing leaves out what is at its default, so that a file says only
 * what somebody decided.
 */
#include "config.h"

#include "transfer/cfgrecord.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define MAX_KEYS 64
#define SHOWN_CHARS 60

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean refuse(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, message);
    return FALSE;
}

gboolean cfgrecord_at(const char *label, int line, GError **error)
{
    g_prefix_error(error, "%s:%d: ", label, line);
    return FALSE;
}

static const char *type_name(enum cfg_type type)
{
    switch (type) {
    case CFG_GROUP:
        return _("a group { }");
    case CFG_LIST:
        return _("a list");
    case CFG_TEXT:
        return _("a text");
    case CFG_BOOL:
        return _("true or false");
    case CFG_FLOAT:
        return _("a number with a point");
    default:
        return _("a number");
    }
}

gboolean cfgrecord_wrong_type(const char *key, const struct cfg_node *n, const char *want,
                              GError **error)
{
    return refuse(error, _("%s: this is %s. Write %s"), key, type_name(n->type), want);
}

gboolean cfgrecord_unknown(const char *key, const char *const *known, GError **error)
{
    const char *near = text_nearest(key, known);
    g_autofree char *safe = text_safe(key, -1, SHOWN_CHARS);
    if (near)
        return refuse(error, _("unknown key \"%s\". Did you mean \"%s\"?"), safe, near);
    g_autofree char *all = g_strjoinv(", ", (char **)known);
    return refuse(error, _("unknown key \"%s\". The keys here are %s"), safe, all);
}

/* First of all: a file of a later format may well have keys that we cannot know. */
static gboolean check_format(const struct cfg_node *root, const char *label, GError **error)
{
    const struct cfg_node *n = cfgtree_member(root, "format");
    if (!n) {
        refuse(error, _("the format is not named. Write format = %d; as the first line"),
               CFGRECORD_FORMAT);
        return cfgrecord_at(label, 1, error);
    }
    if (n->type != CFG_INT)
        cfgrecord_wrong_type("format", n, "format = 1;", error);
    else if (n->number != CFGRECORD_FORMAT)
        refuse(error,
               _("format %" PRId64
                 " is not known here, only format %d. A newer crier may read it"),
               n->number, CFGRECORD_FORMAT);
    else
        return TRUE;
    return cfgrecord_at(label, n->line, error);
}

gboolean cfgrecord_check_root(const struct cfg_node *root, const char *label,
                              const char *const *known, GError **error)
{
    if (!check_format(root, label, error))
        return FALSE;
    for (guint i = 0; i < root->children->len; i++) {
        const struct cfg_node *n = root->children->pdata[i];
        if (!g_strv_contains(known, n->name)) {
            cfgrecord_unknown(n->name, known, error);
            return cfgrecord_at(label, n->line, error);
        }
    }
    return TRUE;
}

/* ---- one value ---- */

static gboolean cannot_be_name(const char *key, const char *word, GError **error)
{
    g_autofree char *safe = text_safe(word, -1, SHOWN_CHARS);
    return refuse(error,
                  _("%s: \"%s\" cannot be a name. Use a to z, 0 to 9, '-', '_' and '.', "
                    "beginning with a letter or digit"),
                  key, safe);
}

gboolean cfgrecord_take_name(const struct cfg_node *n, char **ret, GError **error)
{
    if (n->type != CFG_TEXT)
        return cfgrecord_wrong_type(n->name, n, _("a text in quotes"), error);
    if (!text_is_slug(n->text))
        return cannot_be_name(n->name, n->text, error);
    g_free(*ret);
    *ret = g_strdup(n->text);
    return TRUE;
}

gboolean cfgrecord_take_line(const struct cfg_node *n, gsize max_bytes, char **ret,
                             GError **error)
{
    if (n->type != CFG_TEXT)
        return cfgrecord_wrong_type(n->name, n, _("a text in quotes"), error);
    if (!text_check_line(n->name, n->text, strlen(n->text), max_bytes, error))
        return FALSE;
    g_free(*ret);
    *ret = g_strdup(n->text);
    return TRUE;
}

/* ( "one", "two" ) -> "one,two". NULL on failure. */
static char *join_slugs(const char *key, const struct cfg_node *list, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < list->children->len; i++) {
        const struct cfg_node *n = list->children->pdata[i];
        if (n->type != CFG_TEXT) {
            cfgrecord_wrong_type(key, n, _("names in quotes: ( \"members\" )"), error);
            return NULL;
        }
        if (!text_is_slug(n->text)) {
            cannot_be_name(key, n->text, error);
            return NULL;
        }
        g_string_append_printf(out, "%s%s", i ? "," : "", n->text);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static const char *wanted(enum field_type type)
{
    switch (type) {
    case FIELD_BOOL:
        return _("true or false, without quotes");
    case FIELD_INT:
        return _("a whole number, without quotes");
    case FIELD_SLUGS:
        return _("a list of names: ( \"members\" )");
    case FIELD_SPAN:
        return _("seconds, or a text like \"2d\"");
    default:
        return _("a text in quotes");
    }
}

/* The value as field_set() takes it. NULL on failure; caller frees. */
static char *value_of(const struct field *f, const struct cfg_node *n, GError **error)
{
    if (f->type == FIELD_SLUGS && n->type == CFG_LIST)
        return join_slugs(f->key, n, error);
    if (f->type == FIELD_BOOL && n->type == CFG_BOOL)
        return g_strdup(n->number ? "true" : "false");
    if ((f->type == FIELD_INT || f->type == FIELD_SPAN) && n->type == CFG_INT)
        return g_strdup_printf("%" PRId64, n->number);
    if (f->type != FIELD_BOOL && f->type != FIELD_INT && n->type == CFG_TEXT)
        return g_strdup(n->text);
    cfgrecord_wrong_type(f->key, n, wanted(f->type), error);
    return NULL;
}

/* ---- keys ---- */

static gboolean unknown_key(const char *key, const struct field *table,
                            const char *const *others, GError **error)
{
    const char *known[MAX_KEYS + 1];
    gsize n = 0;
    for (; *others && n < MAX_KEYS; others++)
        known[n++] = *others;
    for (const struct field *f = table; f->key && n < MAX_KEYS; f++)
        if (!(f->flags & FIELD_NOT_FILE))
            known[n++] = f->key;
    known[n] = NULL;
    return cfgrecord_unknown(key, known, error);
}

/* field_find() takes '-' for '_'; a file has one spelling only. */
static const struct field *file_field(const struct field *table, const char *key)
{
    const struct field *f = field_find(table, key);
    return f && !(f->flags & FIELD_NOT_FILE) && strcmp(f->key, key) == 0 ? f : NULL;
}

gboolean cfgrecord_take(const struct field *table, void *record, const struct cfg_node *n,
                        const char *const *others, GError **error)
{
    const struct field *f = file_field(table, n->name);
    if (!f)
        return unknown_key(n->name, table, others, error);
    g_autofree char *value = value_of(f, n, error);
    return value && field_set(f, record, value, error);
}

/* ---- writing ---- */

static void put_quoted(GString *out, const char *value)
{
    g_string_append_c(out, '"');
    for (const char *p = value; *p; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(out, "\\%c", *p);
        else if (*p == '\n')
            g_string_append(out, "\\n");
        else if (*p == '\r')
            g_string_append(out, "\\r");
        else if (*p == '\t')
            g_string_append(out, "\\t");
        else if ((guchar)*p < 0x20 || *p == 0x7f)
            g_string_append_printf(out, "\\x%02x", (guchar)*p);
        else
            g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

void cfgrecord_put_text(GString *out, const char *indent, const char *key, const char *value)
{
    g_string_append_printf(out, "%s%s = ", indent, key);
    put_quoted(out, value);
    g_string_append(out, ";\n");
}

static void put_slugs(GString *out, const char *indent, const char *key, const char *joined)
{
    g_auto(GStrv) words = g_strsplit(joined, ", ", -1);
    g_string_append_printf(out, "%s%s = ( ", indent, key);
    for (int i = 0; words[i]; i++) {
        g_string_append(out, i ? ", " : "");
        put_quoted(out, words[i]);
    }
    g_string_append(out, " );\n");
}

static void put_field(GString *out, const char *indent, const struct field *f,
                      const void *record)
{
    g_autofree char *value = field_get(f, record);
    if (f->type == FIELD_SLUGS)
        put_slugs(out, indent, f->key, value);
    else if (f->type == FIELD_INT)
        g_string_append_printf(out, "%s%s = %s;\n", indent, f->key, value);
    else if (f->type == FIELD_BOOL)
        g_string_append_printf(out, "%s%s = %s;\n", indent, f->key,
                               field_get_int(f, record) ? "true" : "false");
    else
        cfgrecord_put_text(out, indent, f->key, value);
}

/* Where a record of this table surely ends. */
static gsize end_of(const struct field *table)
{
    gsize end = 0;
    for (const struct field *f = table; f->key; f++)
        end = MAX(end, f->offset + sizeof(gint64));
    return end;
}

void cfgrecord_put(GString *out, const char *indent, const struct field *table,
                   const void *record, const char *const *always)
{
    g_autofree void *defaults = g_malloc0(end_of(table));
    field_init_all(table, defaults);
    for (const struct field *f = table; f->key; f++)
        if (!(f->flags & (FIELD_NOT_FILE | FIELD_SECRET)) &&
            (!field_equal(f, record, defaults) || (always && g_strv_contains(always, f->key))))
            put_field(out, indent, f, record);
    field_clear_all(table, defaults);
}

/*
 * Tables of refusals that are our fault, out of configuration text. Each key is a row below,
 * checked where it stands, so that a mistake is told with its line.
 */
#include "config.h"

#include "transfer/faultfile.h"

#include <string.h>

#include "base/datafile.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/cfgrecord.h"
#include "transfer/cfgtree.h"

#define LABEL_MAX_BYTES 60
#define TODO_MAX_BYTES 500
#define LINK_MAX_BYTES 300
#define PHRASE_MIN_BYTES 3
#define PHRASE_MAX_BYTES 200
#define PROVIDER_MAX_BYTES 253
#define ENHANCED_MAX_BYTES 11
#define KEYS_MAX 16

static gboolean refuse(GError **error, const char *message)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, message);
    return FALSE;
}

/* ---- values ---- */

static gboolean take_code(const struct cfg_node *n, struct fault *f, GError **error)
{
    if (n->type == CFG_TEXT &&
        (strlen(n->text) != 3 || (n->text[0] != '4' && n->text[0] != '5') ||
         strspn(n->text + 1, "0123456789x") != 2))
        return refuse(error, _("code: this is no code of a refusal. Write one like \"550\" or "
                               "\"5xx\""));
    return cfgrecord_take_line(n, 3, &f->code, error);
}

static gboolean take_enhanced(const struct cfg_node *n, struct fault *f, GError **error)
{
    if (n->type == CFG_TEXT &&
        (strlen(n->text) < 5 || (n->text[0] != '4' && n->text[0] != '5') || n->text[1] != '.' ||
         strspn(n->text, "0123456789.?") != strlen(n->text)))
        return refuse(error, _("enhanced: this is no enhanced code of a refusal. Write one like "
                               "\"5.7.26\" or \"5.7.?\""));
    return cfgrecord_take_line(n, ENHANCED_MAX_BYTES, &f->enhanced, error);
}

static gboolean take_phrase(const struct cfg_node *n, GPtrArray *to, GError **error)
{
    if (n->type != CFG_TEXT)
        return cfgrecord_wrong_type("text", n, _("phrases: [ \"blocked using\" ]"), error);
    if (strlen(n->text) < PHRASE_MIN_BYTES || strlen(n->text) > PHRASE_MAX_BYTES ||
        strspn(n->text, "* ") == strlen(n->text)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("text: a phrase has %d to %d letters"), PHRASE_MIN_BYTES,
                    PHRASE_MAX_BYTES);
        return FALSE;
    }
    if (!text_check_line("text", n->text, strlen(n->text), PHRASE_MAX_BYTES, error))
        return FALSE;
    g_ptr_array_add(to, g_strdup(n->text));
    return TRUE;
}

/* One phrase, or a list of them. */
static gboolean take_text(const struct cfg_node *n, struct fault *f, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    guint count = n->type == CFG_LIST ? n->children->len : 1;
    if (count == 0 || count > FAULT_PHRASES_MAX) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("text: a row has 1 to %d phrases"), FAULT_PHRASES_MAX);
        return FALSE;
    }
    for (guint i = 0; i < count; i++)
        if (!take_phrase(n->type == CFG_LIST ? n->children->pdata[i] : n, all, error))
            return FALSE;
    g_ptr_array_add(all, NULL);
    g_strfreev(f->phrases);
    f->phrases = (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
    return TRUE;
}

static gboolean take_provider(const struct cfg_node *n, struct fault *f, GError **error)
{
    if (!cfgrecord_take_line(n, PROVIDER_MAX_BYTES, &f->provider, error))
        return FALSE;
    char *lower = g_ascii_strdown(f->provider, -1);
    g_free(f->provider);
    f->provider = lower;
    return TRUE;
}

static gboolean take_cause(const struct cfg_node *n, struct fault *f, GError **error)
{
    return cfgrecord_take_name(n, &f->cause, error);
}

static gboolean take_label(const struct cfg_node *n, struct fault *f, GError **error)
{
    return cfgrecord_take_line(n, LABEL_MAX_BYTES, &f->label, error);
}

static gboolean take_todo(const struct cfg_node *n, struct fault *f, GError **error)
{
    return cfgrecord_take_line(n, TODO_MAX_BYTES, &f->todo, error);
}

static gboolean take_link(const struct cfg_node *n, struct fault *f, GError **error)
{
    return cfgrecord_take_line(n, LINK_MAX_BYTES, &f->link, error);
}

static gboolean take_rests(const struct cfg_node *n, struct fault *f, GError **error)
{
    if (n->type != CFG_TEXT)
        return cfgrecord_wrong_type(n->name, n, "\"receiver\", \"server\", \"nothing\"", error);
    for (int i = 0; i < FAULT_REST_COUNT; i++) {
        if (strcmp(n->text, fault_rest_name((enum fault_rest)i)) == 0) {
            f->rest = (enum fault_rest)i;
            return TRUE;
        }
    }
    return refuse(error, _("rests: write \"receiver\", \"server\" or \"nothing\""));
}

/* ---- rows ---- */

static const struct key {
    const char *name;
    gboolean (*take)(const struct cfg_node *n, struct fault *f, GError **error);
} keys[] = {
    {"cause", take_cause}, {"code", take_code},   {"enhanced", take_enhanced},
    {"text", take_text},   {"label", take_label}, {"provider", take_provider},
    {"todo", take_todo},   {"link", take_link},   {"rests", take_rests},
    {NULL, NULL},
};

static gboolean take_key(const struct cfg_node *n, struct fault *f, GError **error)
{
    const char *known[KEYS_MAX] = {NULL};
    for (int i = 0; keys[i].name; i++) {
        if (strcmp(keys[i].name, n->name) == 0)
            return keys[i].take(n, f, error);
        known[i] = keys[i].name;
    }
    return cfgrecord_unknown(n->name, known, error);
}

/* What only the whole row shows. */
static gboolean check_row(const struct cfg_node *group, struct fault *f, GError **error)
{
    const struct fault_cause *cause = f->cause ? fault_cause_find(f->cause) : NULL;
    if (!f->cause)
        return refuse(error, _("a row needs a cause: cause = \"spf\";"));
    if (!cause && !f->label) {
        const char *names[KEYS_MAX * 2] = {NULL};
        for (gsize i = 0; fault_causes()[i].name && i + 1 < G_N_ELEMENTS(names); i++)
            names[i] = fault_causes()[i].name;
        const char *near = text_nearest(f->cause, names);
        g_autofree char *all = g_strjoinv(", ", (char **)names);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("cause: \"%s\" is none of %s. Did you mean \"%s\"? A cause of your own "
                      "needs a label"),
                    f->cause, all, near ? near : names[0]);
        return FALSE;
    }
    if (!f->code && !f->enhanced && !f->phrases)
        return refuse(error, _("this row would take every refusal for it. Name a code, an "
                               "enhanced code or a text"));
    if (!cfgtree_member(group, "rests"))
        f->rest = cause ? cause->rest : FAULT_REST_RECEIVER;
    return TRUE;
}

static gboolean read_row(const struct cfg_node *group, const char *label, struct faults *into,
                         GError **error)
{
    if (group->type != CFG_GROUP) {
        cfgrecord_wrong_type("faults", group, _("a group { }"), error);
        return cfgrecord_at(label, group->line, error);
    }
    struct fault *f = fault_new();
    f->file = g_strdup(label);
    f->line = group->line;
    for (guint i = 0; i < group->children->len; i++) {
        const struct cfg_node *n = group->children->pdata[i];
        if (!take_key(n, f, error)) {
            fault_free(f);
            return cfgrecord_at(label, n->line, error);
        }
    }
    if (!check_row(group, f, error)) {
        fault_free(f);
        return cfgrecord_at(label, group->line, error);
    }
    faults_take(into, f);
    return TRUE;
}

static gboolean read_root(const struct cfg_node *root, const char *label, struct faults *into,
                          GError **error)
{
    static const char *const known[] = {"format", "faults", NULL};
    if (!cfgrecord_check_root(root, label, known, error))
        return FALSE;
    const struct cfg_node *list = cfgtree_member(root, "faults");
    if (!list)
        return TRUE;
    if (list->type != CFG_LIST) {
        cfgrecord_wrong_type("faults", list, _("a list of groups: ( { … }, { … } )"), error);
        return cfgrecord_at(label, list->line, error);
    }
    if (list->children->len > FAULT_ROWS_MAX) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("faults: more than %d rows"),
                    FAULT_ROWS_MAX);
        return cfgrecord_at(label, list->line, error);
    }
    for (guint i = 0; i < list->children->len; i++)
        if (!read_row(list->children->pdata[i], label, into, error))
            return FALSE;
    return TRUE;
}

static struct faults *take_root(struct cfg_node *root, const char *label, GError **error)
{
    struct faults *t = faults_new();
    if (!root || !read_root(root, label, t, error))
        g_clear_pointer(&t, faults_free);
    cfgtree_free(root);
    return t;
}

struct faults *faultfile_read(const char *folder, const char *file, const char *label,
                              GError **error)
{
    return take_root(cfgtree_read(folder, file, label, error), label, error);
}

struct faults *faultfile_parse(const char *text, gsize len, const char *label, GError **error)
{
    return take_root(cfgtree_parse(text, len, label, error), label, error);
}

/* ---- what is in force ---- */

struct faults *faultfile_read_shipped(GError **error)
{
    g_autofree char *path = datafile_find(FAULTFILE_NAME, error);
    g_autofree char *folder = path ? g_path_get_dirname(path) : NULL;
    return path ? faultfile_read(folder, FAULTFILE_NAME, path, error) : NULL;
}

struct faults *faultfile_read_own(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, FAULTFILE_NAME, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS)
               ? faultfile_read(folder, FAULTFILE_NAME, path, error)
               : NULL;
}

struct faults *faultfile_load(const char *folder, char **ret_trouble, GError **error)
{
    g_autoptr(GError) why = NULL;
    struct faults *shipped = faultfile_read_shipped(error);
    if (!shipped)
        return NULL;
    struct faults *t = faults_new(), *own = faultfile_read_own(folder, &why);
    if (own)
        faults_take_all(t, own);
    faults_take_all(t, shipped);
    *ret_trouble =
        why ? g_strdup_printf(_("%s. Until that is mended the table goes without this file"),
                              why->message)
            : NULL;
    return t;
}

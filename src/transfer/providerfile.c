/*
 * Tables of providers out of configuration text. Each key is a row below; limits and domains
 * are checked where they stand, so that a mistake is told with its line.
 */
#include "config.h"

#include "transfer/providerfile.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "transfer/cfgrecord.h"
#include "transfer/cfgtree.h"

#define LABEL_MAX_BYTES 100
#define PHRASE_MAX_BYTES 200
#define PATTERN_MAX_BYTES 253
#define PROVIDERS_MAX 5000
#define QUIET_MAX_S 86400
#define SLOW_ROWS_MAX 1000

struct reading {
    struct providers *into;
    const char *label;
    int rank;
};

static gboolean refuse(GError **error, const char *message)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, message);
    return FALSE;
}

/* ---- values ---- */

static gboolean take_label(const struct cfg_node *n, void *record, GError **error)
{
    struct provider *p = record;
    return cfgrecord_take_line(n, LABEL_MAX_BYTES, &p->label, error);
}

static gboolean take_rate(const struct cfg_node *n, void *record, GError **error)
{
    struct provider *p = record;
    if (n->type != CFG_INT && n->type != CFG_FLOAT)
        return cfgrecord_wrong_type(n->name, n, _("messages a second, without quotes"), error);
    if (!provider_check_rate(n->name, n->real, error))
        return FALSE;
    p->per_second = n->real;
    return TRUE;
}

static gboolean take_connections(const struct cfg_node *n, void *record, GError **error)
{
    struct provider *p = record;
    if (n->type != CFG_INT)
        return cfgrecord_wrong_type(n->name, n, _("a whole number, without quotes"), error);
    if (!provider_check_connections(n->name, n->number, error))
        return FALSE;
    p->connections = n->number;
    return TRUE;
}

static char *domain_of(const struct cfg_node *n, GError **error)
{
    char *domain = NULL;
    if (!domain_to_ascii(n->text, &domain, error))
        return NULL;
    return domain;
}

/* "*.example.org": what stands beside the stars must be what a host's name may have. */
static char *pattern_of(const struct cfg_node *n, GError **error)
{
    gsize len = strlen(n->text);
    static const char may_have[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_*";
    g_autofree char *lower = g_ascii_strdown(n->text, -1);
    if (len == 0 || len > PATTERN_MAX_BYTES || strspn(lower, may_have) != len ||
        strspn(lower, ".*") == len) {
        g_autofree char *safe = text_safe(n->text, -1, 60);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("mx: \"%s\" is no pattern of a host's name. Write one like "
                      "\"*.mail.example.org\""),
                    safe);
        return NULL;
    }
    return g_steal_pointer(&lower);
}

/* A list of texts, each through `convert`; the line of a bad one is told. */
static char **take_texts(const struct cfg_node *list,
                         char *(*convert)(const struct cfg_node *, GError **), GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    if (list->type != CFG_LIST) {
        cfgrecord_wrong_type(list->name, list, _("a list: [ \"example.org\" ]"), error);
        return NULL;
    }
    if (list->children->len > PROVIDER_DOMAINS_MAX) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("%s: more than %d of them"),
                    list->name, PROVIDER_DOMAINS_MAX);
        return NULL;
    }
    for (guint i = 0; i < list->children->len; i++) {
        const struct cfg_node *n = list->children->pdata[i];
        char *text = NULL;
        if (n->type != CFG_TEXT)
            cfgrecord_wrong_type(list->name, n, _("a list: [ \"example.org\" ]"), error);
        else
            text = convert(n, error);
        if (!text)
            return NULL;
        g_ptr_array_add(all, text);
    }
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
}

static gboolean take_domains(const struct cfg_node *n, void *record, GError **error)
{
    struct provider *p = record;
    char **all = take_texts(n, domain_of, error);
    if (!all)
        return FALSE;
    g_strfreev(p->domains);
    p->domains = all;
    return TRUE;
}

static gboolean take_mx(const struct cfg_node *n, void *record, GError **error)
{
    struct provider *p = record;
    char **all = take_texts(n, pattern_of, error);
    if (!all)
        return FALSE;
    g_strfreev(p->mx);
    p->mx = all;
    return TRUE;
}

static gboolean take_name(const struct cfg_node *n, void *record, GError **error)
{
    return TRUE; /* read before */
}

static gboolean take_code(const struct cfg_node *n, void *record, GError **error)
{
    struct provider_slow *s = record;
    if (n->type != CFG_TEXT)
        return cfgrecord_wrong_type(n->name, n, _("a text like \"421\" or \"4xx\""), error);
    if (strlen(n->text) != 3 || n->text[0] != '4' || strspn(n->text + 1, "0123456789x") != 2)
        return refuse(error, _("code: this is no code of a reply that asks to wait. Write one "
                               "like \"421\" or \"4xx\""));
    g_free(s->code);
    s->code = g_strdup(n->text);
    return TRUE;
}

static gboolean take_enhanced(const struct cfg_node *n, void *record, GError **error)
{
    struct provider_slow *s = record;
    if (n->type == CFG_TEXT &&
        (strlen(n->text) < 5 || strlen(n->text) > 11 || !g_str_has_prefix(n->text, "4.") ||
         strspn(n->text, "0123456789.?") != strlen(n->text)))
        return refuse(error, _("enhanced: this is no enhanced code of a reply that asks to "
                               "wait. Write one like \"4.7.28\" or \"4.7.?\""));
    return cfgrecord_take_line(n, 11, &s->enhanced, error);
}

static gboolean take_phrase(const struct cfg_node *n, void *record, GError **error)
{
    struct provider_slow *s = record;
    if (n->type == CFG_TEXT && strlen(n->text) < 3)
        return refuse(error, _("text: a phrase of fewer than 3 letters would fit too much"));
    return cfgrecord_take_line(n, PHRASE_MAX_BYTES, &s->text, error);
}

static gboolean take_seconds(const struct cfg_node *n, gint64 *ret, GError **error)
{
    if (n->type != CFG_INT || n->number < 0 || n->number > QUIET_MAX_S) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s: write seconds from 0 to %d, without quotes"), n->name, QUIET_MAX_S);
        return FALSE;
    }
    *ret = n->number;
    return TRUE;
}

static gboolean take_quiet(const struct cfg_node *n, void *record, GError **error)
{
    return take_seconds(n, &((struct provider_pace *)record)->quiet_s, error);
}

static gboolean take_climb(const struct cfg_node *n, void *record, GError **error)
{
    return take_seconds(n, &((struct provider_pace *)record)->climb_s, error);
}

/* ---- groups ---- */

struct key {
    const char *name;
    gboolean (*take)(const struct cfg_node *n, void *record, GError **error);
};

#define KEYS_MAX 16

static const struct key provider_keys[] = {{"name", take_name},
                                           {"label", take_label},
                                           {"domains", take_domains},
                                           {"mx", take_mx},
                                           {"connections", take_connections},
                                           {"per_second", take_rate},
                                           {NULL, NULL}};
static const struct key fallback_keys[] = {
    {"connections", take_connections}, {"per_second", take_rate}, {NULL, NULL}};
static const struct key slow_keys[] = {
    {"code", take_code}, {"enhanced", take_enhanced}, {"text", take_phrase}, {NULL, NULL}};
static const struct key pace_keys[] = {
    {"quiet_s", take_quiet}, {"climb_s", take_climb}, {NULL, NULL}};

static gboolean take_key(const struct key *keys, const struct cfg_node *n, void *record,
                         GError **error)
{
    const char *known[KEYS_MAX + 1] = {NULL};
    for (int i = 0; keys[i].name; i++) {
        if (strcmp(keys[i].name, n->name) == 0)
            return keys[i].take(n, record, error);
        known[i] = keys[i].name;
    }
    return cfgrecord_unknown(n->name, known, error);
}

static gboolean take_group(const struct reading *r, const struct key *keys,
                           const struct cfg_node *group, void *record, GError **error)
{
    for (guint i = 0; i < group->children->len; i++) {
        const struct cfg_node *n = group->children->pdata[i];
        if (!take_key(keys, n, record, error))
            return cfgrecord_at(r->label, n->line, error);
    }
    return TRUE;
}

static gboolean is_group(const struct reading *r, const char *key, const struct cfg_node *n,
                         GError **error)
{
    if (n->type == CFG_GROUP)
        return TRUE;
    cfgrecord_wrong_type(key, n, _("a group { }"), error);
    return cfgrecord_at(r->label, n->line, error);
}

static gboolean read_provider(const struct reading *r, const struct cfg_node *group, int i,
                              GError **error)
{
    g_autofree char *name = NULL;
    if (!is_group(r, "providers", group, error))
        return FALSE;
    const struct cfg_node *n = cfgtree_member(group, "name");
    if (!n) {
        refuse(error, _("a provider needs a name: name = \"example\";"));
        return cfgrecord_at(r->label, group->line, error);
    }
    if (!cfgrecord_take_name(n, &name, error))
        return cfgrecord_at(r->label, n->line, error);
    if (strcmp(name, "default") == 0) {
        refuse(error, _("name: default is every other domain, which is set by default = { };"));
        return cfgrecord_at(r->label, n->line, error);
    }
    struct provider *p = providers_add(r->into, name);
    if (cfgtree_member(group, "domains"))
        p->rank = r->rank;
    return take_group(r, provider_keys, group, p, error);
}

static gboolean read_slow(const struct reading *r, const struct cfg_node *group, int i,
                          GError **error)
{
    if (!is_group(r, "slow_down", group, error))
        return FALSE;
    struct provider_slow *s = g_new0(struct provider_slow, 1);
    s->phase = REPLY_PHASE_COUNT;
    s->code = g_strdup("4xx");
    g_ptr_array_insert(r->into->slow, i, s);
    if (!take_group(r, slow_keys, group, s, error))
        return FALSE;
    if (s->text || s->enhanced || strcmp(s->code, "4xx") != 0)
        return TRUE;
    refuse(error, _("this row would take every 4xx for it. Name a code, an enhanced code or a "
                    "text"));
    return cfgrecord_at(r->label, group->line, error);
}

static gboolean
read_rows(const struct reading *r, const struct cfg_node *root, const char *key, int most,
          gboolean (*read)(const struct reading *, const struct cfg_node *, int i, GError **),
          GError **error)
{
    const struct cfg_node *list = cfgtree_member(root, key);
    if (!list)
        return TRUE;
    if (list->type != CFG_LIST) {
        cfgrecord_wrong_type(key, list, _("a list of groups: ( { … }, { … } )"), error);
        return cfgrecord_at(r->label, list->line, error);
    }
    if ((int)list->children->len > most) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("%s: more than %d rows"), key,
                    most);
        return cfgrecord_at(r->label, list->line, error);
    }
    for (guint i = 0; i < list->children->len; i++)
        if (!read(r, list->children->pdata[i], (int)i, error))
            return FALSE;
    return TRUE;
}

static gboolean read_one(const struct reading *r, const struct cfg_node *root, const char *key,
                         const struct key *keys, void *record, GError **error)
{
    const struct cfg_node *n = cfgtree_member(root, key);
    return !n || (is_group(r, key, n, error) && take_group(r, keys, n, record, error));
}

static gboolean read_root(const struct reading *r, const struct cfg_node *root, GError **error)
{
    static const char *const known[] = {"format",    "default", "providers",
                                        "slow_down", "pace",    NULL};
    if (!cfgrecord_check_root(root, r->label, known, error) ||
        !read_one(r, root, "default", fallback_keys, &r->into->fallback, error) ||
        !read_one(r, root, "pace", pace_keys, &r->into->pace, error) ||
        !read_rows(r, root, "slow_down", SLOW_ROWS_MAX, read_slow, error) ||
        !read_rows(r, root, "providers", PROVIDERS_MAX, read_provider, error))
        return FALSE;
    const struct cfg_node *rows = cfgtree_member(root, "providers");
    return providers_index(r->into, error) ||
           cfgrecord_at(r->label, rows ? rows->line : 1, error);
}

static gboolean take_root(struct cfg_node *root, const char *label, int rank,
                          struct providers *into, GError **error)
{
    const struct reading r = {.into = into, .label = label, .rank = rank};
    gboolean ok = root && read_root(&r, root, error);
    cfgtree_free(root);
    return ok;
}

gboolean providerfile_read(const char *folder, const char *file, const char *label, int rank,
                           struct providers *into, GError **error)
{
    return take_root(cfgtree_read(folder, file, label, error), label, rank, into, error);
}

gboolean providerfile_parse(const char *text, gsize len, const char *label, int rank,
                            struct providers *into, GError **error)
{
    return take_root(cfgtree_parse(text, len, label, error), label, rank, into, error);
}

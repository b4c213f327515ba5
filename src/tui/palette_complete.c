/*
 * What a line behind ':' means, and how it can go on. Reads the tables of verbs, screens and
 * actions; what is done with a meaning is palette.c's.
 */
#include "config.h"

#include "tui/palette_complete.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/screens.h"

static void name_free(gpointer data)
{
    struct palette_name *n = data;
    g_free(n->name);
    g_free(n->detail);
    g_free(n);
}

void palette_add_name(struct palette_context *c, enum palette_kind kind, const char *name,
                      const char *detail)
{
    struct palette_name *n = g_new0(struct palette_name, 1);
    n->name = g_strdup(name);
    n->detail = g_strdup(detail);
    if (!c->names[kind])
        c->names[kind] = g_ptr_array_new_with_free_func(name_free);
    g_ptr_array_add(c->names[kind], n);
}

void palette_context_clear(struct palette_context *c)
{
    for (int i = 0; i < PALETTE_KIND_COUNT; i++)
        g_clear_pointer(&c->names[i], g_ptr_array_unref);
}

/* ---- words ---- */

/* One word from `p`; returns where it ends. */
static const char *take_word(const char *p, GString *word)
{
    char quote = '\0';
    for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
        if (*p == '\\' && p[1] && quote != '\'')
            g_string_append_c(word, *++p);
        else if (quote ? *p == quote : (*p == '"' || *p == '\''))
            quote = quote ? '\0' : *p;
        else
            g_string_append_c(word, *p);
    }
    return p;
}

char **palette_split(const char *line, gsize *ret_last)
{
    GPtrArray *words = g_ptr_array_new();
    const char *p = line;
    *ret_last = 0;
    for (;;) {
        p += strspn(p, " \t");
        *ret_last = (gsize)(p - line);
        if (!*p)
            break;
        GString *word = g_string_new(NULL);
        p = take_word(p, word);
        g_ptr_array_add(words, g_string_free(word, FALSE));
        if (!*p)
            break;
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

char *palette_quote(const char *word)
{
    if (*word && !strpbrk(word, " \t\"'\\"))
        return g_strdup(word);
    g_autoptr(GString) quoted = g_string_new("\"");
    for (; *word; word++) {
        if (*word == '"' || *word == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *word);
    }
    g_string_append_c(quoted, '"');
    return g_string_free(g_steal_pointer(&quoted), FALSE);
}

/* ---- meaning ---- */

/* The verb that the words begin with; `*ret_n` of them name it. A verb may be written without
 * its noun where only one noun has it, or campaigns do: "pause spring". */
static const struct verb *verb_of(char *const *words, int *ret_n)
{
    const struct verb *v = words[0] && words[1] ? verbs_find(words[0], words[1]) : NULL;
    *ret_n = 2;
    if (v || !words[0])
        return v;
    *ret_n = 1;
    v = verbs_find(words[0], NULL);
    if (v && (!words[1] || words[1][0] == '-' || v->max != 0))
        return v;
    const struct verb *found = NULL;
    int n = 0;
    for (const struct verb *other = verbs_all(); other->noun; other++) {
        if (g_strcmp0(other->verb, words[0]) != 0)
            continue;
        if (strcmp(other->noun, "campaign") == 0)
            return other;
        found = other;
        n++;
    }
    return n == 1 ? found : v;
}

/* Of the verb when there is one, else of the first word, unless that is the noun of a verb that
 * was written wrong. */
static const struct palette_route *route_of(const struct palette_context *c,
                                            const struct palette_command *cmd)
{
    const struct verb *v = cmd->verb;
    g_autofree char *name =
        v ? g_strconcat(v->noun, v->verb ? " " : "", v->verb, NULL) : g_strdup(cmd->words[0]);
    if (!v && cmd->words[1] && verbs_is_noun(name))
        return NULL;
    char **rest = cmd->words + cmd->n_name;
    gboolean is_name = rest[0] && rest[0][0] != '-' && !rest[1];
    for (const struct palette_route *r = c->routes; r && r->words; r++)
        if (strcmp(r->words, name) == 0)
            return is_name || !r->is_for_name ? r : NULL;
    return NULL;
}

static int screen_of(const char *word)
{
    for (int i = 0; i < SCREENS_COUNT; i++) {
        const struct screen *s = &screens_all()[i];
        if (s->view &&
            (strcmp(s->name, word) == 0 || (word[0] == '0' + s->number && word[1] == '\0')))
            return s->number;
    }
    return 0;
}

static const struct action *action_of(const struct palette_context *c, const char *word)
{
    for (const struct action *a = c->actions; a && a->name; a++)
        if (strcmp(a->name, word) == 0)
            return a;
    return NULL;
}

/* Writes noun and verb in front of the rest. */
static void write_out(struct palette_command *cmd)
{
    GPtrArray *words = g_ptr_array_new();
    g_ptr_array_add(words, g_strdup(cmd->verb->noun));
    if (cmd->verb->verb)
        g_ptr_array_add(words, g_strdup(cmd->verb->verb));
    int named = (int)words->len;
    for (char **word = cmd->words + cmd->n_name; *word; word++)
        g_ptr_array_add(words, g_strdup(*word));
    g_ptr_array_add(words, NULL);
    g_strfreev(cmd->words);
    cmd->words = (char **)g_ptr_array_free(words, FALSE);
    cmd->n_name = named;
}

void palette_understand(const struct palette_context *c, const char *line,
                        struct palette_command *ret)
{
    gsize last;
    *ret = (struct palette_command){.words = palette_split(line, &last)};
    if (!ret->words[0])
        return;
    gboolean is_alone = ret->words[1] == NULL;
    ret->verb = verb_of(ret->words, &ret->n_name);
    if (is_alone && (ret->screen = screen_of(ret->words[0])) != 0) {
        ret->meaning = PALETTE_SCREEN;
        return;
    }
    if (is_alone && (ret->action = action_of(c, ret->words[0]))) {
        ret->meaning = PALETTE_ACTION;
        return;
    }
    if (ret->verb)
        write_out(ret);
    else
        ret->n_name = 1;
    ret->route = route_of(c, ret);
    ret->meaning = ret->route ? PALETTE_ROUTE : ret->verb ? PALETTE_VERB : PALETTE_NOTHING;
}

void palette_command_clear(struct palette_command *cmd)
{
    g_strfreev(cmd->words);
    *cmd = (struct palette_command){.words = NULL};
}

char *palette_why_nothing(const struct palette_context *c, const char *line)
{
    gsize last;
    g_auto(GStrv) words = palette_split(line, &last);
    const char *word = words[0] ? words[0] : "";
    if (verbs_is_noun(word)) {
        g_autofree char *near = words[1] ? verbs_nearest_verb(word, words[1]) : NULL;
        if (near)
            return g_strdup_printf(_("%s %s: there is no such command. Did you mean %s %s?"),
                                   word, words[1], word, near);
        return g_strdup_printf(_("%s: what about it? Tab shows how it goes on."), word);
    }
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (const struct verb_noun *n = verbs_nouns(); n->noun; n++)
        g_ptr_array_add(known, (char *)n->noun);
    for (const struct verb *v = verbs_all(); v->noun; v++)
        if (v->verb)
            g_ptr_array_add(known, (char *)v->verb);
    for (const struct palette_route *r = c->routes; r && r->words; r++)
        g_ptr_array_add(known, (char *)r->words);
    for (int i = 0; i < SCREENS_COUNT; i++)
        g_ptr_array_add(known, (char *)screens_all()[i].name);
    g_ptr_array_add(known, NULL);
    const char *near = text_nearest(word, (const char *const *)known->pdata);
    return near ? g_strdup_printf(_("%s: there is no such command. Did you mean %s?"), word,
                                  near)
                : g_strdup_printf(_("%s: there is no such command. Tab shows what there is."),
                                  word);
}

gboolean palette_has_option(const struct verb *v, char *const *words, const char *name)
{
    const struct verb_option *o = verbs_option(v, name);
    gsize len = strlen(name);
    for (; *words && strcmp(*words, "--") != 0; words++) {
        const char *word = *words;
        if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, len) == 0 &&
            (word[2 + len] == '\0' || word[2 + len] == '='))
            return TRUE;
        if (o && o->letter && word[0] == '-' && word[1] == o->letter)
            return TRUE;
    }
    return FALSE;
}

/* ---- offers ---- */

struct offers {
    const struct palette_context *c;
    GPtrArray *list;
    const char *head; /* the line up to the last word */
    gsize head_len;
    const char *prefix; /* the last word, as far as it is there */
    GHashTable *seen;   /* lines */
};

static void offer_free(gpointer data)
{
    struct palette_offer *o = data;
    g_free(o->line);
    g_free(o->key);
    g_free(o);
}

/* The key of the front view's action that does what these words do. Caller frees. */
static char *key_of_verb(const struct palette_context *c, const char *words)
{
    for (const struct action *a = c->actions; a && a->name; a++)
        if (g_strcmp0(a->verb, words) == 0)
            return term_key_name(action_key(c->view, a));
    return NULL;
}

/* Takes `line` and `key`. */
static void offer(struct offers *o, char *line, const char *detail, char *key,
                  gboolean is_whole)
{
    if (o->list->len >= PALETTE_OFFERS_MAX || !g_hash_table_add(o->seen, g_strdup(line))) {
        g_free(line);
        g_free(key);
        return;
    }
    struct palette_offer *offer = g_new0(struct palette_offer, 1);
    *offer = (struct palette_offer){line, detail, key, is_whole};
    g_ptr_array_add(o->list, offer);
}

/* `word` in place of the last word. */
static void offer_word(struct offers *o, const char *word, const char *detail,
                       gboolean is_whole)
{
    g_autofree char *quoted = palette_quote(word);
    offer(o, g_strdup_printf("%.*s%s", (int)o->head_len, o->head, quoted), detail, NULL,
          is_whole);
}

static gboolean begins(const char *word, const char *prefix)
{
    return g_ascii_strncasecmp(word, prefix, strlen(prefix)) == 0;
}

static void offer_verb(struct offers *o, const struct verb *v)
{
    char *words = g_strconcat(v->noun, v->verb ? " " : "", v->verb, NULL);
    char *key = key_of_verb(o->c, words);
    offer(o, words, _(v->help), key, v->min == 0);
}

static void offer_verbs_of(struct offers *o, const char *noun, const char *prefix)
{
    for (const struct verb *v = verbs_all(); v->noun; v++)
        if (strcmp(v->noun, noun) == 0 && v->verb && begins(v->verb, prefix))
            offer_verb(o, v);
}

static void offer_screens(struct offers *o)
{
    for (int i = 0; i < SCREENS_COUNT; i++) {
        const struct screen *s = &screens_all()[i];
        if (s->view && begins(s->name, o->prefix))
            offer(o, g_strdup(s->name), _("screen"), g_strdup_printf("%d", s->number), TRUE);
    }
}

static void offer_actions(struct offers *o)
{
    for (const struct action *a = o->c->actions; a && a->name; a++)
        if (begins(a->name, o->prefix))
            offer(o, g_strdup(a->name), _(a->help), term_key_name(action_key(o->c->view, a)),
                  TRUE);
}

static void offer_nouns(struct offers *o)
{
    for (const struct verb_noun *n = verbs_nouns(); n->noun; n++) {
        const struct verb *alone = verbs_find(n->noun, NULL);
        if (!begins(n->noun, o->prefix))
            continue;
        if (alone)
            offer_verb(o, alone);
        else
            offer(o, g_strconcat(n->noun, " ", NULL), _(n->help), NULL, FALSE);
    }
}

/* The first word: whatever begins like it. */
static void offer_first(struct offers *o)
{
    offer_actions(o);
    offer_screens(o);
    for (const struct palette_route *r = o->c->routes; r && r->words; r++)
        if (r->help && begins(r->words, o->prefix))
            offer(o, g_strdup(r->words), _(r->help), NULL, TRUE);
    offer_nouns(o);
    if (verbs_is_noun(o->prefix))
        offer_verbs_of(o, o->prefix, "");
    for (const struct verb *v = verbs_all(); *o->prefix && v->noun; v++)
        if (v->verb && begins(v->verb, o->prefix))
            offer_verb(o, v);
}

/* ---- words behind a verb ---- */

static const struct {
    const char *word; /* of a verb's usage, or an option's name */
    const char *noun; /* only of this one; NULL: any */
    enum palette_kind kind;
} named[] = {
    {"NAME", "campaign", PALETTE_CAMPAIGN}, {"[NAME]", "status", PALETTE_CAMPAIGN},
    {"CAMPAIGN", NULL, PALETTE_CAMPAIGN},   {"NAME", "list", PALETTE_LIST},
    {"NAME", "server", PALETTE_SERVER},     {"NAME", "mailbox", PALETTE_MAILBOX},
    {"NAME", "pool", PALETTE_POOL},         {"NAME", "port", PALETTE_PORT},
    {"campaign", NULL, PALETTE_CAMPAIGN},   {"list", NULL, PALETTE_LIST},
    {"lists", NULL, PALETTE_LIST},          {"exclude", NULL, PALETTE_LIST},
    {"server", NULL, PALETTE_SERVER},       {"mailbox", NULL, PALETTE_MAILBOX},
    {"server", "campaign", PALETTE_POOL}, /* beside the servers */
};

static void offer_names(struct offers *o, const struct verb *v, const char *word)
{
    for (guint i = 0; i < G_N_ELEMENTS(named); i++) {
        GPtrArray *names = o->c->names[named[i].kind];
        if (strcmp(named[i].word, word) != 0 ||
            (named[i].noun && strcmp(named[i].noun, v->noun) != 0))
            continue;
        for (guint n = 0; names && n < names->len; n++) {
            const struct palette_name *name = g_ptr_array_index(names, n);
            if (begins(name->name, o->prefix))
                offer_word(o, name->name, name->detail, TRUE);
        }
    }
}

static void offer_option(struct offers *o, const char *name, const char *help)
{
    g_autofree char *word = g_strconcat("--", name, NULL);
    if (begins(word, o->prefix))
        offer_word(o, word, _(help), FALSE);
}

static void offer_options(struct offers *o, const struct verb *v)
{
    for (const struct verb_option *option = v->options; option && option->name; option++)
        if (option->help)
            offer_option(o, option->name, option->help);
    for (const struct field *f = v->fields ? v->fields() : NULL; f && f->key; f++) {
        g_autofree char *name = verbs_field_option(f);
        if (!(f->flags & FIELD_NOT_CLI))
            offer_option(o, name, f->help);
    }
    for (const struct verb_option *option = verbs_common_options(); option->name; option++)
        if (*o->prefix)
            offer_option(o, option->name, option->help);
}

/* TRUE: `word` is an option that takes the next word. */
static gboolean wants_value(const struct verb *v, const char *word)
{
    if (strncmp(word, "--", 2) != 0) {
        const struct verb_option *o =
            word[0] == '-' && word[1] && !word[2] ? verbs_option_letter(v, word[1]) : NULL;
        return o && o->argument;
    }
    if (strchr(word, '='))
        return FALSE;
    const struct verb_option *o = verbs_option(v, word + 2);
    return o ? o->argument != NULL : verbs_field(v, word + 2) != NULL;
}

static void offer_values(struct offers *o, const struct verb *v, const char *option)
{
    const struct field *f = verbs_field(v, option);
    for (const char *const *word = f ? f->choices : NULL; word && *word; word++)
        if (begins(*word, o->prefix))
            offer_word(o, *word, NULL, TRUE);
    offer_names(o, v, option);
}

/* The word of the usage that stands for positional word `at`; "" for none. Caller frees. */
static char *usage_word(const struct verb *v, int at)
{
    g_auto(GStrv) words = g_strsplit_set(v->usage, " |", -1);
    for (char **word = words; *word && **word != '-'; word++)
        if (at-- == 0)
            return g_strdup(*word);
    return g_strdup("");
}

/* `words` are those behind the verb but for the last, which is being typed. */
static void offer_rest(struct offers *o, const struct verb *v, char *const *words, int n)
{
    int positional = 0;
    const char *option = NULL;
    for (int i = 0; i < n; i++) {
        if (!wants_value(v, words[i]))
            positional += words[i][0] != '-' ? 1 : 0;
        else if (i + 1 < n)
            i++;
        else
            option = words[i];
    }
    if (option) {
        const struct verb_option *by_letter =
            option[1] != '-' ? verbs_option_letter(v, option[1]) : NULL;
        offer_values(o, v, by_letter ? by_letter->name : option + 2);
        return;
    }
    if (o->prefix[0] != '-') {
        g_autofree char *word = usage_word(v, positional);
        offer_names(o, v, word);
    }
    offer_options(o, v);
}

GPtrArray *palette_complete(const struct palette_context *c, const char *line)
{
    gsize last;
    g_auto(GStrv) words = palette_split(line, &last);
    int n = (int)g_strv_length(words);
    /* Behind a blank a new word begins. */
    gboolean is_new = line[last] == '\0';
    struct offers o = {.c = c,
                       .list = g_ptr_array_new_with_free_func(offer_free),
                       .head = line,
                       .head_len = last,
                       .prefix = is_new ? "" : words[n - 1],
                       .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    int done = is_new ? n : n - 1; /* words that are whole */
    int named_by = 0;
    const struct verb *v = done > 0 ? verb_of(words, &named_by) : NULL;
    if (done == 0) {
        offer_first(&o);
    } else if (v && named_by <= done) {
        if (done == 1)
            offer_verbs_of(&o, words[0], o.prefix);
        offer_rest(&o, v, words + named_by, done - named_by);
    } else if (done == 1) {
        offer_verbs_of(&o, words[0], o.prefix);
    }
    g_hash_table_unref(o.seen);
    return o.list;
}

/*
 * Words and options, read by the table of verbs. Nothing is opened or printed here.
 */
#include "config.h"

#include "cmd/cmd.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

struct reader {
    int argc, at;
    char **argv;
    struct cmd_line *line;
    gboolean no_more_options; /* behind "--" */
};

static gboolean usage(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean usage(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE, text);
    return FALSE;
}

/* "people import", or "apply". Caller frees. */
static char *verb_words(const struct verb *v)
{
    return v->verb ? g_strdup_printf("%s %s", v->noun, v->verb) : g_strdup(v->noun);
}

static gboolean unknown_option(const struct verb *v, const char *shown, const char *name,
                               GError **error)
{
    g_autofree char *safe = text_safe(shown, -1, 60);
    if (!v)
        return usage(error, _("unknown option %s: see crier --help"), safe);
    g_autofree char *near = verbs_nearest_option(v, name);
    g_autofree char *words = verb_words(v);
    if (near)
        return usage(error, _("%s: unknown option %s: did you mean --%s?"), words, safe, near);
    return usage(error, _("%s: unknown option %s: see crier %s --help"), words, safe, words);
}

/* The options that the frame itself uses. False when `name` is for the verb. */
static gboolean take_common(struct cmd_line *l, const char *name, const char *value)
{
    if (strcmp(name, "workspace") == 0)
        l->workspace = value;
    else if (strcmp(name, "as") == 0)
        l->actor = value;
    else if (strcmp(name, "help") == 0)
        l->wants_help = TRUE;
    else if (strcmp(name, "json") == 0)
        l->format = OUTPUT_JSON;
    else if (strcmp(name, "jsonl") == 0)
        l->format = OUTPUT_JSONL;
    else if (strcmp(name, "tsv") == 0)
        l->format = OUTPUT_TSV;
    else
        return FALSE;
    return TRUE;
}

/* A verb's own option stands above a common one of the same name. */
static gboolean is_own(const struct verb *v, const struct verb_option *option)
{
    for (const struct verb_option *o = v ? v->options : NULL; o && o->name; o++)
        if (o == option)
            return TRUE;
    return FALSE;
}

static gboolean take(struct reader *r, const char *shown, const struct verb_option *o,
                     const struct field *f, const char *inline_value, GError **error)
{
    struct cmd_line *l = r->line;
    const char *argument = f ? f->key : o->argument;
    if (o && o->refusal)
        return usage(error, "%s: %s", shown, _(o->refusal));
    if (!argument && inline_value)
        return usage(error, _("%s takes no value"), shown);
    const char *value = inline_value;
    if (argument && !value) {
        if (r->at >= r->argc)
            return usage(error, _("%s needs a value (%s)"), shown, argument);
        value = r->argv[r->at++];
    }
    if (o && strcmp(o->name, "fields") == 0) {
        g_strfreev(l->fields);
        l->fields = g_strsplit(value, ",", 0);
        return TRUE;
    }
    if (o && !is_own(l->verb, o) && take_common(l, o->name, value))
        return TRUE;
    struct cmd_given given = {.name = o ? o->name : f->key, .field = f, .value = value};
    g_array_append_val(l->given, given);
    return TRUE;
}

static const struct verb_option *find_in(const struct verb_option *table, const char *name)
{
    for (const struct verb_option *o = table; o->name; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

static gboolean take_long(struct reader *r, const char *arg, GError **error)
{
    const struct verb *v = r->line->verb;
    const char *equals = strchr(arg, '=');
    g_autofree char *name =
        equals ? g_strndup(arg + 2, (gsize)(equals - arg - 2)) : g_strdup(arg + 2);
    g_autofree char *shown = text_safe(equals ? NULL : arg, -1, 60);
    if (equals)
        g_free(g_steal_pointer(&shown)), shown = g_strdup_printf("--%s", name);
    if (!v && strcmp(name, "version") == 0) {
        r->line->wants_version = TRUE;
        return TRUE;
    }
    const struct verb_option *o =
        v ? verbs_option(v, name) : find_in(verbs_common_options(), name);
    const struct field *f = v && !o ? verbs_field(v, name) : NULL;
    if (!o && !f)
        return unknown_option(v, shown, name, error);
    return take(r, shown, o, f, equals ? equals + 1 : NULL, error);
}

static const struct verb_option *find_letter(const struct verb *v, char letter)
{
    if (v)
        return verbs_option_letter(v, letter);
    for (const struct verb_option *o = verbs_common_options(); o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

/* "-n5", "-n 5", "-fn 5": letters of switches may stand together. */
static gboolean take_letters(struct reader *r, const char *arg, GError **error)
{
    for (const char *p = arg + 1; *p; p++) {
        const struct verb_option *o = find_letter(r->line->verb, *p);
        char shown[] = {'-', *p, 0};
        if (!o)
            return unknown_option(r->line->verb, g_ascii_isgraph(*p) ? shown : arg, "", error);
        if (!o->argument) {
            if (!take(r, shown, o, NULL, NULL, error))
                return FALSE;
            continue;
        }
        return take(r, shown, o, NULL, p[1] ? p + 1 : NULL, error);
    }
    return TRUE;
}

static gboolean set_noun(struct cmd_line *l, const char *word, GError **error)
{
    if (!verbs_is_noun(word)) {
        g_autofree char *near = verbs_nearest_noun(word);
        g_autofree char *safe = text_safe(word, -1, 40);
        if (near)
            return usage(error, _("unknown command '%s': did you mean crier %s?"), safe, near);
        return usage(error, _("unknown command '%s': crier --help shows all of them"), safe);
    }
    l->noun = word;
    l->verb = verbs_find(word, NULL);
    return TRUE;
}

/* The first word behind a noun that has verbs. */
static gboolean set_verb(struct cmd_line *l, const char *word, GError **error)
{
    l->verb = verbs_find(l->noun, word);
    if (l->verb)
        return TRUE;
    g_autofree char *near = verbs_nearest_verb(l->noun, word);
    g_autofree char *safe = text_safe(word, -1, 40);
    if (near)
        return usage(error, _("%s: unknown verb '%s': did you mean crier %s %s?"), l->noun,
                     safe, l->noun, near);
    return usage(error, _("%s: unknown verb '%s': crier %s --help shows all of them"), l->noun,
                 safe, l->noun);
}

static gboolean take_word(struct cmd_line *l, const char *word, GError **error)
{
    if (!l->noun) {
        if (strcmp(word, "help") == 0) {
            l->wants_help = TRUE;
            return TRUE;
        }
        return set_noun(l, word, error);
    }
    if (!l->verb)
        return set_verb(l, word, error);
    /* A noun can be a command and have verbs: crier worker, crier worker stop. */
    if (!l->verb->verb && l->words->len == 0 && verbs_find(l->noun, word))
        return set_verb(l, word, error);
    if (l->words->len >= CMD_MAX_WORDS)
        return usage(error, _("more than %d words on the command line"), CMD_MAX_WORDS);
    g_ptr_array_add(l->words, (char *)word);
    return TRUE;
}

static gboolean check_words(const struct cmd_line *l, GError **error)
{
    if (!l->verb)
        return l->noun ? usage(error, _("%s needs a verb: crier %s --help shows them"), l->noun,
                               l->noun)
                       : TRUE;
    const struct verb *v = l->verb;
    g_autofree char *words = verb_words(v);
    if ((int)l->words->len < v->min)
        return usage(error, _("something is missing: the usage is crier %s %s"), words,
                     v->usage);
    if (v->max != VERB_ANY_NUMBER && (int)l->words->len > v->max) {
        g_autofree char *safe = text_safe(g_ptr_array_index(l->words, v->max), -1, 40);
        return usage(error, _("'%s' is one word too many: the usage is crier %s %s"), safe,
                     words, v->usage);
    }
    return TRUE;
}

static gboolean read_all(struct reader *r, GError **error)
{
    while (r->at < r->argc) {
        const char *arg = r->argv[r->at++];
        gboolean is_option = !r->no_more_options && arg[0] == '-' && arg[1] != 0;
        gboolean ok;
        if (!is_option)
            ok = take_word(r->line, arg, error);
        else if (strcmp(arg, "--") == 0)
            ok = r->no_more_options = TRUE;
        else if (arg[1] == '-')
            ok = take_long(r, arg, error);
        else
            ok = take_letters(r, arg, error);
        if (!ok)
            return FALSE;
    }
    return r->line->wants_help || r->line->wants_version || check_words(r->line, error);
}

gboolean cmd_parse(int argc, char **argv, struct cmd_line *ret, GError **error)
{
    struct cmd_line line = {
        .words = g_ptr_array_new(),
        .given = g_array_new(FALSE, FALSE, sizeof(struct cmd_given)),
    };
    struct reader r = {.argc = argc, .at = 1, .argv = argv, .line = &line};
    if (!read_all(&r, error)) {
        cmd_line_clear(&line);
        return FALSE;
    }
    *ret = line;
    return TRUE;
}

void cmd_line_clear(struct cmd_line *l)
{
    g_strfreev(l->fields);
    if (l->words)
        g_ptr_array_unref(l->words);
    if (l->given)
        g_array_unref(l->given);
    memset(l, 0, sizeof *l);
}

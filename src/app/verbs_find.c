/*
 * Looking things up in the table of verbs: verbs, their options and fields, and the nearest ones.
 * The table itself is verbs.c.
 */
#include "config.h"

#include "app/verbs.h"

#include <string.h>

#include "base/text.h"

gboolean verbs_is_noun(const char *word)
{
    for (const struct verb_noun *n = verbs_nouns(); n->noun; n++)
        if (strcmp(n->noun, word) == 0)
            return TRUE;
    return FALSE;
}

const struct verb *verbs_find(const char *noun, const char *verb)
{
    for (const struct verb *v = verbs_all(); v->noun; v++)
        if (strcmp(v->noun, noun) == 0 && g_strcmp0(v->verb, verb) == 0)
            return v;
    return NULL;
}

/* The option tables of `v` in the order they are searched; the last is NULL. */
static void option_tables(const struct verb *v, const struct verb_option *ret[4])
{
    int n = 0;
    if (v->options)
        ret[n++] = v->options;
    if (v->flags & VERB_ROWS)
        ret[n++] = verbs_rows_options();
    else if (v->flags & VERB_RECORD)
        ret[n++] = verbs_record_options();
    ret[n++] = verbs_common_options();
    ret[n] = NULL;
}

const struct verb_option *verbs_option(const struct verb *v, const char *name)
{
    const struct verb_option *tables[4];
    option_tables(v, tables);
    for (int i = 0; tables[i]; i++)
        for (const struct verb_option *o = tables[i]; o->name; o++)
            if (strcmp(o->name, name) == 0)
                return o;
    return NULL;
}

const struct verb_option *verbs_option_letter(const struct verb *v, char letter)
{
    const struct verb_option *tables[4];
    option_tables(v, tables);
    for (int i = 0; tables[i]; i++)
        for (const struct verb_option *o = tables[i]; o->name; o++)
            if (letter != 0 && o->letter == letter)
                return o;
    return NULL;
}

const struct field *verbs_field(const struct verb *v, const char *name)
{
    if (!v->fields)
        return NULL;
    const struct field *f = field_find(v->fields(), name);
    return f && !(f->flags & FIELD_NOT_CLI) ? f : NULL;
}

char *verbs_field_option(const struct field *f)
{
    return g_strdelimit(g_strdup(f->key), "_", '-');
}

/* Takes `words` (of char *), returns a copy of the nearest one. */
static char *nearest_of(GPtrArray *words, const char *word)
{
    g_ptr_array_add(words, NULL);
    char *near = g_strdup(text_nearest(word, (const char *const *)words->pdata));
    g_ptr_array_unref(words);
    return near;
}

char *verbs_nearest_noun(const char *word)
{
    GPtrArray *words = g_ptr_array_new();
    for (const struct verb_noun *n = verbs_nouns(); n->noun; n++)
        g_ptr_array_add(words, (char *)n->noun);
    return nearest_of(words, word);
}

char *verbs_nearest_verb(const char *noun, const char *word)
{
    GPtrArray *words = g_ptr_array_new();
    for (const struct verb *v = verbs_all(); v->noun; v++)
        if (strcmp(v->noun, noun) == 0 && v->verb)
            g_ptr_array_add(words, (char *)v->verb);
    return nearest_of(words, word);
}

char *verbs_nearest_option(const struct verb *v, const char *name)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    const struct verb_option *tables[4];
    option_tables(v, tables);
    for (int i = 0; tables[i]; i++)
        for (const struct verb_option *o = tables[i]; o->name; o++)
            if (o->help)
                g_ptr_array_add(words, g_strdup(o->name));
    for (const struct field *f = v->fields ? v->fields() : NULL; f && f->key; f++)
        if (!(f->flags & FIELD_NOT_CLI))
            g_ptr_array_add(words, verbs_field_option(f));
    return nearest_of(words, name);
}

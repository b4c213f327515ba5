/*
 * Makes the manual page: prints the file named on its command line with the lines @COMMANDS@ and
 * @KEYS@ replaced by what the tables of verbs, fields and keys say. Runs at build time and is not
 * installed. The prose around them is in crier.1.in.
 */
#include "config.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "app/verbs.h"
#include "tui/help.h"

/* A minus, an apostrophe, a caret, a tilde, a backslash and an ellipsis are not themselves in
 * troff, and a dot at the start of a line is a request. Caller frees. */
static char *troff(const char *text)
{
    g_autoptr(GString) s = g_string_new(text);
    g_string_replace(s, "\\", "\\e", 0);
    g_string_replace(s, "…", "...", 0);
    g_string_replace(s, "-", "\\-", 0);
    g_string_replace(s, "'", "\\(aq", 0);
    g_string_replace(s, "^", "\\(ha", 0);
    g_string_replace(s, "~", "\\(ti", 0);
    if (s->str[0] == '.')
        g_string_prepend(s, "\\&");
    return g_string_free(g_steal_pointer(&s), FALSE);
}

/* Help texts are written without a capital and a full stop, for lists; a page has sentences. */
static void put_sentence(const char *help)
{
    g_autofree char *text = troff(help);
    text[0] = g_ascii_toupper(text[0]);
    printf("%s.\n", text);
}

static void put_option(char letter, const char *name, const char *argument, const char *help)
{
    g_autofree char *name_troff = troff(name);
    g_autofree char *help_troff = troff(help);
    printf(".TP\n");
    if (letter)
        printf("\\fB\\-%c\\fR, ", letter);
    printf("\\fB\\-\\-%s\\fR", name_troff);
    if (argument) {
        g_autofree char *argument_troff = troff(argument);
        printf(" \\fI%s\\fR", argument_troff);
    }
    printf("\n%s\n", help_troff);
}

static void put_options(const struct verb_option *table)
{
    for (const struct verb_option *o = table; o && o->name; o++) {
        if (!o->refusal)
            put_option(o->letter, o->name, o->argument, o->help);
    }
}

static void put_fields(const struct field *table)
{
    for (const struct field *f = table; f && f->key; f++) {
        if (f->flags & FIELD_NOT_CLI)
            continue;
        g_autofree char *name = verbs_field_option(f);
        g_autofree char *choices = f->choices ? g_strjoinv("|", (char **)f->choices) : NULL;
        put_option(0, name, choices ? choices : "VALUE", f->help);
    }
}

static void put_verb(const struct verb *v)
{
    g_autofree char *usage = troff(v->usage);
    g_autofree char *example = troff(v->example);
    printf(".TP\n\\fBcrier %s%s%s\\fR %s\n", v->noun, v->verb ? " " : "",
           v->verb ? v->verb : "", usage);
    put_sentence(v->help);
    printf(".RS\n");
    put_options(v->options);
    put_fields(v->fields ? v->fields() : NULL);
    printf(".PP\nExample:\n.B %s\n.RE\n", example);
}

static void put_commands(void)
{
    for (const struct verb_noun *n = verbs_nouns(); n->noun; n++) {
        printf(".SS crier %s\n", n->noun);
        put_sentence(n->help);
        for (const struct verb *v = verbs_all(); v->noun; v++) {
            if (strcmp(v->noun, n->noun) == 0)
                put_verb(v);
        }
    }
}

static void put_section(const char *name, void *data)
{
    (void)data;
    g_autofree char *name_troff = troff(name);
    printf(".SS %s\n", name_troff);
}

static void put_key(const char *keys, const char *text, void *data)
{
    (void)data;
    g_autofree char *keys_troff = troff(keys);
    printf(".TP\n\\fB%s\\fR\n", keys_troff);
    put_sentence(text);
}

static void put_keys(void)
{
    static const struct help_calls calls = {put_section, put_key};
    help_each_key(&calls, NULL);
}

static const struct {
    const char *line;
    void (*put)(void);
} places[] = {
    {"\n@COMMANDS@\n", put_commands},
    {"\n@KEYS@\n", put_keys},
};

int main(int argc, char **argv)
{
    g_autofree char *page = NULL;
    g_autoptr(GError) error = NULL;
    if (argc != 2 || !g_file_get_contents(argv[1], &page, NULL, &error)) {
        fprintf(stderr, "make_manual: %s\n", error ? error->message : "name one file");
        return 1;
    }
    const char *rest = page;
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        const char *place = strstr(rest, places[i].line);
        if (!place) {
            fprintf(stderr, "make_manual: %s: no line%s", argv[1], places[i].line);
            return 1;
        }
        printf("%.*s\n", (int)(place - rest), rest);
        places[i].put();
        rest = place + strlen(places[i].line);
    }
    printf("%s", rest);
    return fflush(stdout) == 0 ? 0 : 1;
}

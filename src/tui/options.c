/*
 * Options of the screens. The environment decides what is not said: NO_COLOR, TERM, the charset,
 * CRIER_ACCESSIBLE.
 */
#include "config.h"

#include "tui/options.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

enum option { OPT_WORKSPACE, OPT_AS, OPT_ACCESSIBLE, OPT_THEME, OPT_GLYPHS, OPT_COLOR, OPT_MOUSE };

static const struct {
    const char *name, *letter;
    gboolean has_value;
} known[] = {
    [OPT_WORKSPACE] = {"--workspace", "-w", TRUE}, [OPT_AS] = {"--as", NULL, TRUE},
    [OPT_ACCESSIBLE] = {"--accessible", NULL, FALSE}, [OPT_THEME] = {"--theme", NULL, TRUE},
    [OPT_GLYPHS] = {"--glyphs", NULL, TRUE},       [OPT_COLOR] = {"--color", NULL, TRUE},
    [OPT_MOUSE] = {"--mouse", NULL, FALSE},
};

static int find(const char *word, const char **ret_value)
{
    *ret_value = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        gsize len = strlen(known[i].name);
        if (strcmp(word, known[i].name) == 0 ||
            (known[i].letter && strcmp(word, known[i].letter) == 0))
            return (int)i;
        if (known[i].has_value && strncmp(word, known[i].name, len) == 0 && word[len] == '=') {
            *ret_value = word + len + 1;
            return (int)i;
        }
        if (known[i].letter && g_str_has_prefix(word, known[i].letter) && word[1] != '-') {
            *ret_value = word + 2;
            return (int)i;
        }
    }
    return -1;
}

static gboolean take_name(const char *option, const char *value, const char *const *names,
                          int *ret, GError **error)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], value) == 0) {
            *ret = i;
            return TRUE;
        }
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    g_autofree char *shown = text_safe(value, -1, 60);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("%s: '%s' is none of %s"), option,
                shown, all);
    return FALSE;
}

static gboolean take_color(const char *value, int *theme, GError **error)
{
    static const char *const names[] = {"never", "auto", "always", NULL};
    int n = 0;
    if (!take_name("--color", value, names, &n, error))
        return FALSE;
    if (n == 0)
        *theme = THEME_MONO;
    return TRUE;
}

static gboolean take(struct ui_options *o, enum option option, const char *value,
                     GError **error)
{
    switch (option) {
    case OPT_WORKSPACE:
        o->workspace = value;
        return TRUE;
    case OPT_AS:
        o->actor = value;
        return TRUE;
    case OPT_ACCESSIBLE:
        o->is_accessible = TRUE;
        return TRUE;
    case OPT_THEME:
        return take_name("--theme", value, term_theme_names(), &o->term.theme, error);
    case OPT_GLYPHS:
        return take_name("--glyphs", value, term_glyphs_names(), &o->term.glyphs, error);
    case OPT_COLOR:
        return take_color(value, &o->term.theme, error);
    case OPT_MOUSE:
        o->term.has_mouse = TRUE;
        return TRUE;
    }
    return FALSE;
}

gboolean options_parse(int argc, char **argv, struct ui_options *ret, GError **error)
{
    const char *accessible = g_getenv("CRIER_ACCESSIBLE");
    *ret = (struct ui_options){.term = {.theme = -1, .glyphs = -1},
                               .is_accessible = accessible && *accessible};
    for (int i = 1; i < argc; i++) {
        const char *value;
        int option = find(argv[i], &value);
        if (option < 0 || (known[option].has_value && !value && i + 1 >= argc))
            return FALSE;
        if (known[option].has_value && !value)
            value = argv[++i];
        if (!take(ret, (enum option)option, value, error))
            return FALSE;
    }
    return TRUE;
}

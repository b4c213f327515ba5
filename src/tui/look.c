/* The person's own look of the screens, in the file of small choices. */
#include "config.h"

#include "tui/look.h"

#include <string.h>

#include "tui/prefs.h"

#define GROUP "screens"
#define AUTO "auto"

const char *const *look_glyph_words(void)
{
    static const char *words[GLYPHS_COUNT + 2] = {AUTO};
    for (int i = 0; i < GLYPHS_COUNT; i++)
        words[i + 1] = term_glyphs_names()[i];
    return words;
}

/* -1: not said, "auto" or a word that we do not know. */
static int name_of(const char *key, const char *const *names)
{
    g_autofree char *value = prefs_get(GROUP, key);
    for (int i = 0; value && strcmp(value, AUTO) != 0 && names[i]; i++)
        if (strcmp(names[i], value) == 0)
            return i;
    return -1;
}

void look_read(struct look *ret)
{
    *ret = (struct look){.theme = name_of("theme", term_theme_names()),
                         .glyphs = name_of("glyphs", term_glyphs_names()),
                         .has_mouse = prefs_get_bool(GROUP, "mouse", FALSE),
                         .is_accessible = prefs_get_bool(GROUP, "accessible", FALSE)};
}

gboolean look_write(const struct look *l, GError **error)
{
    const char *theme = l->theme >= 0 ? term_theme_names()[l->theme] : NULL;
    const char *glyphs = l->glyphs >= 0 ? term_glyphs_names()[l->glyphs] : NULL;
    return prefs_set(GROUP, "theme", theme, error) && prefs_set(GROUP, "glyphs", glyphs, error) &&
           prefs_set(GROUP, "mouse", l->has_mouse ? "yes" : NULL, error) &&
           prefs_set(GROUP, "accessible", l->is_accessible ? "yes" : NULL, error);
}

void look_complete(struct ui_options *o)
{
    struct look l;
    const char *no_color = g_getenv("NO_COLOR");
    look_read(&l);
    if (o->term.theme < 0 && !(no_color && *no_color))
        o->term.theme = l.theme;
    if (o->term.glyphs < 0)
        o->term.glyphs = l.glyphs;
    o->term.has_mouse = o->term.has_mouse || l.has_mouse;
    o->is_accessible = o->is_accessible || l.is_accessible;
}

void look_apply(struct ui *ui, const struct look *l)
{
    const struct term_options o = {
        .theme = l->theme, .glyphs = l->glyphs, .has_mouse = l->has_mouse};
    ui_set_look(ui, &o, l->is_accessible);
}

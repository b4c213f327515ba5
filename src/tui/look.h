/*
 * How the screens look and behave, as the person wants it everywhere: theme, signs, mouse,
 * accessible mode. Kept by prefs.h; the command line and the environment go before it.
 */
#ifndef CRIER_TUI_LOOK_H
#define CRIER_TUI_LOOK_H

#include <glib.h>

#include "tui/ui.h"

struct look {
    int theme, glyphs; /* as in struct term_options; -1: as the terminal is */
    gboolean has_mouse, is_accessible;
};
/* As it is kept. */
void look_read(struct look *ret);
gboolean look_write(const struct look *l, GError **error);

/* What the command line and the environment left open, before the terminal is opened. */
void look_complete(struct ui_options *o);
/* At once, on the screen as it is. */
void look_apply(struct ui *ui, const struct look *l);

/* "auto" and the names of glyph sets, NULL-ended. */
const char *const *look_glyph_words(void);

#endif

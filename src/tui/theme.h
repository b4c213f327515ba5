/* A theme of the person's own: colours by role, in a file. */
#ifndef CRIER_TUI_THEME_H
#define CRIER_TUI_THEME_H

#include <glib.h>

#include "tui/term.h"

/*
 * Reads libconfig: roles = { title = { fg = 231; bg = 24; bold = true; }; error = { fg = 1; }; };
 * with fg and bg 0…255 (left out: the terminal's own), bold, reverse and underline; roles that it
 * does not name are as in the theme "auto". CRIER_ERROR_INVALID names file, line and the nearest
 * role; the theme "own" is then "auto". That there is no file is fine.
 */
gboolean theme_load(const char *path, GError **error);
void theme_forget(void);

#endif

/* The words behind `crier` when no verb follows. */
#ifndef CRIER_TUI_OPTIONS_H
#define CRIER_TUI_OPTIONS_H

#include <glib.h>

#include "tui/ui.h"

/*
 * TRUE: these words ask for the screens (none, or only -w, --as, --accessible, --theme, --glyphs,
 * --color, --mouse). FALSE without an error: they are for the command line. FALSE with
 * CRIER_ERROR_USAGE: one of the screens' options with a value it does not take. Borrows from
 * argv.
 */
gboolean options_parse(int argc, char **argv, struct ui_options *ret, GError **error);

#endif

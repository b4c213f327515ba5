/*
 * The command line behind ':': the verbs of `crier`, the screens, and the actions of the view in
 * front, completed while typing. What the command line of the program does is done by it, in a
 * child; what a screen asks about before doing it goes to that screen.
 */
#ifndef CRIER_TUI_PALETTE_H
#define CRIER_TUI_PALETTE_H

#include <glib.h>

#include "tui/ui.h"
#include "tui/view.h"

/* `text` (may be NULL) is there at first. */
void palette_open(struct view *front, const char *text);

/* Runs a line as if it had been typed there: "campaign report spring". */
void palette_run(struct view *front, const char *line);

/*
 * Commands of the screens alone (quit, about), and verbs that a screen has a way of its own for,
 * with its questions: a row in palette_routes.c. `args` are the words behind, NULL-ended. FALSE:
 * the error says why not.
 */
struct palette_route {
    const char *words; /* "campaign start" */
    const char *help;  /* N_(); NULL: it is a verb, which has its own */
    gboolean (*open)(struct ui *ui, const char *const *args, GError **error);
    gboolean is_for_name; /* only with one name behind it; else the verb itself is meant */
};
const struct palette_route *palette_routes(void); /* ends with words NULL */

const struct view_ops *palette_view(void); /* for the table of views */

#endif

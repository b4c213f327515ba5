/*
 * What can be done here and how: `?`, a menu of actions that runs what it lists, and F1, the
 * manual. Both are made from the tables of actions, screens and verbs.
 */
#ifndef CRIER_TUI_HELP_H
#define CRIER_TUI_HELP_H

#include "tui/ui.h"
#include "tui/view.h"

/* `?`: the actions of `front`, then those of everywhere. */
void help_open(struct view *front);
/* F1: the manual, opened at what it says of `front` (may be NULL: at the top). */
void help_manual(struct ui *ui, const struct view *front);
/* Its text: screens, keys of each view, words, the command line. `width` columns. Caller frees. */
char *help_manual_text(int width);

/* All keys there are, section by section, as the tables have them: for the manual page, too.
 * `section` has a view's name, or one of "everywhere", "lists", "forms", "texts"; texts are not
 * translated. Either may be NULL. */
struct help_calls {
    void (*section)(const char *name, void *data);
    void (*key)(const char *keys, const char *text, void *data);
};
void help_each_key(const struct help_calls *calls, void *data);

/* The name of what works everywhere in the file of a person's own keys. */
#define HELP_GLOBAL "global"
/* FALSE: a key of a screen that is not there yet. `view` is the name that the keys file has. */
gboolean help_is_there(const char *view, const struct action *a);
const struct view_ops *help_view(void); /* for the table of views */

#endif

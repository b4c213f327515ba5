/*
 * What can be done, as rows: key bar, the menu behind '?', the command line behind ':',
 * remapping and the manual are made from them.
 */
#ifndef CRIER_TUI_ACTION_H
#define CRIER_TUI_ACTION_H

#include <glib.h>

#include "tui/term.h"

struct view;

struct action {
    const char *name;  /* "pause": the keys file says view.pause = "P" */
    guint32 key;       /* as shipped */
    guint32 alias;     /* a second key, or 0; not shown in the bar */
    const char *label; /* N_(): one or two words for the key bar; NULL: not in the bar */
    const char *help;  /* N_(): a short sentence for '?' and the manual */
    const char *group; /* N_(): the heading in '?'; NULL: as the row above */
    const char *verb;  /* the words of the command line that do the same; may be NULL */
    /* Why it cannot be done now, one short sentence (static or valid until the next call);
     * NULL: it can be done. May itself be NULL: always. */
    const char *(*why_not)(struct view *v);
    void (*run)(struct view *v);
};

/* The key in force: the person's own, else the row's. `view` is the view's name. */
guint32 action_key(const char *view, const struct action *a);

/* A person's own key (keys.h reads them) for an action of a view. */
void action_set_key(const char *view, const char *action, guint32 key);
void action_forget_keys(void);

/* The row of a table (ends with name NULL) whose key or alias is `key`; NULL: none. */
const struct action *action_of_key(const char *view, const struct action *table, guint32 key);

#endif

/*
 * A whole screen to write a long text in: the plain text area, with the person's own editor and
 * a menu of merge fields one key away. What is typed goes to whoever opened it at every save,
 * and when it is closed: nothing has to be saved twice.
 */
#ifndef CRIER_TUI_TEXT_EDIT_H
#define CRIER_TUI_TEXT_EDIT_H

#include <glib.h>

#include "tui/view.h"

struct text_edit_arg {
    const char *title;  /* copied */
    const char *text;   /* to begin with; copied */
    const char *suffix; /* of the editor's file: ".md"; static */
    gboolean has_markdown;
    /* Gets the text: on ^S, when it is closed, and every few seconds while it is changed. */
    void (*take)(void *data, const char *text);
    /* Names of merge fields, NULL-ended; caller frees. May be NULL: no menu. */
    char **(*fields)(void *data);
    /* ^T: "send me this"; after take(). May be NULL. */
    void (*test)(void *data);
    void *data; /* borrowed; outlives the view */
};
const struct view_ops *text_edit_view(void);

#endif

/*
 * One line of text that is being edited: the field of a form, of a dialog, of ':' and '/'.
 * What it keeps is valid UTF-8 without controls, at most `max_bytes` long; the cursor stands
 * between graphemes, never in one.
 *
 * Keys: text; Left Right, ^Left ^Right a word, Home End ^A ^E; Backspace Delete ^D, ^W the word
 * before, ^U all before, ^K all behind, ^Y puts back what ^W ^U ^K took; ^_ undoes, ^R does it
 * again; ^T shows a secret. A paste keeps its text: line ends and tabs become blanks, controls
 * are left out, too much is cut.
 */
#ifndef CRIER_TUI_INPUT_H
#define CRIER_TUI_INPUT_H

#include <glib.h>

#include "tui/draw.h"
#include "tui/term.h"
#include "tui/undo.h"

struct input {
    GString *text;
    gsize cursor; /* byte in `text` */
    gsize scroll; /* first byte shown; input_show() moves it */
    gsize max_bytes;
    gboolean is_secret;   /* set after input_init() */
    gboolean is_revealed; /* a secret is shown; ^T */
    char *cut;            /* owned; for ^Y; NULL: nothing was cut */
    struct undo undo;
};

enum input_did {
    INPUT_IGNORED, /* not a key of an input */
    INPUT_MOVED,   /* taken; the text is the same (also: nothing to do, no room) */
    INPUT_CHANGED
};

#define INPUT_MAX_DEFAULT 1000

void input_init(struct input *in, gsize max_bytes); /* 0: INPUT_MAX_DEFAULT */
void input_clear(struct input *in);                 /* wipes the text */

/* Replaces everything and forgets what can be undone; the cursor stands at the end. Bytes that
 * cannot stand in an input are left out; too long a text is cut between graphemes. */
void input_set(struct input *in, const char *text);
const char *input_text(const struct input *in); /* "" when empty; valid until it changes */
gboolean input_is_empty(const struct input *in);
gsize input_chars(const struct input *in); /* characters, as a person counts them */

enum input_did input_event(struct input *in, const struct term_event *e);
/* Puts `text` at the cursor as a paste would; undone in one step. */
enum input_did input_insert(struct input *in, const char *text);

/*
 * What is seen of it in `w` cells: cut at both ends with signs, the cursor in sight. The cursor
 * needs a cell behind the text. `*ret_cursor` is its cell, 0 … w-1. A secret is as many `*`
 * as any other secret. Caller frees.
 */
char *input_show(struct input *in, int w, int *ret_cursor);

/* Draws it at x, y in `w` cells of `role` (ROLE_INPUT, ROLE_INPUT_ERROR …); a focused one has
 * the hardware cursor. The empty part is underscores where the role cannot underline. */
void input_draw(struct input *in, struct rect r, int x, int y, int w, enum term_role role,
                gboolean is_focused);

#endif

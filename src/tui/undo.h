/*
 * What was done to a text and how to take it back: a list of replacements. Typing is one step a
 * word. Knows no text itself: the owner puts back what a step says.
 */
#ifndef CRIER_TUI_UNDO_H
#define CRIER_TUI_UNDO_H

#include <glib.h>

/* At `line`, byte `at`, `removed` gave way to `inserted`. Neither is NULL; either may have
 * newlines. */
struct undo_edit {
    gsize line, at;
    char *removed, *inserted;     /* owned */
    gsize cursor_line, cursor_at; /* where the cursor stood before */
};

struct undo {
    GPtrArray *edits; /* owned; of struct undo_edit; NULL before the first */
    guint done;       /* those before it are done, the others were taken back */
    gsize bytes;      /* of all their texts */
    gsize max_bytes;  /* the oldest go when there are more */
    gboolean is_open; /* the last one may take up more typing */
};

void undo_init(struct undo *u, gsize max_bytes);
/* Also wipes the texts: they may be a password's. */
void undo_clear(struct undo *u);

/* An edit that is being done. Typing that goes on where the last edit ended is joined to it, a
 * word at a time, and so is rubbing out. Drops what was taken back. */
void undo_note(struct undo *u, const struct undo_edit *e);
/* What comes next is a step of its own: the cursor was moved. */
void undo_break(struct undo *u);

/* The edit to take back (put `removed` where `inserted` is), or to do again; NULL: none. Valid
 * until the next call. */
const struct undo_edit *undo_back(struct undo *u);
const struct undo_edit *undo_again(struct undo *u);

#endif

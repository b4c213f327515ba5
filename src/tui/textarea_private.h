/*
 * What the files of the text area share: lines, edits, and where long lines are folded.
 */
#ifndef CRIER_TUI_TEXTAREA_PRIVATE_H
#define CRIER_TUI_TEXTAREA_PRIVATE_H

#include "tui/textarea.h"

struct textarea_line {
    char *text; /* owned; NULL: empty */
    guint32 len, chars, words;
};

const struct textarea_line *area_line(const struct textarea *t, gsize line);
const char *area_line_text(const struct textarea *t, gsize line);
gsize area_line_len(const struct textarea *t, gsize line);
gsize area_last_line(const struct textarea *t);

/* ---- edits (textarea_edit.c) ---- */

/* Text that may stand here: LF line ends, no other controls than tabs. Caller frees. */
char *area_fitting(const char *text);
/* The text between two places. Caller frees. */
char *area_between(const struct textarea *t, struct textarea_place from,
                   struct textarea_place to);
/* `from` … `to` gives way to `text`, with the cursor behind it; FALSE: no room, nothing is
 * changed. area_edit() can be undone, area_swap() is what undo itself uses. */
gboolean area_edit(struct textarea *t, struct textarea_place from, struct textarea_place to,
                   const char *text);
void area_swap(struct textarea *t, struct textarea_place from, struct textarea_place to,
               const char *text);
enum input_did area_undo(struct textarea *t);
enum input_did area_redo(struct textarea *t);
enum input_did area_cut_line(struct textarea *t);
enum input_did area_put_cut(struct textarea *t);

/* ---- rows on the screen (textarea_fold.c) ---- */

/* Where the row that begins at `from` ends and the next begins, for `w` cells, the last of
 * which is kept for the cursor and for the blank at the end of a row. `len`: it is the last. */
gsize area_fold(const char *text, gsize len, gsize from, int w);
/* The cells from `from` to `to` in a row that begins at `from`. */
int area_cells(const char *text, gsize from, gsize to);

struct textarea_fold *area_folds_new(void);
void area_folds_free(struct textarea_fold *folds);
/* A line changed from byte `at` on, or lines came and went. */
void area_folds_changed(struct textarea *t, gsize line, gsize at);
void area_folds_forget(struct textarea *t);

/* The row that a place is in, as the place that it begins at. */
struct textarea_place area_row_of(struct textarea *t, struct textarea_place p);
/* The rows before and behind a row; FALSE: there is none. */
gboolean area_row_next(struct textarea *t, struct textarea_place *row);
gboolean area_row_back(struct textarea *t, struct textarea_place *row);
/* Where the row ends: the next row of its line begins there, or the line ends. */
gsize area_row_end(struct textarea *t, struct textarea_place row);

/* ---- the cursor (textarea_move.c) ---- */

void area_go(struct textarea *t, struct textarea_place to);
/* Moves `top` so that the cursor is in `h` rows of `w` cells. */
void area_follow(struct textarea *t, int w, int h);
/* The function of a key that only moves; NULL: it is none. */
void (*area_move_of(guint32 key))(struct textarea *t);

#endif

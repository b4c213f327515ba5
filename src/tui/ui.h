/*
 * The terminal UI as a whole: the loop, the stacks of views, the frame, the message row, what is
 * polled. Views call these; nothing here knows a particular screen.
 */
#ifndef CRIER_TUI_UI_H
#define CRIER_TUI_UI_H

#include <glib.h>

#include "app/status.h"
#include "base/loop.h"
#include "store/db.h"
#include "store/workspace.h"
#include "tui/view.h"

struct ui_options {
    struct term_options term;
    gboolean is_accessible; /* words instead of pictures, no live redraw */
    const char *workspace;  /* -w, or NULL */
    const char *actor;      /* --as, or NULL */
};

/* The whole life of `crier` without a verb. Returns the exit code; errors before the screen is
 * taken are printed. */
int ui_main(const struct ui_options *o);

/* ---- what views work with ---- */

struct db *ui_db(struct ui *ui);
const struct workspace *ui_workspace(struct ui *ui);
struct loop *ui_loop(struct ui *ui);
gint64 ui_now_us(struct ui *ui); /* wall; a test may hold it still */
gboolean ui_is_accessible(struct ui *ui);
/* Colours, signs, mouse and the accessible mode, from now on. */
void ui_set_look(struct ui *ui, const struct term_options *term, gboolean is_accessible);
/* What goes on, read when data changed; never NULL once the UI runs. Borrowed until the next
 * load(). */
const struct status *ui_status(struct ui *ui);

/* ---- views ---- */

/* Covers the screen in front. NULL when open() failed (the message row says why). */
struct view *ui_push(struct ui *ui, const struct view_ops *ops, const void *arg);
/* Closes `v` and what lies above it, without asking. The views below get load(). */
void ui_close(struct view *v);
/* Goes to screen `number` (1…9), as it was left. */
void ui_go(struct ui *ui, int number);
/* To that screen with a fresh stack and this view above its root (ops NULL: only the root). */
struct view *ui_go_to(struct ui *ui, int number, const struct view_ops *ops, const void *arg);
gboolean ui_is_in_front(const struct view *v);
void ui_redraw(struct ui *ui); /* draw a frame soon; cheap, any number of times */
/* Everything on screen reads its data anew: after a change of our own. */
void ui_reload(struct ui *ui);
/* Ends the program; views that may not close are asked first unless `force`. */
void ui_quit(struct ui *ui, gboolean force);
/*
 * The cursor of a list was moved by a key, and a pane beside it follows: the frame of the key shows
 * the cursor at once, and the pane comes with a live frame behind it, which a slow line puts off.
 * A view that draws such a pane leaves it as it stands (draw_keep()) while ui_is_moving().
 */
void ui_moved(struct ui *ui);
gboolean ui_is_moving(struct ui *ui);
/* Work in slices: it goes on by itself and will bring more frames. `by` is 1 when it begins and
 * -1 when it ends, also when it is given up; a test waits for its end. */
void ui_busy(struct ui *ui, int by);
/* Time is moved by hand, for a test: what is put off for a while would come at any moment. */
gboolean ui_is_stepped(struct ui *ui);

/* ---- the message row ---- */

/* A sentence, until the next key that changes something, or 8 s. */
void ui_say(struct ui *ui, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* An error, red; takes `error` and frees it. NULL is fine. */
void ui_fail(struct ui *ui, GError *error);
void ui_fail_text(struct ui *ui, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* What became of a draft; NULL: it is kept. Takes `error`. A person is told when it goes on. */
void ui_drafted(struct ui *ui, GError *error);
/* As ui_say(), and `u` takes it back by `undo`, as long as the sentence stands (60 s). `data` is
 * freed by `free_data` (may be NULL). */
void ui_say_undo(struct ui *ui, const char *sentence,
                 void (*undo)(struct ui *ui, void *data), void *data,
                 GDestroyNotify free_data);

/* What `u` does: takes back what the sentence says, or says that there is nothing. */
void ui_undo(struct ui *ui);

/* ---- outside of us ---- */

/* Gives the terminal to the person's editor ($VISUAL, $EDITOR) with `*text` in a private file
 * with this suffix (".md"), waits, and takes it back. FALSE: the editor is missing or failed, or
 * left text that cannot be used (not UTF-8, too large): the error says so and where the text
 * lies, and `*text` is as it was. */
gboolean ui_edit(struct ui *ui, const char *suffix, char **text, gboolean *ret_changed,
                 GError **error);
/* OSC 52, and a file in the workspace for terminals that do not take it; says which. */
void ui_copy(struct ui *ui, const char *text);

/* Starts a worker in the background unless one runs, and says so. */
gboolean ui_start_worker(struct ui *ui, GError **error);
/* Makes a running worker look at once. */
void ui_nudge(struct ui *ui);

/* Type-ahead must not reach what was just put on screen: calls `ready` once the terminal has
 * taken the frame that shows it (or after 2 s), with all keys typed before thrown away. */
void ui_when_shown(struct ui *ui, struct view *v, void (*ready)(struct view *v));

#endif

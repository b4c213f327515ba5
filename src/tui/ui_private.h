/* Inside the UI's core only: its state, and what its files call of each other. */
#ifndef CRIER_TUI_UI_PRIVATE_H
#define CRIER_TUI_UI_PRIVATE_H

#include <glib.h>
#include <sys/stat.h>

#include "tui/screens.h"
#include "tui/ui.h"

#define UI_MIN_COLUMNS 40
#define UI_MIN_ROWS 12
#define UI_TABS_COLUMNS 80 /* narrower terminals have no tabs */

struct ui_message {
    char *text; /* owned; NULL: none */
    enum term_role role;
    gint64 until_us; /* monotonic */
    void (*undo)(struct ui *ui, void *data);
    void *data; /* owned with free_data */
    GDestroyNotify free_data;
};

struct ui_waiting { /* a view that takes no key before it has been seen */
    struct view *view;
    void (*ready)(struct view *v);
    guint64 frame; /* shown by this question; 0: not drawn yet */
    gint64 since_us;
};

struct ui {
    struct workspace *ws; /* owned */
    struct db *db;        /* owned; NULL while it cannot be opened */
    struct loop *loop;    /* owned */
    struct ui_options options;
    struct status *status; /* owned */
    gint64 data_version;
    struct stat db_file; /* when it was opened */
    int exit_code;
    gboolean is_ending;

    /* views */
    struct view *front[SCREENS_COUNT + 1]; /* owned stacks, by screen */
    int screen, screen_before;
    struct view *dialog; /* owned stack */
    GPtrArray *closed;   /* owned; of struct view *: freed when no call is on its way in them */

    /* frames */
    gboolean is_dirty;      /* a key or data wants a frame */
    gboolean is_live_dirty; /* only a tick wants one */
    gboolean is_moving;     /* the next frame is of a cursor; what follows it comes behind */
    guint64 asked, answered; /* questions to the terminal and its answers */
    gint64 asked_us;
    int unanswered;     /* in a row; two: it does not answer, and is not asked any more */
    GArray *waiting;    /* owned; of struct ui_waiting */
    gint64 shown_minute; /* of the title's clock */

    struct ui_message message;
    int n_tasks;
    int n_busy; /* work in slices that is not done */
    gint64 saved_us; /* when drafts were last saved; monotonic */
    int drafts_lost; /* in a row */
    struct loop_timer *tick_timer;
    struct loop_watch *input_watch;
    int worker_fd; /* a descriptor of its process; -1: none */
    gint64 worker_pid;
    struct loop_watch *worker_watch;

    /* tests: CRIER_TEST */
    gboolean is_test, owes_mark;
    guint64 marks;
    const char *sync_path;
};

/* ui.c */
void ui_load_status(struct ui *ui);

/* ui_worker.c: after each ui_load_status(); at the end. */
void ui_watch_worker(struct ui *ui);
void ui_unwatch_worker(struct ui *ui);

/* ui_stack.c */
struct view *ui_front(struct ui *ui); /* the dialog or screen that takes the keys */
void ui_free_closed(struct ui *ui);
void ui_close_all(struct ui *ui);
gboolean ui_may_close(struct view *v);
void ui_back(struct ui *ui, gboolean may_quit);
void ui_each_view(struct ui *ui, void (*call)(struct view *v));

/* ui_input.c */
void ui_take_input(struct ui *ui);
const struct action *ui_global_actions(void);
const struct view *ui_is_blocked(struct ui *ui); /* the view in front waits to be seen */

/* frame.c */
void frame_draw(struct ui *ui);
/* The number of the screen whose tab is at this place of the terminal; 0: none. */
int frame_tab_at(struct ui *ui, int x, int y);

/* ui_show.c: frames, questions, marks */
void ui_show(struct ui *ui);
gint64 ui_patience_us(struct ui *ui); /* how long the loop may wait for events; -1: for ever */
void ui_answered(struct ui *ui);
void ui_look_at_waiting(struct ui *ui);
void ui_mark_if_idle(struct ui *ui);

/* ui_outside.c */
void ui_suspend(struct ui *ui);

/* ui_message.c */
void ui_message_clear(struct ui *ui);
void ui_message_expire(struct ui *ui, gint64 now_us);
gboolean ui_message_undo(struct ui *ui);

/* task.c */
void task_drop_all(struct ui *ui);

#endif

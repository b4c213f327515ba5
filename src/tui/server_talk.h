/*
 * A test of a server or a mailbox in a child, with its steps and the talk as it comes. A plain
 * struct in the state of a view.
 */
#ifndef CRIER_TUI_SERVER_TALK_H
#define CRIER_TUI_SERVER_TALK_H

#include <glib.h>

#include "tui/pager.h"
#include "tui/task.h"
#include "tui/view.h"

struct server_talk {
    struct ui *ui;
    struct pager pager;
    struct task *task;  /* owned while it runs */
    char *verdict;      /* owned; one sentence, NULL: not tested yet */
    gboolean is_ok;
    gboolean has_lines;
};
void server_talk_init(struct server_talk *t, struct ui *ui);
void server_talk_clear(struct server_talk *t);
/* Begins; a test that runs goes on. `from`: whose mail it is asked to take; NULL: that of the
 * campaigns that use it, or the address that the setup asked for. */
void server_talk_start(struct server_talk *t, const char *server, const char *from);
void server_talk_start_mailbox(struct server_talk *t, const char *mailbox);
/* TRUE: one was running and is told to stop. */
gboolean server_talk_stop(struct server_talk *t);
void server_talk_draw(struct server_talk *t, struct rect r);
/* Draws it beside a form, or below one in narrow terminals, if there is any; the rest of `r`,
 * which is the form's. */
struct rect server_talk_beside(struct server_talk *t, struct rect r);

/* ---- in the pane of a table's current row ---- */

struct table;

/* The table with `draw_detail` in the pane beside it, or below it in narrow terminals, where it
 * has `rows` rows, and more while there is a talk. `has_detail`: there is something to show. */
void server_talk_draw_table(struct server_talk *t, struct table *table, struct view *v,
                            struct rect r, gboolean has_detail, int rows,
                            void (*draw_detail)(struct view *v, struct rect r));
/* The same in words. */
void server_talk_draw_table_plain(struct server_talk *t, struct table *table, struct rect r);
/* At the end of a pane, from row `y` on. */
void server_talk_draw_below(struct server_talk *t, struct rect r, int y);
/* The cursor has moved: a talk that is over was of another row. */
void server_talk_moved(struct server_talk *t);
/* For the action of Esc: stops a test, else puts its talk away. */
void server_talk_put_away(struct server_talk *t);
const char *server_talk_why_not(const struct server_talk *t);

#endif

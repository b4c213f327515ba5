/*
 * A test of a server or a mailbox in a child, with its steps and the talk as it comes. A plain
 * struct in the state of a view.
 */
#ifndef CRIER_TUI_SERVER_TALK_H
#define CRIER_TUI_SERVER_TALK_H

#include <glib.h>

#include "tui/pager.h"
#include "tui/task.h"

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

#endif

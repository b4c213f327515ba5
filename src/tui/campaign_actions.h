/*
 * What is done to campaigns from several screens, with the questions that belong to it. Each
 * says in the message row what happened and what is left; changed rows are seen by the worker.
 */
#ifndef CRIER_TUI_CAMPAIGN_ACTIONS_H
#define CRIER_TUI_CAMPAIGN_ACTIONS_H

#include <glib.h>

#include "model/campaign.h"
#include "tui/ui.h"

/* P: pauses what is being sent at once (`u` lets it go on); asks before letting a paused or held
 * one go on. `asked_by` is the key that led here, 0 for none. */
void campaign_pause_or_resume(struct ui *ui, const char *name, guint32 asked_by);
void campaign_pause(struct ui *ui, const char *name);
void campaign_pause_all(struct ui *ui);
void campaign_resume(struct ui *ui, const char *name, guint32 asked_by);
/* X: for good, after the number of people who will not get it was typed. */
void campaign_cancel(struct ui *ui, const char *name, guint32 asked_by);

/* A scheduled one is a draft again; `u` sets its time again. */
void campaign_unschedule(struct ui *ui, const char *name);

/* Into the bin (`u` brings them back); those that cannot be deleted are named. NULL-ended. */
void campaign_delete(struct ui *ui, const char *const *names);
/* These ask for a name, a folder or a file, and open what they made. */
void campaign_copy(struct ui *ui, const char *name);
void campaign_correct(struct ui *ui, const char *name);
void campaign_export(struct ui *ui, const char *name);
void campaign_import(struct ui *ui);

enum campaign_todo {
    CAMPAIGN_TODO_PAUSE, /* or resume */
    CAMPAIGN_TODO_CANCEL,
    CAMPAIGN_TODO_JOIN, /* late joiners */
    CAMPAIGN_TODO_EDIT,
    CAMPAIGN_TODO_COUNT
};
/* Why not, in a sentence; NULL: it can be done. */
const char *campaign_why_not(enum campaign_todo what, enum campaign_state s);

#endif

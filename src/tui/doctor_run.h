/*
 * One subject of the doctor: the steps of its last run, or of one that goes on, and what each
 * means. Which subjects there are is screen_doctor's.
 */
#ifndef CRIER_TUI_DOCTOR_RUN_H
#define CRIER_TUI_DOCTOR_RUN_H

#include "tui/view.h"

struct doctor_run_arg {
    const char *kind; /* "server", "mailbox", "host", "machine", as in the report */
    const char *name; /* of the record, or HOST:PORT; "" the machine */
    gboolean is_now;  /* run it even when an older report could be shown */
};
const struct view_ops *doctor_run_view(void); /* `arg` is a struct doctor_run_arg */

/* On screen 7, above the list of subjects. */
void doctor_run_show(struct ui *ui, const char *kind, const char *name, gboolean is_now);
/* The same of a server, else a mailbox, of this name. FALSE: there is none. */
gboolean doctor_run_show_named(struct ui *ui, const char *name, gboolean is_now);

#endif

/* Inside the view of a doctor's run only: its state, and its pictures. */
#ifndef CRIER_TUI_DOCTOR_RUN_PRIVATE_H
#define CRIER_TUI_DOCTOR_RUN_PRIVATE_H

#include "app/diagnosis.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/task.h"
#include "tui/view.h"

/* The row of what is being looked at: behind every step. */
#define DOCTOR_ROW_NOW 1000

struct doctor_run {
    char *kind, *name; /* owned */
    gint64 record_id;  /* of a server or mailbox; else 0 */
    struct table table;
    struct table_memory rows;
    struct diagnosis *shown; /* owned; the last run that was finished; NULL: none */
    char *cause;             /* owned; why that was run; NULL: somebody asked */
    gint64 stored_us;        /* when the stored one began; 0: none was read */
    GPtrArray *coming;       /* owned; of struct diagnosis_step *: of a run that goes on, or was
                                stopped; NULL: `shown` is to be seen */
    struct task *task;       /* owned while it runs */
    char *doing;             /* owned; what is being looked at */
    gint64 done, total;
    char *problem; /* owned; why a run ended without a report; NULL */
    char *letter;  /* owned; whom the letter of this run goes to; NULL: none */
    char *hint;    /* owned */
};

/* The steps on screen; NULL: none. Borrowed. */
const GPtrArray *doctor_run_steps(const struct doctor_run *s);
/* Under the cursor; NULL: none, or the row of what is being looked at. */
const struct diagnosis_step *doctor_run_step(const struct doctor_run *s);

/* doctor_run_draw.c */
const struct table_spec *doctor_run_spec(void);
void doctor_run_fill(struct doctor_run *s);
char *doctor_run_head(struct view *v); /* what stands above the steps; caller frees */
void doctor_run_draw(struct view *v, struct rect r);
void doctor_run_draw_plain(struct view *v, struct rect r);

#endif

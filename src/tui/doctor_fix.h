/*
 * What can be done here about a step of the doctor: the form of the server or mailbox is opened
 * where the fault is, with what the doctor proposes already in it. Nothing is saved by itself.
 */
#ifndef CRIER_TUI_DOCTOR_FIX_H
#define CRIER_TUI_DOCTOR_FIX_H

#include "app/diagnosis.h"
#include "tui/ui.h"

struct doctor_run;

/* "open the settings of main, with port 587"; NULL: nobody can mend it here. Caller frees. */
char *doctor_fix_words(const struct doctor_run *s, const struct diagnosis_step *x);
/* Only where there are words for it. */
void doctor_fix_open(struct ui *ui, const struct doctor_run *s, const struct diagnosis_step *x);

#endif

/*
 * Inside the verdicts only: how sentences are filled in, and what the traces say.
 */
#ifndef CRIER_DOCTOR_VERDICT_PRIVATE_H
#define CRIER_DOCTOR_VERDICT_PRIVATE_H

#include "doctor/verdict.h"

/* `text` with its {names} filled in, safe. Caller frees. */
char *verdict_fill(const struct way *w, const char *text);
/* `next`, behind another door where that helps and one is open. Caller frees. */
char *verdict_next(const struct way *w, const char *next, gboolean is_of_port);
/* How that port is spoken to, for a person. */
const char *verdict_security(guint16 port);
void verdict_say(struct verdict *ret, enum doctor_result result, enum doctor_who who,
                 const char *code, char *take_text, char *take_next);

/* The host itself answers what is compared with. */
gboolean verdict_other_answers(const struct way *w);
/* It gets further than the port does. */
gboolean verdict_other_passes(const struct way *w);
/* The port ends nearer than the host is. */
gboolean verdict_ends_early(const struct way *w);

#endif

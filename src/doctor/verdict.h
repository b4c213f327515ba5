/*
 * What it means: facts of a connection, its traces and the other doors in, a sentence and who
 * must act out. Nothing is sent or asked here. (doc: ports and the doctor, D)
 */
#ifndef CRIER_DOCTOR_VERDICT_H
#define CRIER_DOCTOR_VERDICT_H

#include "doctor/doctor.h"
#include "doctor/way.h"

struct verdict {
    enum doctor_result result;
    enum doctor_who who;
    const char *code; /* borrowed; NULL: all is well */
    char *text;       /* owned; one sentence */
    char *next;       /* owned; NULL: nothing */
};
void verdict_clear(struct verdict *v);

/* Of the connection itself. */
void verdict_connect(const struct way *w, struct verdict *ret);
/* Of the routers in between, and of somebody who answers in the host's place. */
void verdict_way(const struct way *w, struct verdict *ret);
/* Of the other doors. */
void verdict_doors(const struct way *w, struct verdict *ret);
/* The port is answered nearer than the host is. */
gboolean verdict_is_proxied(const struct way *w);

#endif

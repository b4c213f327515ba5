/*
 * What the supervisor has done by others beside its roles: verbs that run as a child when their
 * time has come, each at most once at a time. What they do is theirs; here is only when.
 */
#ifndef CRIER_WORKER_ERRANDS_H
#define CRIER_WORKER_ERRANDS_H

#include <glib.h>
#include <sys/types.h>

#include "store/db.h"
#include "store/workspace.h"

struct errands;

/* All borrowed. With CRIER_DOCTOR=off in the environment there are none. */
struct errands *errands_new(const struct workspace *ws, struct db *db, gboolean is_background);
/* Ends those that run, without waiting. NULL is fine. */
void errands_free(struct errands *e);

/* Starts what is due. To be called each second. */
void errands_look(struct errands *e);
/* The worker is about to end: what is due now is not left to the next one. Each but once. */
void errands_look_last(struct errands *e);
/* A child ended: whether it was one of these. */
gboolean errands_ended(struct errands *e, pid_t pid, int status);
gboolean errands_is_any_running(const struct errands *e);

#endif

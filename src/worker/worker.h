/*
 * The worker: a supervisor that holds the workspace's lock, and its roles, started by executing
 * ourselves. Called by the command `crier worker`.
 */
#ifndef CRIER_WORKER_WORKER_H
#define CRIER_WORKER_WORKER_H

#include <glib.h>

#include "base/clock.h"
#include "store/workspace.h"

struct worker_options {
    gboolean is_once;       /* end when nothing is due now */
    gboolean is_background; /* log to the workspace's log, not to standard error */
    const char *role;       /* NULL: the supervisor; "send", "inbox" */
    const char *only;       /* of the supervisor: NULL, or the only role that it runs */
    int link_fd;            /* of a role, given by the supervisor */
};

/* A role that ended cleanly because it needs what it gave up (harden.h): start it again. */
#define WORKER_EXIT_ANEW 80

/* A wall clock that is ahead or back by so much from one look to the next has jumped. */
#define WORKER_CLOCK_JUMP_US (60 * CLOCK_SECOND_US)

/* Runs until it is told to end; the exit code. Another worker: CRIER_ERROR_WORKER, exit 3. */
int worker_run(const struct workspace *w, const struct worker_options *o, GError **error);

/* The send role's body (also reached through worker_run). */
int sender_run(const struct workspace *w, const struct worker_options *o, GError **error);
/* The inbox role's. */
int inbox_run(const struct workspace *w, const struct worker_options *o, GError **error);

#endif

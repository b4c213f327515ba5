/*
 * For the doctor: gives up what a role of the worker gives up, then looks whether the way to a
 * server is still open. What is given up is gone for good, so it takes a process of its own.
 */
#ifndef CRIER_WORKER_TRIAL_H
#define CRIER_WORKER_TRIAL_H

#include <glib.h>

#include "base/hostport.h"
#include "store/db.h"
#include "store/workspace.h"

#define TRIAL_WAIT_MS 15000

struct trial {
    int held;      /* HARDENING_…, as harden_apply() gives it */
    char *names;   /* owned; why the name cannot be looked up; NULL: it can, or was not asked */
    char *connect; /* owned; why no connection comes up; NULL: one does */
};

/* `role`: "send" or "inbox". `to`: an address and its port. `name`: to be looked up, may be
 * NULL. FALSE: it could not be tried. */
gboolean trial_run(const struct workspace *ws, struct db *db, const char *role,
                   const struct hostport *to, const char *name, struct trial *ret,
                   GError **error);
void trial_clear(struct trial *t);

#endif

/*
 * What control.c lends decide.c.
 */
#ifndef CRIER_CMD_DECIDE_H
#define CRIER_CMD_DECIDE_H

#include "cmd/cmd.h"

/* Starts a worker, or makes the running one look; false, with a warning, when none came up. */
gboolean decide_ensure_worker(const struct cmd_context *c);

#endif

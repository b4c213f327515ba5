/* The later beginnings of crier campaign start. */
#ifndef CRIER_CMD_SCHEDULE_H
#define CRIER_CMD_SCHEDULE_H

#include "app/start.h"
#include "cmd/cmd.h"

/* --at or --countdown is there. */
gboolean schedule_is_wanted(const struct cmd_context *c);
/* Schedules it; on a terminal a countdown is shown and ^C calls it off. The exit code. */
int schedule_run(struct cmd_context *c, const struct start_request *q,
                 gboolean (*ensure_worker)(const struct cmd_context *c));

#endif

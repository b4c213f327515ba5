/* Stopping the unit that `crier worker install` made. */
#ifndef CRIER_CMD_SERVICE_H
#define CRIER_CMD_SERVICE_H

#include "store/workspace.h"

/* Nothing happens where there is none, or systemd cannot be reached. */
void service_stop_unit(const struct workspace *ws);

#endif

/*
 * Inside the worker only: how many more messages a server may be given now. The arithmetic is
 * model/quota.c's, the count is kept in the database.
 */
#ifndef CRIER_WORKER_LIMITS_H
#define CRIER_WORKER_LIMITS_H

#include "worker/outgoing_private.h"

/* Beyond those that are leased for it. */
gint64 limits_left(struct outgoing *g);
/* A message was given to it. */
void limits_count(struct outgoing *g);
/* When it may be given more (wall), 0: now. */
gint64 limits_until_us(struct outgoing *g);
/* For the screens. */
void limits_describe(struct outgoing *g, struct server_live *ret);

#endif

/*
 * Which message is in hand, on disk, so that one that kills this process again and again is found
 * out: it is then kept without being read, and the others are not held up. For a process that is
 * started again; not against a loss of power.
 */
#ifndef CRIER_WORKER_GUARD_H
#define CRIER_WORKER_GUARD_H

#include <glib.h>

struct guard;

/* `path` NULL, or it cannot be written: a guard that guards nothing. Copied. */
struct guard *guard_open(const char *path);
void guard_free(struct guard *g); /* nothing is in hand any more; NULL is fine */

/* This process died lately with a message in hand: now they are to be stored one by one. */
gboolean guard_is_careful(const struct guard *g);
/* Before a message is read. FALSE: it must not be, it was in hand at GUARD_DEATHS deaths that
 * followed each other. */
#define GUARD_DEATHS 3
gboolean guard_begin(struct guard *g, gint64 mailbox_id, const char *uid);
/* All that was begun is stored or forgotten. */
void guard_end(struct guard *g);

#endif

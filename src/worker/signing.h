/*
 * Making and signing messages in other threads, so that the send loop never waits for a
 * signature. What a message is made of is render.c's.
 */
#ifndef CRIER_WORKER_SIGNING_H
#define CRIER_WORKER_SIGNING_H

#include <glib.h>

#include "base/loop.h"
#include "worker/render.h"

struct signing;     /* one a send role */
struct signing_job; /* one message that is being made, or is ready */

/* No thread is started before the first job. `l` wakes up when messages are ready. */
struct signing *signing_new(struct loop *l);
void signing_free(struct signing *s); /* every job was taken or forgotten; NULL is fine */

/* Copies what it needs; `recipe` has signers. */
struct signing_job *signing_start(struct signing *s, const struct recipe *recipe);
/* Made at once, in the loop: what is not signed costs less than a thread's turn. */
struct signing_job *signing_make_here(struct signing *s, const struct recipe *recipe);
gboolean signing_is_ready(const struct signing_job *j);
/* The ready message into `m` (rendered_init()), or why it could not be made; the job is gone.
 */
gboolean signing_take(struct signing_job *j, struct rendered *m, GError **error);
/* It is not wanted any more, ready or not. NULL is fine. */
void signing_forget(struct signing_job *j);

/* Whether more may be made ahead: ready messages take memory. */
gboolean signing_has_room(const struct signing *s);
gboolean signing_has_room_here(const struct signing *s); /* by signing_make_here() */

#endif

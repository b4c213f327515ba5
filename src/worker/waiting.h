/*
 * Inside the worker only: the leased deliveries of a server that wait for a connection, in the
 * order in which they were leased; those whose receiver has limits go before the others, as a
 * place in flight must not be kept by one who only waits. Messages of the first ones that are
 * to be signed are made ahead, in other threads; a few others here, while the server is busy.
 */
#ifndef CRIER_WORKER_WAITING_H
#define CRIER_WORKER_WAITING_H

#include <glib.h>

#include "worker/sender.h"

void waiting_push(struct waiting *w, struct lease *lease);
gint64 waiting_count(const struct waiting *w);
/* Has the messages of the first `most` made that are to be signed. Those whose messages cannot
 * be made go back (sender_message_failed()). */
void waiting_make(struct waiting *w, struct sender *s, gint64 most, enum server_envelope mode);
/* Makes those of the first `most` here and now that are not to be signed. What cannot be made
 * is left to waiting_take(). */
void waiting_make_next(struct waiting *w, struct sender *s, gint64 most,
                       enum server_envelope mode);
/* The first one, when its message is ready or needs no other thread; else NULL. */
struct lease *waiting_peek(const struct waiting *w);
struct lease *waiting_pop(struct waiting *w); /* what waiting_peek() gave */
/* The message of a lease that was popped, into `m`: CRIER_ERROR_INVALID, that person's cannot
 * be made; other errors are not the person's fault. */
gboolean waiting_take(struct sender *s, struct lease *lease, enum server_envelope mode,
                      struct rendered *m, GError **error);
/* Gives back those that were stopped; all of them with `all`; the last ones beyond `most`. */
void waiting_sweep(struct waiting *w, struct sender *s, gboolean all);
void waiting_trim(struct waiting *w, struct sender *s, gint64 most);

#endif

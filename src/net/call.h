/*
 * One connection from begin to end, with a deadline, in a loop of its own: for whoever has
 * nothing else to do meanwhile. What is spoken over it is the caller's.
 */
#ifndef CRIER_NET_CALL_H
#define CRIER_NET_CALL_H

#include <glib.h>

#include "net/stream.h"

struct call;

struct call_handler {
    /* It is up; takes the stream. call_end() says that all was said. */
    void (*up)(struct call *c, struct stream *s, void *data);
    void (*ready)(unsigned loop_events, void *data); /* after up */
    void (*tick)(gint64 now_mono_us, void *data);    /* once a second, after up */
    /* Free what holds the stream; once, after up. */
    void (*over)(void *data);
    /* Lines of the bring-up, as in stream.h; may be NULL. */
    void (*line)(char direction, const char *text, void *data);
};

struct call_outcome {
    gboolean is_up, is_ended; /* is_ended: call_end() was called */
    enum stream_fault fault;  /* unless it came up; TIMEOUT when it had no end */
    char *why;                /* owned; a sentence, safe to show; NULL: it is_ended */
};

/* Blocks. `deadline_s` is that of all of it. */
void call_run(const struct stream_target *t, int deadline_s, const struct call_handler *h,
              void *data, struct call_outcome *ret);
void call_end(struct call *c);
void call_outcome_clear(struct call_outcome *o);

#endif

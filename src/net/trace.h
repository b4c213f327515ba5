/*
 * Which routers an attempt passes, found with the attempt itself: the same connection (or
 * datagram) with hop limits 1, 2, 3 … at the same time, a few beyond the farthest that answered
 * and no more, so that a server is not met with more connections than `window`. No rights are
 * needed. It is stepped by who owns the set of attempts, so that several run side by side.
 */
#ifndef CRIER_NET_TRACE_H
#define CRIER_NET_TRACE_H

#include "net/probe.h"

#define TRACE_MAX 24 /* hops */

struct trace {
    enum probe_how how;
    guint16 port; /* UDP: of the first hop; one more with each */
    int window;
    int silence_ms; /* without any answer, and it is over */
    int settle_ms;  /* the same once the end was reached: routers that do not answer */
    /* --- what came of it --- */
    gboolean is_begun, is_over;
    int asked;                           /* hops 1…asked were asked for */
    struct probe_answer hops[TRACE_MAX]; /* [0] is hop 1 */
    int routers;                         /* the farthest hop whose router answered; 0: none */
    int reached;                         /* the nearest hop with an end; 0: none */
    /* --- inside --- */
    int numbers[TRACE_MAX];
    int answered;
    gint64 progress_us;
};

/* One step: reads what came, asks further, and ends it when it is time. `address` as in
 * struct probe_wish. */
void trace_step(struct trace *t, struct probes *p, const char *address);
/* When the next step is due at the latest (monotonic); only while it is begun and not over. */
gint64 trace_due(const struct trace *t);
/* Ends it with what is known. */
void trace_stop(struct trace *t, struct probes *p);

/* The answer at its end; NULL: it was not reached. */
const struct probe_answer *trace_end(const struct trace *t);
/* The router at hop `n`, "10.0.1.1"; NULL: not known. */
const char *trace_router(const struct trace *t, int n);

#endif

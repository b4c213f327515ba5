/*
 * One conversation with a mailbox's server, over a connection that is up and logged in: all that
 * was not read yet is fetched, kept, and only then put away on the server as the mailbox says.
 * One file a protocol, each with the same operations. When to connect, and what after a failure,
 * is box.c's.
 */
#ifndef CRIER_WORKER_SESSION_H
#define CRIER_WORKER_SESSION_H

#include <glib.h>

#include "model/mailbox.h"
#include "net/stream.h"
#include "worker/intake.h"

struct session_setup {
    const struct mailbox *mailbox; /* borrowed, as are the others */
    struct db *db;
    struct intake *intake;
    struct intake_counts *counts; /* goes up with each commit */
    gint64 *n_found;              /* goes up with each message that was not read before */
    /* Set of char *, goes up with each message in whose middle a connection ends: it is asked for
     * after all the others, lest those behind it are never read. */
    GHashTable *broken;
};

struct session_handler {
    /* All there is has been read, kept and put away. `complaint`: what the server would not do,
     * a sentence, safe to show; NULL: nothing. Not over: more may come. Must not free it. */
    void (*caught_up)(const char *complaint, void *data);
    /* It is over; `why` NULL when that is as it should be. Free it, also from within. */
    void (*closed)(const GError *why, void *data);
};

struct session_ops {
    /* Takes `stream`, whose handler must pass `ready` on. */
    void *(*begin)(struct stream *stream, const struct session_setup *setup,
                   const struct session_handler *h, void *data);
    void (*ready)(void *session, unsigned loop_events);
    void (*tick)(void *session, gint64 now_mono_us); /* at least once a second */
    /* Looks whether something came since it was caught up. NULL: the protocol has no way, or
     * the session ends by itself. */
    void (*look)(void *session);
    /* It is told by itself when something comes. */
    gboolean (*is_watching)(const void *session);
    /* What was fetched is kept and put away, then it ends. */
    void (*leave)(void *session);
    void (*free)(void *session); /* at once: what was not put away is met again */
};

const struct session_ops *session_imap(void);
const struct session_ops *session_pop3(void);

#endif

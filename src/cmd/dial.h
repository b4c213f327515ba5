/*
 * One connection to an outgoing mail server for a few messages, from begin to end, with its
 * transcript: for verbs. The worker, which keeps many connections and a ledger, has its own.
 */
#ifndef CRIER_CMD_DIAL_H
#define CRIER_CMD_DIAL_H

#include <glib.h>

#include "cmd/cmd.h"
#include "cmd/dial_steps.h"
#include "model/server.h"
#include "net/smtp.h"

#define DIAL_TIMEOUT_S 60 /* of the whole conversation, unless asked otherwise */
#define DIAL_MAX_TIMEOUT_S 3600
#define DIAL_MAX_LINES 2000

struct dial_outcome {
    gboolean is_known; /* false: it was not this one's turn any more */
    enum reply_class class;
    int code;       /* of the reply; 0: none */
    char *sentence; /* owned; what the server said, safe to show */
};

struct dial {
    const struct server *server;         /* borrowed */
    const struct smtp_message *messages; /* borrowed; sent in this order */
    guint n_messages;
    gint64 timeout_s;
    gboolean is_trial; /* envelopes only, each taken back: nothing is sent */
    void (*line)(const char *line, void *data); /* each of `lines` as it comes; may be NULL */
    void *data;
    /* --- set by dial_run() --- */
    GPtrArray *lines; /* owned; of char *: the transcript, "> EHLO x", safe to show */
    struct dial_outcome *outcomes; /* owned; one a message */
    struct dial_steps steps;       /* owned */
    const char *fault;             /* a short word for `trouble` */
    char *trouble; /* owned; why the conversation ended early, NULL: it did not */
};

/* False when it could not even be tried (the password); what happened is in `d`. */
gboolean dial_run(const struct cmd_context *c, struct dial *d, GError **error);
void dial_clear(struct dial *d);

/* --timeout in seconds, within bounds; DIAL_TIMEOUT_S without. */
gboolean dial_read_timeout(const struct cmd_context *c, gint64 *ret_s, GError **error);
/* The member "transcript": of char *. */
void dial_put_transcript(struct json_writer *w, const GPtrArray *lines);

/* Of enum server_security. */
enum stream_security dial_security(int security);

#endif

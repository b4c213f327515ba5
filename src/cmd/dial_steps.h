/*
 * How far a conversation with an outgoing mail server came, step by step, read from its
 * transcript: for `server test --json` and the screen that shows it.
 */
#ifndef CRIER_CMD_DIAL_STEPS_H
#define CRIER_CMD_DIAL_STEPS_H

#include <glib.h>

#include "base/json.h"
#include "model/server.h"
#include "net/smtp.h"

enum dial_step {
    DIAL_CONNECT,
    DIAL_GREETING,
    DIAL_TLS,
    DIAL_LOGIN,
    DIAL_SENDER,
    DIAL_RECIPIENT,
    DIAL_STEP_COUNT
};

enum dial_state {
    DIAL_SKIPPED, /* it was not its turn */
    DIAL_OK,
    DIAL_FAILED,
    DIAL_OFF, /* the server's record does not ask for it */
};

struct dial_steps {
    gint64 begun_us; /* monotonic */
    gint64 took_us;  /* all of it */
    gboolean is_tls_first;
    struct {
        enum dial_state state;
        gint64 at_us; /* monotonic; when it was passed or failed; 0: not known */
        char *text;   /* owned; what was said, NULL: nothing */
    } step[DIAL_STEP_COUNT];
    char *subject, *issuer;    /* owned; of its certificate */
    gint64 certificate_end_us; /* wall; 0: not known */
    struct smtp_extensions extensions;
    gboolean is_up;
};

void dial_steps_begin(struct dial_steps *s, const struct server *server, gint64 now_us);
void dial_steps_clear(struct dial_steps *s);

/* A line of the transcript. */
void dial_steps_line(struct dial_steps *s, char direction, const char *text, gint64 now_us);
/* The connection is up: all before is done. */
void dial_steps_up(struct dial_steps *s, const char *peer, const char *capabilities,
                   gint64 now_us);
/* The outcome of an envelope or message; only the first counts. */
void dial_steps_result(struct dial_steps *s, const struct smtp_result *r, const char *sentence,
                       gint64 now_us);
/* It ended early: `fault` is a name of stream_fault_name() or another word. */
void dial_steps_fail(struct dial_steps *s, const char *fault, const char *why, gint64 now_us);

/* Members, not an object: "steps", "certificate", "extensions", "seconds". */
void dial_steps_json(struct json_writer *w, const struct dial_steps *s);

#endif

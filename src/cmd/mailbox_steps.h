/*
 * How far a trial of a mailbox came, step by step, read from its transcript and its end: for
 * crier mailbox test. Whatever the protocol.
 */
#ifndef CRIER_CMD_MAILBOX_STEPS_H
#define CRIER_CMD_MAILBOX_STEPS_H

#include <glib.h>

#include "base/json.h"
#include "model/mailbox.h"

enum mailbox_step {
    MAILBOX_STEP_CONNECT,
    MAILBOX_STEP_GREETING,
    MAILBOX_STEP_TLS,
    MAILBOX_STEP_LOGIN,
    MAILBOX_STEP_FOLDER, /* what is in it was asked and answered */
    MAILBOX_STEP_COUNT
};

enum mailbox_step_state {
    MAILBOX_STEP_SKIPPED, /* it was not its turn */
    MAILBOX_STEP_OK,
    MAILBOX_STEP_FAILED,
    MAILBOX_STEP_OFF, /* the record does not ask for it */
};

struct mailbox_steps {
    gboolean is_tls_first, is_up;
    enum mailbox_step_state state[MAILBOX_STEP_COUNT];
};

void mailbox_steps_begin(struct mailbox_steps *s, const struct mailbox *m);
/* A line of the transcript. */
void mailbox_steps_line(struct mailbox_steps *s, char direction, const char *text);
void mailbox_steps_up(struct mailbox_steps *s);
void mailbox_steps_done(struct mailbox_steps *s);
/* It ended early: `fault` is a name of stream_fault_name() or another word. */
void mailbox_steps_fail(struct mailbox_steps *s, const char *fault);

/* A line a step, "tls  OK", joined by '\n'. Caller frees. */
char *mailbox_steps_text(const struct mailbox_steps *s);
/* The member "steps". */
void mailbox_steps_json(struct json_writer *w, const struct mailbox_steps *s);

#endif

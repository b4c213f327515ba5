/*
 * Children of a screen: what uses the network or takes longer than a moment runs as `crier VERB`
 * in a child (see doc: CRIER_PROGRESS), so that no key ever waits. Its lines come as events.
 */
#ifndef CRIER_TUI_TASK_H
#define CRIER_TUI_TASK_H

#include <glib.h>

#include "tui/ui.h"

struct task;

struct task_result {
    int exit_code;     /* 128 + n when it was killed by signal n */
    const char *out;   /* standard output, NUL-ended, at most TASK_OUTPUT_MAX bytes */
    gsize out_len;
    const char *error; /* its last error sentence, safe to show; "" when there was none */
    gboolean was_stopped; /* by task_stop() */
};
#define TASK_OUTPUT_MAX (16 * 1024 * 1024)

struct task_calls { /* each may be NULL */
    void (*progress)(gint64 done, gint64 total, void *data);
    void (*line)(const char *kind, const char *text, void *data); /* "said", "line", "doing", "error" */
    void (*done)(const struct task_result *r, void *data);        /* the task is gone after it */
};

/*
 * Runs `crier -w WORKSPACE ARG…` (`args` NULL-ended, without program and -w). `input` (may be
 * NULL) is its standard input: the place for a password, never an argument. The owner stops it
 * when it closes: `done` is then not called. At most TASK_MAX at once.
 */
struct task *task_start(struct ui *ui, const char *const *args, const char *input,
                        const struct task_calls *calls, void *data, GError **error);
#define TASK_MAX 8
/* SIGTERM, after 3 s SIGKILL; done() comes with was_stopped. */
void task_stop(struct task *t);
/* Stops it without a word to its owner. NULL is fine. */
void task_drop(struct task *t);

#endif

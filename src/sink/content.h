/*
 * The content of messages: the commands DATA and BDAT, and the octets behind them.
 */
#ifndef CRIER_SINK_CONTENT_H
#define CRIER_SINK_CONTENT_H

#include <glib.h>

#include "sink/session.h"

/* The commands; `arg` is what stands behind the verb. */
void content_data(struct session *s, char *arg);
void content_bdat(struct session *s, char *arg);

/* Octets of a message in state DATA or BDAT; returns how many were used (0: more are needed).
 */
gsize content_take(struct session *s, const char *data, gsize len);

/* Recipients that `v` turns away are in the log too; nothing is written for other verdicts.
 * False when the log cannot be written. */
gboolean content_log_refusal(struct session *s, enum sink_phase phase, const char *const *to,
                             gsize n_to, const struct sink_verdict *v);

#endif

/*
 * The SMTP commands of the sink (RFC 5321, 1870, 2920, 3030 CHUNKING, 3461, 6531).
 */
#ifndef CRIER_SINK_SMTPD_H
#define CRIER_SINK_SMTPD_H

#include <glib.h>

#include "sink/session.h"

void smtpd_greet(struct session *s);

/* One command line without its CRLF; `line` is changed. */
void smtpd_command(struct session *s, char *line, gsize len);

/* Forgets the transaction. */
void smtpd_reset(struct session *s);

#endif

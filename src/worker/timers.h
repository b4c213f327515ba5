/*
 * How long the send role waits for a server, phase by phase (RFC 5321, 4.5.3.2). Running the
 * clocks is net/smtp.c's and net/stream.c's.
 */
#ifndef CRIER_WORKER_TIMERS_H
#define CRIER_WORKER_TIMERS_H

#include "net/smtp.h"

#define TIMERS_GREETING_S 300 /* from connecting to the end of a login */

struct timers {
    int greeting_s;
    struct smtp_timeouts phases;
    gboolean is_dot_fixed; /* by CRIER_TIMERS: not by the server's record */
};

/* The RFC's, with what `text` says over them: "mail=1 dot=5", seconds, blanks in between. NULL
 * and "" change nothing. FALSE: the first word that is none, in `*ret_bad`, caller frees; the
 * others hold. */
gboolean timers_read(const char *text, struct timers *ret, char **ret_bad);
/* Those of this process, by the environment (CRIER_TIMERS), read once. */
const struct timers *timers_get(void);

#endif

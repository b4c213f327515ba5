/*
 * Which of a host's addresses is spoken to: the first that takes a connection, as whoever
 * connects by name does (RFC 8305). Inside the doctor only.
 */
#ifndef CRIER_DOCTOR_CHOOSE_H
#define CRIER_DOCTOR_CHOOSE_H

#include <glib.h>

#include "net/probe.h"

#define CHOOSE_MAX 8 /* addresses; what is beyond is not tried */

/* Of `addresses` (of char *, at least one). 0 when none takes one, or there is only one, which
 * is not tried then. `ret_first`: how the attempt at the first ended; only set when another is
 * chosen. Blocks for CHOOSE_WAIT_MS at most. */
#define CHOOSE_WAIT_MS 4000
guint choose_address(const GPtrArray *addresses, guint16 port, struct probe_answer *ret_first);

/* "no answer", "refused", "ICMP 3/13 from 198.51.100.1". Caller frees. */
char *choose_words(const struct probe_answer *a);

#endif

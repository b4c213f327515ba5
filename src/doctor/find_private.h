/*
 * Inside the doctor only: waiting for one letter in a mailbox of the workspace. Nothing there is
 * marked, moved or deleted.
 */
#ifndef CRIER_DOCTOR_FIND_PRIVATE_H
#define CRIER_DOCTOR_FIND_PRIVATE_H

#include "doctor/wire_private.h"

#define FIND_MAX_BYTES (64 * 1024) /* of a letter: its header is what matters */

/* The beginning of the letter whose Message-ID is this up to the @, once it is there; NULL
 * with a sentence where the mailbox cannot be read, and without one when time is up. `f` takes
 * the conversation. Caller frees both. */
GString *find_letter(const struct doctor_subject *mailbox, struct doctor_finding *f,
                     const char *id, int wait_s, char **ret_why);

#endif

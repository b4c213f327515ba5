/*
 * One error domain for the whole program. The code says which kind of trouble it is and so
 * which exit code the command line returns (doc: CLI, "Exit"); the message says what, why and
 * the remedy, without a trailing newline.
 */
#ifndef CRIER_BASE_ERROR_H
#define CRIER_BASE_ERROR_H

#include <glib.h>

#define CRIER_ERROR (crier_error_quark())

enum crier_error {
    CRIER_ERROR_FAILED,       /* it was tried and did not work: exit 1 */
    CRIER_ERROR_INVALID,      /* a value, file or message is not what it must be: exit 1 */
    CRIER_ERROR_NOT_FOUND,    /* no such campaign, list, person, file: exit 1 */
    CRIER_ERROR_EXISTS,       /* the name is taken: exit 1 */
    CRIER_ERROR_USAGE,        /* wrong words on the command line: exit 2 */
    CRIER_ERROR_WORKER,       /* another worker holds the workspace: exit 3 */
    CRIER_ERROR_PRECONDITION, /* people count, revision or row version differs: exit 5 */
    CRIER_ERROR_TRY_AGAIN,    /* locked, disk full: exit 75 */
    CRIER_ERROR_COUNT
};

#define ERROR_EXIT_TRY_AGAIN 75 /* sysexits.h: EX_TEMPFAIL */

GQuark crier_error_quark(void);

/* The exit code that belongs to `error` (1 for errors of other domains, 0 for NULL). */
int error_exit_code(const GError *error);

/* What the errno `number` means for a person and what to do about it, to stand behind a colon:
 * "the disk is full. Free some space and try again". The system's own words where it is none of
 * those that people meet. Valid until the next call of strerror(3). */
const char *error_why(int number);

#endif

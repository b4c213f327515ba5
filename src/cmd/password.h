/*
 * Passwords typed on a terminal, kept in 0600 files of the workspace. Never in argv, the
 * database or the log.
 */
#ifndef CRIER_CMD_PASSWORD_H
#define CRIER_CMD_PASSWORD_H

#include <glib.h>

#include "store/workspace.h"

/* Asks on /dev/tty's side of standard input without echo. CRIER_ERROR_USAGE without a terminal.
 * Caller frees with process_wipe(). */
char *password_ask(const char *prompt, GError **error);

/* Writes DIR/secrets/NAME.password, 0600, and returns its path; caller frees. NULL on error. */
char *password_store(const struct workspace *ws, const char *name, const char *secret,
                   GError **error);

#endif

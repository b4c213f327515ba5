/*
 * Passwords typed on a terminal, kept in 0600 files of the workspace. Never in argv, the
 * database or the log.
 */
#ifndef CRIER_CMD_PASSWORD_H
#define CRIER_CMD_PASSWORD_H

#include <glib.h>

#include "cmd/cmd.h"
#include "store/workspace.h"

/* Asks on /dev/tty's side of standard input without echo. CRIER_ERROR_USAGE without a terminal.
 * Caller frees with process_wipe(). */
char *password_ask(const char *prompt, GError **error);

/* The members of a record that says where its password is. */
struct password_place {
    const char *kind; /* as above */
    const char *name, *user, *host;
    char **file, **command; /* of the record: set to the file, and emptied */
    const char *token_command;
    int auth; /* enum server_auth: for a token nobody is asked */
};

/* The password of a record that logs in and names no other source: asked for on a terminal and
 * kept in a private file. With --ask-password always. */
gboolean password_take(const struct cmd_context *c, const struct password_place *p,
                       GError **error);

#endif

/* Where a server's password comes from: a 0600 file or a command. Never the database. */
#ifndef CRIER_APP_SECRET_H
#define CRIER_APP_SECRET_H

#include <glib.h>

#include "model/server.h"

#define SECRET_COMMAND_TIMEOUT_S 20

/* The password; the caller wipes it with process_wipe(). */
char *secret_of_server(const struct server *s, GError **error);

#endif

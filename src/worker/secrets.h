/*
 * Inside the supervisor only: passwords and access tokens for its roles. A token is kept until
 * shortly before its end, so that a restarted role or a second one does not ask its server
 * again.
 */
#ifndef CRIER_WORKER_SECRETS_H
#define CRIER_WORKER_SECRETS_H

#include <glib.h>

#include "store/db.h"

struct secrets;

struct secrets *secrets_new(struct db *db); /* borrowed */
void secrets_free(struct secrets *s);       /* wipes; NULL is fine */

enum secrets_kind { SECRETS_OF_SERVERS, SECRETS_OF_MAILBOXES, SECRETS_KIND_COUNT };

/* Answers a role's request over the link: for a server's secret, or a mailbox's. Runs the
 * record's command, so it may take SECRET_COMMAND_TIMEOUT_S. `fresh`: not from what is kept. */
void secrets_answer(struct secrets *s, enum secrets_kind kind, int fd, gint64 id,
                    gboolean fresh);

#endif

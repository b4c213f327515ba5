/*
 * The line between supervisor and role: a SOCK_SEQPACKET pair. Its end of file tells a role that
 * the supervisor is gone (it drains and ends); over it a role asks for the secret of a server, so
 * that no secret passes through the database, argv or the environment.
 */
#ifndef CRIER_WORKER_LINK_H
#define CRIER_WORKER_LINK_H

#include <glib.h>

#define LINK_MAX_BYTES 16384

/* Both ends, CLOEXEC. */
gboolean link_pair(int ret_fds[2], GError **error);

/* The role's side: asks for the secret of server `id`. */
gboolean link_ask_secret(int fd, gint64 server_id);

/* The supervisor's side: one request. 1: `*ret_server_id` is set; 0: end of file; -1: nothing or nonsense. */
int link_next_request(int fd, gint64 *ret_server_id);
/* The answer; `secret` NULL: it could not be had, `why` says the reason. */
void link_give_secret(int fd, gint64 server_id, const char *secret, const char *why);

/* The role's side: one answer. 1: set (caller frees; wipe the secret); 0: end of file; -1: nothing. */
int link_next_answer(int fd, gint64 *ret_server_id, char **ret_secret, char **ret_why);

#endif

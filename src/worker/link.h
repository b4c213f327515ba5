/*
 * The line between supervisor and role: a SOCK_SEQPACKET pair. Its end of file tells a role
 * that the supervisor is gone (it drains and ends); over it a role asks for the secret of a
 * server, so that no secret passes through the database, argv or the environment.
 */
#ifndef CRIER_WORKER_LINK_H
#define CRIER_WORKER_LINK_H

#include <glib.h>

#define LINK_MAX_BYTES 16384

/* Both ends, CLOEXEC. */
gboolean link_pair(int ret_fds[2], GError **error);

/* The role's side: asks for the secret of server `id`. `fresh`: the one it was given is
 * refused, a kept token will not do. */
gboolean link_ask_secret(int fd, gint64 server_id, gboolean fresh);

/* The supervisor's side: one request. 1: set; 0: end of file; -1: nothing or nonsense. */
int link_next_request(int fd, gint64 *ret_server_id, gboolean *ret_fresh);
/* The answer: a secret and how many seconds it lives (0: without end). */
void link_give_secret(int fd, gint64 server_id, const char *secret, gint64 life_s);
/* Or: it could not be had, `why` says the reason. */
void link_give_failure(int fd, gint64 server_id, const char *why);

struct link_answer {
    gint64 server_id;
    char *secret;  /* owned; NULL: failed */
    gint64 life_s; /* 0: it does not end */
    char *why;     /* owned; of a failure */
};
void link_answer_clear(struct link_answer *a); /* wipes */
/* The role's side: one answer. 1: set, the caller clears it; 0: end of file; -1: nothing. */
int link_next_answer(int fd, struct link_answer *ret);

#endif

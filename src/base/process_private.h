/*
 * Inside base/process*.c only: what both kinds of children need.
 */
#ifndef CRIER_BASE_PROCESS_PRIVATE_H
#define CRIER_BASE_PROCESS_PRIVATE_H

#include <glib.h>
#include <sys/types.h>

#include "base/process.h"

/* What the child has to become. All of it is made ready before the fork. */
struct process_plan {
    const char *path;
    char *const *argv;
    int stdio[3];       /* to become 0, 1, 2; -1: inherited */
    const int *keep;    /* ended by -1; may be NULL */
    gboolean is_daemon; /* forked twice, cwd / and umask 077 */
    gboolean is_leader; /* of a session of its own */
};

/* The child's pid once the new program runs; -1 and `error` otherwise. */
pid_t process_start(const struct process_plan *plan, GError **error);
/* Its wait status; -1: somebody else had it. */
int process_wait_for(pid_t pid);
/* The program that PATH leads to. Caller frees; NULL and `error`: there is none. */
char *process_find_program(const char *name, GError **error);
/* Read and write end, both above standard error and closed by exec. FALSE: errno. */
gboolean process_pipe(int ends[2]);
/* `fd`, or a copy of it above standard error, with `fd` closed; -1 stays -1. */
int process_above_stdio(int fd);
void process_close(int fd); /* -1 is fine */
void process_set_error(GError **error, const char *what, int number);

#endif

/*
 * Who holds a socket: process, program, user, service. As much of it as this user may see: the
 * owner of a socket is known to everybody, which process has it open only to who may read that
 * process's descriptors.
 */
#ifndef CRIER_NET_HOLDER_H
#define CRIER_NET_HOLDER_H

#include <glib.h>

#include "net/sockdiag.h"

#define HOLDER_MAX_SUSPECTS 64

struct holder {
    gint64 pid;         /* the lowest that has it open; 0: that cannot be seen */
    char *program;      /* owned; the process's own name for itself: "nginx"; NULL */
    gint64 since_us;    /* wall; when that process began; 0: not known */
    char *exe;          /* owned; the file it runs; NULL where that is hidden, too */
    guint32 uid;        /* of who opened the socket */
    char *user;         /* owned; NULL: the uid has no name */
    char *service;      /* owned; "nginx.service", "docker 0123456789ab"; NULL */
    gboolean is_hidden; /* no process is seen with it, and some could not be looked into */
    gboolean
        is_inferred;  /* `program` (and `pid`, if one alone is left) is what the processes
                         that could not be looked into leave: those of that user and service */
    GArray *suspects; /* owned; of gint64: these processes; NULL unless is_hidden */
};

/* Of struct holder *, one for each of `listeners` (of struct listener), in their order. Owned.
 * One walk over the processes, which ends when the last is found. */
GPtrArray *holders_find(const GArray *listeners);

/* What a program is called: `comm`, which the kernel cuts, or the whole of it by the file that
 * is run (may be NULL). Caller frees. */
char *holder_program(const char *comm, const char *exe);

/* Whether `pid` is `ancestor` or has it among its parents. */
gboolean holder_is_child_of(gint64 pid, gint64 ancestor);

#endif

/*
 * A host's addresses as every program of this machine finds them, getaddrinfo(3): /etc/hosts,
 * the name servers, and whatever else nsswitch.conf(5) names. It is what connecting uses; dns.h
 * asks the name servers alone and can say more about them.
 */
#ifndef CRIER_NET_NAMES_H
#define CRIER_NET_NAMES_H

#include <glib.h>

#define NAMES_MAX 32 /* addresses of one host; what is beyond is not looked at */

enum names_status {
    NAMES_FOUND,
    NAMES_NONE,   /* no such name, or it has no address */
    NAMES_FAILED, /* it could not be found out */
    NAMES_LATE    /* no word in time */
};

struct names_answer {
    enum names_status status;
    GPtrArray *addresses; /* of char *, in the order they would be tried; empty: none */
    char *why;            /* in the C library's words; NULL when FOUND or LATE */
    gint64 took_us;
};

/* The question, which is asked in a thread: the C library's own time limits are longer than
 * ours, and it cannot be told to stop. */
struct names;
struct names *names_ask(const char *host);
/* Waits until `deadline_us` (monotonic); a thread that is late stays behind until it is done.
 * Frees `n`. For names_answer_free(). */
struct names_answer *names_wait(struct names *n, gint64 deadline_us);
void names_answer_free(struct names_answer *a); /* NULL is fine */

/* Whether /etc/hosts (or the file `path`) has a line for `host`. */
gboolean names_is_in_table(const char *path, const char *host);

#endif

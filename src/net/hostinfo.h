/*
 * What this machine says of itself beside its network: room on a disk, its clock, how many
 * descriptors a program gets, what confines a process. Read from the kernel without rights;
 * what it means is judged elsewhere.
 */
#ifndef CRIER_NET_HOSTINFO_H
#define CRIER_NET_HOSTINFO_H

#include <glib.h>
#include <sys/types.h>

struct hostinfo_room {
    gint64 total_bytes, free_bytes;   /* free to us, without what is root's */
    gint64 total_inodes, free_inodes; /* both 0: the file system does not count them */
    gboolean is_readonly;             /* it is mounted so */
};
/* FALSE: errno. */
gboolean hostinfo_room(const char *path, struct hostinfo_room *ret);

/* Whether a time service holds the kernel's clock; `ret_error_us` (may be NULL): how far off it
 * may be at most, by its own account. */
gboolean hostinfo_is_clock_held(gint64 *ret_error_us);

/* How many descriptors the process may have; 0: us. -1: not known. */
gint64 hostinfo_descriptors(pid_t pid);

/* What confines it, by the security module: "crier (enforce)", "user_u:user_r:user_t:s0"; NULL:
 * nothing does, or it cannot be read. 0: us. Caller frees. */
char *hostinfo_label(pid_t pid);
/* "SELinux, enforcing", "SELinux, permissive", "AppArmor"; NULL: there is none. Static. */
const char *hostinfo_security_module(void);

/* The moment in the first RFC 5322 date with a time and a zone anywhere in `text`; wall
 * microseconds. Greetings of many servers have one. FALSE: there is none. */
gboolean hostinfo_find_date(const char *text, gint64 *ret_us);

#endif

/*
 * Which service a process or a socket belongs to, by its control group: a systemd unit, or a
 * container. Readable where a process's descriptors are not.
 */
#ifndef CRIER_NET_CGROUP_H
#define CRIER_NET_CGROUP_H

#include <glib.h>

#define CGROUP_MAX_FOLDERS 20000 /* of a tree; what is beyond is not looked at */
#define CGROUP_ROOT_ID 1         /* everything that is in no group of its own */

/*
 * "/system.slice/nginx.service" -> "nginx.service"; "/docker/0123…" -> "docker 0123456789ab";
 * podman, lxc, kubernetes likewise. NULL: a login session, or nothing that has a name. Caller
 * frees.
 */
char *cgroup_service(const char *path);
/* The same of the text of /proc/PID/cgroup, all hierarchies. Caller frees. */
char *cgroup_service_of_text(const char *text);
/* Of a process; NULL also when it is gone. Caller frees. */
char *cgroup_service_of_pid(gint64 pid);

/* Where the tree of version 2 is mounted; NULL: nowhere. Static. */
const char *cgroup_root(void);
/*
 * Paths below `root` of the groups whose ids (inode numbers) are keys of `wanted` (guint64 *);
 * values are owned char *, "/system.slice/nginx.service". Stops when all are found. Caller
 * unrefs.
 */
GHashTable *cgroup_paths(const char *root, GHashTable *wanted);

#endif

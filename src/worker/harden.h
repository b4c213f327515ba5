/*
 * What a role gives up before it begins, so that whoever takes it over by a fault in a library
 * gets little: new rights, files, TCP ports, system calls. All by the kernel's own calls; what
 * this kernel has is used, the rest is left out and told. A role cannot take anything back, and
 * never gets more: when it needs another port or file it is started anew.
 */
#ifndef CRIER_WORKER_HARDEN_H
#define CRIER_WORKER_HARDEN_H

#include <glib.h>

/* A row a role. What all of them may: their workspace, files that TLS, names, time zones and
 * words need, DNS over TCP. */
struct harden_rights {
    const char *role;
    gboolean may_listen;  /* listen(), accept(); TCP ports may be bound */
    const guint16 *ports; /* it may connect to, however its records are; ended by 0 */
};
/* NULL: there is no such role. */
const struct harden_rights *harden_rights_of(const char *role);

struct harden;

/* `dir`: the workspace. Both borrowed. */
struct harden *harden_new(const struct harden_rights *rights, const char *dir);
void harden_free(struct harden *h); /* NULL is fine; nothing is given back */

/* To be called before harden_apply(). A file or folder; whatever is not there is remembered. */
void harden_add_readable(struct harden *h, const char *path);
void harden_add_port(struct harden *h, guint16 port);

/*
 * From here on, for this thread and those it will start; there is no other one yet. The bits of
 * model/hardening.h that were tried out and hold, HARDENING_OFF with CRIER_HARDEN=off.
 */
int harden_apply(struct harden *h);

/* Whether a connection to `port` with the certificates in `file` (may be NULL) is possible. A
 * file that was replaced since the start is not the one that may be read. */
gboolean harden_covers(const struct harden *h, guint16 port, const char *file);
/* Whether every file that was named is still the same one. */
gboolean harden_is_current(const struct harden *h);

#endif

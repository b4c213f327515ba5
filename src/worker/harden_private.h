/* Inside harden*.c only. */
#ifndef CRIER_WORKER_HARDEN_PRIVATE_H
#define CRIER_WORKER_HARDEN_PRIVATE_H

#include <sys/stat.h>

#include "worker/harden.h"

#if defined(__SANITIZE_ADDRESS__)
#define HARDEN_IS_SANITIZED 1
#else
#define HARDEN_IS_SANITIZED 0
#endif

struct harden_file {
    char *path; /* owned */
    dev_t dev;  /* both 0: it was not there */
    ino_t ino;
};

struct harden {
    const struct harden_rights *rights; /* borrowed */
    const char *dir;                    /* borrowed */
    GArray *files;                      /* owned; of struct harden_file; to be read */
    GArray *ports;                      /* owned; of guint16 */
    int held;                           /* HARDENING_… */
};

/* ---- harden_files.c: Landlock ---- */
/* The bits of HARDENING_FILES and HARDENING_PORTS that the kernel took. */
int harden_restrict_files(const struct harden *h);

/* ---- harden_calls.c: seccomp ---- */
/* HARDENING_CALLS, or 0. */
int harden_restrict_calls(const struct harden_rights *rights);

#endif

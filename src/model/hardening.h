/*
 * What a role of the worker has given up for its lifetime, as bits: the role writes them with
 * its heartbeat, status tells them.
 */
#ifndef CRIER_MODEL_HARDENING_H
#define CRIER_MODEL_HARDENING_H

#include <glib.h>

enum {
    HARDENING_NO_NEW_PRIVS = 1 << 0, /* nothing it starts could gain rights */
    HARDENING_FILES =
        1 << 1, /* files: the workspace, and for reading what TLS and names need */
    HARDENING_PORTS = 1 << 2, /* TCP: to the ports of its servers only */
    HARDENING_CALLS = 1 << 3, /* system calls that it has no use for */
    HARDENING_OFF = 1 << 4,   /* switched off by CRIER_HARDEN=off */
};
#define HARDENING_COUNT 4
#define HARDENING_ALL ((1 << HARDENING_COUNT) - 1)

/* Of the bit 1 << i: a word for files and scripts, never translated; NULL from HARDENING_COUNT
 * on. */
const char *hardening_name(int i);

/* The words of the bits in `set`, with ", " between them. Caller frees. */
char *hardening_words(int set);

#endif

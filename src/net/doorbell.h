/*
 * Listens on a port for a moment and answers who comes with one short page: to see whether
 * others reach it. It reads the head of an HTTP request and nothing else; serving pages is not
 * for here. Blocks.
 */
#ifndef CRIER_NET_DOORBELL_H
#define CRIER_NET_DOORBELL_H

#include <glib.h>

#include "net/binding.h"

struct doorbell_visit {
    char *from;      /* owned; the address that connected */
    char *forwarded; /* owned; the first of X-Forwarded-For, as a proxy says; NULL: none */
};
void doorbell_visit_clear(struct doorbell_visit *v);

struct doorbell;

/* CRIER_ERROR_FAILED: what bind(2) said. */
struct doorbell *doorbell_open(const struct binding *b, GError **error);
void doorbell_close(struct doorbell *d); /* NULL is fine */

/* Until somebody asks for a path with `token` in it, who gets `page`; others are told that
 * there is nothing. False: nobody did before the deadline (of clock_mono_us()). */
gboolean doorbell_wait(struct doorbell *d, const char *token, const char *page,
                       gint64 deadline_us, struct doorbell_visit *ret);

#endif

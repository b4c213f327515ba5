/* What ports.c finds and ports_words.c says. */
#ifndef CRIER_DOCTOR_PORTS_PRIVATE_H
#define CRIER_DOCTOR_PORTS_PRIVATE_H

#include "doctor/ports.h"

struct ports_case {
    const struct ports_facts *facts;
    const struct ports_wish *wish;
    struct binding binding;
    const struct ports_socket *socket; /* the first in the way; NULL */
    guint n_alike;                     /* sockets on that one's very address */
    gboolean is_mixed;                 /* ours among them, and another's */
    int why;                           /* what bind(2) said */
    gboolean is_ending; /* free but for connections of a server that was there before */
    char *problem;      /* owned; PORTS_WRONG: why the text cannot be read */
};

/* The sentence of a state and what to do; `suggestion` may be NULL. */
void ports_words(const struct ports_case *c, struct ports_verdict *v);

#endif

/*
 * A DNS of a test's own, without a network: records in a table, answered as net/dns.h would.
 */
#ifndef CRIER_TESTS_UNIT_DOCTOR_FAKEDNS_H
#define CRIER_TESTS_UNIT_DOCTOR_FAKEDNS_H

#include "net/dns.h"

struct fakedns {
    GPtrArray *records; /* owned */
    GPtrArray *failing; /* owned; of char *: what is asked there and not found gets no answer */
    GPtrArray *answers; /* owned */
    guint n_asked;
};

void fakedns_init(struct fakedns *d);
void fakedns_clear(struct fakedns *d);
/* `len` -1: up to NUL. An MX is "10 host", an SRV "10 0 587 host". */
void fakedns_add(struct fakedns *d, const char *name, enum dns_type type, const char *data,
                 gssize len);
void fakedns_fail(struct fakedns *d, const char *name);
/* The answer, owned by `data`, a struct fakedns *. */
const struct dns_answer *fakedns_ask(void *data, const char *name, enum dns_type type);

#endif

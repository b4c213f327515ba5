/*
 * Questions to the DNS about senders' domains: each is asked once a run, whoever of the checks
 * asks it, and a name server that is silent is not waited for again and again.
 */
#ifndef CRIER_DOCTOR_LOOKUP_H
#define CRIER_DOCTOR_LOOKUP_H

#include "doctor/check_private.h"
#include "net/dns.h"

/* That of the run, opened when it is first needed; NULL and the finding said where nobody could
 * be asked: the name server does not answer, or CRIER_DNS is no address. */
struct lookup *lookup_of(struct doctor *d, struct doctor_finding *f);
void lookup_free(struct lookup *l); /* and all answers; NULL is fine */

/* A complete answer, valid until the end of the run. `data` is a struct lookup *: for spf.h and
 * dmarc.h. */
const struct dns_answer *lookup_ask(void *data, const char *name, enum dns_type type);
/* The PTR records of an address. */
const struct dns_answer *lookup_ask_pointer(struct lookup *l, const char *address);

/* The values of an answer, or why there is none, for evidence; caller frees. */
char *lookup_words(const struct dns_answer *a);
/* "example.org TXT: …" as a line of evidence. */
void lookup_show(struct doctor_finding *f, const struct dns_answer *a);

#endif

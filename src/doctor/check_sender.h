/*
 * Checks 19, 21 and 22, their judgement, over a name server that the caller is: what is said
 * about a sender's domain. The checks themselves only choose domains and addresses.
 */
#ifndef CRIER_DOCTOR_CHECK_SENDER_H
#define CRIER_DOCTOR_CHECK_SENDER_H

#include "doctor/doctor.h"
#include "doctor/spf.h"

/* What a check says of one domain; the worst of several is what it says of all. */
struct sender_said {
    enum doctor_result result;
    enum doctor_who who;
    const char *code;  /* NULL unless it warns */
    char *text, *next; /* owned */
};
void sender_said_clear(struct sender_said *s);
/* Says `take` unless something worse, or as bad, was said before. */
void sender_said_merge(struct sender_said *all, struct sender_said *take);
/* As the finding of the check; `s` is empty afterwards. */
void sender_said_give(struct sender_said *s, struct doctor_finding *f);

/* SPF. `addresses`: of struct sending *, may be empty; `host` is the relay's name, NULL:
 * no server is looked at. */
void check_spf_judge(spf_ask *ask, void *data, const char *domain, const char *sender,
                     const char *hello, const char *host, const GPtrArray *addresses,
                     struct sender_said *ret, struct doctor_finding *f);

struct sender_mail {             /* as receivers see it; all borrowed */
    const char *from, *envelope; /* domains */
    gboolean is_spf_failed;      /* SPF of the envelope's domain is known not to pass */
    const GPtrArray *signers;    /* of char *: the domains that crier signs for (d=) */
    const char *broken_signer;   /* one of which no key is published as it must; NULL: none */
};

/* DMARC of From's domain. */
void check_dmarc_judge(spf_ask *ask, void *data, const struct sender_mail *m,
                       struct sender_said *ret, struct doctor_finding *f);

/* Whether answers and bounces reach the domain. */
void check_reverse_domain(spf_ask *ask, void *data, const char *domain, struct sender_said *ret,
                          struct doctor_finding *f);
/* The names of our address, and what EHLO says. `pointer` is the answer about the address. */
void check_reverse_address(spf_ask *ask, void *data, const char *address,
                           const struct dns_answer *pointer, const char *hello,
                           struct sender_said *ret, struct doctor_finding *f);

#endif

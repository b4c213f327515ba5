/*
 * Whose mail the checks of the sender's DNS are about: the domains of From and of the envelope
 * senders, of campaigns or of --from.
 */
#ifndef CRIER_DOCTOR_SENDERS_H
#define CRIER_DOCTOR_SENDERS_H

#include "doctor/check_private.h"

#define SENDERS_DOMAINS_MAX 20 /* more tell nothing new */

struct senders_pair { /* as one mail has them; A-labels, owned */
    char *from;       /* From's domain */
    char *envelope;   /* the envelope sender's domain */
    char *sender;     /* the envelope sender */
};

/* Of struct senders_pair *, each once, in order; owned by the caller. Of this machine: of all
 * campaigns, as if their mail had no mailbox of its own for bounces. */
GPtrArray *senders_pairs(const struct doctor *d);
/* Of char *: From's domains, each once. */
GPtrArray *senders_from_domains(const GPtrArray *pairs);

/* Whether there is any: a check that needs one is left out of the list where none can be. */
gboolean senders_are_asked(const struct doctor *d);
/* TRUE: there is none, and the finding says so. */
gboolean senders_pass(const GPtrArray *pairs, struct doctor_finding *f);

#endif

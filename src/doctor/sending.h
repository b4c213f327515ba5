/*
 * Which address receivers will see: ours, where we speak to them or to a mail server of this
 * machine, else that of the relay, as far as it is known.
 */
#ifndef CRIER_DOCTOR_SENDING_H
#define CRIER_DOCTOR_SENDING_H

#include "doctor/check_private.h"

enum sending_of {
    SENDING_OURS,  /* this machine's, as others see it */
    SENDING_RELAY, /* the server's, to which we hand mail over: it may send by another */
};

struct sending {
    char *address; /* owned */
    enum sending_of of;
};

/* Of struct sending *, those that SPF and reverse names can be judged by; owned by the caller.
 * Empty: only private ones are known. */
GPtrArray *sending_addresses(const struct doctor *d);

#endif

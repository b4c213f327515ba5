/*
 * Check 27, its judgement: what the SRV records of a domain (RFC 6186, RFC 8314) name, and what
 * we have.
 */
#ifndef CRIER_DOCTOR_CHECK_SRV_H
#define CRIER_DOCTOR_CHECK_SRV_H

#include "doctor/doctor.h"
#include "doctor/spf.h"
#include "net/stream.h"

struct check_srv_seen {
    const char *domain;
    enum stream_protocol protocol;
    const char *host; /* as set */
    int port;
    gboolean is_in_trouble; /* it could not be connected to, or does not let us in */
};

void check_srv_judge(spf_ask *ask, void *data, const struct check_srv_seen *s,
                     struct doctor_finding *f);

#endif

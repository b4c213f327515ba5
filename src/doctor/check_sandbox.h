/*
 * What confines the worker, as facts, and what they mean. Inside the doctor only.
 */
#ifndef CRIER_DOCTOR_CHECK_SANDBOX_H
#define CRIER_DOCTOR_CHECK_SANDBOX_H

#include "doctor/check_private.h"

struct sandbox {
    const char *host, *address; /* what it connects to */
    const char *device;         /* by which; NULL: not known */
    const char *held;        /* what its role gave up, in words; NULL: it could not be tried */
    const char *why_untried; /* NULL: it was */
    const char *names, *connect; /* why not, of the trial; NULL: it works */
    const char *unit;            /* the systemd unit of the running worker; NULL: none */
    const char *unit_rules;      /* lines KEY=VALUE of `systemctl show`; NULL: not known */
    const char *label;           /* of the worker by SELinux or AppArmor; NULL: none */
    const char *own_label;       /* ours */
};

void sandbox_judge(const struct sandbox *s, struct doctor_finding *f);

/* Why a unit with these rules cannot speak to `address` by `device` (may be NULL):
 * "PrivateNetwork=yes"; NULL: it can. Caller frees. */
char *sandbox_unit_forbids(const char *rules, const char *address, const char *device);

#endif

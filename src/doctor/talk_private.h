/*
 * Inside the doctor only: what the checks of the conversation have in common.
 */
#ifndef CRIER_DOCTOR_TALK_PRIVATE_H
#define CRIER_DOCTOR_TALK_PRIVATE_H

#include "doctor/check_private.h"

/* "Set it so: crier server set main --security tls.", or in words for what has no record.
 * Caller frees. */
char *doctor_talk_remedy(const struct doctor_subject *s, const char *option);

#endif

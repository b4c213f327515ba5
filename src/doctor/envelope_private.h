/*
 * Inside the doctor only: what an envelope's refusal means. Pure.
 */
#ifndef CRIER_DOCTOR_ENVELOPE_PRIVATE_H
#define CRIER_DOCTOR_ENVELOPE_PRIVATE_H

#include "doctor/wire_private.h"

enum envelope_fault { /* the worse, the further down */
                      ENVELOPE_TAKEN,
                      ENVELOPE_GREYLISTED,
                      ENVELOPE_LATER,
                      ENVELOPE_RECIPIENT,
                      ENVELOPE_UNKNOWN, /* no answer came */
                      ENVELOPE_BUSY,
                      ENVELOPE_SIZE,
                      ENVELOPE_SENDER,
                      ENVELOPE_RELAY,
                      ENVELOPE_HELLO,  /* our name */
    ENVELOPE_CLIENT, /* the address that we come from */
    ENVELOPE_NEEDS_LOGIN,
    ENVELOPE_NEEDS_TLS,
                      ENVELOPE_FAULT_COUNT
};
/* `has_user`: a login is configured, and was done. */
enum envelope_fault envelope_fault_of(const struct wire_reply *r, gboolean has_user);

#endif

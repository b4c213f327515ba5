/*
 * Inside the doctor only: what failed about TLS, read from the library's words. Pure.
 */
#ifndef CRIER_DOCTOR_TLS_PRIVATE_H
#define CRIER_DOCTOR_TLS_PRIVATE_H

enum tls_fault {
    TLS_EXPIRED,
    TLS_NOT_YET,
    TLS_WRONG_NAME,
    TLS_SELF_SIGNED,
    TLS_UNKNOWN_CA,
    TLS_OLD,  /* no version in common */
    TLS_NONE, /* the other side does not speak it */
    TLS_OTHER,
    TLS_FAULT_COUNT
};
enum tls_fault tls_fault_of(const char *said);

/* The name of a program or device that opens encryption, when it issued this; else NULL. */
const char *tls_interceptor(const char *issuer);

#endif

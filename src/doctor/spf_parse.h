/*
 * The SPF record as it is written (RFC 7208 sections 4.5, 4.6 and 12): terms in their order,
 * each of them checked, as a record with one mistake anywhere is a record with a mistake.
 */
#ifndef CRIER_DOCTOR_SPF_PARSE_H
#define CRIER_DOCTOR_SPF_PARSE_H

#include <glib.h>

#include "doctor/spf_macro.h"

enum spf_mechanism {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_MECHANISM_COUNT
};

struct spf_term {
    char *text;     /* owned; as written, safe to show */
    char qualifier; /* '+', '-', '~' or '?' */
    enum spf_mechanism mechanism;
    char *domain;           /* owned; domain-spec; NULL: the record's own */
    struct spf_address net; /* IP4, IP6 */
    int bits4, bits6;       /* lengths of prefixes */
};

struct spf_record {
    GPtrArray *terms; /* owned; of struct spf_term * */
    char *redirect;   /* owned; domain-spec, or NULL */
    char *exp;        /* owned; likewise */
};

/* Whether a TXT record is meant as SPF: "v=spf1", then a blank or its end. */
gboolean spf_is_record(const char *text, gsize len);
/* INVALID: a sentence that names the term. `len`: it may hold NUL, which is a mistake. */
struct spf_record *spf_parse(const char *text, gsize len, GError **error);
void spf_record_free(struct spf_record *r); /* NULL is fine */

/* Those that ask the DNS, of which a record may have ten (section 4.6.4). */
gboolean spf_mechanism_asks(enum spf_mechanism m);

#endif

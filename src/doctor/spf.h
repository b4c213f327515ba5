/*
 * SPF, RFC 7208: may this address send for that domain? check_host() with its limits, over a
 * name server that the caller is, and the way it took, so that a person can be told which
 * term of whose record decided.
 */
#ifndef CRIER_DOCTOR_SPF_H
#define CRIER_DOCTOR_SPF_H

#include <glib.h>

#include "net/dns.h"

#define SPF_LOOKUPS_MAX 10 /* terms that ask the DNS (section 4.6.4) */
#define SPF_VOIDS_MAX 2    /* of them that find nothing */
#define SPF_NAMES_MAX 10   /* hosts of an MX, names of an address */
#define SPF_TRAIL_MAX 100  /* lines */

enum spf_result {
    SPF_NONE,
    SPF_NEUTRAL,
    SPF_PASS,
    SPF_FAIL,
    SPF_SOFTFAIL,
    SPF_TEMPERROR,
    SPF_PERMERROR,
    SPF_RESULT_COUNT
};
const char *spf_result_name(enum spf_result r); /* "none", "neutral", … as in RFC 7208 */

/* A complete answer, borrowed until the check is over. */
typedef const struct dns_answer *spf_ask(void *data, const char *name, enum dns_type type);

struct spf_question {
    const char *ip;       /* IPv4 or IPv6, as text */
    const char *sender;   /* envelope sender; NULL or "": postmaster at `hello` */
    const char *hello;    /* EHLO name */
    const char *receiver; /* who checks, for %{r}; NULL: "unknown" */
    gint64 now_s;         /* for %{t} */
    spf_ask *ask;
    void *data;
};

struct spf_verdict {
    enum spf_result result;
    char *explanation; /* owned; of a fail, by exp=; NULL: none. From outside: not safe yet */
    char *term;        /* owned; which decided, "-all"; NULL: none did */
    char *where;       /* owned; whose record that is; NULL likewise */
    char *problem;     /* owned; why TEMPERROR or PERMERROR, a sentence's middle; else NULL */
    int n_lookups;
    int n_voids;
    int n_others; /* records of other domains that it leads to, by include or redirect */
    GPtrArray *trail; /* owned; of char *, safe to show: what was looked at, in order */
};

/* `domain` in A-labels: the sender's, as a rule. `ret` is for spf_verdict_clear(). */
void spf_check(const struct spf_question *q, const char *domain, struct spf_verdict *ret);
void spf_verdict_clear(struct spf_verdict *v);

#endif

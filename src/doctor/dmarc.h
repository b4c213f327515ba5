/*
 * DMARC, RFC 9989: the record, the walk up the tree that finds it, the domain of the
 * organization, and whether two domains are aligned. Over a name server that the caller is.
 */
#ifndef CRIER_DOCTOR_DMARC_H
#define CRIER_DOCTOR_DMARC_H

#include <glib.h>

#include "net/dns.h"

#define DMARC_QUERIES_MAX 8 /* of one walk (section 4.10) */

enum dmarc_policy {
    DMARC_NONE,
    DMARC_QUARANTINE,
    DMARC_REJECT,
    DMARC_UNSET /* the tag is not there */
};
const char *dmarc_policy_name(enum dmarc_policy p); /* "none", … */

struct dmarc_record {
    enum dmarc_policy p, sp, np; /* DMARC_UNSET: not there */
    gboolean is_policy_valid;    /* FALSE: p, sp or np is none of the three words */
    gboolean is_spf_strict, is_dkim_strict;
    gboolean is_testing;   /* t=y */
    char psd;              /* 'y', 'n' or 'u' */
    gboolean has_reports;  /* rua with at least one mailto: */
    gboolean has_old_tags; /* pct, rf or ri, which receivers of RFC 9989 do not read */
};

/* False: it is no DMARC record (section 4.7: v=DMARC1 must come first, in that case). */
gboolean dmarc_parse(const char *text, gsize len, struct dmarc_record *ret);

typedef const struct dns_answer *dmarc_ask(void *data, const char *name, enum dns_type type);

enum dmarc_found {
    DMARC_FOUND,
    DMARC_MISSING, /* nowhere on the walk */
    DMARC_SEVERAL, /* more than one record at the domain itself, so that none counts */
    DMARC_BROKEN,  /* a TXT record there is meant as one, but is none; or its policy is
                      unreadable  and nobody gets reports: no DMARC at all */
    DMARC_UNKNOWN  /* the DNS failed */
};

struct dmarc_verdict {
    enum dmarc_found found;
    char
        *where; /* owned; the domain whose record applies; of SEVERAL, BROKEN, UNKNOWN: where */
    char *text; /* owned; that record, safe to show; NULL: none */
    char *why;  /* owned; of UNKNOWN */
    struct dmarc_record record; /* FOUND */
    enum dmarc_policy policy;   /* FOUND; as it applies to the domain, tests considered */
    char *organization;         /* owned; never NULL */
};

/* Of From's domain, in A-labels. `ret` is for dmarc_verdict_clear(). */
void dmarc_discover(dmarc_ask *ask, void *data, const char *domain, struct dmarc_verdict *ret);
void dmarc_verdict_clear(struct dmarc_verdict *v);

/* The domain of the organization that `domain` is of; caller frees. */
char *dmarc_organization(dmarc_ask *ask, void *data, const char *domain);

#endif

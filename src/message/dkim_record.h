/*
 * The DNS record that publishes a DKIM key (RFC 6376, 3.6.1; RFC 8463): writing it, and telling
 * whether a published one is it. Not for asking the DNS.
 */
#ifndef CRIER_MESSAGE_DKIM_RECORD_H
#define CRIER_MESSAGE_DKIM_RECORD_H

#include <glib.h>

#include "base/crypto_key.h"

/* "SELECTOR._domainkey.DOMAIN". Caller frees. */
char *dkim_record_name(const char *selector, const char *domain);
/* "v=DKIM1; k=rsa; p=…". Caller frees. */
char *dkim_record_text(enum crypto_key_kind kind, const char *public_key);
/* As a line of a zone file, the text cut into strings that a TXT record can hold (RFC 1035,
 * 3.3.14), ending in a newline. Caller frees. */
char *dkim_record_zone(const char *selector, const char *domain, const char *text);

enum dkim_record_state {
    DKIM_RECORD_OURS,
    DKIM_RECORD_TESTING,    /* ours, with t=y: receivers may treat mail as unsigned */
    DKIM_RECORD_NONE,       /* no key record at all, as v=spf1 … */
    DKIM_RECORD_BROKEN,     /* meant as one, but not readable */
    DKIM_RECORD_REVOKED,    /* empty p= */
    DKIM_RECORD_OTHER_KIND, /* k= is another algorithm */
    DKIM_RECORD_OTHER_KEY,
    DKIM_RECORD_NOT_MAIL, /* s= leaves out mail, or h= leaves out SHA-256 */
    DKIM_RECORD_STATE_COUNT
};

/* What the TXT record `text` is to the key whose public half is `public_key`. */
enum dkim_record_state dkim_record_compare(const char *text, gsize len,
                                           enum crypto_key_kind kind, const char *public_key);

#endif

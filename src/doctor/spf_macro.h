/*
 * Macro strings of SPF (RFC 7208 section 7): whether one is written as it must be, and what it
 * becomes. The DNS is not asked here, but for %{p} the caller is.
 */
#ifndef CRIER_DOCTOR_SPF_MACRO_H
#define CRIER_DOCTOR_SPF_MACRO_H

#include <glib.h>

#define SPF_NAME_MAX 253       /* of a domain name in a question */
#define SPF_EXPANDED_MAX 16384 /* octets that anything expands to */

enum spf_macro_use {
    SPF_MACRO_STRING, /* value of a modifier that is not known */
    SPF_MACRO_DOMAIN, /* domain-spec: ends in a top label or a macro */
    SPF_MACRO_TEXT    /* of an explanation: blanks, and c, r and t besides */
};

struct spf_address {
    gboolean is_ipv6;
    guint8 octets[16]; /* IPv4: the first four */
};

/* An IPv4 address within an IPv6 one (::ffff:192.0.2.1) is an IPv4 address (section 5). */
gboolean spf_address_parse(const char *text, struct spf_address *ret);
/* Whether the first `bits` are the same; never across families. */
gboolean spf_address_within(const struct spf_address *a, const struct spf_address *net,
                            int bits);
/* "192.0.2.1"; caller frees. */
char *spf_address_text(const struct spf_address *a);

struct spf_macro_values {
    const struct spf_address *ip;
    const char *local, *sender_domain; /* of the sender */
    const char *domain;                /* whose record it is */
    const char *hello;
    const char *receiver; /* who checks */
    gint64 now_s;
    const char *(*validated)(void *data); /* %{p}; borrowed */
    void *data;
};

/* INVALID says what is wrong, to stand behind a colon. Any octets may come. */
gboolean spf_macro_check(const char *text, gsize len, enum spf_macro_use use, GError **error);

/*
 * Of a text that spf_macro_check() passes. As a domain it loses a dot at its end and labels at
 * its beginning until it fits into a question. NULL: it has no value that could match anything
 * (a local part that is not ASCII, RFC 8616 section 4; longer than SPF_EXPANDED_MAX). Caller
 * frees.
 */
char *spf_macro_expand(const char *text, enum spf_macro_use use,
                       const struct spf_macro_values *v);

#endif

/*
 * DNS records, over c-ares: for checks and the doctor, not for connecting (stream.c resolves by
 * itself). It blocks: questions are asked, then dns_wait() waits for all of them together. For
 * verbs that run in a process of their own, never inside a send loop.
 */
#ifndef CRIER_NET_DNS_H
#define CRIER_NET_DNS_H

#include <glib.h>

#define DNS_TIMEOUT_MS 5000
#define DNS_MAX_RECORDS 100 /* of one answer; what is beyond is not looked at */

enum dns_type { DNS_A, DNS_AAAA, DNS_CNAME, DNS_MX, DNS_PTR, DNS_SRV, DNS_TXT, DNS_TYPE_COUNT };
const char *dns_type_name(enum dns_type t); /* "A", "AAAA", … */

enum dns_status {
    DNS_WAITING,
    DNS_FOUND,   /* at least one record */
    DNS_NO_DATA, /* the name is there, but has no record of this type */
    DNS_NO_NAME, /* there is no such name */
    DNS_FAILED,  /* no usable answer: `why` says what came instead */
    DNS_STATUS_COUNT
};

enum dns_fault { /* of DNS_FAILED: who is to blame */
                 DNS_FAULT_NONE,
                 DNS_FAULT_SILENT, /* nothing came in time */
                 DNS_FAULT_CLOSED, /* nothing listens there, or there is no way to it */
                 DNS_FAULT_SERVFAIL,
                 DNS_FAULT_REFUSED,
                 DNS_FAULT_BROKEN /* something came that is no answer */
};

struct dns_value {
    char *text;     /* owned. Address, or name in lower case without a dot at the end ("" is the
                       root: as MX a null MX, RFC 7505), or TXT with its pieces joined */
    gsize len;      /* of text, which may hold NUL when it is a TXT */
    int preference; /* of an MX, or the priority of an SRV; they come lowest first */
    int weight;     /* of an SRV */
    int port;       /* of an SRV */
};

struct dns_answer {
    char *name; /* owned; as asked */
    enum dns_type type;
    enum dns_status status;
    char *alias;       /* owned; where CNAME records led to, NULL: nowhere */
    GPtrArray *values; /* owned; of struct dns_value * */
    char *why;         /* owned; NULL unless DNS_FAILED; stands behind a colon */
    enum dns_fault fault;
    gint64 took_us; /* from question to answer */
};

struct dns;

/*
 * `servers`: "ADDRESS[:PORT][,…]", IPv6 in brackets; NULL: CRIER_DNS from the environment, else
 * what the system uses. Within `timeout_ms` a dns_wait() ends. CRIER_ERROR_INVALID names the
 * list.
 */
struct dns *dns_open(const char *servers, int timeout_ms, GError **error);
void dns_close(struct dns *d); /* and all answers; NULL is fine */

/* Asks; the answer is owned by `d` and complete after dns_wait(). `name` is ASCII. */
const struct dns_answer *dns_ask(struct dns *d, const char *name, enum dns_type type);
/* The PTR records of an IPv4 or IPv6 address. */
const struct dns_answer *dns_ask_pointer(struct dns *d, const char *address);
/* Until every question has its answer or the time is over. */
void dns_wait(struct dns *d);
/* The same for several at once, each within its own time from now. */
void dns_wait_together(struct dns *const *all, guint n);

/* Whom it asks, in that order: "10.0.0.1", "[2001:db8::1]:5353", each fit for dns_open().
 * g_strfreev(). */
char **dns_servers(const struct dns *d);

#endif

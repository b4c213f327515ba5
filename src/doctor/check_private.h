/*
 * Inside the doctor only: what a check is, and what checks tell each other. A check reads the
 * subject and the facts of those before it, adds facts, and says what it found.
 */
#ifndef CRIER_DOCTOR_CHECK_PRIVATE_H
#define CRIER_DOCTOR_CHECK_PRIVATE_H

#include <glib.h>

#include "doctor/doctor.h"
#include "doctor/subject.h"

#define DOCTOR_NEEDS_MAX 4

struct lookup; /* lookup.h */

/* What is known so far. Each group is written by the checks named there alone; the texts are
 * owned by the run, safe to show, and NULL where it is not known. */
struct doctor_facts {
    /* --- names --- */
    GPtrArray *addresses; /* of char *: of the host, in the order of getaddrinfo(3) */
    const char *address;  /* the one that is spoken to: the first of a family with a route */
    gboolean is_ipv6;     /* of `address` */
    gboolean is_loopback; /* of `address`: no wire, no hops */
    /* --- route --- */
    char *source;  /* our own address towards it */
    char *device;  /* "eth0" */
    char *gateway; /* NULL: it is on the link */
    gboolean was_silent; /* connections to `address` were waited for already, in vain */
    /* --- connect, way, doors --- */
    struct way *way;       /* owned; doctor/way.h: what connect saw, and its connection */
    gboolean is_connected; /* the mail port answered */
    gboolean is_proxied;   /* something in between answers in its place */
    int hops;              /* to the host, 0: not known */
    int other_port;        /* another door of this host that is open; 0: none, or not known */
    /* --- greeting, hello --- */
    char *greeting;    /* its first line */
    struct talk *talk; /* owned; open from greeting to hello; NULL: none is */
    char *ehlo;     /* its EHLO reply, lines joined by '\n'; IMAP, POP3: capabilities */
    char *seen_as;  /* our address as the server sees it */
    /* --- tls, login --- */
    gboolean is_encrypted;
    gboolean is_logged_in;
    /* --- spf, dkim, dmarc, reverse, srv --- */
    struct lookup *lookup; /* owned; what was asked about senders' domains; see lookup_of() */
    GPtrArray *spf_failed;  /* of char *: domains of envelope senders whose SPF does not pass */
    GPtrArray *dkim_failed; /* of char *: domains that crier signs for, and in vain */
};

struct doctor {
    const struct doctor_subject *subject; /* borrowed */
    struct doctor_facts facts;
    GPtrArray *findings; /* borrowed; of those before */
};

struct doctor_check {
    int number;        /* its place in the list; 0 ends it */
    const char *name;  /* for programs and `needs` */
    const char *title; /* N_(): one to three words */
    const char
        *needs[DOCTOR_NEEDS_MAX]; /* names; NULL-ended unless full: it is skipped where
                                     one of these failed or was skipped for such a reason */
    unsigned of;                  /* enum doctor_kind: whom it is for */
    gboolean (*is_asked)(const struct doctor *d); /* NULL: always; else it is not in the list */
    void (*run)(struct doctor *d, struct doctor_finding *f);
};

/* The list, by number; ends with number 0. checks.c. */
const struct doctor_check *doctor_checks(void);
/* For tests: the same over another list. */
struct doctor_run *doctor_run_list(const struct doctor_check *list,
                                   struct doctor_subject *take_subject,
                                   const struct doctor_calls *calls);

/* ---- what a check says ---- */

/* Exactly once. Both texts are taken; `take_next` may be NULL. Text from outside is passed
 * through text_safe() by the caller. */
void doctor_say(struct doctor_finding *f, enum doctor_result result, enum doctor_who who,
                const char *code, char *take_text, char *take_next);
void doctor_ok(struct doctor_finding *f, char *take_text);
/* There is nothing to look at: those that need it are looked at all the same. */
void doctor_pass(struct doctor_finding *f, char *take_text);
/* Made safe; what is beyond DOCTOR_MAX_LINES is left out. */
void doctor_evidence(struct doctor_finding *f, const char *format, ...) G_GNUC_PRINTF(2, 3);
void doctor_transcript(struct doctor_finding *f, char direction, const char *text);
/* Made safe; owned by the run as a fact. `slot` is freed before. */
void doctor_fact(char **slot, const char *text);

/* What the check `name` found; NULL: it was not run. */
const struct doctor_finding *doctor_found(const struct doctor *d, const char *name);

#endif

/*
 * Refusals that are not the person's fault: replies that mean we are blocked or misconfigured.
 * A table only, the first row that fits decides; reading it from files is transfer/faultfile.c's,
 * what follows from it the worker's.
 */
#ifndef CRIER_MODEL_FAULT_H
#define CRIER_MODEL_FAULT_H

#include <glib.h>

#include "model/reply.h"

#define FAULT_ROWS_MAX 4000
#define FAULT_PHRASES_MAX 100 /* of a row */

enum fault_rest {
    FAULT_REST_NONE,     /* not ours: the reply stands as it is */
    FAULT_REST_RECEIVER, /* that provider or domain refuses us */
    FAULT_REST_SERVER,   /* our own outgoing server does not let us */
    FAULT_REST_COUNT
};
const char *fault_rest_name(enum fault_rest r); /* "nothing" "receiver" "server" */

/* What the causes that come with the program mean. */
struct fault_cause {
    const char *name;  /* as in the table's rows */
    const char *label; /* a short name: "SPF"; N_() */
    const char *todo;  /* one sentence without a full stop; N_() */
    enum fault_rest rest;
};
const struct fault_cause *fault_causes(void); /* ends with name NULL */
const struct fault_cause *fault_cause_find(const char *name); /* NULL: none of ours */

struct fault {
    char *cause;    /* owned; one of fault_causes(), or the file's own, which needs a label */
    char *label;    /* owned; NULL: the cause's */
    char *todo;     /* owned; NULL: the cause's */
    char *link;     /* owned; where it says more; NULL: nowhere */
    char *code;     /* owned; as in struct reply_rule; NULL: "4xx" and "5xx" */
    char *enhanced; /* owned; as in struct reply_rule; NULL: any or none */
    char **phrases; /* owned; one of them must be in the text: whole words, case ignored, '*' is
                       anything; NULL: any text */
    char *provider; /* owned; only of that receiver, by its name; '*' as above; NULL: any */
    enum fault_rest rest;
    char *file; /* owned; where it stands, for messages */
    int line;
};

struct faults; /* the rows in their order */

struct faults *faults_new(void); /* empty: nothing is our fault */
void faults_free(struct faults *t); /* NULL is fine */
/* A row at the end; takes it. */
void faults_take(struct faults *t, struct fault *row);
void faults_take_all(struct faults *t, struct faults *rows); /* `rows` is gone afterwards */
guint faults_count(const struct faults *t);
const struct fault *faults_at(const struct faults *t, guint i);
struct fault *fault_new(void);
void fault_free(struct fault *f);

/* The row that decides about this refusal, also one that says "not ours"; NULL: none does, or
 * it is no refusal. `receiver` (may be NULL): who refuses, a provider's name or a domain. Valid
 * as long as the table. */
const struct fault *faults_find(const struct faults *t, const struct reply *r,
                                const char *receiver);
gboolean fault_is_ours(const struct fault *f); /* NULL: no */

/* In the language of the program, "" never; borrowed. */
const char *fault_label(const struct fault *f);
/* What to do about it, with the link, without a full stop. Caller frees. */
char *fault_todo(const struct fault *f);

/* How long a receiver rests after so many refusals in a row whose fault is ours; 0: not yet.
 * An hour at first, then twice as long each time up to six. */
#define FAULT_ROW_LENGTH 5
gint64 fault_rest_s(int n_in_row);
/* When somebody who was refused for our fault is tried again, who was tried first that long
 * ago: no attempt is used up, so the wait grows with the time that has passed. */
gint64 fault_wait_s(gint64 age_s, gint64 retry_s);

/*
 * A reply as it is written down somewhere, "550-5.7.26 text 550 5.7.26 more", in one line or
 * several, into `ret`; codes that are repeated within are taken out. False: it begins with no
 * code.
 */
gboolean fault_parse_reply(const char *text, struct reply *ret);
/* The other way: "550 5.7.26 text", one line. Caller frees. */
char *fault_write_reply(const struct reply *r);

#endif

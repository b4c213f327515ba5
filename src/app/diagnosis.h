/*
 * A run of the doctor as it was told or stored: read from its JSON, and written as a text for
 * an administrator. What is looked at, and how, is the doctor's; here nothing is found out.
 */
#ifndef CRIER_APP_DIAGNOSIS_H
#define CRIER_APP_DIAGNOSIS_H

#include <glib.h>

#include "base/json.h"

#define DIAGNOSIS_STEPS_MAX 200

enum diagnosis_result {
    DIAGNOSIS_OK,
    DIAGNOSIS_WARN,
    DIAGNOSIS_FAIL,
    DIAGNOSIS_SKIP,
    DIAGNOSIS_RESULT_COUNT
};
/* By its word for programs; what is none of them is FAIL: it must not pass for well. */
enum diagnosis_result diagnosis_result_of(const char *word);
/* "you, in crier's settings" for "you"; NULL for NULL, "nobody" and words of a later version.
 * Borrowed. */
const char *diagnosis_who(const char *word);

/* What one check found. Every text is safe to show. */
struct diagnosis_step {
    int number;
    enum diagnosis_result result;
    char *check, *title;     /* owned; "" when it does not say */
    char *text;              /* owned; likewise */
    char *code, *who, *next; /* owned; NULL: none */
    GPtrArray *evidence;     /* owned; of char * */
    GPtrArray *transcript;   /* owned; of char * */
    int use_port;            /* the port of the same host that works instead; 0: none */
    double seconds;
};
void diagnosis_step_free(struct diagnosis_step *s); /* NULL is fine */
/* Never NULL: what is missing is empty. */
struct diagnosis_step *diagnosis_step_parse(const struct json *finding);
/* All of it to read: sentence, who must act, what to do, evidence, transcript. Caller frees. */
char *diagnosis_step_text(const struct diagnosis_step *s);

struct diagnosis {
    char *kind, *name;                /* owned; name NULL: the machine */
    char *protocol, *host, *security; /* owned; NULL: the machine */
    int port;
    gint64 begun_us; /* wall; 0: not said */
    double seconds;
    enum diagnosis_result result;
    char *verdict;           /* owned */
    char *code, *who, *next; /* owned; NULL: none */
    GPtrArray *steps;        /* owned; of struct diagnosis_step * */
};
void diagnosis_free(struct diagnosis *d); /* NULL is fine */
/* One run, or the first of {"runs": […]}. NULL and INVALID when it is neither. */
struct diagnosis *diagnosis_parse(const char *text, gsize len, GError **error);
/* The finding that explains the result; NULL: all is well. Borrowed. */
const struct diagnosis_step *diagnosis_cause(const struct diagnosis *d);
/* "server main (smtp.example.org:587)", "this machine". Caller frees. */
char *diagnosis_subject(const struct diagnosis *d);
/* The report, as `crier doctor --report` writes it. Caller frees. */
char *diagnosis_text(const struct diagnosis *d);

#endif

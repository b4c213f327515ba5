/*
 * The queue of a mail server on this machine, as Postfix tells it, and what it means. Inside
 * the doctor only.
 */
#ifndef CRIER_DOCTOR_CHECK_QUEUE_H
#define CRIER_DOCTOR_CHECK_QUEUE_H

#include "doctor/check_private.h"

struct queue_reason {
    char *text; /* owned; safe to show */
    int n;      /* recipients */
};

struct queue {
    gint64 n, n_deferred; /* mails */
    gint64 n_recipients;
    gint64 oldest_us;   /* wall; 0: it is empty */
    GPtrArray *reasons; /* owned; of struct queue_reason *, the commonest first */
    gboolean is_cut;    /* it is longer than what was read */
};

/* The lines of `postqueue -j`; what is no such line is passed over. For queue_free(). */
struct queue *queue_parse(const char *text, gsize len);
void queue_free(struct queue *q); /* NULL is fine */

void queue_judge(const struct queue *q, gint64 now_us, struct doctor_finding *f);

#endif

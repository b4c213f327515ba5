/*
 * What `crier sink` did: totals, and the log that tests count. A message whose dot was taken is
 * in the log before its reply leaves, whatever becomes of the reply.
 */
#ifndef CRIER_SINK_TALLY_H
#define CRIER_SINK_TALLY_H

#include <glib.h>
#include <stdio.h>

enum tally_verdict {
    TALLY_ACCEPTED,
    TALLY_REFUSED,
    TALLY_DEFERRED,
    TALLY_DROPPED_BEFORE,
    TALLY_DROPPED_AFTER,
    TALLY_HALF_REPLY,
    TALLY_SWALLOWED,
    TALLY_JUNK,
    TALLY_VERDICT_COUNT
};

struct tally {
    int fd; /* of the log; -1 without one */
    gint64 connections;
    gint64 messages; /* taken: the receiver has them, whatever the sender was told */
    gint64 bytes;    /* of those */
    gint64 verdicts[TALLY_VERDICT_COUNT]; /* recipients */
    GString *line;                        /* owned; scratch */
};

struct tally_event {
    gint64 seq; /* of the message; 0 when none began */
    const char *phase;
    const char *from;
    const char *const *to; /* n_to recipients: a line each */
    gsize n_to;
    gint64 bytes;           /* -1: no message */
    const char *sha256;     /* NULL: not known */
    const char *message_id; /* NULL: none */
    const char *envid;      /* NULL: none */
    const char *file;       /* NULL: not kept */
    enum tally_verdict verdict;
    int code; /* 0: no reply was made */
};

/* Appends to the log at `path` (made 0600; NULL: none). */
gboolean tally_open(struct tally *t, const char *path, GError **error);
void tally_close(struct tally *t);

/* True when the receiver has the message after this verdict. */
gboolean tally_is_taken(enum tally_verdict v);
const char *tally_verdict_name(enum tally_verdict v);

/* Counts, and writes one JSON object a recipient, all in one write(2). False when the log could
 * not be written: then nothing is counted and the message must not be taken. */
gboolean tally_add(struct tally *t, const struct tally_event *e, GError **error);

/* Totals as text for a person or as one JSON object. */
void tally_print(const struct tally *t, gboolean as_json, FILE *out);

#endif

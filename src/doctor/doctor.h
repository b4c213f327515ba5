/*
 * Why can mail not go out? A table of checks in the order of the network, each with its
 * prerequisites; one run of it over one subject, and what it found. Nothing that it does
 * changes anything, and nothing sends a mail but the letter that was asked for. It blocks: it
 * runs in a process of its own. (doc: ports and the doctor, C)
 */
#ifndef CRIER_DOCTOR_DOCTOR_H
#define CRIER_DOCTOR_DOCTOR_H

#include <glib.h>

#include "base/json.h"

#define DOCTOR_MAX_LINES 200 /* of evidence, and of a transcript, of one check */

enum doctor_result {
    DOCTOR_OK,
    DOCTOR_WARN,
    DOCTOR_FAIL,
    DOCTOR_SKIP, /* what it needs failed, or there is nothing to look at; `text` says why */
    DOCTOR_RESULT_COUNT
};
const char *doctor_result_name(enum doctor_result r); /* "ok", "warn", "fail", "skip" */

/* Who must act. */
enum doctor_who {
    DOCTOR_NOBODY,
    DOCTOR_YOU,     /* settings of crier */
    DOCTOR_ADMIN,   /* who administers this machine */
    DOCTOR_NETWORK, /* who runs the router, the firewall or the provider in between */
    DOCTOR_SERVER,  /* who runs the mail server */
    DOCTOR_DOMAIN,  /* who keeps the DNS of the sender's domain */
    DOCTOR_WHO_COUNT
};
const char *doctor_who_name(enum doctor_who w);  /* for programs: "you", "admin" … */
const char *doctor_who_words(enum doctor_who w); /* "the administrator of this machine" */

struct doctor_finding {
    int number;        /* of the check, in the order of the list */
    const char *check; /* borrowed; its name for programs: "connect" */
    const char *title; /* borrowed; N_(): "connection" */
    enum doctor_result result;
    enum doctor_who who;   /* DOCTOR_NOBODY unless it failed or warns */
    const char *code;      /* borrowed; a short word for programs: "dropped"; NULL: none */
    char *text;            /* owned; one sentence, safe to show, without what to do */
    char *next;            /* owned; what to do, one sentence; NULL: nothing */
    GPtrArray *evidence;   /* owned; of char *: facts that were seen, a line each, safe */
    GPtrArray *transcript; /* owned; of char *: "> EHLO x", "< 250 …"; secrets are masked */
    guint16 use_port;      /* the port of the same host that works instead; 0: none */
    gint64 took_us;
};

/* It was not looked at, because what it needs failed. */
gboolean doctor_is_left_out(const struct doctor_finding *f);

struct doctor_subject; /* subject.h */

/* One subject, looked at once. */
struct doctor_run {
    struct doctor_subject *subject; /* owned */
    gint64 begun_us;                /* wall */
    gint64 took_us;
    GPtrArray *findings; /* owned; of struct doctor_finding *, by number */
};

struct doctor_calls { /* each may be NULL */
    void (*begun)(int number, int total, const char *title,
                  void *data); /* `title` translated */
    void (*found)(const struct doctor_finding *f, void *data);
    void *data;
};

/* Takes `take_subject`. Never NULL. */
struct doctor_run *doctor_run(struct doctor_subject *take_subject,
                              const struct doctor_calls *calls);
void doctor_run_free(struct doctor_run *r); /* NULL is fine */

/* The worst result: FAIL, WARN or OK. */
enum doctor_result doctor_run_result(const struct doctor_run *r);
/* The finding that explains it: the first that failed, else the first that warns; NULL: all is
 * well. Borrowed. */
const struct doctor_finding *doctor_run_cause(const struct doctor_run *r);
/* The verdict: what it is, one sentence. Caller frees. */
char *doctor_run_verdict(const struct doctor_run *r);

/* ---- report.c ---- */

/* {"kind", "name", "protocol", "host", "port", "security", "begun", "seconds", "result",
 * "verdict", "code", "who", "next", "checks": […]} */
void doctor_run_json(struct json_writer *w, const struct doctor_run *r);
/* {"number", "check", "title", "result", "code", "text", "who", "next", "evidence": […],
 * "transcript": […], "use_port" (0: none), "seconds"} */
void doctor_finding_json(struct json_writer *w, const struct doctor_finding *f);
/* For an administrator: all of it as plain text, lines of at most 78 cells but those that came
 * from elsewhere. Passwords and tokens do not stand in it. Caller frees. */
char *doctor_run_text(const struct doctor_run *r);

#endif

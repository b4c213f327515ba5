/*
 * What check 24 judges, as facts, so that it can be tried without a full disk. Inside the
 * doctor only.
 */
#ifndef CRIER_DOCTOR_CHECK_RESOURCES_H
#define CRIER_DOCTOR_CHECK_RESOURCES_H

#include "doctor/check_private.h"
#include "net/hostinfo.h"

struct resources {
    const char *dir; /* of the workspace; NULL: there is none, and nothing of it is known */
    gboolean has_room;
    struct hostinfo_room room;
    int write_error;          /* errno of writing to the folder or the database; 0: none */
    gint64 wal_bytes;         /* of the write-ahead log */
    const char *damage;       /* of the database; NULL: none was found */
    const char *unreadable;   /* why it cannot be looked at; NULL: it can */
    gint64 descriptors;       /* that a process gets; -1: not known */
    gint64 connections;       /* that the records ask for */
    const char *clock_source; /* who said what time it is; NULL: nobody */
    gint64 ahead_s;           /* our clock before theirs; negative: behind */
    const char *worker;       /* what is wrong with it; NULL: nothing */
    const char *worker_next;  /* what to do about it */
    gboolean is_worker_stuck; /* nothing goes out because of it */
};

void resources_judge(const struct resources *r, struct doctor_finding *f);

/* Of a final reply that came at `at_us`, some of which tell the time of their server; FALSE: it
 * does not. `ret_us`: theirs. */
gboolean resources_find_time(const char *reply, gint64 at_us, gint64 *ret_us);

#endif

/*
 * What the doctor found: a row a run, the newest of each subject kept with its whole report.
 * Runs are made by `crier doctor`; here they are only remembered.
 */
#ifndef CRIER_STORE_DOCTOR_VERDICTS_H
#define CRIER_STORE_DOCTOR_VERDICTS_H

#include <glib.h>

#include "store/db.h"

#define DOCTOR_VERDICTS_KEPT 10 /* of each subject */

struct doctor_verdict {
    gint64 id;
    char *kind;       /* owned; "server", "mailbox", "machine", "host" */
    char *name;       /* owned; of the record as it is named now, or as typed; "" the machine */
    gint64 record_id; /* of a server or mailbox; else 0 */
    gint64 begun_us;  /* wall */
    gint64 took_us;
    char *result; /* owned; "ok", "warn", "fail" */
    char *text;   /* owned; the verdict, one sentence */
    char *code;   /* owned; NULL: none; so the three below */
    char *who;    /* owned; who must act, for programs */
    char *next;   /* owned; what to do, one sentence */
    char *cause;  /* owned; why it was run, a sentence; NULL: somebody asked */
    char *report; /* owned; the object that `crier doctor --json` has of the run; NULL where
                     only the verdict was asked for */
};
void doctor_verdict_free(struct doctor_verdict *v); /* NULL is fine */

/* Own transaction. Older ones of the same subject than the newest DOCTOR_VERDICTS_KEPT go. */
gboolean doctor_verdicts_put(struct db *db, const struct doctor_verdict *v, GError **error);
/* The newest of each subject whose record is there still, without reports; of struct
 * doctor_verdict *. */
GPtrArray *doctor_verdicts_all(struct db *db, GError **error);
/* The newest, without its report, of a record that has been in trouble since `since_us` (wall;
 * 0: for the last two hours); NULL: none since, or it found nothing: `and_warnings`, it failed,
 * or warns. Caller frees. */
struct doctor_verdict *doctor_verdicts_since(struct db *db, const char *kind, gint64 record_id,
                                             gint64 since_us, gboolean and_warnings);
/* The newest of one, with its report. `*ret` NULL: it was never run. `record_id` 0: by name. */
gboolean doctor_verdicts_latest(struct db *db, const char *kind, gint64 record_id,
                                const char *name, struct doctor_verdict **ret, GError **error);

#endif

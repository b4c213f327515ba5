/*
 * When the doctor is to be run by itself, and what it last said of those that are in trouble
 * now. Running it is the worker's, through a child; what it finds is its own.
 */
#ifndef CRIER_APP_DOCTOR_DUE_H
#define CRIER_APP_DOCTOR_DUE_H

#include <glib.h>

#include "store/db.h"
#include "store/doctor_verdicts.h"

struct doctor_due {
    const char *kind;      /* static: "server", "mailbox" */
    char *name;            /* owned */
    char *cause;           /* owned; a sentence: what happened to it */
    gboolean leaves_login; /* who logs in once more may be locked out: it is left alone */
};
void doctor_due_clear(struct doctor_due *d);

/*
 * The next one to be looked at: a server whose breaker opened or whose mail a receiver refuses
 * because of us, a mailbox that cannot be read. Once when it begins, then each hour while it
 * lasts, but only once where a person is needed; at most each two minutes. False: none.
 */
gboolean doctor_due_next(struct db *db, gint64 now_us, struct doctor_due *ret);

#endif

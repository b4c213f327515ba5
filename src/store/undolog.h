/*
 * Taking back what was done: deletes, imports, changes of records, leaving a list, entries of
 * the never-mail list made or removed by hand. For 30 days. What left a server, who was erased
 * and what was dropped from the bin cannot be taken back.
 */
#ifndef CRIER_STORE_UNDOLOG_H
#define CRIER_STORE_UNDOLOG_H

#include <glib.h>

#include "store/db.h"

struct undolog_row { /* what was done at one go */
    gint64 id;       /* of its first step */
    gint64 at_us;
    char *actor;                /* owned */
    char *action;               /* owned; "delete", "import", "change", "leave", "suppress",
                                   "unsuppress", "join", "resend-refused", "resend-maybe",
                                   "leave-maybe", "assign", "reread", "rule" */
    char *noun, *name, *detail; /* owned; the first step's; detail: keys, a list … */
    gint64 n;                   /* steps */
    gint64 undone_us;           /* 0: not */
};
/* Newest first, before `before_id` (0: from the newest), at most `max`. Of struct undolog_row
 * *, owned by the array. */
GPtrArray *undolog_page(struct db *db, gint64 before_id, int max, GError **error);
/* The last that the actor of `db` did and nobody took back. NOT_FOUND. */
gboolean undolog_last(struct db *db, gint64 *ret_id, GError **error);
/* What the actor did after undo `id` that cannot be taken back: sentences, at most `max`; of
 * char *, owned by the array. */
GPtrArray *undolog_not_possible(struct db *db, gint64 id, int max, GError **error);

struct undolog_done {
    gint64 n;        /* steps taken back */
    GPtrArray *said; /* owned; of char *: what is so again, a sentence a step */
    GPtrArray *kept; /* owned; of char *: why a step could not be taken back */
};
void undolog_done_clear(struct undolog_done *u);
/*
 * Takes back all steps of one row, the last first, each in a transaction of its own. NOT_FOUND;
 * EXISTS when it was undone already; PRECONDITION when all of it was changed again since. An
 * undo is not undoable itself.
 */
gboolean undolog_do(struct db *db, gint64 id, struct undolog_done *ret, GError **error);

/* While something large is taken back by `db`, also by import_undo(): how many of how many, of
 * people, messages or steps. NULL: nobody looks. */
void undolog_watch(struct db *db, void (*progress)(gint64 done, gint64 total, void *data),
                   void *data);

/* What is done between the two is taken back together: a bulk of marked rows. */
void undolog_group_begin(struct db *db);
void undolog_group_end(struct db *db);

/* Forgets what was done before `before_us`. */
gboolean undolog_prune(struct db *db, gint64 before_us, GError **error);

#endif

/*
 * One mailbox that is read: when to connect, what after a failure, and what its record tells of
 * it. The conversation is session.h's.
 */
#ifndef CRIER_WORKER_BOX_H
#define CRIER_WORKER_BOX_H

#include <glib.h>

#include "base/loop.h"
#include "model/mailbox.h"
#include "net/stream.h"
#include "worker/intake.h"

struct box;
struct link_answer;

/* What boxes share. All are borrowed and outlive them. */
struct box_env {
    struct loop *loop;
    struct stream_pool *pool;
    struct db *db;
    struct intake *intake;
    gboolean is_once; /* each is read once, then it is over */
    /* Asks for the secret of a mailbox; box_secret() is called with it, also from within.
     * `fresh`: the one it had is refused. */
    void (*ask_secret)(gint64 mailbox_id, gboolean fresh, void *data);
    /* Whether this process may connect there; false: somebody sees to it. May be NULL. */
    gboolean (*may_connect)(const struct mailbox *m, guint16 port, void *data);
    /* box_is_over() has become true. May be NULL. */
    void (*over)(struct box *b, void *data);
    void *data;
};

/* Copies the record. */
struct box *box_new(const struct box_env *env, const struct mailbox *m);
void box_free(struct box *b); /* hangs up; what was not put away is met again; NULL is fine */

/* As it is now in the database: another version of it begins anew; and a problem that somebody
 * took away from the record is tried again. */
void box_update(struct box *b, const struct mailbox *m);
const struct mailbox *box_mailbox(const struct box *b);

void box_secret(struct box *b, const struct link_answer *answer);
/* At least once a second. */
void box_tick(struct box *b, gint64 now_us);
/* No connection any more once what is in hand is kept. */
void box_leave(struct box *b);
gboolean box_is_over(const struct box *b);
gboolean box_is_busy(const struct box *b); /* something is being fetched or kept */

/* What came of it since it was made. */
const struct intake_counts *box_counts(const struct box *b);
gint64 box_found(const struct box *b); /* messages that were not read before */
/* Why it cannot be read, or what is not right; NULL: nothing. Safe to show. */
const char *box_problem(const struct box *b);
/* It has not been read to its end. */
gboolean box_has_failed(const struct box *b);

#endif

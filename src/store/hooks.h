/*
 * What is still to be told about campaigns: a row for each event and each of the two ways (a
 * command, a mail), and one for each answer of a person that is passed on. Written in the
 * transaction of the move itself, so that a kill loses none.
 */
#ifndef CRIER_STORE_HOOKS_H
#define CRIER_STORE_HOOKS_H

#include <glib.h>

#include "model/campaign.h"
#include "store/db.h"

#define HOOKS_TRIES 4 /* the first one and three more */
#define HOOKS_KEPT_DAYS 30

enum hook_kind { /* numbers are stored: never renumber */
                 HOOK_COMMAND = 0,
                 HOOK_MAIL = 1,
                 HOOK_REPLY = 2, /* an answer, to the campaign's Reply-To */
                 HOOK_KIND_COUNT
};
enum hook_state { HOOK_PENDING, HOOK_DONE, HOOK_GIVEN_UP };
const char *hook_kind_name(enum hook_kind k);   /* "command", "mail", "reply" */
const char *hook_state_name(enum hook_state s); /* "pending", "done", "given up" */

struct hook {
    gint64 id, campaign_id;
    gint64 inbound_id; /* of an answer: the mail; else 0 */
    enum hook_kind kind;
    enum hook_state state;
    char *campaign; /* its name then; all texts are owned and never NULL */
    char *event;    /* "finished", "paused", "held", "cancelled", HOOKS_REST,
                       HOOKS_REPLY */
    char *reason, *actor, *result;
    gint64 at_us, due_us, done_us; /* wall; done_us 0: not yet */
    gint64 tries;                  /* that were begun */
};
void hook_free(struct hook *h); /* NULL is fine */

/* The event that a campaign's move into `to` is; NULL: nobody is told. Pure. */
const char *hooks_event(enum campaign_state to);
/* How long after the try number `tries` (from 1) the next one comes; -1: none does. Pure. */
gint64 hooks_wait_s(gint64 tries);

/* Inside the transaction of the move: a row for each way that the settings name. Rows that were
 * kept long enough go. */
gboolean hooks_note(struct db *db, gint64 campaign_id, const char *campaign,
                    enum campaign_state to, const char *reason, GError **error);
/* The same for what happens to a campaign that does not move: HOOKS_REST. */
#define HOOKS_REST "rest" /* a receiver rests, because it refuses us */
gboolean hooks_note_event(struct db *db, gint64 campaign_id, const char *campaign,
                          const char *event, const char *reason, GError **error);
/* Inside a transaction: a person answered, and the mailbox that it came to passes answers on.
 * Once a mail. */
#define HOOKS_REPLY "reply"
gboolean hooks_note_reply(struct db *db, gint64 inbound_id, gint64 campaign_id, GError **error);
/* What waits is told by the database that this one is a copy of. Inside a transaction. */
gboolean hooks_drop_waiting(struct db *db, const char *why, GError **error);

/* Microseconds: each second. */
gboolean hooks_is_due(struct db *db, gint64 now_us);
/* The first that waits behind row `after`; `due_us` 0: whenever it is due. NULL without an
 * error: none. */
struct hook *hooks_next(struct db *db, gint64 after, gint64 due_us, GError **error);

/* A try begins: counted before it is made, so that one that kills us is not made for ever. */
gboolean hooks_begin(struct db *db, struct hook *h, GError **error);
/* How it ended; `h` becomes what is stored. */
gboolean hooks_succeed(struct db *db, struct hook *h, const char *result, GError **error);
gboolean hooks_fail(struct db *db, struct hook *h, const char *result, gint64 now_us,
                    GError **error);
/* Somebody ended us: that try does not count. */
gboolean hooks_take_back(struct db *db, struct hook *h, GError **error);

/* Told anew, whatever its state. NOT_FOUND. */
gboolean hooks_again(struct db *db, gint64 id, gint64 now_us, GError **error);
/* Rows below `before` (0: from the newest), newest first. Of struct hook *, owned. */
GPtrArray *hooks_page(struct db *db, gint64 before, int max, GError **error);
/* The newest that was given up, unless one of its kind succeeded since; NULL: none. */
struct hook *hooks_given_up(struct db *db);

#endif

/*
 * What came back of a delivery (a bounce, a complaint, a request, a refusal), and what it means
 * for the person and the campaign: the only writer of those consequences. Used by verbs and by
 * the role that reads mailboxes.
 */
#ifndef CRIER_APP_EVIDENCE_H
#define CRIER_APP_EVIDENCE_H

#include <glib.h>

#include "model/bounce.h"
#include "store/db.h"
#include "store/inbound.h"
#include "store/reread.h"

struct inbound;
struct providers;

/*
 * The delivery that an unsubscribe request names. `text` may be the token, the address or the
 * mailto: link it stands in, or the subject of the request. CRIER_ERROR_INVALID: there is no
 * token of ours in it, or one of another kind.
 */
gboolean evidence_find_request(struct db *db, const char *text, gint64 *ret_delivery_id,
                               GError **error);

struct evidence_done {
    char *address, *campaign; /* owned */
    char *lists;              /* owned; names, joined by ", "; "" for everything */
    gboolean was_there;       /* nothing had to be changed */
};
void evidence_done_clear(struct evidence_done *d);

/*
 * The person of this delivery gets no more mail to the lists of its campaign; where these are
 * deleted, no mail at all. The address it went to and, if it differs, the person's present one.
 * `note` (may be NULL): how we know, kept with the entries. One transaction, audited.
 * CRIER_ERROR_NOT_FOUND: no such delivery.
 */
gboolean evidence_unsubscribe(struct db *db, gint64 delivery_id, const char *note,
                              struct evidence_done *ret, GError **error);

/* Soft bounces in a row that count against an address at present, and how many are too many. */
gboolean evidence_soft_row(struct db *db, const char *address_key, gint64 person_id,
                           gint64 *ret_n, gint64 *ret_most, GError **error);

/* ---- mail that came in ---- */

struct evidence_mail {
    struct inbound_key key; /* what its mailbox calls it */
    gint64 received_us;     /* wall */
    const char *raw;        /* borrowed; its beginning where it is very long */
    gsize len;
    const struct providers *providers; /* borrowed; NULL: each domain stands for itself */
    gint64 bytes; /* of the whole message; 0: all of it is here */
};
struct evidence_result {
    gint64 inbound_id;
    gboolean was_there;  /* it was taken before: nothing was changed */
    gboolean is_unknown; /* it waits for a person */
    int n_marked;        /* people who are not mailed any more by it */
    int n_waiting;       /* who would be, but a person decides: a storm */
    int n_returned;      /* who wait for another try: it was our fault */
};

/*
 * Stores the message and all that follows from what it says, in one transaction: whoever is
 * killed meanwhile has taken it wholly or not at all. Taken a second time it changes nothing.
 * Only tokens that we signed, or, when it bears none, the address of somebody who was mailed
 * lately, name a delivery; a forged token makes it one that nobody is marked by.
 */
gboolean evidence_take(struct db *db, const struct evidence_mail *m, const struct inbound *said,
                       struct evidence_result *ret, GError **error);
/* The same for `n` of them, all in one transaction: `said` and `ret` have one for each. What
 * cannot be done with one of them leaves them all as they were. */
gboolean evidence_take_all(struct db *db, const struct evidence_mail *mails,
                           struct inbound *const *said, gsize n, struct evidence_result *ret,
                           GError **error);

/* ---- messages that were taken before ---- */

/*
 * Refusals of recipients that the send role wrote down: all that there are, in the order in which
 * they were recorded, in short transactions. Asked for before somebody counts whom a campaign
 * goes to, so that this depends on what was recorded and not on when it was looked at. Those that
 * come of our own fault mark nobody. Microseconds when there are none.
 */
gboolean evidence_refusals(struct db *db, GError **error);
/* The same for whoever looks regularly: as long as there is time (monotonic), and not while a
 * campaign's rows are being made: whom it goes to was counted before. */
gboolean evidence_refusals_some(struct db *db, gint64 until_us, GError **error);

/*
 * Whoever died while he sent learns only at the next start that nobody knows what became of it;
 * by then mail about it may have come back and been taken. To be called now and then: it looks
 * when there are other uncertain ones than at `*seen` (to begin with: -1), and the ones that
 * something came back of are accepted.
 */
gboolean evidence_settle_late(struct db *db, gint64 *seen, GError **error);

struct evidence_word { /* a person's, about a message */
    const char *address;
    enum mail_kind kind;       /* MAIL_BOUNCE, MAIL_COMPLAINT, MAIL_UNSUBSCRIBE; else of no account */
    enum bounce_reason reason; /* of a bounce: its class and fault are this one's */
};
struct evidence_change {
    const struct providers *providers; /* borrowed; may be NULL */
    gboolean is_dry_run;               /* all is found out, and nothing changed */
    struct reread undo;                /* what is changed with one of these is undone together */
    /* Several messages in one short commit: then evidence_change_end() makes the last one. */
    gboolean is_batched;
    gint64 open_us; /* monotonic; since when a transaction is open; 0: none */

    /* Of the last message; owned. */
    gboolean is_changed; /* FALSE: it says what it said, and is untouched */
    gboolean is_by_hand; /* and stays as a person assigned it */
    struct evidence_result result;
    struct inbound_row was, is;
    GPtrArray *said_before, *said_after; /* of struct said * */
    GPtrArray *marked, *unmarked; /* of char *: addresses that are never mailed by it now, or
                                     are mailed again */
};
void evidence_change_init(struct evidence_change *c, const char *action);
/* Commits what waits for it; `is_kept` false: drops that. */
gboolean evidence_change_end(struct db *db, struct evidence_change *c, gboolean is_kept,
                             GError **error);
void evidence_change_clear(struct evidence_change *c);

/*
 * A stored message says what `said` reads in it now; or what a person says, `*word`, NULL:
 * nothing about anybody. What followed before is taken back first, but for tries that went out
 * again. Wholly or not at all. What was assigned by hand is not read anew. Whom somebody let be
 * mailed again since is not marked by a reading.
 */
gboolean evidence_read_again(struct db *db, gint64 inbound_id, const struct inbound *said,
                             struct evidence_change *c, GError **error);
gboolean evidence_assign(struct db *db, gint64 inbound_id, const struct evidence_word *word,
                         struct evidence_change *c, GError **error);

/* A person's word about a storm: those addresses are dead, or the receiver was out of order. In
 * batches; a storm is decided when all its rows are. */
gboolean evidence_end_storm(struct db *db, const char *provider, gint64 campaign_id,
                            gboolean are_dead, gint64 *ret_n, GError **error);

#endif

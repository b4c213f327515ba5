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

/* ---- mail that came in ---- */

struct evidence_mail {
    struct inbound_key key; /* what its mailbox calls it */
    gint64 received_us;     /* wall */
    const char *raw;        /* borrowed */
    gsize len;
    const struct providers *providers; /* borrowed; NULL: each domain stands for itself */
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
/* The same for one that is stored, read anew: what followed before is taken back first, but for
 * tries that went out again. One that was assigned by hand stays. */
gboolean evidence_take_again(struct db *db, gint64 inbound_id, const struct inbound *said,
                             const struct providers *providers, struct evidence_result *ret,
                             GError **error);

struct evidence_word { /* a person's, about a message */
    const char *address;
    enum mail_kind kind;       /* MAIL_BOUNCE, MAIL_COMPLAINT, MAIL_UNSUBSCRIBE; else of no account */
    enum bounce_reason reason; /* of a bounce: its class and fault are this one's */
};
/* `word` NULL: it says nothing about anybody. */
gboolean evidence_assign(struct db *db, gint64 inbound_id, const struct evidence_word *word,
                         const struct providers *providers, struct evidence_result *ret,
                         GError **error);

/* A person's word about a storm: those addresses are dead, or the receiver was out of order. In
 * batches; a storm is decided when all its rows are. */
gboolean evidence_end_storm(struct db *db, const char *provider, gint64 campaign_id,
                            gboolean are_dead, gint64 *ret_n, GError **error);

#endif

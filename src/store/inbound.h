/*
 * Mail that came back, as it lies in the workspace: the raw messages, what their mailboxes call
 * them, how far each mailbox was read, and those that nobody understood. What they say about
 * whom is store/said.h's; reading them is src/inbound's; what follows is app/evidence.c's.
 */
#ifndef CRIER_STORE_INBOUND_H
#define CRIER_STORE_INBOUND_H

#include <glib.h>

#include "store/db.h"

#define INBOUND_RAW_MAX_BYTES (1024 * 1024) /* kept of a message: its beginning */
#define INBOUND_TEXT_MAX_BYTES 500 /* of a subject, a sender, a Message-ID, a pattern */
#define INBOUND_UID_MAX_BYTES 200  /* RFC 1939: a UIDL has at most 70 */

enum inbound_state { /* numbers are stored: never renumber */
                     INBOUND_DECIDED = 0,
                     INBOUND_UNKNOWN = 1,  /* waits for a person */
                     INBOUND_ASSIGNED = 2, /* by hand */
                     INBOUND_STATE_COUNT
};
const char *inbound_state_name(enum inbound_state s); /* "decided" "unknown" "assigned" */

struct inbound_row {
    gint64 id, mailbox_id; /* mailbox 0: it is deleted, or none */
    gint64 received_us;    /* wall */
    gint64 bytes;          /* of the whole message */
    enum inbound_state state;
    char *kind; /* a name of model/bounce; all texts are owned and never NULL */
    char *pattern, *message_id, *sender, *subject;
    char *note; /* why nobody was marked; "" */
};
void inbound_row_clear(struct inbound_row *r);

/* What its mailbox calls a message. */
struct inbound_key {
    gint64 mailbox_id;
    gint64 validity; /* UIDVALIDITY; 0: `uid` is a UIDL */
    const char *uid; /* as text; borrowed */
};

/*
 * Inside the caller's transaction. Stores the message under the key; `r` says the rest, its id
 * is set; its `bytes` when there are more than `len`. A message that is there already (the same key, or the same octets in this mailbox
 * under another one: it was numbered anew) is not stored again: `*ret_was_there`, and `r->id`
 * is that one's. CRIER_ERROR_INVALID: the key is empty or too long.
 */
gboolean inbound_put(struct db *db, const struct inbound_key *key, struct inbound_row *r,
                     const char *raw, gsize len, gboolean *ret_was_there, GError **error);
/* Inside the caller's transaction. `note` NULL: "". */
gboolean inbound_decide(struct db *db, gint64 id, enum inbound_state state, const char *kind,
                        const char *note, GError **error);
/* Inside the caller's transaction: a person said what it is. Audited. */
gboolean inbound_assign(struct db *db, gint64 id, const char *kind, GError **error);
/* Inside the caller's transaction: who was erased is not kept in it. */
gboolean inbound_forget_text(struct db *db, gint64 id, GError **error);

gboolean inbound_get(struct db *db, gint64 id, struct inbound_row *ret,
                     GError **error); /* NOT_FOUND */
/* The octets; "" when they were forgotten. NOT_FOUND. */
GBytes *inbound_raw(struct db *db, gint64 id, GError **error);
/* Newest first, below `before_id` (0: from the newest); `state` -1: all. Of struct inbound_row
 * *, owned by the array. */
GPtrArray *inbound_page(struct db *db, int state, gint64 before_id, int max, GError **error);
/* The unknown of a pattern, newest first. */
GPtrArray *inbound_of_pattern(struct db *db, const char *pattern, gint64 before_id, int max,
                              GError **error);

/* From the oldest on: the next behind `after_id` that came since; 0: none. How many there are,
 * and the last of all. */
gboolean inbound_next(struct db *db, gint64 after_id, gint64 since_us, gboolean only_unknown,
                      gint64 *ret_id, GError **error);
gboolean inbound_count(struct db *db, gint64 since_us, gboolean only_unknown, gint64 *ret_n,
                       gint64 *ret_last, GError **error);

struct inbound_group { /* unknown messages that are alike */
    char *pattern, *subject;
    gint64 n, newest_id, newest_us;
};
/* The largest first. Of struct inbound_group *, owned by the array. */
GPtrArray *inbound_unknown(struct db *db, int max, GError **error);
#define INBOUND_UNKNOWN_MAX 1000
/* How many there are; INBOUND_UNKNOWN_MAX: that many or more. For screens that ask each second. */
gboolean inbound_count_unknown(struct db *db, gint64 *ret_n, GError **error);

/* ---- what is kept ---- */

/* The octets of messages that came before `before_us` go, the oldest first, in short
 * transactions; what they said stays. */
gboolean inbound_prune(struct db *db, gint64 before_us, GError **error);
gboolean inbound_has_to_prune(struct db *db, gint64 before_us);

/* ---- how far a mailbox was read ---- */

struct mailbox_state {
    gint64 validity, last_uid; /* IMAP: everything up to this UID was read */
    gint64 read_us, n_read;    /* wall; 0: never */
};
/* All zeros when nothing was read yet. */
gboolean inbound_mailbox(struct db *db, gint64 mailbox_id, struct mailbox_state *ret,
                         GError **error);
/* Somebody looked into it at `at_us`; another UIDVALIDITY begins from UID 0. */
gboolean inbound_mailbox_looked(struct db *db, gint64 mailbox_id, gint64 validity, gint64 at_us,
                                GError **error);
gboolean inbound_has_key(struct db *db, const struct inbound_key *key, gboolean *ret,
                         GError **error);
/* The UIDLs or UIDs of a mailbox that were read: a set of char *. */
GHashTable *inbound_keys(struct db *db, gint64 mailbox_id, gint64 validity, GError **error);
/* UIDLs (a set of char *) of messages that are not there any more, or will not be: at once, as
 * RFC 1939 lets a server give them to other messages then. In batches. */
gboolean inbound_forget_names(struct db *db, gint64 mailbox_id, GHashTable *names,
                              GError **error);
/* `gone`: those of them (char *) that are not in the mailbox any more. They are forgotten when
 * their messages came before `before_us`, as are those of other UIDVALIDITYs; not all at once.
 * Should one come back, its octets are known. */
gboolean inbound_forget_keys(struct db *db, gint64 mailbox_id, gint64 validity,
                             GHashTable *gone, gint64 before_us, GError **error);

#endif

/*
 * Taking mail in: what a mailbox gave is read (src/inbound) and stored with all that follows
 * (app/evidence), several messages in one commit. Not for connections: it never learns which
 * protocol a message came by.
 */
#ifndef CRIER_WORKER_INTAKE_H
#define CRIER_WORKER_INTAKE_H

#include <glib.h>

#include "model/mailbox.h"
#include "store/db.h"
#include "store/workspace.h"

#define INTAKE_MAIL_MAX_BYTES (1024 * 1024) /* of a message; what is beyond is not fetched */

/* What came of messages; each counts once, but for those it marks. */
struct intake_counts {
    gint64 n_read;   /* taken */
    gint64 n_there;  /* of these: taken before under another name */
    gint64 n_bounces, n_complaints, n_unsubscribes, n_others;
    gint64 n_unknown;  /* wait for a person */
    gint64 n_marked;   /* people who are not mailed any more */
    gint64 n_waiting;  /* who would be, but a person decides: a storm */
    gint64 n_returned; /* who wait for another try */
};
void intake_counts_add(struct intake_counts *to, const struct intake_counts *more);

struct intake; /* one a process: tables and rules by which messages are read */

/* Both are borrowed. `guard_path`: of the file of guard.h; NULL: without. */
struct intake *intake_new(struct db *db, const struct workspace *ws, const char *guard_path,
                          GError **error);
void intake_free(struct intake *in); /* NULL is fine */
/* About each second: reads the tables and rules again that somebody changed. */
void intake_look(struct intake *in);

struct intake_batch; /* messages of one mailbox that wait for their commit */

/* Copies what it needs of the record. */
struct intake_batch *intake_batch_new(struct intake *in, const struct mailbox *m);
void intake_batch_free(struct intake_batch *b); /* what was not committed is forgotten */
/* Reads it; it is stored by the commit. `tag` is the caller's number for it, `bytes` the size of
 * the whole message. Takes `raw`, which is not copied. */
void intake_batch_add(struct intake_batch *b, const char *uid, gint64 tag, GString *raw,
                      gint64 bytes);
guint intake_batch_count(const struct intake_batch *b);
/* There is enough in it, or the first has waited long enough. */
gboolean intake_batch_is_due(const struct intake_batch *b, gint64 now_us);
/*
 * Stores all of them durably: only then may they be taken from the server. Their tags are put
 * behind those in `tags` (of gint64), what came of them is added to `counts`. One that cannot be
 * stored as what it says is stored as unknown. False: nothing was stored, and they stay in the
 * batch; CRIER_ERROR_TRY_AGAIN is the disk's or another program's fault, or the record was changed
 * meanwhile: another mailbox may number its messages alike.
 */
gboolean intake_batch_commit(struct intake_batch *b, gint64 validity, GArray *tags,
                             struct intake_counts *counts, GError **error);
/* Names (a set of char *) that were known of messages which are not in the mailbox any more: in a
 * month they are forgotten. That it does not work is only logged. */
void intake_batch_forget(struct intake_batch *b, gint64 validity, GHashTable *gone);
/* The same at once, of UIDLs, which may be given to other messages. */
void intake_batch_forget_names(struct intake_batch *b, GHashTable *gone);

#endif

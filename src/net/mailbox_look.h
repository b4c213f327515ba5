/*
 * Looking into a mailbox without changing anything, for crier mailbox test and the doctor: one
 * file a protocol, each with the same operations.
 */
#ifndef CRIER_NET_MAILBOX_LOOK_H
#define CRIER_NET_MAILBOX_LOOK_H

#include <glib.h>

#include "model/mailbox.h"
#include "net/stream.h"

struct mailbox_found {
    gint64 n_messages;
    gint64 n_bytes;   /* -1: the server does not say */
    gint64 n_twice;   /* messages that have the name (UID) of another one */
    gint64 n_unnamed; /* messages whose name cannot be read */
    /* IMAP: what the server offers beyond the least, and whether mail can be taken away. */
    gboolean has_offers, idle, move, uidplus, is_read_only;
    gint64 quota_kib, used_kib; /* 0 and 0: no limit is told */
    gboolean lacks_move_to;     /* the folder that read mail goes to is not there (yet) */
};

struct mailbox_look_handler {
    /* Once. `why` NULL: all was answered; otherwise a sentence, safe to show, and what was
     * found may not be whole. Free the look, also from within. */
    void (*done)(const struct mailbox_found *found, const GError *why, void *data);
    /* Each line of the conversation, safe to show. */
    void (*line)(char direction, const char *text, void *data);
};

struct mailbox_look_ops {
    /* Takes `stream`, which is up and logged in, and whose handler must pass `ready` on. */
    void *(*begin)(struct stream *stream, const struct mailbox *m,
                   const struct mailbox_look_handler *h, void *data);
    void (*ready)(void *look, unsigned loop_events);
    void (*tick)(void *look, gint64 now_mono_us); /* once a second */
    void (*free)(void *look);
};

const struct mailbox_look_ops *mailbox_look_imap(void);
const struct mailbox_look_ops *mailbox_look_pop3(void);

#endif

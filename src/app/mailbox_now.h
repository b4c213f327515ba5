/*
 * Mailboxes with what is known of them now: what their reader met, when it last looked, how
 * much came. For status and the screens; reading them is the worker's.
 */
#ifndef CRIER_APP_MAILBOX_NOW_H
#define CRIER_APP_MAILBOX_NOW_H

#include <glib.h>

#include "model/mailbox.h"
#include "store/db.h"
#include "store/inbound.h"

struct mailbox_now {
    struct mailbox mailbox;
    char *problem;             /* owned; what its reader met, NULL: nothing */
    struct mailbox_state read; /* when last, how many messages in all */
};
/* Of struct mailbox_now *, by name; owned by the caller. NULL: the error says why. */
GPtrArray *mailboxes_now(struct db *db, GError **error);

enum mailbox_health {
    MAILBOX_IS_OFF,
    MAILBOX_HAS_PROBLEM,
    MAILBOX_IS_UNREAD, /* nobody has looked into it yet */
    MAILBOX_IS_READ,
    MAILBOX_HEALTH_COUNT
};
enum mailbox_health mailbox_now_health(const struct mailbox_now *n);
const char *mailbox_health_name(enum mailbox_health h); /* "off" "problem" "unread" "read" */

#endif

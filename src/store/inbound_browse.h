/*
 * Mail that came back as a list reads it: a row for each recipient that a message names, one
 * for a message that names nobody, the newest message first, a page at a time. Reading only.
 */
#ifndef CRIER_STORE_INBOUND_BROWSE_H
#define CRIER_STORE_INBOUND_BROWSE_H

#include <glib.h>

#include "store/inbound.h"
#include "store/said.h"

struct inbound_filter { /* zeros and state -1: everything. Texts are borrowed */
    gint64 campaign_id, mailbox_id;
    const char *kind, *reason, *class; /* names of model/bounce; of the row */
    const char *domain;                /* of the recipient; ASCII */
    gint64 since_us;                   /* wall */
    int state;                         /* enum inbound_state; -1: any */
};

struct inbound_entry {
    struct inbound_row message;
    struct said said;         /* id 0: the message names nobody */
    char *mailbox, *campaign; /* owned; names, "" when deleted or none */
};

/* At most `max`, behind `after` (NULL: from the newest): the last entry of the page before. Of
 * struct inbound_entry *, owned by the array. */
GPtrArray *inbound_browse(struct db *db, const struct inbound_filter *f,
                          const struct inbound_entry *after, int max, GError **error);
const char *
inbound_entry_kind(const struct inbound_entry *e); /* the recipient's, else the mail's */

#endif

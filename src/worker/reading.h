/* Reading one mailbox once, without a worker: for the command that does so. */
#ifndef CRIER_WORKER_READING_H
#define CRIER_WORKER_READING_H

#include <glib.h>

#include "model/mailbox.h"
#include "store/db.h"
#include "store/workspace.h"
#include "worker/intake.h"

struct reading {
    const struct workspace *ws; /* borrowed, as are the others */
    struct db *db;
    const struct mailbox *mailbox;
    /* A few times a second; may be NULL. */
    void (*progress)(gint64 n_read, gint64 n_found, void *data);
    void *data;
    /* --- set by reading_run() --- */
    struct intake_counts counts;
    gint64 n_found;    /* messages that were not read before */
    gboolean is_whole; /* it was read to its end */
    char *problem;     /* owned; a sentence, safe to show; NULL: none */
};

/* Gives up rights for good before it begins: afterwards the process can run no program. False
 * when it could not even be tried. */
gboolean reading_run(struct reading *r, GError **error);
void reading_clear(struct reading *r);

#endif

/*
 * A mail of crier's own about a campaign, to somebody who works with it: written, with what
 * keeps machines from answering it, and signed.
 */
#ifndef CRIER_APP_HOOK_MAIL_H
#define CRIER_APP_HOOK_MAIL_H

#include <glib.h>

#include "store/db.h"
#include "store/workspace.h"

struct hook_mail {
    char *sender, *recipient; /* owned; of the envelope */
    GString *message;         /* owned; ready for the wire, signed where mail from there is */
    gboolean needs_smtputf8;
};
void hook_mail_clear(struct hook_mail *m);

struct hook_words {        /* all borrowed */
    const char *from, *to; /* mailbox texts */
    const char *reply_to;  /* an address as on the wire; NULL: From's */
    const char *subject;
    const GString *text;
    const char *id;   /* of the Message-ID, before the @; NULL: made up */
    const char *file; /* name of what is attached; NULL: nothing is */
    GBytes *attached;
};

/* CRIER_ERROR_INVALID: one of the mailbox texts is none. */
gboolean hook_mail_write(struct db *db, const struct workspace *ws, const struct hook_words *w,
                         struct hook_mail *ret, GError **error);

#endif

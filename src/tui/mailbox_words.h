/* What is said of a mailbox on Home and on its own screen, so that both read alike. */
#ifndef CRIER_TUI_MAILBOX_WORDS_H
#define CRIER_TUI_MAILBOX_WORDS_H

#include <glib.h>

#include "model/mailbox.h"
#include "store/db.h"
#include "tui/term.h"

struct mailbox_now {
    struct mailbox mailbox;
    char *problem; /* owned; what its reader met, NULL: nothing */
};
/* Of struct mailbox_now *, by name; owned by the caller. NULL: the error says why. */
GPtrArray *mailboxes_now(struct db *db, GError **error);

/* "on", "off", "FAIL"; translated, borrowed. */
const char *mailbox_words_state(const struct mailbox_now *m);
enum term_role mailbox_words_role(const struct mailbox_now *m);
/* "imap.example.org:993". Caller frees. */
char *mailbox_words_endpoint(const struct mailbox *m);

#endif

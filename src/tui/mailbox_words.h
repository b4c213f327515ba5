/* What is said of a mailbox on Home and on its own screen, so that both read alike. */
#ifndef CRIER_TUI_MAILBOX_WORDS_H
#define CRIER_TUI_MAILBOX_WORDS_H

#include <glib.h>

#include "app/mailbox_now.h"
#include "tui/term.h"

/* "on", "off", "FAIL"; translated, borrowed. */
const char *mailbox_words_state(const struct mailbox_now *m);
enum term_role mailbox_words_role(const struct mailbox_now *m);
/* "imap.example.org:993". Caller frees. */
char *mailbox_words_endpoint(const struct mailbox *m);
/* When it was last read: "14:31", "Mon 08:30"; "not yet"; "-" of one that is switched off and
 * never was. Caller frees. */
char *mailbox_words_read(const struct mailbox_now *m, gint64 now_us);

#endif

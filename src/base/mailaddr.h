/*
 * Mail addresses: the grammar of RFC 5321 4.1.2 (Mailbox; dot-string and quoted-string, length
 * limits of 4.5.3.1), local parts in UTF-8 as RFC 6531 allows, domains as A-labels (IDNA 2008
 * with STD3 rules, UTS 46 mapping). Not for header fields with comments or groups.
 */
#ifndef CRIER_BASE_MAILADDR_H
#define CRIER_BASE_MAILADDR_H

#include <glib.h>

struct mailaddr {
    char *local;  /* owned; as written, valid UTF-8, 1–64 octets */
    char *domain; /* owned; lower-case A-labels, or an address literal "[192.0.2.1]" */
};

/*
 * Parses "local@domain" (blanks around it are trimmed, nothing else is). Each refusal names its
 * reason: empty, no @, two @, blank inside, control character, too long, bad domain label…
 * Outputs untouched on failure. Free contents with mailaddr_clear().
 */
gboolean mailaddr_parse(const char *text, struct mailaddr *ret_addr, GError **error);
void mailaddr_clear(struct mailaddr *a);

/* "local@domain" as it goes on the wire. Caller frees. */
char *mailaddr_format(const struct mailaddr *a);

/* The key under which two spellings are one person: local part case-folded, domain as is.
 * Caller frees. */
char *mailaddr_key(const struct mailaddr *a);

/* True when the local part is not ASCII: the server must announce SMTPUTF8 (RFC 6531). */
gboolean mailaddr_needs_smtputf8(const struct mailaddr *a);

/*
 * Parses a From or Reply-To value: "Name <local@domain>", "\"Na, me\" <…>" or a bare address.
 * `*ret_name` is NULL when there is no name; caller frees. One mailbox only.
 */
gboolean mailbox_parse(const char *text, char **ret_name, struct mailaddr *ret_addr,
                       GError **error);

/* Domain in any spelling -> lower-case A-labels, each label and the whole length checked; no
 * dot at the end, no number as last label. `*ret_ascii` is owned by the caller. In domain.c. */
gboolean domain_to_ascii(const char *text, char **ret_ascii, GError **error);

#endif

/*
 * A mail that came in, read: what it is (a bounce, a complaint, a vacation notice …), about
 * whom, and what it says about each. The door of src/inbound. It looks nothing up: which
 * delivery a token belongs to, and what follows, is app/evidence.c's.
 */
#ifndef CRIER_INBOUND_INBOUND_H
#define CRIER_INBOUND_INBOUND_H

#include <glib.h>

#include "model/bounce.h"

#define INBOUND_MAX_BYTES (8 * 1024 * 1024) /* of a mail: what is behind is not read */
#define INBOUND_MAX_ITEMS 200
#define INBOUND_MAX_TOKENS 60
#define INBOUND_DIAGNOSTIC_MAX_BYTES 2000

/* One address that the mail is about. Texts are valid UTF-8 in one line, but not made safe to
 * show; all are owned. */
struct inbound_item {
    char *address; /* "local@domain": the one that was written to, as far as that is known */
    char *final_address; /* where it was forwarded to, when that is another one; or NULL */
    char *status;        /* "5.1.1"; "" when nobody said one */
    char *diagnostic;    /* what the other server said; "" */
    char *remote_host;   /* which server said it; "" */
    const char *rule;    /* what decided, as bounce_verdict has it; borrowed like it */
    enum bounce_class class;
    enum bounce_reason reason;
    enum bounce_fault fault;
    enum mail_kind kind; /* MAIL_BOUNCE, MAIL_DELAYED or MAIL_SUCCESS of a delivery notice,
                            which may say another thing of each; else the mail's */
};

struct inbound {
    enum mail_kind kind;
    GPtrArray
        *items; /* owned; of struct inbound_item; unsubscribe: who asks; empty: nobody named */
    GPtrArray *tokens; /* owned; of char *, small letters: words that may be tokens of ours, the
                          likeliest first, from addresses, Message-IDs and links */
    char *sender;      /* the address of From; "" */
    char *subject;     /* ""; decoded */
    char *message_id;  /* without < >; "" */
    char *returned_message_id; /* of the mail that came back, without < >; or NULL */
    char *pattern;   /* the same for mails that differ in addresses and numbers alone */
    gint64 date_us;  /* 0: none */
    /* A bounce that names nobody, by a rule of the user's own; `rule` NULL: none fits. */
    const char *rule; /* borrowed, as in struct inbound_item */
    enum bounce_class class;
    enum bounce_reason reason;
    enum bounce_fault fault;
    gboolean is_cut; /* longer than INBOUND_MAX_BYTES */
};

/* `rules` may be NULL. A mail that says nothing by itself is a bounce when one of them fits its
 * words. Any octets will do: never NULL, and never fails. */
struct inbound *inbound_read(const char *raw, gsize len, const struct bounce_rules *rules);
void inbound_free(struct inbound *in);
/* The mail's own words, decoded, without the mail that came back with it. Valid UTF-8, bounded;
 * not made safe to show. Caller frees. */
char *inbound_text(const char *raw, gsize len);

/* The six kinds that matter to a campaign, others are MAIL_OTHER: "bounce", "delayed",
 * "complaint", "autoreply", "unsubscribe", "other". A challenge is an automatic reply. */
enum mail_kind inbound_plain_kind(enum mail_kind kind);

#endif

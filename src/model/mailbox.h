/*
 * A mailbox that receives bounces and unsubscribe requests: its address stands in the envelope
 * of what we send, and it is read by POP3 or IMAP.
 */
#ifndef CRIER_MODEL_MAILBOX_H
#define CRIER_MODEL_MAILBOX_H

#include <glib.h>

#include "base/field.h"
#include "base/hostport.h"

enum mailbox_protocol { MAILBOX_IMAP, MAILBOX_POP3, MAILBOX_PROTOCOL_COUNT };

/* What becomes of a message once it is kept in the database. */
enum mailbox_after { MAILBOX_LEAVE, MAILBOX_MOVE, MAILBOX_DELETE, MAILBOX_AFTER_COUNT };

struct mailbox {
    gint64 id;
    char *name; /* owned; slug */
    gint64 row_version;
    /* --- the field table --- */
    char *address; /* "bounce@bounce.example.org": bounces go to bounce+TOKEN@…, requests to
                      bounce+u-TOKEN@… */
    int protocol;  /* enum mailbox_protocol */
    char *host;    /* "host" or "host:port" */
    int security;  /* enum server_security */
    char *plain_host;
    char *user;
    char *password_command, *password_file, *token_command;
    int auth; /* enum server_auth */
    char *ca_file;
    char *folder;  /* IMAP: INBOX by default */
    int after_read; /* enum mailbox_after */
    char *move_to; /* IMAP: the folder for MAILBOX_MOVE */
    gint64 poll_s; /* how often it is looked into, where the server does not tell by itself */
    gboolean forward_replies;
    gboolean enabled;
};

const struct field *mailbox_fields(void);
void mailbox_init(struct mailbox *m);
void mailbox_clear(struct mailbox *m);

/* Host, and the port in force: 993/143 for IMAP, 995/110 for POP3. */
gboolean mailbox_endpoint(const struct mailbox *m, struct hostport *ret, GError **error);
/* Consistency beyond single fields, as server_check(): the address has no tag of its own and
 * leaves room for a token in 64 octets; exactly one source of a secret, and a token_command
 * where auth takes a token; security none only on loopback or by plain_host. */
gboolean mailbox_check(const struct mailbox *m, GError **error);
/* What is allowed and odd: "port 993 speaks TLS first: …"; NULL: nothing. Caller frees. */
char *mailbox_warning(const struct mailbox *m);
/* Only that of the address. */
gboolean mailbox_check_address(const char *address, GError **error);

/* "bounce" + "TOKEN" -> "bounce+TOKEN@bounce.example.org"; NULL where the local part would pass
 * 64 octets. Caller frees. */
char *mailbox_tagged(const char *address, const char *tag);

#endif

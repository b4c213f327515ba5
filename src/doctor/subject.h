/*
 * What the doctor looks at: a server or mailbox of the workspace, a host and port that somebody
 * typed, or this machine alone.
 */
#ifndef CRIER_DOCTOR_SUBJECT_H
#define CRIER_DOCTOR_SUBJECT_H

#include <glib.h>

#include "app/secret.h"
#include "model/mailbox.h"
#include "model/server.h"
#include "net/stream.h"
#include "store/db.h"
#include "store/workspace.h"

enum doctor_kind { /* bits: a check names those that it looks at */
                   DOCTOR_OF_SERVER = 1 << 0,
                   DOCTOR_OF_MAILBOX = 1 << 1,
                   DOCTOR_OF_HOST = 1 << 2,    /* HOST:PORT */
                   DOCTOR_OF_MACHINE = 1 << 3, /* nothing was named */
};
#define DOCTOR_OF_PEER (DOCTOR_OF_SERVER | DOCTOR_OF_MAILBOX | DOCTOR_OF_HOST)
#define DOCTOR_OF_ALL (DOCTOR_OF_PEER | DOCTOR_OF_MACHINE)
const char *doctor_kind_name(enum doctor_kind k); /* "server", "mailbox", "host", "machine" */

struct doctor_subject {
    enum doctor_kind kind;
    char *name; /* owned; of the record; HOST: as typed; MACHINE: NULL */
    /* --- a peer's --- */
    enum stream_protocol protocol;
    enum stream_security security;
    char *host; /* owned; NULL: MACHINE, or `problem` */
    guint16 port;
    char *hello;          /* owned; EHLO name */
    char *user;           /* owned; NULL: no login */
    struct secret secret; /* owned; text NULL: none, or it could not be had */
    char *secret_problem; /* owned; why not, a sentence; NULL: none */
    enum stream_auth auth;
    char *ca_file; /* owned; NULL: the system's */
    char *problem; /* owned; the record contradicts itself: a sentence; NULL: it does not */
    char *warning; /* owned; of the record or the typed text; NULL: none */
    GPtrArray *senders;     /* owned; of struct doctor_sender *: whose mail goes out by it */
    struct server server;   /* SERVER: the record, else empty */
    struct mailbox mailbox; /* MAILBOX: the record, else empty */
    /* --- where it is from --- */
    const struct workspace *ws; /* borrowed; NULL: no workspace is needed or there */
    struct db *db;              /* borrowed; NULL likewise */
    gboolean leaves_login; /* nobody logs in: it would be one try too many */
    char *letter;               /* owned; --letter: whom a letter goes to; NULL: none is sent */
};

struct doctor_sender {
    char *from;      /* owned; From's own address */
    char *sender;    /* owned; envelope sender as campaigns use it */
    char *campaigns; /* owned; "spring, summer"; NULL: it was named on the command line */
};

/* All takes place without the network, but `password_command` is run. `db` stays borrowed until
 * the subject is freed. NOT_FOUND, INVALID as from servers_get(). */
struct doctor_subject *doctor_subject_server(struct db *db, const struct workspace *ws,
                                             const char *name, GError **error);
struct doctor_subject *doctor_subject_mailbox(struct db *db, const struct workspace *ws,
                                              const char *name, GError **error);
/* "host:port", "smtps://host", "imap.example.org:993": protocol and security by the port
 * (25, 587, 2525 and any other: SMTP with STARTTLS; 465 SMTP by TLS; 993, 143 IMAP; 995, 110
 * POP3). Without a port 25. `from` may be NULL: the sender to try. */
struct doctor_subject *doctor_subject_host(const char *text, const char *from, GError **error);
/* `db` and `ws` may be NULL. */
struct doctor_subject *doctor_subject_machine(struct db *db, const struct workspace *ws);
void doctor_subject_free(struct doctor_subject *s); /* NULL is fine */

/* "server main (smtp.example.org:587)"; caller frees. */
char *doctor_subject_words(const struct doctor_subject *s);
gboolean doctor_subject_is_smtp(const struct doctor_subject *s);

#endif

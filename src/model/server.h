/*
 * An outgoing mail server and the limits we keep towards it.
 */
#ifndef CRIER_MODEL_SERVER_H
#define CRIER_MODEL_SERVER_H

#include <glib.h>

#include "base/field.h"
#include "base/hostport.h"

enum server_security { SERVER_TLS, SERVER_STARTTLS, SERVER_NONE, SERVER_SECURITY_COUNT };
enum server_auth {                       /* numbers are stored: never renumber */
                   SERVER_AUTH_PASSWORD, /* whatever the server offers for a user and a password
                                          */
                   SERVER_AUTH_XOAUTH2,  /* an access token, as Google and Microsoft began it */
                   SERVER_AUTH_OAUTHBEARER, /* an access token by RFC 7628 */
                   SERVER_AUTH_COUNT
};
enum server_envelope {                        /* numbers are stored: never renumber */
                       SERVER_ENVELOPE_VERP,  /* a sender a delivery, at the campaign's mailbox
                                               */
                       SERVER_ENVELOPE_PLAIN, /* From's own address, for hosts that refuse
                                                 foreign senders */
                       SERVER_ENVELOPE_COUNT
};

#define SERVER_WINDOW_MAX 8

struct server {
    gint64 id;
    char *name; /* owned; slug */
    gint64 row_version;
    /* --- the field table --- */
    char *host;       /* "host" or "host:port" */
    int security;     /* enum server_security; starttls unless set, see server_security_for() */
    char *plain_host; /* the host again, typed to allow security none off loopback */
    char *user;
    char *password_command;
    char *password_file;
    char *ca_file;
    char *hello;                    /* EHLO name; "": this machine's host name */
    gint64 connections;             /* 1–500, default 4 */
    gint64 per_second;              /* 0: no limit */
    gint64 messages_per_connection; /* 0: no limit; default 1000 */
    gint64 window; /* messages in flight on a connection, 1–SERVER_WINDOW_MAX */
    gint64 reply_timeout_s; /* for the final reply; RFC 5321 4.5.3.2.6 asks for 10 min */
    gboolean enabled;
    int auth;            /* enum server_auth */
    char *token_command; /* prints an access token; see app/secret.h for its output */
    int envelope;        /* enum server_envelope */
    gint64 per_hour;     /* 0: no limit */
    gint64 per_day;      /* 0: no limit */
    char *warm_up;       /* "2026-12-01 50 100 200", see quota.h; "": none */
};

const struct field *server_fields(void);
void server_init(struct server *s);
void server_clear(struct server *s);

/* The security that fits the port in `host` when none was named: tls for 465, else starttls.
 * For whoever makes a server from an input that does not say. */
enum server_security server_security_for(const char *host);
/* Whether security none was allowed: on loopback, or the host was typed twice. */
gboolean server_may_be_plain(int security, const char *plain_host, const char *host);

/* Host, and the port in force: the one given, else 465 for tls, 587 for starttls, 25 for none.
 */
gboolean server_endpoint(const struct server *s, struct hostport *ret, GError **error);

/*
 * Consistency beyond single fields: security none needs loopback or plain_host equal to host;
 * password_command, password_file and token_command exclude each other; a user needs one of
 * them; token_command and auth fit each other.
 * `*ret_warning` (may be NULL; caller frees): "port 465 speaks TLS first: use --security tls".
 */
gboolean server_check(const struct server *s, char **ret_warning, GError **error);

/* The part of both about secrets, shared with mailboxes: at most one source, and a
 * token_command exactly where `auth` takes a token. */
gboolean server_check_secrets(const char *password_command, const char *password_file,
                              const char *token_command, int auth, GError **error);

#endif

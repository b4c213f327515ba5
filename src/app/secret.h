/* Where the password or access token of a server or mailbox comes from: a 0600 file or a
 * command. Never the database. */
#ifndef CRIER_APP_SECRET_H
#define CRIER_APP_SECRET_H

#include <glib.h>

#include "model/mailbox.h"
#include "model/server.h"
#include "store/workspace.h"

#define SECRET_COMMAND_TIMEOUT_S 20
#define SECRET_TOKEN_LIFE_S 300 /* of a token whose command does not say */
#define SECRET_TOKEN_MAX_BYTES 12000

struct secret {
    char *text;    /* owned; wiped by secret_clear() */
    gint64 life_s; /* from now; 0: it does not end */
};

/* A password, or where `auth` takes one an access token. `ret` is untouched on failure; the
 * error does not name the record. */
gboolean secret_of_server(const struct server *s, struct secret *ret, GError **error);
gboolean secret_of_mailbox(const struct mailbox *m, struct secret *ret, GError **error);
void secret_clear(struct secret *s);

/* Writes DIR/secrets/[KIND/]NAME.password, 0600, and returns its path; caller frees. NULL on
 * error. `kind` NULL: a server's. */
char *secret_store(const struct workspace *ws, const char *kind, const char *name,
                   const char *secret, GError **error);

/*
 * What a token command printed: the token on the first line and, if it likes, on the second how
 * many seconds it lives, or when it ends (seconds since 1970, or 2027-03-01T08:00:00Z); or the
 * JSON of a token server (RFC 6749 5.1) with access_token and expires_in. CRIER_ERROR_INVALID
 * never quotes it.
 */
gboolean secret_parse_token(const char *output, gint64 now_us, struct secret *ret,
                            GError **error);

/* How long before its end a token of this life is no longer used: 60 s, half of a short life.
 */
gint64 secret_margin_s(gint64 life_s);

#endif

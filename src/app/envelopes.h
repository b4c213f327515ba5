/*
 * Which envelope senders campaigns use with a server: what must be tried to know whether it
 * takes their mail. Trying it is the caller's.
 */
#ifndef CRIER_APP_ENVELOPES_H
#define CRIER_APP_ENVELOPES_H

#include <glib.h>

#include "model/server.h"
#include "store/db.h"

#define ENVELOPES_MAX 20 /* of one server; more tell nothing new */

struct envelope {         /* all owned */
    GPtrArray *campaigns; /* of char *: whose it is; none when the sender was named */
    char *from;           /* From's own address */
    char *mailbox;        /* its name, NULL: none */
    char *sender;         /* as on the wire; with a mailbox's token that is nobody's */
    gboolean is_verp;     /* the sender is at the mailbox, else it is From */
};

struct envelope *envelope_new(void);    /* without anything but an empty list of campaigns */
void envelope_free(struct envelope *e); /* NULL is fine */

/* Of struct envelope *; owned by the caller. */
GPtrArray *envelopes_new(void);

/* That of deliveries by `server` with this From (mailbox text) and mailbox; the same again is
 * one with more campaigns. `campaign` and `mailbox` may be NULL. CRIER_ERROR_INVALID,
 * NOT_FOUND. */
gboolean envelopes_add(GPtrArray *to, struct db *db, const struct server *server,
                       const char *campaign, const char *from, const char *mailbox,
                       GError **error);
/* Of every campaign that goes out by `server`; those that are over only when there is no other.
 * None is no error. */
gboolean envelopes_add_by_server(GPtrArray *to, struct db *db, const struct server *server,
                                 GError **error);

/* The address of a mailbox text as it stands on the wire. */
gboolean envelope_address(const char *text, char **ret, GError **error);

#endif

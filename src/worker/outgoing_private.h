/* Inside the worker only: a server in use and its connections. outgoing.c keeps the server,
 * connection.c one connection from its opening to its end. */
#ifndef CRIER_WORKER_OUTGOING_PRIVATE_H
#define CRIER_WORKER_OUTGOING_PRIVATE_H

#include "model/quota.h"
#include "worker/sender.h"

#define CONNECTION_HANDS_MAX SMTP_WINDOW_MAX

struct in_hand {
    struct lease *lease;     /* NULL: the place is free */
    struct rendered message; /* its bytes */
};

struct connection {
    struct outgoing *outgoing; /* borrowed */
    struct stream *stream;     /* owned until the session takes it */
    struct smtp_session *smtp; /* owned; NULL while it comes up */
    struct in_hand hands[CONNECTION_HANDS_MAX];
    int first_hand, n_hands; /* a ring, in the order of smtp_send() */
    int n_sent;              /* of them, the first ones: the session has these */
    gboolean has_lost;       /* a final reply */
    int window;              /* 1: chained or lock step; else so many by BDAT */
    gint64 n_done;           /* transactions with a final word on this connection */
    gboolean is_behind; /* the first in hand was chained: what ends it may have begun before */
    gint64 idle_since_us;
    int secret_serial;     /* of the secret it logged in with */
    gboolean is_waiting;   /* in sender->authorise */
    gboolean is_held_back; /* its message was: that says nothing about server or person */
    gboolean is_quitting;
    gboolean is_stale; /* to what the server's record said before; quits */
    gboolean is_dead;  /* only the shell is left, until the next turn */
};

enum secret_state { SECRET_UNKNOWN, SECRET_ASKED, SECRET_HAD };

struct outgoing {
    struct sender *sender; /* borrowed */
    struct server record;
    struct hostport endpoint;
    enum secret_state secret_state;
    gint64 secret_asked_us;   /* monotonic */
    char *secret;             /* owned; wiped */
    gint64 secret_until_us;   /* monotonic: a token is used until then; 0: no end */
    int secret_serial;        /* goes up when the secret is no longer to be used */
    gboolean wants_fresh;     /* the next one must not be a kept one */
    gboolean has_asked_again; /* a token was refused and asked for anew since the last login */
    struct pace_bucket bucket;
    struct quota_use use; /* limits.c's: what was given to it this hour and today */
    GPtrArray *connections; /* struct connection *, owned by `connections` or `dead` */
    GPtrArray *dead;        /* freed when nobody up the stack can hold one any more */
    struct waiting waiting;
    gint64 low_water;     /* so few are left when more are leased; follows how long that takes */
    gboolean has_run_dry; /* none was left before a lease had come */
    int n_busy, n_coming;
    int n_used;              /* connections with something in hand */
    int n_faults;            /* in a row */
    int n_silent;            /* final replies lost in a row */
    GHashTable *refusers;    /* ours.c's: names of receivers that refuse us, none took since */
    gint64 rest_until_us;    /* monotonic */
    int n_refused_more;      /* further connections refused in a row while others live */
    gint64 no_more_until_us; /* monotonic: no further connection before */
    int n_sharing;        /* servers that share the leases, this one among them */
    struct pace_meter meter;
    struct server_live live; /* owned: the last reply; the rest as of outgoing_describe() */
    gboolean needs_person;
    gboolean is_proven; /* a connection came up since the last trouble or change */
    gboolean has_stored_problem;
    char *unstored;  /* owned; the problem that is to be stored, "" for none; NULL: it is stored */
    int n_unstored;  /* tries in a row that did not */
    gint64 store_us; /* monotonic; the next */
};

/* ---- connection.c ---- */
/* Opens one; it joins g->connections. */
void connection_open(struct outgoing *g);
/* Ends it at once; a lease still in hand goes back, unless its message may have gone out. */
void connection_close(struct connection *c);
void connection_free(struct connection *c);
/* Cuts what has certainly not left; the rest may still get its final reply. */
void connection_stop(struct connection *c);
/* No further message; QUIT after the one in hand. */
void connection_quit(struct connection *c);
/* The next messages on a connection that has none in hand. Straight from the result of the last
 * one: whatever the server said since then was read in the same breath. */
void connection_start(struct connection *c);

/* ---- outgoing.c, for connections ---- */
/* It rests by itself for a while, or until somebody acts. */
void outgoing_rest(struct outgoing *g, const char *why, gboolean needs_person);
/* It did what was asked; while it rests that says nothing. */
void outgoing_recovered(struct outgoing *g);
/* A further connection was refused while others live. */
void outgoing_wait_with_more(struct outgoing *g, const char *why);
/* A refused token may have ended early: it is asked for once more. True: nothing else is to be
 * done. Several connections may have used the same one. */
gboolean outgoing_may_ask_again(struct outgoing *g, int serial, enum stream_fault fault);
gboolean outgoing_may_start(const struct outgoing *g);
enum server_envelope outgoing_envelope(const struct outgoing *g);
void outgoing_make_ahead(struct outgoing *g);

#endif

/*
 * A POP3 session over a stream that is logged in (RFC 1939, 2449): one command at a time, its
 * whole answer in one result. Not for connecting: that is stream.c.
 *
 * What DELE marked is deleted by QUIT alone, and only its +OK says so: a session that is freed,
 * lost or answered -ERR has deleted nothing that may be relied upon. Whoever keeps a record
 * writes it when QUIT's result is there, and lets the next UIDL tell after anything else.
 *
 * An answer of -ERR keeps the session, whatever was asked. Callbacks come only from
 * pop3_ready() and pop3_tick(), never from within the calls that ask for something. A command
 * always gets its `result`, before `closed`; only pop3_free() ends it silently.
 */
#ifndef CRIER_NET_POP3_H
#define CRIER_NET_POP3_H

#include <glib.h>

#include "net/pop3_wire.h"
#include "net/stream.h"

/* The most items that a list keeps; the rest is counted as unread. */
#define POP3_ITEMS_MAX 250000

enum pop3_command {
    POP3_CAPA,
    POP3_STAT,
    POP3_UIDL,
    POP3_LIST,
    POP3_RETR,
    POP3_TOP,
    POP3_DELE,
    POP3_RSET,
    POP3_NOOP,
    POP3_QUIT,
    POP3_COMMAND_COUNT
};
const char *pop3_command_name(enum pop3_command c); /* "UIDL" */

struct pop3_ask {
    enum pop3_command command;
    gint64 number;   /* RETR, TOP, DELE: the message's number in this session, from 1 */
    gint64 n_lines;  /* TOP: of the body */
    gsize max_bytes; /* RETR, TOP: what is beyond is thrown away, see is_cut */
};

enum pop3_outcome {
    POP3_OK,      /* +OK, and all that belongs to it */
    POP3_REFUSED, /* -ERR */
    POP3_LOST,    /* the connection ended before the whole answer was there */
    POP3_OUTCOME_COUNT
};

struct pop3_item {
    gint64 number;
    gint64 bytes;    /* LIST; 0 otherwise */
    const char *uid; /* UIDL; NULL otherwise. Borrowed. A careless server may have one twice. */
};

/* All of it is valid during the callback. */
struct pop3_result {
    enum pop3_command command;
    gint64 number;
    enum pop3_outcome outcome;
    enum pop3_code code;        /* with POP3_REFUSED */
    const char *text;           /* the server's words, as sent, not safe to show; "" if none */
    gint64 n_messages, n_bytes; /* STAT */
    const struct pop3_item *items; /* LIST, UIDL */
    gsize n_items;
    guint64 n_unread; /* lines that name no message: left out of the items */
    const struct pop3_capabilities *capabilities; /* CAPA */
    const char *message; /* RETR, TOP: CRLF lines, dots unstuffed; may hold NUL */
    gsize message_len;
    gint64 message_bytes; /* of the whole message */
    gboolean is_cut;      /* it was larger than max_bytes; so much of it is here */
    gint64 n_deleted; /* QUIT with POP3_OK: how many DELEs took effect */
};

struct pop3_session;

struct pop3_handler {
    /* The session is idle then unless it is over: pop3_ask() may be called from within. */
    void (*result)(struct pop3_session *s, const struct pop3_result *r, void *data);
    /* The session is over (peer closed, error, QUIT answered: then `why` is NULL); free it,
     * also from within. */
    void (*closed)(struct pop3_session *s, const GError *why, void *data);
    /* Commands ('>'), status lines and capabilities ('<'), safe to show; may be NULL. Must not
     * free the session. */
    void (*line)(struct pop3_session *s, char direction, const char *text, void *data);
};

/* Seconds without progress. A server deletes while it answers QUIT. */
#define POP3_ANSWER_TIMEOUT_S 120
#define POP3_QUIT_TIMEOUT_S 300

/* Takes `stream`, which is up and logged in, and whose handler must pass `ready` on to
 * pop3_ready(). */
struct pop3_session *pop3_new(struct stream *stream, const struct pop3_handler *h, void *data);
void pop3_free(struct pop3_session *s); /* closes without QUIT: nothing is deleted */

gboolean pop3_is_idle(const struct pop3_session *s); /* nothing in hand, and not over */
/* Marked by DELE and not reset. */
gint64 pop3_count_marked(const struct pop3_session *s);

/* False with CRIER_ERROR_TRY_AGAIN unless idle. A connection that turns out to be closed is
 * true: its result, POP3_LOST, follows from the loop. */
gboolean pop3_ask(struct pop3_session *s, const struct pop3_ask *ask, GError **error);

/* To be called when the stream is ready, and at least once a second for the timeouts. */
void pop3_ready(struct pop3_session *s, unsigned loop_events);
void pop3_tick(struct pop3_session *s, gint64 now_mono_us);

#endif

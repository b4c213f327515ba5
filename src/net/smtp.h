/*
 * SMTP transactions over a stream (RFC 5321, 2920, 3461, 6531): lock step, or chained where
 * the server announces PIPELINING: MAIL RCPT DATA in one write, and the next message's behind
 * the final dot of the one before, so that a message costs one round trip. One recipient a
 * transaction. Dot-stuffing and the final dot are done here. Not for connecting: that is
 * stream.c.
 *
 * Life of one message:   IDLE --smtp_send()--> envelope … 354 --> handler.authorise
 *    (here smtp_send() takes the next one, if smtp_can_send())
 *    smtp_go()  -> body and dot -> final reply -> handler.result
 *    smtp_hold_back() -> the connection is closed without a dot -> handler.result (class
 *                        REPLY_RECONNECT) and then handler.closed
 * By BDAT (RFC 3030), after smtp_set_window(), there is no asking in between: whatever was sent
 * leaves with smtp_go(), so the word about each must be there before smtp_send(), and what has
 * not got it is not sent. All that were sent and have no final reply when the connection breaks
 * are REPLY_UNCERTAIN, but for those whose MAIL or RCPT was refused.
 *
 * A refused recipient keeps the connection. After the dot anything but a complete final reply
 * is REPLY_UNCERTAIN. Without BDAT never more than one message is behind its dot. Results come in
 * the order of smtp_send().
 *
 * Callbacks come only from smtp_ready() and smtp_tick(), never from within the calls that ask
 * for something. A message in hand always gets its `result`, before `closed`; only smtp_free()
 * ends it silently.
 */
#ifndef CRIER_NET_SMTP_H
#define CRIER_NET_SMTP_H

#include <glib.h>

#include "model/reply.h"
#include "net/stream.h"

struct smtp_extensions {
    gboolean pipelining, smtputf8, eightbitmime, dsn, chunking, enhanced, size;
    gint64 size_max; /* 0: no limit told */
    char *auth;      /* owned; mechanisms as announced, or NULL */
};
void smtp_extensions_parse(const char *ehlo_text, struct smtp_extensions *ret);
void smtp_extensions_clear(struct smtp_extensions *e);

struct smtp_chunk {
    const char *data;
    gsize len;
};

struct smtp_message {      /* everything is borrowed until the result */
    const char *sender;    /* envelope sender, "" for <> */
    const char *recipient; /* envelope recipient */
    gboolean needs_smtputf8;
    const char *envid;               /* for DSN, may be NULL */
    const struct smtp_chunk *chunks; /* the message, CRLF lines, not dot-stuffed; any cuts */
    gsize n_chunks;
    gsize size; /* octets in all */
};

struct smtp_result {
    enum reply_phase phase;
    enum reply_class class;
    struct reply reply; /* valid during the callback; code 0 when the connection broke */
};

struct smtp_session;

/* Seconds without progress, by what is waited for (RFC 5321, 4.5.3.2). */
struct smtp_timeouts {
    int mail_s, rcpt_s, data_s, rset_s;
    int block_s; /* a piece of the body */
    int dot_s;   /* the final reply */
    int quit_s;
};
#define SMTP_MAIL_TIMEOUT_S 300
#define SMTP_RCPT_TIMEOUT_S 300
#define SMTP_DATA_TIMEOUT_S 120
#define SMTP_RSET_TIMEOUT_S 300
#define SMTP_BLOCK_TIMEOUT_S 180
#define SMTP_DOT_TIMEOUT_S 600
#define SMTP_QUIT_TIMEOUT_S 5

struct smtp_handler {
    /* The message's envelope was taken (354): may its last byte go? Answer by smtp_go() or
     * smtp_hold_back(), now or later. */
    void (*authorise)(struct smtp_session *s, void *data);
    /* The first message's outcome. Afterwards the session is idle, or has the chained one in
     * hand, or `closed` follows at once (smtp_can_send() is false then, during the callback,
     * too). smtp_send() may be called from within. */
    void (*result)(struct smtp_session *s, const struct smtp_result *r, void *data);
    /* The session is over (peer closed, error, quit done: then `why` is NULL); free it, also
     * from within. */
    void (*closed)(struct smtp_session *s, const GError *why, void *data);
    /* Every line sent ('>') and received ('<'), safe to show, for a transcript; may be NULL.
     * Bodies are not shown. Must not free the session. */
    void (*line)(struct smtp_session *s, char direction, const char *text, void *data);
};

#define SMTP_WINDOW_MAX 8

/* Takes `stream`, which is up and whose handler must pass `ready` on to smtp_ready(). */
struct smtp_session *smtp_new(struct stream *stream, const struct smtp_handler *h, void *data);
void smtp_free(struct smtp_session *s); /* closes without QUIT */

void smtp_set_timeouts(struct smtp_session *s, const struct smtp_timeouts *t);

const struct smtp_extensions *smtp_get_extensions(const struct smtp_session *s);
gboolean smtp_is_idle(const struct smtp_session *s); /* nothing in hand, and not closing */
/* Up to so many messages in flight, by BDAT where the server announces CHUNKING and PIPELINING.
 * 1, as from the beginning, is never BDAT. Only with nothing in hand. Returns what it is now. */
int smtp_set_window(struct smtp_session *s, int window);
/* By BDAT: the window has room. Else: idle, or the message in hand waits for the owner's word and
 * the next may be chained to it. */
gboolean smtp_can_send(const struct smtp_session *s);
gint64 smtp_sent_count(const struct smtp_session *s); /* transactions on this connection */

/* False with CRIER_ERROR_INVALID when this message cannot be sent over this session at all:
 * larger than SIZE, SMTPUTF8 needed and not announced, CR/LF/NUL, blanks or angle brackets in
 * an address. Nothing was sent then and the session stays idle. False with
 * CRIER_ERROR_TRY_AGAIN unless smtp_can_send(). A connection that turns out to be closed is
 * true: its result, REPLY_RECONNECT, follows from the loop. */
gboolean smtp_send(struct smtp_session *s, const struct smtp_message *m, GError **error);
void smtp_go(struct smtp_session *s);
void smtp_hold_back(struct smtp_session *s);
/* MAIL and RCPT, then RSET, never DATA: for `server test`. The result's class is PROCEED when
 * both were taken. */
gboolean smtp_try_envelope(struct smtp_session *s, const struct smtp_message *m,
                           GError **error);
/* Polite: QUIT, after the result of a message in hand. `closed` follows within 5 s then. */
void smtp_quit(struct smtp_session *s);

/* To be called when the stream is ready, and at least once a second for the phase timers. */
void smtp_ready(struct smtp_session *s, unsigned loop_events);
void smtp_tick(struct smtp_session *s, gint64 now_mono_us);
/* True once the end of the first message in hand may have left: whoever cuts the session now
 * makes that message uncertain. False in the middle of a long body, which may still be cut for
 * certain. One that is chained behind it has certainly not left. */
gboolean smtp_is_after_dot(const struct smtp_session *s);
/* How many of those in hand, from the first on, may have left. */
int smtp_count_after_dot(const struct smtp_session *s);

#endif

/*
 * One connection of the sink: octets in, octets out, waiting and closing. What the commands
 * mean is in smtpd.h.
 */
#ifndef CRIER_SINK_SESSION_H
#define CRIER_SINK_SESSION_H

#include <glib.h>

#include "base/loop.h"
#include "sink/intake.h"
#include "sink/maildir.h"
#include "sink/script.h"
#include "sink/tally.h"

#define SESSION_MAX_LINE 8192
#define SESSION_MAX_RECIPIENTS 1000
#define SESSION_MAX_OUT (64 * 1024) /* more unread replies: no more commands are taken */
#define SESSION_LINGER_US (2 * G_USEC_PER_SEC)

/* What all connections share. */
struct sink {
    struct loop *loop;       /* borrowed */
    struct script *script;   /* borrowed */
    struct maildir *maildir; /* borrowed; NULL: count only */
    struct tally tally;
    const char *hostname;
    gint64 max_message_bytes;
    gint64 seq;           /* messages begun */
    GHashTable *sessions; /* set of struct session */
};

enum session_state {
    SESSION_COMMAND,
    SESSION_DATA,
    SESSION_BDAT,
    SESSION_SKIP_LINE, /* the rest of a line that is too long */
    SESSION_SILENT,    /* swallow: read on, never answer */
    SESSION_LINGER,    /* we said the last word; wait for the other side to close */
};

struct session {
    struct sink *sink; /* borrowed */
    int fd;            /* owned */
    struct loop_watch *watch;
    struct loop_timer *timer; /* of a delay, or of lingering; NULL: none */
    enum session_state state;
    gint64 number;
    char *in; /* owned; octets in_start … in_end are not yet used */
    gsize in_start, in_end, in_size;
    GString *out; /* owned; octets from out_start on are not yet sent */
    gsize out_start;
    gboolean is_held;    /* a delay runs: nothing leaves, nothing is read */
    gboolean is_closing; /* close when all is sent */
    gboolean is_cut;     /* close now, send nothing more */
    gboolean is_greeted;
    /* --- the transaction --- */
    char *from;  /* owned; NULL: none open */
    char *envid; /* owned */
    gboolean is_utf8;
    GPtrArray *to;          /* owned, of owned char * */
    gboolean has_begun;     /* octets of the message are on their way */
    gboolean is_discarding; /* BDAT without a transaction: octets are for nobody */
    gboolean is_last;       /* BDAT LAST */
    gint64 bdat_left;
    gint64 seq;
    struct sink_verdict dot; /* decided when the message begins */
    struct intake intake;
};

/* Takes `fd` (non-blocking) and greets; the session frees itself when the connection ends. */
void session_new(struct sink *sink, int fd);
void session_free(struct session *s);

/* Ends all sessions of the sink. */
void session_free_all(struct sink *sink);

/* For smtpd.c: a reply line (CRLF is added), or octets as they are. */
void session_reply(struct session *s, const char *line);
void session_put(struct session *s, const char *data);

/*
 * Carries out a verdict in place of the reply `line` that is due. True when the command goes
 * through, i.e. `line` was the answer.
 */
gboolean session_answer(struct session *s, const struct sink_verdict *v, const char *line);

#endif

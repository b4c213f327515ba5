/*
 * Inside the SMTP session only: its state. smtp.c reads replies and decides, smtp_out.c puts
 * bytes out, neither knows more of the other than what stands here.
 */
#ifndef CRIER_NET_SMTP_PRIVATE_H
#define CRIER_NET_SMTP_PRIVATE_H

#include "net/smtp.h"
#include "net/smtp_wire.h"

#define SMTP_OUT_BYTES 65536 /* the most of a body that is ever copied */
#define SMTP_PLAN_MAX 4      /* RSET MAIL RCPT and DATA, BDAT or RSET */
#define SMTP_HANDS_MAX SMTP_WINDOW_MAX

enum smtp_state {
    STATE_IDLE,
    STATE_ENVELOPE,  /* waiting for the replies of the first message's plan */
    STATE_AUTHORISE, /* 354 is there, the owner has not answered */
    STATE_BODY,      /* bytes of the body are leaving, and the next one's envelope behind it */
    STATE_FINAL,     /* the dot is out */
    STATE_LONE_DOT,  /* nobody was accepted and still 354: an empty end of data */
    STATE_QUIT,
    STATE_OVER, /* results and `closed` are due, then nothing more */
    STATE_COUNT
};

/* A message in hand, from smtp_send() to its result. */
struct smtp_hand {
    struct smtp_message message; /* what it points to is borrowed until the result */
    struct smtp_body body;
    guint64 end_at; /* of s->out_total, when body.is_done: then all of it was handed over */
    gsize bdat_len; /* the octets of the body as BDAT announces them */
    enum reply_phase plan[SMTP_PLAN_MAX];
    guint n_plan, n_said, n_answered;
    gboolean is_trial;          /* smtp_try_envelope() */
    gboolean is_bdat;           /* its plan ends in the final reply, which is REPLY_DOT's */
    gboolean is_taken;          /* RCPT was accepted */
    gboolean is_open;           /* DATA got 354 */
    gboolean is_after_dot;      /* the end of the message was passed to stream_send() */
    gboolean has_outcome;       /* `outcome` is what the result will say */
    struct smtp_result outcome; /* its reply is owned */
};

struct smtp_session {
    struct stream *stream; /* owned */
    struct smtp_handler handler;
    void *data;
    struct smtp_extensions extensions;
    struct smtp_timeouts timeouts;
    enum smtp_state state;

    /* In the order of smtp_send(). The state is the first one's; replies are its, too. */
    struct smtp_hand hands[SMTP_HANDS_MAX];
    guint first, n_hands;
    guint window;   /* by BDAT; 1: chained or lock step */
    guint n_filled; /* by BDAT: how many of them are in the buffer to their ends, or left */

    gboolean needs_rset;
    gboolean must_quit; /* after what is in hand */
    gint64 n_transactions;

    struct reply_reader reader;
    gsize in_left; /* bytes received behind the reply that is being handled */

    char *out; /* owned; SMTP_OUT_BYTES */
    gsize out_pos, out_end;
    guint64 out_total; /* octets handed to the stream */
    gsize blocked_len; /* the length that must be repeated after a send that would block */
    gboolean wants_out;

    guint64 progress;      /* moves whenever the peer or the kernel took or gave something */
    guint64 seen_progress; /* what smtp_tick() saw last */
    gint64 since_us;

    GError *why;        /* owned */
    gboolean is_closed; /* `closed` was called */
    int depth;          /* within smtp_ready() or smtp_tick() */
    gboolean is_freed;
};

/* The i-th message in hand. */
static inline struct smtp_hand *smtp_hand(struct smtp_session *s, guint i)
{
    return &s->hands[(s->first + i) % SMTP_HANDS_MAX];
}

/* ---- smtp.c ---- */
void smtp_set_state(struct smtp_session *s, enum smtp_state to);
/* Nothing more is sent or read. Takes `why`. */
void smtp_end(struct smtp_session *s, GError *why);

/* ---- smtp_out.c ---- */
/* Sends what there is until all is gone or the kernel is full. */
void smtp_flush(struct smtp_session *s);
/* Put into the buffer: a line with CR LF, the plan's next command, what is left of the plan. */
void smtp_say(struct smtp_session *s, const char *line);
void smtp_say_next(struct smtp_session *s, struct smtp_hand *h);
void smtp_say_plan(struct smtp_session *s, struct smtp_hand *h);
void smtp_show_line(struct smtp_session *s, char direction, const char *text, gssize len);
/* The whole first message was handed to the kernel. */
gboolean smtp_has_dot_left(struct smtp_session *s);

#endif

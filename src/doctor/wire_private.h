/*
 * Inside the doctor only: one connection to the subject by libcurl, as campaigns and readers of
 * mailboxes make theirs. Its lines become the finding's transcript.
 */
#ifndef CRIER_DOCTOR_WIRE_PRIVATE_H
#define CRIER_DOCTOR_WIRE_PRIVATE_H

#include <glib.h>

#include "doctor/check_private.h"
#include "model/reply.h"
#include "net/call.h"
#include "net/smtp.h"

#define WIRE_TIMEOUT_S 15 /* of a whole conversation */

struct wire;

/* What is said once the connection is up. `data` is the caller's. */
struct wire_talk {
    void (*begin)(struct wire *w, struct stream *s, void *data); /* takes `s` */
    void (*ready)(unsigned loop_events, void *data);
    void (*tick)(gint64 now_mono_us, void *data);
    void (*over)(void *data); /* frees what holds the stream */
};

struct wire {
    const struct doctor_subject *subject; /* borrowed */
    struct doctor_finding *finding;       /* borrowed; whose transcript it is */
    enum stream_security security;
    gboolean with_login, is_unverified;
    int timeout_s;
    const struct wire_talk *talk;
    void *data;
    struct call *call; /* while it runs */
    /* --- set by wire_run() --- */
    struct call_outcome outcome;
    char *peer;         /* owned; stream_peer(), NULL: it did not come up */
    char *capabilities; /* owned; likewise */
    GPtrArray *chain;   /* owned; of struct stream_certificate *, NULL: none */
    GPtrArray *heard;   /* owned; of char *: the server's lines of the bring-up, safe */
    char *trouble;      /* owned; libcurl's last words, safe; "" */
    gboolean has_tls;   /* a handshake was completed, whatever came then */
};

/* As the subject's record says, with its login; ends with a polite goodbye unless `talk` is
 * set. */
void wire_init(struct wire *w, const struct doctor_subject *s, struct doctor_finding *f);
void wire_run(struct wire *w);
void wire_clear(struct wire *w);

/* From within a talk. */
void wire_line(struct wire *w, char direction, const char *text);
void wire_done(struct wire *w);

/* "mx.example.org:587"; caller frees. */
char *wire_where(const struct doctor_subject *s);

/* ---- wire_smtp.c: messages, or envelopes only ---- */

struct wire_reply {
    gboolean is_known; /* its turn came, and was answered */
    enum reply_phase phase;
    enum reply_class class;
    int code;   /* 0: none */
    char *text; /* owned; "550 5.7.1 Relay access denied", safe */
};

struct wire_mail {
    const struct smtp_message *messages; /* borrowed */
    guint n;
    gboolean is_trial;          /* MAIL, RCPT, RSET: never DATA */
    struct wire_reply *replies; /* owned by the caller; n of them */
    /* --- its own --- */
    struct wire *wire;
    struct smtp_session *session;
    guint at;
    char *trouble; /* owned; why it ended early; NULL: it did not */
};

const struct wire_talk *wire_mail_talk(void);
/* Also after wire_clear(). */
void wire_mail_clear(struct wire_mail *m);
void wire_reply_clear(struct wire_reply *r);

#endif
